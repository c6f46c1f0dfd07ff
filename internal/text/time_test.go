package text_test

import (
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/internal/text"
)

func TestTime(t *testing.T) {
	east := time.FixedZone("Europe/Vienna", 3600)
	at := time.Date(2026, 3, 3, 23, 30, 0, 0, time.UTC)
	for _, tt := range []struct {
		at   time.Time
		zone *time.Location
		want string
	}{
		{at, nil, "2026-03-03 23:30 UTC"},
		{at, time.UTC, "2026-03-03 23:30 UTC"},
		{at.In(east), nil, "2026-03-03 23:30 UTC"},
		{at, east, "2026-03-03 23:30 UTC (2026-03-04 00:30 Europe/Vienna)"}, // another day
		{at.Add(time.Second), east, "2026-03-03 23:30:01 UTC (2026-03-04 00:30:01 Europe/Vienna)"},
	} {
		if got := text.Time(tt.at, tt.zone); got != tt.want {
			t.Errorf("Time(%v, %v) = %q, want %q", tt.at, tt.zone, got, tt.want)
		}
	}
}
