package github

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// DefaultRole is the role of a review.
const DefaultRole = comment.DefaultRole

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

// An issueComment is one on a pull request: https://docs.github.com/rest/issues/comments.
type issueComment struct {
	ID          int64     `json:"id"`
	Node        string    `json:"node_id"`
	User        *user     `json:"user"`
	Body        *string   `json:"body"`
	Association string    `json:"author_association"`
	CreatedAt   time.Time `json:"created_at"`
	UpdatedAt   time.Time `json:"updated_at"`
	App         *struct{} `json:"performed_via_github_app"`
	Page        string    `json:"html_url"`
}

func (r review) Lacks() string {
	_, counts := reviewState[r.State] // one that is not sent yet has no time
	return cmp.Or(IfEmpty("the state of a review", r.State == ""), IfEmpty("the time of a review", counts && r.SubmittedAt.IsZero()))
}

func (x issueComment) Lacks() string {
	return cmp.Or(IfEmpty("the id of a comment", x.ID == 0), IfEmpty("the text of a comment", x.Body == nil), IfEmpty("the time of a comment", x.CreatedAt.IsZero()))
}

func (x issueComment) post() post {
	return post{
		place: fmt.Sprintf("comment %d by %s", x.ID, named(x.User)), page: x.Page, node: x.Node, user: x.User, bot: x.User.isBot() || x.App != nil,
		association: x.Association, created: x.CreatedAt, updated: x.UpdatedAt, body: *x.Body,
	}
}

// gatherPeople collects what people said: on the pull request of the image, and in issues that lock rings.
func (g *gathering) gatherPeople(ctx context.Context) {
	var said []saying
	var saidErr, locksErr error
	var locks []ringpolicy.Lock
	inParallel(
		func() { said, saidErr = g.gatherSaid(ctx) },
		func() { locks, locksErr = g.issueLocks(ctx) },
	)
	g.locked(said, locks, joined(locksErr, saidErr))
}

// gatherSaid collects what people said on the pull request of the image. The error says why its locks are not known.
func (g *gathering) gatherSaid(ctx context.Context) ([]saying, error) {
	t, err := g.threadOf(ctx)
	switch {
	case err != nil:
		g.lack(err, spoken...)
		if g.question.People {
			g.lack(err, "author", "contributors")
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

// gatherCommitter finds the people behind a commit that came without a pull request. GitHub tells who pushed it for a
// branch alone, and which branch that was is not known.
func (g *gathering) gatherCommitter(ctx context.Context) {
	from := "commit " + text.ShortCommit(g.question.Revision)
	op := Operation{Doing: "read " + from, Needs: "contents: read"}
	c, err := Get[commit](ctx, g.Client, op, g.Path("commits", g.question.Revision))
	if err == nil && c.SHA != g.question.Revision {
		err = g.Explain(op, errors.New("the answer is about something else"))
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
	from := "commit " + text.ShortCommit(g.question.Revision) + ", which is of no pull request"
	g.found("approvals", from, func(f *Facts) { f.Approvals = []ringpolicy.Approval{} })
	g.found("sign_offs", from, func(f *Facts) { f.SignOffs = []ringpolicy.SignOff{} })
	g.found("overrides", from, func(f *Facts) { f.Overrides = []ringpolicy.Override{} })
	g.found("releases", from, func(f *Facts) { f.Released = map[string]time.Time{} })
}

func (g *gathering) gatherThread(ctx context.Context, t *thread) ([]saying, error) {
	from := fmt.Sprintf("pull request #%d", t.Number)
	g.found("pr", from, func(f *Facts) { f.PullRequest = t.Number })
	g.found("author", from, func(f *Facts) { f.Author = t.author() })
	if t.commentsErr != nil {
		g.gatherContributors(ctx, t, nil)
		g.lack(t.commentsErr, spoken...)
		return nil, t.commentsErr
	}
	said, editsErr := g.listen(t)
	aside, baseErr := g.baseOf(t.change)
	said = g.leaveOut(said, aside, comment.Approve, comment.SignOff, comment.Override, comment.Release, comment.Unlock)
	said = g.ofOthers(ctx, t, said)
	if baseErr != nil {
		g.lack(baseErr, spoken...)
		return said, editsErr
	}
	g.stated(said, from)
	g.covered(ctx, t, said, aside, editsErr)
	return said, editsErr
}

// A saying is a command in a comment that counts, or a lock that nobody can read.
type saying struct {
	comment.Command
	line  string
	err   error // why the lock cannot be read; nil: the command can
	by    string
	bot   bool
	at    time.Time
	late  bool   // an edit wrote it
	place string // for people: "comment 4711 by mona"
	page  string
}

// listen reads the commands in the comments of a pull request, in order. What looks like a command and does not count
// is remarked. The error says that comments may have said no without anybody knowing.
func (g *gathering) listen(t *thread) ([]saying, error) {
	said, err := []saying{}, t.editsErr
	for _, x := range t.comments {
		p := x.post()
		wordings, unknown := p.wordings(t.edits[p.node])
		err = joined(err, unknown)
		said = append(said, g.hear(p, wordings)...)
	}
	// What was written by an edit in the second of an unlock is not known to have been there before it.
	slices.SortStableFunc(said, func(a, b saying) int {
		return cmp.Or(cmp.Compare(a.at.Unix(), b.at.Unix()), cmp.Compare(late(a), late(b)))
	})
	return said, err
}

func late(s saying) int {
	if s.late {
		return 1
	}
	return 0
}

// hear reads the commands of a post. A line counts from when it was written, and what was there before an edit is not
// written by it. To say no counts even where it was edited away.
func (g *gathering) hear(p post, wordings []wording) []saying {
	var said []saying
	var before []string
	for i, w := range wordings {
		for _, line := range w.lines {
			if slices.Contains(before, line) {
				continue
			}
			c, ours, err := comment.Parse(line, g.question.Rings)
			if !ours {
				continue
			}
			if c.Verb == comment.Lock {
				said = corrected(said, w.by, w.lines)
			}
			switch why := p.deaf(w, c.Verb); {
			case why != "":
				g.remarkOn(p, wordings, line, fmt.Sprintf("%.120q does not count: %s", line, why))
			case err != nil && c.Verb != comment.Lock:
				g.remarkOn(p, wordings, line, misread(line, err))
			default:
				said = append(said, saying{c, line, err, w.by, p.bot && !w.another, w.at, i > 0, p.place, p.page})
			}
		}
		before = w.lines
	}
	return said
}

// corrected leaves out a lock that nobody could read where the same person now writes another in its place.
func corrected(said []saying, by string, now []string) []saying {
	at := slices.IndexFunc(said, func(s saying) bool { return s.err != nil && sameLogin(s.by, by) && !slices.Contains(now, s.line) })
	if at < 0 {
		return said
	}
	return slices.Delete(said, at, at+1)
}

// remarkOn remarks a line that a post still has.
func (g *gathering) remarkOn(p post, wordings []wording, line, remark string) {
	if slices.Contains(wordings[len(wordings)-1].lines, line) {
		g.remark(p.place + ": " + remark)
	}
}

// deaf says why a command does not count. Of bots only locks count, and approvals, which are marked.
func (p post) deaf(w wording, verb comment.Verb) string {
	why := p.silent()
	switch {
	case why != "" && !w.another:
		return why
	case p.edited() && verb != comment.Lock && verb != comment.Reject:
		return "the comment was edited; write a new one"
	case p.bot && !w.another && verb != comment.Approve && verb != comment.Reject && verb != comment.Lock:
		return "it is of a bot, and only a person may say so"
	}
	return ""
}

// baseOf says why nothing counts on a pull request that would let its image in; "" where it counts. Who may merge into
// a branch that no ring lists need not be who may let an image in.
func (g *gathering) baseOf(p change) (aside string, err error) {
	ref, listed := p.Base.Ref, g.question.Lists
	switch {
	case ref != "" && listed != nil && listed(ref):
		return "", nil
	case ref == "" || p.Base.Repo == nil || p.Base.Repo.DefaultBranch == "":
		op := Operation{Doing: fmt.Sprintf("read the base branch of pull request #%d", p.Number), Needs: "pull-requests: read"}
		err := g.Explain(op, errors.New("the answer lacks it, or the default branch of the repository"))
		return err.Error(), err
	case ref != p.Base.Repo.DefaultBranch:
		return fmt.Sprintf("the base branch %.120q of pull request #%d is neither the default branch nor one that a ring lists", ref, p.Number), nil
	}
	return "", nil
}

// leaveOut leaves out, and remarks, what was said with some verbs, where there is a reason for it.
func (g *gathering) leaveOut(said []saying, why string, verbs ...comment.Verb) []saying {
	if why == "" {
		return said
	}
	return g.strike(said, func(s saying) string {
		if slices.Contains(verbs, s.Verb) {
			return why
		}
		return ""
	})
}

// strike leaves out, and remarks, what does not count for a reason.
func (g *gathering) strike(said []saying, reason func(saying) string) []saying {
	return slices.DeleteFunc(said, func(s saying) bool {
		why := reason(s)
		if why != "" {
			g.remark(fmt.Sprintf("%s: %.120q does not count: %s", s.place, s.line, why))
		}
		return why != ""
	})
}

// ofOthers leaves out the releases and unlocks of those whose change it is. Where these are not known, it is nobody's.
func (g *gathering) ofOthers(ctx context.Context, t *thread, said []saying) []saying {
	contributors, err := g.gatherContributors(ctx, t, said)
	author := cmp.Or(g.question.Author, t.author())
	return g.strike(said, func(s saying) string {
		is := func(login string) bool { return sameLogin(login, s.by) }
		switch {
		case s.Verb != comment.Release && s.Verb != comment.Unlock:
			return ""
		case is(author):
			return s.by + " is the author of the change, and another person has to say so"
		case slices.ContainsFunc(contributors, is):
			return s.by + " contributed to the change, and another person has to say so"
		case err != nil:
			return fmt.Sprintf("who contributed to pull request #%d is not known, and may be %s", t.Number, s.by)
		}
		return ""
	})
}

// gatherContributors finds who contributed, where they are asked for or something that was said hangs on them.
func (g *gathering) gatherContributors(ctx context.Context, t *thread, said []saying) ([]string, error) {
	switch {
	case g.question.Contributors != nil:
		return g.question.Contributors, nil
	case !g.question.People && len(with(said, comment.Override, comment.Release, comment.Unlock)) == 0:
		return nil, nil
	}
	t.readCommits(ctx, g)
	contributors, err := g.contributors(ctx, t)
	from := fmt.Sprintf("%s of pull request #%d", text.Plural(len(t.commits), "commit"), t.Number)
	g.note("contributors", from, err, func(f *Facts) { f.Contributors = contributors })
	return contributors, err
}

// locked joins the locks of issues and those of comments that nobody took back. Only both together are the locks, and
// they are not known while there is one that nobody can read.
func (g *gathering) locked(said []saying, locks []ringpolicy.Lock, err error) {
	for i, s := range said {
		switch {
		case s.Verb != comment.Lock:
		case s.err != nil && !unlocked(said[i+1:], g.question.Ring):
			err = joined(err, fmt.Errorf("%s: %s. It keeps every image out until %s edits it so, or a later comment says /unlock %s", s.place, misread(s.line, s.err), s.by, g.question.Ring))
		case s.err == nil && !unlocked(said[i+1:], s.Ring):
			locks = append(locks, s.lock())
		}
	}
	if err != nil {
		g.lack(err, "locks")
		return
	}
	from := "comments on the pull request, and open issues with the label " + LockLabel
	g.found("locks", from, func(f *Facts) { f.Locks = locks })
}

func (s saying) lock() ringpolicy.Lock {
	return ringpolicy.Lock{Ring: s.Ring, By: s.by, Reason: s.Reason, Expires: s.Until, URL: s.page}
}

func unlocked(later []saying, ring string) bool {
	return slices.ContainsFunc(later, func(s saying) bool { return s.Verb == comment.Unlock && s.Ring == ring })
}

// stated notes what names its image itself.
func (g *gathering) stated(said []saying, from string) {
	released := map[string]time.Time{}
	for _, s := range said {
		if s.Verb == comment.Release {
			released[s.Digest] = s.at
		}
	}
	g.found("releases", "comments on "+from, func(f *Facts) { f.Released = released })
}

// covered notes what speaks for the commit that was the head at its time.
func (g *gathering) covered(ctx context.Context, t *thread, said []saying, aside string, editsErr error) {
	from := fmt.Sprintf("pull request #%d", t.Number)
	approvals, signOffs, overrides := with(said, comment.Approve, comment.Reject), with(said, comment.SignOff), with(said, comment.Override)
	var h heads
	var err error
	if len(overrides) > 0 || g.question.Approvals && len(approvals) > 0 || g.question.SignOffs && len(signOffs) > 0 {
		h, err = g.headsOf(ctx, t.change)
	}
	about := func(s saying) string { return h.at(s.at, g.question.Revision) }
	approved := append(g.reviewed(t, aside), g.spokenFor(approvals, about, err)...)
	signed := g.signedOff(signOffs, about, err)
	waived := g.overridden(g.aboutTheImage(overrides, about, err))

	g.note("approvals", from, joined(t.reviewsErr, editsErr, needed(err, approvals)), func(f *Facts) { f.Approvals = approved })
	g.note("sign_offs", from, needed(err, signOffs), func(f *Facts) { f.SignOffs = signed })
	g.note("overrides", from, needed(err, overrides), func(f *Facts) { f.Overrides = waived })
}

func with(said []saying, verbs ...comment.Verb) []saying {
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
	"APPROVED":          ringpolicy.ApprovalApproved,
	"CHANGES_REQUESTED": ringpolicy.ApprovalRejected,
	"COMMENTED":         ringpolicy.ApprovalCommented,
	"DISMISSED":         ringpolicy.ApprovalDismissed,
}

// reviewed are the reviews of people who may speak for the repository. Those that are not sent yet have no state here.
func (g *gathering) reviewed(t *thread, aside string) []ringpolicy.Approval {
	all := []ringpolicy.Approval{}
	for _, r := range t.reviews {
		state, known := reviewState[r.State]
		if !known {
			continue
		}
		if why := r.deaf(state, aside); why != "" {
			if state == ringpolicy.ApprovalApproved || state == ringpolicy.ApprovalRejected {
				g.remark(fmt.Sprintf("review of pull request #%d by %s (%s) does not count: %s", t.Number, named(r.User), state, why))
			}
			continue
		}
		all = append(all, ringpolicy.Approval{By: r.User.Login, Role: DefaultRole, State: state, At: r.SubmittedAt, Revision: r.Commit, Bot: r.User.isBot(), URL: r.Page})
	}
	return all
}

// deaf says why a review does not count.
func (r review) deaf(state ringpolicy.ApprovalState, aside string) string {
	why := post{user: r.User, association: r.Association}.silent()
	if why == "" && state == ringpolicy.ApprovalApproved {
		return aside
	}
	return why
}

// spokenFor are the approvals and rejections in comments. When it is in doubt what they are about, an approval is about
// nothing, and a rejection about the image.
func (g *gathering) spokenFor(said []saying, about func(saying) string, err error) []ringpolicy.Approval {
	all := []ringpolicy.Approval{}
	for _, s := range said {
		x := ringpolicy.Approval{By: s.by, Role: s.Role, State: ringpolicy.ApprovalApproved, At: s.at, Revision: about(s), Bot: s.bot, URL: s.page}
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

// signedOff are the sign-offs. One that is not about the commit of the image is for an image that nobody knows.
func (g *gathering) signedOff(said []saying, about func(saying) string, err error) []ringpolicy.SignOff {
	all := []ringpolicy.SignOff{}
	for _, s := range said {
		x := ringpolicy.SignOff{ID: s.ID, By: s.by, State: ringpolicy.SignOffGiven, At: s.at, URL: s.page}
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

func (g *gathering) remarkElsewhere(s saying) {
	g.remark(fmt.Sprintf("%s: %.120q does not count: it was not said about commit %s", s.place, s.line, text.ShortCommit(g.question.Revision)))
}

// aboutTheImage leaves out, and remarks, overrides that are about another commit.
func (g *gathering) aboutTheImage(said []saying, about func(saying) string, err error) []saying {
	var all []saying
	for _, s := range said {
		switch {
		case err != nil:
		case about(s) != g.question.Revision:
			g.remark(fmt.Sprintf("%s: /override %s does not count: it was not said about commit %s", s.place, s.ID, text.ShortCommit(g.question.Revision)))
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
