package githubtest

import (
	"fmt"
	"strings"
	"time"
)

// SHA returns a commit that is easy to tell from others.
func SHA(letter string) string { return strings.Repeat(letter, 40) }

// At returns a time on the day of all tests: At("12:30:00"). It panics if the clock shows none.
func At(clock string) time.Time {
	t, err := time.Parse(time.DateTime, "2026-03-03 "+clock)
	if err != nil {
		panic(err)
	}
	return t
}

// Job returns a check run on commit ccc… of a workflow run, which is its check suite too. It took a minute; one without a
// conclusion waits for a runner.
func Job(id int64, name string, run int64, started, conclusion string) CheckRun {
	from := At(started)
	c := CheckRun{
		ID: id, Name: name, HeadSHA: SHA("c"), Status: "completed", App: &App{ID: 15368, Slug: "github-actions"}, StartedAt: &from,
		CheckSuite: Suite{ID: run}, DetailsURL: fmt.Sprintf("https://github.com/wizzense/aitherzero/actions/runs/%d/job/%d", run, id),
	}
	if conclusion == "" {
		c.Status = "queued"
		return c
	}
	ended := from.Add(time.Minute)
	c.Conclusion, c.CompletedAt = &conclusion, &ended
	return c
}

// WorkflowRun returns a run of ci.yml on commit ccc…, with its newest attempt.
func WorkflowRun(id int64, attempt int, created, started string) Run {
	return Run{ID: id, HeadSHA: SHA("c"), Path: ".github/workflows/ci.yml", CheckSuiteID: id, RunAttempt: attempt, CreatedAt: At(created), RunStartedAt: At(started)}
}
