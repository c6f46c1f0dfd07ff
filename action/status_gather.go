package main

import (
	"context"
	"fmt"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
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
	return status.Facts{Image: r.evidence.Subject.Image, Ledger: r.ledger, Tags: r.tags, Evidence: r.evidence}
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
	images := s.namedImages(q, of)
	tags := s.startTags(ctx, q.policy, images)
	read := s.readEntries(ctx, from, q.policy)
	if images == nil {
		images = s.foundImages(q, read)
		tags = s.startTags(ctx, q.policy, images)
	}
	rows := rowsOf(q, of, images, read)
	for _, r := range rows {
		s.warnLate(r.question)
	}
	s.askGitHub(ctx, rows)
	s.addTags(rows, tags())
	return q.policy, rows
}

// namedImages are those that the input or the evidence names; nil when neither does. Each gets a row.
func (s *session) namedImages(q question, of string) [][]image.Name {
	if of == "" && !s.values.Given("image") {
		return nil
	}
	var all [][]image.Name
	for _, name := range q.images {
		all = append(all, []image.Name{name})
	}
	return all
}

// foundImages are those that the ledger names, each by all its names, since a job that reports on all must not have to
// know them; else the one of the repository. The rings run something, even where no image is known by its name.
func (s *session) foundImages(q question, read ledger.Reading) [][]image.Name {
	if known := read.Images(); len(known) > 0 {
		return s.parsed(known)
	}
	return [][]image.Name{q.images}
}

// parsed are names of the ledger, which holds them to the same form.
func (s *session) parsed(known [][]string) [][]image.Name {
	all := make([][]image.Name, len(known))
	for i, names := range known {
		var err error
		all[i], err = image.Parse(names)
		s.addFor("ledger", err)
	}
	return all
}

// rowsOf are the images, each with its own facts.
func rowsOf(q question, of string, images [][]image.Name, read ledger.Reading) []row {
	var rows []row
	for _, names := range images {
		r := row{question: q}
		r.images, r.evidence.Subject.Image = names, ""
		if len(names) > 0 {
			r.evidence.Subject.Image = names[0].String()
		}
		if of != "" && of != r.evidence.Subject.Image { // what the file says of the rings is of another image
			r.evidence.Rings, r.evidence.Quarantine = nil, nil
		}
		r.recall(read)
		if r.ledgerQuarantine {
			r.evidence.Quarantine = nil // each question has that of its own rings
		}
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
	var lacks []*shortfall // in the order of the questions
	for i := range rows {
		for j := range rows[i].asked {
			if rows[i].asked[j].Settled {
				continue
			}
			lack := new(shortfall)
			lacks = append(lacks, lack)
			wg.Go(func() { *lack = s.answer(ctx, client, &rows[i], j) })
		}
	}
	wg.Wait()
	s.addNotes(lacks)
}

func (s *session) answer(ctx context.Context, client *github.Client, r *row, j int) shortfall {
	of := r.question
	of.evidence = r.asked[j].Evidence
	lack := of.ask(ctx, client, s.askedOf(of))
	r.asked[j].Evidence = of.evidence
	return lack
}

// mostNotes of what GitHub did not tell, and of what does not count, are told.
const mostNotes = 20

// addNotes tells of all that the questions lack.
func (s *session) addNotes(lacks []*shortfall) {
	var all shortfall
	for _, lack := range lacks {
		all.missing = append(all.missing, lack.missing...)
		all.remarks = append(all.remarks, lack.remarks...)
	}
	notes := all.notes()
	if more := len(notes) - mostNotes; more > 0 {
		notes = append(notes[:mostNotes], note.Annotation{Level: note.Notice, Message: fmt.Sprintf("%d more of these are left out; gate tells all that concern one image", more)})
	}
	s.notes = append(s.notes, notes...)
}
