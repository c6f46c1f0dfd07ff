package gather

import (
	"context"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/comment"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// askGitHub fills in what GitHub knows and the evidence leaves out. What could not be had stays not collected, and the run
// says why.
func askGitHub(ctx context.Context, log *fault.Log, c *Clients, ask Ask, f *Facts) {
	client := c.remembering(log)
	if client == nil || log.Problems != nil {
		return
	}
	log.Note(f.ask(ctx, client, f.question(ask.RunID)).notes()...)
}

// A shortfall has the facts that GitHub did not give, and remarks on those that do not count.
type shortfall struct {
	missing []facts.Missing
	remarks []string
}

// ask adds what GitHub knows.
func (f *Facts) ask(ctx context.Context, client *github.Client, asked facts.Question) shortfall {
	found, missing := facts.Gather(ctx, client, asked)
	f.Evidence, f.Sources = Merge(f.Policy, f.File, f.Ledger, found)
	f.Ledger = f.Ledger.Released(found.Released)
	missing = slices.DeleteFunc(missing, func(m facts.Missing) bool {
		if m.Kind == facts.KindReleases {
			return f.File.Quarantine != nil // releases end the quarantine of the ledger alone
		}
		return !lacks(m.Kind, f.Evidence)
	})
	return shortfall{missing, found.Remarks}
}

// notes returns a note for each reason, with all that is missing for it: GitHub shows ten warnings of a step.
func (s shortfall) notes() []note.Annotation {
	var notes []note.Annotation
	for _, why := range facts.Explain(s.missing) {
		notes = append(notes, note.Annotation{Level: note.Warning, Message: "not collected: " + why})
	}
	for _, remark := range once.Each(s.remarks) {
		notes = append(notes, note.Annotation{Level: note.Notice, Message: remark})
	}
	return notes
}

// question returns the facts of an image to ask GitHub for.
func (f Facts) question(runID int64) facts.Question {
	subject := f.Evidence.Subject
	asked := facts.Question{
		Ring: subject.To, Rings: ringNames(f.Policy), Digest: subject.Digest, Revision: subject.Revision,
		PullRequest: subject.PullRequest, Author: subject.Author, Contributors: subject.Contributors, Lists: listedBy(f.Policy),
	}
	ask(&asked, criteriaInto(f.Policy, subject.To))
	leaveOut(&asked, f.Evidence)
	if current, ok := f.Ledger.Current(subject.To); ok {
		asked.Running, asked.RunningPullRequest = current.Revision, current.PullRequest
	}
	asked.RunID = runID
	return asked
}

// listedBy reports whether a ring lists a branch, by its name or by a pattern.
func listedBy(policy *ringpolicy.Policy) func(string) bool {
	return func(branch string) bool {
		found, err := policy.Match(branch)
		return err == nil && (found.Kind == ringpolicy.MatchExact || found.Kind == ringpolicy.MatchPattern)
	}
}

// ask leaves out what no criterion on the way needs.
func ask(q *facts.Question, criteria []ringpolicy.Criterion) {
	for _, c := range criteria {
		switch rule := c.Rule.(type) {
		case ringpolicy.ChecksRule:
			q.Checks = true
		case ringpolicy.ApprovalRule:
			q.Approvals, q.People = true, true
			q.Reviews = q.Reviews || strings.EqualFold(rule.Role, comment.DefaultRole)
		case ringpolicy.SignOffRule:
			q.SignOffs, q.People = true, true
		case ringpolicy.IncidentsRule:
			q.Severities = append(q.Severities, rule.Severities...)
		}
	}
	q.Severities = once.Each(q.Severities)
}

// leaveOut asks for nothing that the evidence has.
func leaveOut(q *facts.Question, e ringpolicy.Evidence) {
	q.Checks = q.Checks && e.Checks == nil
	q.Reviews = q.Reviews && e.Approvals == nil
	q.Approvals = q.Approvals && e.Approvals == nil
	q.SignOffs = q.SignOffs && e.SignOffs == nil
	q.People = (q.People || len(e.Overrides) > 0) && (e.Subject.Author == "" || e.Subject.Contributors == nil)
	if e.Incidents != nil {
		q.Severities = nil
	}
}

// criteriaInto returns the criteria on the way into a ring: its entry, and the success of the rings before it.
func criteriaInto(policy *ringpolicy.Policy, target string) []ringpolicy.Criterion {
	ring, _ := policy.Ring(target)
	criteria := ring.Entry
	for _, name := range status.RingsInto(policy, target)[1:] {
		up, _ := policy.Ring(name)
		criteria = append(criteria, up.Success...)
	}
	return criteria
}
