package zone

import (
	"archive/zip"
	"bytes"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

var update = flag.Bool("update", false, "take the zones of the Go distribution that runs the test")

func TestMain(m *testing.M) {
	flag.Parse()
	if *update {
		zones, err := distribution()
		if err == nil {
			data = string(pack(zones))
			err = os.WriteFile("zones.tzif", []byte(data), 0o644)
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
	}
	os.Exit(m.Run())
}

// TestZones loads every zone of the file, which has no bytes beyond them.
func TestZones(t *testing.T) {
	index, all, _ := strings.Cut(data, "\n\n")
	size := 0
	for line := range strings.SplitSeq(index, "\n") {
		fields := strings.Fields(line)
		length, err := strconv.Atoi(fields[0])
		if err != nil {
			t.Fatal(err)
		}
		size += length
		for _, name := range fields[1:] {
			if got, err := Load(name); err != nil || got.String() != name {
				t.Errorf("Load(%q) = %v, %v", name, got, err)
			}
		}
		if got, err := Load(strings.Join(fields[1:], " ")); len(fields) > 2 && err == nil {
			t.Errorf("Load of the names of a line, %q = %v, want an error", fields[1:], got)
		}
	}
	if size != len(all) {
		t.Errorf("the zones have %d bytes, the file has %d", size, len(all))
	}
}

// TestPack: what goes into a file comes out of it.
func TestPack(t *testing.T) {
	zones, err := distribution()
	if err != nil {
		t.Fatal(err)
	}
	whole := data
	t.Cleanup(func() { data = whole })
	data = string(pack(zones))
	for _, z := range zones {
		want, err := time.LoadLocationFromTZData(z.name, z.data)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := Load(z.name); err != nil || z.name != "UTC" && !reflect.DeepEqual(got, want) {
			t.Errorf("Load(%q) = %v, %v, want the rules that went in", z.name, got, err)
		}
	}
}

func TestUnknown(t *testing.T) {
	for _, name := range []string{"", " ", "Local", "Europe/", "Europe", "Vienna", "europe/vienna", "Europe/Vienna ", "Europe/Jersey Europe/London", "../zone", "\n"} {
		if got, err := Load(name); err == nil || !strings.Contains(err.Error(), "unknown time zone") {
			t.Errorf("Load(%q) = %v, %v, want an unknown time zone", name, got, err)
		}
	}
}

func TestDamaged(t *testing.T) {
	whole := data
	t.Cleanup(func() { data = whole })
	for _, damaged := range []string{"", "x Europe/Vienna \n\n", "9 Europe/Vienna \n\nTZif", "4 Europe/Vienna \n\nTZif"} {
		data = damaged
		if got, err := Load("Europe/Vienna"); err == nil {
			t.Errorf("Load from %q = %v, want an error", damaged, got)
		}
	}
}

// TestRules looks at moments whose local time the law has settled.
func TestRules(t *testing.T) {
	for _, c := range []struct{ name, at, want string }{
		{"Europe/Vienna", "2026-03-29T00:59:59Z", "2026-03-29T01:59:59+01:00"},
		{"Europe/Vienna", "2026-03-29T01:00:00Z", "2026-03-29T03:00:00+02:00"},
		{"America/St_Johns", "2026-01-01T00:00:00Z", "2025-12-31T20:30:00-03:30"},
		{"Asia/Calcutta", "2026-01-01T00:00:00Z", "2026-01-01T05:30:00+05:30"}, // an old name of Asia/Kolkata
		{"UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
		{"Etc/UTC", "2026-01-01T00:00:00Z", "2026-01-01T00:00:00Z"},
	} {
		location, err := Load(c.name)
		if err != nil {
			t.Fatal(err)
		}
		at, err := time.Parse(time.RFC3339, c.at)
		if err != nil {
			t.Fatal(err)
		}
		if got := at.In(location).Format(time.RFC3339); got != c.want {
			t.Errorf("%s in %s = %s, want %s", c.at, c.name, got, c.want)
		}
	}
}

type rules struct {
	name string
	data []byte
}

// pack writes the file: names that go by the same rules share a line.
func pack(zones []rules) []byte {
	var index, all bytes.Buffer
	names := map[string]string{}
	for _, z := range zones {
		names[string(z.data)] += z.name + " "
	}
	for _, z := range zones {
		if shared, first := names[string(z.data)]; first {
			fmt.Fprintf(&index, "%d %s\n", len(z.data), shared)
			all.Write(z.data)
			delete(names, string(z.data))
		}
	}
	return fmt.Appendf(nil, "%s\n%s", index.Bytes(), all.Bytes())
}

// distribution reads the zones of the Go distribution, in the order of its archive.
func distribution() ([]rules, error) {
	root, err := exec.Command("go", "env", "GOROOT").Output()
	if err != nil {
		return nil, err
	}
	archive, err := zip.OpenReader(filepath.Join(strings.TrimSpace(string(root)), "lib", "time", "zoneinfo.zip"))
	if err != nil {
		return nil, err
	}
	defer archive.Close()
	var zones []rules
	for _, f := range archive.File {
		if f.FileInfo().IsDir() {
			continue
		}
		data, err := fs.ReadFile(archive, f.Name)
		if err != nil {
			return nil, err
		}
		zones = append(zones, rules{f.Name, data})
	}
	return zones, nil
}
