// Package command has what the program does, a file a command. Each reads its inputs, gathers facts, decides in one pure step,
// acts, and returns the result.
package command

import (
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/place"
	"github.com/wizzense/deployment-rings/action/internal/surface"
)

const usage = `deployment-rings decides which deployment ring a build belongs to, whether it
deploys, the tags, labels and container settings that go with it, and whether an
image may move on into the next ring.

    deployment-rings COMMAND [--input value …]

    deployment-rings plan --event payload.json
    deployment-rings plan --pr-number 123 --branch ring-0 --revision COMMIT
    deployment-rings gate --evidence evidence.yml
    deployment-rings COMMAND --help

Commands:
`

// App returns the program.
func App() cli.App {
	return cli.App{Usage: usage, Commands: commands, Default: "plan", Inputs: surface.Inputs, Outputs: surface.Outputs, Annotate: place.Annotate}
}

// commands lists all commands, in the order of help.
var commands = []cli.Command{
	{Name: "plan", Short: "from the event: ring, whether to deploy, tags, labels, container settings", Run: runPlan},
	{Name: "gate", Short: "may this image move on into a ring? a decision with all reasons", Run: runGate},
	{Name: "promote", Short: "gate, and then move the tags of the ring to the image and record it", Run: runPromote},
	{Name: "record", Short: "record a deployment's outcome, or a health signal", Run: runRecord},
	{Name: "rollback", Short: "go back to the last known good image of a ring", Run: runRollback},
	{Name: "advance", Short: "every image and every ring in one run: first rollbacks, then promotions", Run: runAdvance},
	{Name: "status", Short: "what runs in every ring, since when, and what holds it", Run: runStatus},
	{Name: "verify", Short: "do the expected tags exist, on one image, with the right labels?", Run: runVerify},
	{Name: "lint", Short: "check a policy file", Run: runLint},
	{Name: "test", Short: "run policy test files", Run: runTest},
	{Name: "version", Short: "which program this is, and the digest of the policy that it decides by", Run: runVersion},
}
