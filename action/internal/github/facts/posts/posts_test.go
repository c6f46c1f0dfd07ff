package posts_test

import (
	"context"
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/posts"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

var (
	at   = githubtest.At
	mona = &github.User{Login: "mona", Type: "User"}
	lisa = &github.User{Login: "lisa", Type: "User"}
	bot  = &github.User{Login: "renovate[bot]", Type: "Bot"}
	jobs = &github.User{Login: "github-actions[bot]", Type: "Bot"}
)

// said is a post of a member, from noon on.
func said(body string) posts.Post {
	return posts.Post{Place: "comment 1 by mona", User: mona, Association: "MEMBER", Created: at("12:00:00"), Updated: at("12:00:00"), Body: body}
}

// by is the same of another account.
func by(u *github.User, association, body string) posts.Post {
	p := said(body)
	p.User, p.Association, p.Bot = u, association, u.IsBot()
	return p
}

// changed is a post that was edited at one.
func changed(p posts.Post) posts.Post {
	p.Updated = at("13:00:00")
	return p
}

// edit is a wording from a time on.
func edit(by *github.User, clock, body string) posts.Edit {
	return posts.Edit{EditedAt: at(clock), Editor: by, Diff: &body}
}

// lost is a wording that was deleted from the history.
func lost(by *github.User, clock string) posts.Edit {
	return posts.Edit{EditedAt: at(clock), Editor: by}
}

// TestHear has for each kind of post the commands that count, as "line, who, when", and what is remarked.
func TestHear(t *testing.T) {
	for name, c := range map[string]struct {
		post    posts.Post
		edits   []posts.Edit
		want    []string
		remarks string
		err     string
	}{
		"words":                              {said("looks good"), nil, nil, "", ""},
		"a command":                          {said("thanks\n\n/approve"), nil, []string{"/approve, mona, 12:00:00, now"}, "", ""},
		"two commands":                       {said("/approve\n/lock ring-1 stop"), nil, []string{"/approve, mona, 12:00:00, now", "/lock ring-1 stop, mona, 12:00:00, now"}, "", ""},
		"a quote":                            {said("> /approve"), nil, nil, "", ""},
		"a command with a mistake":           {said("/sign-off"), nil, nil, `comment 1 by mona: "/sign-off" is not understood: `, ""},
		"a lock that cannot be read":         {said("/lock ring-7 stop"), nil, []string{"/lock ring-7 stop, mona, 12:00:00, now, unread"}, "", ""},
		"a stranger":                         {by(lisa, "CONTRIBUTOR", "/approve"), nil, nil, `"/approve" does not count: only an owner, a member or a collaborator may say so`, ""},
		"a deleted account":                  {by(nil, "MEMBER", "/approve"), nil, nil, `"/approve" does not count: its author is a deleted account`, ""},
		"a bot approves":                     {by(bot, "MEMBER", "/approve"), nil, []string{"/approve, renovate[bot], 12:00:00, now, bot"}, "", ""},
		"a bot signs off":                    {by(bot, "MEMBER", "/sign-off board"), nil, nil, `"/sign-off board" does not count: it is of a bot, and only a person may say so`, ""},
		"a job locks":                        {by(jobs, "NONE", "/lock ring-1 stop"), nil, []string{"/lock ring-1 stop, github-actions[bot], 12:00:00, now, bot"}, "", ""},
		"a person with the name of the jobs": {by(&github.User{Login: "github-actions", Type: "User"}, "NONE", "/lock ring-1 stop"), nil, nil, "only an owner", ""},

		"an approval that was edited in":    {changed(said("/approve")), []posts.Edit{edit(mona, "12:00:00", "nice"), edit(mona, "13:00:00", "/approve")}, nil, `"/approve" does not count: the comment was edited; write a new one`, ""},
		"an approval that was edited away":  {changed(said("nice")), []posts.Edit{edit(mona, "12:00:00", "/approve"), edit(mona, "13:00:00", "nice")}, nil, "", ""},
		"a rejection that was edited away":  {changed(said("nice")), []posts.Edit{edit(mona, "12:00:00", "/reject"), edit(mona, "13:00:00", "nice")}, []string{"/reject, mona, 12:00:00"}, "", ""},
		"a lock that was edited in":         {changed(said("/lock ring-1 stop")), []posts.Edit{edit(mona, "12:00:00", "nice"), edit(mona, "13:00:00", "/lock ring-1 stop")}, []string{"/lock ring-1 stop, mona, 13:00:00, late, now"}, "", ""},
		"a lock that stayed":                {changed(said("/lock ring-1 stop\nplease")), []posts.Edit{edit(mona, "12:00:00", "/lock ring-1 stop"), edit(mona, "13:00:00", "/lock ring-1 stop\nplease")}, []string{"/lock ring-1 stop, mona, 12:00:00, now"}, "", ""},
		"a lock that was corrected":         {changed(said("/lock ring-1 stop")), []posts.Edit{edit(mona, "12:00:00", "/lock ring-7 stop"), edit(mona, "13:00:00", "/lock ring-1 stop")}, []string{"/lock ring-1 stop, mona, 13:00:00, late, now"}, "", ""},
		"a lock beside one that is misread": {changed(said("/lock ring-7 stop\n/lock ring-1 stop")), []posts.Edit{edit(mona, "12:00:00", "/lock ring-7 stop"), edit(mona, "13:00:00", "/lock ring-7 stop\n/lock ring-1 stop")}, []string{"/lock ring-7 stop, mona, 12:00:00, now, unread", "/lock ring-1 stop, mona, 13:00:00, late, now"}, "", ""},
		"a lock that another corrected":     {changed(said("/lock ring-1 stop")), []posts.Edit{edit(mona, "12:00:00", "/lock ring-7 stop"), edit(lisa, "13:00:00", "/lock ring-1 stop")}, []string{"/lock ring-7 stop, mona, 12:00:00, unread", "/lock ring-1 stop, lisa, 13:00:00, late, now"}, "", ""},
		"another wrote into it":             {changed(by(lisa, "NONE", "/lock ring-1 stop")), []posts.Edit{edit(lisa, "12:00:00", "nice"), edit(mona, "13:00:00", "/lock ring-1 stop")}, []string{"/lock ring-1 stop, mona, 13:00:00, late, now"}, "", ""},
		"lines that end otherwise":          {changed(said("/reject\r\nno")), []posts.Edit{edit(mona, "12:00:00", "/reject\nno")}, []string{"/reject, mona, 12:00:00, now"}, "", ""},
		"a history without what it says":    {changed(said("/reject")), []posts.Edit{edit(mona, "12:00:00", "nice")}, []string{"/reject, mona, 13:00:00, late, now"}, "", ""},

		"a wording is deleted":               {changed(said("nice")), []posts.Edit{lost(mona, "12:00:00"), edit(mona, "13:00:00", "nice")}, nil, "", "comment 1 by mona: what it said on 2026-03-03T12:00:00Z cannot be read, since mona wrote it"},
		"one of a stranger is deleted":       {changed(by(lisa, "NONE", "nice")), []posts.Edit{lost(lisa, "12:00:00"), edit(lisa, "13:00:00", "nice")}, nil, "", ""},
		"one of another person is deleted":   {changed(by(lisa, "NONE", "nice")), []posts.Edit{edit(lisa, "12:00:00", "x"), lost(nil, "12:30:00"), edit(lisa, "13:00:00", "nice")}, nil, "", "since ghost wrote it"},
		"the beginning is missing":           {changed(said("nice")), []posts.Edit{edit(mona, "12:00:03", "nice")}, nil, "", "GitHub does not say how it began"},
		"the beginning is two seconds later": {changed(said("nice")), []posts.Edit{edit(mona, "12:00:02", "nice")}, nil, "", ""},
		"too deep to read":                   {said(strings.Repeat("> ", 65) + "\n/lock x"), nil, nil, "", "and may be a /lock or a /reject: delete the comment, or close the issue"},
		"too deep to read, of a stranger":    {by(lisa, "NONE", strings.Repeat("> ", 65)+"\n/lock x"), nil, nil, "", ""},
	} {
		all, remarks, err := c.post.Hear(c.edits, []string{"ring-0", "ring-1"})
		var got []string
		for _, s := range all {
			line := fmt.Sprintf("%s, %s, %s", s.Line, s.By, s.At.Format(time.TimeOnly))
			for _, w := range []struct {
				is   bool
				word string
			}{{s.Late, "late"}, {s.Now, "now"}, {s.Bot, "bot"}, {s.Err != nil, "unread"}} {
				if w.is {
					line += ", " + w.word
				}
			}
			got = append(got, line)
		}
		if diff := cmp.Diff(c.want, got); diff != "" {
			t.Errorf("%s: commands (-want +got):\n%s", name, diff)
		}
		if text := strings.Join(remarks, "\n"); (c.remarks == "") != (text == "") || !strings.Contains(text, c.remarks) {
			t.Errorf("%s: remarks %q, want %q", name, text, c.remarks)
		}
		if (c.err == "") != (err == nil) || !strings.Contains(fmt.Sprint(err), c.err) {
			t.Errorf("%s: error %v, want %q", name, err, c.err)
		}
	}
}

// TestEditsOf: all edits are read to the last page, oldest first, of at most a hundred posts at once; of none nothing is asked.
func TestEditsOf(t *testing.T) {
	s := githubtest.State{Repository: "wizzense/aitherzero"}
	for i := range int64(120) {
		c := githubtest.Comment{Issue: 12, ID: i + 1, Body: "now"}
		for n := range i + 1 {
			c.Edits = append(c.Edits, githubtest.Edit{At: at("12:00:00").Add(time.Duration(n) * time.Second), By: "mona", Body: fmt.Sprint(n)})
		}
		s.Comments = append(s.Comments, c)
	}
	hub := githubtest.New(s)
	server := httptest.NewServer(hub)
	t.Cleanup(server.Close)
	c, err := github.New(github.Options{Root: server.URL, Repository: "wizzense/aitherzero", Sleep: func(context.Context, time.Duration) error { return nil }})
	if err != nil {
		t.Fatal(err)
	}
	var all []posts.Post
	for i := range 120 {
		all = append(all, posts.Post{Node: fmt.Sprintf("IC_%d", i+1)})
	}
	op := github.Operation{Doing: "read what they said before", Needs: "pull-requests: read"}
	if got, err := posts.EditsOf(t.Context(), c, op, "IssueComment", nil); got != nil || err != nil || len(hub.Requests()) > 0 {
		t.Errorf("EditsOf no posts = %v, %v after %d requests, want none", got, err, len(hub.Requests()))
	}
	got, err := posts.EditsOf(t.Context(), c, op, "IssueComment", all)
	if err != nil {
		t.Fatal(err)
	}
	for i, p := range all {
		edits := got[p.Node]
		if len(edits) != i+1 || *edits[0].Diff != "0" || *edits[i].Diff != fmt.Sprint(i) {
			t.Errorf("EditsOf has %d edits of comment %d, want %d, oldest first", len(edits), i+1, i+1)
		}
	}
	if n := len(hub.Requests()); n != 2+20 { // 20 comments have more than a page
		t.Errorf("%d requests, want 22", n)
	}
	if got, err := posts.EditsOf(t.Context(), c, op, "IssueComment", []posts.Post{all[0], {Node: "gone"}}); got != nil || err == nil {
		t.Errorf("EditsOf a comment that is gone = %v, %v, want an error", got, err)
	}
}
