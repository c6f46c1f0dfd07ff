package main

import (
	"cmp"
	"encoding/json"
	"runtime"
	"runtime/debug"

	"github.com/wizzense/deployment-rings/action/internal/view"
)

// What a release is built with (-ldflags -X). Empty in other builds, of which the Go command knows something.
var (
	version string // the tag, such as v1.4.0
	commit  string // what it was built from
)

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
	return s.publish(result{object: string(object), text: b.Text(), summary: b.Markdown()})
}

func thisBuild() view.Identity {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return describeBuild(version, commit, info)
}

// describeBuild says what the linker was told, else what the Go command noted.
func describeBuild(version, commit string, info *debug.BuildInfo) view.Identity {
	b := view.Identity{Schema: 1, Version: version, Go: runtime.Version(), Platform: runtime.GOOS + "/" + runtime.GOARCH}
	if version != "" {
		b.Commit = &commit
		return b
	}
	b.Version = cmp.Or(info.Main.Version, "(devel)")
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
