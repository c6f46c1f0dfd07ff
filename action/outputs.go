package main

import (
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/report"
)

// An output is a value that later steps read.
type output struct {
	name     string
	kind     report.Type
	commands []string
	help     string
}

var (
	plans   = []string{"plan"}
	decides = []string{"gate", "promote"}
	changes = []string{"promote", "rollback"}
)

// outputs is the one table of all outputs. A command always sets all of its outputs, and every output is a
// key of the output json, in this order. docs/action.md comes from it, and a test holds action.yml to it.
var outputs = []output{
	{"should-deploy", report.Boolean, plans, "true when there is something to build and deploy"},
	{"skip-reason", report.Text, plans, "why there is not, in one line"},
	{"is-release", report.Boolean, plans, "true for a release"},
	{"release-tag", report.Text, plans, "Git tag of the release"},
	{"version", report.Text, plans, "what the version label says: the release version, else the primary tag"},
	{"pr-number", report.Number, plans, "number of the pull request"},
	{"branch", report.Text, plans, "the branch, as it is"},
	{"branch-slug", report.Text, plans, "the branch as tags spell it"},
	{"revision", report.Text, plans, "the commit; of a pull request its head, never the test merge"},
	{"commit-short", report.Text, plans, "the first 8 digits of the commit"},
	{"ring", report.Text, plans, "name of the ring"},
	{"deployment-ring", report.Text, plans, "the same"},
	{"ring-matched", report.Text, plans, "how the ring was found: exact, pattern, default or release"},
	{"ring-title", report.Text, plans, "title of the ring"},
	{"next-ring", report.Text, plans, "the ring that comes after it; several one a line"},
	{"environment", report.Text, plans, "GitHub environment of the ring"},
	{"build-iteration", report.Number, plans, "number in the versioned tag"},
	{"build-timestamp", report.Text, plans, "time of the build, UTC, 20060102-150405"},
	{"deployment-comment", report.Boolean, plans, "true when a comment asked for it and it deploys"},
	{"source-tag", report.Text, plans, "of a merged pull request the commit tag, which is already pushed"},
	{"image-name", report.Text, plans, "first image, without registry"},
	{"tags", report.List, plans, "full references, one a line, image by image"},
	{"tag-names", report.List, plans, "bare tags, one a line"},
	{"fixed-tags", report.List, plans, "bare tags that stay on this image, one a line"},
	{"moving-tags", report.List, plans, "bare tags that move from image to image, one a line"},
	{"held-tags", report.List, plans, "bare tags that stay where they are, because a higher version is known, one a line"},
	{"tag-rules", report.List, plans, "type=raw,value=TAG lines for docker/metadata-action"},
	{"primary-tag", report.Text, plans, "the first tag, bare"},
	{"image-tag", report.Text, plans, "the first tag, full reference"},
	{"labels", report.Object, plans, "key=value lines"},
	{"annotations", report.List, plans, "level:key=value lines, as docker buildx takes them"},
	{"bake-file", report.Text, plans, "path of a JSON bake definition with tags, labels and annotations; its target is docker-metadata-action. Give docker/bake-action cwd://${{ steps.plan.outputs.bake-file }} among its files, and source: . to build the checkout"},
	{"container-name", report.Text, plans, "name of the container"},
	{"host-port", report.Number, plans, "published port"},
	{"container-port", report.Number, plans, "port inside the container"},
	{"local-url", report.Text, plans, "address of the container on its host"},
	{"docker-run", report.Text, plans, "a docker run line, quoted for a shell"},
	{"compose-file", report.Text, plans, "path of a Compose file with the same settings"},
	{"package-url", report.Text, plans, "page of the package, for ghcr.io"},

	{"decision", report.Text, []string{"gate", "promote", "rollback"}, "promote, hold, rollback or noop; of rollback: rollback or hold"},
	{"hold-kind", report.Text, decides, "blocked, failed, unknown, pending or waiting"},
	{"reason-code", report.Text, []string{"gate", "promote", "rollback"}, "the reason that decides"},
	{"summary", report.Text, decides, "the decision in one line"},
	{"from-ring", report.Text, decides, "where the image comes from"},
	{"to-ring", report.Text, decides, "where it goes"},
	{"digest", report.Text, []string{"gate", "promote", "verify"}, "digest of the image"},
	{"next-eligible-at", report.Text, decides, "when waiting alone will be over, RFC 3339"},
	{"valid-until", report.Text, decides, "when time alone would change the decision, RFC 3339"},
	{"unmet", report.List, decides, "ids of the criteria that are not met, one a line"},
	{"decision-id", report.Text, decides, "digest of the decision"},
	{"applied", report.Boolean, changes, "true when something was written"},
	{"moved-tags", report.List, changes, "bare tags that were moved, one a line"},
	{"deployment-id", report.Text, []string{"promote", "record"}, "id of the record in the ledger"},
	{"from-digest", report.Text, []string{"rollback"}, "digest that leaves the ring"},
	{"to-digest", report.Text, []string{"rollback"}, "digest that the ring goes back to"},
	{"dashboard", report.Text, []string{"status"}, "path of the dashboard page"},
	{"overdue", report.List, []string{"status"}, "rings whose soak is overdue, one a line"},
	{"verified", report.Boolean, []string{"verify"}, "true when everything is as expected"},
	{"missing-tags", report.List, []string{"verify"}, "bare tags that do not exist, one a line"},
	{"mismatched-tags", report.List, []string{"verify"}, "bare tags on another image, one a line"},
	{"json", report.Object, []string{"plan", "gate", "promote", "rollback", "status", "verify"}, "everything as one JSON object, typed"},
	{"json-file", report.Text, []string{"gate", "promote", "status"}, "path of a file with the same, which also holds what is too large for an output"},
}

// filled gives the outputs of a command their values, in the order of the table; those that values leaves
// out are empty.
func filled(command string, values map[string]string) []report.Output {
	var all []report.Output
	for _, o := range outputs {
		if o.name != "json" && slices.Contains(o.commands, command) {
			all = append(all, report.Output{Name: o.name, Type: o.kind, Value: values[o.name]})
		}
	}
	return all
}
