package github

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/url"
	"regexp"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// An Operation is what a request is for: in messages, and the permission of the job token that it takes.
type Operation struct {
	Doing string // "read the checks of 0a1b2c3d"
	Needs string // "checks: read"
}

// Get reads one object. The path is below the root of the API.
func Get[T any](ctx context.Context, c *Client, op Operation, path string) (T, error) {
	got, err := c.onceAt(ctx, op, fmt.Sprintf("one %T ", *new(T)), path, func() (any, error) {
		var v T
		if c.recall(path, &v, func() error { return whyInvalid(v) }) {
			return v, nil
		}
		err := c.try(ctx, op, http.MethodGet, func(ctx context.Context) error {
			v = *new(T)
			_, err := c.do(ctx, http.MethodGet, c.root.String()+path, nil, &v)
			if err != nil {
				return err
			}
			if err := whyInvalid(v); err != nil {
				return &outbound.Lost{Err: err}
			}
			return nil
		})
		return v, err
	})
	if err != nil {
		return *new(T), err
	}
	return got.(T), nil
}

// Send writes something, and reads the answer. It is tried again only where GitHub refused it at once, so that
// nothing is done twice.
func Send[T any](ctx context.Context, c *Client, op Operation, method, path string, body any) (T, error) {
	var v T
	encoded, err := json.Marshal(body)
	if err != nil {
		return v, err
	}
	err = c.try(ctx, op, method, func(ctx context.Context) error {
		v = *new(T)
		_, err := c.do(ctx, method, c.root.String()+path, encoded, &v)
		return err
	})
	return v, err
}

// MaxPages ends a list that has no end.
const MaxPages = 200

// An Item of a list has a key that no other item of it has, and that it keeps.
type Item interface{ Key() any }

// List reads all pages of a list; none gives an empty list. The path may have a query.
func List[T Item](ctx context.Context, c *Client, op Operation, path string) ([]T, error) {
	return Pages(ctx, c, op, path, func(page []T) []T { return page })
}

// Pages reads all pages of a list, of which each is in an object of type P.
func Pages[P any, T Item](ctx context.Context, c *Client, op Operation, path string, items func(P) []T) ([]T, error) {
	got, err := c.onceAt(ctx, op, fmt.Sprintf("all %T ", *new(T)), path, func() (any, error) {
		var whole P
		if c.recall(path, &whole, func() error { return whyNoPage(whole, items) }) {
			return items(whole), nil
		}
		return list[P, T]{c, op, items}.read(ctx, c.root.String()+perPage(path))
	})
	if err != nil {
		return nil, err
	}
	return slices.Clone(got.([]T)), nil // the callers sort and strike out
}

// Some reads the pages of a list, which is newest first, until they have what the caller wants. It reports whether it read the
// list to its end. A list that shifts meanwhile shows an item twice, and may hide one of which the caller must not conclude that it
// is not there, unless the pages have cursors.
func Some[P any, T Item](ctx context.Context, c *Client, op Operation, path string, items func(P) []T, wants func([]T) bool) (whole bool, err error) {
	l, next := list[P, T]{c, op, items}, c.root.String()+perPage(path)
	for next != "" {
		var content P
		if content, next, err = l.page(ctx, next); err != nil {
			return false, err
		}
		if more := wants(items(content)); !more {
			return next == "", nil
		}
	}
	return true, nil
}

// Page reads one page of a list, and reports whether another one follows. The path says which, and how long a page is. What was read
// before may have shifted since.
func Page[T Item](ctx context.Context, c *Client, op Operation, path string) (items []T, more bool, err error) {
	l := list[[]T, T]{c, op, func(page []T) []T { return page }}
	items, next, err := l.page(ctx, c.root.String()+path)
	return items, next != "", err
}

func perPage(path string) string {
	if strings.Contains(path, "?") {
		return path + "&per_page=100"
	}
	return path + "?per_page=100"
}

// do sends one request, reads the answer, and returns the Link header.
func (c *Client) do(ctx context.Context, method, address string, body []byte, v any) (link string, err error) {
	req, err := http.NewRequestWithContext(ctx, method, address, bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	c.dress(req, body != nil)
	c.account.sent()
	resp, err := c.http.Do(req)
	if err != nil {
		return "", &outbound.Lost{Err: unwrapURL(err)}
	}
	defer resp.Body.Close()
	c.account.read(resp.Header, c.budgetOf(address))
	if resp.StatusCode < 200 || resp.StatusCode > 299 {
		return "", c.readRefusal(resp)
	}
	return resp.Header.Get("Link"), c.readAnswer(ctx, resp.Body, v)
}

func (c *Client) dress(req *http.Request, hasBody bool) {
	req.Header.Set("Accept", "application/vnd.github+json")
	req.Header.Set("X-GitHub-Api-Version", "2022-11-28")
	req.Header.Set("User-Agent", c.userAgent)
	if hasBody {
		req.Header.Set("Content-Type", "application/json")
	}
	if c.token != "" {
		req.Header.Set("Authorization", "Bearer "+c.token)
	}
}

var nextLink = regexp.MustCompile(`<([^<>]*)>[^<>]*;\s*rel="?next"?`)

// nextPage returns the address of the next page in a Link header; "" if the header has none. It is of the same API, or the
// token would go elsewhere.
func (c *Client) nextPage(link string) (string, error) {
	found := nextLink.FindStringSubmatch(link)
	if found == nil {
		return "", nil
	}
	next, err := url.Parse(found[1])
	if err != nil || !isBelow(c.root, next) {
		return "", fmt.Errorf("the next page is not at %s", c.root.Host)
	}
	return next.String(), nil
}
