// Package once drops values that are there already. It is pure.
package once

import "slices"

// Each returns the first of each value, in the order of all.
func Each[T comparable](all []T) []T {
	var kept []T
	for _, v := range all {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}
