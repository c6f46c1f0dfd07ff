package ringpolicy_test

import (
	"fmt"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

func TestMatchBuiltin(t *testing.T) {
	tests := []struct {
		branch, ring string
		how          ringpolicy.MatchKind
		pattern      string
	}{
		// guide: Ring Definitions, Development Branches
		{"dev", "dev", ringpolicy.MatchExact, "dev"},
		{"develop", "dev", ringpolicy.MatchExact, "develop"},
		{"dev-staging", "staging", ringpolicy.MatchExact, "dev-staging"},
		{"ring-0", "ring-0", ringpolicy.MatchExact, "ring-0"},
		{"ring-0-integrations", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"},
		{"ring-1", "ring-1", ringpolicy.MatchExact, "ring-1"},
		{"ring-1-integrations", "ring-1", ringpolicy.MatchPattern, "ring-1[!0-9A-Za-z]*"},
		{"ring-2", "ring-2", ringpolicy.MatchExact, "ring-2"},
		{"main", "production", ringpolicy.MatchExact, "main"},

		{"ring-0/hotfix", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"},
		{"ring-0-", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"},
		{"ring-0_x", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"},
		{"ring-0é", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"}, // the guide's letters are ASCII
		{"ring-00", "dev", ringpolicy.MatchDefault, ""},
		{"ring-0foo", "dev", ringpolicy.MatchDefault, ""},
		{"ring-0F", "dev", ringpolicy.MatchDefault, ""},
		{"ring-10", "dev", ringpolicy.MatchDefault, ""},
		{"ring-2-integrations", "dev", ringpolicy.MatchDefault, ""}, // ring 2 has its one branch
		{"ring-3", "dev", ringpolicy.MatchDefault, ""},
		{"xring-0", "dev", ringpolicy.MatchDefault, ""},
		{"Main", "dev", ringpolicy.MatchDefault, ""}, // case counts
		{"RING-0", "dev", ringpolicy.MatchDefault, ""},
		{"main ", "dev", ringpolicy.MatchDefault, ""},
		{"main\n", "dev", ringpolicy.MatchDefault, ""},
		{"ring-0\nmain", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"},
		{"ring-0\xff", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"},
		{"\xff", "dev", ringpolicy.MatchDefault, ""},
		{"feature/foo", "dev", ringpolicy.MatchDefault, ""},
		{"", "dev", ringpolicy.MatchDefault, ""},
		{"*", "dev", ringpolicy.MatchDefault, ""},
		{"ring-0[!0-9A-Za-z]*", "ring-0", ringpolicy.MatchPattern, "ring-0[!0-9A-Za-z]*"}, // as text, not as a name
	}
	p := ringpolicy.Builtin()
	for _, tt := range tests {
		m, err := p.Match(tt.branch)
		if err != nil || m.Ring.Name != tt.ring || m.Kind != tt.how || m.Pattern != tt.pattern {
			t.Errorf("Match(%q) = %s by %s %q, %v; want %s by %s %q", tt.branch, m.Ring.Name, m.Kind, m.Pattern, err, tt.ring, tt.how, tt.pattern)
		}
	}
}

func TestMatchPatterns(t *testing.T) {
	tests := []struct {
		pattern, branch string
		want            bool
	}{
		{"*", "", true},
		{"*", "a/b/c", true},
		{"*", "a\nb", true},
		{"**", "a", true},
		{"a*", "a", true},
		{"a*", "ba", false},
		{"*a", "ba", true},
		{"*a", "ab", false},
		{"*a*b*", "xaybz", true},
		{"*a*b*", "xbya", false},
		{"a*b", "ab", true},
		{"a*b", "a/b/c/b", true},
		{"a*b", "abc", false},
		{"*aab", "aaaab", true}, // goes back
		{"?", "a", true},
		{"?", "", false},
		{"?", "ab", false},
		{"?", "/", true},
		{"?", "é", true}, // a character, not a byte
		{"?", "\xff", true},
		{"??", "é", false},
		{"a?c", "abc", true},
		{"[a-c]", "b", true},
		{"[a-c]", "c", true},
		{"[a-c]", "d", false},
		{"[a-c]", "B", false},
		{"[a-c]", "", false},
		{"[abc]", "b", true},
		{"[abc]", "-", false},
		{"[a-cx-z5]", "y", true},
		{"[a-cx-z5]", "5", true},
		{"[a-cx-z5]", "d", false},
		{"[!a-z]", "1", true},
		{"[!a-z]", "é", true},
		{"[!a-z]", "a", false},
		{"[!a-z]", "", false}, // one character, not none
		{"[a-]", "a", true},
		{"[a-]", "-", true},
		{"[a-]", "b", false},
		{"[-a]", "-", true},
		{"[--0]", ".", true},
		{"[a-a]", "a", true},
		{"[a!]", "!", true},
		{"[!!]", "!", false},
		{"[!!]", "a", true},
		{"[!-]", "-", false},
		{"[^a]", "^", true}, // no other way to negate
		{"[^a]", "b", false},
		{"[*?]", "*", true},
		{"[*?]", "x", false},
		{"[[]", "[", true},
		{"[[a]]", "a]", true}, // the first "]" closes
		{"[а-я]", "ж", true},
		{"a]*", "a]b", true},
		{`\*`, `\x`, true}, // nothing escapes
		{`\*`, "*", false},
		{"release/[0-9].[0-9]", "release/1.5", true},
		{"release/[0-9].[0-9]", "release/1x5", false},
		{"(a|b)*", "a", false},
		{"(a|b)*", "(a|b)c", true},
	}
	for _, tt := range tests {
		p := parse(t, fmt.Sprintf("version: 1\nrings: [{name: a, branches: ['%s']}]", tt.pattern))
		if _, err := p.Match(tt.branch); (err == nil) != tt.want {
			t.Errorf("Match(%q) with the pattern %q = %v, want a match: %v", tt.branch, tt.pattern, err, tt.want)
		}
	}
}

// A name before patterns, the longest text before the first special character before shorter ones.
func TestMatchPrecedence(t *testing.T) {
	const rings = `version: 1
rings:
- {name: a, branches: ["*", "release/*", "x?", "x*y", exact-1], soak: {min: 1h}}
- {name: b, branches: ["release/1*", "exact*", "rel*", "x[0-9]"], soak: {min: 1h}}
- {name: c, branches: ["release/1.[0-9]", "y?*", "é*"], soak: {min: 1h}}
- {name: d, branches: ["y*", "é?", "tie-*"], soak: {min: 1h}}
- {name: e, branches: ["tie-*", "tie-x*"], soak: {min: 1h}}
`
	tests := []struct{ branch, want string }{
		{"anything", "a *"},
		{"release/2.0", "a release/*"},
		{"release/1", "b release/1*"},
		{"release/1.5", "c release/1.[0-9]"},
		{"relax", "b rel*"},
		{"exact-1", "a exact-1"}, // the name, though b has a pattern for it
		{"exact-2", "b exact*"},
		{"xy", "a x?"}, // two patterns of one ring are no tie
		{"tie-x", "e tie-x*"},
		{"x1", `branch "x1" belongs to ring "a" and to ring "b": their patterns begin with equally long text; list the branch by its name in one of them`},
		{"yz", `branch "yz" belongs to ring "c" and to ring "d": their patterns begin with equally long text; list the branch by its name in one of them`},
		{"éa", `branch "éa" belongs to ring "c" and to ring "d": their patterns begin with equally long text; list the branch by its name in one of them`},
		{"tie-y", `branch "tie-y" belongs to ring "d" and to ring "e": their patterns begin with equally long text; list the branch by its name in one of them`},
	}
	p := parse(t, rings)
	for _, tt := range tests {
		m, err := p.Match(tt.branch)
		got := m.Ring.Name + " " + m.Pattern
		if err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("Match(%q) = %s, want %s", tt.branch, got, tt.want)
		}
	}
}

func TestMatchWithoutDefault(t *testing.T) {
	p := parse(t, "version: 1\nrings: [{name: dev, branches: [dev, develop], soak: {min: 1h}}, {name: prod, branches: [\"main*\"], soak: {min: 1h}}, {name: idle}]")
	_, err := p.Match("a\n\xff")
	const want = `no ring lists branch "a\n\xff" and the policy has no default_ring; the rings are dev (dev, develop), prod (main*), idle (no branches)`
	if err == nil || err.Error() != want {
		t.Errorf("Match without a default ring:\n got %v\nwant %s", err, want)
	}
}

// A branch name and a pattern of a megabyte cost at most the product of pattern and branch, and no stack.
func TestMatchLong(t *testing.T) {
	p := parse(t, "version: 1\nrings: [{name: a, branches: ['"+strings.Repeat("*a", 50)+"b']}]")
	if m, err := p.Match(strings.Repeat("a", 1<<20)); err == nil {
		t.Errorf("Match = %s, want no match", m.Ring.Name)
	}
	if _, err := p.Match(strings.Repeat("a", 1<<20) + "b"); err != nil {
		t.Error("no match, want one")
	}
}

func BenchmarkMatch(b *testing.B) {
	p := ringpolicy.Builtin()
	for _, branch := range []string{"main", "ring-0-integrations", "feature/some-longer-branch-name"} {
		b.Run(strings.ReplaceAll(branch, "/", "-"), func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				if _, err := p.Match(branch); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBuiltin(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		ringpolicy.Builtin()
	}
}
