package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"reflect"
	"slices"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
)

// A list is one that is in pages, of which each is in an object of type P.
type list[P any, T Item] struct {
	*Client
	op    Operation
	items func(P) []T
}

// maxShifts is how often a list is read that shifts while it is read.
const maxShifts = 3

// read reads all pages of a list from the address of the first.
//
// Pages have numbers, so that an item which goes away while they are read pulls one from a page that is still to come to one
// that was read already, where nobody sees it. When there are several, all but the last are therefore read again after
// the last. If one of them has other items by then, the list is read anew.
func (l list[P, T]) read(ctx context.Context, first string) ([]T, error) {
	for range maxShifts {
		pages, err := l.pages(ctx, first)
		if err != nil {
			return nil, err
		}
		switch shifted, err := l.shifted(ctx, pages); {
		case err != nil:
			return nil, err
		case !shifted:
			return l.joined(pages)
		}
	}
	return nil, l.Explain(l.op, fmt.Errorf("the list changed each of the %d times that it was read: run again later", maxShifts))
}

// A page is one with its address.
type page[P any] struct {
	address string
	content P
}

func (l list[P, T]) pages(ctx context.Context, next string) (all []page[P], err error) {
	for range MaxPages {
		p := page[P]{address: next}
		if p.content, next, err = l.page(ctx, next); err != nil {
			return nil, err
		}
		all = append(all, p)
		if next == "" {
			return all, nil
		}
	}
	return nil, l.Explain(l.op, fmt.Errorf("it has more than %d pages", MaxPages))
}

// page reads one page, and returns the address of the next; "" after the last.
func (l list[P, T]) page(ctx context.Context, address string) (content P, next string, err error) {
	err = l.try(ctx, l.op, http.MethodGet, func(ctx context.Context) error {
		content = *new(P)
		link, err := l.do(ctx, http.MethodGet, address, nil, &content)
		if err != nil {
			return err
		}
		if err := whyNoPage(content, l.items); err != nil {
			return &outbound.Lost{Err: err}
		}
		following, err := l.nextPage(link)
		if err == nil && following != "" && len(l.items(content)) == 0 {
			return &outbound.Lost{Err: errors.New("a page is empty, and there is another one")}
		}
		next = following
		return err
	})
	return content, next, err
}

// whyNoPage returns why an answer is no page; nil if it is one.
func whyNoPage[P any, T Item](content P, items func(P) []T) error {
	if items(content) == nil { // an empty list would not be nil
		return errors.New("the answer is no list")
	}
	return whyAnyInvalid(items(content))
}

// shifted reports whether pages that another one followed by its number have other items by now.
func (l list[P, T]) shifted(ctx context.Context, pages []page[P]) (bool, error) {
	changed, errs := make([]bool, len(pages)), make([]error, len(pages))
	var all sync.WaitGroup
	for i, p := range pages[:len(pages)-1] {
		if hasCursor(pages[i+1].address) {
			continue
		}
		all.Go(func() {
			l.kept.Add(-weight(reflect.ValueOf(&p.content))) // the same will be read in its place
			again, _, err := l.page(ctx, p.address)
			changed[i], errs[i] = !slices.Equal(l.keys(p.content), l.keys(again)), err
		})
	}
	all.Wait()
	return slices.Contains(changed, true), Joined(errs...)
}

// hasCursor reports whether a page begins behind an item, wherever that is by now, and not at a number.
func hasCursor(address string) bool {
	u, err := url.Parse(address)
	return err == nil && u.Query().Has("after") && !u.Query().Has("page")
}

func (l list[P, T]) keys(content P) (keys []any) {
	for _, x := range l.items(content) {
		keys = append(keys, x.Key())
	}
	return keys
}

// joined returns the items of all pages, unless the last page says that there are more.
func (l list[P, T]) joined(pages []page[P]) ([]T, error) {
	all := []T{}
	for _, p := range pages {
		all = append(all, l.items(p.content)...)
	}
	if err := shortOf(pages[len(pages)-1].content, len(all)); err != nil {
		return nil, l.Explain(l.op, err)
	}
	return all, nil
}
