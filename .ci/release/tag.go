package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/mod/semver"
)

const releaseFile = "action/release.txt"

// The author of release commits. Name, address, time and message are fixed, so that who builds a release again gets
// the same commit.
var author = []string{
	"GIT_AUTHOR_NAME=github-actions[bot]", "GIT_AUTHOR_EMAIL=41898282+github-actions[bot]@users.noreply.github.com",
	"GIT_COMMITTER_NAME=github-actions[bot]", "GIT_COMMITTER_EMAIL=41898282+github-actions[bot]@users.noreply.github.com",
}

// tag makes the release commit from two builds that have to be the same, and pushes it under its tag. A tag that
// is there already is never moved; when it is this very commit, the work is done.
func tag(repo git, version, folder, twin string) (string, error) {
	if err := checkVersion(version); err != nil {
		return "", err
	}
	source, err := repo.run("rev-parse", "HEAD")
	if err != nil {
		return "", err
	}
	if err := errors.Join(checkSource(repo, version), compare(folder, twin), checkBuild(version, source, folder)); err != nil {
		return "", err
	}
	commit, err := releaseCommit(repo, version, source, filepath.Join(folder, "release.txt"))
	if err != nil {
		return "", err
	}
	tags, err := repo.remoteTags()
	if err != nil {
		return "", err
	}
	if tags[version] == commit {
		return version + " is there: " + commit, nil
	}
	_, err = repo.run("push", "--quiet", "origin", commit+":refs/tags/"+version)
	return version + " is " + commit, err
}

// compare returns every file in which two builds differ.
func compare(folder, twin string) error {
	if folder == twin {
		return fmt.Errorf("%s is compared with itself", folder)
	}
	var problems []error
	for _, name := range append(files(), "release.txt") {
		one, err := os.ReadFile(filepath.Join(folder, name))
		other, err2 := os.ReadFile(filepath.Join(twin, name))
		if err := errors.Join(err, err2); err != nil {
			problems = append(problems, err)
		} else if !bytes.Equal(one, other) {
			problems = append(problems, fmt.Errorf("%s: two builds of the same source differ", name))
		}
	}
	return errors.Join(problems...)
}

// checkBuild: release.txt of a build is about this version of this commit, and about the files beside it.
func checkBuild(version, commit, folder string) error {
	want, err := manifest(version, commit, folder)
	if err != nil {
		return err
	}
	got, err := os.ReadFile(filepath.Join(folder, "release.txt"))
	if err == nil && string(got) != want {
		err = fmt.Errorf("%s is not a build of %s from %s:\n%s", folder, version, commit, got)
	}
	return err
}

// releaseCommit writes the commit: the tree of the source and one file more. Nothing points to it yet.
func releaseCommit(repo git, version, source, list string) (string, error) {
	blob, err := repo.run("hash-object", "-w", "--no-filters", list)
	if err != nil {
		return "", err
	}
	tree, err := treeWith(repo, source, blob)
	if err != nil {
		return "", err
	}
	date, err := repo.run("rev-list", "--max-count=1", "--no-commit-header", "--format=%cI", source)
	if err != nil {
		return "", err
	}
	message := fmt.Sprintf("%s\n\nBuilt from %s.\n", version, source)
	env := append([]string{"GIT_AUTHOR_DATE=" + date, "GIT_COMMITTER_DATE=" + date}, author...)
	return repo.with(message, env, "commit-tree", "--no-gpg-sign", "-p", source, tree)
}

// treeWith is the tree of a commit with a blob as action/release.txt. It leaves the index of the clone alone.
func treeWith(repo git, commit, blob string) (string, error) {
	folder, err := os.MkdirTemp("", "release")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	index := []string{"GIT_INDEX_FILE=" + filepath.Join(folder, "index")}
	if _, err := repo.with("", index, "read-tree", commit); err != nil {
		return "", err
	}
	if _, err := repo.with("", index, "update-index", "--add", "--cacheinfo", "100644,"+blob+","+releaseFile); err != nil {
		return "", err
	}
	return repo.with("", index, "write-tree")
}

// move points the tag of the major version, such as v1, to a version, unless a higher one is released.
func move(repo git, version string) (string, error) {
	if err := checkVersion(version); err != nil {
		return "", err
	}
	major := semver.Major(version)
	if semver.Prerelease(version) != "" {
		return fmt.Sprintf("%s stays where it is: %s is a pre-release", major, version), nil
	}
	tags, err := repo.remoteTags()
	if err != nil {
		return "", err
	}
	if tags[version] == "" {
		return "", fmt.Errorf("%s is not released", version)
	}
	if highest := highest(slices.Collect(maps.Keys(tags)), major); highest != version {
		return fmt.Sprintf("%s stays where it is: %s is higher than %s", major, highest, version), nil
	}
	if _, err := repo.run("fetch", "--quiet", "origin", "refs/tags/"+version); err != nil {
		return "", err
	}
	// The lease refuses when the tag was moved since it was read.
	ref := "refs/tags/" + major
	_, err = repo.run("push", "--quiet", "--force-with-lease="+ref+":"+tags[major], "origin", tags[version]+":"+ref)
	return fmt.Sprintf("%s is %s", major, version), err
}

// highest is the highest of the names that are versions of a major version, or of any (""), and no pre-releases; "": none.
func highest(names []string, major string) string {
	versions := slices.DeleteFunc(slices.Clone(names), func(name string) bool {
		return semver.Canonical(name) != name || semver.Prerelease(name) != "" || major != "" && semver.Major(name) != major
	})
	if len(versions) == 0 {
		return ""
	}
	return slices.MaxFunc(versions, semver.Compare)
}
