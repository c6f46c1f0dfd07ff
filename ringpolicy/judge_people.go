package ringpolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/internal/order"
)

func (a ApprovalRule) required(string) string {
	return plural(a.AtLeast, "approval") + " in the role " + a.Role
}

func (a ApprovalRule) judge(s *scope, _ *Criterion) finding {
	switch subject := s.evidence.Subject; {
	case s.evidence.Approvals == nil:
		return notCollected("approvals")
	case subject.Author == "":
		return notCollected("author")
	case subject.Contributors == nil:
		return notCollected("contributors")
	case subject.Revision == "" && slices.ContainsFunc(s.evidence.Approvals, func(x Approval) bool { return x.Digest == "" && a.counts(x, subject) }):
		return notCollected("revision") // which of them are about the image is not known
	}
	return a.count(s)
}

func (a ApprovalRule) count(s *scope) finding {
	newest := newestByPerson(s.evidence.Approvals, func(x Approval) (statement, bool) {
		return statement{x.By, x.At, string(x.State), x.URL}, a.counts(x, s.evidence.Subject) && covers(x, s.evidence.Subject)
	})
	approved, rejected := withState(newest, Approved), withState(newest, Rejected)
	has := fmt.Sprintf("%d of %s", len(approved), plural(a.AtLeast, "approval"))
	switch {
	case len(rejected) > 0:
		return unmet(ApprovalRejected, "rejected by %s", strings.Join(rejected.people(), ", ")).quotes(rejected)
	case len(approved) >= a.AtLeast:
		return met("approved by " + strings.Join(firstFew(approved.people()), ", ")).quotes(approved)
	case a.approvedAnother(s):
		return pending(ApprovalsStale, "%s, an earlier one was for another revision", has).quotes(approved)
	}
	return pending(ApprovalPending, "%s", has).quotes(approved)
}

// counts tells whether a statement is one of a person who may approve.
func (a ApprovalRule) counts(x Approval, subject Subject) bool {
	if x.Bot || x.By == "" || x.State == Commented || !strings.EqualFold(x.Role, a.Role) {
		return false
	}
	if samePerson(x.By, subject.Author) {
		return a.AllowAuthor
	}
	return !slices.ContainsFunc(subject.Contributors, func(c string) bool { return samePerson(c, x.By) })
}

// covers tells whether a statement is about the image.
func covers(x Approval, subject Subject) bool {
	if x.Digest != "" {
		return x.Digest == subject.Digest
	}
	return x.Revision != "" && x.Revision == subject.Revision
}

func (a ApprovalRule) approvedAnother(s *scope) bool {
	return slices.ContainsFunc(s.evidence.Approvals, func(x Approval) bool {
		return x.State == Approved && a.counts(x, s.evidence.Subject) && !covers(x, s.evidence.Subject)
	})
}

func (SignOffRule) required(string) string { return "a sign-off for this image by a person" }

func (SignOffRule) judge(s *scope, c *Criterion) finding {
	if s.evidence.SignOffs == nil {
		return notCollected("sign-offs")
	}
	another := false
	newest := newestByPerson(s.evidence.SignOffs, func(x SignOff) (statement, bool) {
		mine := x.ID == c.ID && x.By != "" && x.Digest == s.evidence.Subject.Digest
		another = another || x.ID == c.ID && x.State == Given && x.Digest != s.evidence.Subject.Digest
		return statement{x.By, x.At, string(x.State), x.URL}, mine
	})
	given, refused := withState(newest, Given), withState(newest, Refused)
	switch {
	case len(refused) > 0:
		return unmet(SignOffRefused, "refused by %s", strings.Join(refused.people(), ", ")).quotes(refused)
	case len(given) > 0:
		return met("given by " + strings.Join(firstFew(given.people()), ", ")).quotes(given)
	case another:
		return pending(SignOffStale, "given for another image")
	}
	return pending(SignOffMissing, "nobody signed off")
}

// A statement is what a person said at a time.
type statement struct {
	by    string
	at    time.Time
	state string
	url   string
}

func (s statement) String() string { return fmt.Sprintf("%s: %s", s.by, s.state) }

func samePerson(a, b string) bool { return strings.EqualFold(a, b) }

// newestByPerson keeps the newest statement of each person. Of two at the same time the less favourable one counts.
func newestByPerson[T any](all []T, of func(T) (statement, bool)) []statement {
	newest := map[string]statement{}
	for _, x := range all {
		s, ok := of(x)
		if !ok {
			continue
		}
		key := foldText(s.by)
		old, seen := newest[key]
		if !seen || cmp.Or(s.at.Compare(old.at), cmp.Compare(gravity(s.state), gravity(old.state)), cmp.Compare(s.by, old.by), cmp.Compare(s.url, old.url)) > 0 {
			newest[key] = s
		}
	}
	statements := make([]statement, 0, len(newest))
	for _, s := range newest {
		statements = append(statements, s)
	}
	order.Sort(statements, func(a, b statement) int { return cmp.Compare(a.by, b.by) })
	return statements
}

func gravity(state string) int {
	return slices.Index([]string{string(Approved), string(Given), string(Dismissed), string(Rejected), string(Refused)}, state)
}

// withState are the statements with a state.
func withState[T ~string](all []statement, state T) statements {
	return slices.DeleteFunc(slices.Clone(all), func(s statement) bool { return s.state != string(state) })
}

type statements []statement

// people are those who made the statements.
func (all statements) people() []string {
	var people []string
	for _, s := range all {
		people = append(people, s.by)
	}
	return people
}

// quotes is a finding that rests on what people said.
func (f finding) quotes(all statements) finding {
	f = f.restsOn(all.people()...)
	for _, s := range all {
		f = f.linked(s.url)
	}
	return f
}
