package e2e_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"
)

// The outputs labels and annotations, read by the package that docker/build-push-action reads its inputs with, are the values
// that were given: those of a table, and random ones of what CSV could take for its own.
func TestLabelsAreReadBack(t *testing.T) {
	t.Parallel()
	want := map[string]string{}
	for i, value := range []string{
		"plain", "a,b", "a, b", ",", ",,a,", `"`, `""`, `"quoted"`, `"open`, `close"`, `5" disk`, `a,"b"`, `a,"b`, `a,"`, `a, "b"`,
		`a,""b""`, `"a","b"`, `a,"b",c`, `a="b"`, "#", "# a", "a # b", "#,\"#\"", `\"`, `a\,"b"`, `${{ x }}`, "a\u00a0,\"b", "\ufeffa", "a\ufeff", "ä,\"ö\"",
		"  ends  ", "=", "a=b=", ";", "a;\"b\"", "|", "'", "'a','b'", "%0A", `a\n"b"`,
	} {
		want[fmt.Sprintf("table.%02d", i)] = value
	}
	rnd := rand.New(rand.NewPCG(1, 14))
	letters := []string{`"`, `"`, `,`, `,`, `a`, ` `, `#`, `=`, `\`, "\ufeff", "ü", `;`}
	for i := range 2000 {
		var value strings.Builder
		for range rnd.IntN(9) {
			value.WriteString(letters[rnd.IntN(len(letters))])
		}
		want[fmt.Sprintf("random.%04d", i)] = value.String()
	}
	want[`"quoted.key"`], want[`#key,"with`] = "x", `"y",z`

	lines := ""
	for key, value := range want {
		lines += key + "=" + value + "\n"
		value = strings.TrimFunc(value, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
		if want[key] = value; value == "" {
			delete(want, key) // which removes a label
		}
	}
	ev := pullRequest().with("repository.description", `Fast, "small" and #1,"really"`)
	out := asStep(t, ev, map[string]string{
		"LABELS": lines, "ANNOTATIONS": lines, "TITLE": `"Zero",the`, "ANNOTATION-LEVELS": "manifest,index", "IMAGE": image, "ITERATION": "42",
	})
	want["org.opencontainers.image.title"], want["org.opencontainers.image.description"] = `"Zero",the`, `Fast, "small" and #1,"really"`

	for _, reader := range []string{"csv-parse", "csv-parse-5"} {
		read := readAsCSV(t, reader, out["labels"], out["annotations"])
		got := map[string]string{}
		for _, line := range read[0] {
			key, value, _ := strings.Cut(line, "=")
			got[key] = value
		}
		if diff := cmp.Diff(want, part(got, want)); diff != "" {
			t.Errorf("%s reads labels (-given +read)\n%s", reader, diff)
		}
		var whole struct {
			Labels      map[string]string
			Annotations []string
		}
		decode(t, []byte(out["json"]), &whole)
		if diff := cmp.Diff(whole.Labels, got); diff != "" {
			t.Errorf("%s reads labels (-output json +read)\n%s", reader, diff)
		}
		if diff := cmp.Diff(whole.Annotations, read[1]); diff != "" {
			t.Errorf("%s reads annotations (-output json +read)\n%s", reader, diff)
		}
		if len(read[1]) != 2*len(got) {
			t.Errorf("%s reads %d annotations at two levels, and %d labels", reader, len(read[1]), len(got))
		}
	}
}

// readAsCSV returns the list that docker/build-push-action makes of each text.
func readAsCSV(t *testing.T, reader string, texts ...string) [][]string {
	t.Helper()
	dir := t.TempDir()
	copyTo(t, dir, "csv")
	npm := exec.Command("npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	npm.Dir = dir
	if out, err := npm.CombinedOutput(); err != nil {
		t.Fatalf("npm ci: %v\n%s", err, out)
	}
	in, err := json.Marshal(texts)
	if err != nil {
		t.Fatal(err)
	}
	node := exec.Command("node", "read.js", reader)
	node.Dir, node.Stdin = dir, bytes.NewReader(in)
	var stderr bytes.Buffer
	node.Stderr = &stderr
	out, err := node.Output()
	if err != nil {
		t.Fatalf("node read.js %s: %v\n%s", reader, err, &stderr)
	}
	var read [][]string
	decode(t, out, &read)
	return read
}

// asStep plans the event as a step of a workflow, and returns the outputs.
func asStep(t *testing.T, ev event, inputs map[string]string) map[string]string {
	t.Helper()
	dir := t.TempDir()
	program, payload, outputs := filepath.Join(dir, "program"), filepath.Join(dir, "event.json"), filepath.Join(dir, "outputs")
	if out, err := exec.Command("go", "build", "-C", root, "-o", program, "./action").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	write(t, payload, ev.payload)
	cmd := exec.Command(program)
	cmd.Env = []string{
		"RUNNER_TEMP=" + dir, "GITHUB_OUTPUT=" + outputs, "GITHUB_ACTIONS=true", "GITHUB_EVENT_PATH=" + payload, "GITHUB_EVENT_NAME=" + ev.name,
	}
	for name, value := range inputs {
		cmd.Env = append(cmd.Env, "INPUT_"+name+"="+value)
	}
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	all, rest := map[string]string{}, readText(t, outputs)
	for rest != "" {
		name, after, _ := strings.Cut(rest, "<<")
		delimiter, after, _ := strings.Cut(after, "\n")
		value, after, ok := strings.Cut(after, "\n"+delimiter+"\n")
		if !ok {
			t.Fatalf("output %s has no end in\n%s", name, rest)
		}
		all[name], rest = value, after
	}
	return all
}
