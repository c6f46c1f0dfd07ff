package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/maphash"
	"net/http"
	"net/url"
	"regexp"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

const (
	pageSize = 1000      // tags that are asked for at once; some registries refuse more
	maxPage  = 16 << 20  // bytes of an answer, of which a registry without pages needs 10 MB for 100,000 long tags
	maxTags  = 1_000_000 // of a list; to read more would take longer than a call may
	maxTag   = 128       // bytes of a tag
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
		max:    maxPage,
		read: func(resp *http.Response, content []byte) (err error) {
			if p.next, err = nextPage(resp); err == nil {
				p.tags, err = readTags(content)
			}
			return err
		},
	})
	return p, err
}

var errNoList = errors.New("the answer is not a list of tags")

// readTags reads {"tags": […]}. Null means none; an answer without tags is something else.
func readTags(text []byte) (tags []string, err error) {
	var list struct{ Tags json.RawMessage }
	err = json.Unmarshal(text, &list)
	if bad := new(json.SyntaxError); errors.As(err, &bad) && bad.Offset >= int64(len(text)) {
		return nil, &outbound.Lost{Err: errors.New("the list was cut short")}
	}
	if err != nil || json.Unmarshal(list.Tags, &tags) != nil {
		return nil, errNoList
	}
	for _, tag := range tags {
		if tag == "" || len(tag) > maxTag {
			return nil, errNoList
		}
	}
	return tags, nil
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
		p, err := s.page(ctx, address)
		switch {
		case pages == 0 && statusOf(err) == http.StatusNotFound:
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

// refused reports whether a registry does not serve such a question; the whole list may still be there.
func refused(err error) bool {
	status := statusOf(err)
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

var nextLink = regexp.MustCompile(`(?i)<([^<>]*)>[^<>]*;\s*rel\s*=\s*"?\s*next\b`)

// nextPage returns the address in the header Link with rel="next" (RFC 8288). It is looked for on the same host,
// whatever host it names: behind a proxy, registries do not know their own name.
func nextPage(resp *http.Response) (string, error) {
	found := nextLink.FindStringSubmatch(strings.Join(resp.Header.Values("Link"), ","))
	if found == nil {
		return "", nil
	}
	u, err := resp.Request.URL.Parse(found[1])
	if err != nil {
		return "", fmt.Errorf("the address of the next page is broken: %w", err)
	}
	u.Scheme, u.Host, u.User = resp.Request.URL.Scheme, resp.Request.URL.Host, nil
	return u.String(), nil
}
