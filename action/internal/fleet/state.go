package fleet

import (
	"cmp"
	"slices"
	"strings"
)

// State says in a word how a ring stands by the ledger alone. The constants are in the order of urgency.
type State string

const (
	Stuck     State = "stuck"      // a deployment failed, or does not end
	TakenBack State = "taken_back" // its image was taken back, and none was promoted since
	Overdue   State = "overdue"    // its image should have moved on by now
	Unknown   State = "unknown"    // its records could not be read, or do not say
	Arriving  State = "arriving"   // a deployment goes on
	Waiting   State = "waiting"    // its image has to stay for longer
	Soaked    State = "soaked"     // its image has stayed for long enough, and is not in every next ring
	Settled   State = "settled"    // its image is in every next ring, or the ring has no next one
	Empty     State = "empty"      // it runs nothing
)

var urgency = []State{Stuck, TakenBack, Overdue, Unknown, Arriving, Waiting, Soaked, Settled, Empty}

var symbols = map[State]string{
	Stuck: "✖", TakenBack: "↩", Overdue: "!", Unknown: "?", Arriving: "▸", Waiting: "…", Soaked: "→", Settled: "✔", Empty: "○",
}

// Symbol returns a sign for a state that is one column wide on a terminal.
func (s State) Symbol() string { return symbols[s] }

// Words returns the state as people read it.
func (s State) Words() string { return strings.ReplaceAll(string(s), "_", " ") }

// NeedsAttention reports whether neither time nor the next promotion ends the state.
func (s State) NeedsAttention() bool { return s.rank() <= Unknown.rank() }

func (s State) rank() int { return slices.Index(urgency, s) }

// compareRows puts rows that need a person first, the most urgent of them at the top. The rest is in the order of names.
func compareRows(x, y Row) int {
	return cmp.Or(cmp.Compare(x.attentionRank(), y.attentionRank()),
		strings.Compare(strings.ToLower(x.Repository), strings.ToLower(y.Repository)), strings.Compare(x.Image, y.Image))
}

func (r Row) attentionRank() int {
	if r.State.NeedsAttention() {
		return r.State.rank()
	}
	return len(urgency)
}
