package registry

import (
	"context"
	"sync"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/wizzense/deployment-rings/action/internal/registry/access"
)

// maxKept is the most bytes of manifests and configurations that a client keeps.
const maxKept = 8 << 20

// A memory contains what digests stand for, which never changes.
type memory struct {
	mu   sync.Mutex
	kept map[string]manifest // by reference
	size int
}

func (m *memory) keep(ref string, found manifest) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, known := m.kept[ref]; known || m.size+len(found.body) > maxKept {
		return
	}
	if m.kept == nil {
		m.kept = map[string]manifest{}
	}
	m.kept[ref] = found
	m.size += len(found.body)
}

func (m *memory) find(ref string) (manifest, bool) {
	m.mu.Lock()
	defer m.mu.Unlock()
	found, ok := m.kept[ref]
	return found, ok
}

// An answer says which image a tag or digest stands for, once done is closed. It does not keep the manifest, which may be large.
type answer struct {
	done   chan struct{}
	digest string // "": there is none
	err    error
}

// Ahead begins to read what tags and digests of an image stand for. [Client.Resolve], [Client.Labels] and [Client.Move] use each
// answer once in place of a request, so that requests which do not depend on each other make one round.
func (c *Client) Ahead(ctx context.Context, image string, identifiers ...string) {
	repo, err := access.Repository(image)
	if err != nil {
		return // whoever needs the answer will say so
	}
	for _, identifier := range identifiers {
		a := &answer{done: make(chan struct{})}
		if _, asked := c.ahead.LoadOrStore(reference(repo, identifier), a); !asked {
			go c.answer(ctx, a, image, identifier)
		}
	}
}

func (c *Client) answer(ctx context.Context, a *answer, image, identifier string) {
	defer close(a.done)
	ctx, done := c.bound(ctx)
	defer done()
	s, err := c.open(ctx, image, transport.PullScope)
	if err == nil {
		var m manifest
		m, _, err = s.manifest(ctx, identifier)
		a.digest = m.digest
	}
	a.err = err
}

// asked reports whether what a tag or digest stands for is known, or was asked for.
func (s *session) asked(identifier string) bool {
	_, known := s.memory.find(s.ref(identifier))
	_, asked := s.ahead.Load(s.ref(identifier))
	return known || asked
}

// recall returns what a tag or digest stands for as it was read ahead, of a tag the digest alone; else it reads that.
func (s *session) recall(ctx context.Context, identifier string) (manifest, bool, error) {
	found, ok := s.ahead.Load(s.ref(identifier))
	if !ok {
		return s.manifest(ctx, identifier)
	}
	a := found.(*answer)
	select {
	case <-a.done:
	case <-ctx.Done():
		return manifest{}, false, context.Cause(ctx)
	}
	if isDigest(identifier) && a.digest != "" {
		return s.manifest(ctx, identifier) // which is in the memory, unless that is full
	}
	s.ahead.Delete(s.ref(identifier)) // a tag may move
	return manifest{digest: a.digest}, a.digest != "", a.err
}
