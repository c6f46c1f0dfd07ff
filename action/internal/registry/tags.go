package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"hash/fnv"
	"io"
	"iter"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// pageSize is how many tags are asked for at once. Some registries refuse more.
const pageSize = 1000

// maxList is the size of an answer beyond which it is no list of tags.
const maxList = 256 << 20

// Tags are the tags of an image, in the order of the registry; none when there is no such repository. A tag may
// come more than once. An error ends the list, and what came before it is then not the whole list.
// Memory does not grow with the list.
func (c *Client) Tags(ctx context.Context, image string) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		ctx, done := c.bound(ctx)
		defer done()
		s, err := c.open(ctx, image, transport.PullScope)
		if err == nil {
			err = s.list(ctx, func(tag string) bool { return yield(tag, nil) })
		}
		if err != nil {
			yield("", err)
		}
	}
}

// A page is what was seen of one answer.
type page struct {
	count   int
	sum     uint64 // of hashes of the tags, whatever their order
	last    string
	next    string // the address of the next page; "": the registry knows none
	stopped bool   // the reader wanted no more
}

// same tells whether two pages hold the same tags.
func (p page) same(q page) bool { return p.count > 0 && p.count == q.count && p.sum == q.sum }

// list reads the whole list. A stop of the reader is not an error.
func (s *session) list(ctx context.Context, yield func(string) bool) error {
	return s.explain("list the tags of "+s.repo.Name(), s.walk(ctx, pageSize, yield))
}

// walk follows the links of pages of n tags. Where there is no link it asks for what comes after the last tag,
// because some registries cut a list and do not say so; the list has ended when nothing or nothing new comes.
func (s *session) walk(ctx context.Context, n int, yield func(string) bool) error {
	var first, previous page
	var seen cycle
	address, guessed := s.listURL(n, ""), false
	for pages := 0; ; pages++ {
		p, err := s.page(ctx, address, yield)
		status := statusOf(err)
		switch {
		case pages == 0 && status == http.StatusNotFound:
			return nil // there is no such repository, and so no tag
		case guessed && (status == http.StatusNotFound || status == http.StatusBadRequest):
			p = page{} // it knows no way to ask for what comes after a tag
		case err != nil:
			return err
		case p.stopped:
			return nil
		}
		if guessed && (p.count == 0 || p.same(first) || p.same(previous)) {
			if n > 0 && pages == 1 && first.count >= n {
				return s.walk(ctx, 0, yield) // cut after n tags, and no way to the next
			}
			return nil
		}
		if p.next == address || seen.again(p) {
			return errors.New("the registry gives the same page of the list again and again")
		}
		if p.next == "" && (p.count == 0 || n > 0 && p.count > n) {
			return nil // more than it was asked for: it knows no pages
		}
		if pages == 0 {
			first = p
		}
		previous = p
		address, guessed = p.next, p.next == ""
		if guessed {
			address = s.listURL(n, p.last)
		}
	}
}

// A cycle notices that pages come again, remembering only one of them (Brent's algorithm).
type cycle struct {
	mark         page
	power, steps int
}

func (c *cycle) again(p page) bool {
	if p.same(c.mark) {
		return true
	}
	if c.steps == c.power {
		c.mark, c.power, c.steps = p, max(1, 2*c.power), 0
	}
	c.steps++
	return false
}

// page reads one answer. Where the connection breaks it is read again, and tags come again.
func (s *session) page(ctx context.Context, address string, yield func(string) bool) (p page, err error) {
	err = s.try(ctx, func(ctx context.Context) error {
		p, err = s.pageOnce(ctx, address, yield)
		return err
	})
	return p, err
}

func (s *session) pageOnce(ctx context.Context, address string, yield func(string) bool) (p page, err error) {
	err = s.once(ctx, request{
		method: http.MethodGet,
		url:    address,
		status: http.StatusOK,
		read: func(resp *http.Response) (err error) {
			if p.next, err = nextPage(resp); err != nil {
				return err
			}
			return p.read(&capped{resp.Body, maxList}, yield)
		},
	})
	return p, err
}

// read hands on tag after tag of {"name": …, "tags": […]} as they come.
func (p *page) read(r io.Reader, yield func(string) bool) error {
	t := newTokens(r)
	err := readTags(t, func(tag string) bool {
		h := fnv.New64a()
		io.WriteString(h, tag)
		p.count, p.sum, p.last = p.count+1, p.sum+h.Sum64(), tag
		p.stopped = !yield(tag)
		return !p.stopped
	})
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		err = &lost{errors.New("the list was cut short")}
	}
	if p.stopped {
		return nil
	}
	return err
}

var errStopped = errors.New("stopped")

// maxToken is the most bytes of one thing in a list of tags, of which a tag has at most 128.
const maxToken = 64 << 10

// maxDepth is how deep what is passed over in a list of tags may be.
const maxDepth = 100

// tokens reads JSON token by token, of which none may fill the memory.
type tokens struct {
	*json.Decoder
	body *capped
}

func newTokens(r io.Reader) tokens {
	body := &capped{io.NopCloser(r), maxToken}
	return tokens{json.NewDecoder(body), body}
}

func (t tokens) next() (json.Token, error) {
	t.body.left = maxToken
	return t.Token()
}

// skip passes over a value.
func (t tokens) skip() error {
	for depth := 0; ; {
		token, err := t.next()
		if err != nil {
			return err
		}
		switch token {
		case json.Delim('['), json.Delim('{'):
			depth++
		case json.Delim(']'), json.Delim('}'):
			depth--
		}
		if depth == 0 {
			return nil
		}
		if depth > maxDepth {
			return errors.New("the answer is not a list of tags: it is too deep")
		}
	}
}

func readTags(t tokens, yield func(string) bool) error {
	if err := expect(t, json.Delim('{')); err != nil {
		return err
	}
	found := false
	for t.More() {
		key, err := t.next()
		if err != nil {
			return err
		}
		if key == "tags" {
			found = true
			err = readArray(t, yield)
		} else {
			err = t.skip()
		}
		if err != nil {
			return err
		}
	}
	if err := expect(t, json.Delim('}')); err != nil {
		return err
	}
	if !found {
		return errors.New("the answer is not a list of tags")
	}
	return nil
}

// readArray reads an array of strings, or null, which is none.
func readArray(t tokens, yield func(string) bool) error {
	open, err := t.next()
	if err != nil || open == nil {
		return err
	}
	if open != json.Delim('[') {
		return errors.New("the tags are not a list")
	}
	for t.More() {
		token, err := t.next()
		if err != nil {
			return err
		}
		tag, ok := token.(string)
		if !ok {
			return errors.New("a tag is not a text")
		}
		if !yield(tag) {
			return errStopped
		}
	}
	return expect(t, json.Delim(']'))
}

func expect(t tokens, want json.Delim) error {
	got, err := t.next()
	if err == nil && got != want {
		err = fmt.Errorf("the answer is not a list of tags: expected %v", want)
	}
	return err
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

// nextPage is the address in the header Link with rel="next" (RFC 8288). It is looked for on the same host,
// whatever host it names: behind a proxy, registries do not know their own name.
func nextPage(resp *http.Response) (string, error) {
	for link := range strings.SplitSeq(strings.Join(resp.Header.Values("Link"), ","), "<") {
		target, params, ok := strings.Cut(link, ">")
		if !ok || !isNext(params) {
			continue
		}
		u, err := resp.Request.URL.Parse(target)
		if err != nil {
			return "", fmt.Errorf("the address of the next page is broken: %w", err)
		}
		u.Scheme, u.Host, u.User = resp.Request.URL.Scheme, resp.Request.URL.Host, nil
		return u.String(), nil
	}
	return "", nil
}

func isNext(params string) bool {
	for param := range strings.SplitSeq(params, ";") {
		key, value, _ := strings.Cut(strings.TrimSpace(strings.Trim(strings.TrimSpace(param), ",")), "=")
		if strings.EqualFold(key, "rel") {
			return strings.EqualFold(strings.Trim(value, `" `), "next")
		}
	}
	return true
}
