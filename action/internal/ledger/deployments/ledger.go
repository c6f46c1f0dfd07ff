// Package deployments keeps a ledger as deployments of a repository on GitHub. It is the github ledger of package ledger: see
// [Ledger].
package deployments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strconv"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// A Ledger keeps entries as deployments of the repository and their statuses, where everybody sees them.
//
// An entry that begins something makes a deployment of the ring's environment, whose payload has the type
// "deployment-rings/v1" and says which image came into which ring; further entries of it are its statuses. A deployment
// without that payload, or of another environment than its ring has, is not ours: jobs with an environment make
// deployments of their own. What GitHub itself adds, inactive statuses, says nothing; the order of entries does.
//
// Times are those of GitHub. Of a reason, what fits into 140 characters is kept. A deployment is of a commit that the
// repository has: where it does not have that of the image, or the image has none, the deployment is of Commit, and its
// payload still has the right one. The page of an entry is the log of its status.
type Ledger struct {
	Client       *github.Client
	Environments map[string]string // of each ring
	Commit       string            // of the run; "": none
}

var _ ledger.Ledger = (*Ledger)(nil)

var writeDeployments = "deployments: write"

// Append adds an entry, and returns the number of its deployment.
func (l *Ledger) Append(ctx context.Context, e ledger.Entry) (string, error) {
	if err := cmp.Or(e.Check(), ctx.Err()); err != nil {
		return "", err
	}
	ctx, cancel := l.Client.Bound(ctx)
	defer cancel()
	id, created, err := l.place(ctx, e)
	if err != nil {
		return "", err
	}
	err = l.say(ctx, id, e)
	switch {
	case err != nil && created:
		return "", fmt.Errorf("%w; deployment %d was made for it, and counts as in progress until the same is recorded again", err, id)
	case err != nil:
		return "", uncertain(err)
	}
	return strconv.FormatInt(id, 10), nil
}

// uncertain adds to the error of a lost answer that GitHub may have done what it was asked for.
func uncertain(err error) error {
	f := new(github.Failure)
	if errors.As(err, &f) && (f.Status == 0 || f.Status >= 500) {
		return fmt.Errorf("%w; whether it was recorded is not known", err)
	}
	return err
}

// place finds or makes the deployment that an entry is a status of.
func (l *Ledger) place(ctx context.Context, e ledger.Entry) (id int64, created bool, err error) {
	if l.Environments[e.Ring] == "" {
		return 0, false, fmt.Errorf("ring %s has no environment in the policy", e.Ring)
	}
	if !begins(e) {
		found, err := l.deployments(ctx, []string{e.Ring})
		if err != nil {
			return 0, false, err
		}
		if d, ok := placeOf(e, found[e.Ring]); ok {
			return d.id, false, nil
		}
	}
	if e.Signal != "" {
		return 0, false, fmt.Errorf("no deployment of %s in ring %s is recorded, so the signal %s has no place: record that the image runs there first", e.Digest, e.Ring, e.Signal)
	}
	id, err = l.create(ctx, e)
	return id, true, err
}

// create makes a deployment. A commit that the repository does not have is refused, and then that of the run is taken.
func (l *Ledger) create(ctx context.Context, e ledger.Entry) (int64, error) {
	id, err := l.createAt(ctx, cmp.Or(e.Revision, l.Commit), e)
	f := new(github.Failure)
	if errors.As(err, &f) && f.Status == http.StatusUnprocessableEntity && l.Commit != "" && e.Revision != "" && e.Revision != l.Commit {
		id, err = l.createAt(ctx, l.Commit, e)
	}
	return id, uncertain(err)
}

func (l *Ledger) createAt(ctx context.Context, ref string, e ledger.Entry) (int64, error) {
	op := github.Operation{Doing: fmt.Sprintf("record the deployment of %s in ring %s", e.Digest, e.Ring), Needs: writeDeployments}
	if ref == "" {
		return 0, fmt.Errorf("cannot %s: GitHub wants a commit, and that of the image is not known: give revision, or set GITHUB_SHA", op.Doing)
	}
	made, err := github.Send[struct{ ID int64 }](ctx, l.Client, op, http.MethodPost, l.Client.Path("deployments"), deploymentRequest{
		Ref: ref, Environment: l.Environments[e.Ring], Payload: payloadOf(e), RequiredContexts: []string{},
	})
	if err == nil && made.ID == 0 {
		return 0, fmt.Errorf("cannot %s: GitHub answers without a deployment", op.Doing)
	}
	return made.ID, err
}

// A deploymentRequest asks for a deployment whatever the checks of its commit say, and for no merge of the default
// branch: the decision is made already. GitHub finds out from the environment whether it is one of production.
type deploymentRequest struct {
	Ref              string   `json:"ref"`
	Environment      string   `json:"environment"`
	Payload          payload  `json:"payload"`
	AutoMerge        bool     `json:"auto_merge"`
	RequiredContexts []string `json:"required_contexts"`
	Transient        bool     `json:"transient_environment"`
}

// say adds a status. One that is a signal leaves other deployments as they are.
func (l *Ledger) say(ctx context.Context, id int64, e ledger.Entry) error {
	op := github.Operation{Doing: fmt.Sprintf("record %s of %s in ring %s", cmp.Or(string(e.Outcome), string(e.Signal)), e.Digest, e.Ring), Needs: writeDeployments}
	state, description := statusOf(e)
	_, err := github.Send[struct{ ID int64 }](ctx, l.Client, op, http.MethodPost, l.Client.Path("deployments", strconv.FormatInt(id, 10), "statuses"),
		statusRequest{state, description, e.URL, e.Signal == ""})
	return err
}

type statusRequest struct {
	State        string `json:"state"`
	Description  string `json:"description"`
	LogURL       string `json:"log_url,omitempty"`
	AutoInactive bool   `json:"auto_inactive"`
}
