package tagging_test

import (
	"slices"
	"testing"

	"github.com/wizzense/deployment-rings/tagging"
)

func TestLatestOf(t *testing.T) {
	set, err := tagging.Promotion{RingTag: "ring-1", Number: 7}.Tags()
	if err != nil {
		t.Fatal(err)
	}
	want := []string{tagging.LatestOf("ring-1"), "ring-1-pr-7-latest"}
	if got := tagging.Names(set.All()); !slices.Equal(got, want) || want[0] != "ring-1-latest" {
		t.Errorf("Names of a promotion = %q, want %q", got, want)
	}
	if kind := set.Moving()[0].Parts().Kind; kind != tagging.KindRingLatest {
		t.Errorf("the tag of a ring is of kind %q, want %q", kind, tagging.KindRingLatest)
	}
}
