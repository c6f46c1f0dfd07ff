package ringpolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

func (a ApprovalRule) required(string) string {
	return plural(a.AtLeast, "approval") + " in the role " + a.Role
}

func (a ApprovalRule) judge(s *scope, _ *Criterion) finding {
	subject := s.evidence.Subject
	switch missing := subject.makersMissing(); {
	case s.evidence.Approvals == nil:
		return notCollected("approvals")
	case missing != "":
		return notCollected(missing)
	case subject.Revision == "" && slices.ContainsFunc(s.evidence.Approvals, func(x Approval) bool { return x.Digest == "" && a.counts(x, subject) }):
		return notCollected("revision") // which of them are about the image is not known
	}
	return a.count(s)
}

func (a ApprovalRule) count(s *scope) finding {
	newest := newestByPerson(s.evidence.Approvals, func(x Approval) (statement, bool) {
		return statement{x.By, x.At, string(x.State), x.URL}, a.counts(x, s.evidence.Subject) && covers(x, s.evidence.Subject)
	})
	approved, rejected := withState(newest, ApprovalApproved), withState(newest, ApprovalRejected)
	has := fmt.Sprintf("%d of %s", len(approved), plural(a.AtLeast, "approval"))
	switch {
	case len(rejected) > 0:
		return unmet(CodeApprovalRejected, "rejected by %s", strings.Join(rejected.people(), ", ")).quotes(rejected)
	case len(approved) >= a.AtLeast:
		return met("approved by " + strings.Join(firstFew(approved.people()), ", ")).quotes(approved)
	case a.approvedAnother(s):
		return pending(CodeApprovalsStale, "%s, an earlier one was for another revision", has).quotes(approved)
	}
	return pending(CodeApprovalPending, "%s", has).quotes(approved)
}

// counts reports whether a statement is one of a person who may approve.
func (a ApprovalRule) counts(x Approval, subject Subject) bool {
	if x.Bot || x.By == "" || x.State == ApprovalCommented || !strings.EqualFold(x.Role, a.Role) {
		return false
	}
	if samePerson(x.By, subject.Author) {
		return a.AllowAuthor
	}
	return !subject.isContributor(x.By)
}

// covers reports whether a statement is about the image. A rejection that names neither image nor commit is.
func covers(x Approval, subject Subject) bool {
	switch {
	case x.Digest != "":
		return x.Digest == subject.Digest
	case x.Revision != "":
		return x.Revision == subject.Revision
	}
	return x.State == ApprovalRejected
}

func (a ApprovalRule) approvedAnother(s *scope) bool {
	return slices.ContainsFunc(s.evidence.Approvals, func(x Approval) bool {
		return x.State == ApprovalApproved && a.counts(x, s.evidence.Subject) && !covers(x, s.evidence.Subject)
	})
}

func (SignOffRule) required(string) string { return "a sign-off for this image by a person" }

func (SignOffRule) judge(s *scope, c *Criterion) finding {
	subject := s.evidence.Subject
	switch missing := subject.makersMissing(); {
	case s.evidence.SignOffs == nil:
		return notCollected("sign-offs")
	case missing != "":
		return notCollected(missing)
	}
	another := false
	newest := newestByPerson(s.evidence.SignOffs, func(x SignOff) (statement, bool) {
		mine := x.ID == c.ID && x.By != "" && x.Digest == subject.Digest
		another = another || x.ID == c.ID && x.State == SignOffGiven && x.Digest != subject.Digest && !subject.madeBy(x.By)
		return statement{x.By, x.At, string(x.State), x.URL}, mine
	})
	refused := withState(newest, SignOffRefused) // by anyone: the author and contributors may say no too
	given, own := withState(newest, SignOffGiven).splitBy(subject.madeBy)
	switch {
	case len(refused) > 0:
		return unmet(CodeSignOffRefused, "refused by %s", strings.Join(refused.people(), ", ")).quotes(refused)
	case len(given) > 0:
		return met("given by " + strings.Join(firstFew(given.people()), ", ")).quotes(given)
	case another:
		return pending(CodeSignOffStale, "given for another image")
	case len(own) > 0:
		return pending(CodeSignOffMissing, "nobody signed off but %s, who made the change", strings.Join(firstFew(own.people()), ", ")).quotes(own)
	}
	return pending(CodeSignOffMissing, "nobody signed off")
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

// madeBy reports whether a person is the author of the change or contributed to it.
func (s Subject) madeBy(person string) bool {
	return samePerson(person, s.Author) || s.isContributor(person)
}

func (s Subject) isContributor(person string) bool {
	return slices.ContainsFunc(s.Contributors, func(c string) bool { return samePerson(c, person) })
}

// A statement is one answer of a person, with its time.
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
	slices.SortStableFunc(statements, func(a, b statement) int { return cmp.Compare(a.by, b.by) })
	return statements
}

func gravity(state string) int {
	return slices.Index([]string{string(ApprovalApproved), string(SignOffGiven), string(ApprovalDismissed), string(ApprovalRejected), string(SignOffRefused)}, state)
}

// withState returns the statements with a state.
func withState[T ~string](all []statement, state T) statements {
	return slices.DeleteFunc(slices.Clone(all), func(s statement) bool { return s.state != string(state) })
}

type statements []statement

// splitBy returns the statements of people other than some, and those of these.
func (all statements) splitBy(some func(person string) bool) (others, theirs statements) {
	for _, s := range all {
		if some(s.by) {
			theirs = append(theirs, s)
		} else {
			others = append(others, s)
		}
	}
	return others, theirs
}

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
