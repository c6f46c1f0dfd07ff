package event

import (
	"regexp"
	"slices"
	"strings"
)

// visibleCommands returns the lines of a paragraph that are commands and do not begin inside inline code or HTML.
func visibleCommands(lines []textLine) (found []string) {
	if !slices.ContainsFunc(lines, func(l textLine) bool { return command.MatchString(l.raw) }) {
		return nil
	}
	hidden, at := inlineHidden(join(lines)), 0
	for _, l := range lines {
		if command.MatchString(l.raw) && !hidden.contains(at) {
			found = append(found, trim(l.raw))
		}
		at += len(l.text) + 1
	}
	return found
}

func trim(line string) string { return strings.TrimSpace(line) }

func join(lines []textLine) string {
	var b strings.Builder
	for _, l := range lines {
		b.WriteString(l.text + "\n")
	}
	return b.String()
}

// spans are ranges of a text, in order and apart.
type spans [][2]int

func (s spans) contains(at int) bool {
	i, found := slices.BinarySearchFunc(s, at, func(span [2]int, at int) int {
		switch {
		case span[1] <= at:
			return -1
		case span[0] > at:
			return 1
		}
		return 0
	})
	return found && i < len(s)
}

// inlineHidden returns the code spans, tags and HTML comments of the text of a paragraph. They bind equally: the one that
// begins first wins.
func inlineHidden(text string) (hidden spans) {
	runs, tags := backtickRuns(text), tags{text: text}
	for at := 0; at < len(text); {
		end := at + 1
		switch text[at] {
		case '\\':
			at += 2
			continue
		case '`':
			end = runs.closing(text, at)
		case '<':
			end = tags.end(at)
		}
		if end > at+1 {
			hidden = append(hidden, [2]int{at, end})
		}
		at = end
	}
	return hidden
}

// runs holds where the runs of backticks of each length begin.
type runs map[int][]int

var backticks = regexp.MustCompile("`+")

func backtickRuns(text string) runs {
	r := runs{}
	for _, at := range backticks.FindAllStringIndex(text, -1) {
		r[at[1]-at[0]] = append(r[at[1]-at[0]], at[0])
	}
	return r
}

// closing returns the end of the code span that begins at a run of backticks: behind the next run of the same length.
// Without one the run is plain text, and its own end is returned.
func (r runs) closing(text string, at int) int {
	length := len(text[at:]) - len(strings.TrimLeft(text[at:], "`"))
	same := r[length]
	if i, _ := slices.BinarySearch(same, at+1); i < len(same) {
		return same[i] + length
	}
	return at + length
}
