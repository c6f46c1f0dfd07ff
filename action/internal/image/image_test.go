package image_test

import (
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/image"
)

func TestParse(t *testing.T) {
	for _, c := range []struct{ in, registry, path, app string }{
		{"ghcr.io/Wizzense/AitherZero", "ghcr.io", "wizzense/aitherzero", "aitherzero"},
		{"localhost:5000/app", "localhost:5000", "app", "app"},
		{"localhost/app", "localhost", "app", "app"},
		{"owner/app", "", "owner/app", "app"},
		{"app", "", "app", "app"},
		{"ghcr.io/o/a__b.c-d---e/f", "ghcr.io", "o/a__b.c-d---e/f", "f"},
	} {
		names, err := image.Parse([]string{c.in, c.in})
		if err != nil || len(names) != 1 {
			t.Errorf("Parse(%q) = %v, %v, want one name", c.in, names, err)
			continue
		}
		n := names[0]
		if n.String() != strings.ToLower(c.in) || n.Registry() != c.registry || n.Path() != c.path || n.App() != c.app {
			t.Errorf("Parse(%q) = %s: registry %q, path %q, app %q, want %q, %q, %q", c.in, n, n.Registry(), n.Path(), n.App(), c.registry, c.path, c.app)
		}
	}
}

func TestParseRefuses(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"ghcr.io/o/app:1.0", "has a tag"},
		{"localhost:5000/app:1.0", "has a tag"},
		{"app:latest", "has a tag"},
		{"ghcr.io/o/app@sha256:" + strings.Repeat("a", 64), "has a digest"},
		{"https://ghcr.io/o/app", "scheme"},
		{"ghcr.io/o/a pp", "not the name"},
		{"ghcr.io/o//app", "not the name"},
		{"ghcr.io/o/.github", `".github"`},
		{"ghcr.io/o/a._b", `"a._b"`},
		{"ghcr.io/o/a___b", `"a___b"`},
		{"ghcr.io/o/app-", `"app-"`},
		{"ghcr.io/o/$(id)", "not the name"},
		{"ghcr.io/o/a,ghcr.io/o/b", "not the name"},
		{"ghcr.io/o/" + strings.Repeat("a", 1<<20), "not the name"},
	} {
		_, err := image.Parse([]string{c.in})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%.60q) = %v, want an error with %q", c.in, err, c.want)
		} else if len(err.Error()) > 1000 {
			t.Errorf("Parse(%.60q): a message of %d bytes", c.in, len(err.Error()))
		}
	}
	if _, err := image.Parse([]string{"a:1", "b@2"}); strings.Count(err.Error(), "not the name") != 2 {
		t.Errorf("Parse tells %v, want both problems", err)
	}
}

func TestPackageURL(t *testing.T) {
	const page = "https://github.com/wizzense/AitherZero"
	for in, want := range map[string]string{
		"ghcr.io/wizzense/aitherzero":   page + "/pkgs/container/aitherzero",
		"ghcr.io/wizzense/aitherzero/x": page + "/pkgs/container/aitherzero%2Fx",
		"docker.io/wizzense/aitherzero": "",
		"wizzense/aitherzero":           "",
	} {
		names, err := image.Parse([]string{in})
		if err != nil {
			t.Fatal(err)
		}
		if got := names[0].PackageURL(page); got != want {
			t.Errorf("%s: PackageURL = %q, want %q", in, got, want)
		}
	}
}
