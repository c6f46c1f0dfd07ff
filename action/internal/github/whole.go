package github

import (
	"errors"
	"fmt"
)

// whole is implemented by answers and by items of lists: Lacks names a field that the API always fills and that is empty; ""
// if there is none. Without it an answer of another shape would read as "there is nothing".
type whole interface{ Lacks() string }

// whyInvalid returns why an answer is not whole; nil if it is.
func whyInvalid(v any) error {
	if w, ok := v.(whole); ok && w.Lacks() != "" {
		return fmt.Errorf("the answer lacks %s", w.Lacks())
	}
	return nil
}

func whyAnyInvalid[T any](items []T) error {
	for _, x := range items {
		if err := whyInvalid(x); err != nil {
			return err
		}
	}
	return nil
}

// A Total is what the object around a page says about the whole list.
type Total struct {
	Count      int  `json:"total_count"`
	Incomplete bool `json:"incomplete_results"`
}

func (t Total) of() Total { return t }

// shortOf returns why the items that were read are not the whole list, according to its last page; nil if they are.
func shortOf(page any, read int) error {
	t, ok := page.(interface{ of() Total })
	switch {
	case !ok:
		return nil
	case t.of().Incomplete:
		return errors.New("GitHub says that the list is not complete")
	case t.of().Count > read:
		return fmt.Errorf("GitHub says that there are %d, and lists %d", t.of().Count, read)
	}
	return nil
}

// IfEmpty returns the name of a field that must not be empty, and is; "" if it is not.
func IfEmpty(name string, empty bool) string {
	if empty {
		return name
	}
	return ""
}
