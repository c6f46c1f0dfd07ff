package report_test

import (
	"crypto/rand"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/report"
)

func outputFile(t *testing.T) (path string, getenv func(string) string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "output")
	return path, func(name string) string { return map[string]string{"GITHUB_OUTPUT": path}[name] }
}

func content(t *testing.T, path string) string {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return strings.ReplaceAll(string(b), "\r\n", "\n")
}

// counted gives bytes that are not random: 0, 1, 2, …
type counted struct{ next byte }

func (c *counted) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = c.next
		c.next++
	}
	return len(p), nil
}

func TestWriteOutputs(t *testing.T) {
	path, getenv := outputFile(t)
	if err := os.WriteFile(path, []byte("earlier=1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	err := report.WriteOutputs(getenv, new(counted), []report.Output{{Name: "a", Value: "1"}, {Name: "b", Value: "x\ny"}, {Name: "c"}})
	if err != nil {
		t.Fatal(err)
	}
	want := strings.NewReplacer("D0", "ghadelimiter_000102030405060708090a0b0c0d0e0f", "D1", "ghadelimiter_101112131415161718191a1b1c1d1e1f",
		"D2", "ghadelimiter_202122232425262728292a2b2c2d2e2f").Replace("earlier=1\na<<D0\n1\nD0\nb<<D1\nx\ny\nD1\nc<<D2\n\nD2\n")
	if diff := cmp.Diff(want, content(t, path)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// TestWriteOutputsAllOrNothing: the last output is bad, and the first is not written either.
func TestWriteOutputsAllOrNothing(t *testing.T) {
	for _, c := range []struct {
		last report.Output
		want string
	}{
		{report.Output{Name: "bad", Value: "a\x00b"}, "output bad contains a NUL character"},
		{report.Output{Name: "bad", Value: "a\xffb"}, "output bad contains a NUL character or is not valid UTF-8"},
		// A value cannot know its delimiter. If it has it all the same, the bytes are not random.
		{report.Output{Name: "bad", Value: "a\nghadelimiter_101112131415161718191a1b1c1d1e1f\nb<<E"}, "output bad contains its delimiter"},
		{report.Output{Name: "bad", Value: strings.Repeat("a", 1<<19+1)}, "output bad has 1048578 bytes in UTF-16, GitHub takes 1048576"},
		{report.Output{Name: "bad", Value: strings.Repeat("😀", 1<<18+1)}, "output bad has 1048580 bytes"},
	} {
		path, getenv := outputFile(t)
		err := report.WriteOutputs(getenv, new(counted), []report.Output{{Name: "good", Value: "1"}, c.last})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("WriteOutputs = %v, want %q", err, c.want)
		}
		if _, err := os.Stat(path); !os.IsNotExist(err) {
			t.Errorf("after %q the file exists: %v", c.want, err)
		}
	}
	_, getenv := outputFile(t)
	if err := report.WriteOutputs(getenv, rand.Reader, []report.Output{{Name: "a", Value: strings.Repeat("a", 1<<19)}}); err != nil {
		t.Errorf("an output of exactly 1 MiB in UTF-16: %v", err)
	}
	many := make([]report.Output, 51)
	for i := range many {
		many[i] = report.Output{Name: "a", Value: strings.Repeat("a", 1<<19)}
	}
	if err := report.CheckOutputs(many); err == nil || !strings.Contains(err.Error(), "together") {
		t.Errorf("51 outputs of 1 MiB: %v, want an error", err)
	}
}

func TestWriteOutputsNowhere(t *testing.T) {
	dir := t.TempDir()
	for _, path := range []string{dir, "/dev/full"} {
		if _, err := os.Stat(path); err != nil {
			t.Logf("no %s here: %v", path, err)
			continue
		}
		err := report.WriteOutputs(func(string) string { return path }, rand.Reader, []report.Output{{Name: "a", Value: "1"}})
		if err == nil || !strings.Contains(err.Error(), "GITHUB_OUTPUT cannot be written") {
			t.Errorf("writing outputs to %s: %v, want an error", path, err)
		}
	}
	path, getenv := outputFile(t)
	err := report.WriteOutputs(getenv, strings.NewReader("too few bytes"), []report.Output{{Name: "a", Value: "1"}})
	if err == nil || !strings.Contains(err.Error(), "no random bytes") {
		t.Errorf("writing outputs without random bytes: %v, want an error", err)
	}
	if _, err := os.Stat(path); !os.IsNotExist(err) {
		t.Errorf("without random bytes the file exists: %v", err)
	}
}

// TestWriteOutputsSurprise writes the same twice: no delimiter comes again, and values that hold delimiters of before stay
// values.
func TestWriteOutputsSurprise(t *testing.T) {
	path, getenv := outputFile(t)
	value := "x\n_GitHubActionsFileCommandDelimeter_\nb<<E\n1\nE"
	for range 3 {
		if err := report.WriteOutputs(getenv, rand.Reader, []report.Output{{Name: "a", Value: value}}); err != nil {
			t.Fatal(err)
		}
		value = content(t, path)
	}
	seen := map[string]bool{}
	for line := range strings.Lines(content(t, path)) {
		if _, delimiter, ok := strings.Cut(strings.TrimSpace(line), "<<ghadelimiter_"); ok {
			seen[delimiter] = true
		}
	}
	if len(seen) != 3 {
		t.Errorf("%d delimiters in three writes, want 3", len(seen))
	}
}

func TestTry(t *testing.T) {
	dir := t.TempDir()
	file, folder := filepath.Join(dir, "file"), filepath.Join(dir, "new", "folder")
	if err := os.WriteFile(file, []byte("earlier"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := report.TryAppend("GITHUB_OUTPUT", file); err != nil || content(t, file) != "earlier" {
		t.Errorf("TryAppend = %v, and the file holds %q", err, content(t, file))
	}
	if err := report.TryAppend("GITHUB_OUTPUT", dir); err == nil || !strings.Contains(err.Error(), "GITHUB_OUTPUT cannot be written") {
		t.Errorf("TryAppend of a folder: %v, want an error", err)
	}
	if err := report.TryFolder("RUNNER_TEMP", folder); err != nil {
		t.Error(err)
	}
	if left, err := os.ReadDir(folder); err != nil || len(left) != 0 {
		t.Errorf("TryFolder leaves %v, %v, want an empty folder", left, err)
	}
	for _, dir := range []string{file, filepath.Join(file, "below")} {
		if err := report.TryFolder("RUNNER_TEMP", dir); err == nil || !strings.Contains(err.Error(), "below RUNNER_TEMP") {
			t.Errorf("TryFolder(%s): %v, want an error", dir, err)
		}
	}
}

// JSON holds the values of lines of CSV, and not their quotes; plain lines may begin with a quote.
func TestJSONOfQuotedLines(t *testing.T) {
	const text = "\"k=a,\"\"b\"\"\"\nl=\"c\", d"
	for kind, want := range map[report.Type]string{
		report.Object: `{"x":{"k":"a,\"b\"","l":"\"c\", d"}}`,
		report.Quoted: `{"x":["k=a,\"b\"","l=\"c\", d"]}`,
		report.List:   `{"x":["\"k=a,\"\"b\"\"\"","l=\"c\", d"]}`,
	} {
		if got, err := report.JSON([]report.Output{{Name: "x", Type: kind, Value: text}}); got != want || err != nil {
			t.Errorf("JSON of %q as type %d = %s, %v, want %s", text, kind, got, err, want)
		}
	}
}

func TestJSON(t *testing.T) {
	got, err := report.JSON([]report.Output{
		{"text", report.Text, "a<b>&\"\n"}, {"no-text", report.Text, ""},
		{"yes", report.Boolean, "true"}, {"no", report.Boolean, "false"}, {"no-boolean", report.Boolean, ""},
		{"number", report.Number, "8080"}, {"no-number", report.Number, ""},
		{"list", report.List, "a\nb"}, {"no-list", report.List, ""},
		{"object", report.Object, "k=v=w\nl="}, {"no-object", report.Object, ""},
	})
	if err != nil {
		t.Fatal(err)
	}
	want := `{"text":"a<b>&\"\n","no-text":null,"yes":true,"no":false,"no-boolean":false,"number":8080,"no-number":null,` +
		`"list":["a","b"],"no-list":[],"object":{"k":"v=w","l":""},"no-object":{}}`
	if got != want {
		t.Errorf("JSON = %s\nwant   %s", got, want)
	}
	if got, err := report.JSON(nil); err != nil || got != "{}" {
		t.Errorf("JSON of nothing = %q, %v, want {}", got, err)
	}
}

func TestIndent(t *testing.T) {
	got, err := report.Indent(`{"a":"##[error]x"}`)
	if err != nil || strings.Contains(got, "##[") || !strings.HasSuffix(got, "}\n") {
		t.Errorf("Indent = %q, %v", got, err)
	}
	var back map[string]string
	if err := json.Unmarshal([]byte(got), &back); err != nil || back["a"] != "##[error]x" {
		t.Errorf("Indent changed the value: %q, %v", back, err)
	}
}

func TestWriteSummary(t *testing.T) {
	path := filepath.Join(t.TempDir(), "summary")
	if err := os.WriteFile(path, []byte("earlier\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	line := strings.Repeat("a", 1023) + "\n"
	if err := report.WriteSummary(path, strings.Repeat(line, 2000)); err != nil {
		t.Fatal(err)
	}
	got := content(t, path)
	if len(got) > 1<<20 || len(got) < 1<<20-2048 || !strings.HasPrefix(got, "earlier\n"+line) || !strings.Contains(got, "was cut") {
		t.Errorf("a summary of %d bytes: %.20q … %q", len(got), got, got[len(got)-100:])
	}
	kept, _, _ := strings.Cut(got, "\n\n*The rest")
	if !strings.HasSuffix(kept+"\n", line) {
		t.Errorf("the last line is cut: %.40q", kept[strings.LastIndexByte(kept, '\n'):])
	}
	if err := report.WriteSummary(path, line); err != nil || len(content(t, path)) > 1<<20 {
		t.Errorf("a full summary grew to %d bytes, %v", len(content(t, path)), err)
	}
}

// TestCutSummary cuts a summary that holds everything a summary can after each of its bytes: what is left is whole
// lines in which nothing is open, and the note.
func TestCutSummary(t *testing.T) {
	const limit = 1 << 20
	text := "### Headline\n\n```mermaid\nflowchart LR\n  r0[\"a\"]:::good\n```\n\n| A | B |\n|---|---|\n| 1 | 2 |\n| 3 | 4 |\n\n" +
		"<details><summary>More</summary>\n\n- one\n- two\n\n</details>\n\n```mermaid\nflowchart LR\n```\n\n<sub>end</sub>\n"
	const note = "\n\n*The rest of this summary was cut: GitHub takes 1 MiB.*\n"
	seen := map[string]bool{}
	for room := range len(text) + len(note) {
		path := filepath.Join(t.TempDir(), "summary")
		if err := os.WriteFile(path, nil, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Truncate(path, int64(limit-room)); err != nil { // a hole, which takes no place on the disk
			t.Fatal(err)
		}
		if err := report.WriteSummary(path, text); err != nil {
			t.Fatal(err)
		}
		got, size := tail(t, path, int64(limit-room))
		seen[got] = true
		kept, whole := strings.CutSuffix(got, note)
		switch {
		case size > limit:
			t.Errorf("with room for %d bytes there are %d", room, len(got))
		case got == "" || got == text:
		case !whole || strings.Count(kept, "```")%2 != 0 || strings.Count(kept, "<details>") != strings.Count(kept, "</details>"):
			t.Errorf("with room for %d bytes something is open or the note is missing:\n%s", room, got)
		case kept != "" && !strings.HasPrefix(text, strings.TrimSuffix(kept, "\n\n</details>")+"\n"):
			t.Errorf("with room for %d bytes there is half a line:\n%s", room, got)
		}
	}
	if len(seen) < 12 { // the lines outside of pictures, less those that the note takes the place of
		t.Errorf("%d different summaries", len(seen))
	}
}

// tail returns what a file has from a place on, and its size.
func tail(t *testing.T, path string, from int64) (string, int64) {
	t.Helper()
	f, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	rest := make([]byte, info.Size()-from)
	if _, err := f.ReadAt(rest, from); err != nil {
		t.Fatal(err)
	}
	return string(rest), info.Size()
}

func TestWriteFile(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new", "folder")
	one, err := report.WriteFile(dir, "bake", ".json", []byte("1"))
	if err != nil {
		t.Fatal(err)
	}
	again, err := report.WriteFile(dir, "bake", ".json", []byte("1"))
	if err != nil || again != one || content(t, one) != "1" {
		t.Errorf("the same content: %s and %s, %v", one, again, err)
	}
	other, err := report.WriteFile(dir, "bake", ".json", []byte("2"))
	if err != nil || other == one || content(t, one) != "1" || content(t, other) != "2" {
		t.Errorf("other content: %s and %s, %v", one, other, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("%d files, %v, want 2 and nothing half-written", len(entries), err)
	}
	if _, err := report.WriteFile(one, "bake", ".json", nil); err == nil {
		t.Error("a file below a file: no error")
	}
}
