package ringpolicy_test

import (
	"encoding/json"
	"os"
	"testing"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Evidence that is older than a key has the digest that it had before there was one.
func TestDigestOfOldEvidenceStays(t *testing.T) {
	const evidence = "sha256:53eb0bbd036fdf453dd9ff5a61b26967f35b84f88ea31fade834849c10d11902"
	if got := fullEvidence("production").Digest(); got != evidence {
		t.Errorf("Digest of evidence = %s, want %s", got, evidence)
	}
}

// Decisions and ledgers name policies by their digests, so that no release may change them.
func TestPolicyDigestsStay(t *testing.T) {
	for file, want := range map[string]string{
		"rings.yml":                           "sha256:cc2091103422fbad3a34cc8fe157556748d75d78dfb83a79cfe48380919892ee",
		"../examples/policies/guide.yml":      "sha256:cc2091103422fbad3a34cc8fe157556748d75d78dfb83a79cfe48380919892ee",
		"../examples/policies/fan-in.yml":     "sha256:952c11aa3fd3875bc141ef3535335a0ba6e3493fa490aecf624ee32534741722",
		"../examples/policies/small-team.yml": "sha256:8cba4498c2ff663b6be70fd1957c2826bac72a8b1d98546f818dd8243a0f59a2",
		"testdata/every-key.yml":              "sha256:31869d99798993331b28171f11d41b78730e6c4c1942d134c99d92f972d762a7",
	} {
		if got := parsePolicy(t, read(t, file)).Digest(); got != want {
			t.Errorf("Digest of %s = %s, want %s", file, got, want)
		}
	}
}

// The canonical form has the keys of the schema and plain values, so that no name in Go can get into a digest.
func TestCanonicalPolicyHasNoGoNames(t *testing.T) {
	keys := map[string]bool{}
	var schema any
	if err := json.Unmarshal(ringpolicy.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	schemaKeys(schema, keys)
	used := map[string]bool{}
	checkCanonical(t, "", ringpolicy.CanonicalPolicy(parsePolicy(t, read(t, "testdata/every-key.yml"))), keys, used)
	for key := range keys {
		if !used[key] {
			t.Errorf("key %q of the schema is in no canonical form of testdata/every-key.yml, so it does not count for the digest", key)
		}
	}
}

func checkCanonical(t *testing.T, path string, v any, keys, used map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		for key, value := range v {
			if used[key] = true; !keys[key] {
				t.Errorf("%s.%s: the key is not one of a policy file", path, key)
			}
			checkCanonical(t, path+"."+key, value, keys, used)
		}
	case []any:
		for _, item := range v {
			checkCanonical(t, path+"[]", item, keys, used)
		}
	case string, int, bool:
	default:
		t.Errorf("%s is a %T, want a map, a list, text, a number or a boolean", path, v)
	}
}

// schemaKeys collects the names of all properties.
func schemaKeys(v any, keys map[string]bool) {
	switch v := v.(type) {
	case map[string]any:
		if properties, ok := v["properties"].(map[string]any); ok {
			for key := range properties {
				keys[key] = key != "$schema"
			}
		}
		for _, value := range v {
			schemaKeys(value, keys)
		}
	case []any:
		for _, value := range v {
			schemaKeys(value, keys)
		}
	}
}

// Checks that differ in what they are grouped by are different evidence, and no two ways to say it are one.
func TestDigestOfOrigins(t *testing.T) {
	seen := map[string]ringpolicy.Check{}
	for _, c := range []ringpolicy.Check{{}, {Workflow: "a"}, {Workflow: "b"}, {Creator: "a"}, {Workflow: "a", Creator: "b"}, {Workflow: "ab"}, {App: "a"}} {
		d := ringpolicy.Evidence{Checks: []ringpolicy.Check{c}}.Digest()
		if other, ok := seen[d]; ok {
			t.Errorf("Digest with %+v is that with %+v, want another", c, other)
		}
		seen[d] = c
	}
}

func read(t *testing.T, file string) string {
	t.Helper()
	src, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	return string(src)
}
