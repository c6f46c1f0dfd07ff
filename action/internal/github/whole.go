package github

import (
	"errors"
	"fmt"
)

// whole is what answers and items of lists may implement: lacks names a field that the API always fills and that is
// empty, "" if none is. Without it an answer of another shape would read as "there is nothing".
type whole interface{ lacks() string }

// defect returns why an answer is not whole; nil if it is.
func defect(v any) error {
	if w, ok := v.(whole); ok && w.lacks() != "" {
		return fmt.Errorf("the answer lacks %s", w.lacks())
	}
	return nil
}

func defectOfAny[T any](items []T) error {
	for _, x := range items {
		if err := defect(x); err != nil {
			return err
		}
	}
	return nil
}

// A total is what the object around a page says about the whole list.
type total struct {
	Count      int  `json:"total_count"`
	Incomplete bool `json:"incomplete_results"`
}

func (t total) of() total { return t }

// shortOf returns why the items that were read are not the whole list, according to its last page; nil if they are.
func shortOf(page any, read int) error {
	t, ok := page.(interface{ of() total })
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

// A field is one that an answer must have.
type field struct {
	name  string
	empty bool
}

// firstEmpty returns the name of the first field that is empty; "" if none is.
func firstEmpty(fields ...field) string {
	for _, f := range fields {
		if f.empty {
			return f.name
		}
	}
	return ""
}
