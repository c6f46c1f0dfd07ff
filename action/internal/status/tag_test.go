package status_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestTag has a line for each way in which the ledger and the tag of a ring agree or do not.
func TestTag(t *testing.T) {
	in, coming := entry(0, "first", ringpolicy.OutcomeSuccess, "a"), entry(time.Hour, "first", ringpolicy.OutcomeInProgress, "b")
	failed := entry(2*time.Hour, "first", ringpolicy.OutcomeFailure, "b")
	uncollected := func(e *ringpolicy.Evidence) { e.Rings = nil }
	for _, tt := range []struct {
		name    string
		entries []ledger.Entry
		how     func(*ringpolicy.Evidence)
		tags    map[string]string
		want    string // found, matches
		code    string
		state   status.State
	}{
		{"not collected", []ledger.Entry{in}, nil, nil, "null", "", status.Held},
		{"the same", []ledger.Entry{in}, nil, map[string]string{"first": digest("a")}, "true true", "", status.Held},
		{"no tag", []ledger.Entry{in}, nil, map[string]string{"first": ""}, "false false", "", status.Held},
		{"no tag, and nothing runs", nil, nil, map[string]string{}, "false null", "", status.Empty},
		{"another", []ledger.Entry{in}, nil, map[string]string{"first": digest("b")}, "true false", status.TagElsewhere, status.Held},
		{"on its way in", []ledger.Entry{in, coming}, nil, map[string]string{"first": digest("b")}, "true false", "", status.Held},
		{"another than what is on its way in", []ledger.Entry{in, coming}, nil, map[string]string{"first": digest("c")}, "true false", status.TagElsewhere, status.Held},
		{"it failed", []ledger.Entry{in, coming, failed}, nil, map[string]string{"first": digest("b")}, "true false", status.TagElsewhere, status.Stuck},
		{"nothing runs", nil, nil, map[string]string{"first": digest("b")}, "true null", status.TagUnrecorded, status.Empty},
		{"the first is on its way in", []ledger.Entry{coming}, nil, map[string]string{"first": digest("b")}, "true null", "", status.Empty},
		{"the ledger is not known", nil, uncollected, map[string]string{"first": digest("b")}, "true null", status.TagUnrecorded, status.Unknown},
	} {
		policy, err := ringpolicy.Parse("rings.yml", []byte(rings))
		if err != nil {
			t.Fatal(err)
		}
		f := facts(policy, start.Add(3*time.Hour), tt.entries, tt.how)
		f.Tags = tt.tags
		image, err := status.Of(policy, f, status.Questions(policy, f))
		if err != nil {
			t.Fatal(err)
		}
		ring := image.Rings[0]
		if got := shown(ring.Tag); got != tt.want || ring.State != tt.state {
			t.Errorf("%s: the tag is %s and the ring %s, want %s and %s", tt.name, got, ring.State, tt.want, tt.state)
		}
		if named := strings.Contains(image.Headline.String(), "The tag first-latest points to another image"); named != (tt.code == status.TagElsewhere) {
			t.Errorf("%s: headline %q", tt.name, image.Headline)
		}
		var codes []string
		for _, a := range ring.Advice {
			if a.OfTag() {
				codes = append(codes, a.Code)
			}
			if a.Code == status.TagUnrecorded && (len(a.Commands) == 0) != (tt.state == status.Unknown) {
				t.Errorf("%s: commands %q: what is not known is not to be recorded", tt.name, a.Commands)
			}
		}
		if got := strings.Join(codes, " "); got != tt.code {
			t.Errorf("%s: advice %q, want %q", tt.name, got, tt.code)
		}
	}
}

func shown(tag *status.Tag) string {
	switch {
	case tag == nil:
		return "null"
	case tag.Matches == nil:
		return fmt.Sprint(tag.Found, " null")
	}
	return fmt.Sprint(tag.Found, *tag.Matches)
}
