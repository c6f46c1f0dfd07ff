package command

import (
	"cmp"
	"context"
	"encoding/json"
	"runtime"
	"runtime/debug"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/view"
)

// runVersion reports which program this is and by which policy it decides.
func runVersion(ctx context.Context, r *cli.Run) (*cli.Result, error) {
	policy := readPolicy(ctx, r)
	if r.Problems != nil {
		return nil, r.Problems
	}

	b := thisBuild(r.Version, r.Commit)
	b.PolicyDigest = policy.Digest()
	object, err := json.Marshal(b)
	if err != nil {
		return nil, fault.Failed(err)
	}
	return &cli.Result{Object: string(object), Text: b.Text(), Summary: b.Markdown()}, nil
}

func thisBuild(version, commit string) view.Identity {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return describeBuild(version, commit, info)
}

// describeBuild returns what the linker wrote into the program, else what the Go command noted.
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
