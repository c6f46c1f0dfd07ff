package view

import (
	"fmt"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/internal/text"
)

// Verified compares what the registry has of a build with what the plan expects.
type Verified struct {
	Schema     int             `json:"schema"`
	Verified   bool            `json:"verified"`
	Skip       string          `json:"skip_reason,omitempty"` // why nothing is expected
	Digest     string          `json:"digest"`                // that the primary tag of the first image points to
	Missing    []string        `json:"missing_tags"`
	Mismatched []string        `json:"mismatched_tags"`
	Labels     []VerifiedLabel `json:"labels"` // those that disagree
	Images     []VerifiedImage `json:"images"`

	Mend string `json:"-"` // what to do about labels
}

// A VerifiedImage has the tags of an image.
type VerifiedImage struct {
	Image string        `json:"image"`
	Tags  []VerifiedTag `json:"tags"`
}

// A VerifiedTag says what a tag points to.
type VerifiedTag struct {
	Tag    string `json:"tag"`
	Digest string `json:"digest"` // "" when there is no such tag
}

// A VerifiedLabel is a label that is not as expected.
type VerifiedLabel struct {
	Image    string `json:"image"`
	Platform string `json:"platform"` // of an index; "" of an image that stands alone
	Key      string `json:"key"`
	Want     string `json:"want"`
	Got      string `json:"got"`
}

// Outputs returns the outputs by name.
func (v Verified) Outputs() map[string]string {
	return map[string]string{
		"verified":        strconv.FormatBool(v.Verified),
		"missing-tags":    strings.Join(v.Missing, "\n"),
		"mismatched-tags": strings.Join(v.Mismatched, "\n"),
		"digest":          v.Digest,
	}
}

// text says what is there and what is not, and what to do about it.
func (v Verified) text(code, plain escaper) string {
	var b strings.Builder
	switch {
	case v.Skip != "":
		return "Nothing to verify: " + plain(v.Skip) + "\n"
	case v.Verified:
		fmt.Fprintf(&b, "Verified: all tags point to %s, and its labels are as expected\n", code(v.Digest))
		return b.String()
	}
	fmt.Fprintf(&b, "Not as expected\n")
	if v.Digest != "" {
		fmt.Fprintf(&b, "\nThe primary tag points to %s.\n", code(v.Digest))
	}
	for _, problem := range v.problems(code) {
		fmt.Fprintf(&b, "\n- %s\n", problem)
	}
	return b.String()
}

func (v Verified) problems(code escaper) []string {
	var all []string
	if len(v.Missing) > 0 {
		all = append(all, "Missing: "+joined(v.Missing, code)+". Did the build and push step of this run end well, and does it push the output tags? Run it again.")
	}
	if len(v.Mismatched) > 0 {
		all = append(all, "On another image: "+joined(v.Mismatched, code)+". A newer build may have moved them; if not, push the tags of this build again.")
	}
	for _, l := range v.Labels {
		got := code(l.Got)
		if l.Got == "" {
			got = "missing"
		}
		of := code(l.Image)
		if l.Platform != "" {
			of += " for " + code(l.Platform)
		}
		all = append(all, fmt.Sprintf("Label %s of %s is %s, expected %s. %s", code(l.Key), of, got, code(l.Want), v.Mend))
	}
	return all
}

// Annotations has one for each problem.
func (v Verified) Annotations() []note.Annotation {
	var all []note.Annotation
	for _, problem := range v.problems(plainly) {
		all = append(all, note.Annotation{Level: note.Error, Message: problem})
	}
	return all
}

// Text writes the report for a terminal.
func (v Verified) Text() string { return v.text(text.Visible, text.Visible) }

// Markdown writes the report for a job summary.
func (v Verified) Markdown() string { return "### " + v.text(text.Code, text.Plain) }
