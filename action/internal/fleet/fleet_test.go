package fleet_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestParseList: a line is a repository or an owner, comes once, and all that are neither are told at once with their places.
func TestParseList(t *testing.T) {
	for _, c := range []struct {
		list, want, problems string
	}{
		{"acme/app", "acme/app", ""},
		{"\ufeffacme/app\r\n\r\n  acme/web\t\r\n", "acme/app acme/web", ""},
		{"# all of ours\nacme/*\nacme/app # by name\n#acme/x\n", "acme/* acme/app", ""},
		{"acme/app\nAcme/App\nacme/*\nACME/*\n", "acme/app acme/*", ""},
		{"a_b-c/.github\nA/x_.-1\n", "a_b-c/.github A/x_.-1", ""},
		{"", "", "list:1:1: the list is empty, expected a line with owner/name or owner/*"},
		{"# nothing\n\n", "", "list:1:1: the list is empty, expected a line with owner/name or owner/*"},
		{"acme\n\nacme/app\nhttps://github.com/acme/app\nacme/app/x\n*/app\nacme/**\nacme/a b\n", "", strings.Join([]string{
			`list:1:1: "acme" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:4:1: "https://github.com/acme/app" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:5:1: "acme/app/x" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:6:1: "*/app" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:7:1: "acme/**" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:8:1: "acme/a b" is no repository, expected owner/name, or owner/* for all of an owner`,
		}, "\n")},
		{"acme/.\nacme/..\n-acme/app\nacme/app#1\nacme/\x00\nacme/\xff\n/app\nacme/\n", "", strings.Join([]string{
			`list:1:1: "acme/." is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:2:1: "acme/.." is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:3:1: "-acme/app" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:4:1: "acme/app#1" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:5:1: "acme/\x00" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:6:1: "acme/\xff" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:7:1: "/app" is no repository, expected owner/name, or owner/* for all of an owner`,
			`list:8:1: "acme/" is no repository, expected owner/name, or owner/* for all of an owner`,
		}, "\n")},
	} {
		all, err := fleet.ParseList("list", []byte(c.list))
		var got []string
		for _, s := range all {
			got = append(got, s.String())
		}
		problems := ""
		if err != nil {
			problems = err.Error()
		}
		if strings.Join(got, " ") != c.want || problems != c.problems {
			t.Errorf("ParseList(%q) = %q, %s\nwant %q, %s", c.list, got, problems, c.want, c.problems)
		}
	}
}

const policy = `version: 1
rings:
  - {name: first, soak: {min: 10h, max: 20h}}
  - {name: second, soak: {min: 10h}}
  - {name: third, success: [{id: ok, sign_off: {}}]}
`

var now = time.Date(2026, 3, 3, 9, 0, 0, 0, time.UTC)

// reading returns the ledger of an image: "first a -5h success" is an outcome of an image five hours ago.
func reading(t *testing.T, lines ...string) ledger.Reading {
	t.Helper()
	rings := map[string][]ledger.Entry{"first": nil, "second": nil, "third": nil}
	for i, line := range lines {
		words := strings.Fields(line)
		ago, err := time.ParseDuration(words[2])
		if err != nil {
			t.Fatal(err)
		}
		e := ledger.Entry{ID: fmt.Sprint(i), At: now.Add(ago), Ring: words[0], Digest: "sha256:" + strings.Repeat(words[1], 64), Outcome: ringpolicy.Outcome(words[3])}
		e.Rollback = slices.Contains(words, "rollback")
		if slices.Contains(words, "decided") {
			e.DecisionID = "sha256:" + strings.Repeat("d", 64)
		}
		rings[e.Ring] = append(rings[e.Ring], e)
	}
	var r ledger.Reading
	for ring, entries := range rings {
		r.Add(ring, entries...)
	}
	return r
}

// TestStates: how the rings of a row stand, from the first to the last.
func TestStates(t *testing.T) {
	everywhere := []string{"first a -300h success", "second a -200h success", "third a -100h success"}
	for _, c := range []struct {
		name  string
		lines []string
		want  string // states
	}{
		{"nothing", nil, "empty empty empty"},
		{"everywhere", everywhere, "settled settled settled"},
		{"the soak runs", append(everywhere, "first b -9h59m59s success"), "waiting settled settled"},
		{"the soak is over", append(everywhere, "first b -10h success"), "soaked settled settled"}, // the bound is included
		{"at the longest soak", append(everywhere, "first b -20h success"), "soaked settled settled"},
		{"beyond the longest soak", append(everywhere, "first b -20h1s success"), "overdue settled settled"},
		{"beyond it, and on its way on", append(everywhere, "first b -30h success", "second b -1h in_progress"), "overdue arriving settled"},
		{"beyond it, and in the next ring", append(everywhere, "first b -30h success", "second b -1h success"), "settled waiting settled"},
		{"on its way in", append(everywhere, "first b -23h59m in_progress"), "arriving settled settled"},
		{"for a day on its way in", append(everywhere, "first b -24h in_progress"), "stuck settled settled"},
		{"an older beginning", append(everywhere, "first b -310h in_progress"), "settled settled settled"},
		{"failed", append(everywhere, "second b -5h in_progress", "second b -4h failure"), "settled stuck settled"},
		{"failed, and tried again", append(everywhere, "second b -5h failure", "second b -4h in_progress"), "settled stuck settled"},
		{"failed, and then another", append(everywhere, "second b -5h failure", "second c -4h success"), "overdue waiting settled"},
		{"failed, and taken back", append(everywhere, "second b -5h failure", "second b -4h rolled_back"), "settled settled settled"},
		{"taken back", append(everywhere, "third b -5h success", "third b -4h rolled_back", "third a -4h success rollback"), "settled settled taken_back"},
		{"taken back, and nothing runs", []string{"third b -5h success", "third b -4h rolled_back"}, "empty empty taken_back"},
		{"taken back, and another is on its way in", append(everywhere, "third b -5h success", "third b -4h rolled_back", "third a -4h success rollback", "third c -1h in_progress"), "settled settled arriving"},
		{"taken back, and another came in", append(everywhere, "third b -5h success", "third b -4h rolled_back", "third a -4h success rollback", "third c -1h success"), "settled soaked settled"},
		{"taken back, and reported again", append(everywhere, "third b -5h success", "third b -4h rolled_back", "third b -3h success"), "settled soaked unknown"},
		{"taken back, and decided again", append(everywhere, "third b -5h success", "third b -4h rolled_back", "third b -3h in_progress decided", "third b -2h success"), "settled soaked settled"},
	} {
		rules, err := ringpolicy.Parse("rings.yml", []byte(policy))
		if err != nil {
			t.Fatal(err)
		}
		r, err := fleet.New(rules, now, []fleet.Repository{{Name: "acme/app", Images: []fleet.Image{{Ledger: reading(t, c.lines...)}}}}, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, ring := range r.Rows[0].Rings {
			got = append(got, string(ring.State))
		}
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: the rings are %q, want %s", c.name, got, c.want)
		}
	}
}

// TestUnknownRing: nothing is claimed of a ring that was not read, nor of one before it what hangs on it.
func TestUnknownRing(t *testing.T) {
	rules, err := ringpolicy.Parse("rings.yml", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	var part ledger.Reading
	of := reading(t, "first a -300h success", "third a -100h success")
	for _, ring := range []string{"first", "third"} {
		entries, _ := of.Ring(ring)
		part.Add(ring, entries...)
	}
	r, err := fleet.New(rules, now, []fleet.Repository{{Name: "acme/app", Images: []fleet.Image{{Ledger: part, Unknown: map[string]string{"second": "so it is"}}}}}, nil)
	if err != nil {
		t.Fatal(err)
	}
	got := fmt.Sprint(r.Rows[0].Rings[0].State, r.Rows[0].Rings[1].State, r.Rows[0].Rings[1].Reason, r.Rows[0].Rings[1].Runs, r.Rows[0].Rings[2].State, r.Rows[0].State, r.Overdue())
	if want := "soakedunknownso it is <nil>settledunknown[]"; got != want {
		t.Errorf("the rings are %s, want %s", got, want)
	}
}

// TestOrder: rows that need a person come first, the most urgent at the top; the others are in the order of names.
func TestOrder(t *testing.T) {
	rules, err := ringpolicy.Parse("rings.yml", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	of := func(name string, lines ...string) fleet.Repository {
		return fleet.Repository{Name: name, Images: []fleet.Image{{Ledger: reading(t, lines...)}}}
	}
	all := []fleet.Repository{
		of("z/waiting", "first a -1h success"), of("Z/arriving", "first a -1h in_progress"), of("b/overdue", "first a -50h success"),
		of("b/stuck", "first a -50h in_progress"), {Name: "a/unread", Problem: "no"}, of("a/back", "first a -50h success", "first a -49h rolled_back"),
		of("a/stuck", "first a -3h failure"), {Name: "m/none"}, {Name: "a/*", Problem: "no"}, of("a/fine", "third a -1h success"),
	}
	want := []string{"a/stuck", "b/stuck", "a/back", "b/overdue", "a/*", "a/unread", "a/fine", "m/none", "Z/arriving", "z/waiting"}
	for range 3 {
		r, err := fleet.New(rules, now, all, nil)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, row := range r.Rows {
			got = append(got, row.Repository)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("the order of rows (-want +got):\n%s", diff)
		}
		if headline, want := r.Headline.String(), "6 of 10 repositories need a person. The first: a/stuck, first: the deployment of sha256:aaaaaaaaaaaa failed 2026-03-03T06:00:00Z."; headline != want {
			t.Errorf("the headline is %q, want %q", headline, want)
		}
		slices.Reverse(all)
	}
	for want, some := range map[string][]fleet.Repository{
		"No repository has a record of a ring.":  nil,
		"None of 1 repository needs a person.":   {of("a/fine", "third a -1h success")},
		"None of 2 repositories needs a person.": {of("a/fine", "third a -1h success"), {Name: "m/none"}},
	} {
		if r, err := fleet.New(rules, now, some, nil); err != nil || r.Headline.String() != want {
			t.Errorf("the headline is %q, %v, want %q", r.Headline, err, want)
		}
	}
}
