package githubtest

import "time"

// State is what the repository is and has. Lists are in the order in which things came into being.
type State struct {
	Repository    string     `json:"repository"`               // owner/name
	OldNames      []string   `json:"old_names,omitempty"`      // owner/name that it had before it was renamed; each leads to it
	DefaultBranch string     `json:"default_branch,omitempty"` // "": main
	Commits       []Commit   `json:"commits"`
	CheckRuns     []CheckRun `json:"check_runs"`
	Statuses      []Status   `json:"statuses"`
	Runs          []Run      `json:"workflow_runs"`
	Pulls         []Pull     `json:"pulls"`
	Reviews       []Review   `json:"reviews"`
	Issues        []Issue    `json:"issues"`
	Comments      []Comment  `json:"comments"`
	Activities    []Activity `json:"activities"`

	Forks    map[string][]Activity `json:"forks"`    // the activities of other repositories, by owner/name
	Accounts map[string]string     `json:"accounts"` // the logins of e-mail addresses, in small letters, as co-authors have them
	Limits   Limits                `json:"limits"`   // of the token
	Others   []Other               `json:"others,omitempty"`
	DeploymentState
	TagState
}

// A User is a person or a bot. A nil one is null: a deleted account, or an e-mail address of nobody.
type User struct {
	Login string `json:"login"`
	Type  string `json:"type"` // User, Bot
}

// Person and Bot are users.
func Person(login string) *User { return &User{login, "User"} }
func Bot(login string) *User    { return &User{login, "Bot"} }

// A Commit is one with its parents.
type Commit struct {
	SHA       string   `json:"sha"`
	Author    *User    `json:"author"`
	Committer *User    `json:"committer"`
	Parents   []Parent `json:"parents"`
	Git       Git      `json:"commit"`
}

// Git is what a commit itself says.
type Git struct {
	Message   string    `json:"message"`
	Author    Signature `json:"author"`
	Committer Signature `json:"committer"`
}

// A Signature is whoever made a commit, as the commit says.
type Signature struct {
	Name  string `json:"name"`
	Email string `json:"email"`
}

// A Parent is a commit that another follows.
type Parent struct {
	SHA string `json:"sha"`
}

// A CheckRun is a run of a check.
type CheckRun struct {
	ID          int64      `json:"id"`
	Name        string     `json:"name"`
	HeadSHA     string     `json:"head_sha"`
	Status      string     `json:"status"`     // queued, in_progress, completed
	Conclusion  *string    `json:"conclusion"` // null until it is completed
	StartedAt   *time.Time `json:"started_at"`
	CompletedAt *time.Time `json:"completed_at"`
	DetailsURL  string     `json:"details_url"`
	HTMLURL     string     `json:"html_url"`
	CheckSuite  Suite      `json:"check_suite"`
	App         *App       `json:"app"`
}

// A Suite is the check suite of a run.
type Suite struct {
	ID int64 `json:"id"`
}

// An App is what made a check.
type App struct {
	ID   int64  `json:"id"`
	Slug string `json:"slug"`
}

// A Status is a commit status.
type Status struct {
	SHA       string    `json:"sha"`
	ID        int64     `json:"id"`
	State     string    `json:"state"` // error, failure, pending, success
	Context   string    `json:"context"`
	Creator   *User     `json:"creator"`
	TargetURL string    `json:"target_url"`
	CreatedAt time.Time `json:"created_at"`
}

// A Run is a workflow run, of which the newest attempt is told.
type Run struct {
	ID           int64     `json:"id"`
	HeadSHA      string    `json:"head_sha"`
	Path         string    `json:"path"` // of the workflow file; GitHub puts @REF behind it where it is not of the commit
	CheckSuiteID int64     `json:"check_suite_id"`
	RunAttempt   int       `json:"run_attempt"`
	CreatedAt    time.Time `json:"created_at"`
	RunStartedAt time.Time `json:"run_started_at"`
	Status       string    `json:"status"`     // queued, in_progress, completed; "": completed
	Conclusion   *string   `json:"conclusion"` // nil until it is completed
}

// A Pull is a pull request. It is among the issues as well.
type Pull struct {
	Number         int        `json:"number"`
	State          string     `json:"state"` // open, closed
	Draft          bool       `json:"draft"`
	Title          string     `json:"title"`
	Body           string     `json:"body"`
	User           *User      `json:"user"`
	Labels         []Label    `json:"labels"`
	Head           Branch     `json:"head"`
	Base           Branch     `json:"base"`
	Merged         bool       `json:"merged"`
	MergeCommitSHA *string    `json:"merge_commit_sha"`
	CreatedAt      time.Time  `json:"created_at"`
	ClosedAt       *time.Time `json:"closed_at"`
	MergedAt       *time.Time `json:"merged_at"`
	SHAs           []string   `json:"shas,omitempty"` // of its commits, in order; the API does not tell them here
	CommitCount    int        `json:"commits"`        // the number that the API tells; 0: that of the SHAs
}

// A Branch is an end of a pull request.
type Branch struct {
	Ref  string      `json:"ref"`
	SHA  string      `json:"sha"`
	Repo *Repository `json:"repo"` // null: it was deleted
}

// A Repository is one by its name.
type Repository struct {
	FullName      string `json:"full_name"`
	DefaultBranch string `json:"default_branch,omitempty"` // the API tells it of the repository of a base, as the state has it
}

// A Review is one of a pull request.
type Review struct {
	Pull              int        `json:"pull"`
	ID                int64      `json:"id"`
	User              *User      `json:"user"`
	State             string     `json:"state"` // APPROVED, CHANGES_REQUESTED, COMMENTED, DISMISSED, PENDING
	CommitID          *string    `json:"commit_id"`
	SubmittedAt       *time.Time `json:"submitted_at"`
	HTMLURL           string     `json:"html_url"`
	AuthorAssociation string     `json:"author_association"`
}

// An Issue is one; pull requests are added by the server.
type Issue struct {
	Number            int        `json:"number"`
	State             string     `json:"state"` // open, closed
	Title             string     `json:"title"`
	Body              string     `json:"body"`
	User              *User      `json:"user"`
	Labels            []Label    `json:"labels"`
	AuthorAssociation string     `json:"author_association"`
	CreatedAt         time.Time  `json:"created_at"`
	ClosedAt          *time.Time `json:"closed_at"`
	NodeID            string     `json:"node_id"` // "": the API tells one made of the number
	Edits             []Edit     `json:"edits,omitempty"`
	PullRequest       *Link      `json:"pull_request,omitempty"`
	HTMLURL           string     `json:"html_url"`
}

// A Label is one of an issue.
type Label struct {
	Name string `json:"name"`
}

// A Link points to a pull request from its issue.
type Link struct {
	URL string `json:"url"`
}

// A Comment is one on an issue or a pull request.
type Comment struct {
	Issue             int       `json:"issue"`
	ID                int64     `json:"id"`
	User              *User     `json:"user"`
	Body              string    `json:"body"`
	AuthorAssociation string    `json:"author_association"`
	CreatedAt         time.Time `json:"created_at"`
	UpdatedAt         time.Time `json:"updated_at"`
	ViaApp            *App      `json:"performed_via_github_app"`
	HTMLURL           string    `json:"html_url"`
	NodeID            string    `json:"node_id"` // "": the API tells one made of the ID
	Edits             []Edit    `json:"edits,omitempty"`
}

// An Edit is what a comment or an issue said from a time on. The first is what it said in the beginning; what was never
// edited has none. GraphQL alone tells them, newest first.
type Edit struct {
	At      time.Time `json:"at"`
	By      string    `json:"by"` // "": a deleted account
	Body    string    `json:"body"`
	Deleted bool      `json:"deleted,omitempty"` // from the history: what it said is not told
}

// An Activity is a push to a branch, or something like it.
type Activity struct {
	ID           int64     `json:"id"`
	Ref          string    `json:"ref"` // refs/heads/BRANCH
	Before       string    `json:"before"`
	After        string    `json:"after"`
	Timestamp    time.Time `json:"timestamp"`
	ActivityType string    `json:"activity_type"` // push, force_push, branch_creation, branch_deletion, pr_merge, merge_queue_merge
	Actor        *User     `json:"actor"`
}
