package registry

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"

	v1 "github.com/google/go-containerregistry/pkg/v1"
	"github.com/google/go-containerregistry/pkg/v1/types"
)

// Labels are the labels and annotations of an image.
type Labels struct {
	Digest           string // of what the reference stands for
	Platform         string // of an index: the platform whose labels these are, such as linux/amd64; else ""
	Labels           map[string]string
	Annotations      map[string]string // of the image's manifest
	IndexAnnotations map[string]string // of the index, when it is one
}

// Labels reads the labels of the image that a reference stands for. Of an index it reads those of the first
// image with a platform, passing over attestations. There may be no such tag, nor such a repository.
func (c *Client) Labels(ctx context.Context, ref string) (l Labels, found bool, err error) {
	ctx, done := c.bound(ctx)
	defer done()
	s, identifier, err := c.openRef(ctx, ref)
	if err != nil {
		return Labels{}, false, err
	}
	m, found, err := s.manifest(ctx, identifier)
	if err != nil || !found {
		return Labels{}, false, err
	}
	l, err = s.labels(ctx, m)
	return l, err == nil, err
}

func (s *session) labels(ctx context.Context, m manifest) (Labels, error) {
	l := Labels{Digest: m.digest}
	if m.mediaType.IsIndex() {
		var err error
		if m, err = s.firstImage(ctx, m, &l); err != nil {
			return Labels{}, err
		}
	}
	var image v1.Manifest
	if err := json.Unmarshal(m.body, &image); err != nil {
		return Labels{}, fmt.Errorf("the manifest %s is not one of an image: %w", s.ref(m.digest), err)
	}
	l.Annotations = image.Annotations
	if !image.Config.MediaType.IsConfig() {
		return l, nil // an artifact, which has no labels
	}
	b, err := s.blob(ctx, image.Config)
	if err != nil {
		return Labels{}, err
	}
	var file struct {
		Config struct{ Labels map[string]string }
	}
	if err := json.Unmarshal(b, &file); err != nil {
		return Labels{}, fmt.Errorf("the configuration of %s is broken: %w", s.ref(m.digest), err)
	}
	l.Labels = file.Config.Labels
	return l, nil
}

// firstImage reads the first image with a platform in an index.
func (s *session) firstImage(ctx context.Context, index manifest, l *Labels) (manifest, error) {
	var list v1.IndexManifest
	if err := json.Unmarshal(index.body, &list); err != nil {
		return manifest{}, fmt.Errorf("the index %s is broken: %w", s.ref(index.digest), err)
	}
	l.IndexAnnotations = list.Annotations
	child, err := firstPlatform(list.Manifests)
	if err != nil {
		return manifest{}, fmt.Errorf("the index %s %w", s.ref(index.digest), err)
	}
	l.Platform = child.Platform.String()
	m, found, err := s.manifest(ctx, child.Digest.String())
	if err == nil && !found {
		err = fmt.Errorf("%s, a part of the index %s, is missing: push the image again", s.ref(child.Digest.String()), index.digest)
	}
	return m, err
}

// firstPlatform passes over attestations, which buildx gives the platform unknown/unknown.
func firstPlatform(list []v1.Descriptor) (v1.Descriptor, error) {
	for _, d := range list {
		real := d.Platform != nil && d.Platform.OS != "" && d.Platform.OS != "unknown"
		_, reference := d.Annotations["vnd.docker.reference.type"]
		if real && !reference && isImage(d.MediaType) {
			return d, nil
		}
	}
	return v1.Descriptor{}, errors.New("has no image with a platform")
}

func isImage(t types.MediaType) bool {
	return t == types.OCIManifestSchema1 || t == types.DockerManifestSchema2
}
