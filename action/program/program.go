// Package program runs the whole program in the process of its caller, with a world of the caller's own: the quickstart in
// examples shows a life of an image with it. It is part of the Action and not of the library, and may change with it.
package program

import (
	"context"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/command"
)

// A World is all that a run depends on besides files and servers.
type World = cli.World

// Main does what the arguments and the environment of the world ask for, and returns the exit code. The run ends early when ctx
// does.
func Main(ctx context.Context, w World) int { return cli.Main(ctx, w, command.App()) }
