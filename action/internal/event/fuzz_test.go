package event_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"unicode"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/event"
)

// Whatever the payload, Parse returns an event that keeps its promises, or an error, and never panics.
func FuzzParse(f *testing.F) {
	names := []string{"pull_request", "pull_request_target", "push", "release", "issue_comment", "workflow_dispatch", "workflow_run", "merge_group", "schedule", "issues"}
	for i := range names {
		f.Add(uint8(i), []byte(`{}`), commit, "refs/tags/v1")
	}
	for i, file := range []string{"pull_request.json", "pull_request_merged.json", "push_tag.json", "release.json", "issue_comment.json", "workflow_dispatch.json", "workflow_run.json", "merge_group.json"} {
		f.Add(uint8(i), payload(f, file), commit, "refs/heads/main")
	}
	f.Fuzz(func(t *testing.T, name uint8, text []byte, sha, ref string) {
		e, err := event.Parse(names[int(name)%len(names)], text, event.Env{SHA: sha, Ref: ref, Repository: "a/b"})
		if err != nil {
			if diff := cmp.Diff(event.Event{}, e); diff != "" {
				t.Fatalf("Parse returns more than the error %q:\n%s", err, diff)
			}
			return
		}
		if !json.Valid(bytes.TrimPrefix(text, []byte("\ufeff"))) {
			t.Fatalf("Parse takes what is not JSON: %+v", e)
		}
		keepsPromises(t, e)
	})
}

func keepsPromises(t *testing.T, e event.Event) {
	for promise, kept := range map[string]bool{
		"the revision is a full commit or empty": e.Revision == "" || strings.Trim(e.Revision, "0123456789abcdef") == "" && len(e.Revision) >= 40,
		"nothing to build has a reason":          e.Kind != event.None || e.Skip != "",
		"the reason is one line":                 !strings.ContainsFunc(e.Skip, unicode.IsControl),
		"a warning is one line":                  !strings.ContainsFunc(strings.Join(e.Warnings, ""), unicode.IsControl),
		"a pull request has a number":            e.Kind != event.PullRequest && e.Kind != event.Merge || e.Number > 0,
		"what asks is looked up":                 !e.Asked || e.Lookup,
		"what is looked up is not forbidden":     !e.Lookup || e.Skip == "",
		"a pull request at hand has a commit":    e.Kind != event.PullRequest || e.Lookup || e.Revision != "" || e.Skip != "",
		"a branch has a name":                    e.Kind != event.Branch || e.Branch != "",
		"a release has a tag":                    e.Kind != event.Release || e.Tag != "",
		"the merge of a fork is forbidden":       e.Kind != event.Merge || !e.Fork || e.Skip != "",
	} {
		if !kept {
			t.Fatalf("%+v breaks: %s", e, promise)
		}
	}
}

// Guess names an event, or says what to do.
func FuzzGuess(f *testing.F) {
	f.Add([]byte(`{"inputs": {}}`))
	f.Add([]byte(`{"ref": 1, "before": 2, "after": 3}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		name, err := event.Guess(text)
		if (name == "") == (err == nil) {
			t.Fatalf("Guess(%q) = %q, %v", text, name, err)
		}
	})
}
