package ahead

import (
	"cmp"
	"encoding/json"
	"net/url"
	"slices"
	"strings"
	"time"
)

// maxSuites, maxRuns, maxPulls and maxHistory limit what is asked of a commit. There is a check suite for each workflow that ran, and
// one for each app that is installed, in which there may be nothing.
const (
	maxSuites  = 15
	maxRuns    = 20
	maxPulls   = 5
	maxHistory = 10
	maxParents = 3
)

const (
	checksFields = `checkSuites(first: 15) { ` + whole + ` nodes { databaseId app { slug } workflowRun { id }
        checkRuns(first: 20, filterBy: {checkType: ALL}) { ` + whole + ` nodes { databaseId name status conclusion startedAt completedAt detailsUrl permalink } } } }
      status { id }`
	pullsFields   = "associatedPullRequests(first: 5) { " + whole + " nodes { " + pullFields + " } }"
	historyFields = "history(first: 10) " + graphFields
	graphFields   = "{ nodes { oid parents(first: 3) { totalCount nodes { oid } } } }"
)

// commitItem asks for parts of a commit.
func (f *fetch) commitItem(sha string, parts Parts) item {
	fields, nodes := []string{"oid"}, 1
	add := func(part Parts, text string, n int) {
		if parts.has(part) {
			fields, nodes = append(fields, text), nodes+n
		}
	}
	add(Checks, checksFields, maxSuites*(1+maxRuns))
	add(PullRequests, pullsFields, maxPulls)
	add(People, personFields, 0)
	add(history, historyFields, maxHistory*(1+maxParents))
	return item{
		field: "object(oid: $%s)", kind: "GitObjectID!", value: sha, nodes: nodes,
		selected: "... on Commit { " + strings.Join(fields, "\n      ") + " }",
		take:     func(a answer) { f.takeCommit(sha, parts, a) },
	}
}

// A commitAnswer is a commit in GraphQL.
type commitAnswer struct {
	person
	CheckSuites            *list[suite]
	Status                 json.RawMessage
	AssociatedPullRequests *list[pullAnswer]
	History                *struct{ Nodes []node }
}

// A suite is a check suite with its runs.
type suite struct {
	DatabaseID  int64
	App         *struct{ Slug string }
	WorkflowRun *struct{ ID string }
	CheckRuns   *list[checkRun]
}

type checkRun struct {
	DatabaseID  int64
	Name        string
	Status      string
	Conclusion  *string
	StartedAt   *time.Time
	CompletedAt *time.Time
	DetailsURL  *string
	Permalink   string
}

func (f *fetch) takeCommit(sha string, parts Parts, a answer) {
	var x commitAnswer
	if json.Unmarshal(a.object, &x) != nil || x.OID != sha {
		return
	}
	if parts.has(Checks) && a.has("checkSuites") {
		f.takeChecks(sha, x.CheckSuites)
	}
	if parts.has(Checks) && a.has("status") && string(x.Status) == "null" { // those that there are have numbers, and older ones, in REST alone
		f.Foretell(f.Path("commits", sha, "statuses"), []any{})
	}
	if parts.has(PullRequests) && a.has("associatedPullRequests") {
		f.takePullsOf(sha, x.AssociatedPullRequests)
	}
	if made, certain := x.commit(); certain && parts.has(People) && a.has() {
		f.Foretell(f.Path("commits", sha), made)
	}
	if x.History != nil && a.has("history") {
		f.learn(x.History.Nodes)
	}
}

// restRun is a check run as REST has it.
type restRun struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	Status      string     `json:"status"`
	Conclusion  *string    `json:"conclusion"`
	StartedAt   *time.Time `json:"started_at"`
	CompletedAt *time.Time `json:"completed_at"`
	DetailsURL  *string    `json:"details_url"`
	Page        string     `json:"html_url"`
	Suite       struct {
		ID int64 `json:"id"`
	} `json:"check_suite"`
	App *struct {
		Slug string `json:"slug"`
	} `json:"app"`
}

func (f *fetch) takeChecks(sha string, suites *list[suite]) {
	all, ok := suites.all()
	if !ok {
		return
	}
	runs, ofWorkflows := []restRun{}, []int64{}
	for _, s := range all {
		some, ok := s.CheckRuns.all()
		if !ok || s.DatabaseID <= 0 {
			return
		}
		for _, r := range some {
			run, ok := r.of(s)
			if !ok {
				return
			}
			runs = append(runs, run)
		}
		if s.WorkflowRun != nil {
			ofWorkflows = append(ofWorkflows, s.DatabaseID)
		}
	}
	slices.SortStableFunc(runs, func(a, b restRun) int { return cmp.Compare(b.ID, a.ID) }) // REST lists the newest first
	f.Foretell(f.Path("commits", sha, "check-runs")+"?filter=all", map[string]any{"total_count": len(runs), "check_runs": runs})
	f.mu.Lock()
	defer f.mu.Unlock()
	f.suites[sha] = ofWorkflows
}

// of returns a run as REST has it, and reports whether its number and its state are known.
func (r checkRun) of(s suite) (run restRun, ok bool) {
	run = restRun{
		ID: r.DatabaseID, Name: r.Name, Status: strings.ToLower(r.Status), StartedAt: r.StartedAt, CompletedAt: r.CompletedAt,
		DetailsURL: r.DetailsURL, Page: r.Permalink,
	}
	run.Suite.ID = s.DatabaseID
	if r.Conclusion != nil {
		conclusion := strings.ToLower(*r.Conclusion)
		run.Conclusion = &conclusion
	}
	if s.App != nil {
		run.App = &struct {
			Slug string `json:"slug"`
		}{s.App.Slug}
	}
	return run, r.DatabaseID > 0 && r.Name != "" && r.Status != "" && (r.Conclusion != nil || r.Status != "COMPLETED")
}

func (f *fetch) takePullsOf(sha string, answered *list[pullAnswer]) {
	all, ok := answered.all()
	if !ok {
		return
	}
	pulls := []pull{}
	for _, x := range all {
		p, certain := x.pull()
		if !certain {
			return
		}
		pulls = append(pulls, p)
	}
	f.Foretell(f.Path("commits", sha, "pulls"), pulls)
	f.mu.Lock()
	defer f.mu.Unlock()
	f.pullsOf[sha] = pulls
}

func (f *fetch) runsPath(sha string) string {
	return f.Path("actions", "runs") + "?head_sha=" + url.QueryEscape(sha)
}
