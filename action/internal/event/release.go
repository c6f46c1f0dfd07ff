package event

import "fmt"

// readRelease reads a release. Its payload has no commit. GITHUB_SHA is that of the tag; target_commitish is what a new
// tag would be put on, so it is used only where it is a commit and there is nothing better.
func readRelease(root *value, env Env, e *Event) {
	root.need("action")
	release := root.need("release")
	e.Kind = Release
	e.Tag = release.need("tag_name").text()
	e.Prerelease = release.get("prerelease").flag()
	e.Revision = sha(root, env)
	if target := release.get("target_commitish").text(); e.Revision == "" && isCommit(target) {
		e.Revision = target
	}
	e.Skip = releaseSkip(e, release.get("draft").flag())
}

func releaseSkip(e *Event, draft bool) string {
	if e.Action != "published" {
		return fmt.Sprintf("activity type %[2]q of release %[1]q: only a published release deploys", e.Tag, e.Action)
	}
	if draft {
		return fmt.Sprintf("release %q is a draft", e.Tag)
	}
	return ""
}
