package picture

import (
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// OfStatus draws the rings with the image in each, and on each arrow what it waits for.
func OfStatus(image status.Image, zone *time.Location) Picture {
	var p Picture
	index := map[string]int{}
	for i, ring := range image.Rings {
		index[ring.Name] = i
		p.Boxes = append(p.Boxes, Box{Lines: []string{ring.Name, Runs(ring.Runs), string(ring.State)}, Style: stateStyles[ring.State]})
	}
	for i, ring := range image.Rings {
		for _, up := range ring.After {
			if from, ok := index[up]; ok {
				p.Arrows = append(p.Arrows, moveArrow(image.Rings[from], ring.Name, from, i, zone))
			}
		}
	}
	return p
}

var stateStyles = map[status.State]Style{
	status.Unhealthy: Bad, status.Overdue: Late, status.Stuck: Bad, status.Held: Held, status.Unknown: Unknown,
	status.Ready: Ready, status.Soaking: Waiting, status.Settled: Good, status.Empty: Quiet,
}

// moveArrow is the way into a next ring; a bare one where nothing waits.
func moveArrow(ring status.Ring, name string, from, to int, zone *time.Location) Arrow {
	a := Arrow{From: from, To: to, Way: Follows}
	for _, m := range ring.Moves {
		if m.To != name || m.There {
			continue
		}
		switch m.Decision {
		case ringpolicy.Promote.String():
			a.Way, a.Lines = Open, []string{MoveWords(m, nil)}
		case ringpolicy.Rollback.String():
			a.Way, a.Lines = Shut, []string{MoveWords(m, nil)}
		default:
			timeAlone := m.HoldKind != nil && *m.HoldKind == ringpolicy.HoldWaiting.String()
			a.Way, a.Lines = holdWay(timeAlone), holdLines(m.ReasonCode, m.Blocking, timeOf(m.NextEligibleAt), m.Conditional, zone)
		}
	}
	return a
}

func timeOf(t *time.Time) time.Time {
	if t == nil {
		return time.Time{}
	}
	return *t
}

// MoveWords says what a decision comes to, with the time after which waiting is over.
func MoveWords(m status.Move, zone *time.Location) string {
	switch {
	case m.There:
		return "runs it already"
	case m.OnItsWay():
		return "image on its way in"
	case m.Decision == ringpolicy.Promote.String():
		return "may move now"
	case m.Decision == ringpolicy.Rollback.String():
		return "has to go back first"
	}
	words := strings.ReplaceAll(m.ReasonCode, "_", " ")
	if len(m.Blocking) > 1 {
		words += fmt.Sprintf(" and %d more", len(m.Blocking)-1)
	}
	if m.NextEligibleAt != nil {
		words += ", not before " + text.Time(*m.NextEligibleAt, zone)
	}
	return words
}

// Runs returns what a ring runs, as short as people compare it.
func Runs(d *status.Deployment) string {
	switch {
	case d == nil:
		return "–"
	case d.Version != nil:
		return *d.Version + " (" + status.Hex(d.Digest, 8) + ")"
	}
	return status.Hex(d.Digest, 8)
}
