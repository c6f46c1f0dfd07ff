package order_test

import (
	"cmp"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/wizzense/deployment-rings/internal/order"
)

type card struct{ value, dealt int }

// TestSort holds Sort to the stable sort of the standard library.
func TestSort(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	compare := func(a, b card) int { return cmp.Compare(a.value, b.value) }
	for n := range 200 {
		cards := make([]card, n)
		for i := range cards {
			cards[i] = card{r.IntN(n/3 + 1), i}
		}
		want := slices.Clone(cards)
		slices.SortStableFunc(want, compare)
		order.Sort(cards, compare)
		if !slices.Equal(cards, want) {
			t.Fatalf("Sort = %v, want %v", cards, want)
		}
	}
}
