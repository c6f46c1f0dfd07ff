package status

import (
	"cmp"
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// urgency orders the states, the most urgent first.
var urgency = []State{Unhealthy, Overdue, Stuck, Held, Unknown, Ready, Soaking, Settled, Empty}

// Symbol returns a sign for a state that is one column wide on a terminal.
func (s State) Symbol() string { return symbols[s] }

var symbols = map[State]string{
	Unhealthy: "✖", Overdue: "!", Stuck: "✖", Held: "■", Unknown: "?", Ready: "→", Soaking: "…", Settled: "✔", Empty: "○",
}

// NeedsAttention reports whether neither time nor the next promotion ends the state.
func (s State) NeedsAttention() bool {
	return slices.Index(urgency, s) <= slices.Index(urgency, Unknown)
}

// state says how a ring stands, and why.
func (b builder) state(r Ring, collected bool) (State, Text) {
	self := b.decisions[[2]string{r.Name, r.Name}]
	next, asked := r.Worst()
	switch {
	case !collected:
		return Unknown, Text{"its history was not collected"}
	case self.Verdict == ringpolicy.Rollback:
		return Unhealthy, Text{self.Why}
	case self.Rollback.Needed: // it was asked about what it runs itself, so that nothing else counts
		return Unhealthy, Text{self.Reason}
	case r.Overdue:
		return Overdue, Text{"its image should have moved into ", next.To, " by ", *r.Soak.OverdueAt, ". ", next.Why}
	case r.Arriving != nil && r.Arriving.Stuck:
		return Stuck, Text{"the deployment of ", text.ShortDigest(r.Arriving.Digest), " does not end, it began ", r.Arriving.At}
	case r.Failed != nil:
		return Stuck, Text{"the deployment of ", text.ShortDigest(r.Failed.Digest), " failed ", r.Failed.At}
	case r.Runs == nil:
		return Empty, Text{"nothing is in service"}
	case !asked:
		return Settled, Text{settled(r)}
	}
	return next.state(), next.reason()
}

// OnItsWay reports whether the image may come into the next ring, and its deployment there goes on.
func (m Move) OnItsWay() bool { return m.Arriving && m.Decision == ringpolicy.Promote.String() }

// reason says how the image stands on its way.
func (m Move) reason() Text {
	how := "may not move into %s yet"
	switch {
	case m.OnItsWay():
		how = "is on its way into %s"
	case m.Decision == ringpolicy.Promote.String():
		how = "may move into %s now"
	case m.Decision == ringpolicy.Rollback.String():
		how = "waits until %s has gone back"
	}
	return Text{fmt.Sprintf("its image "+how+". ", m.To), m.Why}
}

func settled(r Ring) string {
	if len(r.Moves) == 0 {
		return "the last ring: its image goes nowhere from here"
	}
	return "its image is in every next ring"
}

// Worst returns the move that needs attention most; false when the image is in every next ring.
func (r Ring) Worst() (Move, bool) {
	open := slices.DeleteFunc(slices.Clone(r.Moves), func(m Move) bool { return m.There })
	if len(open) == 0 {
		return Move{}, false
	}
	return slices.MinFunc(open, func(x, y Move) int { return cmp.Compare(x.rank(), y.rank()) }), true
}

// holdKinds lists the kinds of holds, from the worst to the best.
var holdKinds = []ringpolicy.HoldKind{ringpolicy.HoldBlocked, ringpolicy.HoldFailed, ringpolicy.HoldUnknown, ringpolicy.HoldPending, ringpolicy.HoldWaiting}

// rank puts the moves that need attention before those that are free, those before the ones that go on, and these before
// waiting ones.
func (m Move) rank() int {
	switch {
	case m.state() == Held:
		return slices.IndexFunc(holdKinds, func(k ringpolicy.HoldKind) bool { return m.HoldKind != nil && k.String() == *m.HoldKind })
	case m.OnItsWay():
		return len(holdKinds) + 1
	case m.state() == Ready:
		return len(holdKinds)
	}
	return len(holdKinds) + 2
}

func (m Move) state() State {
	switch {
	case m.Decision == ringpolicy.Promote.String():
		return Ready
	case m.HoldKind != nil && *m.HoldKind == ringpolicy.HoldWaiting.String():
		return Soaking
	}
	return Held // the next ring goes back first, when it has to
}

// Overdue are the names of the rings that are, each once, in the policy's order.
func (r Report) Overdue() []string {
	var names []string
	for _, image := range r.Images {
		for _, ring := range image.Rings {
			if ring.Overdue && !slices.Contains(names, ring.Name) {
				names = append(names, ring.Name)
			}
		}
	}
	return names
}

// Worst returns the state of the most urgent ring; Empty when there are no rings.
func (r Report) Worst() State {
	if i, j, ok := r.First(); ok {
		return r.Images[i].Rings[j].State
	}
	return Empty
}

// First returns the place of the ring that needs attention most, among the images and among the rings of its image; false
// when there are no rings.
func (r Report) First() (image, ring int, ok bool) {
	all := places(r.Images)
	if len(all) == 0 {
		return 0, 0, false
	}
	first := slices.MinFunc(all, comparePlaces)
	return first.imageOrder, first.order, true
}

// Compare puts the state that needs attention most first.
func (s State) Compare(other State) int {
	return cmp.Compare(slices.Index(urgency, s), slices.Index(urgency, other))
}
