package dashboard

import (
	"fmt"
	"html"
	"slices"
	"unicode/utf8"

	"github.com/wizzense/deployment-rings/action/internal/status"
)

// Colours of the right half of a badge; white text has a contrast of at least 4.5 on each.
var badgeColours = map[status.State]string{
	status.Unhealthy: "#b42318", status.Stuck: "#b42318", status.Overdue: "#975400", status.Held: "#7a5a00", status.Unknown: "#5b6472",
	status.Ready: "#1f5fae", status.Soaking: "#4f46e5", status.Settled: "#1f7a43", status.Empty: "#5b6472",
}

// badge draws a ring as a small picture: its name, its image and its state. Of several images it shows the one that needs
// attention most.
func badge(r status.Report, name string) []byte {
	ring := mostUrgent(r, name)
	message := string(ring.State)
	if ring.Runs != nil && ring.Runs.Version != nil {
		message = shortened(*ring.Runs.Version) + " " + message
	}
	return draw(shortened(name), shown(message), badgeColours[ring.State])
}

func mostUrgent(r status.Report, name string) status.Ring {
	var all []status.Ring
	for _, image := range r.Images {
		for _, ring := range image.Rings {
			if ring.Name == name {
				all = append(all, ring)
			}
		}
	}
	return slices.MinFunc(all, func(x, y status.Ring) int { return x.State.Compare(y.State) })
}

// shortened cuts a text to what a badge has room for.
func shortened(s string) string { return clipped(s, 32) }

// draw makes room for each character of the font that most systems have; textLength fits the rest.
func draw(label, message, colour string) []byte {
	left, right := width(label), width(message)
	title := html.EscapeString(label + ": " + message)
	return fmt.Appendf(nil, `<svg xmlns="http://www.w3.org/2000/svg" width="%d" height="20" role="img" aria-label="%s">
<title>%s</title>
<clipPath id="r"><rect width="%d" height="20" rx="4"/></clipPath>
<g clip-path="url(#r)"><rect width="%d" height="20" fill="#3b4452"/><rect x="%d" width="%d" height="20" fill="%s"/></g>
<g fill="#ffffff" font-family="Verdana,DejaVu Sans,Geneva,sans-serif" font-size="11" text-anchor="middle">
<text x="%d" y="14" textLength="%d">%s</text>
<text x="%d" y="14" textLength="%d">%s</text>
</g>
</svg>
`, left+right, title, title, left+right, left, left, right, colour,
		left/2, left-12, html.EscapeString(label), left+right/2, right-12, html.EscapeString(message))
}

func width(s string) int { return 7*utf8.RuneCountInString(s) + 12 }
