package main

import (
	"cmp"
	"context"
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/internal/regular"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// gatherPlan collects everything that a plan depends on. Problems are collected too, so that one run tells
// all of them.
func (s *session) gatherPlan(ctx context.Context) plan.Request {
	r := plan.Request{
		Policy:       s.policy(),
		Event:        s.event(),
		Override:     s.override(),
		ServerURL:    s.serverURL(),
		RingFromBase: s.oneOf("ring-from", "head", "base") == "base",
		AllowForks:   s.values.Bool("allow-forks"),
		Iteration:    s.iteration(),
		Known:        s.listedVersions(),
		Time:         s.timestamp(),
		Described:    s.described(),
	}
	r.Repository = s.repository(r.Event)
	r.Images = s.images(r.Repository)
	r.ExtraLabels = s.keyValues("labels")
	r.ExtraAnnotations = s.keyValues("annotations")
	r.Levels = s.levels()
	s.lookUp(ctx, r.Event)
	s.askRegistry(ctx, &r)
	return r
}

// askRegistry fills in what the registry knows and the plan needs: for a release the versions that were released, for
// a pull request or a branch the iteration.
func (s *session) askRegistry(ctx context.Context, r *plan.Request) {
	if s.problems != nil {
		return
	}
	p, err := s.makePlan(*r)
	switch {
	case err != nil || !p.Deploys(): // the plan itself will say so
	case p.Subject.Kind == event.Release && s.fromRegistry("known-versions"):
		r.Known = s.pushedVersions(ctx, r.Images)
	case p.Subject.Kind == event.PullRequest || p.Subject.Kind == event.Branch:
		if s.fromRegistry("iteration") {
			r.Iteration = s.nextIteration(ctx, *r)
		}
	}
}

func (s *session) makePlan(r plan.Request) (plan.Plan, error) {
	return compute(s.ctx, func() (plan.Plan, error) { return plan.Make(r) })
}

func (s *session) fromRegistry(name string) bool { return s.values.Text(name) == "registry" }

// nextIteration is one more than the highest that any of the images has.
func (s *session) nextIteration(ctx context.Context, r plan.Request) int {
	tags := func(iteration int) (tagging.Set, error) {
		r.Iteration = iteration
		p, err := s.makePlan(r)
		return p.Tags, err
	}
	next := 1
	for _, name := range r.Images {
		last, err := s.registry().LastIteration(ctx, name.String(), tags)
		s.add(failed(err))
		next = max(next, last+1)
	}
	return next
}

// policy is the one that the input names, read once.
func (s *session) policy() *ringpolicy.Policy {
	if !s.loaded {
		s.loaded, s.rings = true, s.readPolicy()
	}
	return s.rings
}

func (s *session) readPolicy() *ringpolicy.Policy {
	path := s.values.Text("policy")
	if path == "" {
		return ringpolicy.Builtin()
	}
	p, err := compute(s.ctx, func() (*ringpolicy.Policy, error) {
		src, err := regular.ReadFile(path, ringpolicy.MaxPolicySize)
		if err != nil {
			return nil, fmt.Errorf("policy: %w", err)
		}
		return ringpolicy.Parse(path, src)
	})
	s.add(err)
	return p
}

// event reads the payload of the event, if there is one.
func (s *session) event() *event.Event {
	path, name := s.values.Text("event"), s.values.Text("event-name")
	if path == "" {
		path = s.getenv("GITHUB_EVENT_PATH")
		name = cmp.Or(name, s.getenv("GITHUB_EVENT_NAME"))
	}
	if path == "" {
		if name != "" {
			s.addf("event-name is %.40q, but there is no payload: give --event FILE", name)
		}
		return nil
	}
	payload, err := compute(s.ctx, func() ([]byte, error) { return regular.ReadFile(path, event.MaxSize) })
	if err != nil {
		s.addf("event: %w", err)
		return nil
	}
	return s.parseEvent(path, name, payload)
}

func (s *session) parseEvent(path, name string, payload []byte) *event.Event {
	name, err := s.eventName(name, payload)
	if err == nil {
		var e event.Event
		if e, err = compute(s.ctx, func() (event.Event, error) { return event.Parse(name, payload, s.eventEnv()) }); err == nil {
			s.add(checkLookup(e))
			return &e
		}
	}
	for _, problem := range flatten(err) {
		s.add(inFile{path, problem})
	}
	return nil
}

// eventName is the name that was given, or what the payload looks like: a file that was given may be of
// another event than the run is.
func (s *session) eventName(given string, payload []byte) (string, error) {
	if given != "" {
		return given, nil
	}
	name, err := event.Guess(payload)
	if running := s.getenv("GITHUB_EVENT_NAME"); err != nil && running != "" {
		return running, nil
	}
	return name, err
}

func (s *session) eventEnv() event.Env {
	return event.Env{
		SHA:        s.getenv("GITHUB_SHA"),
		Ref:        s.getenv("GITHUB_REF"),
		Repository: s.getenv("GITHUB_REPOSITORY"),
		ServerURL:  s.serverURL(),
	}
}

// checkLookup refuses a release that cannot be looked up.
func checkLookup(e event.Event) error {
	if !e.Lookup || e.Kind != event.Release {
		return nil
	}
	if _, err := tagging.ParseVersion(e.Tag); err != nil {
		return fmt.Errorf("event %s: inputs.release_tag: %w", e.Name, err)
	}
	return nil
}

// lookUp asks GitHub for what the event leaves open: the pull request of a comment or a dispatch, or the commit of a
// release.
func (s *session) lookUp(ctx context.Context, e *event.Event) {
	if s.problems != nil || e == nil || !e.Lookup {
		return
	}
	if s.token() == "" {
		s.add(failed(noToken(*e)))
		return
	}
	client := s.githubOf(e.Repository.FullName)
	if client == nil {
		return
	}
	var err error
	if e.Kind == event.Release {
		e.Revision, err = client.TagCommit(ctx, e.Tag)
	} else {
		var found event.Found
		found, err = client.Pull(ctx, e.Number)
		*e = e.With(found)
	}
	s.add(failed(err))
}

func noToken(e event.Event) error {
	what, permission := fmt.Sprintf("pull request #%d", e.Number), "pull-requests: read"
	if e.Kind == event.Release {
		what, permission = fmt.Sprintf("the commit of release %.80q", e.Tag), "contents: read"
	}
	return fmt.Errorf("event %s: %s has to be looked up: give github-token a token with %q", e.Name, what, permission)
}

// override reads the values that replace those of the event.
func (s *session) override() plan.Override {
	o := plan.Override{
		Number:     s.positive("pr-number"),
		Branch:     s.values.Text("branch"),
		BaseBranch: s.values.Text("base-branch"),
		Revision:   s.values.Text("revision"),
		Tag:        s.values.Text("release-tag"),
	}
	if s.values.Given("pr-number") && o.Tag != "" {
		s.addf("pr-number and release-tag are both given: a build is of one or of the other")
	}
	if o.Tag != "" {
		_, err := tagging.ParseVersion(o.Tag)
		s.addFor("release-tag", err)
	}
	if o.Revision != "" {
		_, err := tagging.ShortCommit(o.Revision)
		s.add(err)
	}
	return o
}

// positive is the number of an input, 0 when it was not given.
func (s *session) positive(name string) int {
	text := s.values.Text(name)
	if text == "" {
		return 0
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 || strconv.Itoa(n) != text {
		s.addf("%s: %.40q is not a number such as 123", name, text)
	}
	return n
}

func (s *session) serverURL() string {
	return cmp.Or(strings.TrimRight(s.getenv("GITHUB_SERVER_URL"), "/"), publicServer)
}

const publicServer = "https://github.com"

// repository is that of the event, or the one that GitHub names.
func (s *session) repository(e *event.Event) event.Repository {
	if e != nil {
		return e.Repository
	}
	r := event.Repository{FullName: s.getenv("GITHUB_REPOSITORY")}
	r.Owner, r.Name, _ = strings.Cut(r.FullName, "/")
	if r.FullName != "" {
		r.HTMLURL = s.serverURL() + "/" + r.FullName
	}
	return r
}

func (s *session) images(r event.Repository) []image.Name {
	lines := s.values.Lines("image")
	if len(lines) == 0 && r.FullName != "" {
		lines = []string{"ghcr.io/" + r.FullName}
	}
	names, err := image.Parse(lines)
	s.addFor("image", err)
	return names
}

// iteration is the input, or the run number. With registry it is 1 until the registry is asked.
func (s *session) iteration() int {
	switch {
	case s.fromRegistry("iteration"):
		return 1
	case s.values.Given("iteration"):
		return s.positive("iteration")
	}
	return s.runNumber()
}

func (s *session) runNumber() int {
	if n, err := strconv.Atoi(s.getenv("GITHUB_RUN_NUMBER")); err == nil && n > 0 {
		return n
	}
	s.notes = append(s.notes, note.Annotation{Level: note.Notice, Message: "there is no run number, so the iteration is 1: give --iteration N for another"})
	return 1
}

// listedVersions are those of the input. With registry there are none until the registry is asked.
func (s *session) listedVersions() []string {
	if s.fromRegistry("known-versions") {
		return nil
	}
	known := s.values.Lines("known-versions")
	for _, v := range known {
		_, err := tagging.ParseVersion(v)
		s.addFor("known-versions", err)
	}
	return known
}

func (s *session) pushedVersions(ctx context.Context, images []image.Name) []string {
	var all []string
	for _, name := range images {
		versions, err := s.registry().Versions(ctx, name.String())
		s.add(failed(err))
		all = append(all, versions...)
	}
	return once.Each(all)
}

// timestamp is the input, or the variable of reproducible builds (reproducible-builds.org), or now.
func (s *session) timestamp() time.Time {
	if text := s.values.Text("timestamp"); text != "" {
		t, err := time.Parse(time.RFC3339, text)
		if err != nil {
			s.addf("timestamp: %.40q is not a time in RFC 3339 such as 2025-01-11T15:45:30Z", text)
		}
		return t
	}
	if text := s.getenv("SOURCE_DATE_EPOCH"); text != "" {
		seconds, err := strconv.ParseInt(text, 10, 64)
		if err != nil || seconds < 0 || seconds > lastSecond {
			s.addf("SOURCE_DATE_EPOCH: %.40q is not a number of seconds since 1970", text)
		}
		return time.Unix(seconds, 0)
	}
	return s.now()
}

const lastSecond = 253402300799 // of the year 9999, the last that RFC 3339 can write

func (s *session) described() labels.Image {
	return labels.Image{
		Title:         s.values.Text("title"),
		Description:   s.values.Text("description"),
		Licenses:      s.values.Text("licenses"),
		URL:           s.values.Text("url"),
		Documentation: s.values.Text("documentation"),
		Vendor:        s.values.Text("vendor"),
		Authors:       s.values.Text("authors"),
	}
}

func (s *session) keyValues(name string) map[string]string {
	values, err := labels.ParseLines(s.values.Text(name))
	s.addFor(name, err)
	return values
}

func (s *session) levels() []labels.Level {
	levels, err := labels.ParseLevels(cmp.Or(s.values.Text("annotation-levels"), string(labels.Manifest)))
	s.addFor("annotation-levels", err)
	return levels
}
