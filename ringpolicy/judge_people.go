package ringpolicy

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

func (a ApprovalRule) required(string) string {
	return plural(a.AtLeast, "approval") + " in the role " + a.Role
}

func (a ApprovalRule) judge(s *scope, _ *Criterion) finding {
	subject, role := s.evidence.Subject, s.policy.role(a.Role)
	hear := func(x Approval) (statement, bool) { return a.hear(s, role, x) }
	some := func(is func(Approval, statement) bool) bool {
		return slices.ContainsFunc(s.evidence.Approvals, func(x Approval) bool {
			said, ours := hear(x)
			return ours && said.whyNobody == "" && is(x, said)
		})
	}
	switch missing := subject.makersMissing(); {
	case s.evidence.Approvals == nil:
		return notCollected("approvals")
	case missing != "":
		return notCollected(missing)
	case subject.Revision == "" && some(func(x Approval, _ statement) bool { return x.Digest == "" }):
		return notCollected("revision") // which of them are about the image is not known
	}
	newest, ignored := newestByPerson(s.evidence.Approvals, hear)
	found := a.count(newest)
	if found.code == CodeApprovalPending && some(func(x Approval, said statement) bool { return x.State == ApprovalApproved && said.whyElsewhere != "" }) {
		found.code, found.observed = CodeApprovalsStale, found.observed+", an earlier one was for another revision"
	}
	return found.ignores(ignored, "in the role "+a.Role)
}

// hear returns an approval as a statement, and reports whether it is one in the role that is asked for.
func (a ApprovalRule) hear(s *scope, role *Role, x Approval) (statement, bool) {
	if x.By == "" || x.State == ApprovalCommented || !strings.EqualFold(x.Role, a.Role) {
		return statement{}, false
	}
	subject := s.evidence.Subject
	said := statement{by: x.By, at: x.At, state: string(x.State), url: x.URL, whyElsewhere: x.whyElsewhere(subject)}
	said.claim, said.whyNobody = s.claim(role, x.By)
	switch own := subject.whyOwn(x.By); {
	case x.Bot:
		said.whyNobody = "it is of a bot"
	case own != "" && !(a.AllowAuthor && samePerson(x.By, subject.Author)):
		said.whyNobody = own
	}
	return said, true
}

// whyElsewhere says why an approval is not about the image; "" where it is. A rejection that names neither image nor commit is.
func (x Approval) whyElsewhere(subject Subject) string {
	switch {
	case x.Digest != "" && x.Digest != subject.Digest:
		return "it is for another image"
	case x.Digest != "" || x.Revision == "" && x.State == ApprovalRejected:
		return ""
	case x.Revision == "":
		return "it is not known to be for this commit"
	case x.Revision != subject.Revision:
		return "it is for another commit"
	}
	return ""
}

func (a ApprovalRule) count(newest statements) finding {
	approved, doubtful := newest.with(string(ApprovalApproved)).known()
	rejected, perhaps := newest.with(string(ApprovalRejected)).known()
	has := fmt.Sprintf("%d of %s", len(approved), plural(a.AtLeast, "approval"))
	switch {
	case len(rejected) > 0:
		return unmet(CodeApprovalRejected, "rejected by %s", rejected.names()).quotes(rejected)
	case len(perhaps) > 0:
		return unknown(CodePersonUnknown, "rejected by %s, and %s", perhaps.names(), perhaps.doubt(a.Role)).quotes(perhaps)
	case len(approved) >= a.AtLeast:
		return met("approved by " + approved.names()).quotes(approved)
	case len(approved)+len(doubtful) >= a.AtLeast:
		return unknown(CodePersonUnknown, "%s, and %s", has, doubtful.doubt(a.Role)).quotes(slices.Concat(approved, doubtful))
	}
	return pending(CodeApprovalPending, "%s", has).quotes(approved)
}

func (r SignOffRule) required(string) string {
	if r.Role == "" {
		return "a sign-off for this image by a person"
	}
	return "a sign-off for this image in the role " + r.Role
}

func (r SignOffRule) judge(s *scope, c *Criterion) finding {
	subject, role := s.evidence.Subject, s.policy.role(r.Role)
	switch missing := subject.makersMissing(); {
	case s.evidence.SignOffs == nil:
		return notCollected("sign-offs")
	case missing != "":
		return notCollected(missing)
	}
	another := false
	newest, ignored := newestByPerson(s.evidence.SignOffs, func(x SignOff) (statement, bool) {
		said := statement{by: x.By, at: x.At, state: string(x.State), url: x.URL, whyElsewhere: x.whyElsewhere(subject)}
		said.claim, said.whyNobody = s.claim(role, x.By)
		ours := x.ID == c.ID && x.By != ""
		another = another || ours && x.State == SignOffGiven && said.whyElsewhere != "" && said.whyNobody == "" && subject.whyOwn(x.By) == ""
		return said, ours
	})
	refused, perhaps := newest.with(string(SignOffRefused)).known() // the author and contributors may say no too
	all, own := newest.with(string(SignOffGiven)).ofOthers(subject)
	given, doubtful := all.known()
	return r.answer(refused, perhaps, given, doubtful, own, another).ignores(append(ignored, own...), "of "+c.ID)
}

func (r SignOffRule) answer(refused, perhaps, given, doubtful, own statements, another bool) finding {
	switch {
	case len(refused) > 0:
		return unmet(CodeSignOffRefused, "refused by %s", refused.names()).quotes(refused)
	case len(perhaps) > 0:
		return unknown(CodePersonUnknown, "refused by %s, and %s", perhaps.names(), perhaps.doubt(r.Role)).quotes(perhaps)
	case len(given) > 0:
		return met("given by " + given.names()).quotes(given)
	case len(doubtful) > 0:
		return unknown(CodePersonUnknown, "given by %s, and %s", doubtful.names(), doubtful.doubt(r.Role)).quotes(doubtful)
	case another:
		return pending(CodeSignOffStale, "given for another image")
	case len(own) > 0:
		return pending(CodeSignOffMissing, "nobody signed off but %s, who made the change", own.names()).quotes(own)
	}
	return pending(CodeSignOffMissing, "nobody signed off")
}

// whyElsewhere says why a sign-off is not about the image; "" where it is.
func (x SignOff) whyElsewhere(subject Subject) string {
	switch x.Digest {
	case subject.Digest:
		return ""
	case "":
		return "it is not known to be for this image"
	}
	return "it is for another image"
}

// makersMissing names what is not known about who made the change; "" when all of it is known.
func (s Subject) makersMissing() string {
	switch {
	case s.Author == "":
		return "author"
	case s.Contributors == nil:
		return "contributors"
	}
	return ""
}

// whyOwn says why a person does not speak for the change: it is one of their own. "" if it is not.
func (s Subject) whyOwn(person string) string {
	switch {
	case samePerson(person, s.Author):
		return "this person is the author of the change"
	case slices.ContainsFunc(s.Contributors, func(c string) bool { return samePerson(c, person) }):
		return "this person is a contributor to the change"
	}
	return ""
}

// A statement is one answer of a person, with its time.
type statement struct {
	by    string
	at    time.Time
	state string
	url   string

	claim        claim  // that the person holds the role that is asked for; never refuted where the statement counts
	whyNobody    string // why the word of this person does not count; "" where it may
	whyElsewhere string // why it is not about the image
}

func (s statement) whyIgnored() string { return cmp.Or(s.whyNobody, s.whyElsewhere) }

func samePerson(a, b string) bool { return strings.EqualFold(a, b) }

// newestByPerson returns the newest statement of each person that counts, and each that does not count although it is the newest
// of its person. Of two at the same time the less favourable one counts.
func newestByPerson[T any](all []T, of func(T) (statement, bool)) (newest, ignored statements) {
	counting, said := map[string]statement{}, []statement(nil)
	for _, x := range all {
		s, ours := of(x)
		switch {
		case !ours:
		case s.whyIgnored() == "":
			keepNewest(counting, s)
		default:
			said = append(said, s)
		}
	}
	newest = sortedByPerson(counting)
	if len(said) == 0 {
		return newest, nil
	}
	for _, s := range said {
		keepNewest(counting, s)
	}
	ignored = slices.DeleteFunc(sortedByPerson(counting), func(s statement) bool { return s.whyIgnored() == "" })
	return newest, ignored
}

func keepNewest(newest map[string]statement, s statement) {
	key := foldText(s.by)
	old, seen := newest[key]
	if !seen || cmp.Or(s.at.Compare(old.at), cmp.Compare(gravity(s.state), gravity(old.state)), cmp.Compare(s.by, old.by),
		cmp.Compare(s.url, old.url), cmp.Compare(old.whyIgnored(), s.whyIgnored())) > 0 {
		newest[key] = s
	}
}

func sortedByPerson(newest map[string]statement) statements {
	return slices.SortedFunc(maps.Values(newest), func(a, b statement) int { return cmp.Compare(a.by, b.by) })
}

func gravity(state string) int {
	return slices.Index([]string{string(ApprovalApproved), string(SignOffGiven), string(ApprovalDismissed), string(ApprovalRejected), string(SignOffRefused)}, state)
}

type statements []statement

// with returns the statements with a state.
func (all statements) with(state string) statements {
	return slices.DeleteFunc(slices.Clone(all), func(s statement) bool { return s.state != state })
}

// known returns the statements of people of whom it is known that they hold the role, and the others.
func (all statements) known() (known, doubtful statements) {
	return all.split(func(s statement) bool { return s.claim == proven })
}

// ofOthers returns the statements of people who did not make the change, and those of people who did, with the reason why they
// do not count.
func (all statements) ofOthers(subject Subject) (others, own statements) {
	others, own = all.split(func(s statement) bool { return subject.whyOwn(s.by) == "" })
	for i := range own {
		own[i].whyNobody = subject.whyOwn(own[i].by)
	}
	return others, own
}

func (all statements) split(first func(statement) bool) (these, those statements) {
	for _, s := range all {
		if first(s) {
			these = append(these, s)
		} else {
			those = append(those, s)
		}
	}
	return these, those
}

// people are those who made the statements.
func (all statements) people() []string {
	var people []string
	for _, s := range all {
		people = append(people, s.by)
	}
	return people
}

func (all statements) names() string { return strings.Join(firstFew(all.people()), ", ") }

// doubt says that it is not known whether the people hold a role.
func (all statements) doubt(role string) string {
	verb := "hold"
	if len(all) == 1 {
		verb = "holds"
	}
	return fmt.Sprintf("whether %s %s the role %s is not known", all.names(), verb, role)
}

// quotes is a finding that rests on what people said.
func (f finding) quotes(all statements) finding {
	f = f.restsOn(all.people()...)
	for _, s := range all {
		f = f.linked(s.url)
	}
	return f
}

var nouns = map[string]string{
	string(ApprovalApproved): "approval", string(ApprovalRejected): "rejection", string(SignOffGiven): "sign-off", string(SignOffRefused): "refusal",
}

// ignores adds a warning for each statement that does not count; what is the same for all of them, such as "in the role manual".
func (f finding) ignores(all statements, what string) finding {
	for _, s := range all {
		if noun, ok := nouns[s.state]; ok {
			f = f.warns(CodeStatementIgnored, "%s %s by %s is ignored: %s", noun, what, s.by, s.whyIgnored())
		}
	}
	return f
}
