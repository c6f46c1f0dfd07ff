package command

import (
	"cmp"
	"context"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/build"
	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/gather"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/tagging"
)

// request collects everything that a plan depends on. Problems are collected too, so that one run reports all of them.
func request(ctx context.Context, r *cli.Run, c *gather.Clients) plan.Request {
	p := plan.Request{
		Policy:       readPolicy(ctx, r),
		Event:        readEvent(ctx, r),
		Override:     override(r),
		ServerURL:    serverURL(r),
		RingFromBase: r.OneOf("ring-from", "head", "base") == "base",
		AllowForks:   r.Bool("allow-forks"),
		Iteration:    iteration(r),
		Known:        listedVersions(r),
		Time:         timestamp(r),
		Described:    described(r),
	}
	p.Repository = repositoryOf(r, p.Event)
	p.Images = images(r, p.Repository)
	p.ExtraLabels = keyValues(r, "labels")
	p.ExtraAnnotations = keyValues(r, "annotations")
	p.Levels = levels(r)
	build.LookUp(ctx, &r.Log, c, p.Event)
	var from ledger.Ledger
	if fromRegistry(r, "known-versions") {
		from = theLedger(r, c, p.Policy)
	}
	build.AskRegistry(ctx, &r.Log, c, from, &p, fromRegistry(r, "known-versions"), fromRegistry(r, "iteration"))
	return p
}

func fromRegistry(r *cli.Run, name string) bool { return r.Text(name) == "registry" }

// readEvent reads the payload of the event, if there is one.
func readEvent(ctx context.Context, r *cli.Run) *event.Event {
	path, name := r.Text("event"), r.Text("event-name")
	if path == "" {
		path = r.Getenv("GITHUB_EVENT_PATH")
		name = cmp.Or(name, r.Getenv("GITHUB_EVENT_NAME"))
	}
	if path == "" {
		if name != "" {
			r.Addf("event-name is %.40q, but there is no payload: give --event FILE", name)
		}
		return nil
	}
	return build.Event(ctx, &r.Log, path, name, r.Getenv("GITHUB_EVENT_NAME"), eventEnv(r))
}

func eventEnv(r *cli.Run) event.Env {
	return event.Env{
		SHA:        r.Getenv("GITHUB_SHA"),
		Ref:        r.Getenv("GITHUB_REF"),
		Repository: r.Getenv("GITHUB_REPOSITORY"),
		ServerURL:  serverURL(r),
	}
}

// override reads the values that replace those of the event.
func override(r *cli.Run) plan.Override {
	o := plan.Override{
		Number:     r.Positive("pr-number"),
		Branch:     r.Text("branch"),
		BaseBranch: r.Text("base-branch"),
		Revision:   r.Text("revision"),
		Tag:        r.Text("release-tag"),
	}
	if r.Given("pr-number") && o.Tag != "" {
		r.Addf("pr-number and release-tag are both given: a build is of one or of the other")
	}
	if o.Tag != "" {
		_, err := tagging.ParseVersion(o.Tag)
		r.AddFor("release-tag", err)
	}
	if o.Revision != "" {
		_, err := tagging.ShortCommit(o.Revision)
		r.Add(err)
	}
	return o
}

func serverURL(r *cli.Run) string {
	return cmp.Or(strings.TrimRight(r.Getenv("GITHUB_SERVER_URL"), "/"), publicServer)
}

const publicServer = "https://github.com"

// repositoryOf returns the repository of the event, or else the one in GITHUB_REPOSITORY.
func repositoryOf(r *cli.Run, e *event.Event) event.Repository {
	if e != nil {
		return e.Repository
	}
	of := event.Repository{FullName: r.Getenv("GITHUB_REPOSITORY")}
	of.Owner, of.Name, _ = strings.Cut(of.FullName, "/")
	if of.FullName != "" {
		of.HTMLURL = serverURL(r) + "/" + of.FullName
	}
	return of
}

func images(r *cli.Run, of event.Repository) []image.Name {
	lines := r.Lines("image")
	if len(lines) == 0 && of.FullName != "" {
		lines = []string{"ghcr.io/" + of.FullName}
	}
	names, err := image.Parse(lines)
	r.AddFor("image", err)
	return names
}

// iteration returns the input, or the run number. With registry it is 1 until the registry is asked.
func iteration(r *cli.Run) int {
	switch {
	case fromRegistry(r, "iteration"):
		return 1
	case r.Given("iteration"):
		return r.Positive("iteration")
	}
	return runNumber(r)
}

func runNumber(r *cli.Run) int {
	if n, err := strconv.Atoi(r.Getenv("GITHUB_RUN_NUMBER")); err == nil && n > 0 {
		return n
	}
	r.Note(note.Annotation{Level: note.Notice, Message: "there is no run number, so the iteration is 1: give --iteration N for another"})
	return 1
}

// listedVersions returns the versions of the input. With registry the list is empty until the registry is asked.
func listedVersions(r *cli.Run) []string {
	if fromRegistry(r, "known-versions") {
		return nil
	}
	known := r.Lines("known-versions")
	for _, v := range known {
		_, err := tagging.ParseVersion(v)
		r.AddFor("known-versions", err)
	}
	return known
}

// timestamp returns the input, or the variable of reproducible builds (reproducible-builds.org), or now.
func timestamp(r *cli.Run) time.Time {
	if text := r.Text("timestamp"); text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			r.Addf("timestamp: %.40q is not a time in RFC 3339 such as 2025-01-11T15:45:30Z", text)
		}
		return t
	}
	if text := r.Getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < 0 || seconds > lastSecond {
			r.Addf("SOURCE_DATE_EPOCH: %.40q is not a number of seconds since 1970", text)
		}
		return time.Unix(seconds, 0)
	}
	return r.Now()
}

const lastSecond = 253402300799 // of the year 9999, the last that RFC 3339 can write

func described(r *cli.Run) labels.Image {
	return labels.Image{
		Title:         r.Text("title"),
		Description:   r.Text("description"),
		Licenses:      r.Text("licenses"),
		URL:           r.Text("url"),
		Documentation: r.Text("documentation"),
		Vendor:        r.Text("vendor"),
		Authors:       r.Text("authors"),
	}
}

func keyValues(r *cli.Run, name string) map[string]string {
	values, err := labels.ParseLines(r.Text(name))
	r.AddFor(name, err)
	return values
}

func levels(r *cli.Run) []labels.Level {
	levels, err := labels.ParseLevels(cmp.Or(r.Text("annotation-levels"), string(labels.LevelManifest)))
	r.AddFor("annotation-levels", err)
	return levels
}
