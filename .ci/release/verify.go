package main

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
)

var commitID = regexp.MustCompile(`^[0-9a-f]{40}$`)

// verify builds a release again, from the source on main that it names, and compares the list of hashes and the release
// commit with what the tag has.
func verify(repo git, version string) (string, error) {
	released, err := repo.run("rev-parse", "--verify", "refs/tags/"+version+"^{commit}")
	if err != nil {
		return "", err
	}
	text, err := repo.run("show", released+":"+releaseFile)
	if err != nil {
		return "", err
	}
	first, _, _ := strings.Cut(text, "\n")
	name, source, _ := strings.Cut(first, " ")
	if name != version || !commitID.MatchString(source) {
		return "", fmt.Errorf("%s of %s is about %q", releaseFile, version, first)
	}
	if err := checkMain(repo, source); err != nil {
		return "", err
	}
	again, err := rebuild(repo, version, source)
	if err != nil {
		return "", err
	}
	if again != released {
		return "", fmt.Errorf("%s is %s, and building %s again gives %s: compare %[1]s:%[5]s with what build writes", version, released, source, again, releaseFile)
	}
	return fmt.Sprintf("%s is %s: the programs and the commit are what %s, on main, gives", version, released, source), nil
}

// rebuild is the release commit that a source gives.
func rebuild(repo git, version, source string) (string, error) {
	folder, err := os.MkdirTemp("", "release")
	if err != nil {
		return "", err
	}
	defer os.RemoveAll(folder)
	tree, out := filepath.Join(folder, "source"), filepath.Join(folder, "build")
	if err := repo.checkout(source, tree); err != nil {
		return "", err
	}
	if err := build(tree, version, source, out); err != nil {
		return "", err
	}
	return releaseCommit(repo, version, source, filepath.Join(out, "release.txt"))
}
