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
	commit, commitErr := ShortCommit(r.Revision)
	latest, latestErr := r.Latest()
	if err := errors.Join(latestErr, commitErr); err != nil {
		return Set{}, err
	}
	version, _ := ParseVersion(r.Version) // Latest has read it
	set, err := newSet(version.name(), "sha-"+commit)
	if err != nil {
		return Set{}, err
	}
	return Set{slices.Insert(set.tags, 1, latest.tags...), latest.held}, nil
}

// Latest returns the tags that users pull without naming a version, latest and stable, as far as the release moves them: those
// of a pre-release are none. They follow what the last ring runs. The revision may be empty.
func (r Release) Latest() (Set, error) {
	version, versionErr := ParseVersion(r.Version)
	known, knownErr := parseKnown(r.Known)
	switch err := errors.Join(versionErr, knownErr); {
	case err != nil:
		return Set{}, err
	case r.Prerelease || version.Prerelease():
		return Set{}, nil
	}
	moving := []Tag{{string(KindLatest)}, {string(KindStable)}}
	if slices.ContainsFunc(known, version.below) {
		return Set{held: moving}, nil
	}
	return Set{tags: moving}, nil
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
