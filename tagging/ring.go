package tagging

import (
	"fmt"
	"strings"
)

// CheckRing returns an error that says why a ring cannot have this tag, or nil. The tag must be a legal tag, with room for
// "-pr-1-latest", and nothing made of it may read as another tag: it does not begin with "pr-",
// "branch-" or "sha-", does not end like the tag of a pull request ("x-pr-7"), and is not
// "latest", "stable", "branch" or a version.
func CheckRing(tag string) error {
	if problem := ringProblem(tag); problem != "" {
		return fmt.Errorf("ring: %.80q cannot be the tag of a ring: %s", tag, problem)
	}
	return nil
}

func ringProblem(tag string) string {
	if err := check(tag); err != nil {
		return err.Error()
	}
	if tag == string(KindLatest) || tag == string(KindStable) {
		return "it is a tag of releases"
	}
	for _, prefix := range []string{"pr-", "branch-", "sha-"} {
		if strings.HasPrefix(tag, prefix) {
			return fmt.Sprintf("it begins with %q", prefix)
		}
	}
	if _, err := ParseVersion(tag); err == nil {
		return "it is a version"
	}
	if _, number, ok := cutPullRequest(tag); ok {
		return fmt.Sprintf("it ends with -pr-%d, as the tags of its pull requests do", number)
	}
	return renderedProblem(tag)
}

// renderedProblem looks at what is made of the tag: with pull request 7, the ring "branch"
// would be the branch "pr-7".
func renderedProblem(tag string) string {
	for _, name := range []string{LatestOf(tag), tag + "-pr-1-latest"} {
		if len(name) > maxLength {
			return fmt.Sprintf("it is longer than %d characters", maxLength-len("-pr-1-latest"))
		}
		if kind := unringed(name).Kind; kind != KindOther {
			return fmt.Sprintf("%s would read as %s", name, kind)
		}
	}
	return ""
}

// LatestOf returns the moving tag of the ring that has this tag, such as "ring-0-latest" for "ring-0". It points to the image that
// belongs into the ring. LatestOf checks nothing: see [CheckRing].
func LatestOf(ring string) string { return ring + "-latest" }
