// Package dashboard turns a status report into files that any web server can show: one page that needs nothing else, and
// a badge for each ring.
//
// The page asks the network for nothing, and its only script compares its time with the clock of the reader. It reads
// without script as well. Text of others is escaped, and characters that do not show are spelt out.
package dashboard

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"strings"
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
func Files(r status.Report, policy *ringpolicy.Policy) ([]File, error) {
	var files []File
	for _, ring := range policy.Rings() {
		files = append(files, File{"badges/" + ring.Name + ".svg", badge(r, ring.Name)})
	}
	page, err := page(r, policy.Timezone())
	if err != nil {
		return nil, err
	}
	return append(files, File{Page, page}), nil
}

//go:embed page.html
var pageSource string

//go:embed page.css
var style string

//go:embed page.js
var script string

// view is what the page shows.
type view struct {
	status.Report
	Style   template.CSS
	Script  template.JS
	Policy  string // Content-Security-Policy
	Several bool
}

func page(r status.Report, zone *time.Location) ([]byte, error) {
	page, err := template.New(Page).Funcs(functions(r.Now, zone)).Parse(pageSource)
	if err != nil {
		return nil, err
	}
	var b bytes.Buffer
	err = page.Execute(&b, view{r, template.CSS(style), template.JS(script), securityPolicy(), len(r.Images) > 1})
	return b.Bytes(), err
}

// securityPolicy lets a browser load nothing and run nothing but the one script.
func securityPolicy() string {
	sum := sha256.Sum256([]byte(script))
	return "default-src 'none'; style-src 'unsafe-inline'; img-src data:; script-src 'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'; base-uri 'none'; form-action 'none'"
}

// functions are what the page asks for.
func functions(now time.Time, zone *time.Location) template.FuncMap {
	return template.FuncMap{
		"text":    visible,
		"short":   shortDigest,
		"commit":  func(s *string) string { return visible((*s)[:min(8, len(*s))]) },
		"time":    func(t time.Time) template.HTML { return zoned(t, zone) },
		"machine": func(t time.Time) string { return t.UTC().Format(time.RFC3339) },
		"utc":     func(t time.Time) template.HTML { return timeElement(t, "") },
		"lasted":  func(s status.Stay) string { return lasted(s, now) },
		"percent": percent,
		"deref":   func(s *string) string { return *s },
		"words":   func(code string) string { return strings.ReplaceAll(code, "_", " ") },
		"symbol":  func(s status.State) string { return symbols[s] },
		"mark":    func(s ringpolicy.Status) string { return marks[s] },
	}
}

// visible is a text, or the text behind a pointer, with every character showing.
func visible(v any) string {
	switch v := v.(type) {
	case *string:
		return markdown.Visible(*v)
	case string:
		return markdown.Visible(v)
	}
	return markdown.Visible(fmt.Sprint(v))
}

func shortDigest(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return visible(hex[:min(12, len(hex))])
}

// timeElement is a time in UTC that stays on one line. It is made of digits alone.
func timeElement(t time.Time, unit string) template.HTML {
	t = t.UTC()
	return template.HTML("<time datetime=\"" + t.Format(time.RFC3339) + "\">" + t.Format("2006-01-02 15:04") + unit + "</time>")
}

// zoned is a time in UTC, and in the zone of the policy where that is another.
func zoned(t time.Time, zone *time.Location) template.HTML {
	text := timeElement(t, " UTC")
	if zone.String() == "UTC" {
		return text
	}
	return text + template.HTML(template.HTMLEscapeString(t.In(zone).Format(" (2006-01-02 15:04 ")+zone.String()+")"))
}

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

var symbols = map[status.State]string{
	status.Unhealthy: "✖", status.Overdue: "!", status.Stuck: "✖", status.Held: "■", status.Unknown: "?",
	status.Ready: "→", status.Soaking: "…", status.Settled: "✔", status.Empty: "○",
}

var marks = map[ringpolicy.Status]string{
	ringpolicy.Unmet: "✖", ringpolicy.Unknown: "?", ringpolicy.Pending: "◷", ringpolicy.Waiting: "…", ringpolicy.Waived: "~", ringpolicy.Met: "✔",
}
