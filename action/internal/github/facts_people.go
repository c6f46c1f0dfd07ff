package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// spoken are the kinds of facts that people state in comments.
var spoken = []string{"approvals", "sign_offs", "overrides", "releases"}

// A review is one of a pull request: https://docs.github.com/rest/pulls/reviews.
type review struct {
	User        *user     `json:"user"`
	State       string    `json:"state"`
	Commit      string    `json:"commit_id"`
	SubmittedAt time.Time `json:"submitted_at"`
	Association string    `json:"author_association"`
	Page        string    `json:"html_url"`
}

// A comment is one on a pull request: https://docs.github.com/rest/issues/comments.
type comment struct {
	ID          int64     `json:"id"`
	User        *user     `json:"user"`
	Body        string    `json:"body"`
	Association string    `json:"author_association"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	App         *struct{} `json:"performed_via_github_app"`
	Page        string    `json:"html_url"`
}

func (r review) lacks() string { return firstEmpty(field{"the state of a review", r.State == ""}) }

func (x comment) lacks() string {
	return firstEmpty(field{"the id of a comment", x.ID == 0}, field{"the text of a comment", x.Body == ""}, field{"the time of a comment", x.CreatedAt.IsZero()})
}

// gatherPeople collects what people said: on the pull request of the image, and in issues that lock rings.
func (g *gathering) gatherPeople(ctx context.Context) {
	var t *thread
	var threadErr, locksErr error
	var locks []ringpolicy.Lock
	inParallel(
		func() { t, threadErr = g.threadOf(ctx) },
		func() { locks, locksErr = g.issueLocks(ctx) },
	)
	switch {
	case threadErr != nil:
		g.lack(threadErr, spoken...)
		if g.question.Approvals {
			g.lack(threadErr, "author", "contributors")
		}
		g.locked(nil, locks, joined(locksErr, threadErr))
	case t == nil:
		if g.question.Approvals {
			g.gatherCommitter(ctx)
		}
		g.nothingSaid()
		g.locked(nil, locks, locksErr)
	default:
		g.gatherThread(ctx, t, locks, locksErr)
	}
}

// gatherCommitter finds the people behind a commit that came without a pull request. GitHub tells who pushed it for a
// branch alone, and which branch that was is not known.
func (g *gathering) gatherCommitter(ctx context.Context) {
	from := "commit " + brief(g.question.Revision)
	a := aim{"read " + from, "contents: read"}
	c, err := get[commit](ctx, g.Client, a, g.path("commits", g.question.Revision))
	if err == nil && c.SHA != g.question.Revision {
		err = g.explain(a, errors.New("the answer is about something else"))
	}
	if err != nil {
		g.lack(err, "author", "contributors")
		return
	}
	if author := c.Author.login(); author != "" {
		g.found("author", from, func(f *Facts) { f.Author = author })
	} else {
		g.lack(fmt.Errorf("GitHub knows no account for the author of %s: let that person add the e-mail address of the commit to the account, "+
			"or give author in an evidence file", from), "author")
	}
	writers, err := g.writers(ctx, []commit{c})
	g.note("contributors", from, err, func(f *Facts) { f.Contributors = people(writers) })
	g.remark(from + " came without a pull request, so whoever pushed it is not known and is among the contributors only if an evidence file gives them")
}

// nothingSaid is what there is to an image without a pull request: it was looked for, and is empty.
func (g *gathering) nothingSaid() {
	from := "commit " + brief(g.question.Revision) + ", which is of no pull request"
	g.found("approvals", from, func(f *Facts) { f.Approvals = []ringpolicy.Approval{} })
	g.found("sign_offs", from, func(f *Facts) { f.SignOffs = []ringpolicy.SignOff{} })
	g.found("overrides", from, func(f *Facts) { f.Overrides = []ringpolicy.Override{} })
	g.found("releases", from, func(f *Facts) { f.Released = map[string]time.Time{} })
}

func (g *gathering) gatherThread(ctx context.Context, t *thread, locks []ringpolicy.Lock, locksErr error) {
	from := fmt.Sprintf("pull request #%d", t.Number)
	g.found("pr", from, func(f *Facts) { f.PullRequest = t.Number })
	g.found("author", from, func(f *Facts) { f.Author = t.author() })
	if g.question.Approvals {
		contributors, err := g.contributors(ctx, t)
		g.note("contributors", fmt.Sprintf("%s of %s", count(len(t.commits), "commit"), from), err, func(f *Facts) { f.Contributors = contributors })
	}
	if t.commentsErr != nil {
		g.lack(t.commentsErr, spoken...)
		g.locked(nil, locks, joined(locksErr, t.commentsErr))
		return
	}
	said := g.listen(t)
	g.locked(said, locks, locksErr)
	g.stated(said, from)
	g.covered(ctx, t, said, from)
}

// A saying is a command in a comment that counts.
type saying struct {
	Command
	by    string
	bot   bool
	at    time.Time
	place string // for people: "comment 4711 by mona"
	page  string
}

// listen reads the commands in the comments of a pull request, in order. What looks like a command and does not count
// is remarked.
func (g *gathering) listen(t *thread) []saying {
	all := []saying{}
	for _, x := range t.comments {
		place := fmt.Sprintf("comment %d by %s", x.ID, named(x.User))
		for _, line := range event.Commands(x.Body) {
			c, ours, err := ParseCommand(line, g.question.Rings)
			if !ours {
				continue
			}
			switch why := x.silent(c.Verb); {
			case why != "":
				g.remark(fmt.Sprintf("%s: %.120q does not count: %s", place, line, why))
			case err != nil:
				g.remark(place + ": " + misread(line, err))
			default:
				all = append(all, saying{c, x.User.login(), x.isBots(), x.CreatedAt, place, x.Page})
			}
		}
	}
	return all
}

func (x comment) isBots() bool { return x.User.isBot() || x.App != nil }

// silent says why a comment does not count. Of bots only locks count, and approvals, which are marked.
func (x comment) silent(verb Verb) string {
	switch {
	case x.User == nil:
		return "its author is a deleted account"
	case !trusted(x.Association):
		return "only an owner, a member or a collaborator may say so"
	case !x.UpdatedAt.Equal(x.CreatedAt):
		return "the comment was edited; write a new one"
	case x.isBots() && verb != Approve && verb != Reject && verb != Lock:
		return "it is of a bot, and only a person may say so"
	}
	return ""
}

// locked joins the locks of issues and those of comments that nobody took back. Only both together are the locks.
func (g *gathering) locked(said []saying, locks []ringpolicy.Lock, err error) {
	if err != nil {
		g.lack(err, "locks")
		return
	}
	for i, s := range said {
		if s.Verb == Lock && !unlocked(said[i+1:], s.Ring) {
			locks = append(locks, ringpolicy.Lock{Ring: s.Ring, By: s.by, Reason: s.Reason, Expires: s.Until, URL: s.page})
		}
	}
	from := "comments on the pull request, and open issues with the label " + LockLabel
	g.found("locks", from, func(f *Facts) { f.Locks = locks })
}

func unlocked(later []saying, ring string) bool {
	for _, s := range later {
		if s.Verb == Unlock && s.Ring == ring {
			return true
		}
	}
	return false
}

// stated notes what names its image itself.
func (g *gathering) stated(said []saying, from string) {
	released := map[string]time.Time{}
	for _, s := range said {
		if s.Verb == Release {
			released[s.Digest] = s.at
		}
	}
	g.found("releases", "comments on "+from, func(f *Facts) { f.Released = released })
}

// covered notes what speaks for the commit that was the head at its time.
func (g *gathering) covered(ctx context.Context, t *thread, said []saying, from string) {
	approvals, signOffs, overrides := with(said, Approve, Reject), with(said, SignOff), with(said, Override)
	var h heads
	var err error
	if len(overrides) > 0 || g.question.Approvals && len(approvals) > 0 || g.question.SignOffs && len(signOffs) > 0 {
		h, err = g.headsOf(ctx, t.change)
	}
	about := func(s saying) string { return h.at(s.at, g.question.Revision) }

	g.note("approvals", from, joined(t.reviewsErr, needed(err, approvals)), func(f *Facts) {
		f.Approvals = append(reviewed(t.reviews), g.spokenFor(approvals, about)...)
	})
	g.note("sign_offs", from, needed(err, signOffs), func(f *Facts) { f.SignOffs = g.signedOff(signOffs, about) })
	usable := g.aboutTheImage(overrides, about, err)
	g.note("overrides", from, needed(err, overrides), func(f *Facts) { f.Overrides = g.overridden(usable) })
}

func with(said []saying, verbs ...Verb) []saying {
	return slices.DeleteFunc(slices.Clone(said), func(s saying) bool { return !slices.Contains(verbs, s.Verb) })
}

// needed is the error, if there is anything that it does harm to.
func needed(err error, said []saying) error {
	if len(said) == 0 {
		return nil
	}
	return err
}

func (g *gathering) note(fact, from string, err error, set func(*Facts)) {
	if err != nil {
		g.lack(err, fact)
		return
	}
	g.found(fact, from, set)
}

var reviewState = map[string]ringpolicy.ApprovalState{
	"APPROVED":          ringpolicy.Approved,
	"CHANGES_REQUESTED": ringpolicy.Rejected,
	"COMMENTED":         ringpolicy.Commented,
	"DISMISSED":         ringpolicy.Dismissed,
}

// reviewed are the reviews of people who may speak for the repository. Those that are not sent yet have no state here.
func reviewed(reviews []review) []ringpolicy.Approval {
	all := []ringpolicy.Approval{}
	for _, r := range reviews {
		state, known := reviewState[r.State]
		if !known || r.User == nil || !trusted(r.Association) {
			continue
		}
		all = append(all, ringpolicy.Approval{By: r.User.Login, Role: DefaultRole, State: state, At: r.SubmittedAt, Revision: r.Commit, Bot: r.User.isBot(), URL: r.Page})
	}
	return all
}

// spokenFor are the approvals and rejections in comments. When it is in doubt what they are about, an approval is about
// nothing, and a rejection about the image.
func (g *gathering) spokenFor(said []saying, about func(saying) string) []ringpolicy.Approval {
	all := []ringpolicy.Approval{}
	for _, s := range said {
		x := ringpolicy.Approval{By: s.by, Role: s.Role, State: ringpolicy.Approved, At: s.at, Revision: about(s), Bot: s.bot, URL: s.page}
		if s.Verb == Reject {
			x.State, x.Revision = ringpolicy.Rejected, cmp.Or(x.Revision, g.question.Revision)
		}
		all = append(all, x)
	}
	return all
}

// signedOff are the sign-offs. One that is not about the commit of the image is for an image that nobody knows.
func (g *gathering) signedOff(said []saying, about func(saying) string) []ringpolicy.SignOff {
	all := []ringpolicy.SignOff{}
	for _, s := range said {
		x := ringpolicy.SignOff{ID: s.ID, By: s.by, State: ringpolicy.Given, At: s.at, URL: s.page}
		if about(s) == g.question.Revision {
			x.Digest = g.question.Digest
		}
		all = append(all, x)
	}
	return all
}

// aboutTheImage leaves out, and remarks, overrides that are about another commit.
func (g *gathering) aboutTheImage(said []saying, about func(saying) string, err error) []saying {
	var all []saying
	for _, s := range said {
		switch {
		case err != nil:
		case about(s) != g.question.Revision:
			g.remark(fmt.Sprintf("%s: /override %s does not count: it was not said about commit %s", s.place, s.ID, brief(g.question.Revision)))
		default:
			all = append(all, s)
		}
	}
	return all
}

// overrideLasts is for how long an override holds that says nothing of it.
const overrideLasts = 24 * time.Hour

func (g *gathering) overridden(said []saying) []ringpolicy.Override {
	all := []ringpolicy.Override{}
	for _, s := range said {
		x := ringpolicy.Override{
			Criterion: s.ID, Ring: cmp.Or(s.Ring, g.question.Ring), Digest: g.question.Digest, Verdict: ringpolicy.OverridePass,
			By: s.by, Reason: s.Reason, At: s.at, Expires: s.Until, URL: s.page,
		}
		if x.Expires.IsZero() {
			x.Expires = s.at.Add(overrideLasts)
		}
		all = append(all, x)
	}
	return all
}
