package main

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// tagPatience is how long status waits for registries, without which it has still much to say.
const tagPatience = 15 * time.Second

var errTagPatience = fmt.Errorf("the registry did not answer within %v", tagPatience)

// A tagAnswer is what the tags of the rings of an image point to, by ring, or why that was not read.
type tagAnswer struct {
	digests map[string]string
	err     error
}

// asksRegistry reports whether status looks at tags: where image is given, or where GitHub is asked as well. A run by
// hand on files alone asks nobody.
func (s *session) asksRegistry() bool { return s.values.Given("image") || s.knowsGitHub() }

// startTags asks for the tags of all images at once, while other things go on. The function that it returns waits for what
// comes of it, in the order of the images.
func (s *session) startTags(ctx context.Context, policy *ringpolicy.Policy, images [][]image.Name) (wait func() []tagAnswer) {
	if len(images) == 0 || !s.asksRegistry() {
		return func() []tagAnswer { return nil }
	}
	ctx, cancel := context.WithTimeoutCause(ctx, tagPatience, errTagPatience)
	client, all := s.registry(), make([]tagAnswer, len(images))
	var wg sync.WaitGroup
	for i, names := range images {
		wg.Go(func() {
			digests, err := client.Pointers(ctx, names[0].String(), ringTags(policy)...)
			all[i] = tagAnswer{byRing(policy, digests), err}
		})
	}
	return func() []tagAnswer {
		defer cancel()
		wg.Wait()
		return all
	}
}

// addTags fills in what is known of tags. Why some were not read is told once for each registry.
func (s *session) addTags(rows []row, all []tagAnswer) {
	var registries []string
	refusals := map[string][]error{}
	for i, t := range all {
		if t.err == nil {
			rows[i].tags = t.digests
			continue
		}
		registry := rows[i].images[0].Registry()
		registries = append(registries, registry)
		refusals[registry] = append(refusals[registry], t.err)
	}
	for _, registry := range once.Each(registries) {
		s.notes = append(s.notes, unreadTags(refusals[registry]))
	}
}

func unreadTags(refusals []error) note.Annotation {
	text := "the tags of the rings were not read: " + refusals[0].Error()
	if more := len(refusals) - 1; more > 0 {
		text += fmt.Sprintf(" (and %d more there)", more)
	}
	return note.Annotation{Level: note.Notice, Message: text}
}

func ringTags(policy *ringpolicy.Policy) []string {
	var names []string
	for _, ring := range policy.Rings() {
		names = append(names, tagging.LatestOf(ring.Tag))
	}
	return names
}

func byRing(policy *ringpolicy.Policy, digests map[string]string) map[string]string {
	all := map[string]string{}
	for _, ring := range policy.Rings() {
		all[ring.Name] = digests[tagging.LatestOf(ring.Tag)]
	}
	return all
}
