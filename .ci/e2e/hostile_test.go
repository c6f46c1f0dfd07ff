package e2e_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// delimiter is what go-githubactions puts around values in the output file.
const delimiter = "_GitHubActionsFileCommandDelimeter_"

// A branch may be called nearly anything. Whatever it is, it is one output and no command: the runner obeys
// exactly what it obeys for a branch with a plain name.
func TestHostileBranches(t *testing.T) {
	t.Parallel()
	pwned := filepath.Join(t.TempDir(), "pwned")
	plain := run(t, "plan.yml", pullRequest().with("pull_request.head.ref", "feature/x"))
	for _, branch := range []string{
		"$(touch${IFS}" + pwned + ")", "`touch${IFS}" + pwned + "`", "a;touch${IFS}" + pwned + ";b", "a'b\"c",
		"::set-output/name=ring::evil", "::error::evil", "dev%0Aring=evil", "<script>alert(1)</script>|x|", "x\u202egnp.exe", delimiter,
	} {
		t.Run(branch, func(t *testing.T) {
			t.Parallel()
			j := run(t, "plan.yml", pullRequest().with("pull_request.head.ref", branch))
			if j.exit != 0 {
				t.Fatalf("act = %d, want 0\n%s", j.exit, j.log)
			}
			checkWhole(t, j)
			if j.outputs["branch"] != branch || j.outputs["ring"] != "dev" {
				t.Errorf("branch = %q, ring = %q, want %q, dev", j.outputs["branch"], j.outputs["ring"], branch)
			}
			if got, want := len(j.annotations), len(plain.annotations); got != want {
				t.Errorf("%d annotations, want %d as of a plain branch: %+v", got, want, j.annotations)
			}
			if strings.Contains(j.summary, "<script>") {
				t.Errorf("the summary has HTML of the branch\n%s", j.summary)
			}
			if _, err := os.Stat(pwned); err == nil {
				t.Error("a shell ran the branch name")
			}
		})
	}
}

// Git knows no branch with a control character, but nothing holds a payload to that. These are refused, in one annotation, with
// nothing written.
func TestRefusedBranches(t *testing.T) {
	t.Parallel()
	for name, branch := range map[string]string{
		"newline":       "dev\n::set-output name=ring::evil\n::error::evil",
		"forged output": "dev\n" + delimiter + "\nring<<" + delimiter + "\nevil",
		"carriage":      "dev\r::error::evil",
		"escape":        "dev\x1b[31m",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			j := run(t, "plan.yml", pullRequest().with("pull_request.head.ref", branch))
			checkRefused(t, j)
			for _, a := range j.annotations {
				if strings.TrimSpace(a.Arg) == "evil" {
					t.Errorf("the runner obeyed %s %q", a.Command, a.Arg)
				}
			}
		})
	}
}

// Repository data ends up in labels, one line each.
func TestHostileRepository(t *testing.T) {
	t.Parallel()
	ev := pullRequest().with("repository.description", "one\nring=evil\n::error::evil\r\t$(id)")
	j := run(t, "plan.yml", ev)
	if j.exit != 0 {
		t.Fatalf("act = %d, want 0\n%s", j.exit, j.log)
	}
	var description []string
	for line := range strings.Lines(j.outputs["labels"]) {
		if strings.Contains(line, "evil") {
			description = append(description, strings.Join(strings.Fields(line), " "))
		}
	}
	want := "org.opencontainers.image.description=one ring=evil ::error::evil $(id)"
	if len(description) != 1 || description[0] != want {
		t.Errorf("label lines with the description %q, want only %q", description, want)
	}
	checkWhole(t, j)
}
