package listing

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"sync"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
)

// A Status is what was said of a deployment, as the REST API has it.
type Status struct {
	ID                 int64
	State, Description string
	CreatedAt          time.Time `json:"created_at"`
	LogURL             string    `json:"log_url"`
}

// Key returns the number of the status.
func (s Status) Key() any { return s.ID }

func (s Status) lacking() bool { return s.ID <= 0 || s.State == "" || s.CreatedAt.IsZero() }

// Statuses reads all statuses of a deployment, of which there are about so many; 0: not known.
//
// The first page is read, then the others at once, and then the first again: statuses are only ever added in front, where one that came
// meanwhile has moved the others, and the list is read anew.
func Statuses(ctx context.Context, client *github.Client, deployment int64, about int) ([]Status, error) {
	op := github.Operation{Doing: fmt.Sprintf("read the statuses of deployment %d", deployment), Needs: reading.Needs}
	page := func(n int) ([]Status, bool, error) {
		path := client.Path("deployments", strconv.FormatInt(deployment, 10), "statuses")
		found, more, err := github.Page[Status](ctx, client, op, fmt.Sprintf("%s?per_page=100&page=%d", path, n))
		if err == nil && slices.ContainsFunc(found, Status.lacking) {
			err = client.Explain(op, errors.New("the answer lacks what a status says"))
		}
		return found, more, err
	}
	for range maxShifts {
		first, more, err := page(1)
		if err != nil || !more {
			return first, err
		}
		others, err := pages(page, about)
		if err != nil {
			return nil, client.Explain(op, err)
		}
		again, _, err := page(1)
		if err != nil {
			return nil, err
		}
		if slices.EqualFunc(first, again, func(a, b Status) bool { return a.ID == b.ID }) {
			return append(first, others...), nil
		}
	}
	return nil, client.Explain(op, fmt.Errorf("the list changed each of the %d times that it was read: run again later", maxShifts))
}

// maxPages ends a list of statuses that has no end.
const maxPages = 1000

// pages reads all pages behind the first.
func pages(page func(n int) ([]Status, bool, error), about int) ([]Status, error) {
	n := min(max(1, (about+99)/100-1), maxPages)
	found, more, problems := make([][]Status, n), make([]bool, n), make([]error, n)
	var all sync.WaitGroup
	for i := range n {
		all.Go(func() { found[i], more[i], problems[i] = page(2 + i) })
	}
	all.Wait()
	err, goesOn := github.Joined(problems...), more[n-1]
	for err == nil && goesOn {
		if len(found) >= maxPages {
			return nil, fmt.Errorf("it has more than %d pages", maxPages)
		}
		var next []Status
		next, goesOn, err = page(2 + len(found))
		found = append(found, next)
	}
	return slices.Concat(found...), err
}
