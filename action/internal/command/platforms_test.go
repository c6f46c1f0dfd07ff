package command

import (
	"strings"
	"testing"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/empty"
	"github.com/google/go-containerregistry/pkg/v1/mutate"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/cli"
)

// A platform is an image in an index.
type platform struct {
	name   string // os/architecture
	labels map[string]string
}

// pushIndex builds an image for several platforms and pushes it under tags, with an attestation that comes first.
func (w *world) pushIndex(platforms []platform, tags ...string) string {
	w.t.Helper()
	index := w.index(platforms)
	for _, tag := range tags {
		if err := remote.WriteIndex(w.ref(w.image, tag), index, w.inside()); err != nil {
			w.t.Fatal(err)
		}
	}
	digest, err := index.Digest()
	if err != nil {
		w.t.Fatal(err)
	}
	return digest.String()
}

func (w *world) ref(image, tag string) name.Reference {
	w.t.Helper()
	ref, err := name.ParseReference(image + ":" + tag)
	if err != nil {
		w.t.Fatal(err)
	}
	return ref
}

// index builds an image for several platforms, with an attestation that comes first.
func (w *world) index(platforms []platform) v1.ImageIndex {
	w.t.Helper()
	index := v1.ImageIndex(empty.Index)
	for _, p := range append([]platform{{"unknown/unknown", nil}}, platforms...) {
		os, architecture, _ := strings.Cut(p.name, "/")
		index = mutate.AppendManifests(index, mutate.IndexAddendum{Add: w.imageWith(p.labels), Descriptor: v1.Descriptor{Platform: &v1.Platform{OS: os, Architecture: architecture}}})
	}
	return index
}

const lookalikeCommit = "a1b2c3d4ffffffffffffffffffffffffffffffff" // begins as headCommit does

// without are labels less one.
func without(labels map[string]string, key string) map[string]string {
	delete(labels, key)
	return labels
}

// TestPlatforms has a line for each way in which the platforms of an image may differ. One of them was checked and approved;
// the ring would run all of them.
func TestPlatforms(t *testing.T) {
	const revision, pull = "org.opencontainers.image.revision", "com.aitherzero.pr.number"
	other := labelsOf(headCommit)
	other[pull] = "124"
	for what, c := range map[string]struct {
		arm      map[string]string
		decision string
		tags     string
		warning  string
	}{
		"the same":         {labelsOf(headCommit), "promote", "ring-1-latest\nring-1-pr-123-latest", ""},
		"another revision": {labelsOf(lookalikeCommit), "hold", "", "do not agree on its revision, so it is not known: " + headCommit + " (linux/amd64), " + lookalikeCommit + " (linux/arm64)"},
		"no revision":      {without(labelsOf(headCommit), revision), "hold", "", "do not agree on its revision, so it is not known: " + headCommit + " (linux/amd64), none (linux/arm64)"},
		"no labels":        {nil, "hold", "", "none (linux/arm64)"},
		"another pull request": {other, "promote", "ring-1-latest",
			"do not agree on its pull request, so it is not known: #123 (linux/amd64), #124 (linux/arm64)"},
		"no pull request": {without(labelsOf(headCommit), pull), "promote", "ring-1-latest", "#123 (linux/amd64), none (linux/arm64)"},
	} {
		for _, by := range []string{"tag", "digest"} {
			w := newWorld(t)
			w.facts(headCommit)
			w.push(labelsOf(tagCommit), "ring-1-latest")
			w.ok("record", "ring", "ring-1", "state", "success", "now", "2026-02-01T00:00:00Z")
			digest := w.pushIndex([]platform{{"linux/amd64", labelsOf(headCommit)}, {"linux/arm64", c.arm}}, "ring-0-latest")
			// As a program recorded it that looked at the first platform alone.
			w.ok("record", "ring", "ring-0", "state", "success", "now", "2026-03-01T00:00:00Z", "revision", headCommit)
			inputs := []string{"ring", "ring-1", "now", "2026-03-02T00:00:00Z", "tag", "ring-0-latest"}
			if by == "digest" {
				inputs = append(inputs[:4], "digest", digest)
			}
			if by == "tag" { // a gate by digest asks GitHub and no registry
				w.outputs(w.ok("gate", inputs...), "decision", c.decision)
			}
			r := w.ok("promote", inputs...)
			w.outputs(r, "decision", c.decision, "moved-tags", c.tags, "digest", digest)
			if warned := strings.Contains(r.stdout, "do not agree"); warned != (c.warning != "") || !strings.Contains(r.stdout, c.warning) {
				t.Errorf("%s, by %s: the warning is not %q\n%s", what, by, c.warning, r.stdout)
			}
			if strings.Count(r.stdout, "do not agree on its revision") > 1 {
				t.Errorf("%s, by %s: the warning comes twice\n%s", what, by, r.stdout)
			}
		}
	}
}

// TestRecordOfPlatforms: what the platforms do not agree on does not get into the ledger.
func TestRecordOfPlatforms(t *testing.T) {
	w := newWorld(t)
	w.pushIndex([]platform{{"linux/amd64", labelsOf(headCommit)}, {"linux/arm64", labelsOf(lookalikeCommit)}}, "ring-0-latest")
	r := w.ok("record", "ring", "ring-0", "state", "success", "now", "2026-03-01T00:00:00Z")
	if got := read(t, w.ledger); strings.Contains(got, headCommit) || strings.Contains(got, lookalikeCommit) || !strings.Contains(got, `"pr":123`) {
		t.Errorf("recorded %s, want the pull request and no revision", got)
	}
	if !strings.Contains(r.stdout, headCommit+" (linux/amd64), "+lookalikeCommit+" (linux/arm64)") {
		t.Errorf("no warning\n%s", r.stdout)
	}
}

// TestVerifyPlatforms: one platform with other labels is enough to fail.
func TestVerifyPlatforms(t *testing.T) {
	w := newWorld(t)
	plan, _ := w.built(buildInputs...)
	tags := strings.Split(plan.outputs["tag-names"], "\n")
	labels := func() map[string]string {
		all := map[string]string{}
		for line := range strings.Lines(plan.outputs["labels"]) {
			key, value, _ := strings.Cut(strings.TrimSuffix(line, "\n"), "=")
			all[key] = value
		}
		return all
	}
	w.pushIndex([]platform{{"linux/amd64", labels()}, {"linux/arm64", labels()}}, tags...)
	w.outputs(w.ok("verify", buildInputs...), "verified", "true")
	other := labels()
	other["org.opencontainers.image.revision"] = lookalikeCommit
	w.pushIndex([]platform{{"linux/amd64", labels()}, {"linux/arm64", other}}, tags...)
	r := w.run("verify", buildInputs...)
	w.outputs(r, "verified", "false", "missing-tags", "", "mismatched-tags", "")
	want := "Label org.opencontainers.image.revision of " + w.image + " for linux/arm64 is " + lookalikeCommit + ", expected " + headCommit
	if r.code != cli.ExitVerdict || !strings.Contains(r.stdout, want) || strings.Contains(r.stdout, "linux/amd64") || !strings.Contains(r.outputs["json"], `"platform":"linux/arm64"`) {
		t.Errorf("verify = %d, want 3 and %q\n%s", r.code, want, r.stdout)
	}
}

// TestVerifyMerged: the image of a merged pull request is known by its whole commit, of which its tag has 8 digits.
func TestVerifyMerged(t *testing.T) {
	const key = "org.opencontainers.image.revision"
	for what, c := range map[string]struct {
		push func(w *world, tags ...string)
		code int
		says string
	}{
		"the commit": {func(w *world, tags ...string) { w.push(labelsOf(head), tags...) }, cli.ExitDone, "Verified"},
		"all platforms": {func(w *world, tags ...string) {
			w.pushIndex([]platform{{"linux/amd64", labelsOf(head)}, {"linux/arm64", labelsOf(head)}}, tags...)
		}, cli.ExitDone, "Verified"},
		"another commit that begins alike": {func(w *world, tags ...string) { w.push(labelsOf(lookalikeCommit), tags...) }, cli.ExitVerdict,
			"is " + lookalikeCommit + ", expected " + head + ". The tag pr-5-a1b2c3d4 is not on an image of the commit that was merged"},
		"no commit": {func(w *world, tags ...string) { w.push(nil, tags...) }, cli.ExitVerdict, key + " of IMAGE is missing, expected " + head},
		"one platform": {func(w *world, tags ...string) {
			w.pushIndex([]platform{{"linux/amd64", labelsOf(head)}, {"linux/arm64", labelsOf(lookalikeCommit)}}, tags...)
		}, cli.ExitVerdict, key + " of IMAGE for linux/arm64 is " + lookalikeCommit},
		"nothing is pushed": {func(*world, ...string) {}, cli.ExitVerdict, "Missing: pr-5-a1b2c3d4"},
	} {
		w := newWorld(t)
		c.push(w, "pr-5-a1b2c3d4", "ring-0-latest", "ring-0-pr-5-latest")
		event := pullRequest(t, "closed", "dev", "ring-0", merged)
		r := inAction(t, event, map[string]string{"GITHUB_EVENT_NAME": "pull_request", "INPUT_COMMAND": "verify", "INPUT_IMAGE": w.image})
		if says := strings.ReplaceAll(c.says, "IMAGE", w.image); r.code != c.code || !strings.Contains(r.stdout, says) {
			t.Errorf("%s: verify = %d, want %d and %q\n%s", what, r.code, c.code, says, r.stdout)
		}
		w.outputs(r, "verified", map[int]string{cli.ExitDone: "true", cli.ExitVerdict: "false"}[c.code])
	}
}
