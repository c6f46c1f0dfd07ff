package view

import (
	"fmt"
	"strings"

	"github.com/wizzense/deployment-rings/internal/text"
)

// An Identity says which program this is.
type Identity struct {
	Schema       int     `json:"schema"`
	Version      string  `json:"version"`
	Commit       *string `json:"commit"`   // nil: not known
	Modified     bool    `json:"modified"` // the working tree held more than the commit
	PolicyDigest string  `json:"policy_digest"`
	Go           string  `json:"go"`
	Platform     string  `json:"platform"`
}

// Rows returns the names and the values of what there is besides the version.
func (b Identity) Rows() [][2]string {
	source := "not known"
	if b.Commit != nil {
		source = *b.Commit
	}
	if b.Modified {
		source += ", with changes"
	}
	return [][2]string{{"commit", source}, {"policy digest", b.PolicyDigest}, {"go", b.Go}, {"platform", b.Platform}}
}

// Text is the identity for a terminal.
func (b Identity) Text() string {
	var w strings.Builder
	fmt.Fprintf(&w, "deployment-rings %s\n\n", b.Version)
	for _, row := range b.Rows() {
		fmt.Fprintf(&w, "  %-13s %s\n", row[0], row[1])
	}
	return w.String()
}

// Markdown is the identity as a job summary.
func (b Identity) Markdown() string {
	var w strings.Builder
	fmt.Fprintf(&w, "### deployment-rings %s\n\n", text.Code(b.Version))
	for _, row := range b.Rows() {
		fmt.Fprintf(&w, "- %s: %s\n", row[0], text.Code(row[1]))
	}
	return w.String()
}
