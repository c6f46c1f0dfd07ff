package facts

import (
	"context"
	"errors"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// gatherAncestry compares the commit of the image with what the ring runs.
func (g *gathering) gatherAncestry(ctx context.Context) {
	base, head := g.question.Running, g.question.Revision
	switch {
	case base == "":
		return
	case head == "":
		g.missed(errNoRevision, KindAncestry)
		return
	}
	from := "comparison of " + text.ShortCommit(head) + " with " + text.ShortCommit(base)
	status, err := g.compare(ctx, base, head)
	if err != nil {
		g.missed(err, KindAncestry)
		return
	}
	g.found(KindAncestry, from, func(f *Facts) { f.Ancestry = status })
}

func (g *gathering) compare(ctx context.Context, base, head string) (ringpolicy.Ancestry, error) {
	if base == head {
		return ringpolicy.AncestryIdentical, nil
	}
	op := github.Operation{Doing: "compare commit " + text.ShortCommit(head) + " with " + text.ShortCommit(base), Needs: "contents: read"}
	got, err := github.Get[struct {
		Status ringpolicy.Ancestry `json:"status"`
	}](ctx, g.Client, op, g.Path("compare", base+"..."+head)+"?per_page=1")
	if err != nil {
		return "", err
	}
	switch got.Status {
	case ringpolicy.AncestryAhead, ringpolicy.AncestryIdentical, ringpolicy.AncestryBehind, ringpolicy.AncestryDiverged:
		return got.Status, nil
	}
	return "", g.Explain(op, errors.New("the answer is none of ahead, identical, behind and diverged"))
}
