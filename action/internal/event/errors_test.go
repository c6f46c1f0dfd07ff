package event_test

import (
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/event"
)

// Every message, word for word.
func TestParseErrors(t *testing.T) {
	const notCommit = " is not a full commit, expected 40 or 64 lower-case hexadecimal digits"
	for _, c := range []struct {
		name, payload string
		env           event.Env
		want          []string
	}{
		{"", "{}", env, []string{`"" is not the name of an event, expected one such as pull_request`}},
		{"a\nb", "{}", env, []string{`"a\nb" is not the name of an event, expected one such as pull_request`}},
		{"push", "", env, []string{"event push: the payload is empty"}},
		{"push", " \n", env, []string{"event push: the payload is empty"}},
		{"push", "[]", env, []string{"event push: the payload is an array, expected an object"}},
		{"push", "null", env, []string{"event push: the payload is null, expected an object"}},
		{"push", "{\n  \"ref\": x}", env, []string{"event push: 2:10: invalid character 'x' looking for beginning of value"}},
		{"push", "{\n\"ref\": 1", env, []string{"event push: 2:8: unexpected end of JSON input"}},
		{"push", "{}\n}", env, []string{"event push: 2:1: invalid character '}' after top-level value"}},
		{"push", "{\"ref\":\n\"\xff\"}", env, []string{"event push: 2:2: not UTF-8"}},
		{"push", `{"ref": ` + strings.Repeat("[", 20000), env, []string{"event push: 1:10008: invalid character '[' exceeded max depth"}},
		{"push", strings.Repeat(" ", event.MaxSize) + "{}", env, []string{"event push: the payload has 26214402 bytes, GitHub sends at most 26214400"}},

		{"push", "{}", env, []string{
			"event push: ref: missing, the event needs it",
			"event push: after: missing, the event needs it",
		}},
		{"push", `{"ref": 1, "after": true, "deleted": "no"}`, env, []string{
			"event push: after: a boolean, expected a string",
			"event push: ref: a number, expected a string",
		}},
		{"push", `{"ref": "refs/heads/a", "after": "ABCDEF", "deleted": "no"}`, env, []string{
			`event push: after: "ABCDEF"` + notCommit,
			"event push: deleted: a string, expected true or false",
		}},
		{"push", `{"ref": "refs/heads/a", "after": "` + strings.ToUpper(commit) + `"}`, env, []string{
			`event push: after: "` + strings.ToUpper(commit) + `"` + notCommit,
		}},
		{"push", `{"ref": "refs/tags/a", "after": "` + commit + `"}`, event.Env{SHA: "main", Repository: "a/b"}, []string{
			`event push: GITHUB_SHA: "main"` + notCommit,
		}},
		{"pull_request", "{}", env, []string{
			"event pull_request: action: missing, the event needs it",
			"event pull_request: pull_request: missing, the event needs it",
		}},
		{"pull_request", `{"action": "opened", "pull_request": {"head": "x", "base": {"ref": {}}, "number": "1"}}`, env, []string{
			"event pull_request: pull_request.number: a string, expected a number",
			"event pull_request: pull_request.head: a string, expected an object",
			"event pull_request: pull_request.base.ref: an object, expected a string",
		}},
		{"pull_request", `{"action": "opened", "pull_request": {"head": {"ref": "a", "sha": ""}, "base": {"ref": ""}, "number": 1.5}}`, env, []string{
			`event pull_request: pull_request.number: "1.5" is not a number such as 123`,
			"event pull_request: pull_request.base.ref: empty, the event needs it",
			"event pull_request: pull_request.head.sha: empty, the event needs it",
		}},
		{"release", "{}", env, []string{
			"event release: action: missing, the event needs it",
			"event release: release: missing, the event needs it",
		}},
		{"release", `{"action": "published", "release": {"prerelease": 1}}`, env, []string{
			"event release: release.tag_name: missing, the event needs it",
			"event release: release.prerelease: a number, expected true or false",
		}},
		{"issue_comment", "{}", env, []string{
			"event issue_comment: action: missing, the event needs it",
			"event issue_comment: issue: missing, the event needs it",
			"event issue_comment: comment: missing, the event needs it",
		}},
		{"issue_comment", `{"action": "created", "issue": {"pull_request": {}}, "comment": {}}`, env, []string{
			"event issue_comment: issue.number: missing, the event needs it",
			"event issue_comment: comment.author_association: missing, the event needs it",
			"event issue_comment: issue.state: missing, the event needs it",
		}},
		{"workflow_dispatch", `{"inputs": {"pr_number": "12", "release_tag": "v1"}}`, env, []string{
			`event workflow_dispatch: inputs: pr_number ("12") and release_tag ("v1") exclude each other, give one of them`,
		}},
		{"workflow_dispatch", `{"inputs": {"pr_number": "0123"}}`, env, []string{
			`event workflow_dispatch: inputs.pr_number: "0123" is not a number such as 123`,
		}},
		{"workflow_dispatch", `{"inputs": {"pr_number": -1}}`, env, []string{`event workflow_dispatch: inputs.pr_number: "-1" is not a number such as 123`}},
		{"workflow_dispatch", `{"inputs": {"pr_number": "+1"}}`, env, []string{`event workflow_dispatch: inputs.pr_number: "+1" is not a number such as 123`}},
		{"workflow_dispatch", `{"inputs": {"pr_number": 1e2}}`, env, []string{`event workflow_dispatch: inputs.pr_number: "1e2" is not a number such as 123`}},
		{"workflow_dispatch", `{"inputs": {"pr_number": "99999999999999999999"}}`, env, []string{
			`event workflow_dispatch: inputs.pr_number: "99999999999999999999" is not a number such as 123`,
		}},
		{"workflow_dispatch", `{"inputs": {"pr_number": false, "release_tag": []}}`, env, []string{
			"event workflow_dispatch: inputs.release_tag: an array, expected a string or a number",
			`event workflow_dispatch: inputs.pr_number: "false" is not a number such as 123`,
		}},
		{"workflow_dispatch", `{"inputs": 3}`, env, []string{"event workflow_dispatch: inputs: a number, expected an object"}},
		{"workflow_dispatch", `{"ref": "main"}`, env, []string{
			`event workflow_dispatch: ref: "main" is not the branch or tag that the run is on, expected refs/heads/BRANCH or refs/tags/TAG`,
		}},
		{"schedule", "{}", event.Env{Repository: "AitherZero"}, []string{
			`event schedule: repository.full_name: "AitherZero" is not a repository, expected OWNER/NAME (also in GITHUB_REPOSITORY)`,
		}},
		{"schedule", `{"repository": {"full_name": "a/b/c"}}`, env, []string{
			`event schedule: repository.full_name: "a/b/c" is not a repository, expected OWNER/NAME (also in GITHUB_REPOSITORY)`,
		}},
		{"merge_group", `{"merge_group": {"head_sha": "x"}}`, env, []string{`event merge_group: merge_group.head_sha: "x"` + notCommit}},
	} {
		e, err := event.Parse(c.name, []byte(c.payload), c.env)
		if err == nil {
			t.Errorf("Parse(%s, %.60q) = %+v, want an error", c.name, c.payload, e)
			continue
		}
		if diff := cmp.Diff(strings.Join(c.want, "\n"), err.Error()); diff != "" {
			t.Errorf("Parse(%s, %.60q) (-want +got):\n%s", c.name, c.payload, diff)
		}
		if e.Kind != event.None {
			t.Errorf("Parse(%s, %.60q) returns %+v beside an error, want nothing to build", c.name, c.payload, e)
		}
	}
}

func TestSyntaxErrorHasPlace(t *testing.T) {
	_, err := event.Parse("push", []byte("\ufeff{\n\t}}"), env) // a byte order mark has no column
	var syntax *event.SyntaxError
	if !errors.As(err, &syntax) || syntax.Line != 2 || syntax.Column != 3 {
		t.Errorf("Parse = %v, want a SyntaxError at 2:3", err)
	}
}

func TestByteOrderMark(t *testing.T) {
	e, err := event.Parse("schedule", []byte("\ufeff{}"), env)
	if err != nil || e.Branch != "main" {
		t.Errorf("Parse of a payload with a byte order mark = %+v, %v, want branch main", e, err)
	}
}

func TestGuess(t *testing.T) {
	const doubt = "the payload does not show which event it is of, name it with --event-name"
	for _, c := range []struct{ payload, want string }{
		{`{"action": "opened", "pull_request": {}}`, "pull_request"},
		{`{"action": "submitted", "pull_request": {}, "review": {}}`, doubt},
		{`{"action": "created", "pull_request": {}, "comment": {}}`, doubt},
		{`{"action": "opened", "issue": {}}`, doubt},
		{`{"action": "created", "issue": {}, "comment": {}}`, "issue_comment"},
		{`{"ref": "refs/heads/a", "before": "", "after": ""}`, "push"},
		{`{"ref": "a", "ref_type": "branch"}`, doubt},                          // create, delete
		{`{"inputs": null, "ref": "refs/heads/a"}`, "workflow_dispatch"},       // no inputs given
		{`{"action": "go", "client_payload": {}, "branch": "main"}`, doubt},    // repository_dispatch
		{`{"action": "created", "deployment": {}, "workflow_run": {}}`, doubt}, // deployment
		{`{"action": "completed", "workflow": {}, "workflow_run": {}}`, "workflow_run"},
		{`{"action": "x", "release": {}, "pull_request": {}}`, "the payload could be of pull_request or release, name the event with --event-name"},
		{`{}`, doubt},
		{`[]`, "the payload is an array, expected an object"},
		{`{`, "1:1: unexpected end of JSON input"},
	} {
		got, err := event.Guess([]byte(c.payload))
		if err != nil {
			got += err.Error()
		}
		if got != c.want {
			t.Errorf("Guess(%s) = %q, want %q", c.payload, got, c.want)
		}
	}
}
