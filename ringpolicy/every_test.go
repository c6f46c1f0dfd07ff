package ringpolicy_test

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestEveryKind: the schema and testdata/every-key.yml have every kind of criterion that the reader knows, the digest of a policy
// contains its fields, and no caller shares its lists.
func TestEveryKind(t *testing.T) {
	_, err := ringpolicy.Parse("rings.yml", []byte("version: 1\nrings: [{name: a, success: [{id: x}]}]"))
	_, names, _ := strings.Cut(fmt.Sprint(err), "expected one of ")
	var schema any
	if err := json.Unmarshal(ringpolicy.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	policy := parsePolicy(t, read(t, "testdata/every-key.yml"))
	rules, again := ruleOfKind(policy), ruleOfKind(policy)
	for kind := range strings.SplitSeq(strings.TrimSpace(names), ", ") {
		if at(schema, "$defs/criterion/properties/"+kind) == nil {
			t.Errorf("policy.schema.json has no criterion %q", kind)
		}
		rule, other := reflect.ValueOf(rules[kind]), reflect.ValueOf(again[kind])
		if !rule.IsValid() {
			t.Errorf("testdata/every-key.yml has no criterion %q", kind)
			continue
		}
		if rule.NumField() > 0 && len(ringpolicy.CanonicalRule(rules[kind])) == 0 {
			t.Errorf("the digest of a policy contains no field of the criterion %q", kind)
		}
		for i := range rule.NumField() {
			if f := rule.Field(i); f.Kind() == reflect.Slice && f.Len() > 0 && f.Pointer() == other.Field(i).Pointer() {
				t.Errorf("%v.%s is shared between two calls of Rings", rule.Type(), rule.Type().Field(i).Name)
			}
		}
	}
}

// ruleOfKind returns a rule of each kind that a policy has.
func ruleOfKind(p *ringpolicy.Policy) map[string]ringpolicy.Rule {
	rules := map[string]ringpolicy.Rule{}
	for _, ring := range p.Rings() {
		for _, c := range slices.Concat(ring.Entry, ring.Success) {
			rules[c.Rule.Kind()] = c.Rule
		}
	}
	return rules
}

// TestEveryFact: the reader knows every key of evidence, and the digest contains every field, a list that is empty too. An address
// decides nothing and is not in it.
func TestEveryFact(t *testing.T) {
	none := ringpolicy.Evidence{}.Digest()
	for _, f := range reflect.VisibleFields(reflect.TypeFor[ringpolicy.Evidence]()) {
		checkKey(t, `{"schema": 1, %q: null}`, f)
		if f.Type.Kind() != reflect.Slice {
			continue
		}
		var e ringpolicy.Evidence
		list := reflect.ValueOf(&e).Elem().FieldByIndex(f.Index)
		list.Set(reflect.MakeSlice(f.Type, 0, 0))
		if f.Name != "Overrides" && e.Digest() == none {
			t.Errorf("the digest is the same for %s that are empty and for those that were not collected", f.Name)
		}
		list.Set(reflect.MakeSlice(f.Type, 1, 1))
		checkDigest(t, &e, list.Index(0))
	}

	e := ringpolicy.Evidence{}
	checkDigest(t, &e, reflect.ValueOf(&e.Subject).Elem())
	for _, f := range reflect.VisibleFields(reflect.TypeFor[ringpolicy.Subject]()) {
		checkKey(t, `{"schema": 1, "subject": {%q: null}}`, f)
	}
	facts := ringpolicy.RingFacts{History: make([]ringpolicy.Record, 1), Signals: make([]ringpolicy.Signal, 1)}
	e.Rings = map[string]ringpolicy.RingFacts{"a": facts}
	checkDigest(t, &e, reflect.ValueOf(&facts.History[0]).Elem())
	checkDigest(t, &e, reflect.ValueOf(&facts.Signals[0]).Elem())
	for _, f := range reflect.VisibleFields(reflect.TypeFor[ringpolicy.RingFacts]()) {
		checkKey(t, `{"schema": 1, "rings": {"a": {%q: null}}}`, f)
	}
}

// TestEvidencePage: docs/evidence.md names every key.
func TestEvidencePage(t *testing.T) {
	page := read(t, "../docs/evidence.md")
	var visit func(of reflect.Type)
	visit = func(of reflect.Type) {
		switch {
		case of.Kind() == reflect.Slice || of.Kind() == reflect.Map:
			visit(of.Elem())
		case of.Kind() == reflect.Struct && of != reflect.TypeFor[time.Time]():
			for _, f := range reflect.VisibleFields(of) {
				if key, _, _ := strings.Cut(f.Tag.Get("json"), ","); key != "-" && !strings.Contains(page, "`"+key+"`") {
					t.Errorf("docs/evidence.md does not name %s of %v", key, of)
				}
				visit(f.Type)
			}
		}
	}
	visit(reflect.TypeFor[ringpolicy.Evidence]())
}

func checkKey(t *testing.T, file string, f reflect.StructField) {
	t.Helper()
	key, _, _ := strings.Cut(f.Tag.Get("json"), ",")
	if _, err := ringpolicy.ParseEvidence("e.json", fmt.Appendf(nil, file, key)); err != nil {
		t.Errorf("evidence has the field %s, and its reader says: %v", f.Name, err)
	}
}

// checkDigest sets each field of a part of the evidence, and holds that the digest changes.
func checkDigest(t *testing.T, e *ringpolicy.Evidence, part reflect.Value) {
	t.Helper()
	if part.Kind() != reflect.Struct {
		return
	}
	for i := range part.NumField() {
		before, f := e.Digest(), part.Field(i)
		f.Set(notZero(f.Type()))
		if name := part.Type().Field(i).Name; (e.Digest() == before) != (name == "URL") {
			t.Errorf("%v.%s: the digest of evidence changes with it: %v, want the opposite", part.Type(), name, e.Digest() != before)
		}
		f.SetZero()
	}
}

func notZero(of reflect.Type) reflect.Value {
	v := reflect.New(of).Elem()
	switch of.Kind() {
	case reflect.String:
		v.SetString("x")
	case reflect.Int, reflect.Int64:
		v.SetInt(1)
	case reflect.Bool:
		v.SetBool(true)
	case reflect.Slice:
		v.Set(reflect.MakeSlice(of, 1, 1))
	default:
		v.Set(reflect.ValueOf(time.Unix(1, 0)))
	}
	return v
}
