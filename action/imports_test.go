package main

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/wizzense/deployment-rings"

// A pkg is what the Go command says of a package.
type pkg struct {
	ImportPath string
	Imports    []string
	Dir        string
	GoFiles    []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json=ImportPath,Imports,Dir,GoFiles", module+"/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		var p pkg
		if err := d.Decode(&p); err == io.EOF {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

// layers are the pure packages, with those of this module that they may build on.
var layers = map[string][]string{
	"/tagging":                         nil,
	"/labels":                          nil,
	"/internal/text":                   nil,
	"/ringpolicy/internal/strict":      {"/internal/text"},
	"/ringpolicy/internal/zone":        nil,
	"/ringpolicy":                      {"/ringpolicy/internal/strict", "/ringpolicy/internal/zone", "/internal/text"},
	"/action/internal/bake":            nil,
	"/action/internal/container":       {"/ringpolicy"},
	"/action/internal/comment":         {"/internal/text"},
	"/action/internal/event":           {"/action/internal/comment"},
	"/action/internal/image":           nil,
	"/action/internal/input":           {"/internal/text"},
	"/action/internal/note":            {"/internal/text"},
	"/action/internal/once":            nil,
	"/action/internal/view":            {"/ringpolicy", "/ringpolicy/policytest", "/tagging", "/labels", "/internal/text", "/action/internal/event", "/action/internal/plan", "/action/internal/status", "/action/internal/ledger", "/action/internal/picture", "/action/internal/note", "/action/internal/once"},
	"/action/internal/picture":         {"/internal/text", "/ringpolicy", "/action/internal/status", "/action/internal/plan", "/action/internal/event"},
	"/action/internal/status":          {"/internal/text", "/ringpolicy", "/tagging", "/action/internal/container", "/action/internal/ledger"},
	"/action/internal/dashboard":       {"/ringpolicy", "/internal/text", "/action/internal/status", "/action/internal/fleet"},
	"/action/internal/fleet":           {"/ringpolicy", "/internal/text", "/action/internal/status", "/action/internal/ledger"},
	"/action/internal/fleet/fleetview": {"/internal/text", "/action/internal/status", "/action/internal/fleet", "/action/internal/note"},
	"/action/internal/plan":            {"/ringpolicy", "/tagging", "/labels", "/action/internal/container", "/action/internal/event", "/action/internal/image"},
	"/action/internal/tally":           {"/ringpolicy", "/internal/text", "/action/internal/note", "/action/internal/once", "/action/internal/status"},
}

// worldly packages are those by which a decision could depend on something that is not an argument.
var worldly = []string{
	"context", "crypto/rand", "flag", "log", "log/slog", "math/rand", "math/rand/v2", "net", "net/http",
	"os", "os/exec", "os/signal", "os/user", "path/filepath", "runtime", "syscall", "testing",
}

// TestImports holds the layers: pure packages import neither each other nor the world, everything else may
// import them and they nothing else.
func TestImports(t *testing.T) {
	seen := 0
	for _, p := range packages(t) {
		short := strings.TrimPrefix(p.ImportPath, module)
		below, pure := layers[short]
		if !pure {
			continue
		}
		seen++
		for _, i := range p.Imports {
			if own, ok := strings.CutPrefix(i, module); ok && !slices.Contains(below, own) {
				t.Errorf("%s imports %s, want only %q", short, own, below)
			}
			if slices.Contains(worldly, i) {
				t.Errorf("%s imports %s: a pure package depends on its arguments alone", short, i)
			}
		}
	}
	if seen != len(layers) {
		t.Errorf("%d of %d packages of the layers exist: bring the table up to date", seen, len(layers))
	}
}

// clocks are what the package time has besides arithmetic.
var clocks = []string{"Now", "Since", "Until", "Local", "LoadLocation", "Sleep", "After", "AfterFunc", "Tick", "NewTicker", "NewTimer"}

// TestNoClock: what a pure package knows of the time is an argument too.
func TestNoClock(t *testing.T) {
	for _, p := range packages(t) {
		if _, pure := layers[strings.TrimPrefix(p.ImportPath, module)]; !pure {
			continue
		}
		for _, name := range p.GoFiles {
			checkClock(t, filepath.Join(p.Dir, name))
		}
	}
}

func checkClock(t *testing.T, path string) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, path, nil, parser.SkipObjectResolution)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(file, func(n ast.Node) bool {
		s, ok := n.(*ast.SelectorExpr)
		if !ok {
			return true
		}
		if x, ok := s.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clocks, s.Sel.Name) {
			t.Errorf("%s: time.%s in a pure package", files.Position(s.Pos()), s.Sel.Name)
		}
		return true
	})
}

// TestConstants: each exported constant of the packages that others import has a comment of its own.
func TestConstants(t *testing.T) {
	files := token.NewFileSet()
	for _, p := range packages(t) {
		if !slices.Contains([]string{"/ringpolicy", "/tagging", "/labels"}, strings.TrimPrefix(p.ImportPath, module)) {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(files, filepath.Join(p.Dir, name), nil, parser.ParseComments|parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			for _, d := range file.Decls {
				if d, ok := d.(*ast.GenDecl); ok && d.Tok == token.CONST {
					checkConstants(t, files, d)
				}
			}
		}
	}
}

func checkConstants(t *testing.T, files *token.FileSet, d *ast.GenDecl) {
	t.Helper()
	for _, s := range d.Specs {
		s := s.(*ast.ValueSpec)
		if s.Names[0].IsExported() && s.Doc == nil && s.Comment == nil && (d.Doc == nil || d.Lparen.IsValid()) {
			t.Errorf("%s: %s has no comment", files.Position(s.Pos()), s.Names[0])
		}
	}
}

// TestYAMLInOnePlace: one package knows the YAML module, so that another can take its place.
func TestYAMLInOnePlace(t *testing.T) {
	found := false
	for _, p := range packages(t) {
		for _, i := range p.Imports {
			if !strings.Contains(i, "/yaml") {
				continue
			}
			found = true
			if p.ImportPath != module+"/ringpolicy/internal/strict" {
				t.Errorf("%s imports %s, only ringpolicy/internal/strict may", p.ImportPath, i)
			}
		}
	}
	if !found {
		t.Error("no package imports a YAML module: this test looks for the wrong one")
	}
}

// floors are the packages of the Action from the top down. Each may import those of the floors below its own, and none of its own
// floor or above. Packages that are not named are adapters: they import what is pure, and of each other what adapters lists.
var floors = [][]string{
	{""},
	{"/program"},
	{"/internal/command"},
	{"/internal/advance"},
	{"/internal/candidate", "/internal/overview", "/internal/perform"},
	{"/internal/surface"},
	{"/internal/build"},
	{"/internal/versions"},
	{"/internal/gather", "/internal/act", "/internal/view", "/internal/cli"},
}

// adapters has the arrows between the packages below.
var adapters = map[string][]string{
	"/internal/dashboard":                    {"fleet", "status"},
	"/internal/fleet":                        {"ledger", "status"},
	"/internal/fleet/fleetview":              {"fleet", "note", "status"},
	"/internal/fault":                        {"note"},
	"/internal/event":                        {"comment"},
	"/internal/github":                       {"event", "outbound"},
	"/internal/github/facts":                 {"comment", "github", "github/facts/ahead", "github/facts/authors", "github/facts/checks", "github/facts/posts"},
	"/internal/github/facts/ahead":           {"comment", "github", "github/facts/authors", "github/facts/posts"},
	"/internal/github/facts/authors":         {"github"},
	"/internal/github/facts/checks":          {"github"},
	"/internal/github/facts/posts":           {"comment", "github"},
	"/internal/github/githubtest":            {"github"},
	"/internal/github/githubtest/fakegithub": {"github/githubtest"},
	"/internal/ledger":                       {"image", "input"},
	"/internal/ledger/deployments":           {"github", "ledger", "ledger/deployments/listing", "ledger/deployments/wire"},
	"/internal/ledger/deployments/listing":   {"github"},
	"/internal/ledger/deployments/wire":      {"ledger"},
	"/internal/ledger/deployments/survey":    {"fleet", "github", "ledger", "ledger/deployments"},
	"/internal/ledger/jsonl":                 {"ledger"},
	"/internal/ledger/ledgertest":            {"ledger"},
	"/internal/picture":                      {"event", "plan", "status"},
	"/internal/plan":                         {"container", "event", "image"},
	"/internal/place":                        {"event", "fault", "ledger/jsonl", "note"},
	"/internal/registry":                     {"outbound", "registry/access", "registry/listing"},
	"/internal/registry/access":              {"outbound"},
	"/internal/registry/listing":             {"outbound"},
	"/internal/status":                       {"container", "ledger"},
	"/internal/tally":                        {"note", "once", "status"},
}

// TestFloors: main knows the program, the program its commands, commands everything below, and no arrow leads back up. The
// command line knows no ring.
func TestFloors(t *testing.T) {
	floor := map[string]int{}
	for i, names := range floors {
		for _, name := range names {
			floor[name] = i + 1
		}
	}
	for _, p := range packages(t) {
		from, ok := strings.CutPrefix(p.ImportPath, module+"/action")
		if !ok {
			continue
		}
		for _, i := range p.Imports {
			to, own := strings.CutPrefix(i, module+"/action")
			switch {
			case from == "/internal/cli" && (strings.Contains(i, module+"/ringpolicy") || i == module+"/tagging" || i == module+"/labels"):
				t.Errorf("%s imports %s, and knows no ring", from, i)
			case !own:
			case floor[to] > 0 && (floor[from] == 0 || floor[from] >= floor[to]):
				t.Errorf("%q imports %q, which is no floor below", from, to)
			case floor[from] == 0 && !slices.Contains(adapters[from], strings.TrimPrefix(to, "/internal/")):
				t.Errorf("%q imports %q, want only %q", from, to, adapters[from])
			}
		}
	}
}

// larger are packages that are larger than maxLines, with what they have at most.
var larger = map[string]int{}

var room = regexp.MustCompile("(?m)^\\| `([a-z/]+)` \\| .+ \\| (.+) \\|$")

// TestRooms: the map has one row for each package, which says that it may touch nothing where TestImports holds that, and nowhere
// else.
func TestRooms(t *testing.T) {
	const file = "../docs/architecture.md"
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	_, rooms, _ := strings.Cut(string(text), "\n## The rooms\n")
	rooms, _, _ = strings.Cut(rooms, "\n## ")
	touches := map[string]string{}
	for _, row := range room.FindAllStringSubmatch(rooms, -1) {
		if _, twice := touches["/"+row[1]]; twice {
			t.Errorf("%s has two rows for %s", file, row[1])
		}
		touches["/"+row[1]] = row[2]
	}
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		may, known := touches[name]
		if _, pure := layers[name]; !known {
			t.Errorf("%s has no row for %s", file, name)
		} else if pure != (may == "nothing") {
			t.Errorf("%s says that %s may touch %s; in the table layers of this test: %v", file, name, may, pure)
		}
		delete(touches, name)
	}
	for name := range touches {
		t.Errorf("%s has a row for %s, which is no package", file, name)
	}
}

// TestSizes: a package stays small enough to be read, and package main wires.
func TestSizes(t *testing.T) {
	const maxLines, maxMain = 1500, 100
	for _, p := range packages(t) {
		name := strings.TrimPrefix(p.ImportPath, module)
		limit := max(maxLines, larger[name])
		switch {
		case name == "/action":
			limit = maxMain
		case !strings.HasPrefix(name, "/action/") || strings.Contains(name, "githubtest"):
			continue
		}
		lines := 0
		for _, file := range p.GoFiles {
			text, err := os.ReadFile(filepath.Join(p.Dir, file))
			if err != nil {
				t.Fatal(err)
			}
			lines += strings.Count(string(text), "\n")
		}
		if lines > limit {
			t.Errorf("%s has %d lines, want at most %d", name, lines, limit)
		}
	}
}

// TestNoImportsUpward: nothing outside of the Action builds on it, but the quickstart, which runs the program.
func TestNoImportsUpward(t *testing.T) {
	for _, p := range packages(t) {
		if strings.HasPrefix(p.ImportPath, module+"/action") {
			continue
		}
		for _, i := range p.Imports {
			if strings.HasPrefix(i, module+"/action") && (p.ImportPath != module+"/examples/quickstart" || i != module+"/action/program") {
				t.Errorf("%s imports %s", p.ImportPath, i)
			}
		}
	}
}
