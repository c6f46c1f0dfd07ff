package comment

import (
	"errors"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"github.com/wizzense/deployment-rings/internal/text"
)

// A Command is a line of a comment, understood. Fields that do not belong to its verb are zero.
type Command struct {
	Verb   Verb
	Role   string    // approve, reject: [DefaultRole] when the line names none
	Commit string    // approve, reject: 7 to 64 hex digits in lower case, perhaps the first ones alone; "" when the line names none
	ID     string    // sign-off, override: of a criterion
	Ring   string    // lock, unlock; override: "" when the line names none
	Digest string    // release
	Until  time.Time // lock, override: zero when the line says none
	Reason string    // lock, release, override
}

// A Verb is the first word of a command, without the slash and in lower case.
type Verb string

const (
	Approve  Verb = "approve"
	Reject   Verb = "reject"
	SignOff  Verb = "sign-off"
	Lock     Verb = "lock"
	Unlock   Verb = "unlock"
	Release  Verb = "release"
	Override Verb = "override"
)

// DefaultRole is the role of an approval that names none, and of a review of a pull request.
const DefaultRole = "manual"

// grammar contains how each command goes on.
var grammar = map[Verb]struct {
	form string
	read func(*words, *Command)
}{
	Approve: {"/approve [ROLE] [COMMIT]", func(w *words, c *Command) { c.Role, c.Commit = w.role(), w.commit() }},
	Reject:  {"/reject [ROLE] [COMMIT]", func(w *words, c *Command) { c.Role, c.Commit = w.role(), w.commit() }},
	SignOff: {"/sign-off ID", func(w *words, c *Command) { c.ID = w.id() }},
	Lock:    {"/lock RING [until TIME] reason", func(w *words, c *Command) { c.Ring, c.Until, c.Reason = w.ring(), w.until(), w.reason() }},
	Unlock:  {"/unlock RING", func(w *words, c *Command) { c.Ring = w.ring() }},
	Release: {"/release DIGEST reason", func(w *words, c *Command) { c.Digest, c.Reason = w.digest(), w.reason() }},
	Override: {"/override ID [RING] [until TIME] reason", func(w *words, c *Command) {
		c.ID, c.Ring, c.Until, c.Reason = w.id(), w.anyRing(), w.until(), w.reason()
	}},
}

// Parse reads one line of a comment, as [Commands] finds it. ours reports whether the line is one of these, also when it does not
// parse: then the command has its verb alone. Lines with other verbs belong to someone else.
//
//	/approve [ROLE] [COMMIT]                   approves the image in a role, "manual" when none is named
//	/reject [ROLE] [COMMIT]                    the opposite
//	/sign-off ID                               states that the criterion with this id holds
//	/lock RING [until TIME] reason             keeps every image out of a ring
//	/unlock RING                               takes the locks back that comments before it on the same pull request put on a ring
//	/release DIGEST reason                     ends the quarantine of an image
//	/override ID [RING] [until TIME] reason    waives a criterion for the image; without a time for 24 hours
//
// Words are separated by white space. The verb and "until" may be in any case, all else is as the policy writes it.
// ROLE and ID are one word of letters, digits, ".", "_" and "-"; COMMIT is 7 to 64 hex digits in any case, which are never a
// ROLE; RING is one of rings; TIME is RFC 3339; DIGEST is
// "sha256:" and 64 lower-case hex digits; a reason runs to the end of the line and has a letter or a digit. In
// an override the word after the ID is a ring if it is the name of one. Nothing may follow what is written here: what is
// not understood is an error, never a guess.
func Parse(line string, rings []string) (c Command, ours bool, err error) {
	verb, ours := verbOf(line)
	if !ours {
		return Command{}, false, nil
	}
	rule := grammar[verb]
	w := &words{left: strings.Fields(line)[1:], rings: rings}
	c.Verb = verb
	rule.read(w, &c)
	if err := w.end(); err != nil {
		return Command{Verb: verb}, true, fmt.Errorf("%w; expected %s", err, rule.form)
	}
	return c, true, nil
}

// Form returns how a command with the verb goes on: "/unlock RING".
func (v Verb) Form() string { return grammar[v].form }

// verbOf returns the verb of a line, and reports whether it is one of ours.
func verbOf(line string) (verb Verb, ours bool) {
	fields := strings.Fields(line)
	if len(fields) == 0 || !strings.HasPrefix(fields[0], "/") {
		return "", false
	}
	verb = Verb(strings.ToLower(fields[0][1:]))
	_, ours = grammar[verb]
	return verb, ours
}

// words are what is left of a line, and the first thing that is wrong with it.
type words struct {
	left  []string
	rings []string
	err   error
}

var (
	nameForm   = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,99}$`)
	digestForm = regexp.MustCompile(`^sha256:[0-9a-f]{64}$`)
	commitForm = regexp.MustCompile(`^[0-9A-Fa-f]{7,64}$`)
)

func (w *words) fail(format string, args ...any) {
	if w.err == nil {
		w.err = fmt.Errorf(format, args...)
	}
}

// next takes the next word.
func (w *words) next(what string) string {
	if len(w.left) == 0 {
		w.fail("%s is missing", what)
		return ""
	}
	word := w.left[0]
	w.left = w.left[1:]
	return word
}

func (w *words) name(what string) string {
	word := w.next(what)
	if w.err == nil && !nameForm.MatchString(word) {
		w.fail("%s %.80q has other characters than letters, digits, \".\", \"_\" and \"-\", or more than 100", what, word)
	}
	return word
}

func (w *words) id() string { return w.name("the id of the criterion") }

func (w *words) role() string {
	if len(w.left) == 0 || commitForm.MatchString(w.left[0]) {
		return DefaultRole
	}
	return w.name("the role")
}

// commit takes the next word if it has the form of a commit.
func (w *words) commit() string {
	if len(w.left) == 0 || !commitForm.MatchString(w.left[0]) {
		return ""
	}
	return strings.ToLower(w.next("the commit"))
}

func (w *words) ring() string {
	word := w.next("the ring")
	if w.err == nil && !slices.Contains(w.rings, word) {
		w.fail("there is no ring %.80q%s", word, text.Suggest(word, w.rings))
	}
	return word
}

// anyRing takes the next word if it is a ring.
func (w *words) anyRing() string {
	if len(w.left) == 0 || !slices.Contains(w.rings, w.left[0]) {
		return ""
	}
	return w.ring()
}

func (w *words) digest() string {
	word := w.next("the digest of the image")
	if w.err == nil && !digestForm.MatchString(word) {
		w.fail("%.80q is not a digest, sha256: and 64 lower-case hex digits", word)
	}
	return word
}

func (w *words) until() time.Time {
	if len(w.left) == 0 || !strings.EqualFold(w.left[0], "until") {
		return time.Time{}
	}
	w.left = w.left[1:]
	word := w.next("the time after until")
	t, err := time.Parse(time.RFC3339, word)
	if err != nil || t.Year() < 1970 {
		w.fail("%.40q is not a time such as 2026-03-03T05:30:00Z", word)
		return time.Time{}
	}
	return t.UTC()
}

func (w *words) reason() string {
	reason := strings.Join(w.left, " ")
	w.left = nil
	if !strings.ContainsFunc(reason, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
		w.fail("the reason is missing")
	}
	return reason
}

// end finds what should not be there, or what was wrong before.
func (w *words) end() error {
	if w.err == nil && len(w.left) > 0 {
		return errors.New("there is more on the line: " + fmt.Sprintf("%.80q", strings.Join(w.left, " ")))
	}
	return w.err
}
