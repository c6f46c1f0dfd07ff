package registry

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"mime"
	"net/http"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
	"github.com/google/go-containerregistry/pkg/v1/types"

	"github.com/wizzense/deployment-rings/action/internal/outbound"
	"github.com/wizzense/deployment-rings/action/internal/registry/access"
)

// maxManifest is what the OCI distribution specification asks registries to accept.
const maxManifest = 4 << 20

// accepted are the manifests that a registry may send as they are.
var accepted = strings.Join([]string{
	string(types.OCIImageIndex), string(types.OCIManifestSchema1),
	string(types.DockerManifestList), string(types.DockerManifestSchema2),
}, ", ")

// A manifest is the bytes that a digest stands for.
type manifest struct {
	body      []byte
	mediaType types.MediaType
	digest    string // of the bytes
}

// Resolve returns the digest that a reference, IMAGE:TAG or IMAGE@DIGEST, stands for. There may be no such tag,
// nor such a repository.
func (c *Client) Resolve(ctx context.Context, ref string) (digest string, found bool, err error) {
	ctx, done := c.bound(ctx)
	defer done()
	s, identifier, err := c.openRef(ctx, ref)
	if err != nil {
		return "", false, err
	}
	m, found, err := s.recall(ctx, identifier)
	return m.digest, found, err
}

// openRef opens the repository of a reference.
func (c *Client) openRef(ctx context.Context, text string) (*session, string, error) {
	ref, err := name.ParseReference(text)
	if err != nil {
		return nil, "", err
	}
	if tag, ok := ref.(name.Tag); ok && !strings.HasSuffix(text, ":"+tag.TagStr()) {
		return nil, "", fmt.Errorf("%.200q has neither tag nor digest", text)
	}
	s, err := c.open(ctx, ref.Context().Name(), transport.PullScope)
	return s, ref.Identifier(), err
}

// manifest returns what a tag or digest stands for. What a digest stands for is read once.
func (s *session) manifest(ctx context.Context, identifier string) (manifest, bool, error) {
	if m, found := s.memory.find(s.ref(identifier)); found {
		return m, true, nil
	}
	return s.read(ctx, identifier)
}

// read reads what a tag or digest stands for.
func (s *session) read(ctx context.Context, identifier string) (m manifest, found bool, err error) {
	err = s.try(ctx, func(ctx context.Context) (err error) {
		m, found, err = s.manifestOnce(ctx, identifier)
		return err
	})
	return m, found, s.Explain("read "+s.ref(identifier), err)
}

func (s *session) manifestOnce(ctx context.Context, identifier string) (m manifest, found bool, err error) {
	err = s.once(ctx, request{
		method: http.MethodGet,
		url:    s.url("manifests", identifier),
		header: http.Header{"Accept": {accepted}},
		max:    maxManifest,
		read: func(resp *http.Response, content []byte) (err error) {
			m, err = readManifest(content, resp.Header)
			return err
		},
	})
	if access.Status(err) == http.StatusNotFound {
		return manifest{}, false, nil
	}
	if err == nil && isDigest(identifier) && m.digest != identifier {
		err = fmt.Errorf("the registry sent an image with the digest %s instead", m.digest)
	}
	if err != nil {
		return manifest{}, false, err
	}
	s.memory.keep(s.ref(m.digest), m)
	return m, true, nil
}

// readManifest takes the digest of the bytes that came. The header that says it as well must not differ.
func readManifest(b []byte, header http.Header) (manifest, error) {
	var field struct {
		MediaType types.MediaType `json:"mediaType"`
	}
	if err := json.Unmarshal(b, &field); err != nil {
		return manifest{}, &outbound.Lost{Err: fmt.Errorf("the manifest is broken or was cut short: %w", err)}
	}
	m := manifest{body: b, mediaType: field.MediaType, digest: digestOf(b)}
	if m.mediaType == "" {
		kind, _, err := mime.ParseMediaType(header.Get("Content-Type"))
		if err != nil {
			return manifest{}, fmt.Errorf("the registry does not say what kind of manifest it sent: %w", err)
		}
		m.mediaType = types.MediaType(kind)
	}
	said := header.Get("Docker-Content-Digest")
	if isDigest(said) && said != m.digest {
		return manifest{}, fmt.Errorf("the registry says that it sent %s, but what it sent has the digest %s", said, m.digest)
	}
	return m, nil
}

// put writes a manifest under a tag, once.
func (s *session) put(ctx context.Context, tag string, m manifest) error {
	return s.once(ctx, request{
		method: http.MethodPut,
		url:    s.url("manifests", tag),
		header: http.Header{"Content-Type": {string(m.mediaType)}},
		body:   m.body,
	})
}

// blob reads a small blob and compares it with its digest.
func (s *session) blob(ctx context.Context, d v1.Descriptor) (b []byte, err error) {
	kept := "blob " + s.ref(d.Digest.String())
	if m, found := s.memory.find(kept); found {
		return m.body, nil
	}
	err = s.send(ctx, request{
		method: http.MethodGet,
		url:    s.url("blobs", d.Digest.String()),
		max:    maxManifest,
		read: func(_ *http.Response, content []byte) error {
			if digestOf(content) != d.Digest.String() {
				return fmt.Errorf("the registry sent a blob with the digest %s instead of %s", digestOf(content), d.Digest)
			}
			b = content
			s.memory.keep(kept, manifest{body: b})
			return nil
		},
	})
	return b, s.Explain("read the configuration of an image in "+s.Repo.Name(), err)
}

// ref returns the full reference of a tag or digest.
func (s *session) ref(identifier string) string { return reference(s.Repo, identifier) }

func reference(repo name.Repository, identifier string) string {
	if isDigest(identifier) {
		return repo.Name() + "@" + identifier
	}
	return repo.Name() + ":" + identifier
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

func isDigest(s string) bool {
	h, ok := strings.CutPrefix(s, "sha256:")
	_, err := hex.DecodeString(h)
	return ok && err == nil && len(h) == 64 && h == strings.ToLower(h)
}
