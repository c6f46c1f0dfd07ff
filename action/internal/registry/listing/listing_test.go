package listing_test

import (
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
	"github.com/wizzense/deployment-rings/action/internal/registry/listing"
)

func TestRead(t *testing.T) {
	long := strings.Repeat("t", 128)
	for _, c := range []struct {
		text string
		want []string
		err  string // "": none; lost: another try may help
	}{
		{`{"name": "a", "tags": ["b", "a"]}`, []string{"b", "a"}, ""},
		{`{"tags": []}`, nil, ""},
		{`{"tags": null}`, nil, ""}, // what some registries say of an empty repository
		{`{"tags": ["` + long + `"]}`, []string{long}, ""},
		{`{"tags": ["` + long + `t"]}`, nil, "none"},
		{`{"tags": ["a", ""]}`, nil, "none"},
		{`{"tags": ["a", 1]}`, nil, "none"},
		{`{"tags": "a"}`, nil, "none"},
		{`{"name": "a"}`, nil, "none"},
		{`{}`, nil, "none"},
		{`[]`, nil, "none"},
		{`<html>`, nil, "none"},
		{`{"tags": ["a"]} and more`, nil, "none"},
		{`{"tags": ["a", "b`, nil, "lost"},
		{``, nil, "lost"},
	} {
		got, err := listing.Read([]byte(c.text))
		kind := ""
		switch {
		case errors.Is(err, listing.ErrNone):
			kind = "none"
		case errors.As(err, new(*outbound.Lost)):
			kind = "lost"
		case err != nil:
			kind = err.Error()
		}
		if !slices.Equal(got, c.want) || kind != c.err {
			t.Errorf("Read(%.40s) = %.40q, %v, want %.40q and the error %q", c.text, got, err, c.want, c.err)
		}
	}
}

// TestNext: the address is on the host that was asked, whatever the header says.
func TestNext(t *testing.T) {
	for _, c := range []struct {
		links []string
		want  string
		fails bool
	}{
		{nil, "", false},
		{[]string{`</v2/a/tags/list?n=100&last=b>; rel="next"`}, "https://registry.example/v2/a/tags/list?n=100&last=b", false},
		{[]string{`<?last=b>; rel=next`}, "https://registry.example/v2/a/tags/list?last=b", false},
		{[]string{`</p>; title="x"; REL = "Next"`}, "https://registry.example/p", false},
		{[]string{`</first>; rel="first", </p>; rel="next"`}, "https://registry.example/p", false},
		{[]string{`</first>; rel="first"`, `</p>; rel="next"`}, "https://registry.example/p", false},
		{[]string{`</p>; rel="prev"`}, "", false},
		{[]string{`</p>; rel="nextdoor"`}, "", false},
		{[]string{`<http://internal:5000/p?last=b>; rel="next"`}, "https://registry.example/p?last=b", false},
		{[]string{`<https://user:secret@evil.example/p>; rel="next"`}, "https://registry.example/p", false},
		{[]string{`<//evil.example/p>; rel="next"`}, "https://registry.example/p", false},
		{[]string{`<:%zz>; rel="next"`}, "", true},
	} {
		asked, err := url.Parse("https://registry.example/v2/a/tags/list?n=100")
		if err != nil {
			t.Fatal(err)
		}
		got, err := listing.Next(&http.Response{Header: http.Header{"Link": c.links}, Request: &http.Request{URL: asked}})
		if got != c.want || (err != nil) != c.fails {
			t.Errorf("Next of %q = %q, %v, want %q and an error: %v", c.links, got, err, c.want, c.fails)
		}
	}
}

// TestOrder has the tags that come, how many of them are in order, and whether the last of those is beyond "m".
func TestOrder(t *testing.T) {
	for _, c := range []struct {
		tags   string
		inRow  int
		beyond bool
	}{
		{"", 0, false},
		{"a b c", 3, false},
		{"a m", 2, true}, // the bound is beyond
		{"a l z", 3, true},
		{"A B a b", 4, false},  // by bytes
		{"a A b B z", 5, true}, // without regard to case
		{"a B", 2, false},      // without regard to case alone
		{"B N a", 3, false},    // by bytes alone, where N is before m
		{"A N", 2, false},      // in both orders, and by bytes it is not beyond
		{"a b a", 2, false},
		{"a a", 1, false},
		{"b a", 1, false},
		{"a B A c", 2, false}, // in neither
	} {
		var o listing.Order
		inRow, beyond := 0, o.Beyond("m")
		for _, tag := range strings.Fields(c.tags) {
			if !o.Next(tag) {
				break
			}
			inRow, beyond = inRow+1, o.Beyond("m")
		}
		if inRow != c.inRow || beyond != c.beyond {
			t.Errorf("of %q %d are in order, and the last is beyond m: %v, want %d and %v", c.tags, inRow, beyond, c.inRow, c.beyond)
		}
	}
}
