package main

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"github.com/klauspost/compress/gzip"
)

// toolchain is the one that every release is built with. It is named here and not in go.mod, so that nobody
// who uses the library or builds the program for himself has to have it.
const toolchain = "go1.26.8"

// The largest program and the largest download that we allow ourselves, in bytes.
const (
	mostStripped   = 16_000_000
	mostCompressed = 6_000_000
)

type platform struct{ os, arch string }

var platforms = []platform{
	{"darwin", "amd64"}, {"darwin", "arm64"},
	{"linux", "amd64"}, {"linux", "arm64"},
	{"windows", "amd64"}, {"windows", "arm64"},
}

func (p platform) program() string {
	name := "deployment-rings_" + p.os + "_" + p.arch
	if p.os == "windows" {
		name += ".exe"
	}
	return name
}

// buildHead builds the commit that is checked out.
func buildHead(repo git, version, folder string) error {
	if err := checkVersion(version); err != nil {
		return err
	}
	commit, err := repo.run("rev-parse", "HEAD")
	if err != nil {
		return err
	}
	return build(repo.dir, version, commit, folder)
}

// build puts the programs of all platforms, each as it is and compressed, and release.txt into a folder.
func build(source, version, commit, folder string) error {
	if err := os.MkdirAll(folder, 0o777); err != nil {
		return err
	}
	for _, p := range platforms {
		program := filepath.Join(folder, p.program())
		if err := compile(source, version, commit, p, program); err != nil {
			return err
		}
		if err := compress(program); err != nil {
			return err
		}
	}
	if err := checkSizes(folder); err != nil {
		return err
	}
	text, err := manifest(version, commit, folder)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(folder, "release.txt"), []byte(text), 0o666)
}

func compile(source, version, commit string, p platform, program string) error {
	linker := fmt.Sprintf("-s -w -X main.version=%s -X main.commit=%s", version, commit)
	cmd := exec.Command("go", "build", "-trimpath", "-buildvcs=false", "-ldflags", linker, "-o", program, "./action")
	cmd.Dir, cmd.Env = source, append(environment(), "GOOS="+p.os, "GOARCH="+p.arch)
	if out, err := cmd.CombinedOutput(); err != nil {
		return fmt.Errorf("%s: %w\n%s", p.program(), err, out)
	}
	return nil
}

// environment is that of this process without what would change the program.
func environment() []string {
	env := slices.DeleteFunc(os.Environ(), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "GO") && !slices.Contains(sources, name)
	})
	return append(env, "GOTOOLCHAIN="+toolchain, "GOENV=off", "GOWORK=off", "GOFLAGS=-mod=readonly", "GO111MODULE=on", "CGO_ENABLED=0")
}

// sources say where modules come from and where they are kept. What they are, go.sum says.
var sources = []string{"GOPROXY", "GOSUMDB", "GOPRIVATE", "GONOPROXY", "GONOSUMDB", "GOAUTH", "GOPATH", "GOMODCACHE", "GOCACHE", "GOTMPDIR"}

// compress writes a file beside a program, without its name and time: the same program gives the same bytes. The
// library is pinned by go.sum; the standard library and gzip itself are not the same everywhere.
func compress(program string) error {
	data, err := os.ReadFile(program)
	if err != nil {
		return err
	}
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return err
	}
	if _, err := w.Write(data); err != nil {
		return err
	}
	if err := w.Close(); err != nil {
		return err
	}
	return os.WriteFile(program+".gz", out.Bytes(), 0o666)
}

func checkSizes(folder string) error {
	var problems []error
	for _, p := range platforms {
		problems = append(problems, checkSize(folder, p.program(), mostStripped), checkSize(folder, p.program()+".gz", mostCompressed))
	}
	return errors.Join(problems...)
}

func checkSize(folder, name string, most int64) error {
	info, err := os.Stat(filepath.Join(folder, name))
	if err != nil {
		return err
	}
	if info.Size() > most {
		return fmt.Errorf("%s has %d bytes, %d more than we allow ourselves: look for what brought them (go tool nm -size -sort size)", name, info.Size(), info.Size()-most)
	}
	return nil
}

// files are the names in a build, sorted, besides release.txt.
func files() []string {
	var names []string
	for _, p := range platforms {
		names = append(names, p.program(), p.program()+".gz")
	}
	return names
}

// manifest is action/release.txt: the tag and the source commit, and then lines as sha256sum writes them.
func manifest(version, commit, folder string) (string, error) {
	var b strings.Builder
	fmt.Fprintf(&b, "%s %s\n", version, commit)
	for _, name := range files() {
		data, err := os.ReadFile(filepath.Join(folder, name))
		if err != nil {
			return "", err
		}
		fmt.Fprintf(&b, "%x  %s\n", sha256.Sum256(data), name)
	}
	return b.String(), nil
}
