// Package tagging names container images: it renders the tags of a pull request,
// a merge, a branch push, a release and a promotion, and reads every tag back.
//
// # Tags
//
// A [Tag] that exists is a legal tag of the OCI distribution specification:
//
//	[A-Za-z0-9_][A-Za-z0-9._-]{0,127}
//
// The package renders these, in this order. They are the formats of the deployment rings guide, which gives a pull request
// pr-{number}-{branch}-v{iteration}, pr-{number}-{branch}-latest, pr-{number}-latest, pr-{number}-{commit-sha} and
// {ring}-pr-{number}-latest, and a release its version, latest, stable and sha-{commit-sha}:
//
//	pull request   pr-N-SLUG-vITER  pr-N-SLUG-latest  RING-pr-N-latest  pr-N-latest  pr-N-COMMIT
//	merge          pr-N-COMMIT  RING-latest  RING-pr-N-latest
//	branch push    branch-SLUG-vITER  branch-SLUG-latest  RING-latest  sha-COMMIT
//	release        VERSION  latest  stable  sha-COMMIT
//	promotion      RING-latest  RING-pr-N-latest, and those of a release
//
// The first one is the primary tag. The forms that end in "latest" and the form "stable" are
// moving: they go from image to image. The others are fixed: they stay on one image.
//
//   - N and ITER are positive decimal numbers without leading zeros that fit an int.
//   - COMMIT is the first 8 digits of a revision: see [ShortCommit].
//   - RING is the tag of a ring: see [CheckRing].
//   - VERSION is a SemVer 2 version with "_" for its "+": see [ParseVersion].
//   - SLUG is [Slug] of the branch. Where the tag would be longer than 128 characters, the
//     slug is cut and ended with "-" and the first 8 hexadecimal digits of the SHA-256 of
//     the branch name, so that the tag is exactly 128 long. Branches may share a slug.
//
// # Reading back
//
// [Tag.Parts] gives the values that a tag was rendered from, the slug as it was cut. No tag
// has two readings: numbers and commits end at a dash, a slug ends before one of two endings,
// and a ring may have no tag that makes another reading possible. A legal tag of none of these
// forms is of kind [KindOther]: "pr-012-latest", "v1.2.3", "buildcache".
//
// # Errors
//
// The error of Tags has every problem of the values of a subject, one a line, each beginning with the name of the value:
// "iteration: 0 is not a positive number".
//
// # Never
//
// The package knows no registry: it does not see whether a tag exists, or what it points to.
// It uses no clock, environment or network; the same values give the same tags.
package tagging
