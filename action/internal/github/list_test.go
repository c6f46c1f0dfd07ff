package github_test

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

// numbered is a GitHub with open issues from number 1 on, which it lists newest first.
func numbered(n int) *githubtest.GitHub {
	s := githubtest.State{Repository: "wizzense/aitherzero"}
	for i := range n {
		s.Issues = append(s.Issues, githubtest.Issue{Number: i + 1, State: "open", User: githubtest.Person("mona")})
	}
	return githubtest.New(s)
}

// TestListCosts: a list on one page takes one request. Of several, all but the last are read again at once.
func TestListCosts(t *testing.T) {
	for there, want := range map[int]struct {
		requests int
		rounds   time.Duration
	}{0: {1, 1}, 1: {1, 1}, 100: {1, 1}, 101: {3, 3}, 200: {3, 3}, 201: {5, 4}, 1000: {19, 11}} {
		synctest.Test(t, func(t *testing.T) {
			hub, began := numbered(there), time.Now()
			all, err := issues(t.Context(), client(t, github.Options{Root: "http://127.0.0.1", Transport: served{hub, time.Second}}))
			if n, rounds := len(hub.Requests()), time.Since(began)/time.Second; err != nil || len(all) != there || n != want.requests || rounds != want.rounds {
				t.Errorf("List = %d of %d issues, %v, after %d requests in %d rounds, want %d in %d", len(all), there, err, n, rounds, want.requests, want.rounds)
			}
		})
	}
}

// TestListShifts: what goes away or comes while a list is read hides nothing that was there all the time, and gives nothing twice.
func TestListShifts(t *testing.T) {
	remove := func(s *githubtest.State, number int) {
		s.Issues = slices.DeleteFunc(s.Issues, func(i githubtest.Issue) bool { return i.Number == number })
	}
	next := 1000
	add := func(s *githubtest.State) {
		next++
		s.Issues = append(s.Issues, githubtest.Issue{Number: next, State: "open", User: githubtest.Person("mona")})
	}
	for name, c := range map[string]struct {
		between  func(s *githubtest.State, request int) // after an answer, the first is 1
		requests int
		says     string // why there is no list
	}{
		"one of the first page goes": {func(s *githubtest.State, request int) {
			if request == 1 {
				remove(s, 250)
			}
		}, 10, ""},
		"one of the second page goes": {func(s *githubtest.State, request int) {
			if request == 2 {
				remove(s, 150)
			}
		}, 10, ""},
		"one of the last page goes": {func(s *githubtest.State, request int) {
			if request == 1 {
				remove(s, 1)
			}
		}, 5, ""},
		"one comes": {func(s *githubtest.State, request int) {
			if request == 1 {
				add(s)
			}
		}, 10, ""},
		"one goes and another comes": {func(s *githubtest.State, request int) {
			if request == 1 {
				remove(s, 250)
				add(s)
			}
		}, 10, ""},
		"one goes, then another comes": {func(s *githubtest.State, request int) {
			switch request {
			case 1:
				remove(s, 250)
			case 2:
				add(s)
			}
		}, 10, ""},
		"one goes each of two times": {func(s *githubtest.State, request int) {
			if request == 1 || request == 6 {
				remove(s, 251-request)
			}
		}, 15, ""},
		"they never stop to go":   {func(s *githubtest.State, request int) { remove(s, 251-request) }, 15, "cannot read it: the list changed each of the 3 times that it was read: run again later"},
		"they never stop to come": {func(s *githubtest.State, request int) { add(s) }, 15, "cannot read it: the list changed each of the 3 times"},
		"so many go that a page is empty": {func(s *githubtest.State, request int) {
			if request == 2 {
				s.Issues = s.Issues[100:]
			}
		}, 8, ""},
	} {
		hub := numbered(250)
		requests, always := 0, map[int]bool{}
		for n := range 250 {
			always[n+1] = true
		}
		hub.Answered = func(_ githubtest.Request, s *githubtest.State) {
			requests++
			c.between(s, requests)
			there := map[int]bool{}
			for _, i := range s.Issues {
				there[i.Number] = true
			}
			for n := range always {
				if !there[n] {
					delete(always, n)
				}
			}
		}
		all, err := issues(t.Context(), client(t, github.Options{Root: "http://127.0.0.1", Transport: served{hub, 0}, AtOnce: 1}))
		if requests != c.requests {
			t.Errorf("%s: %d requests, want %d", name, requests, c.requests)
		}
		if c.says != "" {
			if all != nil || err == nil || !strings.HasPrefix(err.Error(), c.says) {
				t.Errorf("%s: List = %d issues, %v, want none and %q", name, len(all), err, c.says)
			}
			continue
		}
		var numbers []int
		for _, i := range all {
			numbers = append(numbers, i.Number)
			delete(always, i.Number)
		}
		slices.Sort(numbers)
		if err != nil || len(always) > 0 || len(slices.Compact(numbers)) != len(all) {
			t.Errorf("%s: List = %d issues, %v: it lacks %d", name, len(all), err, len(always))
		}
	}
}

// TestListReadAgain: where a page cannot be read again, the list is not known.
func TestListReadAgain(t *testing.T) {
	for name, fault := range map[string]githubtest.Fault{"403": {Status: 403}, "404": {Status: 404}} {
		hub := numbered(150)
		requests := 0
		hub.Answered = func(githubtest.Request, *githubtest.State) {
			if requests++; requests == 2 {
				go hub.Break(fault)
			}
		}
		synctest.Test(t, func(t *testing.T) {
			all, err := issues(t.Context(), client(t, github.Options{Root: "http://127.0.0.1", Transport: served{hub, time.Second}}))
			if all != nil || err == nil || !strings.Contains(err.Error(), name) || len(hub.Requests()) != 3 {
				t.Errorf("List = %d issues, %v, after %d requests, want none and %s after 3", len(all), err, len(hub.Requests()), name)
			}
		})
	}
}

// TestListMemory: what is read again takes no more room than it did.
func TestListMemory(t *testing.T) {
	hub := numbered(400)
	hub.Change(func(s *githubtest.State) {
		for i := range s.Issues {
			s.Issues[i].Body = strings.Repeat("b", 100_000)
		}
	})
	if all, err := issues(t.Context(), client(t, github.Options{Root: "http://127.0.0.1", Transport: served{hub, 0}})); err != nil || len(all) != 400 {
		t.Errorf("List = %d issues of 40 MB, %v, want 400", len(all), err)
	}
}

// TestListByCursor: pages that begin behind an item do not shift, and are read once.
func TestListByCursor(t *testing.T) {
	hub := githubtest.New(githubtest.State{Repository: "wizzense/aitherzero"})
	hub.Change(func(s *githubtest.State) {
		for i := range 250 {
			s.Activities = append(s.Activities, githubtest.Activity{ID: int64(i + 1), Ref: "refs/heads/x", After: fmt.Sprint(i)})
		}
	})
	hub.Answered = func(_ githubtest.Request, s *githubtest.State) {
		s.Activities = append(s.Activities, githubtest.Activity{ID: int64(len(s.Activities) + 1), Ref: "refs/heads/x", After: "new"})
	}
	c := client(t, github.Options{Root: "http://127.0.0.1", Transport: served{hub, 0}})
	all, err := github.List[activity](t.Context(), c, reading, c.Path("activity")+"?ref=refs/heads/x")
	if err != nil || len(all) != 250 || all[249].ID != 1 || len(hub.Requests()) != 3 {
		t.Errorf("List = %d pushes, %v, after %d requests, want 250 after 3", len(all), err, len(hub.Requests()))
	}
}

// TestListCursors: only a page that says that it begins behind an item, and has no number, is taken not to shift.
func TestListCursors(t *testing.T) {
	for query, want := range map[string]int{"after=x": 2, "page=2&after=x": 3, "page=2": 3, "since=x": 3, "before=x": 3} {
		requests := 0
		hub := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if requests++; requests == 2 {
				io.WriteString(w, `[{"number": 2}]`)
				return
			}
			w.Header().Set("Link", fmt.Sprintf(`<http://127.0.0.1/x?%s>; rel="next"`, query))
			io.WriteString(w, `[{"number": 1}]`)
		})
		all, err := issues(t.Context(), client(t, github.Options{Root: "http://127.0.0.1", Transport: served{hub, 0}}))
		if err != nil || len(all) != 2 || requests != want {
			t.Errorf("the second page is at %s: List = %d issues, %v, after %d requests, want 2 after %d", query, len(all), err, requests, want)
		}
	}
}

type activity struct{ ID int64 }

func (a activity) Key() any { return a.ID }
