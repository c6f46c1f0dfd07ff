package ringpolicy_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-containerregistry/pkg/name"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Any bytes are a policy, or problems with a place inside the file. A policy has only rings whose tags are legal,
// to the eyes of go-containerregistry, and finds the ring of any branch, or an error.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"rings.yml", "testdata/err/*.yml", "testdata/err/*.json", "testdata/err/meaning/*.yml", "testdata/lint/*.yml"} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			f.Fatalf("%s: %d files, %v", pattern, len(files), err)
		}
		for _, file := range files {
			src, err := os.ReadFile(file)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(src, "ring-0/hotfix")
		}
	}
	f.Fuzz(func(t *testing.T, src []byte, branch string) {
		p, err := ringpolicy.Parse("f", src)
		if err != nil {
			checkProblems(t, src, err)
			return
		}
		if len(p.Rings()) == 0 {
			t.Error("a policy without rings")
		}
		checkTags(t, p)
		if again, err := ringpolicy.Parse("g", src); err != nil || again.Digest() != p.Digest() {
			t.Errorf("read again: %v, digest %s, then %s", err, p.Digest(), again.Digest())
		}
		if m, err := p.Match(branch); err == nil {
			if _, ok := p.Ring(m.Ring.Name); !ok {
				t.Errorf("Match(%q) = ring %q, which the policy does not have", branch, m.Ring.Name)
			}
		}
	})
}

func checkProblems(t *testing.T, src []byte, err error) {
	ps, ok := err.(ringpolicy.Problems)
	if !ok || len(ps) == 0 {
		t.Fatalf("error = %#v, want Problems", err)
	}
	text := strings.TrimPrefix(string(src), "\ufeff")
	// YAML 1.1 has more ends of line than JSON
	lines := strings.Split(text, "\n")
	yamlLines := strings.Split(strings.NewReplacer("\r\n", "\n", "\r", "\n", "\u0085", "\n", "\u2028", "\n", "\u2029", "\n").Replace(text), "\n")
	for _, p := range ps {
		if p.File != "f" || p.Message == "" || !utf8.ValidString(p.Error()) || strings.ContainsAny(p.Error(), "\n\r\x1b") {
			t.Errorf("problem %q", p.Error())
		}
		if !inside(lines, p) && !inside(yamlLines, p) {
			t.Errorf("%v: this place is not in the file of %d lines", p, len(lines))
		}
	}
}

// inside reports whether a problem is at a character of a line, or right after the last.
func inside(lines []string, p *ringpolicy.Problem) bool {
	return p.Line >= 1 && p.Line <= len(lines) && p.Column >= 1 && p.Column <= utf8.RuneCountInString(lines[p.Line-1])+1
}

func checkTags(t *testing.T, p *ringpolicy.Policy) {
	for _, r := range p.Rings() {
		for _, tag := range []string{r.Tag + "-latest", r.Tag + "-pr-2147483647-latest"} {
			if _, err := name.NewTag("example.com/app:"+tag, name.StrictValidation); err != nil {
				t.Errorf("ring %q: %v", r.Name, err)
			}
		}
	}
}

// A pattern means what a regular expression made of it means.
func FuzzPattern(f *testing.F) {
	for _, seed := range []struct{ pattern, text string }{
		{"ring-0[!0-9A-Za-z]*", "ring-0/hotfix"}, {"*a*b?", "xaybz"}, {"[a-]", "-"}, {"[!", "x"}, {"[]", "]"}, {"[z-a]", "b"}, {"*UNIT*", "my unit tests"},
		{"[K-k]", "\u212a"}, {"ſ", "S"}, {"[!a-z]", "İ"}, {`\[^.]`, `\^`}, {"*\xff?", "a\xff\xfe"}, {"**?**", "éé"}, {"[--0]", "."},
	} {
		f.Add(seed.pattern, seed.text, false)
		f.Add(seed.pattern, seed.text, true)
	}
	f.Fuzz(func(t *testing.T, pattern, text string, folded bool) {
		if !utf8.ValidString(pattern) || len(pattern) > 200 {
			return // no policy has it
		}
		got, err := ringpolicy.PatternMatches(pattern, text, folded)
		expression, ok := expressionOf(pattern)
		if (err == nil) != ok {
			t.Fatalf("pattern %q: %v, want an error: %v", pattern, err, !ok)
		}
		if err != nil {
			return
		}
		if folded {
			expression = "(?i)" + expression
		}
		if want := regexp.MustCompile(expression).MatchString(text); got != want {
			t.Errorf("PatternMatches(%q, %q, %v) = %v, want %v as of %s", pattern, text, folded, got, want, expression)
		}
	})
}

var patternToken = regexp.MustCompile(`(?s)\[!?[^\]]+\]|.`)

// expressionOf translates a pattern. It is not ok when a "[" is left over, or a range runs backwards.
func expressionOf(pattern string) (expression string, ok bool) {
	var b strings.Builder
	b.WriteString(`(?s)\A(?:`)
	for _, token := range patternToken.FindAllString(pattern, -1) {
		switch {
		case token == "*":
			b.WriteString(".*")
		case token == "?":
			b.WriteString(".")
		case token == "[" || token == "[!]":
			return "", false
		case token[0] == '[':
			set, ok := setOf(token[1 : len(token)-1])
			if !ok {
				return "", false
			}
			b.WriteString(set)
		default:
			b.WriteString(regexp.QuoteMeta(token))
		}
	}
	b.WriteString(`)\z`)
	return b.String(), true
}

func setOf(inside string) (set string, ok bool) {
	set = "["
	if inside[0] == '!' {
		set, inside = "[^", inside[1:]
	}
	for rest := []rune(inside); len(rest) > 0; {
		low, high, used := rest[0], rest[0], 1
		if len(rest) > 2 && rest[1] == '-' {
			high, used = rest[2], 3
		}
		if low > high {
			return "", false
		}
		set += `\x{` + strconv.FormatInt(int64(low), 16) + `}-\x{` + strconv.FormatInt(int64(high), 16) + `}`
		rest = rest[used:]
	}
	return set + "]", true
}

// A duration that is read is the one that time.ParseDuration reads when each day is written as 24 hours,
// and what FormatDuration writes is read as the same.
func FuzzDuration(f *testing.F) {
	for _, s := range []string{"90m", "24h", "3d", "1d12h", "1.5h", "1d0.5s", "36500d", "36501d", "0d", "2d2d", "1h1d", "d", "", "1µs", "00001d", "1e3s", "9223372036854775807ns"} {
		f.Add(s, int64(len(s))*1e9)
	}
	f.Fuzz(func(t *testing.T, s string, n int64) {
		if got, err := ringpolicy.ParseDuration(s); err == nil {
			if want, err := time.ParseDuration(inHours(s)); err != nil || got != want {
				t.Errorf("ParseDuration(%q) = %v, want %v, %v", s, got, want, err)
			}
			n = int64(got)
		}
		d := time.Duration(n)
		if d < 0 || d > 36500*24*time.Hour {
			return
		}
		written := ringpolicy.FormatDuration(d)
		if got, err := ringpolicy.ParseDuration(written); err != nil || got != d {
			t.Errorf("ParseDuration(FormatDuration(%v)) = %v, %v, by way of %q", d, got, err, written)
		}
	})
}

// inHours writes the days before the first "d" as hours.
func inHours(s string) string {
	days, rest, ok := strings.Cut(s, "d")
	if !ok {
		return s
	}
	n, err := strconv.Atoi(days)
	if err != nil {
		return "not a number of days: " + s
	}
	return strconv.Itoa(24*n) + "h" + rest
}

func TestParseDuration(t *testing.T) {
	const day = 24 * time.Hour
	for s, want := range map[string]time.Duration{
		"0s": 0, "90m": 90 * time.Minute, "24h": day, "3d": 3 * day, "1d12h": 36 * time.Hour, "1d1h1m1.5s": day + time.Hour + time.Minute + 1500*time.Millisecond,
		"36500d": 36500 * day, "876000h": 36500 * day, "1us": time.Microsecond, "1µs": time.Microsecond, "0.5h": 30 * time.Minute, "01d": day,
	} {
		if got, err := ringpolicy.ParseDuration(s); err != nil || got != want {
			t.Errorf("ParseDuration(%q) = %v, %v; want %v", s, got, err, want)
		}
	}
	for _, s := range []string{"", "d", "1", "1.5d", "-1d", "+1d", "1 d", "1d ", "1D", "1w", "1h1d", "1d2d", "1e3s", ".5h", "36500d1ns", "876001h", "99999d", "100000d", "1_0h", "١d"} {
		if got, err := ringpolicy.ParseDuration(s); err == nil {
			t.Errorf("ParseDuration(%q) = %v, want an error", s, got)
		}
	}
}

func TestFormatDuration(t *testing.T) {
	const day = 24 * time.Hour
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Hour: "0s", time.Nanosecond: "1ns", 90 * time.Second: "1m30s", 20*time.Hour + 30*time.Minute: "20h30m", 24 * time.Hour: "24h", 48 * time.Hour: "48h",
		48*time.Hour + time.Second: "2d1s", 68 * time.Hour: "2d20h", 3 * day: "3d", 36500 * day: "36500d", day + 1500*time.Millisecond: "24h1.5s",
	} {
		if got := ringpolicy.FormatDuration(d); got != want {
			t.Errorf("FormatDuration(%d) = %q, want %q", d, got, want)
		}
	}
}
