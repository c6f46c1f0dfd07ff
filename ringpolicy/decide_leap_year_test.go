package ringpolicy_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// timeZones returns one zone for each set of rules that the package knows: the names on a line of its index share one.
func timeZones(t *testing.T) []*time.Location {
	t.Helper()
	data, err := os.ReadFile("internal/zone/zones.tzif")
	if err != nil {
		t.Fatal(err)
	}
	index, _, _ := strings.Cut(string(data), "\n\n")
	var zones []*time.Location
	for line := range strings.SplitSeq(index, "\n") {
		name := strings.Fields(line)[1]
		zones = append(zones, parsePolicy(t, "version: 1\ntimezone: "+name+"\nrings: [{name: a}]").Timezone())
	}
	if len(zones) < 400 {
		t.Fatalf("%d sets of rules, want at least 400", len(zones))
	}
	return zones
}

func withWindows(t *testing.T, zone any, windows string) *ringpolicy.Policy {
	t.Helper()
	return parsePolicy(t, fmt.Sprintf("version: 1\ntimezone: %v\nrings: [{name: a, windows: %s}]", zone, windows))
}

// On the last day of a leap year time.Time.ZoneBounds has an end that is not after its argument, where a zone's rules
// are for all years to come. A walk from end to end stood still there.
func TestFreezeOverTheEndOfALeapYear(t *testing.T) {
	p := withWindows(t, "Europe/Berlin", "{deny: [{dates: [2028-12-24, 2029-01-02], reason: christmas}]}")
	d := decide(t, p, windowEvidence(time.Date(2028, 12, 24, 12, 0, 0, 0, time.UTC)))
	if want := time.Date(2029, 1, 2, 23, 0, 0, 0, time.UTC); d.ReasonCode != ringpolicy.CodeFreezeActive || !d.NextEligibleAt.Equal(want) {
		t.Errorf("Decide = %s, want freeze_active until %s", d, want)
	}
}

// A freeze over the end of a leap year, and one that begins eleven months later: in every zone, two of the leap years
// from 2024 to 2096.
func TestFreezesOfLeapYears(t *testing.T) {
	for n, zone := range timeZones(t) {
		for _, year := range []int{2024 + 4*(n%19), 2024 + 4*((n+9)%19)} {
			p := withWindows(t, zone, fmt.Sprintf("{deny: [{dates: [%d-12-24, %d-01-02]}, {dates: [%d-12-01, %d-12-02]}]}", year, year+1, year+1, year+1))
			closed := time.Date(year, 12, 24, 12, 0, 0, 0, zone)
			opens := time.Date(year+1, 1, 3, 0, 0, 0, 0, zone)
			if d := decide(t, p, windowEvidence(closed)); d.ReasonCode != ringpolicy.CodeFreezeActive || !d.NextEligibleAt.Equal(opens) {
				t.Errorf("Decide on %s = %s, next %s, want freeze_active until %s", closed, d, d.NextEligibleAt, opens)
			}
			before := closed.AddDate(0, 0, -1)
			if d := decide(t, p, windowEvidence(before)); d.Verdict != ringpolicy.Promote || !d.ValidUntil.Equal(closed.Add(-12*time.Hour)) {
				t.Errorf("Decide on %s = %s, valid until %s, want promote until %s", before, d, d.ValidUntil, closed.Add(-12*time.Hour))
			}
			closes := time.Date(year+1, 12, 1, 0, 0, 0, 0, zone)
			if d := decide(t, p, windowEvidence(opens)); d.Verdict != ringpolicy.Promote || !d.ValidUntil.Equal(closes) {
				t.Errorf("Decide on %s = %s, valid until %s, want promote until %s", opens, d, d.ValidUntil, closes)
			}
		}
	}
}

// TestWindowsInEveryZone compares the windows of every zone with a walk by minutes: over the end of leap years, and
// over the moments at which the clocks of the zone are moved.
func TestWindowsInEveryZone(t *testing.T) {
	random := rand.New(rand.NewPCG(5, 6))
	for n, zone := range timeZones(t) {
		leap := 2024 + 4*(n%19)
		starts := []time.Time{
			time.Date(leap, 12, 30, 20, 17, 30, 0, time.UTC),
			time.Date(leap, 12, 31, random.IntN(24), random.IntN(60), 0, 500, time.UTC),
		}
		for _, moved := range clockMoves(zone, 2024+random.IntN(77)) {
			starts = append(starts, moved.Add(-time.Duration(random.IntN(30*60))*time.Minute))
		}
		for _, now := range starts {
			w := windowAround(random, now.In(zone))
			p := withWindows(t, zone, w.yaml())
			open, want := w.walk(now.In(zone), 2*24*60)
			d := decide(t, p, windowEvidence(now))
			got := d.NextEligibleAt
			if open {
				got = d.ValidUntil
			}
			if isOpen := d.Verdict == ringpolicy.Promote; isOpen != open {
				t.Errorf("%s at %s, %s: open = %v, want %v", zone, now, w.yaml(), isOpen, open)
			}
			if !want.IsZero() && !got.Equal(want) || want.IsZero() && !got.IsZero() && got.Before(now.Add(2*day)) {
				t.Errorf("%s at %s, %s: changes at %s, want %s", zone, now, w.yaml(), got, want)
			}
		}
	}
}

const day = 24 * time.Hour

// clockMoves returns the moments of a year at which the clocks of a zone are moved, to the minute.
func clockMoves(zone *time.Location, year int) []time.Time {
	var moves []time.Time
	offset := func(at time.Time) int { _, o := at.In(zone).Zone(); return o }
	for at := time.Date(year, 1, 1, 0, 0, 0, 0, time.UTC); at.Year() == year; at = at.Add(day) {
		if offset(at) == offset(at.Add(day)) {
			continue
		}
		moved := at
		for offset(moved) == offset(at) {
			moved = moved.Add(time.Minute)
		}
		moves = append(moves, moved)
	}
	return moves
}

// A dayWindow is allowed, or denied, on the days of a month from one minute to another.
type dayWindow struct {
	deny     bool
	from, to int // minutes; to is after from
	days     map[int]bool
	first    time.Time
}

func windowAround(random *rand.Rand, local time.Time) dayWindow {
	w := dayWindow{deny: random.IntN(2) == 0, from: random.IntN(24*60 - 1), days: map[int]bool{}}
	w.to = w.from + 1 + random.IntN(24*60-w.from)
	if random.IntN(3) == 0 {
		w.from, w.to = 0, 24*60
	}
	w.first = time.Date(local.Year(), local.Month(), local.Day()+random.IntN(3)-1, 0, 0, 0, 0, time.UTC)
	for i := range 2 {
		w.days[w.first.AddDate(0, 0, i).Day()] = true
	}
	return w
}

func (w dayWindow) yaml() string {
	list := "allow"
	if w.deny {
		list = "deny"
	}
	return fmt.Sprintf("{%s: [{from: %q, to: %q, dates: [%s, %s]}]}", list, clock(w.from), clock(w.to), w.first.Format(time.DateOnly), w.first.AddDate(0, 0, 1).Format(time.DateOnly))
}

func (w dayWindow) open(local time.Time) bool {
	minute := 60*local.Hour() + local.Minute()
	return (w.days[local.Day()] && w.from <= minute && minute < w.to) != w.deny
}

// walk goes minute by minute and finds the first one in which the windows are no longer as they are now.
func (w dayWindow) walk(now time.Time, minutes int) (open bool, changes time.Time) {
	open = w.open(now)
	minute := now.Truncate(time.Minute)
	for range minutes {
		if minute = minute.Add(time.Minute); w.open(minute) != open {
			return open, minute
		}
	}
	return open, time.Time{}
}
