package dashboard

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

//go:embed page.html
var markup string

//go:embed page.css
var style template.CSS

//go:embed page.js
var script template.JS

// A page is the model of page.html: a report, and what its rings look like beside each other.
type page struct {
	Report status.Report
	Style  template.CSS
	Script template.JS
	Images []image
	First  *ring // the ring that needs attention most; nil when there are no rings
}

// An image is a section of the page. Of several, each is a row of its rings, and the rest unfolds.
type image struct {
	Name     string
	Headline status.Text
	Index    int
	Several  bool
	Rings    []*ring
	Timeline *timeline // nil when no ring has a history
}

// A ring is a card with what it looks like in its page.
type ring struct {
	status.Ring
	Page    *page
	Image   *image
	ID      string       // follows a letter in what links lead to
	Follows bool         // it comes after the ring at its left alone
	Next    *status.Move // the move that needs attention most; nil when the image is in every next ring
}

// render writes the page.
func render(r status.Report, zone *time.Location) ([]byte, error) {
	t, err := template.New("").Funcs(functions(r, zone)).Parse(markup)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = t.ExecuteTemplate(&b, "page", newPage(r, zone))
	return b.Bytes(), err
}

func newPage(r status.Report, zone *time.Location) *page {
	p := &page{Report: r, Style: style, Script: script, Images: make([]image, len(r.Images))}
	for i, of := range r.Images {
		m := &p.Images[i]
		*m = image{Name: of.Image, Headline: of.Headline, Index: i, Several: len(r.Images) > 1, Timeline: newTimeline(of.Rings, r.Now, zone)}
		for j, of := range of.Rings {
			c := &ring{Ring: of, Page: p, Image: m, ID: fmt.Sprintf("%d-%d", i, j)}
			c.Follows = j > 0 && slices.Equal(of.After, []string{m.Rings[j-1].Name})
			if next, open := of.Worst(); open {
				c.Next = &next
			}
			m.Rings = append(m.Rings, c)
		}
	}
	if i, j, ok := r.First(); ok {
		p.First = p.Images[i].Rings[j]
	}
	return p
}

// SecurityPolicy lets a browser load nothing and run nothing but the one script.
func (p *page) SecurityPolicy() string {
	sum := sha256.Sum256([]byte(p.Script))
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// Others returns the rings besides the first that need attention.
func (p *page) Others() []*ring {
	var all []*ring
	for _, m := range p.Images {
		for _, r := range m.Rings {
			if r != p.First && r.needsAttention() {
				all = append(all, r)
			}
		}
	}
	return all
}

// Explained returns the rings of which there is more to say than a card has room for.
func (m image) Explained() []*ring {
	return slices.DeleteFunc(slices.Clone(m.Rings), func(r *ring) bool { return !r.explained() })
}

func (r *ring) explained() bool {
	return len(r.Advice) > 0 || slices.ContainsFunc(r.Moves, func(m status.Move) bool { return len(m.Blocking) > 0 })
}

// needsAttention reports whether a ring does not go on by itself, or its tag contradicts the ledger.
func (r *ring) needsAttention() bool { return r.State.NeedsAttention() || r.TagElsewhere() }

// Unfolded reports whether what is to say of the ring shows from the beginning.
func (r *ring) Unfolded() bool { return r.needsAttention() || r == r.Page.First }

// About returns the id of the element that has the criteria and the advice, or else the card.
func (r *ring) About() string {
	if r.explained() {
		return "h" + r.ID
	}
	return "r" + r.ID
}

// NotIn returns the digest of the image that a stuck ring did not get.
func (r *ring) NotIn() string {
	switch {
	case r.State != status.Stuck:
		return ""
	case r.Arriving != nil && r.Arriving.Stuck:
		return r.Arriving.Digest
	case r.Failed != nil:
		return r.Failed.Digest
	}
	return ""
}

// moveHolds reports whether the state of the ring comes from its next move.
func (r *ring) moveHolds() bool {
	return r.Next != nil && slices.Contains([]status.State{status.Overdue, status.Held, status.Soaking}, r.State)
}

// HeldByMove reports whether criteria of the next move explain the state.
func (r *ring) HeldByMove() bool { return r.moveHolds() && len(r.Next.Blocking) > 0 }

// NotBefore returns the time before which the next move cannot be made; nil when time does not hold it.
func (r *ring) NotBefore() *time.Time {
	if !r.moveHolds() {
		return nil
	}
	return r.Next.NextEligibleAt
}

// FirstAdvice returns the advice that the verdict shows; nil when the ring has no advice but about its tag.
func (r *ring) FirstAdvice() *status.Advice {
	if i := slices.IndexFunc(r.Advice, func(a status.Advice) bool { return !a.OfTag() }); i >= 0 {
		return &r.Advice[i]
	}
	return nil
}

// AdviceOfTag reports whether there is something to do about the tag.
func (r *ring) AdviceOfTag() bool { return slices.ContainsFunc(r.Advice, status.Advice.OfTag) }

// MisleadingTag returns the tag of the registry where it says something else than the ledger.
func (r *ring) MisleadingTag() *status.Tag {
	if t := r.Tag; t != nil && t.Digest != nil && (t.Matches == nil || !*t.Matches) {
		return t
	}
	return nil
}

// functions returns the functions that page.html calls. Each text of a report goes through one that makes every character of it
// show; the template escapes it.
func functions(r status.Report, zone *time.Location) template.FuncMap {
	titles := map[string]string{}
	for _, m := range r.Images {
		for _, ring := range m.Rings {
			titles[ring.Name] = ring.Title
		}
	}
	return template.FuncMap{
		"text":    shown,
		"words":   words,
		"seen":    func(c ringpolicy.Result) string { return shown(status.Seen(c)) },
		"name":    name,
		"running": running,
		"todo":    todo,
		"title": func(ring string) string {
			if title, ok := titles[ring]; ok {
				ring = title
			}
			return shown(ring)
		},
		"hex":     func(digest string) string { return shown(status.Hex(digest, 12)) },
		"commit":  func(revision string) string { return shown(text.ShortCommit(revision)) },
		"address": func(url string) string { _, to, _ := strings.Cut(url, "://"); return clipped(to, 80) },
		"web":     web,
		"mark":    func(s ringpolicy.Status) string { return marks[s] },
		"plural":  plural,
		"percent": func(s *status.Soak) int64 { return min(100, s.DoneSecs*100/max(1, s.NeededSecs)) },
		"lasted":  func(s status.Stay) string { return lasted(s, r.Now) },
		"rfc3339": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"minute":  func(t time.Time) string { return t.UTC().Format("2006-01-02 15:04") },
		"local": func(t time.Time) string {
			if zone.String() == "UTC" {
				return ""
			}
			return t.In(zone).Format(" (2006-01-02 15:04 ") + zone.String() + ")"
		},
		"first": first,
		"more":  more,
	}
}
