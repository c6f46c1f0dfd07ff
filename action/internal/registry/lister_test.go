package registry_test

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strconv"
	"strings"
)

// A lister is a registry that only lists tags, in one of the ways that registries have.
type lister struct {
	tags  []string // in its order
	n     bool     // it stops after n tags
	most  int      // at most so many in a page; 0: any number
	links bool     // it says where the next page is
	last  string   // what it makes of the parameter: see after
	none  string   // its answer for no tags: "", "null" or "404"
}

// order sorts the tags of a lister.
func (l *lister) order(kind string, rnd *rand.Rand) {
	slices.Sort(l.tags)
	switch kind {
	case "fold":
		slices.SortStableFunc(l.tags, func(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) })
	case "any":
		rnd.Shuffle(len(l.tags), func(i, j int) { l.tags[i], l.tags[j] = l.tags[j], l.tags[i] })
	}
}

func (l *lister) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/v2/" {
		return
	}
	q := r.URL.Query()
	tags, ok := l.after(q.Get("last"), q.Has("last"))
	if !ok || len(l.tags) == 0 && l.none == "404" {
		http.Error(w, `{"errors":[{"code":"NAME_UNKNOWN"}]}`, http.StatusNotFound)
		return
	}
	offset, _ := strconv.Atoi(q.Get("offset"))
	tags = tags[min(offset, len(tags)):]
	if size := l.size(q.Get("n")); size > 0 && size < len(tags) {
		tags = tags[:size]
		if l.links {
			q.Set("offset", fmt.Sprint(offset+size))
			w.Header().Set("Link", fmt.Sprintf("<%s?%s>; rel=\"next\"", r.URL.Path, q.Encode()))
		}
	}
	if len(tags) == 0 && l.none == "null" {
		tags = nil
	}
	json.NewEncoder(w).Encode(map[string]any{"name": "owner/app", "tags": tags})
}

func (l *lister) size(n string) int {
	size, _ := strconv.Atoi(n)
	if !l.n {
		size = 0
	}
	if l.most > 0 && (size == 0 || l.most < size) {
		size = l.most
	}
	return size
}

// after is the list after a tag.
func (l *lister) after(last string, given bool) ([]string, bool) {
	if !given || l.last == "ignored" {
		return l.tags, true
	}
	at := slices.Index(l.tags, last)
	// Where it would be, for a registry that sorts by bytes or without regard to case.
	place := slices.IndexFunc(l.tags, func(t string) bool { return t > last })
	if strings.HasPrefix(l.last, "fold") {
		place = slices.IndexFunc(l.tags, func(t string) bool { return strings.ToLower(t) > strings.ToLower(last) })
	}
	if place < 0 {
		place = len(l.tags)
	}
	switch l.last {
	case "skips", "fold, skips": // looks where the tag would be, and begins behind that
		if at < 0 {
			place = min(place+1, len(l.tags))
		}
	case "wraps": // begins again when nothing comes after the tag
		if place == len(l.tags) {
			place = 0
		}
	case "known or nothing", "known or all", "known or 404":
		switch {
		case at >= 0:
			place = at + 1
		case l.last == "known or nothing":
			place = len(l.tags)
		case l.last == "known or all":
			place = 0
		default:
			return nil, false
		}
	}
	return l.tags[place:], true
}

// kinds are the ways of registries from which no tag needs to be lost. Not among them: one that cuts a list,
// gives no link, and makes nothing of last even when it is asked without n.
var kinds = []struct {
	name   string
	order  string
	most   int // requests for a part of 10,000 tags, where it lists in order; 0: any
	lister lister
}{
	{"olareg", "bytes", 3, lister{n: true, links: true, last: "bytes"}},
	{"distribution 2.8", "any", 0, lister{last: "ignored", none: "404"}},
	{"distribution 2.8 that happens to sort", "bytes", 0, lister{last: "ignored", none: "404"}},
	// One more where more than a page of tags is before a branch.
	{"distribution 3", "bytes", 4, lister{n: true, links: true, last: "skips", none: "404"}},
	{"in memory", "bytes", 0, lister{n: true, last: "wraps", none: "404"}},
	{"cuts silently", "bytes", 3, lister{n: true, last: "bytes", none: "null"}},
	{"small pages", "bytes", 0, lister{n: true, most: 100, links: true, last: "bytes"}},
	{"small pages without links", "bytes", 0, lister{n: true, most: 100, last: "bytes"}},
	{"without regard to case", "fold", 3, lister{n: true, links: true, last: "fold"}},
	{"without regard to case, passes over tags", "fold", 4, lister{n: true, links: true, last: "fold, skips"}},
	{"by age", "any", 0, lister{n: true, links: true, last: "known or nothing"}},
	{"by age, small pages", "any", 0, lister{n: true, most: 50, links: true, last: "known or all"}},
	{"by age, without links", "any", 0, lister{n: true, last: "known or all"}},
	{"refuses unknown tags", "bytes", 0, lister{n: true, links: true, last: "known or 404"}},
	{"pages without last", "any", 0, lister{n: true, links: true, last: "ignored"}},
	{"sorted pages without last", "bytes", 0, lister{n: true, links: true, last: "ignored"}},
	{"cuts at n, without last", "any", 0, lister{n: true, last: "ignored"}},
}
