package event

import (
	"fmt"
	"strings"
)

// readPush reads the push, or the deletion, of a branch or a tag.
func readPush(root *value, env Env, e *Event) {
	ref := root.need("ref")
	after := root.need("after").revision()
	readRef(ref.text(), e)
	switch {
	case e.Kind == None:
		e.Skip = fmt.Sprintf("%q is neither a branch nor a tag", ref.text())
	case root.get("deleted").flag() || isZero(after):
		e.Skip = fmt.Sprintf("%s %q was deleted", refKind(e.Kind), e.Branch+e.Tag)
	case e.Kind == Release:
		e.Revision = tagged(root, env)
	default:
		e.Revision = after
	}
}

// tagged returns the commit of a pushed tag. That is not "after", which for an annotated tag is the tag object.
func tagged(root *value, env Env) string {
	if commit := root.get("head_commit", "id").revision(); commit != "" {
		return commit
	}
	return sha(root, env)
}

// sha returns the commit that the run is on.
func sha(root *value, env Env) string {
	return (&value{r: root.r, path: "GITHUB_SHA"}).commit(env.SHA)
}

// readRef takes a full reference apart: "refs/heads/BRANCH" or "refs/tags/TAG". Any other leaves the kind at None.
func readRef(ref string, e *Event) {
	if name, ok := strings.CutPrefix(ref, "refs/heads/"); ok && name != "" {
		e.Kind, e.Branch = Branch, name
	}
	if name, ok := strings.CutPrefix(ref, "refs/tags/"); ok && name != "" {
		e.Kind, e.Tag = Release, name
	}
}

func refKind(k Kind) string {
	if k == Release {
		return "tag"
	}
	return "branch"
}

// isZero reports whether the commit is the one that Git writes for "none".
func isZero(commit string) bool {
	return commit != "" && strings.Trim(commit, "0") == ""
}
