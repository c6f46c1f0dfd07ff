package deployments

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/listing"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/wire"
)

// A survey reads some rings, the newest deployments first, until each has what is wanted.
type survey struct {
	*Ledger
	about     ledger.About
	enough    func(*view) bool
	sources   map[string]*source // by environment
	views     []*view
	pool      pool
	closed    map[string]bool // commits that were asked for, and whether all their deployments are known
	noGraphQL bool
	lookup    bool // of deployments that entries are added to: others of the same images are not needed
}

// A view is what a survey has of one ring.
type view struct {
	ring   string
	source *source
	depth  int           // so many of the newest that are no carriers are looked at, with the carriers among them
	older  []*deployment // of images among these, which were found by their commits
	of     []*deployment // those in the source that are about the images, the newest first
	asOf   int           // the version of the source
	done   bool
	err    error
}

const (
	firstDepth   = 15 // deployments of a ring that are looked at first, and without GraphQL
	slowDepth    = 4
	fewInAll     = 400 // deployments of all rings that are looked at together
	mostByCommit = 40  // commits whose deployments are listed one by one
	commitPages  = 5   // of such a list
)

func (l *Ledger) survey(about ledger.About, enough func(*view) bool, rings []string) (*survey, error) {
	s := &survey{Ledger: l, about: about, enough: enough, sources: map[string]*source{}, pool: pool{}, closed: map[string]bool{}}
	for _, ring := range rings {
		name := l.Environments[ring]
		if name == "" {
			return nil, fmt.Errorf("ring %.80q has no environment in the policy", ring)
		}
		if s.sources[name] == nil {
			s.sources[name] = &source{ledger: l, environment: name, all: l.list("environment", name), wanted: firstDepth}
		}
		s.views = append(s.views, &view{ring: ring, source: s.sources[name]})
	}
	return s, nil
}

// run reads until there is nothing more to ask. Why a ring could not be read is in its view.
func (s *survey) run(ctx context.Context) {
	s.list(ctx, func(*source) bool { return true })
	s.list(ctx, func(of *source) bool { return len(of.ours) < of.wanted }) // jobs crowd it
	s.begin()
	for {
		for s.list(ctx, s.lacksAny) {
		}
		for s.askAll(ctx) {
		}
		if !s.grow(ctx) {
			return
		}
	}
}

// list reads another page of some environments, and reports whether there was one.
func (s *survey) list(ctx context.Context, wanted func(*source) bool) bool {
	var of []*source
	for _, source := range s.sources {
		if wanted(source) {
			of = append(of, source)
		}
	}
	read := make([]bool, len(of))
	each(len(of), func(i int) error { read[i] = of[i].more(ctx); return nil })
	for _, source := range of {
		source.err = cmp.Or(source.err, source.join(s.pool))
	}
	return slices.Contains(read, true)
}

// begin decides how far back to look first: at everything, if that is little.
func (s *survey) begin() {
	n, all := 0, true
	for _, v := range s.views {
		n += len(v.mine(s.about))
		all = all && v.source.all.Ended
	}
	for _, v := range s.views {
		if v.depth = firstDepth; all && n <= fewInAll {
			v.depth = fewInAll
		}
	}
}

// lacksAny reports whether of an image, in a ring that has an environment, nothing but carriers was found so far.
func (s *survey) lacksAny(of *source) bool {
	return slices.ContainsFunc(s.views, func(v *view) bool {
		all := v.mine(s.about)
		return v.source == of && !v.done && slices.ContainsFunc(groups(s.about), func(names []string) bool {
			return !slices.ContainsFunc(all, func(d *deployment) bool { return d.begins(names) })
		})
	})
}

// groups are the images that are asked about; one without names is any.
func groups(about ledger.About) [][]string {
	if len(about.Images) == 0 {
		return [][]string{nil}
	}
	return about.Images
}

// begins reports whether a deployment is of an image and no carrier.
func (d *deployment) begins(names []string) bool {
	return !d.Carrier && ledger.SameImage(d.Images, names)
}

// mine are the deployments of the ring that were listed and are about the images, the newest first.
func (v *view) mine(about ledger.About) []*deployment {
	if v.of != nil && v.asOf == v.source.version {
		return v.of
	}
	names := about.Names()
	digests := map[string]bool{}
	concerns := func(d *deployment) bool { return ledger.SameImage(d.Images, names) || digests[d.Digest] }
	for _, d := range v.source.ours {
		if d.Ring == v.ring && concerns(d) {
			digests[d.Digest] = true // it may have more names
		}
	}
	v.asOf, v.of = v.source.version, slices.DeleteFunc(slices.Clone(v.source.ours), func(d *deployment) bool { return d.Ring != v.ring || !concerns(d) })
	return v.of
}

// looked are those that are looked at, the newest first, and whether these are all that there are.
func (v *view) looked(about ledger.About) (window []*deployment, whole bool) {
	all := v.mine(about)
	end := 0
	for _, names := range groups(about) { // two of each, so that there may be one to go back to
		end = max(end, nth(all, 2, func(d *deployment) bool { return d.begins(names) }))
	}
	end = max(end, nth(all, v.depth, func(d *deployment) bool { return !d.Carrier }))
	if now := about.Now; len(all) > 0 { // what may be open is among them, as far as the first page has it
		if now.IsZero() {
			now = all[0].created
		}
		end = max(end, nth(all[:min(len(all), cmp.Or(v.source.ledger.page, onPage))], 0, func(d *deployment) bool { return now.Sub(d.created) >= ledger.OpenFor }))
	}
	return all[:end], end == len(all) && v.source.all.Ended
}

// nth returns how many deployments there are up to the nth that is wanted, and with the carriers behind it; all, where there are not so many.
func nth(all []*deployment, n int, wanted func(*deployment) bool) int {
	for i, d := range all {
		if wanted(d) {
			n--
		}
		if n < 0 {
			return i
		}
	}
	return len(all)
}

// askAll asks for what is not known yet: the statuses of the deployments that are looked at, and which others there are of the
// images that these are of. It reports whether anything was asked.
func (s *survey) askAll(ctx context.Context) bool {
	digests, commits := s.images()
	all, asked := question{}, map[*deployment]bool{}
	for _, v := range s.views {
		for _, d := range v.source.ours {
			if d.Ring == v.ring && digests[d.Digest] {
				v.older = joined(v.older, d)
			}
		}
		for _, d := range v.known(s.about) {
			if v.fine() && !d.whole && !asked[d] {
				all.of, asked[d] = append(all.of, d), true
				s.noGraphQL = s.noGraphQL || d.node == ""
			}
		}
	}
	for _, commit := range commits {
		if _, ok := s.closed[commit]; !ok {
			all.commits = append(all.commits, commit)
		}
	}
	if len(all.of)+len(all.commits) == 0 {
		return false
	}
	all.environments = slices.Sorted(maps.Keys(s.sources))
	if s.noGraphQL {
		s.readByCommit(ctx, all.commits, digests)
		s.readOneByOne(ctx, all.of)
	} else {
		s.askAtOnce(ctx, all, digests)
	}
	return true
}

func (v *view) fine() bool { return v.err == nil && v.source.err == nil }

// known are the deployments that are looked at and the others of the same images, from the newest to the oldest.
func (v *view) known(about ledger.About) []*deployment {
	window, _ := v.looked(about)
	return joined(slices.Clone(window), v.older...)
}

// images returns the images that the rings have among what is looked at, and the commits by which others of them are found, where of
// a ring not everything was listed.
func (s *survey) images() (digests map[string]bool, commits []string) {
	digests = map[string]bool{}
	for _, v := range s.views {
		window, _ := v.looked(s.about)
		for _, d := range window {
			digests[d.Digest] = true
		}
	}
	if s.lookup || !slices.ContainsFunc(s.views, func(v *view) bool { return v.fine() && !v.source.all.Ended }) {
		return digests, nil
	}
	for _, v := range s.views {
		for _, d := range v.mine(s.about) {
			if digests[d.Digest] && d.closable() && !slices.Contains(commits, d.commit) {
				commits = append(commits, d.commit)
			}
		}
	}
	return digests, commits
}

// closable reports whether others of the same image are found by the commit of the deployment.
func (d *deployment) closable() bool { return d.commit != "" && d.revision() == d.commit }

// askAtOnce asks GraphQL, and REST for what that does not tell. Where it does not answer at all, less is looked at.
func (s *survey) askAtOnce(ctx context.Context, all question, digests map[string]bool) {
	parts := all.split()
	heads := make([]map[string]commitAnswer, len(parts))
	problems := each(len(parts), func(i int) (err error) {
		heads[i], err = s.ask(ctx, parts[i])
		return err
	})
	for _, err := range problems {
		switch {
		case github.WithoutGraphQL(err):
			s.noGraphQL = true
		case err != nil:
			s.fail(err, all.of...)
			return
		}
	}
	if s.noGraphQL {
		for _, v := range s.views {
			v.depth = min(v.depth, slowDepth)
		}
		return
	}
	var byCommit []string
	for i, part := range parts {
		for _, commit := range part.commits {
			head, found := heads[i][commit]
			if s.closed[commit] = found && s.knowsAll(commit, head, digests); !s.closed[commit] {
				byCommit = append(byCommit, commit)
			}
		}
	}
	s.readByCommit(ctx, byCommit, digests)
	s.readOneByOne(ctx, all.of)
}

// knowsAll reports whether the deployments of a commit have none of an image that is not known yet.
func (s *survey) knowsAll(commit string, head commitAnswer, digests map[string]bool) bool {
	if next, complete := head.Deployments.Next(""); !complete || next != "" {
		return complete && s.count(commit) >= head.Deployments.TotalCount
	}
	for _, node := range head.Deployments.Nodes {
		p, ours, err := wire.ReadPayload([]byte(node.Payload))
		if !ours {
			continue
		}
		knows := func(v *view) bool {
			return v.ring != p.Ring || slices.ContainsFunc(v.source.ours, func(d *deployment) bool { return d.node == node.ID })
		}
		if err != nil || digests[p.Digest] && slices.ContainsFunc(s.views, func(v *view) bool { return !knows(v) }) {
			return false
		}
	}
	return true
}

// count returns how many deployments of a commit the lists have.
func (s *survey) count(commit string) int {
	found := map[int64]bool{}
	for _, source := range s.sources {
		for _, list := range []*listing.List{source.all, source.marked} {
			if list == nil {
				continue
			}
			for _, r := range list.Found {
				if r.SHA == commit {
					found[r.ID] = true
				}
			}
		}
	}
	return len(found)
}

// fail gives up rings of which deployments cannot be read; without deployments all.
func (s *survey) fail(err error, of ...*deployment) {
	for _, v := range s.views {
		known := v.known(s.about)
		if len(of) == 0 || slices.ContainsFunc(of, func(d *deployment) bool { return slices.Contains(known, d) }) {
			v.err = cmp.Or(v.err, err)
		}
	}
}

// readByCommit lists the deployments of commits, a request each, and finds those of the images among them.
func (s *survey) readByCommit(ctx context.Context, commits []string, digests map[string]bool) {
	for _, commit := range commits {
		s.closed[commit] = false
	}
	commits = commits[:min(len(commits), mostByCommit)]
	lists := make([]*listing.List, len(commits))
	problems := each(len(commits), func(i int) (err error) {
		lists[i], err = s.listCommit(ctx, commits[i])
		return err
	})
	for i, list := range lists {
		found, err := s.pool.ours(list.Found)
		if err = cmp.Or(problems[i], err); err != nil {
			s.fail(err)
			return
		}
		s.closed[commits[i]] = list.Ended
		for _, d := range found {
			for _, v := range s.views {
				if d.Ring == v.ring && digests[d.Digest] && strings.EqualFold(d.environment, s.Environments[v.ring]) {
					v.older = joined(v.older, d)
				}
			}
		}
	}
}

// listCommit lists the deployments of a commit, as far as a few pages go.
func (l *Ledger) listCommit(ctx context.Context, commit string) (*listing.List, error) {
	list := l.list("sha", commit)
	for !list.Ended && list.Pages < commitPages {
		if err := list.More(ctx); err != nil {
			return list, err
		}
	}
	return list, nil
}

// readOneByOne reads the statuses that are still to be read.
func (s *survey) readOneByOne(ctx context.Context, of []*deployment) {
	of = slices.DeleteFunc(slices.Clone(of), func(d *deployment) bool { return d.whole })
	problems := each(len(of), func(i int) error { return s.readStatuses(ctx, of[i]) })
	for i, err := range problems {
		if err != nil {
			s.fail(err, of[i])
		}
	}
}

// grow looks further back where a ring lacks something, and reports whether it does.
func (s *survey) grow(ctx context.Context) bool {
	grew, wanting := false, map[*source]bool{}
	for _, v := range s.views {
		all := v.mine(s.about)
		window, whole := v.looked(s.about)
		switch {
		case v.done || !v.fine():
		case whole || s.enough(v):
			v.done = true
		case len(window) < len(all):
			v.depth, grew = v.depth*4, true
			if !s.noGraphQL {
				v.depth = max(v.depth, fewInAll)
			}
		default:
			wanting[v.source] = true
		}
	}
	return s.list(ctx, func(of *source) bool { return wanting[of] }) || grew
}

// found says of which images all that there is in the rings was found: by the commit of each deployment that was listed, also in a ring
// that was listed to its end, or since all rings were.
func (s *survey) found() (all map[string]bool, strays []string) {
	all = map[string]bool{}
	ended := !slices.ContainsFunc(s.views, func(v *view) bool { return !v.source.all.Ended })
	for _, v := range s.views {
		for _, d := range slices.Concat(v.source.ours, v.older) {
			before, seen := all[d.Digest]
			all[d.Digest] = ended || d.closable() && s.closed[d.commit] && (before || !seen)
			if !d.closable() {
				strays = append(strays, d.Digest)
			}
		}
	}
	slices.Sort(strays)
	return all, slices.Compact(strays)
}

// window is what the reading has of a ring that was read in part.
func (s *survey) window(v *view) ledger.Window {
	all, strays := s.found()
	w := ledger.Window{Images: s.about.Names(), Strays: strays}
	if looked, _ := v.looked(s.about); len(looked) > 0 {
		w.Since = looked[len(looked)-1].created
	}
	digests, _ := s.images()
	for _, digest := range slices.Sorted(maps.Keys(digests)) {
		if all[digest] {
			w.Digests = append(w.Digests, digest)
		}
	}
	return w
}

// addTo adds a ring to a reading.
func (s *survey) addTo(read *ledger.Reading, v *view) error {
	entries, err := entriesOf(v.oldestFirst(s.about))
	if err != nil {
		return fmt.Errorf("%w; delete that deployment", err)
	}
	if _, whole := v.looked(s.about); whole {
		read.Add(v.ring, entries...)
	} else {
		read.AddWindow(v.ring, s.window(v), entries...)
	}
	return nil
}

func (v *view) oldestFirst(about ledger.About) (all []deployment) {
	for _, d := range slices.Backward(v.known(about)) {
		all = append(all, *d)
	}
	return all
}
