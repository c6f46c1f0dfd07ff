package labels

import (
	"errors"
	"fmt"
	"strconv"
	"time"
)

// field joins a key to a field of Image, in both directions. An empty value is no value.
type field struct {
	name   string
	format func(*Image) (string, error)
	parse  func(*Image, string) error
}

var ociFields = []field{
	text("org.opencontainers.image.title", func(i *Image) *string { return &i.Title }),
	text("org.opencontainers.image.description", func(i *Image) *string { return &i.Description }),
	text("org.opencontainers.image.version", func(i *Image) *string { return &i.Version }),
	text("org.opencontainers.image.source", func(i *Image) *string { return &i.Source }),
	text("org.opencontainers.image.url", func(i *Image) *string { return &i.URL }),
	text("org.opencontainers.image.documentation", func(i *Image) *string { return &i.Documentation }),
	text("org.opencontainers.image.vendor", func(i *Image) *string { return &i.Vendor }),
	text("org.opencontainers.image.authors", func(i *Image) *string { return &i.Authors }),
	text("org.opencontainers.image.licenses", func(i *Image) *string { return &i.Licenses }),
	text("org.opencontainers.image.revision", func(i *Image) *string { return &i.Revision }),
	text("org.opencontainers.image.ref.name", func(i *Image) *string { return &i.RefName }),
	moment("org.opencontainers.image.created", time.RFC3339, parseCreated, func(i *Image) *time.Time { return &i.Created }),
}

// ringFields have a prefix before their names.
var ringFields = []field{
	text("deployment.ring", func(i *Image) *string { return &i.Ring }),
	text("branch.name", func(i *Image) *string { return &i.Branch }),
	number("pr.number", func(i *Image) *int { return &i.PullRequest }),
	number("build.iteration", func(i *Image) *int { return &i.Iteration }),
	moment("build.timestamp", timestamp, parseTimestamp, func(i *Image) *time.Time { return &i.Timestamp }),
}

func (f field) ringKey(prefix string) string { return prefix + "." + f.name }

func (f field) render(m map[string]string, key string, i *Image) error {
	value, err := f.format(i)
	if err == nil && value != "" && key == f.ringKey("") {
		err = errors.New("has a value, but no prefix is given")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	if value != "" {
		m[key] = value
	}
	return nil
}

func (f field) read(m map[string]string, key string, i *Image) error {
	if m[key] == "" {
		return nil
	}
	if err := f.parse(i, m[key]); err != nil {
		return fmt.Errorf("%s: %w", key, err)
	}
	return nil
}

func text(name string, at func(*Image) *string) field {
	format := func(i *Image) (string, error) { return *at(i), checkText(*at(i)) }
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
	t = t.UTC().Truncate(time.Second)
	if t.IsZero() {
		return "", nil
	}
	if t.Year() < 0 || t.Year() > 9999 {
		return "", fmt.Errorf("the year %d has not four digits", t.Year())
	}
	return t.Format(layout), nil
}

// parseCreated uses UnmarshalText, since time.Parse takes more than RFC 3339 allows.
func parseCreated(s string) (time.Time, error) {
	var t time.Time
	err := t.UnmarshalText([]byte(s))
	t = t.UTC().Truncate(time.Second)
	if err != nil || t.Year() < 0 {
		return time.Time{}, fmt.Errorf("%.80q is not an RFC 3339 time such as 2025-01-11T15:45:30Z", s)
	}
	return t, nil
}

// parseTimestamp renders what it read once more, since time.Parse takes a fraction of a second too.
func parseTimestamp(s string) (time.Time, error) {
	t, err := time.Parse(timestamp, s)
	if err != nil || t.Format(timestamp) != s {
		return time.Time{}, fmt.Errorf("%.80q is not a time such as 20250111-154530", s)
	}
	return t, nil
}
