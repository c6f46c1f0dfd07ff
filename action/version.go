package main

import (
	"encoding/json"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/wizzense/deployment-rings/internal/markdown"
)

// What a release is built with (-ldflags -X). Empty in other builds, of which the Go command knows something.
var (
	version string // the tag, such as v1.4.0
	commit  string // what it was built from
)

// An identity says which program this is.
type identity struct {
	Schema       int     `json:"schema"`
	Version      string  `json:"version"`
	Commit       *string `json:"commit"`   // nil: not known
	Modified     bool    `json:"modified"` // the working tree held more than the commit
	PolicyDigest string  `json:"policy_digest"`
	Go           string  `json:"go"`
	Platform     string  `json:"platform"`
}

// runVersion tells which program this is and by which policy it decides.
func runVersion(s *session) error {
	policy := s.policy()
	if s.problems != nil {
		return s.problems
	}
	b := thisBuild()
	b.PolicyDigest = policy.Digest()
	object, err := json.Marshal(b)
	if err != nil {
		return failed(err)
	}
	return s.publish(result{object: string(object), text: b.text(), summary: b.markdown()})
}

func thisBuild() identity {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return describeBuild(version, commit, info)
}

// describeBuild says what the linker was told, else what the Go command noted.
func describeBuild(version, commit string, info *debug.BuildInfo) identity {
	b := identity{Schema: 1, Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if version != "" {
		b.Commit = &commit
		return b
	}
	b.Version = or(info.Main.Version, "(devel)")
	for _, setting := range info.Settings {
		switch setting.Key {
		case "vcs.revision":
			b.Commit = &setting.Value
		case "vcs.modified":
			b.Modified = setting.Value == "true"
		}
	}
	return b
}

// rows are what there is to tell besides the version.
func (b identity) rows() [][2]string {
	source := "not known"
	if b.Commit != nil {
		source = *b.Commit
	}
	if b.Modified {
		source += ", with changes"
	}
	return [][2]string{{"commit", source}, {"policy digest", b.PolicyDigest}, {"go", b.Go}, {"platform", b.Platform}}
}

func (b identity) text() string {
	var w strings.Builder
	fmt.Fprintf(&w, "deployment-rings %s\n\n", b.Version)
	for _, row := range b.rows() {
		fmt.Fprintf(&w, "  %-13s %s\n", row[0], row[1])
	}
	return w.String()
}

func (b identity) markdown() string {
	var w strings.Builder
	fmt.Fprintf(&w, "### deployment-rings %s\n\n", markdown.Code(b.Version))
	for _, row := range b.rows() {
		fmt.Fprintf(&w, "- %s: %s\n", row[0], markdown.Code(row[1]))
	}
	return w.String()
}
