// Package order sorts.
package order

import (
	"cmp"
	"slices"
)

// Sort sorts s as compare says and leaves equal elements in the order in which they came.
//
// It sorts places, not elements, so the program holds one sorting routine: slices.SortFunc is compiled anew for
// each type of element, which made the whole program a fiftieth larger.
func Sort[E any](s []E, compare func(a, b E) int) {
	if len(s) < 2 {
		return
	}
	places := make([]int, len(s))
	for i := range places {
		places[i] = i
	}
	slices.SortFunc(places, func(i, j int) int { return cmp.Or(compare(s[i], s[j]), i-j) })
	sorted := make([]E, len(s))
	for to, from := range places {
		sorted[to] = s[from]
	}
	copy(s, sorted)
}
