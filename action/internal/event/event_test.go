package event_test

import (
	"encoding/json"
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/event"
)

var update = flag.Bool("update", false, "rewrite the golden files")

const (
	examples = "../../../examples/events"
	commit   = "0123456789abcdef0123456789abcdef01234567"
)

// env is what a run has beside the payload.
var env = event.Env{
	SHA:        commit,
	Ref:        "refs/heads/main",
	Repository: "wizzense/AitherZero",
	ServerURL:  "https://github.example.com",
}

// exampleName returns the name of the event that a file is an example of: "push" for push_ring-0.json.
func exampleName(t *testing.T, file string) string {
	t.Helper()
	for _, name := range []string{"pull_request", "push", "release", "issue_comment", "workflow_dispatch", "workflow_run", "schedule", "merge_group"} {
		if rest, ok := strings.CutPrefix(file, name); ok && (rest[0] == '_' || rest[0] == '.') {
			return name
		}
	}
	t.Fatalf("the name of %s does not begin with that of an event", file)
	return ""
}

func exampleFiles(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(examples + "/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no examples in %s: %v", examples, err)
	}
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	return files
}

func payload(t testing.TB, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(examples, file))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func TestExamples(t *testing.T) {
	for _, file := range exampleFiles(t) {
		name := exampleName(t, file)
		e, err := event.Parse(name, payload(t, file), env)
		if err != nil {
			t.Errorf("Parse(%s): %v", file, err)
			continue
		}
		got, err := json.MarshalIndent(e, "", "  ")
		if err != nil {
			t.Fatal(err)
		}
		golden(t, strings.TrimSuffix(file, ".json"), string(got)+"\n")
	}
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".want")
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got):\n%s", path, diff)
	}
}

// By hand there is nothing but the file. What the run would add is missing then, and nothing else.
func TestExamplesByHand(t *testing.T) {
	for _, file := range exampleFiles(t) {
		text := payload(t, file)
		name, err := event.Guess(text)
		if want := exampleName(t, file); name != want || err != nil {
			t.Errorf("Guess(%s) = %q, %v, want %q", file, name, err, want)
		}
		with, err := event.Parse(name, text, env)
		if err != nil {
			t.Errorf("Parse(%s): %v", file, err)
		}
		without, err := event.Parse(name, text, event.Env{})
		if err != nil {
			t.Errorf("Parse(%s) without a run: %v", file, err)
		}
		if with.Kind != without.Kind || with.Skip != without.Skip || with.Number != without.Number {
			t.Errorf("Parse(%s) = %+v, without a run %+v", file, with, without)
		}
	}
}

func TestExamplesAreListed(t *testing.T) {
	readme, err := os.ReadFile(filepath.Join(examples, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range exampleFiles(t) {
		if !strings.Contains(string(readme), "| `"+file+"` |") {
			t.Errorf("%s is not listed in the README.md beside it", file)
		}
	}
}

// change returns the payload of an example with some values replaced: "a.b" names member b of member a. The value
// gone{} removes the member.
func change(t testing.TB, file string, changes map[string]any) []byte {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(payload(t, file), &root); err != nil {
		t.Fatal(err)
	}
	for path, value := range changes {
		parent, keys := root, strings.Split(path, ".")
		for _, key := range keys[:len(keys)-1] {
			parent = parent[key].(map[string]any)
		}
		parent[keys[len(keys)-1]] = value
		if value == (gone{}) {
			delete(parent, keys[len(keys)-1])
		}
	}
	text, err := json.Marshal(root)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

type gone struct{}

type changes = map[string]any

// brief is what tells the cases apart: the fields that are set, in one line.
func brief(e event.Event) string {
	words := []string{e.Kind.String()}
	add := func(set bool, word string) {
		if set {
			words = append(words, word)
		}
	}
	add(e.Number != 0, "numbered")
	add(e.Branch != "", e.Branch)
	add(e.BaseBranch != "", "into "+e.BaseBranch)
	add(e.Tag != "", e.Tag)
	add(e.Revision != "", "@"+e.Revision[:min(8, len(e.Revision))])
	add(e.Prerelease, "prerelease")
	add(e.Draft, "draft")
	add(e.Fork, "fork")
	add(e.Lookup, "lookup")
	add(e.Asked, "asked")
	add(e.Skip != "", "skip: "+e.Skip)
	for _, w := range e.Warnings {
		add(true, "warning: "+w)
	}
	return strings.Join(words, ", ")
}

func TestParse(t *testing.T) {
	const (
		zeros = "0000000000000000000000000000000000000000"
		pr    = "pull_request.json"

		closed   = "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, skip: pull request #123 is closed"
		released = ` of release "v1.5.0": only a release that is published, or released, deploys`
	)
	for _, c := range []struct {
		name, file string
		changes    changes
		want       string
	}{
		{"pull_request_target", pr, nil, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{"pull_request", pr, changes{"action": "converted_to_draft", "pull_request.draft": true},
			"pull request, numbered, ring-0, into ring-1, @a1b2c3d4, draft, skip: pull request #123 is a draft"},
		// Every activity type of an open pull request deploys, and none but the merge of a closed one.
		{"pull_request", pr, changes{"action": "labeled"}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{"pull_request", pr, changes{"action": "edited"}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{"pull_request", pr, changes{"action": "labeled", "pull_request.state": "closed"}, closed},
		{"pull_request_target", pr, changes{"action": "edited", "pull_request.state": "closed"}, closed},
		{"pull_request", pr, changes{"action": "assigned", "pull_request.state": "closed", "pull_request.merged": true}, closed},
		{"pull_request", pr, changes{"action": "synchronize", "pull_request.state": gone{}, "pull_request.merged": true}, closed},
		{"pull_request", pr, changes{"action": "labeled", "pull_request.state": "closed", "pull_request.draft": true},
			"pull request, numbered, ring-0, into ring-1, @a1b2c3d4, draft, skip: pull request #123 is closed"},
		{"pull_request", "pull_request_fork.json", changes{"action": "unlabeled", "pull_request.state": "closed"},
			"pull request, numbered, ring-2, into dev, @77, fork, skip: pull request #458 is closed"},
		{"pull_request", pr, changes{"pull_request.head.sha": strings.Repeat("ab", 32)}, "pull request, numbered, ring-0, into ring-1, @abababab"},
		{"pull_request", pr, changes{"pull_request.head.ref": "a\nb"}, "pull request, numbered, a\nb, into ring-1, @a1b2c3d4"},

		// A fork is the head repository missing, or another one by full name.
		{"pull_request", pr, changes{"pull_request.head.repo": nil}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork"},
		{"pull_request", pr, changes{"pull_request.head.repo": gone{}}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork"},
		// A repository that was renamed has one name at both ends, whatever name the run knows it by.
		{"pull_request", pr, changes{"pull_request.head.repo.full_name": "wizzense/old", "pull_request.base.repo.full_name": "wizzense/old"}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{"pull_request", pr, changes{"pull_request.head.repo.full_name": "wizzense/old", "pull_request.base.repo.full_name": "wizzense/old", "repository.full_name": "wizzense/old"}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{"pull_request", pr, changes{"pull_request.base.repo.full_name": "acme/tower"}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork"}, // of who took the old name
		{"pull_request", pr, changes{"pull_request.head.repo.full_name": gone{}}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork"},
		{"pull_request", pr, changes{"pull_request.head.repo.full_name": "WIZZENSE/aitherzero"}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{"pull_request", pr, changes{"pull_request.head.repo.full_name": "wizzense/AitherZer0"}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork"},
		{"pull_request", pr, changes{"pull_request.base.repo": gone{}}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4"},
		{"pull_request", pr, changes{"pull_request.base.repo": gone{}, "pull_request.head.repo": nil, "repository": nil}, "pull request, numbered, ring-0, into ring-1, @a1b2c3d4, fork"},
		{"pull_request", "pull_request_fork.json", changes{"action": "closed", "pull_request.merged": true},
			"merged pull request, numbered, ring-2, into dev, @77, fork, skip: pull request #458 came from a fork, and the merge of a fork never deploys"},
		{"pull_request", "pull_request_fork.json", changes{"action": "closed"},
			"pull request, numbered, ring-2, into dev, @77, fork, skip: pull request #458 was closed without a merge"},

		{"push", "push_dev.json", changes{"ref": "refs/heads/a/b"}, "branch, a/b, @b2"},
		{"push", "push_dev.json", changes{"after": zeros}, `branch, dev, skip: branch "dev" was deleted`},
		{"push", "push_dev.json", changes{"after": zeros + zeros[:24]}, `branch, dev, skip: branch "dev" was deleted`},
		{"push", "push_dev.json", changes{"deleted": true}, `branch, dev, skip: branch "dev" was deleted`},
		{"push", "push_tag.json", changes{"deleted": true, "after": zeros, "head_commit": nil}, `release, v1.5.0, skip: tag "v1.5.0" was deleted`},
		{"push", "push_tag.json", changes{"head_commit": nil}, "release, v1.5.0, @01234567"}, // never "after", the tag object
		{"push", "push_tag.json", changes{"ref": "refs/tags/v/1"}, "release, v/1, @9c8d7e6f"},
		{"push", "push_dev.json", changes{"ref": "refs/notes/x"}, `nothing, skip: "refs/notes/x" is neither a branch nor a tag`},
		{"push", "push_dev.json", changes{"ref": "refs/heads/"}, `nothing, skip: "refs/heads/" is neither a branch nor a tag`},

		{"release", "release.json", changes{"release.target_commitish": "main"}, "release, v1.5.0, @01234567"},
		{"release", "release_released.json", changes{"release.prerelease": true},
			`release, v1.5.0, @01234567, prerelease, skip: activity type "released" of pre-release "v1.5.0": a pre-release deploys when it is published`},
		{"release", "release_prerelease.json", changes{"action": "prereleased", "release.tag_name": "v1.5.0"},
			`release, v1.5.0, @01234567, prerelease, skip: activity type "prereleased"` + released},
		{"release", "release.json", changes{"action": "created"}, `release, v1.5.0, @01234567, skip: activity type "created"` + released},
		{"release", "release.json", changes{"action": "edited"}, `release, v1.5.0, @01234567, skip: activity type "edited"` + released},
		{"release", "release.json", changes{"action": "unpublished"}, `release, v1.5.0, @01234567, skip: activity type "unpublished"` + released},
		{"release", "release.json", changes{"action": "deleted"}, `release, v1.5.0, @01234567, skip: activity type "deleted"` + released},
		{"release", "release.json", changes{"action": "x\ny"}, `release, v1.5.0, @01234567, skip: activity type "x\ny"` + released},
		{"release", "release_released.json", changes{"release.draft": true}, `release, v1.5.0, @01234567, skip: release "v1.5.0" is a draft`},
		{"release", "release.json", changes{"release.draft": true}, `release, v1.5.0, @01234567, skip: release "v1.5.0" is a draft`},

		{"issue_comment", "issue_comment.json", changes{"action": "edited"}, `pull request, numbered, skip: activity type "edited" of a comment: only a created comment can ask for a deployment`},
		{"issue_comment", "issue_comment.json", changes{"issue.pull_request": nil}, "nothing, skip: the comment is on issue #123, not on a pull request"},
		{"issue_comment", "issue_comment.json", changes{"issue.state": "closed"}, "pull request, numbered, skip: pull request #123 is not open"},
		{"issue_comment", "issue_comment.json", changes{"issue.draft": true}, "pull request, numbered, draft, lookup, asked"},
		{"issue_comment", "issue_comment.json", changes{"comment.author_association": "OWNER"}, "pull request, numbered, lookup, asked"},
		{"issue_comment", "issue_comment.json", changes{"comment.author_association": "COLLABORATOR"}, "pull request, numbered, lookup, asked"},
		{"issue_comment", "issue_comment.json", changes{"comment.author_association": "CONTRIBUTOR"},
			`pull request, numbered, skip: the comment's author is "CONTRIBUTOR", and only OWNER, MEMBER or COLLABORATOR may ask for a deployment`},
		{"issue_comment", "issue_comment.json", changes{"comment.author_association": "NONE", "comment.body": "Hello.\n"},
			"pull request, numbered, skip: no line of the comment begins with /deploy"},
		{"issue_comment", "issue_comment.json", changes{"comment.author_association": "NONE", "comment.body": strings.Repeat(">", 100) + "\n\n/deploy"}, // is not read
			`pull request, numbered, skip: the comment's author is "NONE", and only OWNER, MEMBER or COLLABORATOR may ask for a deployment`},
		{"issue_comment", "issue_comment.json", changes{"comment.body": strings.Repeat(">", 100) + "\n\n/deploy"},
			"pull request, numbered, skip: the comment cannot be read: it has quotes and lists nested deeper than 64 levels; write a new one"},
		{"issue_comment", "issue_comment.json", changes{"comment.body": "```\n/deploy\n```"}, "pull request, numbered, skip: no line of the comment begins with /deploy"},
		{"issue_comment", "issue_comment.json", changes{"comment.body": "/DEPLOY\tnow"}, "pull request, numbered, lookup, asked"},
		{"issue_comment", "issue_comment.json", changes{"comment.body": "/deployment"}, "pull request, numbered, skip: no line of the comment begins with /deploy"},
		{"issue_comment", "issue_comment.json", changes{"comment.body": "/deploy!"}, "pull request, numbered, skip: no line of the comment begins with /deploy"},
		{"issue_comment", "issue_comment.json", changes{"comment.body": ""}, "pull request, numbered, skip: no line of the comment begins with /deploy"},

		{"workflow_dispatch", "workflow_dispatch.json", changes{"inputs.pr_number": 123}, "pull request, numbered, lookup"},
		{"workflow_dispatch", "workflow_dispatch.json", changes{"inputs.pr_number": nil, "inputs.release_tag": nil}, "branch, main, @01234567"},
		{"workflow_dispatch", "workflow_dispatch.json", changes{"inputs": nil, "ref": "refs/tags/v2.0.0"}, "release, v2.0.0, @01234567"},
		{"workflow_dispatch", "workflow_dispatch.json", changes{"inputs": gone{}, "ref": gone{}}, "branch, main, @01234567"},
		{"workflow_dispatch", "workflow_dispatch.json", changes{"inputs.pr_number": " ", "inputs.release_tag": 1.5}, "release, 1.5, lookup"},

		{"workflow_run", "workflow_run.json", changes{"workflow_run.head_repository": nil}, "nothing, ring-0, @b2, fork, skip: the event workflow_run deploys nothing"},
		{"workflow_run", "workflow_run.json", changes{"workflow_run.head_branch": nil}, "nothing, @b2, skip: the event workflow_run deploys nothing"},
		{"deployment_status", "schedule.json", nil, "nothing, main, @01234567, skip: the event deployment_status deploys nothing"},
	} {
		e, err := event.Parse(c.name, change(t, c.file, c.changes), env)
		if got := brief(e); err != nil || !sameBrief(got, c.want) {
			t.Errorf("Parse(%s, %s with %v) =\n%s (%v), want\n%s", c.name, c.file, c.changes, got, err, c.want)
		}
	}
}

// sameBrief compares, with a short commit such as @77 standing for all that begin so.
func sameBrief(got, want string) bool {
	g, w := strings.Split(got, ", "), strings.Split(want, ", ")
	if len(g) != len(w) {
		return false
	}
	for i := range g {
		if g[i] != w[i] && !(strings.HasPrefix(w[i], "@") && strings.HasPrefix(g[i], w[i])) {
			return false
		}
	}
	return true
}

// Where neither repository is known they are not the same one.
func TestForkOfUnknownRepository(t *testing.T) {
	unknown := changes{"repository": nil, "pull_request.base.repo": nil, "pull_request.head.repo": nil}
	e, err := event.Parse("pull_request", change(t, "pull_request.json", unknown), event.Env{})
	if err != nil || !e.Fork {
		t.Errorf("Parse of a pull request of no repository = %s (%v), want a fork", brief(e), err)
	}
	e, err = event.Parse("workflow_run", change(t, "workflow_run.json", changes{"repository": nil, "workflow_run.head_repository": nil}), event.Env{})
	if err != nil || !e.Fork {
		t.Errorf("Parse of a workflow run of no repository = %s (%v), want a fork", brief(e), err)
	}
}

// On a pull request GITHUB_SHA is the test merge commit. It is no revision, whatever the event.
func TestTestMergeCommitIsNoRevision(t *testing.T) {
	run := env
	run.Ref = "refs/pull/123/merge"
	e, err := event.Parse("pull_request_review", payload(t, "pull_request.json"), run)
	if err != nil || e.Kind != event.None || e.Revision != "" || e.Skip == "" {
		t.Errorf("Parse of a review = %s (%v), want nothing, without a revision", brief(e), err)
	}
}

func TestReleaseByHand(t *testing.T) {
	for _, c := range []struct{ target, want string }{
		{commit, commit},
		{"main", ""},
		{strings.ToUpper(commit), ""}, // a branch may be called so
	} {
		e, err := event.Parse("release", change(t, "release.json", changes{"release.target_commitish": c.target}), event.Env{})
		if err != nil || e.Revision != c.want {
			t.Errorf("Parse of a release of %q without GITHUB_SHA has revision %q (%v), want %q", c.target, e.Revision, err, c.want)
		}
	}
}

func TestRepository(t *testing.T) {
	full := event.Repository{
		FullName: "wizzense/AitherZero", Owner: "wizzense", Name: "AitherZero", HTMLURL: "https://github.com/wizzense/AitherZero",
		Description: "Infrastructure automation in PowerShell", License: "MIT", DefaultBranch: "main",
	}
	bare := event.Repository{FullName: "a/b", Owner: "a", Name: "b", HTMLURL: "https://github.com/a/b"}
	other := bare
	other.HTMLURL = "https://git.example.com/a/b"
	for _, c := range []struct {
		file    string
		changes changes
		env     event.Env
		want    event.Repository
	}{
		{"push_dev.json", nil, event.Env{Repository: "a/b"}, full}, // the payload wins
		{"schedule.json", nil, event.Env{Repository: "a/b"}, bare},
		{"schedule.json", nil, event.Env{Repository: "a/b", ServerURL: "https://git.example.com/"}, other},
		{"schedule.json", nil, event.Env{}, event.Repository{}},
		{"schedule.json", changes{"repository": changes{"license": nil}}, event.Env{Repository: "a/b"}, bare},
	} {
		e, err := event.Parse(exampleName(t, c.file), change(t, c.file, c.changes), c.env)
		if diff := cmp.Diff(c.want, e.Repository); err != nil || diff != "" {
			t.Errorf("Parse(%s with %v, %+v) has the repository (-want +got), %v:\n%s", c.file, c.changes, c.env, err, diff)
		}
	}
}

func BenchmarkParse(b *testing.B) {
	text := payload(b, "pull_request.json")
	b.SetBytes(int64(len(text)))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := event.Parse("pull_request", text, env); err != nil {
			b.Fatal(err)
		}
	}
}
