package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A row is what status knows of one image, and asks about it.
type row struct {
	question
	tags  map[string]string // what the tags of the rings point to; nil: not collected
	asked []status.Question
}

// facts are those that the row of a report is made of.
func (r row) facts() status.Facts {
	return status.Facts{Image: r.evidence.Subject.Image, Entries: r.entries, Tags: r.tags, Evidence: r.evidence}
}

// gatherStatus collects the policy, and for each image what the evidence file, the ledger and GitHub know.
func (s *session) gatherStatus(ctx context.Context) (*ringpolicy.Policy, []row) {
	q := question{policy: s.policy(), evidence: s.evidenceFile()}
	of := q.evidence.Subject.Image // "": the file is about every image
	q.evidence.Now = s.moment(q.evidence.Now)
	q.images = s.agreeImage(&q.evidence.Subject.Image)
	from := s.ledger()
	if s.problems != nil {
		return nil, nil
	}
	tags := s.startTags(ctx, q)
	rows := rowsOf(q, of, s.readEntries(ctx, from, q.policy))
	s.askGitHub(ctx, rows)
	s.addTags(rows, tags())
	return q.policy, rows
}

// rowsOf are the images, each with its own facts. The rings run something, even where no image is known by its name.
func rowsOf(q question, of string, entries map[string][]ledger.Entry) []row {
	names := q.images
	if len(names) == 0 {
		names = []image.Name{{}}
	}
	var rows []row
	for _, name := range names {
		r := row{question: q}
		r.evidence.Subject.Image = name.String()
		if len(q.images) > 0 {
			r.images = []image.Name{name}
		}
		if of != "" && of != name.String() { // what the file says of the rings is of another image
			r.evidence.Rings, r.evidence.Quarantine = nil, nil
		}
		r.recall(entries)
		r.asked = status.Questions(q.policy, r.facts())
		rows = append(rows, r)
	}
	return rows
}

// askGitHub adds to each question what GitHub knows and the evidence leaves out, all at once. What is the same for many
// questions is asked once.
func (s *session) askGitHub(ctx context.Context, rows []row) {
	if s.github() == nil {
		return
	}
	client := s.github().Remembering()
	var wg sync.WaitGroup
	var asked []*session
	for i := range rows {
		for j := range rows[i].asked {
			if rows[i].asked[j].Settled {
				continue
			}
			one := *s // with notes of its own
			one.notes, one.hub = nil, client
			asked = append(asked, &one)
			wg.Go(func() { one.answer(ctx, &rows[i], j) })
		}
	}
	wg.Wait()
	s.addNotes(asked)
}

func (s *session) answer(ctx context.Context, r *row, j int) {
	of := r.question
	of.evidence = r.asked[j].Evidence
	s.gatherGitHub(ctx, &of)
	r.asked[j].Evidence = of.evidence
}

// mostNotes of what GitHub did not tell, and of what does not count, are told.
const mostNotes = 20

// addNotes takes over the notes of the questions, each once.
func (s *session) addNotes(asked []*session) {
	var notes []report.Annotation
	seen := map[report.Annotation]bool{}
	for _, a := range asked {
		for _, n := range a.notes {
			if !seen[n] {
				notes = append(notes, n)
			}
			seen[n] = true
		}
	}
	if more := len(notes) - mostNotes; more > 0 {
		notes = append(notes[:mostNotes], report.Annotation{Level: report.Notice, Message: fmt.Sprintf("%d more of these are left out; gate tells all that concern one image", more)})
	}
	s.notes = append(s.notes, notes...)
}
