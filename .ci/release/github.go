package main

import (
	"bytes"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/mod/semver"
)

// A page is a release as GitHub shows it. Before it is published it is a draft, of which there may be several.
type page struct {
	id    string
	draft bool
}

// gh is what GitHub's program prints. It knows the repository of the clone and the token.
func gh(repo git, args ...string) (string, error) {
	cmd := exec.Command("gh", args...)
	var out, complaint bytes.Buffer
	cmd.Dir, cmd.Stdout, cmd.Stderr = repo.dir, &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("gh %s: %w: %s", strings.Join(args[:2], " "), err, strings.TrimSpace(complaint.String()))
	}
	return out.String(), nil
}

const releases = "repos/{owner}/{repo}/releases"

// pages are the releases of a version. They are looked for among all, since GitHub does not find drafts by their tag.
func pages(repo git, version string) ([]page, error) {
	out, err := gh(repo, "api", releases+"?per_page=100", "--paginate", "--jq", `.[] | "\(.id) \(.draft) \(.tag_name)"`)
	var found []page
	for line := range strings.Lines(out) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[2] == version {
			found = append(found, page{id: fields[0], draft: fields[1] == "true"})
		}
	}
	return found, err
}

// draft uploads a build and the packages to a draft, in place of those that earlier attempts left behind. When the
// version is published, the work is done.
func draft(repo git, version, folder, packages string) (string, error) {
	if err := errors.Join(checkVersion(version), checkSource(repo, version)); err != nil {
		return "", err
	}
	known, err := pages(repo, version)
	if err != nil {
		return "", err
	}
	for _, p := range known {
		if !p.draft {
			return version + " is published", nil
		}
		if _, err := gh(repo, "api", releases+"/"+p.id, "--method", "DELETE"); err != nil {
			return "", err
		}
	}
	return version + " is a draft", create(repo, version, folder, packages)
}

func create(repo git, version, folder, packages string) error {
	text, err := notes(repo, version)
	if err != nil {
		return err
	}
	uploads, err := uploads(folder, packages)
	if err != nil {
		return err
	}
	source, err := repo.run("rev-parse", "HEAD")
	if err != nil {
		return err
	}
	args := []string{"release", "create", version, "--draft", "--target", source, "--title", version, "--notes", text}
	if semver.Prerelease(version) != "" {
		args = append(args, "--prerelease")
	}
	_, err = gh(repo, append(args, uploads...)...)
	return err
}

// uploads are the files of a release: what the Action downloads, and what people download.
func uploads(folder, packages string) ([]string, error) {
	var all []string
	for _, p := range platforms {
		all = append(all, filepath.Join(folder, p.program()+".gz"))
	}
	entries, err := os.ReadDir(packages)
	if err == nil && len(entries) == 0 {
		err = fmt.Errorf("%s is empty", packages)
	}
	for _, entry := range entries {
		all = append(all, filepath.Join(packages, entry.Name()))
	}
	return all, err
}

// publish makes a draft public. Its tag has to be there, or GitHub would make one, of the source.
func publish(repo git, version string) (string, error) {
	tags, err := repo.remoteTags()
	if err != nil {
		return "", err
	}
	known, err := pages(repo, version)
	if err != nil {
		return "", err
	}
	if tags[version] == "" || len(known) != 1 {
		return "", fmt.Errorf("%s has %d releases and the tag %q: it needs one of each", version, len(known), tags[version])
	}
	latest := fmt.Sprintf("make_latest=%t", version == highest(slices.Collect(maps.Keys(tags)), ""))
	_, err = gh(repo, "api", releases+"/"+known[0].id, "--method", "PATCH", "--field", "draft=false", "--raw-field", latest)
	return version + " is published", err
}
