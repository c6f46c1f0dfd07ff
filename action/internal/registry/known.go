package registry

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/v1/remote/transport"

	"github.com/wizzense/deployment-rings/tagging"
)

// LastIteration is the highest iteration of a subject that is already pushed, 0 when none is. The tags of the
// subject are rendered with one iteration after the other, because a slug may be cut to make room for one:
//
//	last, err := client.LastIteration(ctx, image, func(n int) (tagging.Set, error) {
//		pr.Iteration = n
//		return pr.Tags()
//	})
func (c *Client) LastIteration(ctx context.Context, image string, tags func(iteration int) (tagging.Set, error)) (int, error) {
	sp, err := iterations(tags)
	if err != nil {
		return 0, err
	}
	highest := 0
	err = c.within(ctx, image, func(tag string) {
		highest = max(highest, iteration(tag, tags))
	}, sp)
	return highest, err
}

// iterations is the span of the primary tags of a subject, whatever their iteration.
func iterations(tags func(int) (tagging.Set, error)) (span, error) {
	one, err := tags(1)
	if err != nil {
		return span{}, err
	}
	longest, err := tags(math.MaxInt)
	if err != nil {
		return span{}, err
	}
	low := common(one.Primary().String(), longest.Primary().String())
	parts := one.Primary().Parts()
	if parts.Iteration == 0 {
		return span{}, errors.New("the subject has no iterations")
	}
	sp := span{low: low, high: following(low), near: low[:len(low)-1]}
	if parts.Number > 0 {
		sp.near, sp.far = fmt.Sprintf("pr-%d-", parts.Number), fmt.Sprintf("pr-%d", parts.Number/10) // 12 for 123: 120 is likely between
	}
	return sp, nil
}

// iteration is that of a tag of the subject, 0 of any other tag.
func iteration(text string, tags func(int) (tagging.Set, error)) int {
	tag, err := tagging.Parse(text)
	if err != nil {
		return 0
	}
	n := tag.Parts().Iteration
	if n < 1 {
		return 0
	}
	set, err := tags(n)
	if err != nil || set.Primary() != tag {
		return 0
	}
	return n
}

// maxVersions is how many versions of an image are kept in memory.
const maxVersions = 100_000

// versions are the spans of tags that are versions, without a leading "v" and with one. Between commits that begin with f and
// those with a "v" is likely to be more than one tag: stable, and that of a ring.
var versions = []span{{low: "0", high: following("9")}, {low: "v0", high: following("v9"), near: "v", far: "sha-f"}}

// Versions are the versions among the tags of an image, in SemVer notation, sorted as text, each once. A leading "v" of a
// tag says nothing. Other tags are passed over.
func (c *Client) Versions(ctx context.Context, image string) ([]string, error) {
	all := map[string]bool{}
	tooMany := false
	err := c.within(ctx, image, func(text string) {
		tag, err := tagging.Parse(strings.TrimPrefix(text, "v"))
		if err == nil && tag.Parts().Kind == tagging.KindReleaseVersion {
			tooMany = tooMany || len(all) >= maxVersions
			if !tooMany {
				all[tag.Parts().Version] = true
			}
		}
	}, versions...)
	switch {
	case err != nil:
		return nil, err
	case tooMany:
		return nil, fmt.Errorf("%.200s has more than %d versions: give known-versions those that matter", image, maxVersions)
	}
	return slices.Sorted(maps.Keys(all)), nil
}

func (c *Client) within(ctx context.Context, image string, visit func(string), spans ...span) error {
	ctx, done := c.bound(ctx)
	defer done()
	s, err := c.open(ctx, image, transport.PullScope)
	if err != nil {
		return err
	}
	return s.within(ctx, visit, spans...)
}

// common is what two texts begin with.
func common(a, b string) string {
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return a[:i]
		}
	}
	return a[:min(len(a), len(b))]
}

// following is the first text after all that begin with this one.
func following(s string) string {
	return s[:len(s)-1] + string(s[len(s)-1]+1)
}
