package tagging_test

import (
	"cmp"
	"math/big"
	"regexp"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/tagging"
)

func TestParseVersion(t *testing.T) {
	tests := []struct {
		given, want string
		prerelease  bool
	}{
		{"1.5.0", "1.5.0", false},
		{"v1.5.0", "1.5.0", false},
		{"2.0.0-rc.1", "2.0.0-rc.1", true},
		{"v1.2.3+build.7", "1.2.3+build.7", false},
		{"1.2.3-0a.-+001.-", "1.2.3-0a.-+001.-", true},
		{"18446744073709551615.0.0", "18446744073709551615.0.0", false},
		{"1.0.0-" + strings.Repeat("9", 250), "1.0.0-" + strings.Repeat("9", 250), true},
	}
	for _, test := range tests {
		v, err := tagging.ParseVersion(test.given)
		if err != nil || v.String() != test.want || v.Prerelease() != test.prerelease {
			t.Errorf("ParseVersion(%q) = %s, pre-release %t, %v, want %s, %t", test.given, v, v.Prerelease(), err, test.want, test.prerelease)
		}
	}
}

func TestParseVersionErrors(t *testing.T) {
	const shape = " is not a SemVer version, expected three numbers without leading zeros as in 1.5.0 or v2.0.0-rc.1"
	const hotfix = " has four numbers, and SemVer has three: give a hotfix the next patch number, as in 1.4.1, or make it a pre-release of that, as in 1.4.1-rc.1; what follows a + does not order versions"
	tests := []struct{ given, want string }{
		{"", `version: ""` + shape},
		{"v", `version: "v"` + shape},
		{"vv1.0.0", `version: "vv1.0.0"` + shape},
		{"V1.0.0", `version: "V1.0.0"` + shape},
		{"vNext", `version: "vNext"` + shape},
		{"1.0", `version: "1.0"` + shape},
		{"1.0.0.0", `version: "1.0.0.0"` + hotfix},
		{"1.4.0.1", `version: "1.4.0.1"` + hotfix},
		{"v1.4.0.1-rc.1", `version: "v1.4.0.1-rc.1"` + hotfix},
		{"1.4.0.1+b", `version: "1.4.0.1+b"` + hotfix},
		{"1.4.0.x", `version: "1.4.0.x"` + shape},
		{"1.4.0.0.1", `version: "1.4.0.0.1"` + shape},
		{"01.0.0", `version: "01.0.0"` + shape},
		{"1.0.0-01", `version: "1.0.0-01"` + shape},
		{"1.0.0-", `version: "1.0.0-"` + shape},
		{"1.0.0+", `version: "1.0.0+"` + shape},
		{"1.0.0+a+b", `version: "1.0.0+a+b"` + shape},
		{"1.0.0+a_b", `version: "1.0.0+a_b"` + shape},
		{" 1.0.0", `version: " 1.0.0"` + shape},
		{"1.0.0\n", `version: "1.0.0\n"` + shape},
		{"1.0.１", `version: "1.0.１"` + shape},
		{"99999999999999999999.0.0", `version: a number in "99999999999999999999.0.0" is too large, the largest is 18446744073709551615`},
		{"1.0.0-" + strings.Repeat("x", 251), `version: "1.0.0-` + strings.Repeat("x", 74) + `"… is longer than 256 characters`},
	}
	for _, test := range tests {
		if v, err := tagging.ParseVersion(test.given); err == nil || err.Error() != test.want {
			t.Errorf("ParseVersion(%q) = %s, %v, want %s", test.given, v, err, test.want)
		}
	}
}

// suggested is the expression that the SemVer site suggests.
var suggested = regexp.MustCompile(`^(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-((?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*)(?:\.(?:0|[1-9]\d*|\d*[a-zA-Z-][0-9a-zA-Z-]*))*))?(?:\+([0-9a-zA-Z-]+(?:\.[0-9a-zA-Z-]+)*))?$`)

// numbers of a version that the specification allows and that fits our limits, else nil.
func numbers(version string) (n []*big.Int, prerelease bool) {
	version = strings.TrimPrefix(version, "v")
	m := suggested.FindStringSubmatch(version)
	if m == nil || len(version) > 256 {
		return nil, false
	}
	for _, digits := range m[1:4] {
		i, _ := new(big.Int).SetString(digits, 10)
		if !i.IsUint64() {
			return nil, false
		}
		n = append(n, i)
	}
	return n, m[4] != ""
}

func FuzzRelease(f *testing.F) {
	for _, v := range []string{"v1.5.0", "1.2.3-rc.1+b_", "1.2.3+x-latest", "0.0.18446744073709551616", "1.10.0", "vv1.0.0"} {
		f.Add(v, "1.9.0", false)
		f.Add("1.9.0", v, true)
	}
	f.Fuzz(func(t *testing.T, version, known string, marked bool) {
		set, err := tagging.Release{Version: version, Revision: revision("9c8d7e6f"), Prerelease: marked, Known: []string{known}}.Tags()
		n, prerelease := numbers(version)
		k, knownPrerelease := numbers(known)
		if (err == nil) != (n != nil && k != nil && len(strings.TrimPrefix(version, "v")) <= 128) {
			t.Fatalf("Release{%q, known %q}: error %v", version, known, err)
		}
		if err != nil {
			return
		}
		name := strings.ReplaceAll(strings.TrimPrefix(version, "v"), "+", "_")
		want, held := name+" latest stable sha-9c8d7e6f", ""
		if prerelease || marked {
			want = name + " sha-9c8d7e6f"
		} else if !knownPrerelease && higher(k, n) {
			want, held = name+" sha-9c8d7e6f", "latest stable"
		}
		if join(set.All()) != want || join(set.Held()) != held {
			t.Errorf("Release{%q, known %q, marked %t} = %s, held %s, want %s, held %s", version, known, marked, set.All(), set.Held(), want, held)
		}
		checkSet(t, set)
		if got := set.Primary().Parts().Version; got != strings.TrimPrefix(version, "v") {
			t.Errorf("the tag of %q reads as version %q", version, got)
		}
	})
}

func higher(a, b []*big.Int) bool {
	for i := range a {
		if c := a[i].Cmp(b[i]); c != 0 {
			return c > 0
		}
	}
	return false
}

func TestVersionCompare(t *testing.T) {
	ordered := []string{"0.9.0", "1.0.0-rc.1", "1.0.0-rc.2", "1.0.0-rc.10", "1.0.0", "v1.0.1", "1.10.0", "2.0.0"}
	for i, a := range ordered {
		for j, b := range ordered {
			if got, want := parsed(t, a).Compare(parsed(t, b)), cmp.Compare(i, j); got != want {
				t.Errorf("%s.Compare(%s) = %d, want %d", a, b, got, want)
			}
		}
	}
	if got := parsed(t, "1.0.0+b").Compare(parsed(t, "1.0.0+a")); got != 0 {
		t.Errorf("1.0.0+b.Compare(1.0.0+a) = %d, want 0: build metadata has no precedence", got)
	}
}

func parsed(t *testing.T, s string) tagging.Version {
	t.Helper()
	v, err := tagging.ParseVersion(s)
	if err != nil {
		t.Fatal(err)
	}
	return v
}
