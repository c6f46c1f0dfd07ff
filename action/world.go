package main

import (
	"cmp"
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/registry"
)

// registry is the client of a run, which asks nobody anything until it is used.
func (s *session) registry() *registry.Client {
	if s.client == nil {
		s.client = registry.New(registry.Options{
			Transport: s.transport,
			UserAgent: "deployment-rings",
			Token:     s.token(),
			AtOnce:    s.atOnce,
			Sleep:     s.sleep,
		})
	}
	return s.client
}

// github is the client of the API of the run's repository; nil without a token, or without a repository to ask about.
func (s *session) github() *github.Client { return s.githubOf(s.getenv("GITHUB_REPOSITORY")) }

// githubOf is the client of a repository. A run asks about one.
func (s *session) githubOf(repository string) *github.Client {
	if s.hubMade || s.token() == "" || repository == "" {
		return s.hub
	}
	s.hubMade = true
	client, err := github.New(github.Options{
		Token:      s.token(),
		Root:       s.apiRoot(),
		Repository: repository,
		Transport:  s.transport,
		AtOnce:     s.atOnce,
		Sleep:      s.sleep,
		Now:        s.now,
	})
	s.add(err)
	s.hub = client
	return client
}

// knowsGitHub reports whether there are a token and a repository to ask about.
func (s *session) knowsGitHub() bool { return s.token() != "" && s.getenv("GITHUB_REPOSITORY") != "" }

// apiRoot is the root of the API, which a job is told. By hand it is below the server that is named.
func (s *session) apiRoot() string {
	root, server := s.getenv("GITHUB_API_URL"), s.serverURL()
	if root == "" && server != publicServer {
		return server + "/api/v3"
	}
	return cmp.Or(root, github.PublicRoot)
}

// token is the input, or what jobs have in their environment.
func (s *session) token() string {
	return cmp.Or(s.values.Text("github-token"), s.getenv("GITHUB_TOKEN"))
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
	case s.knowsGitHub():
		return s.deployments()
	}
	return nil
}

// needHistory is for commands that go by what is in the ledger, and write to it.
func (s *session) needHistory() ledger.Ledger {
	l := s.needLedger()
	if file, ok := l.(ledger.File); ok {
		s.addFor("ledger", file.Missing())
	}
	return l
}

// needLedger is for commands that write to it.
func (s *session) needLedger() ledger.Ledger {
	if !s.values.Given("ledger") && !s.knowsGitHub() {
		s.addf("ledger: none is given, and the one of GitHub takes a token with \"deployments: write\" (github-token, or GITHUB_TOKEN) and the name of a repository (GITHUB_REPOSITORY); or give file:PATH")
		return nil
	}
	return s.ledger()
}

// deployments is the ledger that everybody sees, in the deployments of the repository.
func (s *session) deployments() ledger.Ledger {
	if !s.knowsGitHub() {
		s.addf("ledger: the one of GitHub takes a token with \"deployments: write\", or \"deployments: read\" where nothing is recorded (github-token, or GITHUB_TOKEN), and the name of a repository (GITHUB_REPOSITORY)")
		return nil
	}
	client, policy := s.github(), s.policy()
	if client == nil || policy == nil {
		return nil
	}
	l := &github.Ledger{Client: client, Environments: map[string]string{}, Commit: s.getenv("GITHUB_SHA")}
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

// warn notes what is odd and does no harm.
func (s *session) warn(text string) {
	s.notes = append(s.notes, note.Annotation{Level: note.Warning, Message: text})
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
