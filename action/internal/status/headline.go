package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// A place is a ring of an image.
type place struct {
	image      string
	ring       Ring
	imageOrder int
	order      int
}

// headline says in one line which ring needs attention, why, and until when.
func headline(images []Image) Text {
	all := places(images)
	if len(all) == 0 {
		return Text{"There are no rings."}
	}
	first := slices.MinFunc(all, comparePlaces)
	text := first.say(len(images) > 1)
	needing := 0
	for _, p := range all {
		if p.ring.State.NeedsAttention() {
			needing++
		}
	}
	if more := needing - 1; more == 1 {
		text = append(text, " One more ring needs attention.")
	} else if more > 1 {
		text = append(text, fmt.Sprintf(" %d more rings need attention.", more))
	}
	return append(text, tagsElsewhere(all, len(images) > 1))
}

// tagsElsewhere keeps a headline from being good news where a tag contradicts the ledger.
func tagsElsewhere(all []place, named bool) string {
	var names []string
	for _, p := range all {
		if p.ring.TagElsewhere() {
			names = append(names, p.ring.Tag.Name+p.of(named))
		}
	}
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf(" The tag %s points to another image than its ring runs.", names[0])
	}
	return fmt.Sprintf(" %d tags point to other images than their rings run.", len(names))
}

func places(images []Image) []place {
	var all []place
	for i, image := range images {
		for j, ring := range image.Rings {
			all = append(all, place{image.Image, ring, i, j})
		}
	}
	return all
}

// comparePlaces puts the most urgent first, and among equals the one nearest to the users.
func comparePlaces(x, y place) int {
	return cmp.Or(cmp.Compare(slices.Index(urgency, x.ring.State), slices.Index(urgency, y.ring.State)),
		cmp.Compare(x.rank(), y.rank()), cmp.Compare(y.order, x.order))
}

func (p place) rank() int {
	worst, _ := p.ring.Worst()
	return worst.rank()
}

func (p place) say(named bool) Text {
	of, r := p.of(named), p.ring
	switch r.State {
	case Empty:
		return Text{"Nothing is deployed yet", of, "."}
	case Settled:
		return Text{"Every ring is healthy and no image waits", of, "."}
	case Ready:
		return Text{"The image of ", r.Name, of, " ", onward(r), "."}
	case Soaking:
		return Text{"Every ring is healthy; ", r.Name, of, " waits for time alone: ", r.Reason.Sentence()}
	}
	return Text{r.Name, of, " is ", r.State, ": ", r.Reason.Sentence()}
}

// onward says where the image of a ring may go, or goes.
func onward(r Ring) string {
	next, _ := r.Worst()
	if next.OnItsWay() {
		return "is on its way into " + next.To
	}
	return "may move on into " + next.To + " now"
}

func (p place) of(named bool) string {
	if !named || p.image == "" {
		return ""
	}
	return " of " + p.image
}

// Hex returns the first digits of a digest, without its algorithm.
func Hex(digest string, digits int) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(len(hex), digits)]
}
