// Package github asks GitHub for facts, through the REST API of github.com or of a GitHub Enterprise Server.
//
// [Client.Facts] collects what a decision depends on: checks, what people said on the pull request of an image, locks,
// incidents, and how the commit of the image relates to what a ring runs. A fact that could not be had is not collected
// (nil), and a [Missing] says why and what to do; it is never taken for "there is none". The package
// comment has the grammar of the commands that people write in comments.
//
// [Ledger] keeps what happens in rings as deployments of the repository. [Client.Pull] and [Client.TagCommit] look up what
// the event of a run leaves open.
//
// A request that fails for a while (no connection, 429, a rate limit, 5xx, an answer that breaks off) is tried three
// times, each at most ten seconds, with waits of at most thirty seconds between them, and at most a minute in all. What
// GitHub asks for in Retry-After and X-RateLimit-Reset is honoured: where that is longer, or longer than is left, there is
// no further try. An answer that is larger than any honest one is not collected, and is not asked for again. Lists are read
// to their last page. A page that fails, or an empty one before another, makes the whole list fail, and so does a list that
// lacks some of the items that it counts. An answer of another shape is no answer.
//
// Facts take these permissions of the job token, all read: checks, statuses, actions, contents, pull-requests, issues. Each
// [Failure] names the one that its request takes.
//
// The token goes to the host of the API alone, never unencrypted over a network, and into no message.
package github
