package plan

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/action/internal/event"
)

// A Subject is what is being built.
type Subject struct {
	Kind       event.Kind
	Number     int
	Branch     string // as it is, not its slug
	BaseBranch string
	Revision   string
	Tag        string // of a release, as given
	Prerelease bool
	Draft      bool
	Fork       bool
}

func (m *maker) subject() {
	s := &m.plan.Subject
	if e := m.Event; e != nil {
		*s = Subject{e.Kind, e.Number, e.Branch, e.BaseBranch, e.Revision, e.Tag, e.Prerelease, e.Draft, e.Fork}
		m.plan.Warnings = append(m.plan.Warnings, e.Warnings...)
		m.plan.Asked = e.Asked
	}
	m.override(s)
	m.check(*s)
}

// override replaces values. A pull request number and a release tag also say what kind of subject it is,
// and so does a branch where there is no event; a merge stays a merge and a fork a fork.
func (m *maker) override(s *Subject) {
	o := m.Override
	replace(&s.Branch, o.Branch)
	replace(&s.BaseBranch, o.BaseBranch)
	replace(&s.Revision, o.Revision)
	replace(&s.Tag, o.Tag)
	if o.Number > 0 {
		s.Number = o.Number
	}
	switch {
	case o.Tag != "":
		s.Kind = event.Release
	case o.Number > 0 && s.Kind != event.Merge:
		s.Kind = event.PullRequest
	case m.Event == nil && o.Branch != "":
		s.Kind = event.Branch
	}
}

func replace(value *string, by string) {
	if by != "" {
		*value = by
	}
}

// check refuses what no build can be planned from, and notes what is missing to plan this one.
func (m *maker) check(s Subject) {
	m.checkName("branch", s.Branch)
	m.checkName("base branch", s.BaseBranch)
	m.checkName("release tag", s.Tag)
	if m.Event == nil && s.Kind == event.None {
		m.problem("there is nothing to plan: give --event FILE, or --branch, --pr-number or --release-tag to describe a build; --help lists the commands")
		return
	}
	m.checkComplete(s)
}

// checkName keeps out what Git does not allow in names either, and labels cannot carry.
func (m *maker) checkName(what, name string) {
	if !utf8.ValidString(name) {
		m.problem("the %s %.80q is not valid UTF-8", what, name)
	}
	if i := strings.IndexFunc(name, unicode.IsControl); i >= 0 {
		m.problem("the %s %.80q contains a control character at byte %d", what, name, i+1)
	}
}

func (m *maker) checkComplete(s Subject) {
	if s.Kind != event.Release && s.Branch == "" {
		m.miss("the branch of the %s is not known: give --branch", s.Kind)
	}
	if s.Kind == event.Merge && s.BaseBranch == "" {
		m.miss("the base branch of the %s is not known: give --base-branch", s.Kind)
	}
	if s.Revision == "" {
		m.miss("the commit of the %s is not known: give --revision", s.Kind)
	}
	if len(m.Images) == 0 {
		m.miss("no image is given, and no repository is known to name it after: give --image")
	}
}

func (m *maker) problem(format string, args ...any) {
	m.problems = append(m.problems, fmt.Errorf(format, args...))
}

func (m *maker) miss(format string, args ...any) {
	m.unknown = append(m.unknown, fmt.Errorf(format, args...))
}

// missErr notes an error of a step, unless it may follow from one that was noted before.
func (m *maker) missErr(err error) bool {
	if err != nil && len(m.unknown)+len(m.problems) == 0 {
		m.unknown = append(m.unknown, err)
	}
	return err != nil
}
