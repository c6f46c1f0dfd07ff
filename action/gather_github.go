package main

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/action/internal/view"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

const fromFile = "the evidence file, which counts in place of what GitHub says"

// gatherGitHub fills in what GitHub knows and the evidence leaves out. What could not be had stays not collected, and
// the run says why.
func (s *session) gatherGitHub(ctx context.Context, q *question) {
	client := s.github()
	if client == nil || s.problems != nil {
		return
	}
	s.notes = append(s.notes, q.ask(ctx, client, s.askedOf(*q)).notes()...)
}

// A shortfall is what GitHub did not tell, and what it told that does not count.
type shortfall struct {
	missing []github.Missing
	remarks []string
}

// ask adds what GitHub knows.
func (q *question) ask(ctx context.Context, client *github.Client, asked github.Question) shortfall {
	found, missing := client.Facts(ctx, asked)
	q.add(found)
	missing = slices.DeleteFunc(missing, func(m github.Missing) bool { return !q.lacks(m.Fact) })
	return shortfall{missing, found.Remarks}
}

// notes tell each reason once, with all that is missing for it: GitHub shows ten warnings of a step.
func (f shortfall) notes() []note.Annotation {
	var notes []note.Annotation
	for _, why := range github.Explain(f.missing) {
		notes = append(notes, note.Annotation{Level: note.Warning, Message: "not collected: " + why})
	}
	for _, remark := range once.Each(f.remarks) {
		notes = append(notes, note.Annotation{Level: note.Notice, Message: remark})
	}
	return notes
}

// askedOf is what GitHub is asked about an image.
func (s *session) askedOf(q question) github.Question {
	subject := q.evidence.Subject
	asked := github.Question{
		Ring: subject.To, Rings: ringNames(q.policy.Rings()), Digest: subject.Digest, Revision: subject.Revision,
		PullRequest: subject.PullRequest, Author: subject.Author, Contributors: subject.Contributors, Lists: listedBy(q.policy),
	}
	ask(&asked, criteriaInto(q.policy, subject.To))
	leaveOut(&asked, q.evidence)
	if current, ok := q.ledger.Current(subject.To); ok {
		asked.Running = current.Revision
	}
	asked.RunID, _ = strconv.ParseInt(s.getenv("GITHUB_RUN_ID"), 10, 64) // by hand there is none
	return asked
}

// listedBy reports whether a ring lists a branch, by its name or by a pattern.
func listedBy(policy *ringpolicy.Policy) func(string) bool {
	return func(branch string) bool {
		found, err := policy.Match(branch)
		return err == nil && (found.How == ringpolicy.ByName || found.How == ringpolicy.ByPattern)
	}
}

// ask leaves out what no criterion on the way needs.
func ask(q *github.Question, criteria []ringpolicy.Criterion) {
	for _, c := range criteria {
		switch rule := c.Rule.(type) {
		case ringpolicy.ChecksRule:
			q.Checks = true
		case ringpolicy.ApprovalRule:
			q.Approvals, q.People = true, true
			q.Reviews = q.Reviews || strings.EqualFold(rule.Role, github.DefaultRole)
		case ringpolicy.SignOffRule:
			q.SignOffs, q.People = true, true
		case ringpolicy.IncidentsRule:
			q.Severities = append(q.Severities, rule.Severities...)
		}
	}
	q.Severities = once.Each(q.Severities)
}

// leaveOut asks for nothing that the evidence has.
func leaveOut(q *github.Question, e ringpolicy.Evidence) {
	q.Checks = q.Checks && e.Checks == nil
	q.Reviews = q.Reviews && e.Approvals == nil
	q.Approvals = q.Approvals && e.Approvals == nil
	q.SignOffs = q.SignOffs && e.SignOffs == nil
	q.People = (q.People || len(e.Overrides) > 0) && (e.Subject.Author == "" || e.Subject.Contributors == nil)
	if e.Incidents != nil {
		q.Severities = nil
	}
}

// criteriaInto are those on the way into a ring: its entry, and the success of the rings before it.
func criteriaInto(policy *ringpolicy.Policy, target string) []ringpolicy.Criterion {
	ring, _ := policy.Ring(target)
	criteria := ring.Entry
	for _, name := range status.RingsInto(policy, target)[1:] {
		up, _ := policy.Ring(name)
		criteria = append(criteria, up.Success...)
	}
	return criteria
}

// add fills in what the evidence leaves out, kind by kind.
func (q *question) add(f github.Facts) {
	e := &q.evidence
	from := map[string]string{}
	for _, s := range f.Sources {
		from[s.Fact] = s.From
	}
	take := func(fact string, lacks bool, set func()) {
		if !lacks {
			q.sources = append(q.sources, view.Source{Fact: fact, From: fromFile})
		} else if where, ok := from[fact]; ok {
			set()
			q.sources = append(q.sources, view.Source{Fact: fact, From: where})
		}
	}
	take("author", e.Subject.Author == "", func() { e.Subject.Author = f.Author })
	take("contributors", e.Subject.Contributors == nil, func() { e.Subject.Contributors = f.Contributors })
	take("checks", e.Checks == nil, func() { e.Checks = f.Checks })
	take("incidents", e.Incidents == nil, func() { e.Incidents = f.Incidents })
	take("approvals", e.Approvals == nil, func() { e.Approvals = f.Approvals })
	take("sign_offs", e.SignOffs == nil, func() { e.SignOffs = f.SignOffs })
	take("overrides", e.Overrides == nil, func() { e.Overrides = f.Overrides })
	take("locks", e.Locks == nil, func() { e.Locks = f.Locks })
	take("ancestry", e.Ancestry == "", func() { e.Ancestry = f.Ancestry })
	q.release(f.Released)
}

// lacks tells whether facts of a kind are still not collected.
func (q *question) lacks(fact string) bool {
	e := q.evidence
	return map[string]bool{
		"author": e.Subject.Author == "", "contributors": e.Subject.Contributors == nil, "checks": e.Checks == nil,
		"incidents": e.Incidents == nil, "approvals": e.Approvals == nil, "sign_offs": e.SignOffs == nil,
		"overrides": e.Overrides == nil, "locks": e.Locks == nil, "ancestry": e.Ancestry == "", "releases": q.ledgerQuarantine,
	}[fact]
}
