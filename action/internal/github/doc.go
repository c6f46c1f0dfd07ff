// Package github asks the REST API and GraphQL of github.com or of a GitHub Enterprise Server about one repository.
//
// [Get] reads an object, [List] and [Pages] a whole list, [Query] asks GraphQL, and [Send] writes. [Client.Pull] and
// [Client.TagCommit] look up what the event of a run leaves open.
//
// A request that fails for a while (no connection, 429, a rate limit, 5xx, an answer that breaks off) is tried three
// times, each at most ten seconds, with waits of at most thirty seconds between them, and at most a minute in all. What
// GitHub asks for in Retry-After and X-RateLimit-Reset is honoured: where that is longer, or longer than is left, there is
// no further try. An answer that is larger than any honest one is not collected, and is not asked for again. Lists are read
// to their last page. A page that fails, or an empty one before another, makes the whole list fail, and so does a list that
// lacks some of the items that it counts, or that shifts each time that it is read. An answer of another shape is no answer.
//
// Each [Failure] names the permission of the job token that its request takes, and what to do. The token goes to the host
// of the API alone, never unencrypted over a network, and into no message. A repository that was renamed is found by its old name.
package github
