package tagging

import (
	"strconv"
	"strings"
)

// Kind is the form of a tag. Its text is that form, in the names of the package comment.
type Kind string

// All kinds of tags. The zero Kind is any tag that this package does not render.
const (
	KindOther             Kind = ""                   // a legal tag of none of the forms below
	KindPullRequestBuild  Kind = "pr-N-SLUG-vITER"    // fixed: one build of a pull request
	KindPullRequestBranch Kind = "pr-N-SLUG-latest"   // moving: the newest build of a pull request from a branch
	KindPullRequestRing   Kind = "RING-pr-N-latest"   // moving: the newest build of a pull request under the rules of a ring
	KindPullRequestLatest Kind = "pr-N-latest"        // moving: the newest build of a pull request
	KindPullRequestCommit Kind = "pr-N-COMMIT"        // fixed: the build of a commit of a pull request
	KindBranchBuild       Kind = "branch-SLUG-vITER"  // fixed: one build of a branch
	KindBranchLatest      Kind = "branch-SLUG-latest" // moving: the newest build of a branch
	KindRingLatest        Kind = "RING-latest"        // moving: the image of a ring
	KindCommit            Kind = "sha-COMMIT"         // fixed: the build of a commit
	KindReleaseVersion    Kind = "VERSION"            // fixed: a release
	KindLatest            Kind = "latest"             // moving: the highest stable release
	KindStable            Kind = "stable"             // moving: the same
)

// Moving reports whether tags of this kind go from image to image. Those of KindOther do not.
func (k Kind) Moving() bool {
	return k == KindStable || strings.HasSuffix(string(k), "latest")
}

// Parts contains the values that a tag was rendered from. Those that its kind does not have are zero.
type Parts struct {
	Kind      Kind
	Number    int    // of the pull request, from 1
	Slug      string // as it is in the tag, cut where the tag would be too long
	Iteration int    // of the build, from 1
	RingTag   string // the tag of the ring
	Commit    string // first 8 hexadecimal digits of the revision
	Version   string // in SemVer notation, with its "+"
}

// Parts reads the tag back: the kind and the values that it was rendered from. The zero Tag is of KindOther.
func (t Tag) Parts() Parts {
	if p := unringed(t.name); p.Kind != KindOther {
		return p
	}
	return ringed(t.name)
}

// unringed reads the tags that do not begin with a ring.
func unringed(s string) Parts {
	switch {
	case s == string(KindLatest), s == string(KindStable):
		return Parts{Kind: Kind(s)}
	case strings.HasPrefix(s, "pr-"):
		return pullRequestParts(s)
	case strings.HasPrefix(s, "branch-"):
		return branchParts(s)
	case strings.HasPrefix(s, "sha-") && isHex(s[len("sha-"):], commitLength):
		return Parts{Kind: KindCommit, Commit: s[len("sha-"):]}
	}
	if v, ok := versionOf(s); ok {
		return Parts{Kind: KindReleaseVersion, Version: v.String()}
	}
	return Parts{}
}

func pullRequestParts(s string) Parts {
	digits, rest, _ := strings.Cut(s[len("pr-"):], "-")
	number, ok := positive(digits)
	if !ok {
		return Parts{}
	}
	if rest == "latest" {
		return Parts{Kind: KindPullRequestLatest, Number: number}
	}
	if isHex(rest, commitLength) {
		return Parts{Kind: KindPullRequestCommit, Number: number, Commit: rest}
	}
	p := slugged(rest, len(s) == maxLength, KindPullRequestBuild, KindPullRequestBranch)
	if p.Kind != KindOther {
		p.Number = number
	}
	return p
}

func branchParts(s string) Parts {
	return slugged(s[len("branch-"):], len(s) == maxLength, KindBranchBuild, KindBranchLatest)
}

// slugged reads SLUG-vITER, of kind build, and SLUG-latest, of kind latest.
func slugged(s string, full bool, build, latest Kind) Parts {
	i := strings.LastIndexByte(s, '-')
	if i < 0 || !isSlug(s[:i], full) {
		return Parts{}
	}
	slug, end := s[:i], s[i+1:]
	if end == "latest" {
		return Parts{Kind: latest, Slug: slug}
	}
	if iteration, ok := positive(strings.TrimPrefix(end, "v")); ok && end[0] == 'v' {
		return Parts{Kind: build, Slug: slug, Iteration: iteration}
	}
	return Parts{}
}

func ringed(s string) Parts {
	ring, ok := strings.CutSuffix(s, "-latest")
	if !ok {
		return Parts{}
	}
	p := Parts{Kind: KindRingLatest, RingTag: ring}
	if ring, number, ok := cutPullRequest(ring); ok {
		p = Parts{Kind: KindPullRequestRing, RingTag: ring, Number: number}
	}
	if CheckRing(p.RingTag) != nil {
		return Parts{}
	}
	return p
}

// cutPullRequest cuts -pr-N off the end of s.
func cutPullRequest(s string) (before string, number int, ok bool) {
	i := strings.LastIndex(s, "-pr-")
	if i < 0 {
		return s, 0, false
	}
	number, ok = positive(s[i+len("-pr-"):])
	return s[:i], number, ok
}

// positive reads a number as this package writes it: no sign, no leading zeros.
func positive(s string) (int, bool) {
	if s == "" || s[0] < '1' {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil
}
