package event

import "fmt"

// A Found pull request is what the API says of one that had to be looked up.
type Found struct {
	Branch     string // raw, of the head
	BaseBranch string // raw
	Revision   string // the head commit
	Draft      bool
	Fork       bool // the head is in another repository than the base, or in one that is gone
	Open       bool
}

// With is an event whose pull request was looked up. A person asked for it by its number, so a draft is fine, and a
// fork never is: its code is not of this repository.
func (e Event) With(f Found) Event {
	e.Lookup = false
	e.Branch, e.BaseBranch, e.Revision, e.Draft, e.Fork = f.Branch, f.BaseBranch, f.Revision, f.Draft, f.Fork
	switch {
	case !f.Open:
		e.Skip = fmt.Sprintf("pull request #%d is not open", e.Number)
	case f.Fork:
		e.Skip = fmt.Sprintf("pull request #%d comes from a fork, and one from a fork never deploys on demand", e.Number)
	}
	e.Asked = e.Asked && e.Skip == ""
	return e
}
