package command

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/jsonl"
	"github.com/wizzense/deployment-rings/action/internal/registry"
	"github.com/wizzense/deployment-rings/action/internal/surface"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// clients returns the ways to servers.
func clients(r *cli.Run) *gather.Clients {
	token := cmp.Or(r.Text("github-token"), r.Getenv("GITHUB_TOKEN"))
	return gather.NewClients(registry.Options{
		Transport: r.Transport,
		UserAgent: "deployment-rings",
		Token:     token,
		AtOnce:    r.AtOnce,
		Sleep:     r.Sleep,
	}, github.Options{
		Token:      token,
		Root:       apiRoot(r),
		Repository: r.Getenv("GITHUB_REPOSITORY"),
		Transport:  r.Transport,
		AtOnce:     r.AtOnce,
		Sleep:      r.Sleep,
		Now:        r.Now,
	})
}

// apiRoot returns the root of the API. A job has it in a variable; by hand it is below the server that is named.
func apiRoot(r *cli.Run) string {
	root, server := r.Getenv("GITHUB_API_URL"), serverURL(r)
	if root == "" && server != publicServer {
		return server + "/api/v3"
	}
	return cmp.Or(root, github.PublicRoot)
}

// readPolicy reads the policy that is named. It is nil after a problem.
func readPolicy(ctx context.Context, r *cli.Run) *ringpolicy.Policy {
	return gather.Policy(ctx, &r.Log, r.Text("policy"))
}

// ask reads what a command that decides is asked.
func ask(r *cli.Run) gather.Ask {
	run, _ := workflowRun(r)
	return gather.Ask{
		Ring: r.Text("ring"), Digest: r.Text("digest"), Tag: r.Text("tag"), Images: r.Lines("image"),
		Repository: r.Getenv("GITHUB_REPOSITORY"), RunID: run,
	}
}

// workflowRun returns the workflow run that the command is part of; 0 by hand.
func workflowRun(r *cli.Run) (id int64, attempt int) {
	id, _ = strconv.ParseInt(r.Getenv("GITHUB_RUN_ID"), 10, 64)
	attempt, _ = strconv.Atoi(r.Getenv("GITHUB_RUN_ATTEMPT"))
	return max(0, id), max(0, attempt)
}

// newEntry begins a record with what all records of a run share.
func newEntry(r *cli.Run) ledger.Entry {
	id, attempt := workflowRun(r)
	return ledger.Entry{At: clock(r), URL: runURL(r), Run: id, Attempt: attempt}
}

// facts collects what is known of the image and the rings: the facts of an evidence file, and those of the
// ledger that the file leaves out.
func facts(ctx context.Context, r *cli.Run, c *gather.Clients, policy *ringpolicy.Policy) gather.Facts {
	f := gather.Facts{Policy: policy, File: evidenceFile(ctx, r, c)}
	if r.Problems != nil {
		return f
	}
	f.File.Now = moment(r, f.File.Now)
	f.File.Subject.Retry = f.File.Subject.Retry || r.Bool("retry")
	if gather.About(&r.Log, &f, ask(r)) {
		gather.History(ctx, &r.Log, c, theLedger(r, c, f.Policy), &f)
	}
	return f
}

// evidenceFile reads the evidence file. Without one there must be something else to decide by.
func evidenceFile(ctx context.Context, r *cli.Run, c *gather.Clients) ringpolicy.Evidence {
	if !r.Given("evidence") && !r.Given("ledger") && !c.KnowsGitHub() {
		r.Addf("evidence: there is nothing to decide by: give a token and GITHUB_REPOSITORY to ask GitHub, a ledger, or the path of an evidence file")
	}
	return gather.File(ctx, &r.Log, r.Text("evidence"), surface.Kinds(r.Text("evidence-kinds"))...)
}

// moment is the input now, else that of the evidence, else the clock.
func moment(r *cli.Run, of time.Time) time.Time {
	switch text := r.Text("now"); {
	case text != "":
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			r.Addf("now: %.40q is not a time in RFC 3339 such as 2026-03-03T05:30:00Z", text)
		}
		return t
	case !of.IsZero():
		return of
	}
	return r.Now()
}

// clock is the input now, or the clock of the machine.
func clock(r *cli.Run) time.Time { return moment(r, time.Time{}) }

// theLedger returns the ledger that the input names, else that of the repository if there is a token; else nil.
func theLedger(r *cli.Run, c *gather.Clients, policy *ringpolicy.Policy) ledger.Ledger {
	text := r.Text("ledger")
	path, isFile := strings.CutPrefix(text, "file:")
	switch {
	case isFile && path != "":
		return jsonl.File{Path: path, Warn: r.Warn}
	case text != "" && text != "github":
		r.Addf("ledger: %.200q is neither github nor file:PATH", text)
	case text != "" || c.KnowsGitHub():
		return gather.Deployments(&r.Log, c, policy, r.Getenv("GITHUB_SHA"))
	}
	return nil
}

// needHistory is for commands that go by what is in the ledger, and write to it.
func needHistory(r *cli.Run, c *gather.Clients, policy *ringpolicy.Policy) ledger.Ledger {
	l := needLedger(r, c, policy)
	if file, ok := l.(jsonl.File); ok {
		r.AddFor("ledger", file.Missing())
	}
	return l
}

// needLedger is for commands that write to it.
func needLedger(r *cli.Run, c *gather.Clients, policy *ringpolicy.Policy) ledger.Ledger {
	if !r.Given("ledger") && !c.KnowsGitHub() {
		r.Addf("ledger: none is given, and the one of GitHub takes a token with \"deployments: write\" (github-token, or GITHUB_TOKEN) and the name of a repository (GITHUB_REPOSITORY); or give file:PATH")
		return nil
	}
	return theLedger(r, c, policy)
}

// needImage is for commands that move tags, which are those of an image.
func needImage(r *cli.Run, f gather.Facts) {
	if r.Problems == nil && len(f.Images) == 0 {
		r.Addf("image: none is given, and no repository is known to name it after")
	}
}

// runURL is the page of the workflow run, "" by hand.
func runURL(r *cli.Run) string {
	id := r.Getenv("GITHUB_RUN_ID")
	if id == "" {
		return ""
	}
	return serverURL(r) + "/" + r.Getenv("GITHUB_REPOSITORY") + "/actions/runs/" + id
}
