package github

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strconv"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/event"
)

var commitForm = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

// IsCommit reports whether a text is a full commit: SHA-1 or SHA-256 in lower-case hexadecimal digits.
func IsCommit(s string) bool { return commitForm.MatchString(s) }

// Pull looks a pull request up.
func (c *Client) Pull(ctx context.Context, number int) (event.Found, error) {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	op := Operation{Doing: fmt.Sprintf("look up pull request #%d", number), Needs: "pull-requests: read"}
	found, err := Get[pullRecord](ctx, c, op, c.Path("pulls", strconv.Itoa(number)))
	if err != nil {
		return event.Found{}, err
	}
	if found.Number != number || !IsCommit(found.Head.SHA) {
		return event.Found{}, c.Explain(op, errors.New("the answer is not about it"))
	}
	return event.Found{
		Branch: found.Head.Ref, BaseBranch: found.Base.Ref, Revision: found.Head.SHA,
		Draft: found.Draft, Fork: found.isFork(), Open: found.State == "open",
	}, nil
}

type pullRecord struct {
	Number int
	State  string
	Draft  bool
	Head   pullEnd
	Base   pullEnd
}

type pullEnd struct {
	Ref, SHA string
	Repo     *struct { // nil: it is gone
		FullName string `json:"full_name"`
	}
}

func (p pullRecord) isFork() bool {
	return p.Head.Repo == nil || p.Base.Repo == nil || !strings.EqualFold(p.Head.Repo.FullName, p.Base.Repo.FullName)
}

// RunIsOver reports whether a workflow run is completed, and how it ended ("success", "failure", "cancelled", …). One that is there no
// longer is over, and how it ended is not known: "".
func (c *Client) RunIsOver(ctx context.Context, id int64) (over bool, conclusion string, err error) {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	op := Operation{Doing: fmt.Sprintf("look up workflow run %d", id), Needs: "actions: read"}
	run, err := Get[struct {
		ID                 int64
		Status, Conclusion string
	}](ctx, c, op, c.Path("actions", "runs", strconv.FormatInt(id, 10)))
	f := new(Failure)
	switch {
	case errors.As(err, &f) && f.Status == http.StatusNotFound:
		return true, "", nil
	case err != nil:
		return false, "", err
	case run.ID != id || run.Status == "":
		return false, "", c.Explain(op, errors.New("the answer is not about it"))
	}
	return run.Status == "completed", run.Conclusion, nil
}

// maxTags is how many annotated tags may stand one behind the other.
const maxTags = 5

// TagCommit returns the commit of a tag. An annotated tag is an object of its own that points to it.
func (c *Client) TagCommit(ctx context.Context, tag string) (string, error) {
	ctx, cancel := c.Bound(ctx)
	defer cancel()
	op := Operation{Doing: fmt.Sprintf("look up the commit of tag %.80q", tag), Needs: "contents: read"}
	path := c.Path("git", "ref", "tags", tag)
	for range maxTags {
		at, err := Get[struct{ Object gitObject }](ctx, c, op, path)
		switch {
		case err != nil:
			return "", err
		case !IsCommit(at.Object.SHA):
			return "", c.Explain(op, errors.New("the answer has no object"))
		case at.Object.Type == "commit":
			return at.Object.SHA, nil
		case at.Object.Type != "tag":
			return "", c.Explain(op, fmt.Errorf("it points to a %.20q and not to a commit", at.Object.Type))
		}
		path = c.Path("git", "tags", at.Object.SHA)
	}
	return "", c.Explain(op, fmt.Errorf("it is a tag of a tag, more than %d of them", maxTags))
}

type gitObject struct{ Type, SHA string }
