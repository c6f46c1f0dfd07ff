package report

import (
	"fmt"
	"os"
	"strings"
)

// maxSummary limits the summary of one step, as GitHub does.
const maxSummary = mebibyte

const cutNote = "\n\n*The rest of this summary was cut: GitHub takes 1 MiB.*\n"

// WriteSummary adds Markdown to the job summary, cut at the end of a line when it would be too long.
func WriteSummary(path, markdown string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY cannot be written: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if _, err := f.WriteString(cut(markdown, maxSummary-int(min(info.Size(), maxSummary)))); err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY cannot be written: %w", err)
	}
	return f.Close()
}

// cut keeps whole lines of Markdown, at most size bytes with the note that says so, and leaves nothing open.
func cut(markdown string, size int) string {
	if len(markdown) <= size {
		return markdown
	}
	size -= len(foldEnd) + len(cutNote)
	if size < 0 {
		return ""
	}
	end := strings.LastIndexByte(markdown[:size+1], '\n')
	return closed(markdown[:max(end, 0)]) + cutNote
}

const (
	fence     = "```"
	foldBegin = "<details>"
	foldEnd   = "\n\n</details>"
)

// closed leaves out a code block that has no end, since half a picture cannot be drawn, and ends a fold. In our summaries a line
// that begins with three backticks is a fence, and a tag is a tag: untrusted text has neither.
func closed(markdown string) string {
	open, at := -1, 0
	for line := range strings.Lines(markdown) {
		switch isFence := strings.HasPrefix(line, fence); {
		case isFence && open < 0:
			open = at
		case isFence:
			open = -1
		}
		at += len(line)
	}
	if open >= 0 {
		markdown = strings.TrimSuffix(markdown[:open], "\n")
	}
	if strings.Count(markdown, foldBegin) > strings.Count(markdown, strings.TrimSpace(foldEnd)) {
		markdown += foldEnd
	}
	return markdown
}
