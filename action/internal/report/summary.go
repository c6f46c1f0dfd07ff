package report

import (
	"fmt"
	"os"
	"strings"
)

// mostSummary is what GitHub takes as the summary of one step.
const mostSummary = mebibyte

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
	if _, err := f.WriteString(cut(markdown, mostSummary-int(min(info.Size(), mostSummary)))); err != nil {
		return fmt.Errorf("GITHUB_STEP_SUMMARY cannot be written: %w", err)
	}
	return f.Close()
}

// cut keeps whole lines of Markdown, at most size bytes with the note that says so.
func cut(markdown string, size int) string {
	if len(markdown) <= size {
		return markdown
	}
	if size < len(cutNote) {
		return ""
	}
	end := strings.LastIndexByte(markdown[:size-len(cutNote)+1], '\n')
	return markdown[:max(end, 0)] + cutNote
}
