package posts

import (
	"fmt"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/action/internal/github"
)

// A Saying is a command in a post that counts, or a lock that cannot be read.
type Saying struct {
	comment.Command
	Line  string
	Err   error // why the lock cannot be read; nil: the command can
	By    string
	Bot   bool
	At    time.Time
	Late  bool   // an edit wrote it
	Now   bool   // the post still says it
	Place string // for people: "comment 4711 by mona"
	Page  string
}

// Hear reads the commands of a post, of which edits are all that it has, to the given rings. A line counts from when it was
// written, and what was there before an edit is not written by it. To say no counts even where it was edited away. What
// looks like a command and does not count is remarked.
func (p Post) Hear(edits []Edit, rings []string) (said []Saying, remarks []string, err error) {
	all, err := p.wordings(edits)
	if err != nil {
		return nil, nil, err
	}
	now := all[len(all)-1].lines
	var before []string
	for i, w := range all {
		for _, line := range w.lines {
			if slices.Contains(before, line) {
				continue
			}
			c, ours, err := comment.Parse(line, rings)
			if !ours {
				continue
			}
			if c.Verb == comment.Lock {
				said = corrected(said, w.by, w.lines)
			}
			remark := ""
			switch why := p.whyNot(w, c.Verb); {
			case why != "":
				remark = fmt.Sprintf("%s: %.120q does not count: %s", p.Place, line, why)
			case err != nil && c.Verb != comment.Lock:
				remark = p.Place + ": " + Misread(line, err)
			default:
				said = append(said, Saying{c, line, err, w.by, p.Bot && !w.another, w.at, i > 0, slices.Contains(now, line), p.Place, p.Page})
			}
			if remark != "" && slices.Contains(now, line) {
				remarks = append(remarks, remark)
			}
		}
		before = w.lines
	}
	return said, remarks, nil
}

// Misread says why a line is no command.
func Misread(line string, err error) string {
	return fmt.Sprintf("%.120q is not understood: %v", line, err)
}

// corrected leaves out a lock that cannot be read where the same person now writes another in its place.
func corrected(said []Saying, by string, now []string) []Saying {
	at := slices.IndexFunc(said, func(s Saying) bool {
		return s.Err != nil && github.SameAccount(s.By, by) && !slices.Contains(now, s.Line)
	})
	if at < 0 {
		return said
	}
	return slices.Delete(said, at, at+1)
}

// whyNot says why a command does not count; "" where it does. Of bots only locks count, and approvals, which are marked.
func (p Post) whyNot(w wording, verb comment.Verb) string {
	why := p.WhyIgnored()
	switch {
	case why != "" && !w.another:
		return why
	case p.Edited() && verb != comment.Lock && verb != comment.Reject:
		return "the comment was edited; write a new one"
	case p.Bot && !w.another && verb != comment.Approve && verb != comment.Reject && verb != comment.Lock:
		return "it is of a bot, and only a person may say so"
	}
	return ""
}
