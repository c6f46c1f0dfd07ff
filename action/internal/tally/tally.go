// Package tally has what one run did about every image in every ring: the outputs, the JSON, and the words for people. It is pure.
package tally

import (
	"bytes"
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// MaxDeployments is how many jobs a matrix of GitHub may have.
const MaxDeployments = 256

// A Deed is what was done about one image in one ring. The zero Deed is nothing.
type Deed int

// The deeds.
const (
	Nothing    Deed = iota
	Promoted        // its tags came to the image, which is on its way in
	Redeployed      // it is on its way in already, and whoever deployed it ended without a word
	WentBack        // the ring went back to the image
	Left            // nothing yet: the next run begins with it
)

// A Row is one image in one ring.
type Row struct {
	Image      string // its first name
	Ring       string
	Decision   ringpolicy.Decision // of which nothing is known; the zero one was not made
	Object     json.RawMessage     // the decision as JSON, with the other candidates
	Deed       Deed
	Moved      []string // tags
	Record     string   // id of the record
	Deployment Deployment
	Err        error // that ended the deed
}

// A Deployment is an entry of the matrix for the job that deploys.
type Deployment struct {
	Ring          string `json:"ring"`
	Environment   string `json:"environment"`
	Image         string `json:"image"` // its first name, without a tag
	Digest        string `json:"digest"`
	Version       string `json:"version"` // of the image's label where that is a version; "": none
	PullRequest   *int   `json:"pr"`
	ContainerName string `json:"container-name"`
	HostPort      *int   `json:"host-port"`
	Rollback      bool   `json:"rollback"`
}

// A Tally is all that a run did.
type Tally struct {
	Now    time.Time
	Policy *ringpolicy.Policy
	DryRun bool
	Rows   []*Row        // in the order of the images and of the rings
	Acted  []*Row        // those that something was done about, in this order
	Spent  *status.Spent // at GitHub; nil: it was not asked
}

// deployed are the rows that the job that deploys gets.
func (t Tally) deployed() []*Row {
	return slices.DeleteFunc(slices.Clone(t.Acted), func(r *Row) bool { return t.DryRun || r.Err != nil })
}

// Outputs returns the outputs by name.
func (t Tally) Outputs(file string) (map[string]string, error) {
	list := []Deployment{}
	for _, r := range t.deployed() {
		list = append(list, r.Deployment)
	}
	var back []string
	for _, r := range t.Acted {
		if r.Deed == WentBack && r.Err == nil {
			back = append(back, r.Ring)
		}
	}
	object, err := marshal(list)
	return map[string]string{
		"deployments": object, "count": strconv.Itoa(len(list)), "rollbacks": strings.Join(once.Each(back), "\n"), "json-file": file,
	}, err
}

type (
	imageJSON struct {
		Image string            `json:"image"`
		Rings []json.RawMessage `json:"rings"`
	}
	leftJSON struct {
		Ring  string `json:"ring"`
		Image string `json:"image"`
	}
)

// JSON returns the decisions, and what was left.
func (t Tally) JSON() (string, error) {
	all := struct {
		Images []imageJSON   `json:"images"`
		Left   []leftJSON    `json:"left"`
		Spent  *status.Spent `json:"github,omitempty"`
	}{[]imageJSON{}, []leftJSON{}, t.Spent}
	for _, r := range t.Rows {
		if n := len(all.Images); n == 0 || all.Images[n-1].Image != r.Image {
			all.Images = append(all.Images, imageJSON{r.Image, []json.RawMessage{}})
		}
		of := &all.Images[len(all.Images)-1]
		if r.Object != nil {
			of.Rings = append(of.Rings, r.Object)
		}
		if r.Deed == Left {
			all.Left = append(all.Left, leftJSON{r.Ring, r.Image})
		}
	}
	return marshal(all)
}

// marshal keeps <, > and & as they are: whoever shows the text escapes it.
func marshal(v any) (string, error) {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	err := encoder.Encode(v)
	return strings.TrimSuffix(b.String(), "\n"), err
}

// maxNotes limits the warnings of the decisions: GitHub shows ten of a step.
const maxNotes = 20

// Notes are the rings that went back, what was left, and warnings of the decisions, each once.
func (t Tally) Notes() []note.Annotation {
	var all, warnings []note.Annotation
	left := 0
	for _, r := range t.Rows {
		for _, w := range r.Decision.Warnings {
			warnings = append(warnings, note.Annotation{Level: note.Warning, Message: w.Text})
		}
		if r.Err == nil && (r.Deed == WentBack || r.Decision.Rollback.Needed && r.Decision.Verdict == ringpolicy.Hold) { // a ring that has to go back and cannot
			all = append(all, note.Annotation{Level: note.Warning, Message: r.Decision.Summary})
		}
		if r.Deed == Left {
			left++
		}
	}
	if left > 0 {
		all = append(all, note.Annotation{Level: note.Warning, Message: text.Plural(left, "place") + " left for the next run, which begins there: the token has few requests to GitHub left, a matrix has no room for more deployments, or the run was to end"})
	}
	all = append(all, once.Each(warnings)...)
	return all[:min(len(all), maxNotes)]
}

// Done says what was written, for those who get no result; "" when nothing was.
func (t Tally) Done() string {
	if t.DryRun {
		return ""
	}
	var all []string
	for _, r := range t.Rows {
		if r.Record != "" || len(r.Moved) > 0 {
			all = append(all, fmt.Sprintf("%s of %s: %s %s, tags that moved: %s, record: %s", r.Ring, r.Image, deeds[r.Deed], r.Deployment.Digest, cmp.Or(strings.Join(r.Moved, ", "), "none"), cmp.Or(r.Record, "none")))
		}
	}
	return strings.Join(all, "; ")
}
