package githubtest

import (
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"time"
	"unicode/utf8"
)

// DeploymentState are the deployments of the repository.
type DeploymentState struct {
	Deployments []Deployment `json:"deployments"`
	LastID      int64        `json:"last_id"`      // of a deployment or a status
	DefaultHead string       `json:"default_head"` // commit of the default branch, which deployments may ask to be merged
	TextPayload bool         `json:"text_payload"` // payloads come back as a text that holds them
	NoGraphQL   bool         `json:"no_graphql"`   // as on a server that does not have it
}

// A Deployment is one with its statuses, which the API tells apart from it.
type Deployment struct {
	ID          int64              `json:"id"`
	NodeID      string             `json:"node_id"` // "": the API tells one made of the ID
	SHA         string             `json:"sha"`
	Ref         string             `json:"ref"`
	Task        string             `json:"task"`
	Environment string             `json:"environment"`
	Payload     json.RawMessage    `json:"payload"`
	Production  bool               `json:"production_environment"`
	Transient   bool               `json:"transient_environment"`
	CreatedAt   time.Time          `json:"created_at"`
	Statuses    []DeploymentStatus `json:"statuses,omitempty"`
}

// A DeploymentStatus is what was said of a deployment.
type DeploymentStatus struct {
	ID          int64     `json:"id"`
	NodeID      string    `json:"node_id"` // "": the API tells one made of the ID
	State       string    `json:"state"`   // error, failure, inactive, in_progress, queued, pending, success
	Description string    `json:"description"`
	LogURL      string    `json:"log_url"`
	CreatedAt   time.Time `json:"created_at"`
}

func (g *GitHub) deploymentHandlers() handlers {
	return handlers{
		"GET /deployments":                (*call).deployments,
		"POST /deployments":               (*call).deploy,
		"GET /deployments/{id}/statuses":  (*call).deploymentStatuses,
		"POST /deployments/{id}/statuses": (*call).sayOfDeployment,
	}
}

// Deployments are all of them.
func (g *GitHub) Deployments() []Deployment {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.state.Deployments)
}

// RunJob does what GitHub does for a job that has an environment and succeeds: a deployment without a payload.
func (g *GitHub) RunJob(environment, sha string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	c := &call{GitHub: g, state: &g.state}
	d := c.add(Deployment{SHA: sha, Ref: sha, Task: "deploy", Environment: environment, Payload: json.RawMessage(`""`), Production: environment == "production"})
	for _, state := range []string{"in_progress", "success"} {
		c.say(d, DeploymentStatus{State: state}, true)
	}
}

// deployments are newest first.
func (c *call) deployments() {
	q := c.r.URL.Query()
	found := newestFirst(c.state.Deployments, func(d Deployment) bool {
		return fits(q.Get("environment"), d.Environment) && fits(q.Get("sha"), d.SHA) && fits(q.Get("ref"), d.Ref) && fits(q.Get("task"), d.Task)
	})
	for i := range found {
		found[i] = c.shown(found[i])
	}
	pageOf(c, found, bare)
}

func fits(want, got string) bool { return want == "" || want == "none" || want == got }

func (c *call) shown(d Deployment) Deployment {
	d.NodeID, d.Statuses = d.node(), nil
	if c.state.TextPayload {
		d.Payload = asText(d.Payload)
	}
	return d
}

func asText(raw json.RawMessage) json.RawMessage {
	text, err := json.Marshal(string(raw))
	if err != nil {
		panic(err) // a text can always be written
	}
	return text
}

// deploy makes a deployment, unless a check of its commit stands against it, or the default branch is merged first.
func (c *call) deploy() {
	var sent struct {
		Ref              string
		Task             string
		Environment      string
		Payload          json.RawMessage
		AutoMerge        *bool     `json:"auto_merge"`
		RequiredContexts *[]string `json:"required_contexts"`
		Production       *bool     `json:"production_environment"`
		Transient        bool      `json:"transient_environment"`
	}
	if !c.read(&sent) {
		return
	}
	if _, ok := c.find(sent.Ref); !ok {
		refuse(c.w, http.StatusUnprocessableEntity, "No ref found for: "+sent.Ref)
		return
	}
	if (sent.AutoMerge == nil || *sent.AutoMerge) && c.isBehind(sent.Ref) {
		c.write(http.StatusAccepted, map[string]string{"message": "Auto-merged main into " + sent.Ref + " on deployment."})
		return
	}
	if !c.green(sent.Ref, sent.RequiredContexts) {
		refuse(c.w, http.StatusConflict, "Conflict: Commit status checks failed for "+sent.Ref+".")
		return
	}
	environment := or(sent.Environment, "production")
	production := environment == "production"
	if sent.Production != nil {
		production = *sent.Production
	}
	if sent.Payload == nil {
		sent.Payload = json.RawMessage(`""`)
	}
	d := c.add(Deployment{
		SHA: sent.Ref, Ref: sent.Ref, Task: or(sent.Task, "deploy"), Environment: environment, Payload: sent.Payload,
		Production: production, Transient: sent.Transient,
	})
	c.write(http.StatusCreated, c.shown(*d))
}

func (c *call) isBehind(sha string) bool {
	head := c.state.DefaultHead
	return head != "" && !c.ancestors(sha)[head]
}

// green tells whether the contexts of a commit succeeded: those that are required, or all that there are.
func (c *call) green(sha string, required *[]string) bool {
	newest := map[string]string{}
	for _, s := range c.state.Statuses {
		if s.SHA == sha {
			newest[s.Context] = s.State
		}
	}
	if required != nil {
		return !slices.ContainsFunc(*required, func(name string) bool { return newest[name] != "success" })
	}
	for _, state := range newest {
		if state != "success" {
			return false
		}
	}
	return true
}

func (c *call) add(d Deployment) *Deployment {
	d.ID, d.CreatedAt = c.nextID(), c.clock()
	c.state.Deployments = append(c.state.Deployments, d)
	return &c.state.Deployments[len(c.state.Deployments)-1]
}

// nextID is higher than all that are there.
func (c *call) nextID() int64 {
	for _, d := range c.state.Deployments {
		c.state.LastID = max(c.state.LastID, d.ID)
		for _, s := range d.Statuses {
			c.state.LastID = max(c.state.LastID, s.ID)
		}
	}
	c.state.LastID++
	return c.state.LastID
}

func (c *call) findDeployment() *Deployment {
	at := slices.IndexFunc(c.state.Deployments, func(d Deployment) bool { return d.ID == c.number("id") })
	if at < 0 {
		c.missing()
		return nil
	}
	return &c.state.Deployments[at]
}

// deploymentStatuses are newest first.
func (c *call) deploymentStatuses() {
	if d := c.findDeployment(); d != nil {
		found := newestFirst(d.Statuses, func(DeploymentStatus) bool { return true })
		for i := range found {
			found[i].NodeID = found[i].node()
		}
		pageOf(c, found, bare)
	}
}

var deploymentStates = []string{"error", "failure", "inactive", "in_progress", "queued", "pending", "success"}

// maxDescription is how many characters a description has at most.
const maxDescription = 140

func (c *call) sayOfDeployment() {
	var sent struct {
		DeploymentStatus
		AutoInactive *bool `json:"auto_inactive"`
	}
	d := c.findDeployment()
	if d == nil || !c.read(&sent) {
		return
	}
	switch {
	case !slices.Contains(deploymentStates, sent.State):
		refuse(c.w, http.StatusUnprocessableEntity, fmt.Sprintf("Validation Failed: state %q is not included in the list", sent.State))
	case utf8.RuneCountInString(sent.Description) > maxDescription:
		refuse(c.w, http.StatusUnprocessableEntity, fmt.Sprintf("Validation Failed: description is too long (maximum is %d characters)", maxDescription))
	default:
		c.write(http.StatusCreated, c.say(d, sent.DeploymentStatus, sent.AutoInactive == nil || *sent.AutoInactive))
	}
}

// say adds a status. A success ends the earlier successes in the environment, but in those of production and
// transient ones.
func (c *call) say(d *Deployment, s DeploymentStatus, ends bool) DeploymentStatus {
	s.ID, s.CreatedAt = c.nextID(), c.clock()
	d.Statuses = append(d.Statuses, s)
	for i := range c.state.Deployments {
		old := &c.state.Deployments[i]
		if ends && s.State == "success" && old.ID < d.ID && old.Environment == d.Environment && !old.Production && !old.Transient && old.state() == "success" {
			old.Statuses = append(old.Statuses, DeploymentStatus{ID: c.nextID(), State: "inactive", CreatedAt: c.clock()})
		}
	}
	return s
}

// state is the newest one.
func (d Deployment) state() string {
	if len(d.Statuses) == 0 {
		return "pending"
	}
	return d.Statuses[len(d.Statuses)-1].State
}
