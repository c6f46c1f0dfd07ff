// Release cuts and verifies releases of deployment-rings. Run it in a clone, as docs/releasing.md says:
//
//	go run -C .ci/release . COMMAND …
//
// A release is a commit that no branch holds: a child of the source commit with one more file,
// action/release.txt, which names the source commit and the sha256 of every program. The same source gives the
// same bytes on every machine, and so the same commit.
package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

const usage = `go run -C .ci/release . COMMAND …

    check VERSION                  may HEAD become this version? all that speaks against it
    notes VERSION                  what the changelog says of it
    build VERSION FOLDER           the programs of all platforms, and release.txt
    compare FOLDER TWIN            are two builds the same?
    draft VERSION FOLDER PACKAGES  a draft on GitHub with the programs of one folder and all of the other
    tag VERSION FOLDER TWIN        when two builds are the same: the release commit, pushed to origin as tag VERSION
    publish VERSION                the draft, when the tag is there
    move VERSION                   the tag of the major version to it, when it is the highest
    verify VERSION                 a release that is there: builds it again and compares
    api                            what is new in the API of the library since the highest release; fails when something broke

A version is a tag such as v1.4.0. Folders are relative to the root of the clone`

func main() {
	text, err := run(".", os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "release:", strings.ReplaceAll(err.Error(), "\n", "\nrelease: "))
		os.Exit(1)
	}
	fmt.Println(text)
}

// run does what the arguments ask for in the clone around a folder, and returns what there is to tell.
func run(folder string, args []string) (string, error) {
	root, err := git{folder}.run("rev-parse", "--show-toplevel")
	if err != nil {
		return "", err
	}
	repo := git{root}
	switch words := len(args); {
	case words == 2 && args[0] == "check":
		return args[1] + " can be released", check(repo, args[1])
	case words == 2 && args[0] == "notes":
		return notes(repo, args[1])
	case words == 3 && args[0] == "build":
		return args[2], buildHead(repo, args[1], within(root, args[2]))
	case words == 3 && args[0] == "compare":
		return args[1] + " and " + args[2] + " are the same", compare(within(root, args[1]), within(root, args[2]))
	case words == 4 && args[0] == "draft":
		return draft(repo, args[1], within(root, args[2]), within(root, args[3]))
	case words == 4 && args[0] == "tag":
		return tag(repo, args[1], within(root, args[2]), within(root, args[3]))
	case words == 2 && args[0] == "publish":
		return publish(repo, args[1])
	case words == 2 && args[0] == "move":
		return move(repo, args[1])
	case words == 2 && args[0] == "verify":
		return verify(repo, args[1])
	case words == 1 && args[0] == "api":
		return api(repo)
	}
	return "", errors.New(usage)
}

func within(root, folder string) string {
	if filepath.IsAbs(folder) {
		return folder
	}
	return filepath.Join(root, folder)
}
