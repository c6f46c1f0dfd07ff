package labels

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"
)

// Lines returns a line "key=value" for each label, sorted by the bytes of the key. See [Quote] for programs that read them as CSV.
func Lines(labels map[string]string) []string {
	lines := make([]string, 0, len(labels))
	for _, key := range slices.Sorted(maps.Keys(labels)) {
		lines = append(lines, key+"="+labels[key])
	}
	return lines
}

// ParseLines reads "key=value" lines: no comments, no quoting, blank lines skipped, white space
// around keys and values trimmed, the last line of a key wins. Only the first "=" divides, and
// an empty value asks [Overlay] to remove the label. The error names every line that has no "=",
// no key, white space in its key, a control character or invalid UTF-8.
func ParseLines(text string) (map[string]string, error) {
	labels := map[string]string{}
	var problems []error
	for i, line := range strings.Split(text, "\n") {
		line = trim(line)
		if line == "" {
			continue
		}
		key, value, err := parseLine(line)
		if err != nil {
			problems = append(problems, fmt.Errorf("line %d: %w", i+1, err))
			continue
		}
		labels[key] = value
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return labels, nil
}

func parseLine(line string) (key, value string, err error) {
	key, value, ok := strings.Cut(line, "=")
	key, value = trim(key), trim(value)
	switch {
	case !ok:
		return "", "", fmt.Errorf("%.80q has no =, expected key=value", line)
	case key == "":
		return "", "", fmt.Errorf("%.80q has no key, expected key=value", line)
	case strings.ContainsFunc(key, unicode.IsSpace):
		return "", "", fmt.Errorf("the key %.80q contains white space", key)
	}
	return key, value, checkText(key + "=" + value)
}

// Overlay returns a new map of the labels with the extra ones laid over them. A label with an empty value is left out, so an empty
// extra one removes.
func Overlay(labels, extra map[string]string) map[string]string {
	all := make(map[string]string, len(labels)+len(extra))
	maps.Copy(all, labels)
	maps.Copy(all, extra)
	maps.DeleteFunc(all, func(_, value string) bool { return value == "" })
	return all
}
