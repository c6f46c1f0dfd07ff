package examples_test

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const root = ".." // of the repository

// TestReadme runs the commands of the README and looks for the lines that it shows of what they print.
func TestReadme(t *testing.T) {
	program := filepath.Join(t.TempDir(), "deployment-rings.exe")
	if out, err := exec.Command("go", "build", "-o", program, "../action").CombinedOutput(); err != nil {
		t.Fatalf("go build: %v\n%s", err, out)
	}
	readme := string(read(t, "../README.md"))
	shows := map[string]string{ // how a block of the README with output begins, by the command that prints it
		"plan --event examples/events/pull_request.json": "Pull request 123 gets",
		"lint --policy examples/policies/fan-in.yml":     "",
		"test --tests 'examples/policies/*_test.yml'":    "",
		"gate --evidence action/testdata/gate/hold.yml":  "ring-0 → ring-1: hold. Soak 20h30m",
	}
	for _, line := range regexp.MustCompile(`(?m)^go run \./action (.*?)(?: +#.*)?$`).FindAllStringSubmatch(readme, -1) {
		command := line[1]
		begins, known := shows[command]
		delete(shows, command)
		if !known {
			t.Errorf("the README runs %q, which is not in the table of this test", command)
		}
		cmd := exec.Command(program, strings.Fields(strings.ReplaceAll(command, "'", ""))...)
		cmd.Dir = root
		out, err := cmd.Output()
		if err != nil {
			t.Errorf("%s: %v", command, err)
		}
		if begins != "" {
			quotes(t, block(t, readme, begins), string(out))
		}
	}
	for command := range shows {
		t.Errorf("the README does not run %q", command)
	}
}

// block is the fenced one that begins with a text.
func block(t *testing.T, document, begins string) string {
	t.Helper()
	_, found, ok := strings.Cut(document, "```\n"+begins)
	if !ok {
		t.Fatalf("no block begins with %q", begins)
	}
	found, _, _ = strings.Cut(found, "```")
	return begins + found
}

var shortDigest = regexp.MustCompile(`sha256:[0-9a-f]{12}`)

// quotes holds that the lines of a block are printed, in this order. A line with … alone stands for any number of lines,
// and digests are those of one run.
func quotes(t *testing.T, block, printed string) {
	t.Helper()
	printed = "\n" + shortDigest.ReplaceAllString(printed, "sha256")
	for line := range strings.Lines(shortDigest.ReplaceAllString(block, "sha256")) {
		line = strings.TrimRight(line, "\n")
		if strings.TrimSpace(line) == "…" {
			continue
		}
		_, rest, ok := strings.Cut(printed, "\n"+line+"\n")
		if !ok {
			t.Fatalf("the README shows %q, which is not printed, or earlier:\n%s", line, printed)
		}
		printed = "\n" + rest
	}
}

// TestReadmeProgram compiles and runs the README's Go, which prints what its comments say.
func TestReadmeProgram(t *testing.T) {
	_, code, ok := strings.Cut(string(read(t, "../README.md")), "```go\n")
	code, _, end := strings.Cut(code, "```")
	if !ok || !end {
		t.Fatal("the README has no Go")
	}
	const module = "github.com/wizzense/deployment-rings/"
	program := "package main\n\nimport (\"fmt\"; \"os\"; \"" + module + "labels\"; \"" + module + "ringpolicy\"; \"" + module + "tagging\")\n\nfunc main() {\n" +
		"sha := \"9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d\"\nfacts, _ := os.ReadFile(\"action/testdata/gate/hold.yml\")\n" + code + "\n_, _ = m, err\n}\n"

	file, overlay := filepath.Join(t.TempDir(), "main.go"), filepath.Join(t.TempDir(), "overlay.json")
	where, err := filepath.Abs("readme/main.go")
	if err != nil {
		t.Fatal(err)
	}
	replace, err := json.Marshal(map[string]any{"Replace": map[string]string{where: file}})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range map[string][]byte{file: []byte(program), overlay: replace} {
		if err := os.WriteFile(name, content, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("go", "run", "-overlay", overlay, "./examples/readme")
	cmd.Dir = root
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("go run: %v\n%s", err, out)
	}
	var want []string
	for line := range strings.Lines(code) {
		if before, comment, ok := strings.Cut(line, " // "); ok && strings.Contains(before, "fmt.Println") {
			want = append(want, comment)
		}
	}
	if got := string(out); got != strings.Join(want, "") {
		t.Errorf("the README's program prints\n%sand its comments say\n%s", got, strings.Join(want, ""))
	}
}

var (
	link    = regexp.MustCompile(`\]\(([^)\s]+)\)`)
	heading = regexp.MustCompile(`(?m)^#+ (.+)$`)
	fenced  = regexp.MustCompile("(?s)```.*?```")
)

// TestLinks follows the links between documents, and to files and headings.
func TestLinks(t *testing.T) {
	documents, err := filepath.Glob("../docs/*.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, document := range append(documents, "../README.md", "../SECURITY.md", "../CHANGELOG.md", "events/README.md") {
		text := fenced.ReplaceAllString(string(read(t, document)), "")
		for _, found := range link.FindAllStringSubmatch(text, -1) {
			if target := found[1]; !strings.Contains(target, "://") {
				follow(t, document, target)
			}
		}
	}
}

func follow(t *testing.T, document, target string) {
	t.Helper()
	path, anchor, _ := strings.Cut(target, "#")
	file := document
	if path != "" {
		file = filepath.Join(filepath.Dir(document), path)
	}
	if _, err := os.Stat(file); err != nil {
		t.Errorf("%s: the link %s leads nowhere", document, target)
		return
	}
	if anchor != "" && !strings.Contains(anchors(string(read(t, file))), "#"+anchor+"\n") {
		t.Errorf("%s: the link %s leads to no heading", document, target)
	}
}

// anchors are those that GitHub gives to headings.
func anchors(document string) string {
	var all strings.Builder
	for _, found := range heading.FindAllStringSubmatch(document, -1) {
		name := regexp.MustCompile(`[^\p{L}\p{N} _-]`).ReplaceAllString(strings.ToLower(found[1]), "")
		all.WriteString("#" + strings.ReplaceAll(name, " ", "-") + "\n")
	}
	return all.String()
}

// TestReleasesExist: what people copy names no version that the changelog does not have.
func TestReleasesExist(t *testing.T) {
	released := releasedIn(string(read(t, "../CHANGELOG.md")))
	for _, pattern := range []string{
		"../README.md", "../SECURITY.md", "../docs/*.md", "../action.yml", "../action/*.sh", "../.github/workflows/*.yml", "workflows/*.yml",
	} {
		files, err := filepath.Glob(pattern)
		if err != nil || len(files) == 0 {
			t.Fatalf("%s: no files (%v)", pattern, err)
		}
		for _, file := range files {
			for _, version := range unreleased(string(read(t, file)), released) {
				t.Errorf("%s speaks of %s, which is not released: the changelog has no section for it", file, version)
			}
		}
	}
}

func TestUnreleased(t *testing.T) {
	for _, tt := range []struct {
		text string
		want []string
	}{
		{"uses: wizzense/deployment-rings@COMMIT # 40 digits", nil},
		{"uses: wizzense/deployment-rings@6e5f0ee819ee73ca0881da99b56788c2585dbb48", nil},
		{"uses: wizzense/deployment-rings@6e5f0ee", []string{"@6e5f0ee"}}, // GitHub takes full commits alone
		{"uses: wizzense/deployment-rings@v1", []string{"@v1"}},
		{"uses: wizzense/deployment-rings@v2 # the major version of a release", nil},
		{"go get github.com/wizzense/deployment-rings@v1.4.0", []string{"@v1.4.0"}},
		{"go run github.com/wizzense/deployment-rings/action@latest version", []string{"@latest"}},
		{"go run github.com/wizzense/deployment-rings/action@v2.0.1 version", nil},
		{"git checkout v1.4.0", []string{"v1.4.0"}},
		{"a tag such as v1.4.0 or `v1.5.0-rc.1`", nil},
		{"uses: actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2", nil},
		{"go run -C .ci/release . build v0.0.0 dist/build", nil}, // the version of no release
	} {
		if got := unreleased(tt.text, releasedIn("# Changelog\n\n## 2.0.1 - 2027-01-01\n")); !slices.Equal(got, tt.want) {
			t.Errorf("unreleased(%q) = %q, want %q", tt.text, got, tt.want)
		}
	}
}

// releasedIn returns the versions that have a section in a changelog, and their major versions.
func releasedIn(changelog string) map[string]bool {
	released := map[string]bool{}
	for _, found := range regexp.MustCompile(`(?m)^## v?((\d+)\.\d+\.\d+\S*)`).FindAllStringSubmatch(changelog, -1) {
		released["v"+found[1]], released["v"+found[2]] = true, true
	}
	return released
}

var (
	ourRef    = regexp.MustCompile(`deployment-rings(?:/action)?(@[\w.-]+)`)
	fullRef   = regexp.MustCompile(`^@(?:COMMIT|[0-9a-f]{40})$`)
	aVersion  = regexp.MustCompile(`\bv\d+\.\d+\.\d+[\w.-]*`)
	noRelease = regexp.MustCompile("@[0-9a-f]{40} # v\\S+|such as\\s+`?v[\\w.-]+`?(?: or `?v[\\w.-]+`?)?|\\bv0\\.0\\.0\\b") // pins of others, and forms
)

// unreleased returns what a text says of releases that are not there: references to this project, then other versions.
func unreleased(text string, released map[string]bool) []string {
	var all []string
	text = ourRef.ReplaceAllStringFunc(noRelease.ReplaceAllString(text, ""), func(found string) string {
		if ref := ourRef.FindStringSubmatch(found)[1]; !fullRef.MatchString(ref) && !released[ref[1:]] {
			all = append(all, ref)
		}
		return ""
	})
	for _, version := range aVersion.FindAllString(text, -1) {
		if !released[version] {
			all = append(all, version)
		}
	}
	return all
}

// TestSecurityNamesTests: a test that docs/security.md names is there.
func TestSecurityNamesTests(t *testing.T) {
	out, err := exec.Command("grep", "-rhoE", "--include=*_test.go", `^func (Test|Fuzz)[A-Za-z0-9_]+`, root).Output()
	if err != nil {
		t.Fatalf("grep: %v", err)
	}
	tests := strings.ReplaceAll(string(out), "func ", "") + "\n"
	named := regexp.MustCompile("`((?:Test|Fuzz)[A-Za-z0-9_]+)`").FindAllStringSubmatch(string(read(t, "../docs/security.md")), -1)
	if len(named) < 10 {
		t.Fatalf("docs/security.md names %d tests, want more", len(named))
	}
	for _, test := range named {
		if !strings.Contains("\n"+tests, "\n"+test[1]+"\n") {
			t.Errorf("docs/security.md names the test %s, which is not there", test[1])
		}
	}
}
