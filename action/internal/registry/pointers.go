package registry

import (
	"context"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"

	"github.com/wizzense/deployment-rings/action/internal/registry/access"
)

// Pointers returns the digests that tags of an image point to, "" for a tag that is not there. Each is asked for by its
// name, so it does not matter how many others there are: with one request for each, all in one round.
func (c *Client) Pointers(ctx context.Context, image string, tags ...string) (map[string]string, error) {
	ctx, done := c.bound(ctx)
	defer done()
	s, err := c.open(ctx, image, transport.PullScope)
	if err != nil {
		return nil, err
	}
	digests := make([]string, len(tags))
	var group errgroup.Group
	for i, tag := range tags {
		group.Go(func() (err error) {
			digests[i], err = s.pointer(ctx, tag)
			return err
		})
	}
	if err := group.Wait(); err != nil {
		return nil, err
	}
	all := map[string]string{}
	for i, tag := range tags {
		all[tag] = digests[i]
	}
	return all, nil
}

// pointer asks for the head of a manifest. A registry that does not give the digest there has to send the manifest.
func (s *session) pointer(ctx context.Context, tag string) (digest string, err error) {
	err = s.send(ctx, request{
		method: http.MethodHead,
		url:    s.url("manifests", tag),
		header: http.Header{"Accept": {accepted}},
		read: func(resp *http.Response, _ []byte) error {
			digest = resp.Header.Get("Docker-Content-Digest")
			return nil
		},
	})
	switch {
	case access.Status(err) == http.StatusNotFound:
		return "", nil
	case access.Status(err) == http.StatusMethodNotAllowed: // no heads at all
	case err != nil:
		return "", s.Explain("read "+s.ref(tag), err)
	case isDigest(digest):
		return digest, nil
	}
	m, _, err := s.manifest(ctx, tag)
	return m.digest, err
}
