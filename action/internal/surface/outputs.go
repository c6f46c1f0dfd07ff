package surface

import (
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/report"
)

var (
	plans   = []string{"plan"}
	decides = []string{"gate", "promote"}
)

// Outputs is the one table of all outputs. A command always sets all of its outputs, and every output is a
// key of the output json, in this order. docs/action.md comes from it, and a test compares action.yml with it.
var Outputs = []cli.Output{
	{Name: "should-deploy", Kind: report.Boolean, Commands: plans, Help: "true when there is something to build and deploy"},
	{Name: "skip-reason", Kind: report.Text, Commands: plans, Help: "why there is not, in one line"},
	{Name: "is-release", Kind: report.Boolean, Commands: plans, Help: "true for a release"},
	{Name: "release-tag", Kind: report.Text, Commands: plans, Help: "Git tag of the release"},
	{Name: "version", Kind: report.Text, Commands: plans, Help: "what the version label says: the release version, else the primary tag"},
	{Name: "pr-number", Kind: report.Number, Commands: plans, Help: "number of the pull request"},
	{Name: "branch", Kind: report.Text, Commands: plans, Help: "the branch, as it is"},
	{Name: "branch-slug", Kind: report.Text, Commands: plans, Help: "the branch as tags spell it"},
	{Name: "revision", Kind: report.Text, Commands: plans, Help: "the commit; of a pull request its head, never the test merge"},
	{Name: "commit-short", Kind: report.Text, Commands: plans, Help: "the first 8 digits of the commit"},
	{Name: "ring", Kind: report.Text, Commands: plans, Help: "name of the ring"},
	{Name: "enters-ring", Kind: report.Text, Commands: plans, Help: "the ring that this build goes into when it is deployed and recorded: of a push into a ring that takes pushes, or a merge into one that takes merges; empty for previews, forks and releases, and when nothing deploys"},
	{Name: "deployment-ring", Kind: report.Text, Commands: plans, Help: "the same"},
	{Name: "ring-matched", Kind: report.Text, Commands: plans, Help: "how the ring was found: exact, pattern, default or release"},
	{Name: "ring-title", Kind: report.Text, Commands: plans, Help: "title of the ring"},
	{Name: "next-ring", Kind: report.Text, Commands: plans, Help: "the ring that comes after it; several one a line"},
	{Name: "environment", Kind: report.Text, Commands: plans, Help: "GitHub environment of the ring"},
	{Name: "build-iteration", Kind: report.Number, Commands: plans, Help: "number in the versioned tag"},
	{Name: "build-timestamp", Kind: report.Text, Commands: plans, Help: "time of the build, UTC, 20060102-150405"},
	{Name: "deployment-comment", Kind: report.Boolean, Commands: plans, Help: "true when a comment asked for it and it deploys"},
	{Name: "source-tag", Kind: report.Text, Commands: plans, Help: "of a merged pull request the commit tag, which is already pushed"},
	{Name: "image-name", Kind: report.Text, Commands: plans, Help: "first image, without registry"},
	{Name: "tags", Kind: report.List, Commands: plans, Help: "full references, one a line, image by image"},
	{Name: "tag-names", Kind: report.List, Commands: plans, Help: "bare tags, one a line"},
	{Name: "fixed-tags", Kind: report.List, Commands: plans, Help: "bare tags that stay on this image, one a line"},
	{Name: "moving-tags", Kind: report.List, Commands: plans, Help: "bare tags that move from image to image, one a line"},
	{Name: "held-tags", Kind: report.List, Commands: plans, Help: "bare tags that stay where they are, because a higher version is known, one a line"},
	{Name: "tag-rules", Kind: report.List, Commands: plans, Help: "type=raw,value=TAG lines for docker/metadata-action"},
	{Name: "primary-tag", Kind: report.Text, Commands: plans, Help: "the first tag, bare"},
	{Name: "image-tag", Kind: report.Text, Commands: plans, Help: "the first tag, full reference"},
	{Name: "labels", Kind: report.Object, Commands: plans, Help: "key=value lines, as docker/build-push-action reads them: CSV with relaxed quotes"},
	{Name: "annotations", Kind: report.Quoted, Commands: plans, Help: "level:key=value lines, written like labels"},
	{Name: "bake-file", Kind: report.Text, Commands: plans, Help: "path of a JSON bake definition with tags, labels and annotations; its target is docker-metadata-action. Give docker/bake-action cwd://${{ steps.plan.outputs.bake-file }} among its files, and source: . to build the checkout"},
	{Name: "container-name", Kind: report.Text, Commands: plans, Help: "name of the container"},
	{Name: "host-port", Kind: report.Number, Commands: plans, Help: "published port"},
	{Name: "container-port", Kind: report.Number, Commands: plans, Help: "port inside the container"},
	{Name: "local-url", Kind: report.Text, Commands: plans, Help: "address of the container on its host"},
	{Name: "docker-run", Kind: report.Text, Commands: plans, Help: "a docker run line, quoted for a shell"},
	{Name: "compose-file", Kind: report.Text, Commands: plans, Help: "path of a Compose file with the same settings"},
	{Name: "package-url", Kind: report.Text, Commands: plans, Help: "page of the package, for ghcr.io"},

	{Name: "decision", Kind: report.Text, Commands: []string{"gate", "promote", "rollback"}, Help: "promote, hold, rollback or noop; of rollback: rollback or hold"},
	{Name: "hold-kind", Kind: report.Text, Commands: decides, Help: "blocked, failed, unknown, pending or waiting"},
	{Name: "reason-code", Kind: report.Text, Commands: []string{"gate", "promote", "rollback"}, Help: "the reason that decides"},
	{Name: "summary", Kind: report.Text, Commands: decides, Help: "the decision in one line"},
	{Name: "from-ring", Kind: report.Text, Commands: decides, Help: "where the image comes from"},
	{Name: "to-ring", Kind: report.Text, Commands: decides, Help: "where it goes"},
	{Name: "digest", Kind: report.Text, Commands: []string{"gate", "promote", "verify"}, Help: "digest of the image"},
	{Name: "next-eligible-at", Kind: report.Text, Commands: decides, Help: "when waiting alone will be over, RFC 3339"},
	{Name: "valid-until", Kind: report.Text, Commands: decides, Help: "when time alone would change the decision, RFC 3339"},
	{Name: "unmet", Kind: report.List, Commands: decides, Help: "ids of the criteria that are not met, one a line"},
	{Name: "decision-id", Kind: report.Text, Commands: decides, Help: "digest of the decision"},
	{Name: "applied", Kind: report.Boolean, Commands: []string{"promote", "record", "rollback"}, Help: "true when something was written"},
	{Name: "moved-tags", Kind: report.List, Commands: []string{"promote", "record", "rollback"}, Help: "bare tags that were moved, one a line"},
	{Name: "deployment-id", Kind: report.Text, Commands: []string{"promote", "record"}, Help: "id of the record in the ledger"},
	{Name: "from-digest", Kind: report.Text, Commands: []string{"rollback"}, Help: "digest that leaves the ring"},
	{Name: "to-digest", Kind: report.Text, Commands: []string{"rollback"}, Help: "digest that the ring goes back to"},
	{Name: "deployments", Kind: report.Text, Commands: []string{"advance"}, Help: "what the jobs that deploy have to do, as JSON for a matrix: a list of objects with ring, environment, image, digest, version, pr, container-name, host-port and rollback; [] where there is nothing, and in a dry run"},
	{Name: "count", Kind: report.Number, Commands: []string{"advance"}, Help: "how many there are"},
	{Name: "rollbacks", Kind: report.List, Commands: []string{"advance"}, Help: "rings that went back, one a line"},
	{Name: "dashboard", Kind: report.Text, Commands: []string{"status"}, Help: "path of the dashboard page"},
	{Name: "overdue", Kind: report.List, Commands: []string{"status"}, Help: "rings whose soak is overdue, one a line"},
	{Name: "verified", Kind: report.Boolean, Commands: []string{"verify"}, Help: "true when everything is as expected"},
	{Name: "missing-tags", Kind: report.List, Commands: []string{"verify"}, Help: "bare tags that do not exist, one a line"},
	{Name: "mismatched-tags", Kind: report.List, Commands: []string{"verify"}, Help: "bare tags on another image, one a line"},
	{Name: "json", Kind: report.Object, Commands: []string{"plan", "gate", "promote", "rollback", "advance", "status", "verify"}, Help: "everything as one JSON object, typed"},
	{Name: "json-file", Kind: report.Text, Commands: []string{"gate", "promote", "advance", "status"}, Help: "path of a file with the same, which also contains what is too large for an output"},
}
