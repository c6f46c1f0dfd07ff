// Package registry moves the tags of container images, and reads images and lists of tags, in a registry
// that speaks the OCI distribution specification.
//
// # Tags move, images do not
//
// An image is known by its digest. Move puts the identical bytes of its manifest under other tags of the same
// repository: an index keeps all its platforms, and what refers to the image (signatures, attestations) stays
// attached. Digests are taken of the bytes that arrive, never of what a header says.
//
// No registry has a compare-and-swap on tags. Move therefore reads, compares, writes and reads back, and says so when another
// writer was faster; between the last two reads of a tag it cannot see who wrote it. Runs that move the same tags belong into
// one concurrency group.
//
// A write has succeeded when what is read back is the image, whatever the registry answered. Some registries show for a while
// what a tag pointed to before, so it is read back for up to 10 seconds.
//
// # Rounds
//
// A client keeps what it read by digest, and asks for it once. Ahead begins to read what is needed later. A promotion takes at
// most 5 rounds of requests, 7 with fixed tags: the image, its platforms, and their configurations, during which the tags are
// looked at; then each writing and reading back.
//
// # Lists
//
// Registries differ: some list tags in order and page by page, some ignore both, some cut a list without
// saying so, some turn in circles. LastIteration and Versions read only the part of the list that they need, after the
// registry has shown that it lists in order, else the whole list. No tag is lost silently: behind the end of a list they
// ask once more, and a page that fails or comes again makes the whole list an error.
//
// Where a link leads to an address that is not served, the same question goes to the address of the first page. No link leads to
// another host.
//
// # Credentials
//
// See package access.
//
// # What go-containerregistry does, and what it does not
//
// Its transport logs in, renews tokens and reads refusals. Its remote.Puller and remote.Pusher are not used, because some
// rules above would not hold: they decode a manifest of up to 100 MB, take the digest of an old kind of manifest from a
// header, list from the beginning only, read an answer without tags as an empty list, follow redirects without an end, ask
// twice where a head has no length, and write a tag of their own when an image refers to another.
//
// # Failures
//
// 429, 5xx and lost connections are tried four times, after 1, 3 and 9 seconds or what Retry-After says. Where that is
// more than 30 seconds there is no further try. Each request ends within a minute with all of its tries; every call
// ends when its context ends, or after a minute, and Move after five.
//
// An answer that is larger than any honest one is an error: a manifest or configuration of more than 4 MiB, a page of
// tags of more than 16 MiB, and anything that would grow in memory.
package registry
