package tagging

import (
	"errors"
	"fmt"
	"slices"
)

// Release is the build of a release.
type Release struct {
	Version    string   // see ParseVersion
	Revision   string   // full commit hash, see ShortCommit
	Prerelease bool     // it is marked as a pre-release, whatever its version says
	Known      []string // versions already released, in any order, written as Version is
}

// Tags returns the release's tags. A pre-release has only its version and its commit. A stable version in Known that is higher, by
// the precedence of SemVer 2.0.0 (section 11), which leaves out build metadata, holds latest and stable: see [Set.Held].
// The error has every problem of the values.
func (r Release) Tags() (Set, error) {
	version, versionErr := ParseVersion(r.Version)
	commit, commitErr := ShortCommit(r.Revision)
	known, knownErr := parseKnown(r.Known)
	if err := errors.Join(versionErr, commitErr, knownErr); err != nil {
		return Set{}, err
	}
	set, err := newSet(version.name(), "sha-"+commit)
	if err != nil || r.Prerelease || version.Prerelease() {
		return set, err
	}
	moving := []Tag{{string(KindLatest)}, {string(KindStable)}}
	if slices.ContainsFunc(known, version.below) {
		set.held = moving
	} else {
		set.tags = slices.Insert(set.tags, 1, moving...)
	}
	return set, nil
}

func parseKnown(versions []string) ([]Version, error) {
	var problems []error
	known := make([]Version, len(versions))
	for i, s := range versions {
		v, err := ParseVersion(s)
		if err != nil {
			problems = append(problems, fmt.Errorf("known %w", err))
		}
		known[i] = v
	}
	return known, errors.Join(problems...)
}
