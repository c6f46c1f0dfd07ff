// Package zone has the time zone data of the IANA, so that a policy means the same on every machine:
// neither the machine's own data nor its environment is asked.
package zone

import (
	_ "embed"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// The zones of the Go distribution: a line for the rules of each, with their length in bytes and the names that
// go by them, each followed by a space; an empty line; and the rules in the same order (TZif, RFC 9636). Half as
// large as lib/time/zoneinfo.zip, which has the rules anew for every name.
//
//go:generate go test . -update
//go:embed zones.tzif
var data string

// Load returns the zone of a name such as "Europe/Vienna".
func Load(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil
	}
	index, rules, _ := strings.Cut(data, "\n\n")
	for line := range strings.SplitSeq(index, "\n") {
		size, names, _ := strings.Cut(line, " ")
		length, err := strconv.Atoi(size)
		if err != nil || length > len(rules) {
			return nil, fmt.Errorf("embedded time zone data is damaged at %q", line)
		}
		if !strings.Contains(name, " ") && strings.Contains(" "+names, " "+name+" ") {
			return time.LoadLocationFromTZData(name, []byte(rules[:length]))
		}
		rules = rules[length:]
	}
	return nil, fmt.Errorf("unknown time zone %q, expected an IANA name such as UTC or Europe/Vienna", name)
}
