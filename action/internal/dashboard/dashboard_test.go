package dashboard_test

import (
	"encoding/xml"
	"io"
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
		images = append(images, status.Image{Rings: []status.Ring{{Name: "only", Title: "Only", State: state, Reason: "so it is", Runs: runs}}})
	}
	found := dashboard.Files(status.New(p, now, images...), p)
	all := map[string]string{}
	for _, f := range found {
		all[f.Name] = string(f.Content)
	}
	return all
}

const onlyRing = "version: 1\nrings: [{name: only}]\n"

// A badge is sound XML whatever the version is, short, and shows the image that needs somebody most.
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
		t.Error("UTC is told twice")
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
