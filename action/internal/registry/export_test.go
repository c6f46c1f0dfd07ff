package registry

import (
	"context"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"
)

// All returns what a walk visits. The program asks for parts of a list alone.
func (c *Client) All(ctx context.Context, image string) (tags []string, err error) {
	s, err := c.open(ctx, image, transport.PullScope)
	if err != nil {
		return nil, err
	}
	err = s.walk(ctx, func(tag string) { tags = append(tags, tag) })
	if err != nil {
		return nil, s.Explain("list the tags of "+s.Repo.Name(), err)
	}
	return tags, nil
}
