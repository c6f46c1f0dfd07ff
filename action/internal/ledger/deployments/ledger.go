// Package deployments keeps a ledger as deployments of a repository on GitHub. It is the github ledger of package ledger: see
// [Ledger].
package deployments

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"sync"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/listing"
	"github.com/wizzense/deployment-rings/action/internal/ledger/deployments/wire"
)

// A Ledger keeps entries as deployments of the repository and their statuses, where everybody sees them.
//
// An entry that begins something makes a deployment of the ring's environment, whose payload has the type
// "deployment-rings/v1" and says which image came into which ring; further entries of it are its statuses. A deployment
// without that payload, or of another environment than its ring has, is not ours: jobs with an environment make
// deployments of their own. What GitHub itself adds, inactive statuses, says nothing; the order of entries does.
//
// After 90 signals another deployment with the same payload carries the next, and an outcome that comes after signals makes one
// too: such a carrier begins nothing. So GitHub tells all statuses of a deployment at once, and no outcome hides between signals.
//
// What is read does not grow with the ledger. Of each ring the newest deployments are read, until they show what it runs, and an
// earlier good stay that it could go back to; and of each image among them, by its commit, all the others of it in the rings that
// are read. An image without a commit of its own, or with more than 500 deployments, is not known in a ring of which not everything
// was read. Deployments of jobs in the same environment are passed over: ours have a task of our own, by which they are listed
// where few of them are among the newest. Versions before this one did not write that task; what they recorded is found among
// the newest 490 deployments of the environment. A ring of which that does not show what it runs is not known, and never empty.
//
// Times are those of GitHub. Of a reason, what fits into 140 characters is kept. A deployment is of a commit that the
// repository has: where it does not have that of the image, or the image has none, the deployment is of Commit, and its
// payload still has the right one. The page of an entry is the log of its status.
type Ledger struct {
	Client       *github.Client
	Environments map[string]string // of each ring
	Commit       string            // of the run; "": none

	page  int // deployments of a page; 0: as many as GitHub gives
	mu    sync.Mutex
	rings map[string]memory // what was read or added last
}

// A memory is what a run knows of a ring, so that what it adds is put in its place without reading it again.
type memory struct {
	about ledger.About
	of    []deployment // from the oldest to the newest
}

func (l *Ledger) remember(ring string, about ledger.About, of []deployment) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.rings == nil {
		l.rings = map[string]memory{}
	}
	l.rings[ring] = memory{about, of}
}

// recall returns the deployments of a ring that an entry can be a status of, as they are known.
func (l *Ledger) recall(e ledger.Entry) ([]deployment, bool) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, ok := l.rings[e.Ring]
	return m.of, ok && m.about.Covers(e.Images)
}

// learn adds a status to what is known of a ring, and the deployment where it is a new one. After an error nothing is known.
func (l *Ledger) learn(ring string, d deployment, s wire.Status, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	m, ok := l.rings[ring]
	if !ok {
		return
	}
	if err != nil {
		delete(l.rings, ring)
		return
	}
	d.statuses = append(slices.Clone(d.statuses), s)
	of := slices.DeleteFunc(slices.Clone(m.of), func(known deployment) bool { return known.id == d.id })
	m.of = append(of, d)
	slices.SortStableFunc(m.of, byID)
	l.rings[ring] = m
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
	d, created, err := l.place(ctx, e)
	if err != nil {
		l.learn(e.Ring, d, wire.Status{}, err)
		return "", err
	}
	said, err := l.say(ctx, d.id, e)
	l.learn(e.Ring, d, said, err)
	switch {
	case err != nil && created && !d.Carrier:
		return "", fmt.Errorf("%w; deployment %d was made for it, and counts as in progress until the same is recorded again", err, d.id)
	case err != nil:
		return "", uncertain(err)
	}
	return strconv.FormatInt(d.id, 10), nil
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
func (l *Ledger) place(ctx context.Context, e ledger.Entry) (d deployment, created bool, err error) {
	if l.Environments[e.Ring] == "" {
		return deployment{}, false, fmt.Errorf("ring %s has no environment in the policy", e.Ring)
	}
	p, found, err := l.find(ctx, e)
	switch {
	case err != nil:
		return deployment{}, false, err
	case found && !p.carrier:
		return p.deployment, false, nil
	case found:
		d, err = l.create(ctx, p.commit, e, p.continued())
	case e.Signal != "":
		err = fmt.Errorf("no deployment of %s in ring %s is recorded, so the signal %s has no place: record that the image runs there first", e.Digest, e.Ring, e.Signal)
	default:
		d, err = l.create(ctx, e.Revision, e, wire.PayloadOf(e))
	}
	return d, true, err
}

// find returns the place of an entry by what the run knows already, or reads the newest deployments of the ring.
func (l *Ledger) find(ctx context.Context, e ledger.Entry) (p place, ok bool, err error) {
	if begins(e) {
		return place{}, false, nil
	}
	if of, known := l.recall(e); known {
		if p, ok = placeOf(e, of); ok || e.Signal == "" {
			return p, ok, nil
		}
	}
	about := ledger.About{Images: [][]string{e.Images}}
	s, err := l.survey(about, func(v *view) bool {
		_, found := placeOf(e, v.oldestFirst(about))
		return found || e.Signal == ""
	}, []string{e.Ring})
	if err != nil {
		return place{}, false, err
	}
	s.lookup = true
	s.run(ctx)
	v := s.views[0]
	if err := v.whyNot(s); err != nil {
		return place{}, false, fmt.Errorf("ring %s: %w", e.Ring, err)
	}
	l.remember(e.Ring, about, v.oldestFirst(about))
	p, ok = placeOf(e, v.oldestFirst(about))
	return p, ok, nil
}

// create makes a deployment. A commit that the repository does not have is refused, and then that of the run is taken.
func (l *Ledger) create(ctx context.Context, commit string, e ledger.Entry, p wire.Payload) (deployment, error) {
	d, err := l.createAt(ctx, cmp.Or(commit, l.Commit), e, p)
	f := new(github.Failure)
	if errors.As(err, &f) && f.Status == http.StatusUnprocessableEntity && l.Commit != "" && commit != "" && commit != l.Commit {
		d, err = l.createAt(ctx, l.Commit, e, p)
	}
	return d, uncertain(err)
}

func (l *Ledger) createAt(ctx context.Context, ref string, e ledger.Entry, p wire.Payload) (deployment, error) {
	op := github.Operation{Doing: fmt.Sprintf("record the deployment of %s in ring %s", e.Digest, e.Ring), Needs: writeDeployments}
	if ref == "" {
		return deployment{}, fmt.Errorf("cannot %s: GitHub wants a commit, and that of the image is not known: give revision, or set GITHUB_SHA", op.Doing)
	}
	made, err := github.Send[listing.Deployment](ctx, l.Client, op, http.MethodPost, l.Client.Path("deployments"), deploymentRequest{
		Ref: ref, Task: task, Environment: l.Environments[e.Ring], Payload: p, RequiredContexts: []string{},
	})
	if err == nil && made.ID == 0 {
		return deployment{}, fmt.Errorf("cannot %s: GitHub answers without a deployment", op.Doing)
	}
	return deployment{Payload: p, id: made.ID, node: made.NodeID, commit: made.SHA, environment: l.Environments[e.Ring], created: made.CreatedAt, whole: true}, err
}

// task marks our deployments, so that they can be listed where jobs with the same environment make many others.
const task = "deployment-rings"

// A deploymentRequest asks for a deployment whatever the checks of its commit say, and for no merge of the default
// branch: the decision is made already. GitHub finds out from the environment whether it is one of production.
type deploymentRequest struct {
	Ref              string       `json:"ref"`
	Task             string       `json:"task"`
	Environment      string       `json:"environment"`
	Payload          wire.Payload `json:"payload"`
	AutoMerge        bool         `json:"auto_merge"`
	RequiredContexts []string     `json:"required_contexts"`
	Transient        bool         `json:"transient_environment"`
}

// say adds a status. One that is a signal leaves other deployments as they are.
func (l *Ledger) say(ctx context.Context, id int64, e ledger.Entry) (wire.Status, error) {
	op := github.Operation{Doing: fmt.Sprintf("record %s of %s in ring %s", cmp.Or(string(e.Outcome), string(e.Signal)), e.Digest, e.Ring), Needs: writeDeployments}
	state, description := wire.StatusOf(e)
	said, err := github.Send[listing.Status](ctx, l.Client, op, http.MethodPost, l.Client.Path("deployments", strconv.FormatInt(id, 10), "statuses"),
		statusRequest{state, description, e.URL, e.Signal == ""})
	return wire.Status{ID: said.ID, State: state, Description: description, At: said.CreatedAt, Page: e.URL}, err
}

type statusRequest struct {
	State        string `json:"state"`
	Description  string `json:"description"`
	LogURL       string `json:"log_url,omitempty"`
	AutoInactive bool   `json:"auto_inactive"`
}
