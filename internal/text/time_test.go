package text_test

import (
	"testing"
	"time"

	"github.com/wizzense/deployment-rings/internal/text"
)

func TestTimes(t *testing.T) {
	east := time.FixedZone("Europe/Vienna", 3600)
	for _, tt := range []struct {
		in   string
		zone *time.Location
		want string
	}{
		{"eligible 2026-03-03T23:30:00Z.", nil, "eligible 2026-03-03 23:30 UTC."},
		{"eligible 2026-03-03T23:30:00Z.", time.UTC, "eligible 2026-03-03 23:30 UTC."},
		{"eligible 2026-03-03T23:30:00Z.", east, "eligible 2026-03-03 23:30 UTC (2026-03-04 00:30 Europe/Vienna)."}, // another day
		{"2026-03-03T09:00:01Z", east, "2026-03-03 09:00:01 UTC (2026-03-03 10:00:01 Europe/Vienna)"},
		{"2026-13-03T09:00:00Z 2026-03-03T09:00:00+01:00 v2026-03-03T09:00:00Zulu", east, "2026-13-03T09:00:00Z 2026-03-03T09:00:00+01:00 v2026-03-03T09:00:00Zulu"},
		{"", east, ""},
	} {
		if got := text.Times(tt.in, tt.zone); got != tt.want {
			t.Errorf("Times(%q, %v) = %q, want %q", tt.in, tt.zone, got, tt.want)
		}
	}
}
