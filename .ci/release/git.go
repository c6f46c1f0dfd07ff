package main

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// git is a clone.
type git struct{ dir string }

// run is what git prints, without the space around it.
func (g git) run(args ...string) (string, error) { return g.with("", nil, args...) }

// with is run with standard input and more environment. An encoding that a user prefers would be noted in commits, and
// make others of them.
func (g git) with(stdin string, env []string, args ...string) (string, error) {
	cmd := exec.Command("git", append([]string{"-c", "i18n.commitEncoding=utf-8"}, args...)...)
	cmd.Dir, cmd.Env, cmd.Stdin = g.dir, append(os.Environ(), env...), strings.NewReader(stdin)
	var out, complaint bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &complaint
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("git %s: %w: %s", strings.Join(args, " "), err, strings.TrimSpace(complaint.String()))
	}
	return strings.TrimSpace(out.String()), nil
}

// checkout puts the files of a commit into a folder that is not there yet.
func (g git) checkout(commit, folder string) error {
	if _, err := g.run("clone", "--quiet", "--no-checkout", g.dir, folder); err != nil {
		return err
	}
	_, err := git{folder}.run("checkout", "--quiet", "--detach", commit)
	return err
}

// remoteTags are the tags of origin with what they point to.
func (g git) remoteTags() (map[string]string, error) {
	out, err := g.run("ls-remote", "--refs", "--tags", "origin")
	if err != nil {
		return nil, err
	}
	tags := map[string]string{}
	for line := range strings.Lines(out) {
		id, name, _ := strings.Cut(strings.TrimSpace(line), "\trefs/tags/")
		tags[name] = id
	}
	return tags, nil
}
