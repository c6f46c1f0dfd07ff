// Package labels describes container images: it renders labels and annotations, and reads
// labels back into typed values.
//
// # Labels
//
// These are the keys of the OCI image specification, "Pre-Defined Annotation Keys", with the prefix
// "org.opencontainers.image.":
//
//	title description version source url documentation vendor authors licenses revision ref.name
//	created             RFC 3339 in UTC, whole seconds: 2025-01-11T15:45:30Z
//
// and the five keys of the deployment rings guide, with a prefix of their own such as "com.aitherzero":
//
//	deployment.ring     the name of a ring
//	branch.name         the branch as it is, not its slug
//	pr.number           positive, without leading zeros
//	build.iteration     positive, without leading zeros
//	build.timestamp     UTC, 20060102-150405
//
// A key without a value is left out. No value contains a control character (Unicode category Cc)
// or invalid UTF-8: [Image.Map] and [Parse] refuse both, [Clean] mends text that is not ours
// to correct, such as the description of a repository.
//
// # Annotations
//
// Annotations are the same keys and values, once for each [Level], as docker buildx takes them:
//
//	manifest:org.opencontainers.image.title=api
//
// # Lines
//
// [Lines] and [Annotations] return lines as people write them. [Quote] makes them lines of CSV, which is how
// docker/build-push-action reads its inputs, and changes only those that it would not read back:
//
//	manifest:org.opencontainers.image.title=api, worker
//	"manifest:org.opencontainers.image.title=api,""worker"""
//
// # Never
//
// The package uses no clock, environment or network, and changes no map that it is given.
package labels
