package main

import (
	"errors"
	"fmt"
	"strings"

	"golang.org/x/mod/semver"
)

// check returns everything that keeps HEAD from becoming a version.
func check(repo git, version string) error {
	if err := checkVersion(version); err != nil {
		return err
	}
	return errors.Join(checkNew(repo, version), checkSource(repo, version))
}

// checkVersion: strict SemVer with the v of Go modules, and no build metadata, which they do not allow.
func checkVersion(version string) error {
	if semver.Canonical(version) != version || version == "" {
		return fmt.Errorf("%q is not a version such as v1.4.0 or v1.5.0-rc.1", version)
	}
	if major := semver.Major(version); major != "v0" && major != "v1" {
		return fmt.Errorf("%s: the path of the module has to end in /%s for that major version", version, major)
	}
	return nil
}

func checkNew(repo git, version string) error {
	tags, err := repo.remoteTags()
	if err != nil {
		return err
	}
	if at, there := tags[version]; there {
		return fmt.Errorf("%s is released already, as %s: a version is never released twice", version, at)
	}
	return nil
}

// checkSource looks at the commit that is to be released.
func checkSource(repo git, version string) error {
	_, err := notes(repo, version)
	return errors.Join(checkClean(repo), checkHead(repo), checkNoRelease(repo), err)
}

func checkClean(repo git) error {
	changes, err := repo.run("status", "--porcelain", "--untracked-files=normal")
	if err != nil || changes == "" {
		return err
	}
	return fmt.Errorf("the working tree has changes that are not committed:\n%s", changes)
}

// checkHead: HEAD is on main, with the workflows that main has now. GitHub lets the token of a workflow tag no others.
func checkHead(repo git) error {
	if err := checkMain(repo, "HEAD"); err != nil {
		return err
	}
	changed, err := repo.run("diff", "--name-only", "HEAD", "FETCH_HEAD", "--", ".github/workflows")
	if err != nil || changed == "" {
		return err
	}
	return fmt.Errorf("main of origin has other workflows than HEAD, which no workflow may tag then: release main as it is now:\n%s", changed)
}

// checkMain leaves main of origin as FETCH_HEAD.
func checkMain(repo git, commit string) error {
	if _, err := repo.run("fetch", "--quiet", "origin", "main"); err != nil {
		return err
	}
	// git answers with exit code 1 for no, and with others for trouble; neither may pass.
	if _, err := repo.run("merge-base", "--is-ancestor", commit, "FETCH_HEAD"); err != nil {
		return fmt.Errorf("%s is not on main of origin: %w", commit, err)
	}
	return nil
}

func checkNoRelease(repo git) error {
	names, err := repo.run("ls-tree", "--name-only", "HEAD", releaseFile)
	if err != nil || names == "" {
		return err
	}
	return fmt.Errorf("HEAD has %s, which only a release commit has", releaseFile)
}

// notes is the section of the changelog about a version, without its heading.
func notes(repo git, version string) (string, error) {
	text, err := repo.run("show", "HEAD:CHANGELOG.md")
	if err != nil {
		return "", err
	}
	for section := range strings.SplitSeq("\n"+text, "\n## ") {
		heading, body, _ := strings.Cut(section, "\n")
		fields := strings.Fields(heading)
		if len(fields) > 0 && "v"+strings.TrimPrefix(fields[0], "v") == version && strings.TrimSpace(body) != "" {
			return strings.TrimSpace(body), nil
		}
	}
	return "", fmt.Errorf("CHANGELOG.md says nothing under a heading %q", "## "+strings.TrimPrefix(version, "v"))
}
