package ahead

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/github"
	"github.com/wizzense/deployment-rings/action/internal/github/facts/posts"
)

// These limits are of what is asked of a pull request.
const (
	maxCommits  = 50
	maxReviews  = 50
	maxComments = 100
)

const (
	pullFields = "number state isDraft closedAt mergedAt headRefName headRefOid headRepository { nameWithOwner } baseRefName " +
		"baseRepository { nameWithOwner defaultBranchRef { name } } mergeCommit { oid } author " + actorFields
	commitsFields  = "commits(first: 50) { " + whole + " nodes { commit { " + personFields + " } } }"
	reviewsFields  = "reviews(first: 50) { " + whole + " nodes { fullDatabaseId state submittedAt authorAssociation url commit { oid } author " + actorFields + " } }"
	commentsFields = "comments(first: 100) { " + whole + " nodes { fullDatabaseId id body createdAt updatedAt authorAssociation url author " + actorFields + " } }"
)

// pullItem asks for a pull request, and parts of it.
func (f *fetch) pullItem(number int, parts Parts) item {
	fields, nodes := []string{pullFields}, 1
	add := func(part Parts, text string, n int) {
		if parts.has(part) {
			fields, nodes = append(fields, text), nodes+n
		}
	}
	add(Commits, commitsFields, maxCommits)
	add(Reviews, reviewsFields, maxReviews)
	add(Comments, commentsFields, maxComments)
	return item{
		field: "pullRequest(number: $%s)", kind: "Int!", value: number, nodes: nodes, selected: strings.Join(fields, "\n      "),
		take: func(a answer) { f.takePull(number, a) },
	}
}

// A pullAnswer is a pull request in GraphQL.
type pullAnswer struct {
	Number             int
	State              string
	IsDraft            bool
	ClosedAt, MergedAt *time.Time

	HeadRefName, HeadRefOID string
	HeadRepository          *struct{ NameWithOwner string }
	BaseRefName             string
	BaseRepository          *struct {
		NameWithOwner    string
		DefaultBranchRef *struct{ Name string }
	}
	MergeCommit *struct{ OID string }
	Author      *actor

	Commits  *list[struct{ Commit person }]
	Reviews  *list[reviewAnswer]
	Comments *list[commentAnswer]
}

// A pull is a pull request as REST has it. The commit of a merge for tests is left out.
type pull struct {
	Number      int        `json:"number"`
	State       string     `json:"state"`
	Draft       bool       `json:"draft"`
	User        *user      `json:"user"`
	Head        end        `json:"head"`
	Base        end        `json:"base"`
	MergeCommit string     `json:"merge_commit_sha,omitempty"`
	MergedAt    *time.Time `json:"merged_at"`
	ClosedAt    *time.Time `json:"closed_at"`
}

type end struct {
	Ref  string      `json:"ref"`
	SHA  string      `json:"sha,omitempty"`
	Repo *repository `json:"repo"` // nil: it is gone
}

type repository struct {
	FullName      string `json:"full_name"`
	DefaultBranch string `json:"default_branch,omitempty"`
}

// pull returns the pull request as REST has it, and reports whether that is certain.
func (x pullAnswer) pull() (p pull, certain bool) {
	author, certain := x.Author.user()
	base := x.BaseRepository
	if !certain || x.Number == 0 || x.HeadRefOID == "" || x.HeadRefName == "" || x.BaseRefName == "" || base == nil || base.DefaultBranchRef == nil {
		return pull{}, false
	}
	p = pull{
		Number: x.Number, State: "open", Draft: x.IsDraft, User: author, MergedAt: x.MergedAt, ClosedAt: x.ClosedAt,
		Head: end{Ref: x.HeadRefName, SHA: x.HeadRefOID},
		Base: end{Ref: x.BaseRefName, Repo: &repository{base.NameWithOwner, base.DefaultBranchRef.Name}},
	}
	if x.HeadRepository != nil {
		p.Head.Repo = &repository{FullName: x.HeadRepository.NameWithOwner}
	}
	if x.State != "OPEN" {
		p.State = "closed"
	}
	if x.MergedAt != nil {
		if x.MergeCommit == nil || x.MergeCommit.OID == "" {
			return pull{}, false
		}
		p.MergeCommit = x.MergeCommit.OID
	}
	return p, true
}

// merged reports whether the pull request came into its base.
func (p pull) merged() bool { return p.MergedAt != nil }

func (f *fetch) takePull(number int, a answer) {
	var x pullAnswer
	if json.Unmarshal(a.object, &x) != nil || x.Number != number {
		return
	}
	at := strconv.Itoa(number)
	p, certain := x.pull()
	if certain && f.isWhole(a) {
		f.Foretell(f.Path("pulls", at), p)
		f.mu.Lock()
		f.pulls[number] = p
		f.mu.Unlock()
	}
	if all, ok := x.Commits.all(); ok && a.has("commits") {
		f.takeCommits(number, all)
	}
	if all, ok := x.Reviews.all(); ok && a.has("reviews") {
		if reviews, certain := reviewsOf(all); certain {
			f.Foretell(f.Path("pulls", at, "reviews"), reviews)
		}
	}
	if all, ok := x.Comments.all(); ok && a.has("comments") {
		if comments, certain := commentsOf(all); certain {
			f.mu.Lock()
			f.talks[number] = comments
			f.mu.Unlock()
		}
	}
}

// isWhole reports whether nothing of a pull request failed but what is in its lists.
func (f *fetch) isWhole(a answer) bool {
	for _, field := range strings.Fields(pullFields) {
		if field != "{" && field != "}" && !a.has(field) {
			return false
		}
	}
	return true
}

func (f *fetch) takeCommits(number int, all []struct{ Commit person }) {
	var people []person
	for _, x := range all {
		people = append(people, x.Commit)
	}
	if made, certain := commits(people); certain {
		f.Foretell(f.Path("pulls", strconv.Itoa(number), "commits"), made)
		f.mu.Lock()
		defer f.mu.Unlock()
		f.lists[number] = made
	}
}

type reviewAnswer struct {
	FullDatabaseID    number
	State             string
	SubmittedAt       *time.Time
	AuthorAssociation string
	URL               string
	Commit            *struct{ OID string }
	Author            *actor
}

// A review is one as REST has it.
type review struct {
	ID          number     `json:"id"`
	User        *user      `json:"user"`
	State       string     `json:"state"`
	Commit      string     `json:"commit_id"`
	SubmittedAt *time.Time `json:"submitted_at"`
	Association string     `json:"author_association"`
	Page        string     `json:"html_url"`
}

// reviewsOf returns what REST would list, and reports whether all of that is certain: of a review on a commit that is gone GraphQL
// does not tell which it was, and an account that was deleted may have the name ghost in REST, or none.
func reviewsOf(answered []reviewAnswer) ([]review, bool) {
	all := []review{}
	for _, x := range answered {
		by, certain := x.Author.user()
		if !certain || x.Author == nil || x.Commit == nil || x.Commit.OID == "" || x.FullDatabaseID == 0 || x.AuthorAssociation == "" {
			return nil, false
		}
		all = append(all, review{x.FullDatabaseID, by, x.State, x.Commit.OID, x.SubmittedAt, x.AuthorAssociation, x.URL})
	}
	return all, true
}

type commentAnswer struct {
	FullDatabaseID       number
	ID                   string
	Body                 *string
	CreatedAt, UpdatedAt time.Time
	AuthorAssociation    string
	URL                  string
	Author               *actor
}

// A talk is a comment as REST has it.
type talk struct {
	ID          number          `json:"id"`
	Node        string          `json:"node_id"`
	User        *user           `json:"user"`
	Body        *string         `json:"body"`
	Association string          `json:"author_association"`
	CreatedAt   time.Time       `json:"created_at"`
	UpdatedAt   time.Time       `json:"updated_at"`
	App         json.RawMessage `json:"performed_via_github_app"`
	Page        string          `json:"html_url"`
}

// commentsOf returns what REST would list, but for whether an app wrote a comment, and reports whether the rest is certain.
func commentsOf(answered []commentAnswer) ([]talk, bool) {
	all := []talk{}
	for _, x := range answered {
		by, certain := x.Author.user()
		if !certain || x.Author == nil || x.Body == nil || x.FullDatabaseID == 0 || x.ID == "" || x.AuthorAssociation == "" || x.CreatedAt.IsZero() || x.UpdatedAt.IsZero() {
			return nil, false
		}
		all = append(all, talk{x.FullDatabaseID, x.ID, by, x.Body, x.AuthorAssociation, x.CreatedAt, x.UpdatedAt, json.RawMessage("null"), x.URL})
	}
	return all, true
}

// post returns the comment as far as its edits are looked for.
func (x talk) post() posts.Post {
	p := posts.Post{Node: x.Node, Association: x.Association, Created: x.CreatedAt, Updated: x.UpdatedAt, Body: *x.Body}
	if x.User != nil {
		p.User = &github.User{Login: x.User.Login, Type: x.User.Type}
	}
	return p
}
