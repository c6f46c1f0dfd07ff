package main

import (
	"errors"
	"fmt"
	"go/types"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/exp/apidiff"
	"golang.org/x/mod/semver"
	"golang.org/x/tools/go/packages"
)

// api compares the packages that others may import with those of the highest release, and fails when what worked
// with that does not work with the working tree: such a change needs another major version.
func api(repo git) (string, error) {
	tags, err := repo.run("tag", "--list", "v*")
	last := highest(strings.Fields(tags), "")
	if err != nil || last == "" {
		return "This clone has no tag of a release to compare the API with.", err
	}
	folder, err := os.MkdirTemp("", "release")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	old := git{filepath.Join(folder, "old")}
	if err := repo.checkout(last, old.dir); err != nil {
		return "", err
	}
	before, err := load(old.dir)
	if err != nil {
		return "", fmt.Errorf("%s: %w", last, err)
	}
	now, err := load(repo.dir)
	if err != nil {
		return "", err
	}
	return judge(last, apidiff.ModuleChanges(before, now))
}

func judge(last string, report apidiff.Report) (string, error) {
	breaks := slices.ContainsFunc(report.Changes, func(c apidiff.Change) bool { return !c.Compatible })
	switch {
	case len(report.Changes) == 0:
		return "The API is that of " + last + ".", nil
	case breaks && semver.Major(last) != "v0":
		return "", errors.New("the API is not compatible with " + last + ", which needs another major version:\n" + report.String())
	}
	return "The API since " + last + ":\n" + report.String(), nil
}

// load reads the public packages of a module.
func load(folder string) (*apidiff.Module, error) {
	mode := packages.LoadTypes | packages.NeedModule
	loaded, err := packages.Load(&packages.Config{Mode: mode, Dir: folder}, "./...")
	if err != nil {
		return nil, err
	}
	var public []*types.Package
	var problems []error
	for _, p := range loaded {
		for _, problem := range p.Errors {
			problems = append(problems, problem)
		}
		if p.Name != "main" && !strings.Contains(p.PkgPath+"/", "/internal/") {
			public = append(public, p.Types)
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if len(public) == 0 {
		return nil, fmt.Errorf("%s has no packages", folder)
	}
	return &apidiff.Module{Path: loaded[0].Module.Path, Packages: public}, nil
}
