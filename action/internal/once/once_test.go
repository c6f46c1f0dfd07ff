package once_test

import (
	"slices"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/once"
)

func TestEach(t *testing.T) {
	for _, c := range []struct{ all, want []string }{
		{nil, nil},
		{[]string{}, nil},
		{[]string{"a"}, []string{"a"}},
		{[]string{"b", "a", "b", "a"}, []string{"b", "a"}}, // those that are no neighbours too, in the order of the first ones
		{[]string{"", "a", ""}, []string{"", "a"}},
		{[]string{"a", "A"}, []string{"a", "A"}},
	} {
		given := slices.Clone(c.all)
		if got := once.Each(given); !slices.Equal(got, c.want) || (got == nil) != (c.want == nil) {
			t.Errorf("Each(%q) = %q, want %q", c.all, got, c.want)
		}
		if !slices.Equal(given, c.all) {
			t.Errorf("Each(%q) changes its argument to %q", c.all, given)
		}
	}
}
