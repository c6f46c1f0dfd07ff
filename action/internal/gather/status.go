package gather

import (
	"context"
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/status"
)

// A Row is what status knows of one image, and asks about it.
type Row struct {
	Facts
	Tags  map[string]string // what the tags of the rings point to; nil: not collected
	Asked []status.Question
}

// Known are the facts that the row of a report is made of.
func (r Row) Known() status.Facts {
	return status.Facts{Image: r.Evidence.Subject.Image, Ledger: r.Ledger, Tags: r.Tags, Evidence: r.Evidence}
}

// Status collects for each image what the evidence file, the ledger, GitHub and the registry know.
func Status(ctx context.Context, log *fault.Log, c *Clients, from ledger.Ledger, ask Ask, f Facts, of string) []Row {
	look := len(ask.Images) > 0 || c.KnowsGitHub() // a run by hand on files alone asks no registry
	images := namedImages(f, of, ask)
	tags := startTags(ctx, c, f.Policy, images, look)
	read := Read(ctx, log, from, f.AboutAll(images), ringNames(f.Policy)...)
	if images == nil {
		images = foundImages(log, f, read)
		tags = startTags(ctx, c, f.Policy, images, look)
	}
	rows := rowsOf(ctx, log, c, f, of, images, read)
	for _, r := range rows {
		Late(log, r.Facts)
	}
	askAll(ctx, log, c, ask.RunID, rows)
	addTags(log, rows, tags())
	return rows
}

// namedImages returns the images that the input or the evidence names, each for a row; nil when neither does.
func namedImages(f Facts, of string, ask Ask) [][]image.Name {
	if of == "" && len(ask.Images) == 0 {
		return nil
	}
	var all [][]image.Name
	for _, name := range f.Images {
		all = append(all, []image.Name{name})
	}
	return all
}

// foundImages returns the images that the ledger names, each by all its names, since a job that reports on all must not have to
// know them; else the one of the repository. The rings run something, even where no image is known by its name.
func foundImages(log *fault.Log, f Facts, read ledger.Reading) [][]image.Name {
	if known := read.Images(); len(known) > 0 {
		return parsed(log, known)
	}
	return [][]image.Name{f.Images}
}

// parsed returns names of the ledger, which checks that they have the same form.
func parsed(log *fault.Log, known [][]string) [][]image.Name {
	all := make([][]image.Name, len(known))
	for i, names := range known {
		var err error
		all[i], err = image.Parse(names)
		log.AddFor("ledger", err)
	}
	return all
}

// rowsOf are the images, each with its own facts.
func rowsOf(ctx context.Context, log *fault.Log, c *Clients, f Facts, of string, images [][]image.Name, read ledger.Reading) []Row {
	var rows []Row
	for _, names := range images {
		r := Row{Facts: f}
		r.Images, r.File.Subject.Image = names, ""
		if len(names) > 0 {
			r.File.Subject.Image = names[0].String()
		}
		if of != "" && of != r.File.Subject.Image { // what the file says of the rings is of another image
			r.File.Rings, r.File.Quarantine = nil, nil
		}
		r.recall(read)
		r.askReleased(ctx, log, c, ringNames(f.Policy)...)
		if r.File.Quarantine == nil {
			r.Evidence.Quarantine = nil // each question has that of its own rings
		}
		r.Asked = status.Questions(f.Policy, r.Known())
		rows = append(rows, r)
	}
	return rows
}

// fewQuestions are asked one by one: there a person waits for the answer, and a round less is worth more than some requests.
const fewQuestions = 8

// askAll adds to each question what GitHub knows and the evidence leaves out, all at once. What is the same for many
// questions is asked once.
func askAll(ctx context.Context, log *fault.Log, c *Clients, runID int64, rows []Row) {
	if c.GitHub(log) == nil {
		return
	}
	var open []*status.Question
	var all []*Facts
	for _, r := range rows {
		for j := range r.Asked {
			if q := &r.Asked[j]; !q.Settled {
				open, all = append(open, q), append(all, r.asking(*q))
			}
		}
	}
	missing := askTogether(ctx, c.remembering(log), runID, len(all) > fewQuestions, all)
	for i, q := range open {
		q.Evidence = all[i].Evidence
	}
	addNotes(log, missing)
}

// asking returns the facts that a question is about.
func (r Row) asking(q status.Question) *Facts {
	of := r.Facts
	of.Evidence, of.File = q.Evidence, q.Evidence
	of.File.Rings, of.File.Quarantine = r.File.Rings, r.File.Quarantine // and not those of the ledger, which releases may change
	return &of
}

// maxNotes limits the notes on what GitHub did not answer, and on what does not count.
const maxNotes = 20

// addNotes reports all that the questions lack.
func addNotes(log *fault.Log, missing []shortfall) {
	var all shortfall
	for _, short := range missing {
		all.missing = append(all.missing, short.missing...)
		all.remarks = append(all.remarks, short.remarks...)
	}
	notes := all.notes()
	if more := len(notes) - maxNotes; more > 0 {
		notes = append(notes[:maxNotes], note.Annotation{Level: note.Notice, Message: fmt.Sprintf("%d more of these are left out; gate reports all that concern one image", more)})
	}
	log.Note(notes...)
}
