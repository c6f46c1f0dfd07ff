package registry

import (
	"context"
	"encoding/json"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
)

// Limits of an index whose labels are read. More is an error: what is not read could be what a machine runs.
const (
	maxPlatforms  = 32
	maxIndexDepth = 3 // an index in an index in an index
)

// Labels has the labels and annotations of an image.
type Labels struct {
	Digest           string            // of what the reference stands for
	Platforms        []Platform        // one of an image; of an index one of each image in it, in its order
	IndexAnnotations map[string]string // of the index, when it is one
}

// A Platform is an image that machines of one kind run.
type Platform struct {
	Name        string // such as linux/amd64; "" of an image that stands alone
	Labels      map[string]string
	Annotations map[string]string // of its manifest
}

// Labels reads the labels of the image that a reference stands for. Of an index it reads those of every image that a
// machine could run, also in indexes below it; attestations, whose platform is unknown/unknown, are not images. There may be no
// such tag, nor such a repository.
func (c *Client) Labels(ctx context.Context, ref string) (l Labels, found bool, err error) {
	ctx, done := c.bound(ctx)
	defer done()
	s, identifier, err := c.openRef(ctx, ref)
	if err != nil {
		return Labels{}, false, err
	}
	m, found, err := s.recall(ctx, identifier)
	if found && m.body == nil {
		m, found, err = s.manifest(ctx, m.digest)
	}
	if err != nil || !found {
		return Labels{}, false, err
	}
	l, err = s.labels(ctx, m)
	return l, err == nil, err
}

func (s *session) labels(ctx context.Context, m manifest) (Labels, error) {
	l := Labels{Digest: m.digest}
	if !m.mediaType.IsIndex() {
		image, _, err := s.image(ctx, m)
		if err != nil {
			return Labels{}, err
		}
		image.Name = ""
		l.Platforms = []Platform{image}
		return l, nil
	}
	r := &indexReader{session: s, left: maxPlatforms}
	var err error
	if l.Platforms, l.IndexAnnotations, err = r.index(ctx, m, 1); err != nil {
		return Labels{}, err
	}
	if len(l.Platforms) == 0 {
		return Labels{}, fmt.Errorf("the index %s has no image with a platform", s.ref(m.digest))
	}
	return l, nil
}

// An indexReader reads the images of an index. It trusts what arrives, and not what the index says of the kind of its
// parts: programs differ in how much of that they believe.
type indexReader struct {
	*session
	left int // parts that may still be read
}

// index reads the images of an index, all at once, and then the indexes in it.
func (r *indexReader) index(ctx context.Context, m manifest, depth int) (all []Platform, annotations map[string]string, err error) {
	var list v1.IndexManifest
	if err := json.Unmarshal(m.body, &list); err != nil {
		return nil, nil, fmt.Errorf("the index %s is broken: %w", r.ref(m.digest), err)
	}
	parts, err := r.parts(m.digest, list, depth)
	if err == nil {
		err = each(maxPlatforms, parts, func(p *part) error { return r.read(ctx, m.digest, p) })
	}
	for _, p := range parts {
		if err == nil && p.manifest.mediaType.IsIndex() {
			p.images, _, err = r.index(ctx, p.manifest, depth+1)
		}
		all = append(all, p.images...)
	}
	return all, list.Annotations, err
}

// A part of an index is an image, an index, or something that no machine runs.
type part struct {
	v1.Descriptor
	manifest manifest
	images   []Platform
}

// parts are those of an index that have to be looked at.
func (r *indexReader) parts(digest string, list v1.IndexManifest, depth int) ([]*part, error) {
	var all []*part
	for _, d := range list.Manifests {
		if d.Platform == nil || !isUnknown(*d.Platform) {
			all = append(all, &part{Descriptor: d})
		}
	}
	if len(all) > 0 && depth > maxIndexDepth {
		return nil, fmt.Errorf("the index %s is too deep in other indexes, expected at most %d", r.ref(digest), maxIndexDepth)
	}
	if r.left -= len(all); r.left < 0 {
		return nil, fmt.Errorf("the index %s has too many platforms, expected at most %d in all", r.ref(digest), maxPlatforms)
	}
	return all, nil
}

// isUnknown reports whether a platform is that of attestations. No machine is of it.
func isUnknown(p v1.Platform) bool { return p.OS == "unknown" && p.Architecture == "unknown" }

func (r *indexReader) read(ctx context.Context, index string, p *part) error {
	var found bool
	var err error
	p.manifest, found, err = r.manifest(ctx, p.Digest.String())
	if err == nil && !found {
		err = fmt.Errorf("%s, a part of the index %s, is missing: push the image again", r.ref(p.Digest.String()), index)
	}
	if err != nil || p.manifest.mediaType.IsIndex() {
		return err
	}
	image, runs, err := r.image(ctx, p.manifest)
	p.manifest.body = nil // it may be large
	if p.Platform != nil {
		image.Name, runs = p.Platform.String(), true
	}
	if err == nil && runs {
		p.images = []Platform{image}
	}
	return err
}

// image reads the labels of an image, with the platform that its configuration says. What a machine cannot run, such as a
// signature, has none.
func (s *session) image(ctx context.Context, m manifest) (p Platform, runs bool, err error) {
	var image v1.Manifest
	if err := json.Unmarshal(m.body, &image); err != nil {
		return p, false, fmt.Errorf("the manifest %s is not one of an image: %w", s.ref(m.digest), err)
	}
	p.Annotations = image.Annotations
	if !image.Config.MediaType.IsConfig() {
		return p, false, nil // an artifact, which has no labels
	}
	b, err := s.blob(ctx, image.Config)
	if err != nil {
		return p, false, err
	}
	var file struct {
		v1.Platform
		Config struct{ Labels map[string]string }
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return p, false, fmt.Errorf("the configuration of %s is broken: %w", s.ref(m.digest), err)
	}
	p.Labels, p.Name = file.Config.Labels, file.Platform.String()
	return p, !isUnknown(file.Platform), nil
}
