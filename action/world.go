package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/report"
)

// registry is the client of a run, which asks nobody anything until it is used.
func (s *session) registry() *registry.Client {
	if s.client == nil {
		s.client = registry.New(registry.Options{
			Transport: s.transport,
			UserAgent: "deployment-rings",
			Token:     s.token(),
			Sleep:     s.sleep,
		})
	}
	return s.client
}

// token is the input, or what jobs have in their environment.
func (s *session) token() string {
	return or(s.values.Text("github-token"), s.getenv("GITHUB_TOKEN"))
}

// ledger is the one that the input names; nil when none is named, and none can be told.
func (s *session) ledger() ledger.Ledger {
	text := s.values.Text("ledger")
	path, isFile := strings.CutPrefix(text, "file:")
	switch {
	case text == "":
		return nil
	case isFile && path != "":
		return ledger.File{Path: path, Warn: s.warn}
	case text == "github":
		s.addf("ledger: the ledger in the Deployments API of GitHub is not in this version, give file:PATH")
	default:
		s.addf("ledger: %.200q is neither github nor file:PATH", text)
	}
	return nil
}

// needLedger is for commands that write to it.
func (s *session) needLedger() ledger.Ledger {
	if !s.values.Given("ledger") {
		s.addf("ledger: none is given, and the ledger in the Deployments API of GitHub is not in this version; give file:PATH")
		return nil
	}
	return s.ledger()
}

// warn notes what is odd and does no harm.
func (s *session) warn(text string) {
	s.notes = append(s.notes, report.Annotation{Level: report.Warning, Message: text})
}

// clock is the input now, or the clock of the machine.
func (s *session) clock() time.Time { return s.moment(time.Time{}) }

// resolve finds the digest of a tag.
func (s *session) resolve(ctx context.Context, image, tag string) (string, error) {
	digest, found, err := s.registry().Resolve(ctx, image+":"+tag)
	if err != nil {
		return "", failed(err)
	}
	if !found {
		return "", failed(fmt.Errorf("there is no tag %s of %s: was the image built and pushed? verify tells which tags exist", tag, image))
	}
	return digest, nil
}
