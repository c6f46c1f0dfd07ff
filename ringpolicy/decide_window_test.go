package ringpolicy_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// TestWindowsAgainstScan compares openings and closings with a scan of every minute that reads the windows
// in another way: as sets of texts "2026-03-08 02:30", one for each minute of the local calendar.
func TestWindowsAgainstScan(t *testing.T) {
	zones := []string{"UTC", "America/New_York", "Africa/Cairo", "Australia/Lord_Howe", "Asia/Kathmandu", "Pacific/Apia", "America/Sao_Paulo"}
	starts := []string{"2026-03-07T11:17:00Z", "2026-10-31T11:17:00Z", "2026-04-23T03:03:00Z", "2026-10-29T03:03:00Z", "2026-04-04T01:00:00Z", "2026-12-30T23:59:00Z"}
	random := rand.New(rand.NewPCG(1, 2))
	for n := range 300 {
		zone := zones[n%len(zones)]
		now, err := time.Parse(time.RFC3339, starts[random.IntN(len(starts))])
		if err != nil {
			t.Fatal(err)
		}
		windows := randomWindows(random, now)
		policy := parsePolicy(t, fmt.Sprintf("version: 1\ntimezone: %s\nrings: [{name: a, windows: %s}]", zone, windows.yaml()))
		open := windows.minutes(now.In(policy.Timezone()))
		d, err := policy.Decide(windowEvidence(now))
		if err != nil {
			t.Fatal(err)
		}
		if got := d.Verdict == ringpolicy.Promote; got != open[0] {
			t.Fatalf("%s at %s, %s: open = %v, want %v", zone, now, windows.yaml(), got, open[0])
		}
		got := d.NextEligibleAt
		if open[0] {
			got = d.ValidUntil
		}
		want := time.Time{}
		if i := slices.Index(open, !open[0]); i >= 0 {
			want = now.Add(time.Duration(i) * time.Minute)
		} else if !got.IsZero() && got.Before(now.Add(time.Duration(len(open))*time.Minute)) {
			t.Fatalf("%s at %s, %s: changes at %s, want no change in %d minutes", zone, now, windows.yaml(), got, len(open))
		}
		if !want.IsZero() && !got.Equal(want) {
			t.Fatalf("%s at %s, %s: changes at %s, want %s", zone, now, windows.yaml(), got, want)
		}
	}
}

func windowEvidence(now time.Time) ringpolicy.Evidence {
	return ringpolicy.Evidence{
		Now:     now,
		Subject: ringpolicy.Subject{Digest: "sha256:" + strings.Repeat("a", 64), To: "a"},
		Rings:   map[string]ringpolicy.RingFacts{"a": {History: []ringpolicy.Record{}}},
		Locks:   []ringpolicy.Lock{}, Quarantine: []ringpolicy.Quarantine{},
	}
}

type scanWindow struct {
	days        []string
	from, to    int // minutes
	first, last string
}

type scanWindows struct{ allow, deny []scanWindow }

func randomWindows(random *rand.Rand, near time.Time) scanWindows {
	some := func() []scanWindow {
		var ws []scanWindow
		for range random.IntN(3) {
			ws = append(ws, randomWindow(random, near))
		}
		return ws
	}
	return scanWindows{some(), some()}
}

func randomWindow(random *rand.Rand, near time.Time) scanWindow {
	w := scanWindow{from: 0, to: 24 * 60}
	for _, day := range []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"} {
		if random.IntN(2) == 0 {
			w.days = append(w.days, day)
		}
	}
	if random.IntN(3) > 0 {
		// often at the hours at which clocks are moved
		w.from, w.to = random.IntN(4*60), random.IntN(24*60)
	}
	if w.from == w.to {
		w.to++
	}
	if random.IntN(3) == 0 {
		first := near.AddDate(0, 0, random.IntN(6)-2)
		w.first, w.last = first.Format(time.DateOnly), first.AddDate(0, 0, random.IntN(3)).Format(time.DateOnly)
	}
	return w
}

func (ws scanWindows) yaml() string {
	list := func(ws []scanWindow) string {
		var all []string
		for _, w := range ws {
			all = append(all, w.yaml())
		}
		return "[" + strings.Join(all, ", ") + "]"
	}
	return fmt.Sprintf("{allow: %s, deny: %s}", list(ws.allow), list(ws.deny))
}

func (w scanWindow) yaml() string {
	parts := []string{fmt.Sprintf("from: %q, to: %q", clock(w.from), clock(w.to))}
	if len(w.days) > 0 {
		parts = append(parts, "days: ["+strings.Join(w.days, ", ")+"]")
	}
	if w.first != "" {
		parts = append(parts, fmt.Sprintf("dates: [%s, %s]", w.first, w.last))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

func clock(minutes int) string { return fmt.Sprintf("%02d:%02d", minutes/60, minutes%60) }

// minutes returns, for each minute of ten days from a local time, whether the windows are open.
func (ws scanWindows) minutes(from time.Time) []bool {
	allow, deny := localMinutes(ws.allow, from), localMinutes(ws.deny, from)
	open := make([]bool, 10*24*60)
	for i := range open {
		local := reading(from.Add(time.Duration(i) * time.Minute))
		open[i] = !deny[local] && (len(ws.allow) == 0 || allow[local])
	}
	return open
}

// reading returns the time that a local clock shows, in whole minutes.
func reading(t time.Time) int64 {
	_, offset := t.Zone()
	return (t.Unix() + int64(offset)) / 60
}

// localMinutes is the set of all readings of the local clock that lie in a window, some days around a time.
func localMinutes(ws []scanWindow, around time.Time) map[int64]bool {
	set := map[int64]bool{}
	for _, w := range ws {
		for d := -2; d <= 12; d++ {
			// a calendar without zone
			midnight := time.Date(around.Year(), around.Month(), around.Day()+d, 0, 0, 0, 0, time.UTC)
			date := midnight.Format(time.DateOnly)
			if len(w.days) > 0 && !slices.Contains(w.days, strings.ToLower(midnight.Format("Mon"))) || w.first != "" && (date < w.first || date > w.last) {
				continue
			}
			to := w.to
			if to <= w.from {
				to += 24 * 60
			}
			for m := w.from; m < to; m++ {
				set[reading(midnight.Add(time.Duration(m)*time.Minute))] = true
			}
		}
	}
	return set
}
