package main

import (
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/picture"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// planPicture draws the rings, the one that the build belongs to, and whether it comes in.
func planPicture(p plan.Plan, policy *ringpolicy.Policy) picture.Picture {
	var drawn picture.Picture
	rings := policy.Rings()
	way, words, look := planWay(p)
	for i, ring := range rings {
		box := picture.Box{Lines: []string{ring.Name}, Look: picture.Quiet}
		switch {
		case ring.Name == p.Match.Ring.Name:
			box.Look = look
		case slices.ContainsFunc(p.Next, func(next ringpolicy.Ring) bool { return next.Name == ring.Name }):
			box.Lines = append(box.Lines, "next")
		}
		drawn.Boxes = append(drawn.Boxes, box)
		drawn.Arrows = append(drawn.Arrows, arrowsTo(rings, i)...)
	}
	drawn.Boxes = append(drawn.Boxes, picture.Box{Lines: []string{p.Subject.Kind.String(), planName(p), "commit " + p.Subject.Revision[:min(8, len(p.Subject.Revision))]}, Look: picture.Good})
	drawn.Arrows = append(drawn.Arrows, picture.Arrow{From: len(rings), To: ringIndex(rings, p.Match.Ring.Name), Way: way, Lines: []string{words}})
	return drawn
}

// planWay says how the build gets to its ring.
func planWay(p plan.Plan) (picture.Way, string, picture.Look) {
	switch {
	case p.Subject.Kind == event.PullRequest:
		return picture.Waits, "preview under its rules", picture.Waiting
	case p.Subject.Kind == event.Release:
		return picture.Waits, "is for this ring", picture.Waiting
	case p.Container.Image == primary(p):
		return picture.Shut, "does not come in", picture.Held
	}
	return picture.Open, "comes in", picture.Ready
}

// planName is what people call the build by.
func planName(p plan.Plan) string {
	if p.Subject.Kind == event.Release {
		return p.Version
	}
	return p.Subject.Branch
}
