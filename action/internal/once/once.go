// Package once drops values that are there already. It is pure.
package once

import "slices"

// Each returns the first of each value, in the order of all.
func Each(all []string) []string {
	var kept []string
	for _, v := range all {
		if !slices.Contains(kept, v) {
			kept = append(kept, v)
		}
	}
	return kept
}
