package facts_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// edit changes what a comment says, and GitHub keeps what it said before.
func edit(x *githubtest.Comment, by, clock, body string) *githubtest.Comment {
	if x.Edits == nil {
		x.Edits = []githubtest.Edit{{At: x.CreatedAt, By: x.User.Login, Body: x.Body}}
	}
	x.Edits = append(x.Edits, githubtest.Edit{At: at(clock), By: by, Body: body})
	x.Body, x.UpdatedAt = body, at(clock)
	return x
}

// labelled is an open issue with the lock label, of a person who may speak.
func labelled(number int, body string) githubtest.Issue {
	return githubtest.Issue{Number: number, State: "open", User: githubtest.Person("lisa"), AuthorAssociation: "MEMBER", Body: body,
		Labels: []githubtest.Label{{Name: facts.LockLabel}}, CreatedAt: at("11:00:00")}
}

func editIssue(i githubtest.Issue, by, clock, body string) githubtest.Issue {
	if i.Edits == nil {
		i.Edits = []githubtest.Edit{{At: i.CreatedAt, By: i.User.Login, Body: i.Body}}
	}
	i.Edits = append(i.Edits, githubtest.Edit{At: at(clock), By: by, Body: body})
	i.Body = body
	return i
}

// briefLocks are locks in a line each.
func briefLocks(all []ringpolicy.Lock) []string {
	lines := []string{}
	for _, l := range all {
		lines = append(lines, fmt.Sprintf("%s by %s: %s", l.Ring, l.By, l.Reason))
	}
	return lines
}

// outsider turns a comment into one of a person who may not speak.
func outsider(x *githubtest.Comment) *githubtest.Comment {
	x.AuthorAssociation = "NONE"
	return x
}

// ofBot turns a comment into one of a bot that is no member.
func ofBot(x *githubtest.Comment) *githubtest.Comment {
	x.User.Type = "Bot"
	return outsider(x)
}

// ofJob is a labelled issue that a job opened with its own token.
func ofJob(body string) githubtest.Issue {
	i := labelled(1, body)
	i.User, i.AuthorAssociation = githubtest.Bot("github-actions[bot]"), "NONE"
	return i
}

// TestSayingNo: a lock and a rejection count by what a comment ever said, and a lock that nobody can read holds.
func TestSayingNo(t *testing.T) {
	const unreadable = `"/lock rign-1 x" is not understood: there is no ring "rign-1", did you mean "ring-1"?; expected /lock RING [until TIME] reason. It keeps every image out until mona edits it so, or a later comment says /unlock ring-1`
	for name, c := range map[string]struct {
		say       func(*githubtest.State)
		locks     []string
		approvals []string // with the time of those that an edit may change
		says      []string // in the reason why locks are not collected
	}{
		"a lock edited away": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "mona", "13:00:00", "never mind")
		}, locks: []string{"ring-1 by mona: x"}},
		"by another person": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "eve", "13:00:00", "")
		}, locks: []string{"ring-1 by mona: x"}},
		"a lock edited into a quote": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "mona", "13:00:00", "> /lock ring-1 x")
		}, locks: []string{"ring-1 by mona: x"}},
		"a lock edited to another": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "mona", "13:00:00", "/lock ring-0 y")
		}, locks: []string{"ring-1 by mona: x", "ring-0 by mona: y"}},
		"a lock edited in": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "Hm."), "mona", "13:00:00", "Hm.\n\n/lock ring-1 x")
		}, locks: []string{"ring-1 by mona: x"}},
		"in a comment of an outsider": {say: func(s *githubtest.State) {
			edit(outsider(comment(s, "eve", "12:00:00", "Hm.")), "mona", "13:00:00", "/lock ring-1 x")
		}, locks: []string{"ring-1 by mona: x"}},
		"an outsider edits": {say: func(s *githubtest.State) {
			edit(outsider(comment(s, "eve", "12:00:00", "/lock ring-1 x")), "Eve", "13:00:00", "/lock ring-1 y")
		}},
		"a maintainer corrects the spelling of an outsider's lock": {say: func(s *githubtest.State) {
			edit(outsider(comment(s, "eve", "12:00:00", "pleese\n\n/lock ring-1 x")), "mona", "13:00:00", "please\n\n/lock ring-1 x")
		}},
		"a lock of a job": {say: func(s *githubtest.State) {
			ofBot(comment(s, "github-actions[bot]", "12:00:00", "/lock ring-1 x"))
		}, locks: []string{"ring-1 by github-actions[bot]: x"}},
		"a lock of another bot, and of a person who is called like jobs": {say: func(s *githubtest.State) {
			ofBot(comment(s, "report[bot]", "12:00:00", "/lock ring-1 x"))
			outsider(comment(s, "github-actions", "12:00:00", "/lock ring-1 x"))
		}},
		"an unlock of a job": {say: func(s *githubtest.State) {
			comment(s, "mona", "12:00:00", "/lock ring-1 x")
			ofBot(comment(s, "github-actions[bot]", "13:00:00", "/unlock ring-1"))
		}, locks: []string{"ring-1 by mona: x"}},
		"an issue of a job": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{ofJob("/lock ring-1 x")}
		}, locks: []string{"ring-1 by github-actions[bot]: x"}},
		"an issue of a job without a lock": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{ofJob("stop")}
		}, says: []string{"issue #1 has the label deployment-lock, and no line that locks a ring"}},
		"a bot edits its own report": {say: func(s *githubtest.State) {
			x := outsider(comment(s, "report[bot]", "12:00:00", "/lock ring-1 x"))
			x.User.Type = "Bot"
			edit(x, "report", "13:00:00", "/lock ring-1 y")
		}},
		"an unlock after it": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "mona", "13:00:00", "never mind")
			comment(s, "mona", "12:30:00", "/unlock ring-1")
		}},
		"an unlock before the edit that locks": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "Hm."), "mona", "13:00:00", "/lock ring-1 x")
			comment(s, "mona", "12:30:00", "/unlock ring-1")
		}, locks: []string{"ring-1 by mona: x"}},
		"an unlock in the second of the edit": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "Hm."), "mona", "12:30:00", "/lock ring-1 x")
			comment(s, "mona", "12:30:00", "/unlock ring-1")
		}, locks: []string{"ring-1 by mona: x"}},
		"an edited unlock": {say: func(s *githubtest.State) {
			comment(s, "mona", "12:00:00", "/lock ring-1 x")
			edit(comment(s, "mona", "12:30:00", "Hm."), "mona", "13:00:00", "/unlock ring-1")
		}, locks: []string{"ring-1 by mona: x"}},
		"taken out, unlocked and put in again": {say: func(s *githubtest.State) {
			edit(edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "mona", "12:10:00", "Hm."), "mona", "13:00:00", "/lock ring-1 x")
			comment(s, "mona", "12:30:00", "/unlock ring-1")
		}, locks: []string{"ring-1 by mona: x"}},
		"an edit of the text beside it does not lock anew": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "mona", "13:00:00", "Sorry.\n\n/lock ring-1 x")
			comment(s, "mona", "12:30:00", "/unlock ring-1")
		}},
		"an update that is no edit": {say: func(s *githubtest.State) { comment(s, "mona", "12:00:00", "/lock ring-1 x").UpdatedAt = at("13:00:00") }, locks: []string{"ring-1 by mona: x"}},
		"a history without what it says now": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "Hm."), "mona", "13:00:00", "/lock ring-1 x").Edits = []githubtest.Edit{{At: at("12:00:00"), By: "mona", Body: "Hm."}}
		}, locks: []string{"ring-1 by mona: x"}},

		"a rejection edited to an approval": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/reject"), "mona", "13:00:00", "/approve")
		}, approvals: []string{"mona rejected manual c 12:00"}},
		"an approval edited to a rejection": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/approve"), "mona", "13:00:00", "/reject")
		}, approvals: []string{"mona rejected manual c 13:00"}},
		"a rejection written by another": {say: func(s *githubtest.State) { edit(comment(s, "mona", "12:00:00", "Hm."), "otto", "13:00:00", "/reject") }, approvals: []string{"otto rejected manual c 13:00"}},
		"by a deleted account":           {say: func(s *githubtest.State) { edit(comment(s, "mona", "12:00:00", "Hm."), "", "13:00:00", "/reject") }, approvals: []string{"ghost rejected manual c 13:00"}},
		"a rejection that stays": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/reject"), "mona", "13:00:00", "Why?\n\n/reject")
		}, approvals: []string{"mona rejected manual c 12:00"}},

		"an unknown ring":           {say: func(s *githubtest.State) { comment(s, "mona", "12:00:00", "/lock rign-1 x") }, says: []string{"comment 1 by mona: " + unreadable}},
		"no reason":                 {say: func(s *githubtest.State) { comment(s, "mona", "12:00:00", "/lock ring-1") }, says: []string{`"/lock ring-1" is not understood: the reason is missing`}},
		"control characters in it":  {say: func(s *githubtest.State) { comment(s, "mona", "12:00:00", "/lock \x1b[2J\u202ex") }, says: []string{`"/lock \x1b[2J\u202ex" is not understood`}},
		"two of them":               {say: func(s *githubtest.State) { comment(s, "mona", "12:00:00", "/lock rign-1 x\n/lock all y") }, says: []string{unreadable, `"/lock all y"`}},
		"an unknown ring, of a bot": {say: func(s *githubtest.State) { comment(s, "mona[bot]", "12:00:00", "/lock rign-1 x").User.Type = "Bot" }, says: []string{strings.ReplaceAll(unreadable, "mona", "mona[bot]")}},
		"of an outsider":            {say: func(s *githubtest.State) { outsider(comment(s, "eve", "12:00:00", "/lock rign-1 x")) }},
		"edited away": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock rign-1 x"), "mona", "13:00:00", "Hm.")
		}, says: []string{unreadable}},
		"edited so that it can be read": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock rign-1 x"), "mona", "13:00:00", "/lock ring-1 x")
		}, locks: []string{"ring-1 by mona: x"}},
		"in two edits": {say: func(s *githubtest.State) {
			edit(edit(comment(s, "mona", "12:00:00", "/lock rign-1 x"), "mona", "12:10:00", "/lock rnig-1 x"), "mona", "13:00:00", "/lock ring-1 x")
		}, locks: []string{"ring-1 by mona: x"}},
		"edited so by another": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock rign-1 x"), "otto", "13:00:00", "/lock ring-1 x")
		}, says: []string{unreadable}},
		"beside one that can be read": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock rign-1 x"), "mona", "13:00:00", "/lock rign-1 x\n/lock ring-1 x")
		}, says: []string{unreadable}},
		"two edited to one": {say: func(s *githubtest.State) {
			edit(comment(s, "mona", "12:00:00", "/lock ring-1\n/lock rign-1 x"), "mona", "13:00:00", "/lock ring-1 x")
		}, says: []string{unreadable}},
		"an unlock of the ring that is judged": {say: func(s *githubtest.State) {
			comment(s, "mona", "12:00:00", "/lock rign-1 x")
			comment(s, "otto", "13:00:00", "/unlock ring-1")
		}},
		"an unlock of another ring": {say: func(s *githubtest.State) {
			comment(s, "mona", "12:00:00", "/lock rign-1 x")
			comment(s, "otto", "13:00:00", "/unlock ring-0")
		}, says: []string{unreadable}},
		"an unlock before it": {say: func(s *githubtest.State) {
			comment(s, "otto", "11:00:00", "/unlock ring-1")
			comment(s, "mona", "12:00:00", "/lock rign-1 x")
		}, says: []string{unreadable}},

		"an issue that locks":     {say: func(s *githubtest.State) { s.Issues = []githubtest.Issue{labelled(1, "/lock ring-1 x")} }, locks: []string{"ring-1 by lisa: x"}},
		"an issue without a lock": {say: func(s *githubtest.State) { s.Issues = []githubtest.Issue{labelled(1, "stop")} }, says: []string{"issue #1 has the label deployment-lock, and no line that locks a ring. It keeps every image out until lisa, who opened it, edits it so that a line says /lock RING [until TIME] reason, or it is closed"}},
		"an issue with a wrong one": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{labelled(1, "/lock ring-1 x\n/lock rign-1 x")}
		}, says: []string{`issue #1: "/lock rign-1 x" is not understood`}},
		"an issue, edited away": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{editIssue(labelled(1, "/lock ring-1 x"), "lisa", "12:00:00", "over")}
		}, locks: []string{"ring-1 by lisa: x"}},
		"an issue, edited to another": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{editIssue(labelled(1, "/lock ring-1 x"), "lisa", "12:00:00", "/lock ring-0 y")}
		}, locks: []string{"ring-1 by lisa: x", "ring-0 by lisa: y"}},
		"an issue that is mended": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{editIssue(labelled(1, "stop"), "lisa", "12:00:00", "/lock ring-1 x")}
		}, locks: []string{"ring-1 by lisa: x"}},
		"an issue, mended by another": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{editIssue(labelled(1, "stop"), "otto", "12:00:00", "/lock ring-1 x")}
		}, says: []string{"issue #1 has the label deployment-lock, and no line"}},
		"an issue, closed": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{labelled(1, "stop")}
			s.Issues[0].State = "closed"
		}},
		"an issue is not unlocked": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{labelled(1, "/lock ring-1 x")}
			comment(s, "otto", "13:00:00", "/unlock ring-1")
		}, locks: []string{"ring-1 by lisa: x"}},
		"an issue of an outsider": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{labelled(1, "stop")}
			s.Issues[0].AuthorAssociation = "NONE"
		}},
		"an outsider's, edited to lock": {say: func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{editIssue(labelled(1, "stop"), "otto", "12:00:00", "/lock ring-1 x")}
			s.Issues[0].AuthorAssociation = "NONE"
		}, locks: []string{"ring-1 by otto: x"}},
	} {
		t.Run(name, func(t *testing.T) {
			s := pullState()
			c.say(&s)
			found, missing := askAny(t, githubtest.New(s), question())
			var approvals []string
			for _, a := range found.Approvals {
				approvals = append(approvals, brief(a)+a.At.Format(" 15:04"))
			}
			if diff := cmp.Diff(c.approvals, approvals); diff != "" {
				t.Errorf("approvals (-want +got):\n%s", diff)
			}
			if c.says == nil {
				if len(missing) > 0 || found.Locks == nil {
					t.Errorf("missing %v", missing)
				}
				if diff := cmp.Diff(append([]string{}, c.locks...), briefLocks(found.Locks)); diff != "" {
					t.Errorf("locks (-want +got):\n%s", diff)
				}
				return
			}
			if !slices.Equal(of(missing), []string{"locks"}) || found.Locks != nil {
				t.Fatalf("missing %v and locks %v, want locks missing", missing, found.Locks)
			}
			for _, want := range c.says {
				if got := missing[0].String(); !strings.Contains(got, want) {
					t.Errorf("the reason is %s\nwant %s", got, want)
				}
			}
		})
	}
}

// TestEditedCommentsLetNothingIn: only to say no counts in them.
func TestEditedCommentsLetNothingIn(t *testing.T) {
	s := pullState()
	all := "/approve\n/sign-off rollback-plan\n/override soak x\n/release " + digest + " x\n/unlock ring-1"
	edit(comment(&s, "mona", "12:00:00", all), "mona", "13:00:00", all+"\n\nPlease.")
	found := ask(t, s, question())
	if len(found.Approvals)+len(found.SignOffs)+len(found.Overrides)+len(found.Released) > 0 {
		t.Errorf("an edited comment counts: %+v", found)
	}
	for line := range strings.SplitSeq(all, "\n") {
		wantRemark(t, found, fmt.Sprintf("comment 1 by mona: %q does not count: the comment was edited; write a new one", line))
	}
}

// graphQL answers GraphQL in the place of a GitHub, where it answers at all.
type graphQL struct {
	hub    http.Handler
	answer func(n int, body string) (status int, answer string) // 0: the GitHub answers
	n      int
}

func (g *graphQL) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if strings.HasSuffix(r.URL.Path, "/graphql") {
		body, _ := io.ReadAll(r.Body)
		r.Body = io.NopCloser(bytes.NewReader(body))
		g.n++
		if status, answer := g.answer(g.n, string(body)); status != 0 {
			w.WriteHeader(status)
			io.WriteString(w, answer)
			return
		}
	}
	g.hub.ServeHTTP(w, r)
}

// TestHistoryThatCannotBeRead: nobody knows then whether a comment said no.
func TestHistoryThatCannotBeRead(t *testing.T) {
	many := func(s *githubtest.State) { // more edits than a page has, of which the oldest, on the last page, locks
		x := comment(s, "mona", "12:00:00", "/lock ring-1 x")
		for i := range 150 {
			edit(x, "mona", at("12:01:00").Add(time.Duration(i)*time.Second).Format("15:04:05"), "Hm.")
		}
	}
	lock := func(s *githubtest.State) {
		edit(comment(s, "mona", "12:00:00", "/lock ring-1 x"), "mona", "13:00:00", "Hm.")
	}
	always := func(status int, answer string) func(int, string) (int, string) {
		return func(int, string) (int, string) { return status, answer }
	}
	never := always(0, "")
	deep := strings.Repeat("> ", 100) + "a\n\n/lock ring-1 x"
	for name, c := range map[string]struct {
		say    func(*githubtest.State)
		answer func(int, string) (int, string)
		says   string // "": it can be read
	}{
		"it can":              {lock, never, ""},
		"on two pages":        {many, never, ""},
		"401":                 {lock, always(401, `{"message": "Bad credentials"}`), "GitHub does not accept the token"},
		"403":                 {lock, always(403, `{"message": "Resource not accessible by integration"}`), `cannot read what 1 edited comment of pull request #12 said before: the token may not do this (403: Resource not accessible by integration): give the job "permissions: pull-requests: read"`},
		"404":                 {lock, always(404, `{}`), "there is no such thing"},
		"410":                 {lock, always(410, `{}`), "it is gone"},
		"422":                 {lock, always(422, `{}`), "GitHub refuses this"},
		"500":                 {lock, always(500, `{}`), "GitHub has trouble"},
		"a rate limit":        {lock, always(200, `{"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}`), "API rate limit exceeded"},
		"an error with data":  {lock, always(200, `{"data": {"nodes": [{"userContentEdits": {"pageInfo": {}, "nodes": []}}]}, "errors": [{"message": "Something went wrong"}]}`), "GraphQL says: Something went wrong"},
		"no data":             {lock, always(200, `{"data": null}`), "GraphQL says: nothing that can be read"},
		"no nodes":            {lock, always(200, `{"data": {"nodes": []}}`), "the answer lacks the history of some"},
		"a null node":         {lock, always(200, `{"data": {"nodes": [null]}}`), "the answer lacks the history of some"},
		"a null history":      {lock, always(200, `{"data": {"nodes": [{"userContentEdits": null}]}}`), "the answer lacks the history of some"},
		"a history of null":   {lock, always(200, `{"data": {"nodes": [{"userContentEdits": {"nodes": null}}]}}`), "a list has no nodes"},
		"a null edit":         {lock, always(200, `{"data": {"nodes": [{"userContentEdits": {"pageInfo": {"hasNextPage": false}, "nodes": [null]}}]}}`), "cannot be read"},
		"no JSON":             {lock, always(200, `<html>`), "the answer cannot be read"},
		"pages without end":   {lock, always(200, `{"data": {"nodes": [{"userContentEdits": {"pageInfo": {"hasNextPage": true, "endCursor": "x"}, "nodes": []}}]}}`), "a page is empty, and there is another one"},
		"a page without end":  {lock, always(200, `{"data": {"nodes": [{"userContentEdits": {"pageInfo": {"hasNextPage": true}, "nodes": []}}]}}`), "a page is empty, and there is another one"},
		"a second page fails": {many, func(n int, _ string) (int, string) { return map[bool]int{n > 1: 502}[true], `{}` }, "GitHub has trouble"},
		"a deleted revision": {func(s *githubtest.State) { lock(s); s.Comments[0].Edits[0].Deleted = true }, never,
			"comment 1 by mona: what it said on 2026-03-03T12:00:00Z cannot be read, since mona wrote it and it was deleted from the history"},
		"a history without its beginning": {func(s *githubtest.State) { lock(s); s.Comments[0].Edits = s.Comments[0].Edits[1:] }, never, "comment 1 by mona: GitHub does not say how it began"},
		"a deleted revision of a maintainer in an outsider's comment": {func(s *githubtest.State) {
			lock(s)
			s.Comments = s.Comments[:0]
			edit(edit(outsider(comment(s, "eve", "12:00:00", "Hm.")), "otto", "12:30:00", "/lock ring-1 x"), "otto", "13:00:00", "Hm.").Edits[1].Deleted = true
		}, never, "otto wrote it and it was deleted"},
		"a deleted revision of an outsider": {func(s *githubtest.State) {
			lock(s)
			edit(outsider(comment(s, "eve", "12:00:00", "secret")), "eve", "13:00:00", "Hm.").Edits[0].Deleted = true
		}, never, ""},
		"a comment that nests too deep": {func(s *githubtest.State) { comment(s, "mona", "12:00:00", deep) }, never,
			"comment 1 by mona: what it said on 2026-03-03T12:00:00Z cannot be read, since it has quotes and lists nested deeper than 64 levels, and may be a /lock or a /reject: delete the comment, or close the issue"},
		"one that nested too deep": {func(s *githubtest.State) { edit(comment(s, "mona", "12:00:00", deep), "mona", "13:00:00", "Hm.") }, never,
			"comment 1 by mona: what it said on 2026-03-03T12:00:00Z cannot be read, since it has quotes and lists"},
		"one of a maintainer in an outsider's comment": {func(s *githubtest.State) {
			edit(edit(outsider(comment(s, "eve", "12:00:00", "Hm.")), "otto", "12:30:00", deep), "otto", "13:00:00", "Hm.")
		}, never, "what it said on 2026-03-03T12:30:00Z cannot be read, since it has quotes and lists"},
		"one of an outsider": {func(s *githubtest.State) { lock(s); outsider(comment(s, "eve", "12:30:00", deep)) }, never, ""},
	} {
		t.Run(name, func(t *testing.T) {
			s := pullState()
			c.say(&s)
			comment(&s, "otto", "14:00:00", "/sign-off rollback-plan")
			server := httptest.NewServer(&graphQL{hub: githubtest.New(s), answer: c.answer})
			defer server.Close()
			found, missing := facts.Gather(t.Context(), client(t, github.Options{Root: server.URL}), question())
			if c.says == "" {
				if len(missing) > 0 || !slices.Equal(briefLocks(found.Locks), []string{"ring-1 by mona: x"}) {
					t.Errorf("missing %v, locks %v", missing, found.Locks)
				}
				return
			}
			wantMissing(t, found, missing, []string{"approvals", "locks"})
			for _, m := range missing {
				if !strings.Contains(m.String(), c.says) {
					t.Errorf("%v\ndoes not say: %s", m, c.says)
				}
			}
		})
	}
}

// TestHistoryOfIssuesThatCannotBeRead: nobody knows then what an issue locks.
func TestHistoryOfIssuesThatCannotBeRead(t *testing.T) {
	same := func(*githubtest.State) {}
	for name, c := range map[string]struct {
		change func(*githubtest.State)
		fault  githubtest.Fault
		says   string
	}{
		"403": {same, githubtest.Fault{Route: "POST /graphql", Status: 403, Text: "no"},
			`cannot read what 1 open issue with the label deployment-lock said before: the token may not do this (403: no): give the job "permissions: issues: read"`},
		"500":              {same, githubtest.Fault{Route: "POST /graphql", Status: 500}, "GitHub has trouble"},
		"no GraphQL":       {func(s *githubtest.State) { s.NoGraphQL = true }, githubtest.Fault{}, "404"},
		"deleted revision": {func(s *githubtest.State) { s.Issues[0].Edits[0].Deleted = true }, githubtest.Fault{}, "issue #1: what it said on 2026-03-03T11:00:00Z cannot be read"},
	} {
		t.Run(name, func(t *testing.T) {
			s := pullState()
			s.Issues = []githubtest.Issue{editIssue(labelled(1, "/lock ring-1 x"), "lisa", "12:00:00", "/lock ring-0 y")}
			c.change(&s)
			hub := githubtest.New(s)
			if c.fault.Status != 0 {
				hub.Break(c.fault)
			}
			found, missing := askAny(t, hub, question())
			wantMissing(t, found, missing, []string{"locks"})
			if !strings.Contains(missing[0].String(), c.says) {
				t.Errorf("%v\ndoes not say: %s", missing[0], c.says)
			}
		})
	}
}

// TestRequestsForEdits: what nobody edited takes no request more, and all that was edited takes one.
func TestRequestsForEdits(t *testing.T) {
	for name, c := range map[string]struct {
		say              func(*githubtest.State)
		requests, rounds int
	}{
		"nothing is edited": {func(*githubtest.State) {}, 0, 2},
		"one comment":       {func(s *githubtest.State) { edit(comment(s, "mona", "12:00:00", "a"), "mona", "13:00:00", "b") }, 1, 3},
		"80 comments": {func(s *githubtest.State) {
			for range 80 {
				edit(comment(s, "mona", "12:00:00", "a"), "mona", "13:00:00", "b")
			}
		}, 1, 3},
		"an issue that locks": {func(s *githubtest.State) {
			s.Issues = []githubtest.Issue{labelled(1, "/lock ring-1 x"), labelled(2, "/lock ring-1 x")}
		}, 1, 2},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := pullState()
				c.say(&s)
				hub, began := githubtest.New(s), time.Now()
				_, missing := facts.Gather(t.Context(), client(t, github.Options{Transport: memory{hub, time.Second}}), question())
				asked := slices.DeleteFunc(hub.Requests(), func(r githubtest.Request) bool { return r.Path != "/graphql" })
				if rounds := int(time.Since(began) / time.Second); len(missing) > 0 || len(asked) != c.requests || rounds > c.rounds {
					t.Errorf("%d requests to GraphQL in %d rounds, want %d in %d; missing %v", len(asked), rounds, c.requests, c.rounds, missing)
				}
			})
		})
	}
}

// TestManyEdits: no more than a hundred are asked for at once, and each counts.
func TestManyEdits(t *testing.T) {
	s := pullState()
	for i := range 120 {
		edit(comment(&s, "mona", "12:00:00", fmt.Sprint("/lock ring-1 number ", i)), "mona", "13:00:00", "b")
	}
	hub := githubtest.New(s)
	found, missing := askAny(t, hub, question())
	asked := slices.DeleteFunc(hub.Requests(), func(r githubtest.Request) bool { return r.Path != "/graphql" })
	if len(missing) > 0 || len(found.Locks) != 120 || found.Locks[119].Reason != "number 119" || len(asked) != 2 {
		t.Errorf("%d locks by %d requests, want 120 by 2; missing %v", len(found.Locks), len(asked), missing)
	}
}

// TestNobodyForHimself: releases and unlocks of those whose change it is do not count, and of anybody while that is not
// known.
func TestNobodyForHimself(t *testing.T) {
	unknown := "who contributed to pull request #12 is not known, and may be "
	for name, c := range map[string]struct {
		by     string
		change func(*githubtest.State, *facts.Question)
		why    string // "": it counts
	}{
		"another person":                   {by: "mona"},
		"the author":                       {by: "octocat", why: "octocat is the author of the change, and another person has to say so"},
		"in other case":                    {by: "OctoCat", why: "OctoCat is the author of the change"},
		"a contributor":                    {by: "rita", why: "rita contributed to the change, and another person has to say so"},
		"contributors unknown":             {by: "mona", change: func(s *githubtest.State, _ *facts.Question) { s.Activities = nil }, why: unknown + "mona"},
		"the author, contributors unknown": {by: "octocat", change: func(s *githubtest.State, _ *facts.Question) { s.Activities = nil }, why: "octocat is the author"},
		"nobody asks for contributors":     {by: "rita", change: func(_ *githubtest.State, q *facts.Question) { *q = bare(*q) }, why: "rita contributed to the change"},
		"contributors of the evidence":     {by: "mona", change: func(_ *githubtest.State, q *facts.Question) { q.Contributors = []string{"Mona"} }, why: "mona contributed to the change"},
		"nobody, by the evidence":          {by: "rita", change: func(s *githubtest.State, q *facts.Question) { s.Activities, q.Contributors = nil, []string{} }},
		"the author of the evidence":       {by: "mona", change: func(_ *githubtest.State, q *facts.Question) { q.Author = "mona" }, why: "mona is the author"},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := pullState(), without(question())
			s.Commits[2].Committer = githubtest.Person("rita")
			comment(&s, "lisa", "12:00:00", "/lock ring-1 x")
			comment(&s, c.by, "13:00:00", "/unlock ring-1\n/release "+digest+" fine")
			if c.change != nil {
				c.change(&s, &q)
			}
			found, missing := askAny(t, githubtest.New(s), q)
			counts := c.why == ""
			if got := len(found.Released) == 1; got != counts {
				t.Errorf("released: %v, want %v", got, counts)
			}
			if got := found.Locks != nil && len(found.Locks) == 0; got != counts {
				t.Errorf("unlocked: %v, want %v; missing %v", got, counts, missing)
			}
			if !counts {
				wantRemark(t, found, fmt.Sprintf(`comment 2 by %s: "/unlock ring-1" does not count: %s`, c.by, c.why), c.why)
			}
			if unknown := strings.Contains(name, "contributors unknown"); unknown != slices.Contains(of(missing), "contributors") {
				t.Errorf("missing %v", missing)
			}
		})
	}
}

// bare asks for nothing but what people said.
func bare(q facts.Question) facts.Question {
	q.Checks, q.Reviews, q.Approvals, q.SignOffs, q.People, q.Severities, q.Running = false, false, false, false, false, nil, ""
	return q
}

// TestContributorsWhereTheyMatter: who contributed is asked where a word hangs on it, and else not.
func TestContributorsWhereTheyMatter(t *testing.T) {
	for body, want := range map[string]bool{
		"Hm.": false, "/approve": false, "/lock ring-1 x": false, "/sign-off x": false,
		"/override soak x": true, "/unlock ring-1": true, "/release " + digest + " x": true,
	} {
		s := pullState()
		comment(&s, "mona", "12:00:00", body)
		hub := githubtest.New(s)
		found, missing := askAny(t, hub, bare(question()))
		asked := slices.ContainsFunc(hub.Requests(), func(r githubtest.Request) bool { return strings.HasSuffix(r.Path, "/pulls/12/commits") })
		if len(missing) > 0 || asked != want || (found.Contributors != nil) != want {
			t.Errorf("%q: contributors %q, asked for them: %v, want %v; missing %v", body, found.Contributors, asked, want, missing)
		}
	}
}

// TestBaseBranch: nothing that would let an image in counts on a pull request into a branch that no ring lists.
func TestBaseBranch(t *testing.T) {
	listed := func(branch string) bool { return strings.HasPrefix(branch, "ring-0/") }
	strip := func(key string) func(map[string]any) {
		return func(p map[string]any) {
			base := p["base"].(map[string]any)
			if key == "default_branch" {
				base = base["repo"].(map[string]any)
			}
			delete(base, key)
		}
	}
	for name, c := range map[string]struct {
		base   string
		strip  func(map[string]any) // what the answer lacks
		counts bool
		known  bool
	}{
		"the default branch":               {base: "main", counts: true, known: true},
		"one that a ring lists":            {base: "ring-0/hotfix", counts: true, known: true},
		"another one":                      {base: "feature", known: true},
		"in other case":                    {base: "Main", known: true},
		"no base":                          {base: "main", strip: strip("ref")},
		"no default branch":                {base: "main", strip: strip("default_branch")},
		"no repository":                    {base: "main", strip: strip("repo")},
		"a ring's, without default branch": {base: "ring-0/hotfix", strip: strip("default_branch"), counts: true, known: true},
	} {
		t.Run(name, func(t *testing.T) {
			s, q := pullState(), question()
			s.Pulls[0].Base.Ref, q.Lists = c.base, listed
			for i, state := range []string{"APPROVED", "CHANGES_REQUESTED"} {
				s.Reviews = append(s.Reviews, githubtest.Review{Pull: 12, ID: int64(i), User: githubtest.Person([]string{"anna", "otto"}[i]), State: state, CommitID: ptr(sha("c")), SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: "MEMBER"})
			}
			comment(&s, "lisa", "12:00:00", "/lock ring-1 x\n/lock ring-0 y\n/reject rollback")
			comment(&s, "mona", "13:00:00", "/approve\n/sign-off rollback-plan\n/override soak x\n/release "+digest+" x\n/unlock ring-0")
			server := httptest.NewServer(lacking{githubtest.New(s), "/pulls/12", c.strip})
			defer server.Close()
			found, missing := facts.Gather(t.Context(), client(t, github.Options{Root: server.URL}), q)
			if !c.known {
				wantMissing(t, found, missing, []string{"approvals", "overrides", "releases", "sign_offs"})
				if want := "cannot read the base branch of pull request #12"; !strings.Contains(missing[0].String(), want) {
					t.Errorf("%v\ndoes not say: %s", missing[0], want)
				}
				return
			}
			type said struct {
				Approvals                     []string
				SignOffs, Overrides, Released int
				Locks                         []string
			}
			want := said{[]string{"otto rejected manual c", "lisa rejected rollback c"}, 0, 0, 0, []string{"ring-1 by lisa: x", "ring-0 by lisa: y"}}
			if c.counts {
				want = said{[]string{"anna approved manual c", "otto rejected manual c", "lisa rejected rollback c", "mona approved manual c"}, 1, 1, 1, []string{"ring-1 by lisa: x"}}
			}
			got := said{briefs(found.Approvals), len(found.SignOffs), len(found.Overrides), len(found.Released), briefLocks(found.Locks)}
			if diff := cmp.Diff(want, got); diff != "" || len(missing) > 0 {
				t.Errorf("missing %v (-want +got):\n%s", missing, diff)
			}
			if why := fmt.Sprintf("does not count: the base branch %q of pull request #12 is neither the default branch nor one that a ring lists", c.base); !c.counts {
				wantRemark(t, found, `comment 2 by mona: "/approve" `+why, `"/sign-off rollback-plan" `+why, `"/override soak x" `+why, `x" `+why, `"/unlock ring-0" `+why, "review of pull request #12 by anna (approved) "+why)
			}
		})
	}
}

// lacking is a GitHub whose answer about one thing lacks something.
type lacking struct {
	hub   http.Handler
	path  string
	strip func(map[string]any)
}

func (l lacking) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if l.strip == nil || !strings.HasSuffix(r.URL.Path, l.path) {
		l.hub.ServeHTTP(w, r)
		return
	}
	recorder := httptest.NewRecorder()
	l.hub.ServeHTTP(recorder, r)
	var answer map[string]any
	json.Unmarshal(recorder.Body.Bytes(), &answer)
	l.strip(answer)
	json.NewEncoder(w).Encode(answer)
}

// TestForksDoNotCompete: anybody can open a pull request with the commits of another.
func TestForksDoNotCompete(t *testing.T) {
	fork := func(repo *githubtest.Repository) githubtest.Pull {
		return githubtest.Pull{Number: 13, State: "open", User: githubtest.Person("eve"), SHAs: []string{sha("c")},
			Head: githubtest.Branch{Ref: "feature", SHA: sha("c"), Repo: repo}, Base: githubtest.Branch{Ref: "main"}}
	}
	for name, c := range map[string]struct {
		change func(*githubtest.State)
		want   int
	}{
		"a fork": {func(s *githubtest.State) {
			s.Pulls = append(s.Pulls, fork(&githubtest.Repository{FullName: "eve/aitherzero"}))
		}, 12},
		"a fork that is gone": {func(s *githubtest.State) { s.Pulls = append(s.Pulls, fork(nil)) }, 12},
		"a fork that was merged": {func(s *githubtest.State) {
			p := fork(nil)
			p.State, p.Merged, p.MergedAt, p.ClosedAt, p.MergeCommitSHA = "closed", true, ptr(at("13:00:00")), ptr(at("13:00:00")), ptr(sha("c"))
			s.Pulls = append(s.Pulls, p)
		}, 12},
		"a fork alone": {func(s *githubtest.State) { s.Pulls = []githubtest.Pull{fork(nil)} }, 13},
		"two forks":    {func(s *githubtest.State) { s.Pulls = []githubtest.Pull{fork(nil), fork(nil)}; s.Pulls[1].Number = 14 }, 0},
	} {
		s, q := pullState(), question()
		c.change(&s)
		q.PullRequest, q.Contributors = 0, []string{} // those of a fork that is gone are not known
		found, missing := askAny(t, githubtest.New(s), q)
		if found.PullRequest != c.want || (len(missing) > 0) != (c.want == 0) {
			t.Errorf("%s: the image is of #%d, want #%d; missing %v", name, found.PullRequest, c.want, missing)
		}
	}
}

// TestReviewsThatDoNotCount: each is told, with the person and why.
func TestReviewsThatDoNotCount(t *testing.T) {
	s := pullState()
	for i, by := range []*githubtest.User{githubtest.Person("eve"), nil, githubtest.Person("max")} {
		s.Reviews = append(s.Reviews, githubtest.Review{Pull: 12, ID: int64(i), User: by, State: []string{"APPROVED", "CHANGES_REQUESTED", "COMMENTED"}[i], CommitID: ptr(sha("c")), SubmittedAt: ptr(at("12:00:00")), AuthorAssociation: "NONE"})
	}
	comment(&s, "mona", "09:00:00", "/approve\n/sign-off rollback-plan") // before the commit was pushed
	found := ask(t, s, question())
	wantRemark(t, found, "review of pull request #12 by eve (approved) does not count: only an owner, a member or a collaborator may say so",
		"review of pull request #12 by (a deleted account) (rejected) does not count: its author is a deleted account",
		`comment 1 by mona: "/approve" does not count: it was not said about commit cccccccc`, `"/sign-off rollback-plan" does not count: it was not said about commit`)
	if len(found.Remarks) != 4 {
		t.Errorf("%d remarks, want 4:\n%s", len(found.Remarks), strings.Join(found.Remarks, "\n"))
	}
}
