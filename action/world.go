package main

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github"
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

// github is the client of the API of the run's repository; nil without a token, or without a repository to ask about.
func (s *session) github() *github.Client {
	if s.hub != nil || s.token() == "" || s.getenv("GITHUB_REPOSITORY") == "" {
		return s.hub
	}
	client, err := github.New(github.Options{
		Token:      s.token(),
		Root:       s.getenv("GITHUB_API_URL"),
		Repository: s.getenv("GITHUB_REPOSITORY"),
		Transport:  s.transport,
		Sleep:      s.sleep,
		Now:        s.now,
	})
	s.add(err)
	s.hub = client
	return client
}

// token is the input, or what jobs have in their environment.
func (s *session) token() string {
	return or(s.values.Text("github-token"), s.getenv("GITHUB_TOKEN"))
}

// ledger is the one that the input names, else the one of the repository where there is a token; nil when there is
// none.
func (s *session) ledger() ledger.Ledger {
	text := s.values.Text("ledger")
	path, isFile := strings.CutPrefix(text, "file:")
	switch {
	case isFile && path != "":
		return ledger.File{Path: path, Warn: s.warn}
	case text == "github":
		return s.deployments()
	case text != "":
		s.addf("ledger: %.200q is neither github nor file:PATH", text)
	case s.token() != "" && s.getenv("GITHUB_REPOSITORY") != "":
		return s.deployments()
	}
	return nil
}

// needLedger is for commands that write to it.
func (s *session) needLedger() ledger.Ledger {
	before := s.problems
	l := s.ledger()
	if l == nil && s.problems == before {
		s.addf("ledger: there is none: give github-token a token with \"deployments: write\" in a workflow, where GITHUB_REPOSITORY names the repository, or give file:PATH")
	}
	return l
}

// deployments is the ledger that everybody sees, in the deployments of the repository.
func (s *session) deployments() ledger.Ledger {
	policy := s.policy()
	if s.token() == "" {
		s.addf("ledger: the deployments of a repository take a token with \"deployments: write\", or \"deployments: read\" where nothing is recorded: give github-token, or set GITHUB_TOKEN")
		return nil
	}
	client := s.github(s.getenv("GITHUB_REPOSITORY"))
	if client == nil || policy == nil {
		return nil
	}
	l := &github.Ledger{Client: client, Environments: map[string]string{}, Commit: s.getenv("GITHUB_SHA"), RunURL: s.runURL()}
	for _, ring := range policy.Rings() {
		l.Environments[ring.Name] = ring.Environment
	}
	return l
}

// runURL is the page of the workflow run, "" by hand.
func (s *session) runURL() string {
	id := s.getenv("GITHUB_RUN_ID")
	if id == "" {
		return ""
	}
	return s.serverURL() + "/" + s.getenv("GITHUB_REPOSITORY") + "/actions/runs/" + id
}

// github is the client of a repository, which asks nobody anything until it is used; nil with a problem when there
// cannot be one.
func (s *session) github(repository string) *github.Client {
	if s.hub == nil {
		client, err := github.New(github.Options{
			Token:      s.token(),
			Root:       s.apiRoot(),
			Repository: repository,
			Transport:  s.transport,
			UserAgent:  "deployment-rings",
			Sleep:      s.sleep,
		})
		s.add(err)
		s.hub = client
	}
	return s.hub
}

// apiRoot is the root of the API, which a job is told. By hand it is below the server that is named.
func (s *session) apiRoot() string {
	root, server := s.getenv("GITHUB_API_URL"), s.serverURL()
	if root == "" && server != publicServer {
		return server + "/api/v3"
	}
	return or(root, github.PublicRoot)
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
