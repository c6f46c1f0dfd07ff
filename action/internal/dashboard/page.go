package dashboard

import (
	"time"

	"github.com/wizzense/deployment-rings/action/internal/status"
)

// report writes the page: what matters first, and below it a section for each image.
func (w *writer) report(r status.Report) {
	w.add(`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="%s">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>%s – Deployment rings</title>
<link rel="icon" href="data:,">
<style>%s</style>
</head>
<body>
<header>
<p class="site">Deployment rings</p>
<p class="soft" id="as-of" data-time="%s">As of %s</p>
</header>
<main>
<p class="old" id="old" role="status" hidden></p>
`, text(securityPolicy()), prose(r.Headline), markup(style), text(r.Now.UTC().Format(time.RFC3339)), w.time(r.Now))
	w.verdict(r)
	for i, image := range r.Images {
		w.image(i, image, len(r.Images) > 1)
	}
	w.add(`</main>
<footer>Times are in UTC where they do not say otherwise. <a href="status.json">The same as JSON</a>. Policy %s. Made by deployment-rings.</footer>
<script>%s</script>
</body>
</html>
`, digest(r.PolicyDigest), markup(script))
}

// image is all about an image. Of several, each is a row of its rings, and the rest unfolds.
func (w *writer) image(i int, image status.Image, several bool) {
	name := text("Rings")
	if image.Image != "" {
		name = text(image.Image)
	}
	w.add("<section aria-labelledby=\"i%s\">\n<h2 id=\"i%s\">%s</h2>\n", number(i), number(i), name)
	if several {
		w.row(i, image)
		w.add("<details><summary>All about it<span class=\"unseen\">: %s</span></summary>\n", name)
	}
	w.rings(i, image)
	w.holds(i, image)
	w.timeline(image)
	w.when(several, "</details>\n")
	w.add("</section>\n")
}

// row is an image in one line: what each ring runs, and how that stands.
func (w *writer) row(i int, image status.Image) {
	w.add("<p class=\"soft\">%s</p>\n<ol class=\"row\" role=\"list\">\n", prose(image.Headline))
	for j, r := range image.Rings {
		w.add("<li class=\"%s\"><a href=\"#%s\">%s</a><br><span aria-hidden=\"true\" class=\"sign\">%s</span> <b>%s</b> %s</li>\n",
			text(r.State), place{i, j}.id("r"), text(r.Title), text(r.State.Symbol()), running(r), text(r.State))
	}
	w.add("</ol>\n")
}
