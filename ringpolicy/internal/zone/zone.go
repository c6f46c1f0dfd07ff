// Package zone has the time zone data of the IANA, so that a policy means the same on every machine:
// neither the machine's own data nor its environment is asked.
package zone

import (
	"archive/zip"
	_ "embed"
	"fmt"
	"io"
	"strings"
	"time"
)

// The file is lib/time/zoneinfo.zip of the Go distribution.
//
//go:generate sh -c "cp $(go env GOROOT)/lib/time/zoneinfo.zip ."
//go:embed zoneinfo.zip
var data string

// Load returns the zone of a name such as "Europe/Vienna".
func Load(name string) (*time.Location, error) {
	if name == "UTC" {
		return time.UTC, nil
	}
	archive, err := zip.NewReader(strings.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, fmt.Errorf("embedded time zone data: %w", err)
	}
	for _, f := range archive.File {
		if f.Name == name && !strings.HasSuffix(name, "/") {
			return load(f)
		}
	}
	return nil, fmt.Errorf("unknown time zone %q, expected an IANA name such as UTC or Europe/Vienna", name)
}

func load(f *zip.File) (*time.Location, error) {
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("embedded time zone data: %w", err)
	}
	defer r.Close()
	rules, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("embedded time zone data: %w", err)
	}
	return time.LoadLocationFromTZData(f.Name, rules)
}
