package comment_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/comment"
)

var rings = []string{"dev", "ring-0", "ring-1", "production"}

const digest = "sha256:aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

const commit = "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"

var noon = time.Date(2026, 3, 3, 12, 0, 0, 0, time.UTC)

func TestParse(t *testing.T) {
	for line, want := range map[string]comment.Command{
		"/approve":                      {Verb: comment.Approve, Role: "manual"},
		"/APPROVE  change-review-board": {Verb: comment.Approve, Role: "change-review-board"},
		"/reject\trollback":             {Verb: comment.Reject, Role: "rollback"},
		"/approve board 9C8d7e6":        {Verb: comment.Approve, Role: "board", Commit: "9c8d7e6"},
		"/approve deadbeef":             {Verb: comment.Approve, Role: "manual", Commit: "deadbeef"},
		"/approve dead":                 {Verb: comment.Approve, Role: "dead"}, // too short for a commit
		"/reject " + commit:             {Verb: comment.Reject, Role: "manual", Commit: commit},
		"/reject board " + commit:       {Verb: comment.Reject, Role: "board", Commit: commit},
		"/approve " + commit + "0":      {Verb: comment.Approve, Role: commit + "0"}, // too long for one
		"/reject":                       {Verb: comment.Reject, Role: "manual"},
		"/sign-off rollback-plan":       {Verb: comment.SignOff, ID: "rollback-plan"},
		"/lock ring-1 disk is full":     {Verb: comment.Lock, Ring: "ring-1", Reason: "disk is full"},
		"/lock ring-1 Until 2026-03-03T13:00:00+01:00 disk  is full": {Verb: comment.Lock, Ring: "ring-1", Until: noon, Reason: "disk is full"},
		"/unlock production":                                          {Verb: comment.Unlock, Ring: "production"},
		"/release " + digest + " false alarm":                         {Verb: comment.Release, Digest: digest, Reason: "false alarm"},
		"/override error-rate noise":                                  {Verb: comment.Override, ID: "error-rate", Reason: "noise"},
		"/override error-rate ring-0 noise":                           {Verb: comment.Override, ID: "error-rate", Ring: "ring-0", Reason: "noise"},
		"/override error-rate in ring-0 it is":                        {Verb: comment.Override, ID: "error-rate", Reason: "in ring-0 it is"},
		"/override soak ring-0 until 2026-03-03T12:00:00Z urgent fix": {Verb: comment.Override, ID: "soak", Ring: "ring-0", Until: noon, Reason: "urgent fix"},
		"/override soak until 2026-03-03T12:00:00Z urgent fix":        {Verb: comment.Override, ID: "soak", Until: noon, Reason: "urgent fix"},
	} {
		got, ours, err := comment.Parse(line, rings)
		if err != nil || !ours {
			t.Errorf("Parse(%q) = %v, %v", line, ours, err)
		} else if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("Parse(%q) (-want +got):\n%s", line, diff)
		}
	}
}

// TestParseRefuses: every line here looks like a command and is none. A guess would let an image in, or stop nothing.
func TestParseRefuses(t *testing.T) {
	for line, want := range map[string]string{
		"/approve looks good":                        `there is more on the line: "good"; expected /approve [ROLE] [COMMIT]`,
		"/approve board 1234567 now":                 `there is more on the line: "now"; expected /approve [ROLE] [COMMIT]`,
		"/approve 1234567 board":                     `there is more on the line: "board"; expected /approve [ROLE] [COMMIT]`,
		"/reject 1234567 7654321":                    `there is more on the line: "7654321"; expected /reject [ROLE] [COMMIT]`,
		"/approve board 123456":                      `there is more on the line: "123456"; expected /approve [ROLE] [COMMIT]`,
		"/approve @mona":                             `the role "@mona" has other characters than letters, digits, ".", "_" and "-", or more than 100; expected /approve [ROLE] [COMMIT]`,
		"/sign-off":                                  `the id of the criterion is missing; expected /sign-off ID`,
		"/sign-off a b":                              `there is more on the line: "b"; expected /sign-off ID`,
		"/lock":                                      `the ring is missing; expected /lock RING [until TIME] reason`,
		"/lock ring-1":                               `the reason is missing; expected /lock RING [until TIME] reason`,
		"/lock ring-1 -":                             `the reason is missing; expected /lock RING [until TIME] reason`,
		"/override soak ring-0 ...":                  `the reason is missing; expected /override ID [RING] [until TIME] reason`,
		"/lock ring-1 \u200b":                        `the reason is missing; expected /lock RING [until TIME] reason`, // a space that nobody sees
		"/lock rign-1 disk":                          `there is no ring "rign-1", did you mean "ring-1"?; expected /lock RING [until TIME] reason`,
		"/lock Ring-1 disk":                          `there is no ring "Ring-1", did you mean "ring-1"?; expected /lock RING [until TIME] reason`,
		"/lock ring-1 until tomorrow disk":           `"tomorrow" is not a time such as 2026-03-03T05:30:00Z; expected /lock RING [until TIME] reason`,
		"/lock ring-1 until":                         `the time after until is missing; expected /lock RING [until TIME] reason`,
		"/lock ring-1 until 2026-03-03T12:00:00Z":    `the reason is missing; expected /lock RING [until TIME] reason`,
		"/unlock ring-1 fixed":                       `there is more on the line: "fixed"; expected /unlock RING`,
		"/release ring-1 fixed":                      `"ring-1" is not a digest, sha256: and 64 lower-case hex digits; expected /release DIGEST reason`,
		"/release " + digest:                         `the reason is missing; expected /release DIGEST reason`,
		"/release " + strings.ToUpper(digest) + " x": `"` + strings.ToUpper(digest) + `" is not a digest, sha256: and 64 lower-case hex digits; expected /release DIGEST reason`,
		"/override error-rate":                       `the reason is missing; expected /override ID [RING] [until TIME] reason`,
		"/override error-rate ring-0":                `the reason is missing; expected /override ID [RING] [until TIME] reason`,
	} {
		got, ours, err := comment.Parse(line, rings)
		switch {
		case !ours:
			t.Errorf("Parse(%q) is not ours", line)
		case err == nil:
			t.Errorf("Parse(%q) = %+v, want an error", line, got)
		case got != (comment.Command{Verb: got.Verb}):
			t.Errorf("Parse(%q) = %+v, want the verb alone", line, got)
		case err.Error() != want:
			t.Errorf("Parse(%q):\n got %s\nwant %s", line, err, want)
		}
	}
}

func TestParseOfOthers(t *testing.T) {
	for _, line := range []string{"", " ", "/", "/deploy", "/assign @mona", "approve", "/approved", "/sign_off x", "text /approve", "//approve"} {
		if got, ours, err := comment.Parse(line, rings); ours || err != nil || got != (comment.Command{}) {
			t.Errorf("Parse(%q) = %+v, %v, %v, want none of ours", line, got, ours, err)
		}
	}
}

// FuzzParse: what parses can be written down again in the form of the grammar, and that is the same command.
func FuzzParse(f *testing.F) {
	for _, line := range []string{"/approve x", "/lock ring-1 until 2026-03-03T12:00:00Z x", "/override a ring-0 b", "/release " + digest + " y", "/UNLOCK dev", "/reject", "/approve 1234567", "/reject x ABCDEF0"} {
		f.Add(line)
	}
	f.Fuzz(func(t *testing.T, line string) {
		c, ours, err := comment.Parse(line, rings)
		if err != nil || !ours {
			if c != (comment.Command{Verb: c.Verb}) || ours != (c.Verb != "") {
				t.Fatalf("Parse(%q) = %+v and %v", line, c, err)
			}
			return
		}
		if slices.Contains([]comment.Verb{comment.Lock, comment.Unlock}, c.Verb) && !slices.Contains(rings, c.Ring) {
			t.Fatalf("Parse(%q) is about the ring %q", line, c.Ring)
		}
		again, _, err := comment.Parse(written(c), rings)
		if err != nil || again != c {
			t.Fatalf("Parse(%q) = %+v, but its form %q is %+v, %v", line, c, written(c), again, err)
		}
		if strings.ContainsRune(line, '\n') || strings.ContainsRune(line, '\r') || !strings.HasPrefix(line, "/") {
			return
		}
		lines, err := comment.Commands(line)
		if err != nil && len(line) < 65536 {
			t.Fatalf("Commands(%q) = %v", line, err)
		}
		for _, found := range lines {
			if d, _, err := comment.Parse(found, rings); err == nil && d != c {
				t.Fatalf("%q is %+v, but as a comment %+v", line, c, d)
			}
		}
	})
}

func written(c comment.Command) string {
	words := []string{"/" + string(c.Verb)}
	for _, w := range []string{c.Role, c.Commit, c.ID, c.Digest, c.Ring} {
		if w != "" {
			words = append(words, w)
		}
	}
	if !c.Until.IsZero() {
		words = append(words, "until", c.Until.Format(time.RFC3339Nano))
	}
	if c.Reason != "" {
		words = append(words, c.Reason)
	}
	return strings.Join(words, " ")
}
