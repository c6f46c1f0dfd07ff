package ringpolicy_test

import (
	"encoding/json"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"go.yaml.in/yaml/v4"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// A table is a file of testdata/decide: decisions as data. In it NOW, NOW-24h and NOW+5m1s are times, DIGEST_A and
// COMMIT_A are a digest and a commit.
type table struct {
	Policy string         // what base.yml has, unless given
	Base   map[string]any // over the one of base.yml
	Tests  []struct {
		Name   string
		Policy string         // instead of the table's
		Given  map[string]any // over Base; a list replaces a list, null removes
		Want   wanted
	}
}

// wanted says what a decision must be, in the parts that it gives.
type wanted struct {
	Decision string            // "promote ok", "hold waiting soak_running"
	Criteria map[string]string // by id, or ring/id: "met ok"
	Texts    map[string]string // by id, or ring/id: what was observed
	Links    map[string][]string
	Next     *string  // "never", or a time; " if" follows when it is conditional
	Until    *string  // "always", or a time
	Warnings []string // all codes; of one that has a text here, "code: text"
	Target   *string  // of a rollback; "none"
	Triggers []string
	Advisory []string // the criteria that do not decide, as ring/id
	Listed   []string // all criteria, as ring/id
	Summary  string
}

func TestDecide(t *testing.T) {
	files, err := filepath.Glob("testdata/decide/*.yml")
	if err != nil || len(files) < 2 {
		t.Fatalf("no tables: %v", err)
	}
	base := readTable(t, "testdata/decide/base.yml")
	seen := map[ringpolicy.Code]bool{}
	for _, file := range files {
		tests := readTable(t, file)
		for _, tt := range tests.Tests {
			t.Run(strings.TrimSuffix(filepath.Base(file), ".yml")+"/"+tt.Name, func(t *testing.T) {
				policy := parsePolicy(t, firstOf(tt.Policy, tests.Policy, base.Policy))
				d, err := policy.Decide(evidenceOf(t, merged(merged(base.Base, tests.Base), tt.Given)))
				if err != nil {
					t.Fatal(err)
				}
				tt.Want.check(t, d)
				checkDecisionJSON(t, d)
				note(seen, d)
			})
		}
	}
	for _, c := range allCodes(t) {
		if !seen[c] {
			t.Errorf("no test gives the code %s", c)
		}
	}
}

func readTable(t testing.TB, file string) table {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var tests table
	dec := yaml.NewDecoder(strings.NewReader(writtenOut(string(src))))
	dec.KnownFields(true)
	if err := dec.Decode(&tests); err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	return tests
}

var (
	tableNow   = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC) // a Tuesday
	tableTime  = regexp.MustCompile(`\bNOW([+-][0-9hms.]+)?\b`)
	tableNames = regexp.MustCompile(`\b(DIGEST|COMMIT)_([A-F])\b`)
)

// writtenOut replaces the short names of a table.
func writtenOut(src string) string {
	src = tableNames.ReplaceAllStringFunc(src, func(name string) string {
		kind, letter, _ := strings.Cut(strings.ToLower(name), "_")
		if kind == "digest" {
			return "sha256:" + strings.Repeat(letter, 64)
		}
		return strings.Repeat(letter, 40)
	})
	return tableTime.ReplaceAllStringFunc(src, func(name string) string {
		at := tableNow
		if name != "NOW" {
			d, err := time.ParseDuration(name[len("NOW"):])
			if err != nil {
				panic(err)
			}
			at = at.Add(d)
		}
		return at.Format(time.RFC3339Nano)
	})
}

func firstOf(texts ...string) string {
	for _, s := range texts {
		if s != "" {
			return s
		}
	}
	return ""
}

// merged is over laid over base.
func merged(base, over map[string]any) map[string]any {
	all := maps.Clone(base)
	if all == nil {
		all = map[string]any{}
	}
	for k, v := range over {
		below, isMap := all[k].(map[string]any)
		above, alsoMap := v.(map[string]any)
		switch {
		case v == nil:
			delete(all, k)
		case isMap && alsoMap:
			all[k] = merged(below, above)
		default:
			all[k] = v
		}
	}
	return all
}

func parsePolicy(t testing.TB, src string) *ringpolicy.Policy {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte(src))
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return p
}

func evidenceOf(t testing.TB, facts map[string]any) ringpolicy.Evidence {
	t.Helper()
	src, err := json.Marshal(facts)
	if err != nil {
		t.Fatal(err)
	}
	e, err := ringpolicy.ParseEvidence("evidence.json", src)
	if err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	return e
}

func note(seen map[ringpolicy.Code]bool, d ringpolicy.Decision) {
	seen[d.ReasonCode] = true
	for _, r := range d.Criteria {
		seen[r.Code] = true
	}
	for _, w := range d.Warnings {
		seen[w.Code] = true
	}
}

func (w wanted) check(t *testing.T, d ringpolicy.Decision) {
	t.Helper()
	checkSentences(t, d)
	got := wanted{Criteria: map[string]string{}, Texts: map[string]string{}}
	got.Decision = strings.Join(strings.Fields(fmt.Sprint(d.Verdict, " ", d.HoldKind, " ", d.ReasonCode)), " ")
	if w.Decision == "" {
		got.Decision = ""
	}
	for name := range w.Criteria {
		got.Criteria[name] = statusOf(d, name)
	}
	for name := range w.Texts {
		r, _ := criterion(d, name)
		got.Texts[name] = r.Observed
	}
	if w.Criteria == nil {
		got.Criteria = nil
	}
	if w.Texts == nil {
		got.Texts = nil
	}
	if w.Links != nil {
		got.Links = map[string][]string{}
		for name := range w.Links {
			r, _ := criterion(d, name)
			got.Links[name] = append([]string{}, r.Links...)
		}
	}
	if w.Next != nil {
		next := instant(d.NextEligibleAt, "never")
		if d.Conditional {
			next += " if"
		}
		got.Next = &next
	}
	if w.Until != nil {
		until := instant(d.ValidUntil, "always")
		got.Until = &until
	}
	if w.Warnings != nil {
		got.Warnings = []string{}
		for i, x := range d.Warnings {
			got.Warnings = append(got.Warnings, string(x.Code))
			if i < len(w.Warnings) && strings.Contains(w.Warnings[i], ": ") {
				got.Warnings[i] += ": " + x.Text
			}
		}
	}
	if w.Target != nil {
		target := firstOf(d.Rollback.Target, "none")
		got.Target = &target
	}
	if w.Triggers != nil {
		got.Triggers = []string{}
		for _, x := range d.Rollback.Triggers {
			got.Triggers = append(got.Triggers, string(x))
		}
	}
	if w.Advisory != nil {
		got.Advisory = names(d, func(r ringpolicy.Result) bool { return r.Advisory })
	}
	if w.Listed != nil {
		got.Listed = names(d, func(ringpolicy.Result) bool { return true })
	}
	if w.Summary != "" {
		got.Summary = d.Summary
	}
	if diff := cmp.Diff(w, got); diff != "" {
		t.Errorf("%s\n(-want +got)\n%s", d, diff)
	}
}

func criterion(d ringpolicy.Decision, name string) (ringpolicy.Result, bool) {
	i := slices.IndexFunc(d.Criteria, func(r ringpolicy.Result) bool { return r.ID == name || r.Ring+"/"+r.ID == name })
	if i < 0 {
		return ringpolicy.Result{}, false
	}
	return d.Criteria[i], true
}

func statusOf(d ringpolicy.Decision, name string) string {
	r, ok := criterion(d, name)
	if !ok {
		return "not listed"
	}
	return fmt.Sprint(r.Status, " ", r.Code)
}

func names(d ringpolicy.Decision, keep func(ringpolicy.Result) bool) []string {
	all := []string{}
	for _, r := range d.Criteria {
		if keep(r) {
			all = append(all, r.Ring+"/"+r.ID)
		}
	}
	return all
}

func instant(at time.Time, never string) string {
	if at.IsZero() {
		return never
	}
	return at.Format(time.RFC3339Nano)
}

// allCodes reads the closed list of codes from its source.
func allCodes(t *testing.T) []ringpolicy.Code {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "code.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var codes []ringpolicy.Code
	ast.Inspect(file, func(n ast.Node) bool {
		if v, ok := n.(*ast.ValueSpec); ok && fmt.Sprint(v.Type) == "Code" {
			codes = append(codes, ringpolicy.Code(strings.Trim(v.Values[0].(*ast.BasicLit).Value, `"`)))
		}
		return true
	})
	if len(codes) != 55 {
		t.Errorf("the closed list has %d codes, want 55", len(codes))
	}
	return codes
}
