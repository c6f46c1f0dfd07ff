package picture

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// OfDecision draws the rings, where the image is in service, and what stands on its way into the target ring.
func OfDecision(policy *ringpolicy.Policy, e ringpolicy.Evidence, d ringpolicy.Decision) Picture {
	rings := policy.Rings()
	p, target := runningPicture(policy, e, d.Digest), ringIndex(rings, d.To)
	p.Boxes[target].Style = verdictStyle(d)
	switch d.Verdict {
	case ringpolicy.Noop:
		return p
	case ringpolicy.Rollback:
		goesBack(&p, target, d.Rollback.Target)
		return p
	}
	way, lines := Open, []string{"may move"}
	if d.Verdict == ringpolicy.Hold {
		way, lines = holdWay(d.HoldKind == ringpolicy.HoldWaiting), holdLines(string(d.ReasonCode), blockingResults(d), d.NextEligibleAt, d.Conditional, policy.Timezone())
	}
	comesFrom(&p, policy, e, d.Digest, target, Arrow{To: target, Way: way, Lines: lines})
	return p
}

// runningPicture draws the rings and what each runs, as far as its history is known. The one image is what it is about.
func runningPicture(policy *ringpolicy.Policy, e ringpolicy.Evidence, about string) Picture {
	var p Picture
	rings := policy.Rings()
	for i, ring := range rings {
		p.Boxes = append(p.Boxes, runningBox(policy, e, ring.Name, about))
		p.Arrows = append(p.Arrows, arrowsTo(rings, i)...)
	}
	return p
}

// arrowsTo lead into a ring from those before it.
func arrowsTo(rings []ringpolicy.Ring, i int) []Arrow {
	var all []Arrow
	for _, up := range rings[i].After {
		all = append(all, Arrow{From: ringIndex(rings, up), To: i, Way: Follows})
	}
	return all
}

func runningBox(policy *ringpolicy.Policy, e ringpolicy.Evidence, ring, about string) Box {
	facts := e.Rings[ring]
	stays := facts.Stays()
	switch {
	case facts.History == nil:
		return Box{Lines: []string{ring, "history not known"}, Style: Unknown}
	case len(stays) == 0 || !stays[len(stays)-1].InService(e.Now):
		return Box{Lines: []string{ring, "runs nothing"}, Style: Quiet}
	}
	runs := stays[len(stays)-1]
	if runs.Digest != about {
		return Box{Lines: []string{ring, "runs " + status.Hex(runs.Digest, 8)}, Style: Quiet}
	}
	since := timeLines("since", runs.From, policy.Timezone())
	return Box{Lines: append([]string{ring, "runs the image " + status.Hex(about, 8)}, since...), Style: Good}
}

func ringIndex(rings []ringpolicy.Ring, name string) int {
	return slices.IndexFunc(rings, func(r ringpolicy.Ring) bool { return r.Name == name })
}

// verdictStyle returns the style of the target ring.
func verdictStyle(d ringpolicy.Decision) Style {
	switch {
	case d.Verdict == ringpolicy.Rollback:
		return Bad
	case d.Verdict == ringpolicy.Noop:
		return Good
	case d.Verdict == ringpolicy.Promote:
		return Ready
	case d.HoldKind == ringpolicy.HoldWaiting:
		return Waiting
	case d.HoldKind == ringpolicy.HoldUnknown:
		return Unknown
	}
	return Held
}

func holdWay(timeAlone bool) Way {
	if timeAlone {
		return Waits
	}
	return Shut
}

// goesBack draws the image to which a ring goes back.
func goesBack(p *Picture, ring int, to string) {
	p.Boxes = append(p.Boxes, Box{Lines: []string{status.Hex(to, 8), "was good here before"}, Style: Good})
	p.Arrows = append(p.Arrows, Arrow{From: ring, To: len(p.Boxes) - 1, Way: Open, Lines: []string{"goes back to"}})
}

// OfRollback draws the rings, and the image to which one of them goes back or what keeps it from that.
func OfRollback(policy *ringpolicy.Policy, e ringpolicy.Evidence, d ringpolicy.ManualRollback) Picture {
	p, ring := runningPicture(policy, e, d.To), ringIndex(policy.Rings(), d.Ring)
	box := &p.Boxes[ring]
	if d.Verdict == ringpolicy.Rollback {
		box.Style = Bad
		goesBack(&p, ring, d.To)
		return p
	}
	box.Style, box.Lines = Held, append(box.Lines, "does not go back:", strings.ReplaceAll(string(d.ReasonCode), "_", " "))
	return p
}

// comesFrom says what an arrow says on those from the rings in which the image was in service. An image that was in
// none of them comes from a box of its own.
func comesFrom(p *Picture, policy *ringpolicy.Policy, e ringpolicy.Evidence, digest string, target int, arrow Arrow) {
	rings, drawn := policy.Rings(), false
	for i, a := range p.Arrows {
		was := func(s ringpolicy.Stay) bool { return s.Digest == digest }
		if a.To == target && slices.ContainsFunc(e.Rings[rings[a.From].Name].Stays(), was) {
			p.Arrows[i].Way, p.Arrows[i].Lines, drawn = arrow.Way, arrow.Lines, true
		}
	}
	if !drawn {
		p.Boxes = append(p.Boxes, Box{Lines: []string{"the image", status.Hex(digest, 8)}, Style: Unknown})
		arrow.From = len(p.Boxes) - 1
		p.Arrows = append(p.Arrows, arrow)
	}
}

// holdLines say on an arrow what holds an image, and until when; or that it takes at least as long.
func holdLines(code string, blocking []ringpolicy.Result, until time.Time, atLeast bool, zone *time.Location) []string {
	lines := []string{strings.ReplaceAll(code, "_", " ")}
	worst := slices.IndexFunc(blocking, func(r ringpolicy.Result) bool { return string(r.Code) == code })
	if worst >= 0 && blocking[worst].ID != blocking[worst].Kind { // a criterion of the policy, which may have several of the kind
		lines[0] += ": " + blocking[worst].ID
	}
	if len(blocking) > 1 {
		lines = append(lines, fmt.Sprintf("and %d more", len(blocking)-1))
	}
	if until.IsZero() {
		return lines
	}
	word := "until"
	if atLeast {
		word = "not before"
	}
	return append(lines, timeLines(word, until, zone)...)
}

// timeLines are a word and a moment in UTC, and in a zone where that is another. In one line Mermaid would break them
// anywhere.
func timeLines(word string, t time.Time, zone *time.Location) []string {
	return append([]string{word}, strings.Split(strings.TrimSuffix(text.Time(t, zone), ")"), " (")...)
}

func blockingResults(d ringpolicy.Decision) []ringpolicy.Result {
	return slices.DeleteFunc(slices.Clone(d.Criteria), func(r ringpolicy.Result) bool { return !r.Blocks() })
}
