package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/report"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// tagPatience is how long status waits for registries, without which it has still much to say.
const tagPatience = 30 * time.Second

var errTagPatience = fmt.Errorf("the registry did not answer within %v", tagPatience)

// tags are the digests that the tags of the rings point to, by image and ring; an image without is not collected.
type tags map[image.Name]map[string]string

// asksRegistry reports whether status looks at tags: where image is given, or where GitHub is asked as well. A run by
// hand on files alone asks nobody.
func (s *session) asksRegistry() bool { return s.values.Given("image") || s.knowsGitHub() }

// readTags asks for the tags of all images at once. Why some were not read is told once for each registry.
func (s *session) readTags(ctx context.Context, policy *ringpolicy.Policy, images []image.Name) (tags, []report.Annotation) {
	ctx, cancel := context.WithTimeoutCause(ctx, tagPatience, errTagPatience)
	defer cancel()
	client := s.registry()
	found, errs := make([]map[string]string, len(images)), make([]error, len(images))
	var wg sync.WaitGroup
	for i, name := range images {
		wg.Go(func() { found[i], errs[i] = client.Pointers(ctx, name.String(), ringTags(policy)...) })
	}
	wg.Wait()
	all := tags{}
	for i, name := range images {
		if errs[i] == nil {
			all[name] = byRing(policy, found[i])
		}
	}
	return all, unreadTags(images, errs)
}

func ringTags(policy *ringpolicy.Policy) []string {
	var names []string
	for _, ring := range policy.Rings() {
		names = append(names, ring.Tag+"-latest")
	}
	return names
}

func byRing(policy *ringpolicy.Policy, digests map[string]string) map[string]string {
	all := map[string]string{}
	for _, ring := range policy.Rings() {
		all[ring.Name] = digests[ring.Tag+"-latest"]
	}
	return all
}

func unreadTags(images []image.Name, errs []error) []report.Annotation {
	var notes []report.Annotation
	first, more := map[string]int{}, map[string]int{}
	for i, name := range images {
		if errs[i] == nil {
			continue
		}
		if _, told := first[name.Registry()]; told {
			more[name.Registry()]++
			continue
		}
		first[name.Registry()] = len(notes)
		notes = append(notes, report.Annotation{Level: report.Notice, Message: "the tags of the rings were not read: " + errs[i].Error()})
	}
	for registry, n := range more {
		notes[first[registry]].Message += fmt.Sprintf(" (and %d more there)", n)
	}
	return notes
}
