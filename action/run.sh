#!/usr/bin/env bash
# Builds the program with the Go that the runner carries and becomes it.
# Inputs arrive in INPUT_ variables. bash 3.2 is enough, which is what macOS has.
set -euo pipefail

fail() {
	printf '::error title=deployment-rings::%s\n' "$1"
	exit 1
}

command -v go >/dev/null ||
	fail 'There is no Go on this runner, which is needed to build the program. Add a step with actions/setup-go before this one.'

# What the job sets for builds of its own must not change ours: not another platform,
# not vendored modules, not a workspace around the checkout, not a toolchain that is too old.
unset GOEXPERIMENT
export GO111MODULE=on GOWORK=off GOFLAGS=-mod=readonly GOTOOLCHAIN=auto CGO_ENABLED=0
GOOS=$(go env GOHOSTOS)
GOARCH=$(go env GOHOSTARCH)
export GOOS GOARCH

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
folder=$(mktemp -d "${RUNNER_TEMP:-${TMPDIR:-/tmp}}/deployment-rings.XXXXXX")
program=$folder/deployment-rings$(go env GOEXE)

go build -C "$root" -trimpath -buildvcs=false -ldflags '-s -w' -o "$program" ./action ||
	fail 'The program could not be built with the Go on this runner; the lines above say why.'

exec "$program"
