package labels

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// field joins a key, which follows a prefix, to a field of Image, in both directions.
// The empty value has no label.
type field struct {
	name   string
	format func(*Image) (string, error)
	parse  func(*Image, string) error
}

const ociPrefix = "org.opencontainers.image"

var ociFields = []field{
	text("title", func(i *Image) *string { return &i.Title }),
	text("description", func(i *Image) *string { return &i.Description }),
	text("version", func(i *Image) *string { return &i.Version }),
	text("source", func(i *Image) *string { return &i.Source }),
	text("url", func(i *Image) *string { return &i.URL }),
	text("documentation", func(i *Image) *string { return &i.Documentation }),
	text("vendor", func(i *Image) *string { return &i.Vendor }),
	text("authors", func(i *Image) *string { return &i.Authors }),
	text("licenses", func(i *Image) *string { return &i.Licenses }),
	text("revision", func(i *Image) *string { return &i.Revision }),
	text("ref.name", func(i *Image) *string { return &i.RefName }),
	moment("created", time.RFC3339, parseCreated, func(i *Image) *time.Time { return &i.Created }),
}

var ringFields = []field{
	text("deployment.ring", func(i *Image) *string { return &i.Ring }),
	text("branch.name", func(i *Image) *string { return &i.Branch }),
	number("pr.number", func(i *Image) *int { return &i.PullRequest }),
	number("build.iteration", func(i *Image) *int { return &i.Iteration }),
	moment("build.timestamp", timestamp, parseTimestamp, func(i *Image) *time.Time { return &i.Timestamp }),
}

func (f field) key(prefix string) string {
	if prefix == "" {
		return f.name
	}
	return prefix + "." + f.name
}

func (f field) render(labels map[string]string, prefix string, i *Image) error {
	value, err := f.format(i)
	if err == nil && value != "" && prefix == "" {
		err = errors.New("needs a prefix such as com.example.app")
	}
	if err != nil {
		return f.problem(prefix, err)
	}
	if value != "" {
		labels[f.key(prefix)] = value
	}
	return nil
}

func (f field) read(labels map[string]string, prefix string, i *Image) error {
	value := labels[f.key(prefix)]
	if value == "" || prefix == "" {
		return nil
	}
	if err := f.parse(i, value); err != nil {
		return f.problem(prefix, err)
	}
	return nil
}

// problem quotes the key, since the prefix is not ours.
func (f field) problem(prefix string, err error) error {
	return fmt.Errorf("label %.120q: %w", f.key(prefix), err)
}

func text(name string, at func(*Image) *string) field {
	format := func(i *Image) (string, error) { return trim(*at(i)), checkText(*at(i)) }
	parse := func(i *Image, s string) error {
		if err := checkText(s); err != nil {
			return err
		}
		*at(i) = s
		return nil
	}
	return field{name, format, parse}
}

func number(name string, at func(*Image) *int) field {
	format := func(i *Image) (string, error) { return formatNumber(*at(i)) }
	parse := func(i *Image, s string) (err error) {
		*at(i), err = parseNumber(s)
		return err
	}
	return field{name, format, parse}
}

func formatNumber(n int) (string, error) {
	if n < 0 {
		return "", fmt.Errorf("%d is negative", n)
	}
	if n == 0 {
		return "", nil
	}
	return strconv.Itoa(n), nil
}

func parseNumber(s string) (int, error) {
	n, err := strconv.Atoi(s)
	if err != nil || n < 1 || strconv.Itoa(n) != s {
		return 0, fmt.Errorf("%.80q is not a positive number without leading zeros", s)
	}
	return n, nil
}

const timestamp = "20060102-150405"

func moment(name, layout string, read func(string) (time.Time, error), at func(*Image) *time.Time) field {
	format := func(i *Image) (string, error) { return formatTime(*at(i), layout) }
	parse := func(i *Image, s string) (err error) {
		*at(i), err = read(s)
		return err
	}
	return field{name, format, parse}
}

func formatTime(t time.Time, layout string) (string, error) {
	t = wholeSeconds(t)
	if t.IsZero() {
		return "", nil
	}
	if !fourDigits(t) {
		return "", fmt.Errorf("the year %d does not have four digits", t.Year())
	}
	return t.Format(layout), nil
}

func parseCreated(s string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, s)
	t = wholeSeconds(t)
	if err != nil || !fourDigits(t) {
		return time.Time{}, fmt.Errorf("%.80q is not an RFC 3339 time such as 2025-01-11T15:45:30Z", s)
	}
	return t, nil
}

func wholeSeconds(t time.Time) time.Time { return t.UTC().Truncate(time.Second) }

// fourDigits reports whether RFC 3339 can write the year, which UTC may have made another one.
func fourDigits(t time.Time) bool { return 0 <= t.Year() && t.Year() <= 9999 }

// parseTimestamp renders what it read once more, since time.Parse takes a fraction of a second too.
func parseTimestamp(s string) (time.Time, error) {
	t, err := time.Parse(timestamp, s)
	if err != nil || t.Format(timestamp) != s {
		return time.Time{}, fmt.Errorf("%.80q is not a time such as 20250111-154530", s)
	}
	return t, nil
}
