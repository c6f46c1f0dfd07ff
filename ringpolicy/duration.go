package ringpolicy

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const day = 24 * time.Hour

// maxDuration keeps the sum of a time and a duration far from overflow.
const maxDuration = 36500 * day

var (
	errDuration    = errors.New("is not a duration such as 90m, 24h, 3d or 1d12h")
	errTooLong     = errors.New("is too long, expected at most 36500d")
	durationSyntax = regexp.MustCompile(`^(?:(\d{1,5})d)?((?:\d+(?:\.\d+)?(?:ns|us|µs|ms|s|m|h))*)$`)
)

// parseDuration reads "d", 24 hours, and then Go's units.
func parseDuration(s string) (time.Duration, error) {
	found := durationSyntax.FindStringSubmatch(s)
	if found == nil || s == "" {
		return 0, errDuration
	}
	var total time.Duration
	if days, err := strconv.Atoi(found[1]); err == nil {
		total = time.Duration(days) * day
	}
	if found[2] != "" {
		d, err := time.ParseDuration(found[2])
		if err != nil || d > maxDuration {
			return 0, errTooLong
		}
		total += d
	}
	if total > maxDuration {
		return 0, errTooLong
	}
	return total, nil
}

// FormatDuration writes a duration as a policy file does, with days of 24 hours above 48 hours: "20h30m", "48h", "3d", "2d20h".
// Zero and negative durations are "0s".
func FormatDuration(d time.Duration) string {
	if d <= 0 {
		return "0s"
	}
	var b strings.Builder
	if d > 2*day {
		b.WriteString(strconv.Itoa(int(d/day)) + "d")
		d %= day
	}
	if hours := d / time.Hour; hours > 0 {
		b.WriteString(strconv.Itoa(int(hours)) + "h")
		d %= time.Hour
	}
	if minutes := d / time.Minute; minutes > 0 {
		b.WriteString(strconv.Itoa(int(minutes)) + "m")
		d %= time.Minute
	}
	if d > 0 {
		b.WriteString(d.String())
	}
	return b.String()
}
