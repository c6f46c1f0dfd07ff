package command

import (
	"encoding/json"
	"os/exec"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// delimiter is the one that go-githubactions ends values with.
const delimiter = "_GitHubActionsFileCommandDelimeter_"

// hostile values try to become something else than a value.
var hostile = map[string]string{
	"delimiter":  "x\n" + delimiter + "\nshould-deploy<<E\ntrue\nE",
	"one line":   delimiter,
	"newlines":   "x\n::set-output name=should-deploy::true\r\n::error::no",
	"command":    "::set-output name=ring::production",
	"v1 command": "##[set-output name=ring;]production",
	"shell":      "$(touch /tmp/owned);`id`;${HOME}'\"\\ && exit 1",
	"markdown":   "**b** <img src=x onerror=a()> | [a](http://evil) `c` @octocat #1 www.evil.com <!--",
	"bidi":       "a\u202eb\u2066c\u200bd",
	"nul":        "a\x00b",
	"escape":     "a\x1b[31mb",
	"bake":       "${VAR} %{ if true } $${x} \\u0000",
	"large":      strings.Repeat("a", 1<<20),
}

// places put a value where another person decides what it is.
var places = map[string]func(t *testing.T, value string) (payload string, env map[string]string){
	"branch": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "opened", v, "main", nil), nil
	},
	"branch of a fork": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "opened", v, "main", fork), nil
	},
	"base branch": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "closed", "dev", v, merged), nil
	},
	"pushed branch": func(t *testing.T, v string) (string, map[string]string) {
		return payload(t, map[string]any{"ref": "refs/heads/" + v, "before": head, "after": head}), map[string]string{"GITHUB_EVENT_NAME": "push"}
	},
	"pushed tag": func(t *testing.T, v string) (string, map[string]string) {
		return payload(t, map[string]any{"ref": "refs/tags/" + v, "before": head, "after": head}), map[string]string{"GITHUB_EVENT_NAME": "push"}
	},
	"description": func(t *testing.T, v string) (string, map[string]string) {
		return describedRepository(t, v), nil
	},
	"comment": func(t *testing.T, v string) (string, map[string]string) {
		return payload(t, map[string]any{"action": "created", "issue": map[string]any{"number": 5, "state": "open", "pull_request": map[string]any{}},
			"comment": map[string]any{"body": "/deploy " + v, "author_association": v}}), map[string]string{"GITHUB_EVENT_NAME": "issue_comment"}
	},
	"event name": func(t *testing.T, v string) (string, map[string]string) {
		return payload(t, map[string]any{}), map[string]string{"GITHUB_EVENT_NAME": v}
	},
	"title": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "opened", "dev", "main", nil), map[string]string{"INPUT_TITLE": v}
	},
	"label": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "opened", "dev", "main", nil), map[string]string{"INPUT_LABELS": "a=" + v + "\n" + v + "=b"}
	},
	"image": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "opened", "dev", "main", nil), map[string]string{"INPUT_IMAGE": v}
	},
	"input of another command": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "opened", "dev", "main", nil), map[string]string{"INPUT_REASON": v}
	},
	"policy file": func(t *testing.T, v string) (string, map[string]string) {
		return pullRequest(t, "opened", "dev", "main", nil), map[string]string{"INPUT_POLICY": write(t, "rings.yml", "version: 1\nrings: [{name: dev, title: "+quoted(t, v)+", branches: ["+quoted(t, v)+"]}]\ndefault_ring: dev\n")}
	},
	"repository": func(t *testing.T, v string) (string, map[string]string) {
		return "", map[string]string{"GITHUB_REPOSITORY": v, "INPUT_BRANCH": "dev", "INPUT_REVISION": head}
	},
}

func describedRepository(t *testing.T, description string) string {
	t.Helper()
	path := pullRequest(t, "opened", "dev", "main", nil)
	var event map[string]any
	if err := json.Unmarshal([]byte(read(t, path)), &event); err != nil {
		t.Fatal(err)
	}
	event["repository"].(map[string]any)["description"] = description
	event["repository"].(map[string]any)["license"] = map[string]any{"spdx_id": description}
	b, err := json.Marshal(event)
	if err != nil {
		t.Fatal(err)
	}
	return write(t, "event.json", string(b))
}

func quoted(t *testing.T, s string) string {
	t.Helper()
	b, err := json.Marshal(s)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestPlanHostile puts every hostile value in every place. Whatever the run comes to, exactly the outputs of
// the command appear or none, nothing but our own workflow commands, and no untrusted Markdown.
func TestPlanHostile(t *testing.T) {
	var names []string
	for _, o := range outputsFor("plan") {
		names = append(names, o.Name)
	}
	names = append(names, "json")
	for place, put := range places {
		for name, value := range hostile {
			t.Run(place+"/"+name, func(t *testing.T) {
				t.Parallel()
				path, env := put(t, value)
				with := map[string]string{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_SHA": tagCommit}
				for k, v := range env {
					with[k] = v
				}
				r := inAction(t, path, with)
				checkContained(t, r, names)
			})
		}
	}
}

func checkContained(t *testing.T, r ran, names []string) {
	t.Helper()
	if r.code == 0 && !slices.Equal(r.order, names) {
		t.Errorf("outputs %q, want those of the command", r.order)
	}
	if r.code != 0 && len(r.order) > 0 {
		t.Errorf("exit code %d and outputs %q", r.code, r.order)
	}
	if r.code != 0 && !strings.Contains(r.stdout, "::error") {
		t.Errorf("exit code %d without an error:\n%.2000s", r.code, r.stdout)
	}
	checkLog(t, r.stdout+r.stderr)
	checkSummary(t, r.summary)
	for name, value := range r.outputs {
		if len(value) > 1<<20 {
			t.Errorf("output %s has %d bytes", name, len(value))
		}
	}
	if r.code == 0 && !json.Valid([]byte(r.outputs["json"])) {
		t.Errorf("json is %.2000s", r.outputs["json"])
	}
}

var ourCommand = regexp.MustCompile(`^::(error|warning|notice)( (col|file|line)=[^:,\s]*(,(col|file|line)=[^:,\s]*)*)?::[^\r\n]*$`)

// checkLog finds commands in the way of the runner: "::" at the start of a line, "##[" anywhere.
func checkLog(t *testing.T, log string) {
	t.Helper()
	if len(log) > 64<<10 {
		t.Errorf("a log of %d bytes", len(log))
	}
	for line := range strings.Lines(log) {
		line = strings.TrimSuffix(line, "\n")
		if strings.HasPrefix(strings.TrimSpace(line), "::") && !ourCommand.MatchString(line) || strings.Contains(line, "##[") {
			t.Errorf("a command that is not ours: %.300q", line)
		}
		if strings.ContainsAny(line, "\x00\x1b\u202e\u2066\r") {
			t.Errorf("a line that does not show what it is: %.300q", line)
		}
	}
}

// checkSummary allows the tags that we write and no other sign of Markdown or HTML in values.
func checkSummary(t *testing.T, summary string) {
	t.Helper()
	rest := strings.NewReplacer("<code>", "", "</code>", "", "<br>", "", "### ", "", "|---|---|", "").Replace(withoutPictures(t, summary))
	for line := range strings.Lines(rest) {
		if strings.HasPrefix(line, "| ") { // a row of a table with two cells
			if strings.Count(line, "|") != 3 && strings.TrimSpace(line) != "| | |" {
				t.Errorf("a row with other cells: %.300q", line)
			}
			line = strings.ReplaceAll(line, "|", "")
		}
		line = strings.TrimPrefix(line, "- ")
		if i := strings.IndexAny(line, "<>[]`*@|\\"); i >= 0 {
			t.Errorf("the summary holds %q: %.300q", line[i], line)
		}
		if strings.Contains(line, "www.") || strings.Contains(line, "://") {
			t.Errorf("the summary makes a link: %.300q", line)
		}
	}
}

// TestPlanInvalidUTF8: bytes that are no text are refused, in inputs and payloads.
func TestPlanInvalidUTF8(t *testing.T) {
	for _, env := range []map[string]string{
		{"INPUT_BRANCH": "a\xffb", "INPUT_REVISION": head},
		{"INPUT_BRANCH": "b", "INPUT_REVISION": head, "INPUT_LABELS": "a=\xff"},
		{"GITHUB_EVENT_NAME": "pull_request", "GITHUB_EVENT_PATH": write(t, "event.json", "{\"a\": \"\xff\"}")},
		{"INPUT_BRANCH": "b", "INPUT_REVISION": head, "INPUT_POLICY": write(t, "rings.yml", "version: 1\nrings: [{name: a, title: \xff}]")},
	} {
		r := inAction(t, "", env)
		if r.code != 2 || !strings.Contains(r.stdout, "UTF-8") {
			t.Errorf("%q: exit code %d, want 2 and a word about UTF-8:\n%s", env, r.code, r.stdout)
		}
	}
}

// TestPlanJSONAlone: with format json standard output holds one value and nothing else, also in a workflow,
// also when something is wrong.
func TestPlanJSONAlone(t *testing.T) {
	r := inAction(t, pullRequest(t, "opened", "##[group]x", "main", draft), map[string]string{"INPUT_FORMAT": "json", "GITHUB_EVENT_NAME": "pull_request"})
	var got map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &got); err != nil || got["branch"] != "##[group]x" {
		t.Errorf("standard output is not the JSON alone: %v\n%s", err, r.stdout)
	}
	if !strings.Contains(r.stderr, "::notice::nothing to deploy") {
		t.Errorf("standard error = %s, want the notice", r.stderr)
	}
	checkLog(t, r.stdout+r.stderr)
	for _, command := range []string{"plan", "promote", "no-such-command"} {
		r = inAction(t, "", map[string]string{"INPUT_FORMAT": "json", "INPUT_COMMAND": command})
		if r.stdout != "" || r.code != 2 || !strings.Contains(r.stderr, "::error::") {
			t.Errorf("%s: exit code %d, standard output %q, standard error %q", command, r.code, r.stdout, r.stderr)
		}
	}
}

// TestDockerRunInShell pastes docker-run into a shell whose docker prints its arguments.
func TestDockerRunInShell(t *testing.T) {
	for _, branch := range []string{"ring-0", hostile["shell"], hostile["bake"]} {
		r := inAction(t, pullRequest(t, "opened", branch, "main", nil), map[string]string{"GITHUB_EVENT_NAME": "pull_request"})
		out, err := exec.Command("sh", "-c", `docker() { printf '%s\n' "$@"; }; `+r.outputs["docker-run"]).CombinedOutput()
		if err != nil {
			t.Fatalf("%s: %v\n%s", r.outputs["docker-run"], err, out)
		}
		want := []string{"run", "-d", "--name", "aitherzero-pr-5", "-p", "8005:8080", "-e", "DEPLOYMENT_RING=" + r.outputs["ring"], "-e", "PR_NUMBER=5",
			"--health-interval", "30s", "ghcr.io/wizzense/aitherzero:" + r.outputs["ring"] + "-pr-5-latest"}
		if diff := cmp.Diff(want, strings.Split(strings.TrimSpace(string(out)), "\n")); diff != "" {
			t.Errorf("branch %s: words of docker-run (-want +got):\n%s", branch, diff)
		}
	}
}

// TestBakeFile reads the definition back as Bake does, where "$${" and "%%{" stand for "${" and "%{".
func TestBakeFile(t *testing.T) {
	r := inAction(t, pullRequest(t, "opened", "a${b}%{c}$${d}", "main", nil), map[string]string{"GITHUB_EVENT_NAME": "pull_request",
		"INPUT_LABELS": "k${x}=v\nempty=\norg.opencontainers.image.title=", "INPUT_IMAGE": "a/b\nc/d", "INPUT_ANNOTATION-LEVELS": "index,manifest"})
	var definition struct {
		Target map[string]struct {
			Tags, Annotations []string
			Labels            map[string]string
		}
	}
	text := read(t, r.outputs["bake-file"])
	if err := json.Unmarshal([]byte(text), &definition); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	unescape := strings.NewReplacer("$${", "${", "%%{", "%{")
	target, ok := definition.Target["docker-metadata-action"]
	if !ok || strings.Join(target.Tags, "\n") != r.outputs["tags"] || len(target.Tags) != 10 {
		t.Errorf("tags of the target = %q, want those of the output:\n%s", target.Tags, r.outputs["tags"])
	}
	var labels []string
	for key, value := range target.Labels {
		if i := regexp.MustCompile(`(^|[^$])\$\{|(^|[^%])%\{`).FindStringIndex(key + value); i != nil {
			t.Errorf("label %s=%s: a template begins", key, value)
		}
		labels = append(labels, unescape.Replace(key)+"="+unescape.Replace(value))
	}
	slices.Sort(labels)
	if diff := cmp.Diff(strings.Split(r.outputs["labels"], "\n"), labels); diff != "" {
		t.Errorf("labels (-output +bake):\n%s", diff)
	}
	if !slices.Contains(labels, "k${x}=v") || strings.Contains(r.outputs["labels"], "image.title=") {
		t.Errorf("labels = %s, want the extra one and no title", r.outputs["labels"])
	}
	if got := unescape.Replace(strings.Join(target.Annotations, "\n")); got != r.outputs["annotations"] || !strings.HasPrefix(got, "index:") || !strings.Contains(got, "\nmanifest:") {
		t.Errorf("annotations of the target = %s, want those of the output:\n%s", got, r.outputs["annotations"])
	}
}
