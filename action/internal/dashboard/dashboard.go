// Package dashboard turns a status report into files that any web server can show: one page that needs nothing else, and
// a badge for each ring.
//
// The page asks the network for nothing, and its only script compares its time with the clock of the reader. It reads
// without script as well. Text of others is escaped, and characters that do not show are spelt out.
package dashboard

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/markdown"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Page is the name of the page among the files.
const Page = "index.html"

// A File is one of the files of a dashboard, with its path in the folder.
type File struct {
	Name    string
	Content []byte
}

// Files are the badges and, last, the page, so that whoever sees a new page sees new badges.
func Files(r status.Report, policy *ringpolicy.Policy) []File {
	var files []File
	for _, ring := range policy.Rings() {
		files = append(files, File{"badges/" + ring.Name + ".svg", badge(r, ring.Name)})
	}
	return append(files, File{Page, page(r, policy.Timezone())})
}

//go:embed page.css
var style string

//go:embed page.js
var script string

func page(r status.Report, zone *time.Location) []byte {
	w := writer{now: r.Now, zone: zone, titles: titles(r)}
	w.report(r)
	return []byte(w.b.String())
}

func titles(r status.Report) map[string]string {
	all := map[string]string{}
	for _, image := range r.Images {
		for _, ring := range image.Rings {
			all[ring.Name] = ring.Title
		}
	}
	return all
}

// securityPolicy lets a browser load nothing and run nothing but the one script.
func securityPolicy() string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// visible is a text with every character showing.
func visible(s string) string { return markdown.Visible(s) }

// lasted is how long a stay is, to the minute.
func lasted(s status.Stay, now time.Time) string {
	end := now
	if s.To != nil && s.To.Before(now) {
		end = *s.To
	}
	if d := end.Sub(s.From).Truncate(time.Minute); d > 0 {
		return ringpolicy.FormatDuration(d)
	}
	return "under a minute"
}

// percent is how much of a soak is done.
func percent(s *status.Soak) int64 {
	return min(100, s.DoneSecs*100/max(1, s.NeededSecs))
}

var marks = map[ringpolicy.Status]string{
	ringpolicy.Unmet: "✖", ringpolicy.Unknown: "?", ringpolicy.Pending: "◷", ringpolicy.Waiting: "…", ringpolicy.Waived: "~", ringpolicy.Met: "✔",
}
