// Package gather finds out what a command has to know: from files, the ledger, GitHub and registries. Its functions take
// arguments and decide nothing. What could not be had stays not collected, and the log of the run says why.
package gather

import (
	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Clients has a client for each server. A client sends nothing until it is used.
type Clients struct {
	Registry *registry.Client
	options  github.Options
	github   *github.Client
	made     bool
	known    *github.Client      // the same with a memory
	ledger   *deployments.Ledger // what one command learnt of it, it does not ask for again
}

// NewClients returns the clients of a run. Without a token or a repository it has no client of GitHub.
func NewClients(r registry.Options, g github.Options) *Clients {
	return &Clients{Registry: registry.New(r), options: g}
}

// HasToken reports whether GitHub can be asked.
func (c *Clients) HasToken() bool { return c.options.Token != "" }

// KnowsGitHub reports whether there are a token and a repository to ask about.
func (c *Clients) KnowsGitHub() bool { return c.options.Token != "" && c.options.Repository != "" }

// GitHub returns the client of the API of the run's repository; nil without a token, or without a repository to ask about.
func (c *Clients) GitHub(log *fault.Log) *github.Client {
	return c.GitHubOf(log, c.options.Repository)
}

// remembering returns the client for facts of the run, which asks everything once: what several images have in common is the
// same for all of them. The ledger is not read by it.
func (c *Clients) remembering(log *fault.Log) *github.Client {
	if client := c.GitHub(log); c.known == nil && client != nil {
		c.known = client.Remembering()
	}
	return c.known
}

// Spent returns what GitHub was asked so far and what that cost; nil if it was not asked.
func (c *Clients) Spent() *status.Spent {
	if c.github == nil {
		return nil
	}
	used := c.github.Usage()
	if used.Requests == 0 {
		return nil
	}
	return &status.Spent{Requests: used.Requests, Points: used.Points}
}

// reserve is how many requests, and how many points, a run leaves to others who use the token: the jobs that deploy and record.
const reserve = 50

// Room returns how many of some questions GitHub can still be asked. Together they take few requests; where few are left, each is
// reckoned with as many as it can take alone.
func (c *Clients) Room(questions int) int {
	const together, alone = 3, 12
	if c.github == nil {
		return questions
	}
	used := c.github.Usage()
	spare := used.Left - reserve
	switch {
	case 0 <= used.PointsLeft && used.PointsLeft < reserve:
		return 0
	case used.Left < 0 || spare >= together*questions:
		return questions
	}
	return max(0, spare/alone)
}

// GitHubOf returns the client of a repository. A run asks about one.
func (c *Clients) GitHubOf(log *fault.Log, repository string) *github.Client {
	if c.made || c.options.Token == "" || repository == "" {
		return c.github
	}
	options := c.options
	options.Repository, c.made = repository, true
	client, err := github.New(options)
	log.Add(err)
	c.github = client
	return client
}

// GitHubOfMany returns a client whose queries name the repositories that they are about, with so many requests under way; nil without
// a token.
func (c *Clients) GitHubOfMany(log *fault.Log, atOnce int) *github.Client {
	if c.options.Token == "" {
		return nil
	}
	options := c.options
	options.Many, options.AtOnce, c.made = true, atOnce, true
	client, err := github.New(options)
	log.Add(err)
	c.github = client
	return client
}

// Deployments returns the ledger that everybody sees, in the deployments of the repository.
func Deployments(log *fault.Log, c *Clients, policy *ringpolicy.Policy, commit string) ledger.Ledger {
	if !c.KnowsGitHub() {
		log.Addf("ledger: the one of GitHub takes a token with \"deployments: write\", or \"deployments: read\" where nothing is recorded (github-token, or GITHUB_TOKEN), and the name of a repository (GITHUB_REPOSITORY)")
		return nil
	}
	client := c.GitHub(log)
	if client == nil || policy == nil {
		return nil
	}
	if c.ledger == nil {
		c.ledger = &deployments.Ledger{Client: client, Environments: map[string]string{}, Commit: commit}
		for _, ring := range policy.Rings() {
			c.ledger.Environments[ring.Name] = ring.Environment
		}
	}
	return c.ledger
}
