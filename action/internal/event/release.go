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

// releaseSkip says why a release does not deploy. A pre-release that loses its mark is "released", and not "published" again.
func releaseSkip(e *Event, draft bool) string {
	switch {
	case e.Action == "released" && e.Prerelease:
		return fmt.Sprintf("activity type %[2]q of pre-release %[1]q: a pre-release deploys when it is published", e.Tag, e.Action)
	case e.Action != "published" && e.Action != "released":
		return fmt.Sprintf("activity type %[2]q of release %[1]q: only a release that is published, or released, deploys", e.Tag, e.Action)
	case draft:
		return fmt.Sprintf("release %q is a draft", e.Tag)
	}
	return ""
}
