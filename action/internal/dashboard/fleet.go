package dashboard

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/fleet"
	"github.com/wizzense/deployment-rings/action/internal/status"
)

//go:embed fleet.html
var fleetMarkup string

//go:embed fleet.css
var fleetStyle template.CSS

// A fleetPage is the model of fleet.html.
type fleetPage struct {
	page
	Report fleet.Report
	More   template.CSS
	Rows   []repository
}

// A repository is a row with what it looks like in its page.
type repository struct {
	fleet.Row
	Index   int
	Columns int
	Cells   []cell
}

// A cell is a ring of a row under the title of its column.
type cell struct {
	fleet.Ring
	Title string
}

// Fleet returns the page about many repositories.
func Fleet(r fleet.Report, zone *time.Location) ([]byte, error) {
	functions := functions(status.Report{Now: r.Now}, zone)
	functions["list"] = func(s *string) []string { return []string{*s} }
	functions["running"] = func(c cell) string {
		if c.Runs == nil {
			return "–"
		}
		return name(c.Runs.Version, c.Runs.Digest)
	}
	t, err := template.New("").Funcs(functions).Parse(markup + fleetMarkup)
	if err != nil {
		return nil, err
	}
	p := &fleetPage{page: page{Style: style, Script: script}, Report: r, More: fleetStyle}
	for i, row := range r.Rows {
		of := repository{Row: row, Index: i, Columns: len(r.Rings)}
		for j, ring := range row.Rings {
			of.Cells = append(of.Cells, cell{ring, r.Rings[j].Title})
		}
		p.Rows = append(p.Rows, of)
	}
	var b bytes.Buffer
	err = t.ExecuteTemplate(&b, "fleet", p)
	return b.Bytes(), err
}

// Attention returns the rows that need a person.
func (p *fleetPage) Attention() []repository {
	for i, row := range p.Rows {
		if !row.State.NeedsAttention() {
			return p.Rows[:i]
		}
	}
	return p.Rows
}

// Worst returns the state of the most urgent row.
func (p *fleetPage) Worst() fleet.State {
	if len(p.Rows) == 0 {
		return fleet.Empty
	}
	if first := p.Rows[0].State; first.NeedsAttention() {
		return first
	}
	return fleet.Settled
}

// Title says in a few words how the repositories stand.
func (p *fleetPage) Title() string {
	switch needing, all := p.Report.Count(); {
	case all == 0:
		return "No repository has a record of a ring"
	case needing == 0:
		return "No repository needs a person"
	default:
		return fmt.Sprintf("%d of %s a person", needing, plural(all, "repository needs", "repositories need"))
	}
}
