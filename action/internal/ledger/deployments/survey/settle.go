package survey

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
)

// A need is what a ring lacks for saying what runs in it: the statuses of a record, or more deployments. With neither it lacks
// nothing, or nothing that can be asked for.
type need struct {
	record *deployments.Record
	more   bool
}

// settle asks about the rings that do not say what they run, until they do, or there is no room for more questions.
func (s *survey) settle(ctx context.Context) {
	for range maxRounds {
		records, rings := s.needs()
		var batches []func()
		for batch := range slices.Chunk(records, perGiven) {
			batches = append(batches, func() { s.giveStatuses(ctx, batch) })
		}
		for batch := range slices.Chunk(rings, perMore) {
			batches = append(batches, func() { s.readMore(ctx, batch) })
		}
		batches = batches[:min(s.left, len(batches))]
		s.left -= len(batches)
		if len(batches) == 0 {
			return
		}
		all(batches)
	}
}

// A subject is a record of a ring of which statuses are needed.
type subject struct {
	ring   *ring
	record *deployments.Record
}

// needs returns what all rings lack.
func (s *survey) needs() (records []subject, more []*ring) {
	for _, r := range s.repos {
		if r.problem != "" || !r.hasRecords() && r.owner >= 0 {
			continue
		}
		asked := map[*deployments.Record]bool{}
		for _, names := range r.images() {
			for _, ring := range r.rings {
				_, lacks := ring.reading(names)
				switch {
				case ring.problem != "":
				case lacks.more && !slices.Contains(more, ring):
					more = append(more, ring)
				case lacks.record != nil && !asked[lacks.record]:
					asked[lacks.record] = true
					records = append(records, subject{ring, lacks.record})
				}
			}
		}
	}
	return records, more
}

// reading returns what the newest records of an image in a ring say, and what is lacking for them to say what runs.
func (r *ring) reading(names []string) (ledger.Reading, need) {
	var records []*deployments.Record
	for _, record := range r.records {
		if _, of := record.Image(); ledger.SameImage(of, names) {
			records = append(records, record)
		}
	}
	for n, record := range records {
		if read, enough := r.saying(names, records[:n], records[n:]); enough {
			return read, need{}
		}
		if !record.Known() {
			return ledger.Reading{}, need{record: record}
		}
	}
	read, enough := r.saying(names, records, nil)
	if enough || r.cursor == "" && r.problem == "" {
		return read, need{}
	}
	return ledger.Reading{}, need{more: r.cursor != "" && r.seen <= newest}
}

// saying returns what records say, and reports whether that is enough: it has the newest stay and its beginning. A stay begins
// where one of another image ends, which the first of the older records can also say of itself. An older record of the same image
// may have taken it back, and so has to be read as well.
func (r *ring) saying(names []string, records, older []*deployments.Record) (read ledger.Reading, enough bool) {
	entries, err := deployments.Outcomes(records)
	if err != nil {
		r.problem = err.Error()
		return read, true
	}
	read.Add(r.policy.Name, entries...)
	read = read.Of(names)
	stays := read.Facts(r.policy.Name).Stays()
	if len(stays) == 0 {
		return read, false
	}
	last := stays[len(stays)-1]
	of := func(x *deployments.Record) bool { digest, _ := x.Image(); return digest == last.Digest }
	switch {
	case slices.ContainsFunc(older, of):
		return read, false
	case last.RolledBack, len(stays) > 1:
		return read, true
	}
	return read, len(older) > 0 && older[0].Ended() && !last.Rollback // else what it went back from is still to be read
}

// images returns the images that the records of a repository name, each by its names; one without names where they name none.
func (r *repo) images() [][]string {
	var read ledger.Reading
	for _, ring := range r.rings {
		var named []ledger.Entry
		for _, record := range ring.records {
			digest, names := record.Image()
			named = append(named, ledger.Entry{At: record.Created(), Digest: digest, Images: names})
		}
		read.Add(ring.policy.Name, named...)
	}
	if all := read.Images(); len(all) > 0 {
		return all
	}
	return [][]string{nil}
}

// commonProblem returns what is wrong with every ring alike, such as that the token may not read deployments; else "".
func (r *repo) commonProblem() string {
	if len(r.rings) == 0 || slices.ContainsFunc(r.rings, func(x *ring) bool { return x.problem != r.rings[0].problem }) {
		return ""
	}
	return r.rings[0].problem
}

// repository returns what was read of a repository.
func (r *repo) repository() fleet.Repository {
	found := fleet.Repository{Name: r.name, URL: r.url, Problem: cmp.Or(r.problem, r.commonProblem())}
	if found.Problem != "" || !r.hasRecords() && !slices.ContainsFunc(r.rings, func(x *ring) bool { return x.cursor != "" }) {
		return found
	}
	for _, names := range r.images() {
		image := fleet.Image{Names: names, Unknown: map[string]string{}}
		for _, ring := range r.rings {
			read, lacks := ring.reading(names)
			entries, ok := read.Ring(ring.policy.Name)
			if why := ring.unknown(ok, lacks); why != "" {
				image.Unknown[ring.policy.Name] = why
				continue
			}
			image.Ledger.Add(ring.policy.Name, entries...)
		}
		found.Images = append(found.Images, image)
	}
	return found
}

// unknown returns why a ring is not known, "" if it is.
func (r *ring) unknown(read bool, lacks need) string {
	switch {
	case r.problem != "":
		return r.problem
	case lacks.record != nil || lacks.more:
		return "what it runs takes more questions than there was room for: run status for this repository"
	case !read && len(r.records) == 0:
		return fmt.Sprintf("none of the newest %d deployments of its environment is a record: run status for this repository", r.seen)
	case !read:
		return fmt.Sprintf("the newest %d deployments of its environment do not say since when it runs what it runs: run status for this repository", r.seen)
	}
	return ""
}

// giveStatuses reads the statuses of some records.
func (s *survey) giveStatuses(ctx context.Context, of []subject) {
	q := newQuery()
	var lists [][]subject
	for list := range slices.Chunk(of, 100) {
		ids := make([]string, len(list))
		for i, x := range list {
			ids[i] = x.record.NodeID
		}
		alias := fmt.Sprintf("s%d", len(lists))
		q.declare(alias, "[ID!]!", ids)
		q.addf("%s: nodes(ids: $%[1]s) { id ... on Deployment { statuses(first: 100) { pageInfo { hasNextPage endCursor } nodes { "+deployments.StatusFields+" } } } }\n", alias)
		lists = append(lists, list)
	}
	reply, data, err := s.ask(ctx, q)
	s.mu.Lock()
	defer s.mu.Unlock()
	for n, list := range lists {
		alias := fmt.Sprintf("s%d", n)
		var sent []json.RawMessage
		if err == nil && (json.Unmarshal(data[alias], &sent) != nil || len(sent) != len(list)) {
			err = errors.New("the answer of GitHub lacks statuses")
		}
		for i, x := range list {
			problem := err
			if problem == nil {
				problem = reply.Failed(alias, i)
			}
			if problem == nil {
				problem = s.give(x.record, sent[i])
			}
			if problem != nil {
				x.ring.problem = "the statuses of its deployment cannot be read: " + problem.Error()
			}
		}
	}
}

// give adds the statuses of an answer to a record. Of a list with another page none is known: what is not there may say how the
// deployment ended.
func (s *survey) give(record *deployments.Record, sent json.RawMessage) error {
	if !s.keep(sent) {
		return errRoom
	}
	var node struct {
		ID       string
		Statuses *github.Connection[deployments.Status]
	}
	if err := json.Unmarshal(sent, &node); err != nil || node.Statuses == nil || node.ID != record.NodeID {
		return errors.New("the answer of GitHub lacks them")
	}
	if *node.Statuses.PageInfo.HasNextPage {
		return errors.New("there are more than 100: run status for this repository")
	}
	return record.Give(node.Statuses.Nodes)
}

// readMore reads the next page of the deployments of some rings.
func (s *survey) readMore(ctx context.Context, rings []*ring) {
	q := newQuery()
	for i, r := range rings {
		q.declare(fmt.Sprintf("e%d", i), "[String!]", []string{r.policy.Environment})
		q.declare(fmt.Sprintf("c%d", i), "String", r.cursor)
		q.addf("r%d: %s { list: deployments"+deploymentsFields+" }\n", i, q.repository(i, r.of.name), i, more, fmt.Sprintf(", after: $c%d", i))
	}
	reply, data, err := s.ask(ctx, q)
	s.mu.Lock()
	defer s.mu.Unlock()
	for i, r := range rings {
		alias := fmt.Sprintf("r%d", i)
		var got struct{ List json.RawMessage }
		failed := err
		if failed == nil {
			failed = reply.Failed(alias)
		}
		if failed == nil && json.Unmarshal(data[alias], &got) != nil {
			failed = errors.New("the answer of GitHub lacks them")
		}
		r.read(s, got.List, failed, r.cursor)
		r.of.findStrays()
	}
}
