package facts

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/posts"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// commandKinds are the kinds of facts that comments contain.
var commandKinds = []Kind{KindApprovals, KindSignOffs, KindOverrides, KindReleases}

// A review is one of a pull request: https://docs.github.com/rest/pulls/reviews.
type review struct {
	ID          int64        `json:"id"`
	User        *github.User `json:"user"`
	State       string       `json:"state"`
	Commit      string       `json:"commit_id"`
	SubmittedAt time.Time    `json:"submitted_at"`
	Association string       `json:"author_association"`
	Page        string       `json:"html_url"`
}

// An issueComment is one on a pull request: https://docs.github.com/rest/issues/comments.
type issueComment struct {
	ID          int64        `json:"id"`
	Node        string       `json:"node_id"`
	User        *github.User `json:"user"`
	Body        *string      `json:"body"`
	Association string       `json:"author_association"`
	CreatedAt   time.Time    `json:"created_at"`
	UpdatedAt   time.Time    `json:"updated_at"`
	App         *struct{}    `json:"performed_via_github_app"`
	Page        string       `json:"html_url"`
}

// Key returns the number of the review.
func (r review) Key() any { return r.ID }

func (r review) Lacks() string {
	_, counts := reviewState[r.State] // one that is not sent yet has no time
	return cmp.Or(github.IfEmpty("the state of a review", r.State == ""), github.IfEmpty("the time of a review", counts && r.SubmittedAt.IsZero()))
}

// Key returns the number of the comment.
func (x issueComment) Key() any { return x.ID }

func (x issueComment) Lacks() string {
	return cmp.Or(github.IfEmpty("the id of a comment", x.ID == 0), github.IfEmpty("the text of a comment", x.Body == nil), github.IfEmpty("the time of a comment", x.CreatedAt.IsZero()))
}

func (x issueComment) post() posts.Post {
	return posts.Post{
		Place: fmt.Sprintf("comment %d by %s", x.ID, x.User.String()), Page: x.Page, Node: x.Node, User: x.User, Bot: x.User.IsBot() || x.App != nil,
		Association: x.Association, Created: x.CreatedAt, Updated: x.UpdatedAt, Body: *x.Body,
	}
}

// gatherPeople collects what people said: on the pull request of the image, and in issues that lock rings.
func (g *gathering) gatherPeople(ctx context.Context) {
	var said []posts.Saying
	var saidErr, locksErr error
	var locks []ringpolicy.Lock
	inParallel(
		func() { said, saidErr = g.gatherSaid(ctx) },
		func() { locks, locksErr = g.issueLocks(ctx) },
	)
	g.locked(said, locks, github.Joined(locksErr, saidErr))
}

// gatherSaid collects what people said on the pull request of the image. The error says why its locks are not known.
func (g *gathering) gatherSaid(ctx context.Context) ([]posts.Saying, error) {
	t, err := g.subject()
	switch {
	case err != nil:
		g.missed(err, commandKinds...)
		if g.question.People {
			g.missed(err, KindAuthor, KindContributors)
		}
		return nil, err
	case t != nil:
		return g.gatherThread(ctx, t)
	case g.question.People:
		g.gatherCommitter(ctx)
	}
	g.nothingSaid()
	return nil, nil
}

// gatherCommitter finds the people behind a commit that came without a pull request. GitHub says who pushed it for a
// branch alone, and which branch that was is not known.
func (g *gathering) gatherCommitter(ctx context.Context) {
	from := "commit " + text.ShortCommit(g.question.Revision)
	op := github.Operation{Doing: "read " + from, Needs: "contents: read"}
	c, err := github.Get[commit](ctx, g.Client, op, g.Path("commits", g.question.Revision))
	if err == nil && c.SHA != g.question.Revision {
		err = g.Explain(op, errors.New("the answer is about something else"))
	}
	if err != nil {
		g.missed(err, KindAuthor, KindContributors)
		return
	}
	if author := c.Author.Account(); author != "" {
		g.found(KindAuthor, from, func(f *Facts) { f.Author = author })
	} else {
		g.missed(fmt.Errorf("GitHub knows no account for the author of %s: let that person add the e-mail address of the commit to the account, "+
			"or give author in an evidence file", from), KindAuthor)
	}
	writers, err := g.writers(ctx, []commit{c})
	g.note(KindContributors, from, err, func(f *Facts) { f.Contributors = people(writers) })
	g.remark(from + " came without a pull request, so whoever pushed it is not known and is among the contributors only if an evidence file gives them")
}

// nothingSaid notes that an image without a pull request has nothing said about it: it was looked for, and is empty.
func (g *gathering) nothingSaid() {
	from := "commit " + text.ShortCommit(g.question.Revision) + ", which is of no pull request"
	g.found(KindApprovals, from, func(f *Facts) { f.Approvals = []ringpolicy.Approval{} })
	g.found(KindSignOffs, from, func(f *Facts) { f.SignOffs = []ringpolicy.SignOff{} })
	g.found(KindOverrides, from, func(f *Facts) { f.Overrides = []ringpolicy.Override{} })
	g.found(KindReleases, from, func(f *Facts) { f.Released = map[string]time.Time{} })
}

func (g *gathering) gatherThread(ctx context.Context, t *thread) ([]posts.Saying, error) {
	from := fmt.Sprintf("pull request #%d", t.Number)
	g.found(KindPullRequest, from, func(f *Facts) { f.PullRequest = t.Number })
	g.found(KindAuthor, from, func(f *Facts) { f.Author = t.author() })
	if t.commentsErr != nil {
		g.gatherContributors(ctx, t, nil)
		g.missed(t.commentsErr, commandKinds...)
		return nil, t.commentsErr
	}
	said, editsErr := g.listen(t)
	aside, baseErr := g.baseOf(t.change)
	said = g.leaveOut(said, aside, comment.Approve, comment.SignOff, comment.Override, comment.Release, comment.Unlock)
	said = g.ofOthers(ctx, t, said)
	if baseErr != nil {
		g.missed(baseErr, commandKinds...)
		return said, editsErr
	}
	g.addReleases(said, from)
	g.addApprovals(ctx, t, said, aside, editsErr)
	return said, editsErr
}

// listen reads the commands in the comments of a pull request, in order. What looks like a command and does not count
// is remarked. The error says that a comment may have said no in a wording that cannot be read.
func (g *gathering) listen(t *thread) ([]posts.Saying, error) {
	said, err := []posts.Saying{}, t.editsErr
	for _, x := range t.comments {
		p := x.post()
		some, remarks, unknown := p.Hear(t.edits[p.Node], g.question.Rings)
		g.remark(remarks...)
		said, err = append(said, some...), github.Joined(err, unknown)
	}
	// What was written by an edit in the second of an unlock is not known to have been there before it.
	slices.SortStableFunc(said, func(a, b posts.Saying) int {
		return cmp.Or(cmp.Compare(a.At.Unix(), b.At.Unix()), cmp.Compare(late(a), late(b)))
	})
	return said, err
}

func late(s posts.Saying) int {
	if s.Late {
		return 1
	}
	return 0
}

// baseOf says why nothing counts on a pull request that would let its image in; "" where it counts. Who may merge into
// a branch that no ring lists need not be who may let an image in.
func (g *gathering) baseOf(p change) (aside string, err error) {
	ref, listed := p.Base.Ref, g.question.Lists
	switch {
	case ref != "" && listed != nil && listed(ref):
		return "", nil
	case ref == "" || p.Base.Repo == nil || p.Base.Repo.DefaultBranch == "":
		op := github.Operation{Doing: fmt.Sprintf("read the base branch of pull request #%d", p.Number), Needs: "pull-requests: read"}
		err := g.Explain(op, errors.New("the answer lacks it, or the default branch of the repository"))
		return err.Error(), err
	case ref != p.Base.Repo.DefaultBranch:
		return fmt.Sprintf("the base branch %.120q of pull request #%d is neither the default branch nor one that a ring lists", ref, p.Number), nil
	}
	return "", nil
}

// leaveOut leaves out, and remarks, what was said with some verbs, where there is a reason for it.
func (g *gathering) leaveOut(said []posts.Saying, why string, verbs ...comment.Verb) []posts.Saying {
	if why == "" {
		return said
	}
	return g.strike(said, func(s posts.Saying) string {
		if slices.Contains(verbs, s.Verb) {
			return why
		}
		return ""
	})
}

// strike leaves out, and remarks, what does not count for a reason.
func (g *gathering) strike(said []posts.Saying, reason func(posts.Saying) string) []posts.Saying {
	return slices.DeleteFunc(said, func(s posts.Saying) bool {
		why := reason(s)
		if why != "" {
			g.remark(fmt.Sprintf("%s: %.120q does not count: %s", s.Place, s.Line, why))
		}
		return why != ""
	})
}

// ofOthers leaves out the releases and unlocks of those whose change it is. Where these are not known, no release or unlock counts.
func (g *gathering) ofOthers(ctx context.Context, t *thread, said []posts.Saying) []posts.Saying {
	contributors, err := g.gatherContributors(ctx, t, said)
	author := cmp.Or(g.question.Author, t.author())
	return g.strike(said, func(s posts.Saying) string {
		is := func(login string) bool { return github.SameAccount(login, s.By) }
		switch {
		case s.Verb != comment.Release && s.Verb != comment.Unlock:
			return ""
		case is(author):
			return s.By + " is the author of the change, and another person has to say so"
		case slices.ContainsFunc(contributors, is):
			return s.By + " contributed to the change, and another person has to say so"
		case err != nil:
			return fmt.Sprintf("who contributed to pull request #%d is not known, and may be %s", t.Number, s.By)
		}
		return ""
	})
}

// gatherContributors finds who contributed, where they are asked for or something that was said hangs on them.
func (g *gathering) gatherContributors(ctx context.Context, t *thread, said []posts.Saying) ([]string, error) {
	switch {
	case g.question.Contributors != nil:
		return g.question.Contributors, nil
	case !g.question.People && len(with(said, comment.Override, comment.Release, comment.Unlock)) == 0:
		return nil, nil
	}
	t.readCommits(ctx, g)
	contributors, err := g.contributors(ctx, t)
	from := fmt.Sprintf("%s of pull request #%d", text.Plural(len(t.commits), "commit"), t.Number)
	g.note(KindContributors, from, err, func(f *Facts) { f.Contributors = contributors })
	return contributors, err
}

// locked joins the locks of issues and those of comments that were not taken back. Only both together are the locks, and
// they are not known while one of them cannot be read.
func (g *gathering) locked(said []posts.Saying, locks []ringpolicy.Lock, err error) {
	for i, s := range said {
		switch {
		case s.Verb != comment.Lock:
		case s.Err != nil && !unlocked(said[i+1:], g.question.Ring):
			err = github.Joined(err, fmt.Errorf("%s: %s. It keeps every image out until %s edits it so, or a later comment says /unlock %s", s.Place, posts.Misread(s.Line, s.Err), s.By, g.question.Ring))
		case s.Err == nil && !unlocked(said[i+1:], s.Ring):
			locks = append(locks, lockOf(s))
		}
	}
	if err != nil {
		g.missed(err, KindLocks)
		return
	}
	from := "comments on the pull request, and open issues with the label " + LockLabel
	g.found(KindLocks, from, func(f *Facts) { f.Locks = locks })
}

func lockOf(s posts.Saying) ringpolicy.Lock {
	return ringpolicy.Lock{Ring: s.Ring, By: s.By, Reason: s.Reason, Expires: s.Until, URL: s.Page}
}

func unlocked(later []posts.Saying, ring string) bool {
	return slices.ContainsFunc(later, func(s posts.Saying) bool { return s.Verb == comment.Unlock && s.Ring == ring })
}

// addReleases notes the releases, which name their image themselves.
func (g *gathering) addReleases(said []posts.Saying, from string) {
	released := map[string]time.Time{}
	for _, s := range said {
		if s.Verb == comment.Release {
			released[s.Digest] = s.At
		}
	}
	g.found(KindReleases, "comments on "+from, func(f *Facts) { f.Released = released })
}

// addApprovals notes approvals, sign-offs and overrides, which are about the commit that was the head at their time.
func (g *gathering) addApprovals(ctx context.Context, t *thread, said []posts.Saying, aside string, editsErr error) {
	from := fmt.Sprintf("pull request #%d", t.Number)
	approvals, signOffs, overrides := with(said, comment.Approve, comment.Reject), with(said, comment.SignOff), with(said, comment.Override)
	var h heads
	var err error
	if len(overrides) > 0 || g.question.Approvals && len(approvals) > 0 || g.question.SignOffs && len(signOffs) > 0 {
		h, err = g.headsOf(ctx, t.change)
	}
	about := func(s posts.Saying) string {
		if s.Commit != "" {
			return h.named(s.Commit, s.At, g.question.Revision)
		}
		return h.at(s.At, g.question.Revision)
	}
	approved := append(g.reviewed(t, aside), g.spokenFor(approvals, about, err)...)
	signed := g.signedOff(signOffs, about, err)
	waived := g.overridden(g.aboutTheImage(overrides, about, err))

	g.note(KindApprovals, from, github.Joined(t.reviewsErr, editsErr, needed(err, approvals)), func(f *Facts) { f.Approvals = approved })
	g.note(KindSignOffs, from, needed(err, signOffs), func(f *Facts) { f.SignOffs = signed })
	g.note(KindOverrides, from, needed(err, overrides), func(f *Facts) { f.Overrides = waived })
}

func with(said []posts.Saying, verbs ...comment.Verb) []posts.Saying {
	return slices.DeleteFunc(slices.Clone(said), func(s posts.Saying) bool { return !slices.Contains(verbs, s.Verb) })
}

// needed returns the error if it matters to anything that was said.
func needed(err error, said []posts.Saying) error {
	if len(said) == 0 {
		return nil
	}
	return err
}

var reviewState = map[string]ringpolicy.ApprovalState{
	"APPROVED":          ringpolicy.ApprovalApproved,
	"CHANGES_REQUESTED": ringpolicy.ApprovalRejected,
	"COMMENTED":         ringpolicy.ApprovalCommented,
	"DISMISSED":         ringpolicy.ApprovalDismissed,
}

// reviewed returns the reviews of people who may speak for the repository. Those that are not sent yet have no state here.
func (g *gathering) reviewed(t *thread, aside string) []ringpolicy.Approval {
	all := []ringpolicy.Approval{}
	for _, r := range t.reviews {
		state, known := reviewState[r.State]
		if !known {
			continue
		}
		if why := r.whyIgnored(state, aside); why != "" {
			if state == ringpolicy.ApprovalApproved || state == ringpolicy.ApprovalRejected {
				g.remark(fmt.Sprintf("review of pull request #%d by %s (%s) does not count: %s", t.Number, r.User.String(), state, why))
			}
			continue
		}
		all = append(all, ringpolicy.Approval{By: r.User.Login, Role: comment.DefaultRole, State: state, At: r.SubmittedAt, Revision: r.Commit, Bot: r.User.IsBot(), URL: r.Page})
	}
	return all
}

// whyIgnored says why a review does not count; "" if it does.
func (r review) whyIgnored(state ringpolicy.ApprovalState, aside string) string {
	why := posts.Post{User: r.User, Association: r.Association}.WhyIgnored()
	if why == "" && state == ringpolicy.ApprovalApproved {
		return aside
	}
	return why
}

// spokenFor returns the approvals and rejections in comments. Where it is not known which commit one is about, an approval is
// about none, and a rejection about the image.
func (g *gathering) spokenFor(said []posts.Saying, about func(posts.Saying) string, err error) []ringpolicy.Approval {
	all := []ringpolicy.Approval{}
	for _, s := range said {
		x := ringpolicy.Approval{By: s.By, Role: s.Role, State: ringpolicy.ApprovalApproved, At: s.At, Revision: about(s), Bot: s.Bot, URL: s.Page}
		switch {
		case s.Verb == comment.Reject:
			x.State, x.Revision = ringpolicy.ApprovalRejected, cmp.Or(x.Revision, g.question.Revision)
		case err == nil && g.question.Approvals && x.Revision != g.question.Revision:
			g.remarkElsewhere(s)
		}
		all = append(all, x)
	}
	return all
}

// signedOff returns the sign-offs. One that is not about the commit of the image has no digest.
func (g *gathering) signedOff(said []posts.Saying, about func(posts.Saying) string, err error) []ringpolicy.SignOff {
	all := []ringpolicy.SignOff{}
	for _, s := range said {
		x := ringpolicy.SignOff{ID: s.ID, By: s.By, State: ringpolicy.SignOffGiven, At: s.At, URL: s.Page}
		switch {
		case about(s) == g.question.Revision:
			x.Digest = g.question.Digest
		case err == nil && g.question.SignOffs:
			g.remarkElsewhere(s)
		}
		all = append(all, x)
	}
	return all
}

func (g *gathering) remarkElsewhere(s posts.Saying) {
	g.remark(fmt.Sprintf("%s: %.120q does not count: it was not said about commit %s", s.Place, s.Line, text.ShortCommit(g.question.Revision)))
}

// aboutTheImage leaves out, and remarks, overrides that are about another commit.
func (g *gathering) aboutTheImage(said []posts.Saying, about func(posts.Saying) string, err error) []posts.Saying {
	var all []posts.Saying
	for _, s := range said {
		switch {
		case err != nil:
		case about(s) != g.question.Revision:
			g.remark(fmt.Sprintf("%s: /override %s does not count: it was not said about commit %s", s.Place, s.ID, text.ShortCommit(g.question.Revision)))
		default:
			all = append(all, s)
		}
	}
	return all
}

// overrideLasts limits an override that names no time.
const overrideLasts = 24 * time.Hour

func (g *gathering) overridden(said []posts.Saying) []ringpolicy.Override {
	all := []ringpolicy.Override{}
	for _, s := range said {
		x := ringpolicy.Override{
			Criterion: s.ID, Ring: cmp.Or(s.Ring, g.question.Ring), Digest: g.question.Digest, Verdict: ringpolicy.OverridePass,
			By: s.By, Reason: s.Reason, At: s.At, Expires: s.Until, URL: s.Page,
		}
		if x.Expires.IsZero() {
			x.Expires = s.At.Add(overrideLasts)
		}
		all = append(all, x)
	}
	return all
}
