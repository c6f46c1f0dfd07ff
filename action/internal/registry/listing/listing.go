// Package listing reads the answers with which registries list tags: the tags of a page, where the next page is, and in which
// order they come.
package listing

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// ErrNone is an answer that is not a list of tags.
var ErrNone = errors.New("the answer is not a list of tags")

const maxTag = 128 // bytes of a tag

// Read reads {"tags": […]}. Null means none; an answer without tags is something else.
func Read(text []byte) (tags []string, err error) {
	var list struct{ Tags json.RawMessage }
	err = json.Unmarshal(text, &list)
	if bad := new(json.SyntaxError); errors.As(err, &bad) && bad.Offset >= int64(len(text)) {
		return nil, &outbound.Lost{Err: errors.New("the list was cut short")}
	}
	if err != nil || json.Unmarshal(list.Tags, &tags) != nil {
		return nil, ErrNone
	}
	for _, tag := range tags {
		if tag == "" || len(tag) > maxTag {
			return nil, ErrNone
		}
	}
	return tags, nil
}

var nextLink = regexp.MustCompile(`(?i)<([^<>]*)>[^<>]*;\s*rel\s*=\s*"?\s*next\b`)

// Next returns the address in the header Link with rel="next" (RFC 8288). It is looked for on the same host,
// whatever host it names: behind a proxy, registries do not know their own name. So credentials go to no other host.
func Next(resp *http.Response) (string, error) {
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

// An Order watches tags come: by bytes, or without regard to case, as the OCI specification has it.
type Order struct {
	last              string
	notBytes, notFold bool
}

// Next reports whether a tag comes after the last one.
func (o *Order) Next(tag string) bool {
	if o.last != "" {
		o.notBytes = o.notBytes || tag <= o.last
		o.notFold = o.notFold || strings.ToLower(tag) < strings.ToLower(o.last) || tag == o.last
	}
	o.last = tag
	return !o.notBytes || !o.notFold
}

// Beyond reports whether the last tag is beyond a bound, in whatever order it may be.
func (o *Order) Beyond(high string) bool {
	return o.last != "" && (o.notBytes || o.last >= high) && (o.notFold || strings.ToLower(o.last) >= high)
}
