package fleet

import (
	"fmt"
	"regexp"
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// MaxListSize limits a list of repositories, in bytes.
const MaxListSize = 1 << 20

// A Selector is a line of a list: one repository, or all of an owner.
type Selector struct {
	Owner string
	Name  string // of the repository; "": all of the owner
}

// String returns the line: owner/name, or owner/*.
func (s Selector) String() string {
	if s.Name == "" {
		return s.Owner + "/*"
	}
	return s.Owner + "/" + s.Name
}

// Names as GitHub takes them. Those of accounts that a company manages have an underscore.
var (
	ownerForm = regexp.MustCompile(`^[0-9A-Za-z][0-9A-Za-z_-]{0,99}$`)
	nameForm  = regexp.MustCompile(`^[0-9A-Za-z._-]{1,100}$`)
)

// ParseList reads a list of repositories: owner/name or owner/* on each line. Empty lines and what follows a # at the start
// of a word do not count, and a repository that is there twice counts once. The error has every line that is something else.
func ParseList(file string, src []byte) ([]Selector, error) {
	var all []Selector
	var problems ringpolicy.Problems
	seen := map[string]bool{}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(string(src), "\ufeff")) {
		number++
		line = strings.TrimSpace(withoutComment(line))
		if line == "" {
			continue
		}
		s, ok := parseSelector(line)
		if !ok {
			problems = append(problems, &ringpolicy.Problem{File: file, Line: number, Column: 1,
				Message: fmt.Sprintf("%s is no repository, expected owner/name, or owner/* for all of an owner", text.Quote(line))})
			continue
		}
		if key := strings.ToLower(s.String()); !seen[key] {
			seen[key] = true
			all = append(all, s)
		}
	}
	if problems != nil {
		return nil, problems
	}
	if all == nil {
		return nil, ringpolicy.Problems{{File: file, Line: 1, Column: 1, Message: "the list is empty, expected a line with owner/name or owner/*"}}
	}
	return all, nil
}

var comment = regexp.MustCompile(`(^|\s)#.*`)

func withoutComment(line string) string {
	return comment.ReplaceAllString(strings.TrimRight(line, "\r\n"), "")
}

func parseSelector(line string) (s Selector, ok bool) {
	owner, name, _ := strings.Cut(line, "/")
	switch {
	case !ownerForm.MatchString(owner):
		return s, false
	case name == "*":
		return Selector{Owner: owner}, true
	}
	return Selector{owner, name}, nameForm.MatchString(name) && name != "." && name != ".."
}
