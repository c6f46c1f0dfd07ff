// Package surface has the tables of what users of the Action and of the program see: inputs, and outputs of every command.
package surface

import (
	"fmt"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/input"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// Groups of commands that share inputs.
var (
	builds    = []string{"plan", "verify"}
	judges    = []string{"gate", "promote", "record", "rollback", "advance", "status"}
	moves     = []string{"gate", "promote", "record", "rollback"}
	proves    = []string{"gate", "promote", "rollback", "advance", "status"}
	asks      = []string{"plan", "gate", "promote", "record", "rollback", "advance", "status", "verify"}
	hasImages = asks
)

// Inputs is the one table of all inputs. Flags, INPUT_ variables, --help and docs/action.md come from it, and
// a test compares action.yml with it.
var Inputs = input.Table{
	{Name: "command", Value: "NAME", Default: "plan",
		Help: "What to do. By hand it is the first argument."},
	{Name: "policy", Value: "FILE", Default: "the built-in policy",
		Help: "Path of a policy file."},
	{Name: "image", Kind: input.Lines, Value: "NAME", Commands: hasImages, Default: "ghcr.io/<owner>/<repository>",
		Help: "Image names without a tag, one a line. They are lower-cased. status reports on each, and advance moves each; by default every image in the ledger."},
	{Name: "github-token", Value: "TOKEN", Commands: asks, Default: "the token of the job",
		Help: "Token to ask the GitHub API with."},

	{Name: "branch", Value: "NAME", Commands: builds, Default: "from the event",
		Help: "Branch, in place of the one of the event. Each value that is given replaces that one value of the event and nothing else: a fork stays a fork. Without an event the values describe what is built, and it deploys."},
	{Name: "base-branch", Value: "NAME", Commands: builds, Default: "from the event",
		Help: "Branch that the pull request goes into, in place of the one of the event."},
	{Name: "pr-number", Value: "N", Commands: builds, Default: "from the event",
		Help: "Number of the pull request, in place of the one of the event. It excludes release-tag."},
	{Name: "revision", Value: "COMMIT", Commands: append([]string{"record"}, builds...), Default: "from the event",
		Help: "Full commit, 40 or 64 hexadecimal digits, in place of the one of the event."},
	{Name: "release-tag", Value: "TAG", Commands: builds, Default: "from the event",
		Help: "Git tag of the release, a version such as v1.5.0, in place of the one of the event. It excludes pr-number."},
	{Name: "event", Value: "FILE", Commands: builds, Default: "GITHUB_EVENT_PATH",
		Help: "Payload of the event, for runs by hand."},
	{Name: "event-name", Value: "NAME", Commands: builds, Default: "GITHUB_EVENT_NAME, or guessed from the payload",
		Help: "Name of the event in the payload, such as pull_request."},
	{Name: "ring-from", Value: "head|base", Commands: builds, Default: "head",
		Help: "Which branch of a pull request decides its ring, its own (head) or the one it goes into (base)."},
	{Name: "allow-forks", Kind: input.Boolean, Commands: builds, Default: "false",
		Help: "Deploy pull requests from forks too. They get the default ring, whatever their branches say."},

	{Name: "iteration", Value: "N|registry", Commands: builds, Default: "the run number, or 1 by hand",
		Help: "Number in the versioned tag: a positive number, or registry for one more than the highest that is pushed for this pull request and branch. A re-run keeps the run number and so pushes the same fixed tag again; use registry where that must not be."},
	{Name: "annotation-levels", Value: "LIST", Commands: builds, Default: "manifest",
		Help: "Where annotations go: a comma list of manifest, index, manifest-descriptor, index-descriptor."},
	{Name: "known-versions", Kind: input.Lines, Value: "VERSION", Commands: []string{"plan", "promote", "record", "advance", "verify"}, Default: "none; of record and advance, registry",
		Help: "Versions already released, one a line, with a leading v or without, or registry for those that are pushed, but for those whose image is quarantined in the last ring, where a ledger is known. The tags latest and stable stay where they are when one of them is higher."},
	{Name: "timestamp", Value: "TIME", Commands: builds, Default: "SOURCE_DATE_EPOCH, or now",
		Help: "Time of the build, in RFC 3339."},
	{Name: "labels", Kind: input.Lines, Value: "KEY=VALUE", Commands: builds,
		Help: "Extra labels, one key=value a line, without comments or quotes. They win over generated ones; the last of a key counts; key= with nothing after it removes a generated one."},
	{Name: "annotations", Kind: input.Lines, Value: "KEY=VALUE", Commands: builds,
		Help: "Extra annotations, written like labels."},

	{Name: "title", Value: "TEXT", Commands: builds, Default: "the repository's name",
		Help: "Label org.opencontainers.image.title."},
	{Name: "description", Value: "TEXT", Commands: builds, Default: "the repository's description",
		Help: "Label org.opencontainers.image.description."},
	{Name: "licenses", Value: "SPDX", Commands: builds, Default: "the repository's licence",
		Help: "Label org.opencontainers.image.licenses."},
	{Name: "url", Value: "URL", Commands: builds, Default: "the repository's page",
		Help: "Label org.opencontainers.image.url."},
	{Name: "documentation", Value: "URL", Commands: builds,
		Help: "Label org.opencontainers.image.documentation."},
	{Name: "vendor", Value: "TEXT", Commands: builds,
		Help: "Label org.opencontainers.image.vendor."},
	{Name: "authors", Value: "TEXT", Commands: builds,
		Help: "Label org.opencontainers.image.authors."},

	{Name: "ring", Value: "NAME", Commands: append(slices.Clone(moves), "advance"), Default: "where the evidence says the image goes; of advance, every ring",
		Help: "Target ring of gate and promote; the ring concerned of record and rollback; the only one that advance looks at."},
	{Name: "digest", Value: "DIGEST", Commands: moves, Default: "that of the evidence; of gate and promote else the newest image of the rings before that may move in; of record, of the ring's open deployment, or else of the ring's latest tag",
		Help: "The image to judge, to record or to go back to, by digest."},
	{Name: "tag", Value: "TAG", Commands: moves, Check: isTag,
		Help: "The image by tag, in place of digest."},
	{Name: "version", Value: "VERSION", Commands: []string{"promote"},
		Help: "Version to release, when the target is the last ring."},
	{Name: "evidence", Value: "FILE", Commands: proves,
		Help: "Path of an evidence file. Its facts replace gathered ones of the same kind. Of advance it has no subject, and counts for every image and ring."},
	{Name: "evidence-kinds", Value: "LIST", Commands: proves, Default: "all", Check: areKinds,
		Help: "Which kinds of facts the evidence file may bring; another one in it is an error. A comma list of " + strings.Join(ringpolicy.EvidenceKinds(), ", ") + "."},
	{Name: "now", Value: "TIME", Commands: judges, Default: "the clock",
		Help: "Time to judge at, in RFC 3339."},
	{Name: "ledger", Value: "github|file:PATH", Commands: append(slices.Clone(builds), judges...), Default: "github, or a file without a token",
		Help: "Where deployments are recorded: in the Deployments API of GitHub, or in a file of JSON lines. Plan and verify read it for known-versions: registry alone."},
	{Name: "state", Value: "STATE", Commands: []string{"promote", "record"},
		Help: "What happened: in_progress, success or failure; with signal: passing or failing. Of promote: what to record after the tags have moved, by default that the image is still on its way in, and the job that deploys records how it ended."},
	{Name: "retry", Kind: input.Boolean, Commands: []string{"gate", "promote"}, Default: "false",
		Help: "A person's word that an image whose deployment failed in the ring may try again."},
	{Name: "signal", Value: "KIND", Commands: []string{"record"},
		Help: "What a health or smoke job saw: critical_error, health_check, container_crash or test_failure."},
	{Name: "reason", Value: "TEXT", Commands: []string{"record", "rollback"},
		Help: "Reason that the ledger keeps."},
	{Name: "output-dir", Value: "FOLDER", Commands: []string{"status"},
		Help: "Folder for the dashboard files."},
	{Name: "repositories", Value: "FILE", Commands: []string{"status"},
		Help: "Path of a list of repositories, owner/name or owner/* a line: status then says how all of them stand, by their records at GitHub. The token has to read the deployments of each."},
	{Name: "tests", Kind: input.Lines, Value: "FILE", Commands: []string{"test"},
		Help: "Policy test files, one a line; patterns such as policies/*_test.yml are expanded."},
	{Name: "fail-on", Value: "LIST", Commands: []string{"gate", "promote", "rollback"}, Default: "never",
		Help: "Verdicts that end in exit code 3: never, or a comma list of hold, rollback, unknown."},
	{Name: "dry-run", Kind: input.Boolean, Commands: []string{"promote", "record", "rollback", "advance"}, Default: "false",
		Help: "Say what would be written, and write nothing."},
	{Name: "format", Value: "text|json", Default: "text",
		Help: "How results are printed on standard output. With json it is one JSON value and nothing else."},
}

// Kinds returns the kinds of facts that the input evidence-kinds names; none is all.
func Kinds(text string) []string {
	if text == "" || text == "all" {
		return nil
	}
	kinds := strings.Split(text, ",")
	for i := range kinds {
		kinds[i] = strings.TrimSpace(kinds[i])
	}
	return kinds
}

func areKinds(text string) error {
	known := ringpolicy.EvidenceKinds()
	for _, kind := range Kinds(text) {
		if !slices.Contains(known, kind) {
			return fmt.Errorf("%.40q is not a kind of facts, expected all, or a comma list of %s", kind, strings.Join(known, ", "))
		}
	}
	return nil
}

// isTag refuses what no registry can have as a tag, so that it is sent nowhere.
func isTag(text string) error {
	_, err := tagging.Parse(text)
	return err
}
