package registry

import (
	"context"
	"net/http"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"golang.org/x/sync/errgroup"
)

// Pointers are the digests that tags of an image point to, "" for a tag that is not there. Each is asked for by its
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

// pointer asks for the head of a manifest. A registry that does not tell its digest there has to send it whole.
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
	case statusOf(err) == http.StatusNotFound:
		return "", nil
	case err != nil:
		return "", s.explain("read "+s.ref(tag), err)
	case isDigest(digest):
		return digest, nil
	}
	m, _, err := s.manifest(ctx, tag)
	return m.digest, err
}
