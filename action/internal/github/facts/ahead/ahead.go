// Package ahead asks GitHub in few requests for what the facts of many images need, and foretells a client that remembers what REST
// would answer to each request for it.
//
// GraphQL tells of a commit its check runs, whether it has statuses, its pull requests, who made it, and the commits before it; of a pull
// request what it is, its commits, reviews and comments. What it does not tell is read from lists of the whole repository,
// newest first, as long as a page pays: attempts and files of workflow runs, whether an app wrote a comment for a person, and pushes.
//
// Only what is certain, and whole, is foretold: a list that goes on, a field that failed or that is null where REST may have a value, and
// an account that REST calls otherwise leave their fact to REST, and no other fact.
package ahead

import (
	"context"
	"maps"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

// Parts are what is wanted of a commit or a pull request.
type Parts uint8

// Of a commit there are its checks, the pull requests that have it, and who made it; of a pull request its commits with their
// pushes and co-authors, its reviews, and its comments with their edits.
const (
	Checks Parts = 1 << iota
	PullRequests
	People
	Commits
	Reviews
	Comments

	history Parts = 1 << 7
)

func (p Parts) has(part Parts) bool { return p&part != 0 }

// A Pair is two commits of which is asked whether one follows the other.
type Pair struct{ Base, Head string }

// A Want is what many questions need.
type Want struct {
	commits map[string]Parts
	found   map[string]Parts // what is wanted of the pull request that a commit turns out to be of
	pulls   map[int]Parts
	pairs   map[Pair]int // with the pull request that the base says it is of; 0: none
}

// NewWant returns a Want of nothing.
func NewWant() *Want {
	return &Want{map[string]Parts{}, map[string]Parts{}, map[int]Parts{}, map[Pair]int{}}
}

// Commit adds parts of a commit, and of the pull request that it turns out to be of.
func (w *Want) Commit(sha string, parts, ofPull Parts) {
	if !github.IsCommit(sha) {
		return
	}
	if parts != 0 {
		w.commits[sha] |= parts
	}
	if parts.has(PullRequests) {
		w.found[sha] |= ofPull
	}
}

// Pull adds a pull request, and parts of it.
func (w *Want) Pull(number int, parts Parts) {
	if number > 0 {
		w.pulls[number] |= parts
	}
}

// Pair adds two commits to compare, and the pull request that the base says it is of.
func (w *Want) Pair(p Pair, ofBase int) {
	if !github.IsCommit(p.Base) || !github.IsCommit(p.Head) || p.Base == p.Head {
		return
	}
	w.pairs[p] = ofBase
	w.Commit(p.Head, history, 0)
	if ofBase == 0 {
		w.Commit(p.Base, history|PullRequests, 0)
		return
	}
	w.Commit(p.Base, history, 0)
	w.Pull(ofBase, 0)
}

// few is for how many things another request is not worth its while: they are asked for one by one.
const few = 3

// Fetch asks for all that is wanted, and foretells it to the client. It fails in nothing: what it does not find is asked for by
// whoever needs it.
func Fetch(ctx context.Context, c *github.Client, w *Want) {
	f := &fetch{Client: c, want: w, pulls: map[int]pull{}, pullsOf: map[string][]pull{}, graph: graph{}, suites: map[string][]int64{}, talks: map[int][]talk{}, lists: map[int][]commit{}}
	var items []item
	for _, sha := range slices.Sorted(maps.Keys(w.commits)) {
		items = append(items, f.commitItem(sha, w.commits[sha]))
	}
	for _, number := range slices.Sorted(maps.Keys(w.pulls)) {
		items = append(items, f.pullItem(number, w.pulls[number]))
	}
	f.ask(ctx, items)
	if items = f.found(); len(items) > few {
		f.ask(ctx, items)
	}
	var wait sync.WaitGroup
	for _, do := range []func(context.Context){f.fetchRuns, f.fetchTalks, f.fetchPushes, f.fetchAuthors, f.fetchAncestry} {
		wait.Go(func() { do(ctx) })
	}
	wait.Wait()
}

// A fetch is what was found so far.
type fetch struct {
	*github.Client
	want     *Want
	failures atomic.Int32 // queries that were not answered

	mu      sync.Mutex
	pulls   map[int]pull
	pullsOf map[string][]pull // of a commit
	graph   graph
	suites  map[string][]int64 // check suites of a commit that have a workflow run
	talks   map[int][]talk     // the comments of a pull request
	lists   map[int][]commit   // the commits of a pull request
}

// found are the pull requests of commits of which nothing was asked yet: where a commit is of one alone.
func (f *fetch) found() []item {
	parts := map[int]Parts{}
	for sha, wanted := range f.want.found {
		if of := f.pullsOf[sha]; len(of) == 1 && wanted != 0 && wanted&^f.want.pulls[of[0].Number] != 0 {
			parts[of[0].Number] |= wanted
		}
	}
	var items []item
	for _, number := range slices.Sorted(maps.Keys(parts)) {
		items = append(items, f.pullItem(number, parts[number]))
	}
	return items
}
