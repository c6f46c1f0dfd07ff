// Package tagging names container images: it renders the tags of a pull request,
// a merge, a branch push, a release and a promotion, and reads every tag back.
//
// # Tags
//
// A [Tag] that exists is a legal tag of the OCI distribution specification:
//
//	[A-Za-z0-9_][A-Za-z0-9._-]{0,127}
//
// These tags mean something, listed in the order in which they are rendered. All but
// those that end in "latest", and "stable", are fixed: once pushed, they stay on one image.
//
//	pull request   pr-N-SLUG-vITER  pr-N-SLUG-latest  RING-pr-N-latest  pr-N-latest  pr-N-COMMIT
//	merge          pr-N-COMMIT  RING-latest  RING-pr-N-latest
//	branch push    branch-SLUG-vITER  branch-SLUG-latest  RING-latest  sha-COMMIT
//	release        VERSION  latest  stable  sha-COMMIT
//	promotion      RING-latest  RING-pr-N-latest, and those of a release
//
// The first tag of a set is the primary one. The formats are those of the deployment
// rings guide, section "Docker Image Tagging Strategy".
//
//   - N and ITER are positive decimal numbers without leading zeros that fit an int.
//   - COMMIT is the first 8 digits of a revision: see [ShortCommit].
//   - RING is the tag of a ring: see [CheckRing].
//   - VERSION is a SemVer 2 version whose "+" became "_": see [ParseVersion].
//   - SLUG is [Slug] of the branch. Where the tag would be longer than 128 characters, the
//     slug is cut and ended with "-" and the first 8 hexadecimal digits of the SHA-256 of
//     the branch name, so that the tag is exactly 128 long. Two branches may share a slug;
//     cut slugs differ where the branches do.
//
// # Reading back
//
// [Tag.Parts] gives the values that a tag was rendered from. No tag has two readings:
// numbers and commits end at a dash, what follows a slug is one of two endings, and a ring's
// tag may not look like any of the others. What is none of ours is a legal tag all the same,
// of kind [Other]: "pr-012-latest", "buildcache", "V1.2.3".
//
// # Never
//
// The package knows no registry: it cannot tell whether a tag exists or what it points to.
// It uses no clock, environment or network; the same input gives the same tags.
package tagging
