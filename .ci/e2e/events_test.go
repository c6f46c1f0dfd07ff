package e2e_test

import (
	"strings"
)

const (
	headCommit = "a1b2c3d4e5f60718293a4b5c6d7e8f9001122334"
	baseCommit = "00112233445566778899aabbccddeeff00112233"
	tagCommit  = "9c8d7e6f5a4b3c2d1e0f9a8b7c6d5e4f3a2b1c0d"
)

func repository() map[string]any {
	return map[string]any{
		"name": "AitherZero", "full_name": "wizzense/AitherZero", "private": false, "default_branch": "main",
		"html_url": "https://github.com/wizzense/AitherZero", "description": "Infrastructure automation",
		"owner":   map[string]any{"login": "wizzense", "type": "User"},
		"license": map[string]any{"spdx_id": "MIT"},
	}
}

// pullRequest is pull request 123 of branch ring-0 against main, as it is opened.
func pullRequest() event {
	side := func(ref, sha string) map[string]any {
		return map[string]any{"ref": ref, "sha": sha, "repo": map[string]any{"full_name": "wizzense/AitherZero"}}
	}
	return event{name: "pull_request", env: map[string]string{}, payload: map[string]any{
		"action": "opened", "number": 123, "repository": repository(),
		"pull_request": map[string]any{
			"number": 123, "state": "open", "draft": false, "merged": false, "title": "Faster start",
			"merge_commit_sha": baseCommit, "user": map[string]any{"login": "octocat"},
			"head": side("ring-0", headCommit), "base": side("main", baseCommit),
		},
	}}
}

func push(ref, commit string) event {
	return event{name: "push", payload: map[string]any{
		"ref": ref, "before": baseCommit, "after": commit, "created": false, "deleted": false,
		"head_commit": map[string]any{"id": commit, "timestamp": "2026-03-01T10:00:00Z"}, "repository": repository(),
	}, env: map[string]string{"GITHUB_REF": ref, "GITHUB_SHA": commit}}
}

func release(tag string) event {
	return event{name: "release", payload: map[string]any{
		"action": "published", "repository": repository(),
		"release": map[string]any{"tag_name": tag, "target_commitish": "main", "prerelease": false, "draft": false},
	}, env: map[string]string{"GITHUB_REF": "refs/tags/" + tag, "GITHUB_SHA": tagCommit}}
}

// with sets a value deep in the payload: with("pull_request.head.ref", "dev").
func (ev event) with(path string, value any) event {
	keys := strings.Split(path, ".")
	at := ev.payload
	for _, k := range keys[:len(keys)-1] {
		at = at[k].(map[string]any)
	}
	at[keys[len(keys)-1]] = value
	return ev
}
