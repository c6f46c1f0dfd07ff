package picture

import (
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// OfPlan draws the rings, the one that the build belongs to, and whether it comes in.
func OfPlan(p plan.Plan, policy *ringpolicy.Policy) Picture {
	var drawn Picture
	rings := policy.Rings()
	way, words, style := planRoute(p)
	for i, ring := range rings {
		box := Box{Lines: []string{ring.Name}, Style: Quiet}
		switch {
		case ring.Name == p.Match.Ring.Name:
			box.Style = style
		case slices.ContainsFunc(p.Next, func(next ringpolicy.Ring) bool { return next.Name == ring.Name }):
			box.Lines = append(box.Lines, "next")
		}
		drawn.Boxes = append(drawn.Boxes, box)
		drawn.Arrows = append(drawn.Arrows, arrowsTo(rings, i)...)
	}
	drawn.Boxes = append(drawn.Boxes, Box{Lines: []string{p.Subject.Kind.String(), planName(p), "commit " + text.ShortCommit(p.Subject.Revision)}, Style: Good})
	drawn.Arrows = append(drawn.Arrows, Arrow{From: len(rings), To: ringIndex(rings, p.Match.Ring.Name), Way: way, Lines: []string{words}})
	return drawn
}

// planRoute says how the build gets to its ring.
func planRoute(p plan.Plan) (Way, string, Style) {
	switch {
	case p.Subject.Kind == event.PullRequest:
		return Waits, "preview under its rules", Waiting
	case p.Subject.Kind == event.Release:
		return Waits, "is for this ring", Waiting
	case p.Container.Image == Primary(p):
		return Shut, "does not come in", Held
	}
	return Open, "comes in", Ready
}

// planName returns what people call the build.
func planName(p plan.Plan) string {
	if p.Subject.Kind == event.Release {
		return p.Version
	}
	return p.Subject.Branch
}

// Primary is the full reference of the first image by its primary tag.
func Primary(p plan.Plan) string { return p.Image().Ref(p.Tags.Primary().String()) }
