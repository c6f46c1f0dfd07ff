package dashboard_test

import (
	"encoding/xml"
	"io"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/dashboard"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

var now = time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)

// files draws the states of the only ring, one image for each.
func files(t *testing.T, policy string, version string, states ...status.State) map[string]string {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	var images []status.Image
	for _, state := range states {
		runs := &status.Deployment{Digest: "sha256:abc", Version: &version, Since: now}
		images = append(images, status.Image{Rings: []status.Ring{{Name: "only", Title: "Only", State: state, Reason: status.Text{"so it is"}, Runs: runs}}})
	}
	found, err := dashboard.Files(status.New(p, now, images...), p)
	if err != nil {
		t.Fatal(err)
	}
	all := map[string]string{}
	for _, f := range found {
		all[f.Name] = string(f.Content)
	}
	return all
}

// pageOf is the page about one ring.
func pageOf(t *testing.T, policy string, ring status.Ring) string {
	t.Helper()
	return pageAt(t, policy, now, ring)
}

func pageAt(t *testing.T, policy string, at time.Time, ring status.Ring) string {
	t.Helper()
	p, err := ringpolicy.Parse("rings.yml", []byte(policy))
	if err != nil {
		t.Fatal(err)
	}
	ring.Name, ring.Title = "only", "Only"
	files, err := dashboard.Files(status.New(p, at, status.Image{Rings: []status.Ring{ring}}), p)
	if err != nil {
		t.Fatal(err)
	}
	return string(files[len(files)-1].Content)
}

const onlyRing = "version: 1\nrings: [{name: only}]\n"

// A badge is sound XML whatever the version is, short, and shows the image that needs attention most.
func TestBadge(t *testing.T) {
	for _, tt := range []struct {
		version string
		states  []status.State
		want    string
	}{
		{"1.5.0", []status.State{status.Settled}, "only: 1.5.0 settled"},
		{"1.5.0", []status.State{status.Settled, status.Overdue, status.Soaking}, "only: 1.5.0 overdue"},
		{`</svg><script>"&'`, []status.State{status.Held}, `only: </svg><script>"&' held`},
		{"\x00\u202e", []status.State{status.Empty}, `only: \u{0}\u{202e} empty`},
		{strings.Repeat("9", 200), []status.State{status.Ready}, "only: " + strings.Repeat("9", 31) + "… ready"},
	} {
		svg := files(t, onlyRing, tt.version, tt.states...)["badges/only.svg"]
		if got := title(t, svg); got != tt.want {
			t.Errorf("badge of %.20q %v says %q, want %q", tt.version, tt.states, got, tt.want)
		}
	}
}

// title reads a picture as browsers do, strictly.
func title(t *testing.T, svg string) string {
	t.Helper()
	text, inside := "", false
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if err == io.EOF {
			return text
		}
		if err != nil {
			t.Fatalf("%v in %s", err, svg)
		}
		switch token := token.(type) {
		case xml.StartElement:
			if inside = token.Name.Local == "title"; token.Name.Local == "script" {
				t.Errorf("a badge has a script: %s", svg)
			}
		case xml.EndElement:
			inside = false
		case xml.CharData:
			if inside {
				text += string(token)
			}
		}
	}
}

// Times are in UTC, and in the zone of the policy where that is another.
func TestPageZone(t *testing.T) {
	page := files(t, "version: 1\ntimezone: Europe/Berlin\nrings: [{name: only}]\n", "1", status.Settled)[dashboard.Page]
	if want := "09:00 UTC</time> (2026-03-02 10:00 Europe/Berlin)"; !strings.Contains(page, want) {
		t.Errorf("the page lacks %q", want)
	}
	if page := files(t, onlyRing, "1", status.Settled)[dashboard.Page]; strings.Contains(page, "09:00 UTC</time> (") {
		t.Error("UTC is written twice")
	}
}

// Without script the page says when it was made and claims nothing about its age.
func TestPageWithoutScript(t *testing.T) {
	page := files(t, onlyRing, "1", status.Settled)[dashboard.Page]
	for _, want := range []string{`data-time="2026-03-02T09:00:00Z"`, `id="old" role="status" hidden></p>`, "default-src &#39;none&#39;"} {
		if !strings.Contains(page, want) {
			t.Errorf("the page lacks %s", want)
		}
	}
}

// The blocks of the timeline are where their times are, on an axis that ends now.
func TestTimeline(t *testing.T) {
	for _, tt := range []struct {
		name  string
		stays []status.Stay
		want  []string
	}{
		{"three days at least", []status.Stay{stay(1.5, 0)}, []string{"t0 left 50.00 50.00"}},
		{"as far as there is something", []status.Stay{stay(2, 0), stay(4, 2), stay(5, 4)}, []string{"t0 left 0.00 20.00", "t0 left 20.00 40.00", "t0 right 0.00 40.00"}},
		{"most of it", []status.Stay{stay(1, 0), stay(1.5, 1), stay(2, 1.5), stay(2.5, 2), stay(400, 2.5)},
			[]string{"t0 cut left 0.00 16.67", "t0 left 16.67 16.67", "t0 left 33.33 16.67", "t0 left 50.00 16.67", "t0 right 0.00 33.33"}},
		{"all is old", []status.Stay{stay(200, 0), stay(300, 200)}, []string{"t0 cut left 0.00 100.00"}},
		{"a clock that is ahead", []status.Stay{stay(-1, 0)}, []string{"t0 right 0.00 0.00"}},
		{"nothing", nil, nil},
	} {
		page := pageOf(t, onlyRing, status.Ring{Stays: tt.stays})
		var got []string
		for _, m := range block.FindAllStringSubmatch(page, -1) {
			got = append(got, strings.Join(m[1:], " "))
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s: blocks %q, want %q", tt.name, got, tt.want)
		}
		if strings.Contains(page, "<figure>") != (tt.want != nil) {
			t.Errorf("%s: the page has a timeline of nothing, or none", tt.name)
		}
	}
}

var block = regexp.MustCompile(`<span class="stay ([a-z0-9 ]*)" style="([a-z]+):([0-9.]+)%;width:([0-9.]+)%">`)

// stay is one that began and ended so many days ago; 0 is a stay that goes on.
func stay(from, to float64) status.Stay {
	ago := func(days float64) time.Time { return now.Add(-time.Duration(days * 24 * float64(time.Hour))) }
	s := status.Stay{Digest: "sha256:abcdef0123456789", From: ago(from)}
	if to != 0 {
		end := ago(to)
		s.To = &end
	}
	return s
}

// The dates of the axis are days of the policy's zone, also where a day has 23 hours.
func TestTimelineDays(t *testing.T) {
	const policy = "version: 1\ntimezone: Europe/Berlin\nrings: [{name: only}]\n"
	for _, tt := range []struct {
		now  string
		days float64
		want []string
	}{
		{"2026-03-31T09:00:00Z", 3, []string{"left:51.39%\">Mar 30", "left:19.44%\">Mar 29"}}, // the last one is 23 hours long; the 31st would stand where "now" does
		{"2026-03-31T21:59:00Z", 0, []string{"left:66.69%\">Mar 31", "left:33.36%\">Mar 30", "left:1.41%\">Mar 29"}},
		{"2026-03-02T09:00:00Z", 30, []string{"left:75.28%\">Feb 23", "left:51.94%\">Feb 16", "left:28.61%\">Feb 9", "left:5.28%\">Feb 2"}},
	} {
		at, err := time.Parse(time.RFC3339, tt.now)
		if err != nil {
			t.Fatal(err)
		}
		s := status.Stay{Digest: "sha256:abcdef0123456789", From: at.Add(-time.Duration(tt.days*24) * time.Hour)}
		page := pageAt(t, policy, at, status.Ring{Stays: []status.Stay{s}})
		var got []string
		for _, m := range date.FindAllStringSubmatch(page, -1) {
			got = append(got, m[1])
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%s, %v days: %q, want %q", tt.now, tt.days, got, tt.want)
		}
	}
}

var date = regexp.MustCompile(`<span(?: class="late")? style="(left:[0-9.]+%">[A-Z][a-z]+ [0-9]+)</span>`)

// Links lead to the web alone, whatever a report holds.
func TestLinks(t *testing.T) {
	criterion := ringpolicy.Result{Title: "Checks", Links: []string{
		"https://example.com/a?b=c&d", "http://example.com", "javascript:alert(1)", "JAVASCRIPT://x", "ftp://example.com", "//example.com", "https:example.com", `https://"><b>`,
	}}
	page := pageOf(t, onlyRing, status.Ring{Moves: []status.Move{{To: "only", Blocking: []ringpolicy.Result{criterion}}}})
	want := []string{
		`<a href="https://example.com/a?b=c&amp;d" rel="noreferrer">example.com/a?b=c&amp;d</a>`,
		`<a href="http://example.com" rel="noreferrer">example.com</a>`,
		`<a href="https://%22%3e%3cb%3e" rel="noreferrer">&#34;&gt;&lt;b&gt;</a>`,
	}
	if got := regexp.MustCompile(`<a href="[^"]+" rel.*?</a>`).FindAllString(page, -1); !slices.Equal(got, want) {
		t.Errorf("links %q, want %q", got, want)
	}
}

// A card names a tag that contradicts the ledger, and no other.
func TestTag(t *testing.T) {
	digest, yes, no := "sha256:0123456789abcdef", true, false
	for _, tt := range []struct {
		name string
		tag  *status.Tag
		want string
	}{
		{"not asked", nil, ""},
		{"none", &status.Tag{Name: "only-latest", Matches: &no}, ""},
		{"the same", &status.Tag{Name: "only-latest", Found: true, Digest: &digest, Matches: &yes}, ""},
		{"another", &status.Tag{Name: "only-latest", Found: true, Digest: &digest, Matches: &no}, "<p>Tag only-latest points to <code>0123456789ab</code></p>"},
		{"nothing runs", &status.Tag{Name: "only-latest", Found: true, Digest: &digest}, "<p>Tag only-latest points to <code>0123456789ab</code>, of which nothing is recorded</p>"},
	} {
		page := pageOf(t, onlyRing, status.Ring{Tag: tt.tag})
		if got := regexp.MustCompile(`<p>Tag .*`).FindString(page); got != tt.want {
			t.Errorf("%s: the card says %q, want %q", tt.name, got, tt.want)
		}
	}
}

// Every text of a report shows each of its characters and means nothing to HTML, whatever state its ring is in.
func TestEveryTextShows(t *testing.T) {
	p, err := ringpolicy.Parse("rings.yml", []byte(onlyRing))
	if err != nil {
		t.Fatal(err)
	}
	for _, state := range []status.State{status.Unhealthy, status.Overdue, status.Stuck, status.Held, status.Unknown, status.Ready, status.Soaking, status.Settled, status.Empty} {
		for _, decision := range []string{hostile, "hold", "promote", "rollback"} {
			var r status.Report
			fill(reflect.ValueOf(&r).Elem(), state)
			r.Images = append(r.Images, r.Images[0]) // a row each
			for _, image := range r.Images {
				image.Rings[0].Moves[0].Decision = decision
				image.Rings[0].Name = "only"
			}
			files, err := dashboard.Files(r, p)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files {
				for _, bad := range []string{"\u202e", "\x00", "\ufffd", "<i>", "ZgotmplZ"} {
					if at := strings.Index(string(f.Content), bad); at >= 0 {
						t.Errorf("a ring that is %s, %.8q: %s has %q in …%.80q", state, decision, f.Name, bad, f.Content[max(0, at-60):])
					}
				}
			}
		}
	}
}

const hostile = "a\u202e\x00<i>&\"'`"

// fill sets every text of a value, and gives each list an element and each pointer a value.
func fill(v reflect.Value, state status.State) {
	switch {
	case v.Type() == reflect.TypeFor[status.State]():
		v.SetString(string(state))
	case v.Type() == reflect.TypeFor[time.Time]():
		v.Set(reflect.ValueOf(now.Add(-time.Hour)))
	case v.Kind() == reflect.String:
		v.SetString(hostile)
	case v.Type() == reflect.TypeFor[status.Text]():
		v.Set(reflect.ValueOf(status.Text{hostile, now}))
	case v.CanInt():
		v.SetInt(1)
	case v.Kind() == reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		fill(v.Elem(), state)
	case v.Kind() == reflect.Slice:
		v.Set(reflect.MakeSlice(v.Type(), 1, 1))
		fill(v.Index(0), state)
	case v.Kind() == reflect.Struct:
		for i := range v.NumField() {
			if v.Field(i).CanSet() {
				fill(v.Field(i), state)
			}
		}
	}
}
