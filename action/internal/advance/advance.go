// Package advance takes every image of a repository through every ring in one run: first the rings that have to go back, then the
// images that may move on, each from the last ring to the first. The facts of all are gathered together; what the ledger alone
// holds is not asked about at GitHub. Which ring and image is next is a question to values alone (order.go); what is decided is
// carried out by package perform.
//
// Two runs at once: before each act the newest record of the ring is read again, and the image stays where it is if another run
// wrote one. Nothing guards the moment between that look and the record of this run.
package advance

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/candidate"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/perform"
	"github.com/wizzense/deployment-rings/action/internal/tally"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A Job is what an advance is asked.
type Job struct {
	perform.Run
	Ask   gather.Ask                               // its Ring is the only one that counts; "": all count
	Facts gather.Facts                             // policy, evidence file without a subject, and the images of the input or of the repository
	Ready func(context.Context, tally.Tally) error // is called before the first act; an error keeps the run from acting
}

// A walk is a job on its way.
type walk struct {
	Job
	read   ledger.Reading // what was recorded, and what this run recorded itself
	images [][]string     // names
	places [][]*place     // by image and ring, in the order of the policy
	tally  tally.Tally
	ready  error // what the function Ready said
	tried  bool  // it was called
}

// A place is one image in one ring.
type place struct {
	tally.Row
	ring   ringpolicy.Ring
	facts  gather.Facts // of the image, with this ring as its target
	runs   gather.Facts // of the image that the ring runs
	log    fault.Log
	choice *candidate.Choice // among those that may come in; nil: none is known, or this run took the ring back
	others candidate.Others
}

// Do does the job. The error has all that failed; the tally has what was done all the same.
func (j Job) Do(ctx context.Context) (tally.Tally, error) {
	w := &walk{Job: j, tally: tally.Tally{Now: j.Facts.File.Now, Policy: j.Facts.Policy, DryRun: j.DryRun}}
	if err := w.open(ctx); err != nil {
		return w.tally, err
	}
	if w.goBack(ctx) {
		w.recall(ctx)
	}
	w.moveOn(ctx)
	if w.ready != nil { // nothing was done
		return tally.Tally{}, w.ready
	}
	return w.tally, w.close(ctx)
}

// open reads the ledger, and finds out which images there are.
func (w *walk) open(ctx context.Context) error {
	w.read = gather.Read(ctx, w.Log, w.Ledger, ledger.About{Now: w.Facts.File.Now}, w.rings()...)
	if len(w.read.Rings()) == 0 && !w.near() {
		why := "nothing could be read of the ledger, so nothing was decided"
		for _, n := range once.Each(w.Log.Notes) {
			why += "; " + n.Message
		}
		return fault.Failed(errors.New(why))
	}
	var named []string
	if len(w.Ask.Images) > 0 {
		named = w.Facts.Names()
	}
	if w.images = w.read.Selected(named); len(w.images) == 0 {
		w.images = [][]string{w.Facts.Names()}
	}
	known := w.read.Images()
	for _, names := range w.images {
		if len(named) > 0 && len(known) > 0 && !slices.ContainsFunc(known, func(of []string) bool { return ledger.SameImage(of, names) }) {
			w.Log.Warn("no record names the image " + names[0] + ", so no ring is known to have run it")
		}
		if len(names) == 0 {
			return errors.New("image: no record names one, none is given, and no repository is known to name it after: give image, here and to the command record")
		}
		var places []*place
		for _, ring := range w.Facts.Policy.Rings() {
			if w.Ask.Ring == "" || w.Ask.Ring == ring.Name {
				p := &place{ring: ring, Row: tally.Row{Image: names[0], Ring: ring.Name}}
				places, w.tally.Rows = append(places, p), append(w.tally.Rows, &p.Row)
			}
		}
		w.places = append(w.places, places)
	}
	w.recall(ctx)
	for _, places := range w.places {
		gather.Late(w.Log, places[0].facts)
	}
	return w.Log.Problems
}

func (w *walk) rings() []string {
	var names []string
	for _, ring := range w.Facts.Policy.Rings() {
		names = append(names, ring.Name)
	}
	return names
}

// recall fills in what the ledger knows of each image.
func (w *walk) recall(ctx context.Context) {
	for i, names := range w.images {
		f := w.Facts
		parsed, err := image.Parse(names)
		w.Log.AddFor("ledger", err)
		f.Images, f.File.Subject.Image = parsed, names[0]
		f = f.Recall(ctx, w.Log, w.Clients, w.read)
		for _, p := range w.places[i] {
			p.facts = f.Into(p.Ring)
		}
	}
}

// moveOn decides which images may move on, and moves them.
func (w *walk) moveOn(ctx context.Context) {
	order := w.inOrder()
	for _, p := range order {
		if p.Err == nil && p.Decision.Verdict == ringpolicy.Undecided {
			p.choice, p.Err = candidate.Begin(ctx, &p.log, w.Clients, w.Ask, &p.facts)
		}
	}
	w.askGitHub(ctx, order)
	for _, p := range order {
		if _, read := w.read.Ring(p.Ring); !read && w.near() {
			p.Deed = tally.Left
		}
		if p.choice == nil || p.Err != nil || p.Deed == tally.Left {
			continue
		}
		p.facts, p.Decision, p.others = p.choice.Chosen(&p.log)
		switch p.Err = p.log.Problems; {
		case p.Err != nil:
		case p.Decision.Verdict == ringpolicy.Promote:
			w.promote(ctx, p)
		case p.Decision.HoldKind == ringpolicy.HoldUnknown && w.near(): // what is not known may be so for want of requests
			p.Deed = tally.Left
		}
	}
}

// near reports whether too few requests to GitHub are left to go on.
func (w *walk) near() bool { return w.Clients.Room(1) == 0 }

// inOrder returns the places in the order in which they are looked at: ring by ring, the last first, and in each the images behind the
// one that was promoted last.
func (w *walk) inOrder() (all []*place) {
	for i := len(w.places[0]) - 1; i >= 0; i-- {
		var there []*place
		for _, places := range w.places {
			there = append(there, places[i])
		}
		all = append(all, turned(there, behind(w.read, there[0].Ring, w.images))...)
	}
	return all
}

// askGitHub asks about the candidates of all places at once: the newest of each first, and where those may not move in the next ones.
func (w *walk) askGitHub(ctx context.Context, places []*place) {
	for {
		var asking []*place
		var wanted []gather.Wanted
		for _, p := range places {
			if p.choice == nil || p.Err != nil || p.Deed == tally.Left {
				continue
			}
			next, ok := p.choice.Next()
			if !ok {
				next, ok = p.choice.NewestByWord()
			}
			if ok {
				asking, wanted = append(asking, p), append(wanted, next)
			}
		}
		room := w.Clients.Room(len(asking))
		for _, p := range asking[room:] {
			p.Deed = tally.Left
		}
		if asking = asking[:room]; room == 0 {
			return
		}
		gather.Together(ctx, w.Clients, w.Ask, wanted[:room])
		for _, p := range asking {
			p.Err = p.choice.Learnt(ctx)
		}
	}
}

// maxNotes limits the notes on single images.
const maxNotes = 20

// close makes the JSON of what was decided, hands on what was noted, and returns all that failed. A run that is to end leaves what it
// did not get to.
func (w *walk) close(ctx context.Context) error {
	var failed []error
	cut := false
	var notes []note.Annotation
	for _, places := range w.places {
		for _, p := range places {
			notes = append(notes, p.log.Notes...)
			if p.Decision.Verdict != ringpolicy.Undecided {
				object, err := p.others.JSON(p.Decision)
				p.Object, p.Err = json.RawMessage(object), cmp.Or(p.Err, err)
			}
			switch {
			case fault.IsInterruption(p.Err) && p.Record == "" && len(p.Moved) == 0:
				p.Err, p.Deed, cut = nil, tally.Left, true // said once
			case p.Err != nil:
				failed = append(failed, fault.Failed(fmt.Errorf("%s of %s: %w", p.Ring, p.Image, p.Err)))
			}
		}
	}
	notes = once.Each(notes)
	if more := len(notes) - maxNotes; more > 0 {
		notes = append(notes[:maxNotes], note.Annotation{Level: note.Notice, Message: fmt.Sprintf("%d more of these are left out; gate reports all that concern one image", more)})
	}
	w.Log.Note(notes...)
	if cut {
		failed = append(failed, fault.Interrupted(ctx))
	}
	return errors.Join(failed...)
}
