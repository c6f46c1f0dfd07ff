package gather

import (
	"context"
	"fmt"
	"sync"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/fault"
	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/action/internal/note"
	"github.com/wizzense/deployment-rings/action/internal/once"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// registryTimeout limits the tag lookups; status works without them.
const registryTimeout = 15 * time.Second

var errRegistryTimeout = fmt.Errorf("the registry did not answer within %v", registryTimeout)

// A tagAnswer is what the tags of the rings of an image point to, by ring, or why that was not read.
type tagAnswer struct {
	digests map[string]string
	err     error
}

// startTags asks for the tags of all images at once, while other things go on. The function that it returns waits for what
// comes of it, in the order of the images.
func startTags(ctx context.Context, c *Clients, policy *ringpolicy.Policy, images [][]image.Name, look bool) (wait func() []tagAnswer) {
	if len(images) == 0 || !look {
		return func() []tagAnswer { return nil }
	}
	ctx, cancel := context.WithTimeoutCause(ctx, registryTimeout, errRegistryTimeout)
	client, all := c.Registry, make([]tagAnswer, len(images))
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

// addTags fills in what is known of tags. Why some were not read is reported once for each registry.
func addTags(log *fault.Log, rows []Row, all []tagAnswer) {
	var registries []string
	refusals := map[string][]error{}
	for i, t := range all {
		if t.err == nil {
			rows[i].Tags = t.digests
			continue
		}
		registry := rows[i].Images[0].Registry()
		registries = append(registries, registry)
		refusals[registry] = append(refusals[registry], t.err)
	}
	for _, registry := range once.Each(registries) {
		log.Note(unreadTags(refusals[registry]))
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
