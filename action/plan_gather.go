package main

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/event"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/plan"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/labels"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// gatherPlan collects everything that a plan depends on. Problems are collected too, so that one run tells
// all of them.
func (s *session) gatherPlan() plan.Request {
	r := plan.Request{
		Policy:       s.policy(),
		Event:        s.event(),
		Override:     s.override(),
		ServerURL:    s.serverURL(),
		RingFromBase: s.oneOf("ring-from", "head", "base") == "base",
		AllowForks:   s.values.Bool("allow-forks"),
		Iteration:    s.iteration(),
		Known:        s.knownVersions(),
		Time:         s.timestamp(),
		Described:    s.described(),
	}
	r.Repository = s.repository(r.Event)
	r.Images = s.images(r.Repository)
	r.ExtraLabels = s.keyValues("labels")
	r.ExtraAnnotations = s.keyValues("annotations")
	r.Levels = s.levels()
	return r
}

func (s *session) policy() *ringpolicy.Policy {
	path := s.values.Text("policy")
	if path == "" {
		return ringpolicy.Builtin()
	}
	src, err := readFile(path, ringpolicy.MaxPolicySize)
	if err != nil {
		s.addf("policy: %w", err)
		return nil
	}
	p, err := ringpolicy.Parse(path, src)
	s.add(err)
	return p
}

// event reads the payload of the event, if there is one.
func (s *session) event() *event.Event {
	path, name := s.values.Text("event"), s.values.Text("event-name")
	if path == "" {
		path = s.getenv("GITHUB_EVENT_PATH")
		name = or(name, s.getenv("GITHUB_EVENT_NAME"))
	}
	if path == "" {
		if name != "" {
			s.addf("event-name is %.40q, but there is no payload: give --event FILE", name)
		}
		return nil
	}
	payload, err := readFile(path, event.MaxSize)
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
		if e, err = event.Parse(name, payload, s.eventEnv()); err == nil {
			s.add(lookup(e))
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

// lookup refuses events that the payload alone cannot answer.
func lookup(e event.Event) error {
	if !e.Lookup {
		return nil
	}
	if e.Kind != event.Release {
		return failed(fmt.Errorf("event %s: the branch and commit of pull request #%d have to be looked up, and the client of the GitHub API is not in this version", e.Name, e.Number))
	}
	if _, err := tagging.ParseVersion(e.Tag); err != nil {
		return fmt.Errorf("event %s: inputs.release_tag: %w", e.Name, err)
	}
	return failed(fmt.Errorf("event %s: the commit of release %.80q has to be looked up, and the client of the GitHub API is not in this version", e.Name, e.Tag))
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
	return or(strings.TrimRight(s.getenv("GITHUB_SERVER_URL"), "/"), "https://github.com")
}

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

func (s *session) iteration() int {
	switch s.values.Text("iteration") {
	case "registry":
		s.addf("iteration: registry needs the registry client, which is not in this version; give a positive number, or leave it out for the run number")
		return 0
	case "":
		return s.runNumber()
	}
	return s.positive("iteration")
}

func (s *session) runNumber() int {
	if n, err := strconv.Atoi(s.getenv("GITHUB_RUN_NUMBER")); err == nil && n > 0 {
		return n
	}
	s.notes = append(s.notes, report.Annotation{Level: report.Notice, Message: "there is no run number, so the iteration is 1: give --iteration N for another"})
	return 1
}

func (s *session) knownVersions() []string {
	known := s.values.Lines("known-versions")
	if len(known) == 1 && known[0] == "registry" {
		s.addf("known-versions: registry needs the registry client, which is not in this version; list the versions, one a line")
		return nil
	}
	for _, v := range known {
		_, err := tagging.ParseVersion(v)
		s.addFor("known-versions", err)
	}
	return known
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
	levels, err := labels.ParseLevels(or(s.values.Text("annotation-levels"), string(labels.Manifest)))
	s.addFor("annotation-levels", err)
	return levels
}

func or(s, otherwise string) string {
	if s == "" {
		return otherwise
	}
	return s
}
