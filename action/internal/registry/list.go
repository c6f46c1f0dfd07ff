package registry

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/registry/access"
	"github.com/wizzense/deployment-rings/action/internal/registry/listing"
)

const (
	pageSize = 1000      // tags that are asked for at once; some registries refuse more
	maxTags  = 1_000_000 // of a list; to read more would take longer than a call may
)

// A page is one answer of a list.
type page struct {
	tags []string
	next string // the address of the next page; "": the registry names none
}

func (s *session) page(ctx context.Context, address string) (p page, err error) {
	err = s.send(ctx, request{
		method: http.MethodGet,
		url:    address,
		max:    access.MaxAnswer,
		read: func(resp *http.Response, content []byte) (err error) {
			if p.next, err = listing.Next(resp); err == nil {
				p.tags, err = listing.Read(content)
			}
			return err
		},
	})
	return p, err
}

// follow reads the page that a link leads to. Some registries name a path that they do not serve, as they do not know the one
// that they are reached by: where there is no page, the same question goes to the address of the first page.
func (s *session) follow(ctx context.Context, address string) (page, error) {
	p, err := s.page(ctx, address)
	status := access.Status(err)
	if home := s.home(address); home != "" && (errors.Is(err, listing.ErrNone) || 400 <= status && status < 500) {
		return s.page(ctx, home)
	}
	return p, err
}

// home returns the question of a link, at the address of the first page; "" if it is there, or says of no tag that it was the last.
func (s *session) home(link string) string {
	u, err := url.Parse(link)
	first, _, _ := strings.Cut(s.listURL(0, ""), "?")
	if here, _, _ := strings.Cut(link, "?"); err != nil || here == first || !u.Query().Has("last") {
		return ""
	}
	return first + "?" + u.RawQuery
}

// walk visits all tags of an image, each at least once; none when there is no such repository.
//
// It follows the links of pages. Where there is no link it asks for what comes after the last tag, because some
// registries cut a list and do not say so; the list has ended when nothing or nothing new comes.
func (s *session) walk(ctx context.Context, visit func(string)) error {
	seen, seed := map[uint64]bool{}, maphash.MakeSeed()
	n, first, guessed := pageSize, 0, false
	address := s.listURL(n, "")
	for pages := 0; ; pages++ {
		p, err := s.follow(ctx, address)
		switch {
		case pages == 0 && access.Status(err) == http.StatusNotFound:
			return nil // there is no such repository, and so no tag
		case guessed && refused(err):
			p = page{} // it knows no way to ask for what comes after a tag
		case err != nil:
			return err
		}
		before := len(seen)
		for _, tag := range p.tags {
			seen[maphash.String(seed, tag)] = true
			visit(tag)
		}
		count, stale := len(p.tags), len(seen) == before
		switch {
		case len(seen) > maxTags:
			return fmt.Errorf("there are more than %d tags", maxTags)
		case guessed && stale && pages == 1 && n > 0 && first >= n:
			clear(seen) // cut after n tags, and no way to the next: once more, for all
			n, pages, guessed, address = 0, -1, false, s.listURL(0, "")
			continue
		case guessed && stale, p.next == "" && (count == 0 || n > 0 && count > n):
			return nil // the end; a registry that sends more than it was asked for knows no pages
		case p.next == address && count == 0 && pages > 0:
			return nil // the end of one that links on for ever
		case p.next == address, pages > 0 && stale && count > 0:
			return errors.New("the registry gives the same page of the list again and again")
		}
		if pages == 0 {
			first = count
		}
		address, guessed = p.next, p.next == ""
		if guessed {
			address = s.listURL(n, p.tags[count-1])
		}
	}
}

// refused reports whether a registry does not serve such a question. The whole list may still be there.
func refused(err error) bool {
	status := access.Status(err)
	return status == http.StatusNotFound || status == http.StatusBadRequest
}

// listURL asks for n tags after one; 0 and "" ask for all, and from the beginning.
func (s *session) listURL(n int, after string) string {
	q := url.Values{}
	if n > 0 {
		q.Set("n", strconv.Itoa(n))
	}
	if after != "" {
		q.Set("last", after)
	}
	return strings.TrimSuffix(s.url("tags", "list")+"?"+q.Encode(), "?")
}
