package command

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	ggcrname "github.com/google/go-containerregistry/pkg/name"
	"github.com/google/go-containerregistry/pkg/v1/remote"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
)

const tourRings = `version: 1
rings:
  - {name: canary, branches: [main], soak: {min: 1m}, rollback: {triggers: [health_check]}}
  - {name: early, soak: {min: 1m}, rollback: {triggers: [health_check]}}
  - {name: everyone, rollback: {triggers: [health_check]}}
`

// newTour is a chain of three rings, of which the first ran the four images.
func newTour(t *testing.T, inGitHub bool) *chain {
	t.Helper()
	c := newChain(t, inGitHub)
	c.env["INPUT_POLICY"] = write(t, "rings.yml", tourRings)
	c.env["GITHUB_RUN_ID"], c.env["GITHUB_RUN_ATTEMPT"] = "", ""
	return c
}

// A tour is what one advance did.
type tour struct {
	ran
	deployments []tourDeployment
	words       string // "everyone good, early back to old"
}

type tourDeployment struct {
	Ring, Environment, Image, Digest, Version string
	PR                                        *int
	ContainerName                             string `json:"container-name"`
	HostPort                                  *int   `json:"host-port"`
	Rollback                                  bool
}

// advance runs the command ten minutes later.
func (c *chain) advance(inputs ...string) tour {
	c.t.Helper()
	c.now = c.now.Add(10 * time.Minute)
	return c.advanceNow(inputs...)
}

func (c *chain) advanceNow(inputs ...string) tour {
	c.t.Helper()
	r := tour{ran: c.command("advance", inputs...)}
	if r.outputs["deployments"] == "" {
		return r
	}
	if err := json.Unmarshal([]byte(r.outputs["deployments"]), &r.deployments); err != nil || r.outputs["count"] != fmt.Sprint(len(r.deployments)) {
		c.t.Fatalf("advance = %d, %v: count %s of deployments %s", r.code, err, r.outputs["count"], r.outputs["deployments"])
	}
	var words []string
	for _, d := range r.deployments {
		back := ""
		if d.Rollback {
			back = "back to "
		}
		words = append(words, c.named(d.Ring+" "+back+d.Digest))
	}
	r.words = strings.Join(words, ", ")
	return r
}

// stands says how all rings stand: "canary next, early good (arriving next)".
func (c *chain) stands() string {
	c.t.Helper()
	r := c.command("status")
	var all struct {
		Images []struct {
			Rings []struct {
				Name string
				stand
			}
		}
	}
	if err := json.Unmarshal([]byte(r.outputs["json"]), &all); err != nil || r.code != cli.ExitDone {
		c.t.Fatalf("status = %d, %v\n%s", r.code, err, r.stdout)
	}
	var words []string
	for _, ring := range all.Images[0].Rings {
		w := ring.Name + " nothing"
		if ring.Runs != nil {
			w = ring.Name + " " + ring.Runs.Digest
		}
		if tag := c.digest(ring.Name + "-latest"); ring.Runs == nil || tag != ring.Runs.Digest {
			w += ", tag " + tag
		}
		if ring.Arriving != nil {
			w += ", arriving " + ring.Arriving.Digest
		}
		for _, q := range ring.Quarantined {
			w += ", out " + q.Digest
		}
		words = append(words, w)
	}
	return c.named(strings.Join(words, "; "))
}

// TestAdvance has a line for each way in which rings stand, and what advances do one after the other, ten minutes apart. A word in
// brackets is done between them.
func TestAdvance(t *testing.T) {
	early, everyone := []string{"promote old success in early", "promote good success in early"}, []string{"promote old success"}
	for _, tt := range []struct {
		name  string
		begin []string
		tours []string // what each advance deploys, or what is done between two of them
		want  string
	}{
		{"the newest image moves on", nil, []string{"early next"}, "canary next; early nothing, tag next, arriving next; everyone nothing, tag "},
		{"it is deployed, and moves on", nil, []string{"early next", "[record success next in early]", "everyone next", "[record success next]", ""},
			"canary next; early next; everyone next"},
		{"a soak has to end", nil, []string{"early next", "[record success next in early]", "[now]", "", "everyone next"},
			"canary next; early next; everyone nothing, tag next, arriving next"},
		{"each ring takes one, the last first", early, []string{"everyone good, early next"}, "canary next; early good, tag next, arriving next; everyone nothing, tag good, arriving good"},
		{"a deployment that fails", early, []string{"everyone good, early next", "[record failure next in early]", "everyone good, early new", "[record success good]", "early new"},
			"canary next; early good, tag new, arriving new; everyone good"},
		{"the job that deploys ended without a word", nil, []string{"early next", "early next", "early next"}, "canary next; early nothing, tag next, arriving next; everyone nothing, tag "},
		{"a ring goes back", append(early, "promote old success", "promote good success", "signal failing good"), []string{"everyone back to old, early next", "early next"},
			"canary next; early good, tag next, arriving next; everyone old, out good"},
		{"a ring that went back takes nothing else in this run", append(early, "promote old success", "promote good success", "promote next success in early", "signal failing good"),
			[]string{"everyone back to old", "everyone next"}, "canary next; early next; everyone old, tag next, arriving next, out good"},
		{"what went back in a ring moves on from there no longer", append(early, append(everyone, "signal failing good in early")...), []string{"early back to old", "early next"},
			"canary next; early old, tag next, arriving next, out good; everyone old"},
		{"two rings go back", append(early, "promote old success", "promote good success", "signal failing good", "signal failing good in early"),
			[]string{"everyone back to old, early back to old", "early next"}, "canary next; early old, tag next, arriving next, out good; everyone old, out good"},
	} {
		for _, inGitHub := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s, in GitHub %t", tt.name, inGitHub), func(t *testing.T) {
				t.Parallel()
				c := newTour(t, inGitHub)
				for _, words := range tt.begin {
					c.must(words)
				}
				wait := 10 * time.Minute
				for _, what := range tt.tours {
					if words, between := strings.CutPrefix(what, "["); between {
						if words = strings.TrimSuffix(words, "]"); words == "now" {
							wait = 0
						} else {
							c.must(words)
						}
						continue
					}
					c.now = c.now.Add(wait)
					wait = 10 * time.Minute
					before, over := c.history(), c.transport.(*inProcess)
					over.before = func(r *http.Request) error {
						if writes(r) {
							t.Errorf("a dry run sends %s %s", r.Method, r.URL)
						}
						return nil
					}
					dry := c.advanceNow("dry-run", "true")
					if over.before = nil; c.history() != before {
						t.Errorf("a dry run changes the ledger from\n%s to\n%s", before, c.history())
					}
					r := c.advanceNow()
					if r.code != cli.ExitDone || r.words != what || dry.code != cli.ExitDone || dry.words != "" || dry.outputs["rollbacks"] != r.outputs["rollbacks"] {
						t.Errorf("advance = %d deploys %q, want %q; a dry run before = %d, %q\n%s%s", r.code, r.words, what, dry.code, dry.words, c.named(r.stdout), c.named(dry.stdout))
					}
				}
				if got := c.stands(); got != tt.want {
					t.Errorf("the rings stand at\n%s, want\n%s", got, tt.want)
				}
			})
		}
	}
}

// TestAdvanceWaitsForARun has what is known of the workflow run that recorded a deployment in progress, and whether it is deployed
// again.
func TestAdvanceWaitsForARun(t *testing.T) {
	for _, tt := range []struct {
		name         string
		run, attempt string            // that recorded it
		known        *githubtest.Run   // at GitHub
		fault        *githubtest.Fault // of GitHub
		now, retried string            // the run that advances
		want         string
		says         string
	}{
		{"it goes on", "7", "1", &githubtest.Run{ID: 7, Status: "in_progress"}, nil, "8", "1", "", "workflow run 7 that deploys it is not over"},
		{"it is queued again", "7", "1", &githubtest.Run{ID: 7, Status: "queued"}, nil, "8", "1", "", "workflow run 7 that deploys it is not over"},
		{"it is over", "7", "1", &githubtest.Run{ID: 7}, nil, "8", "1", "early next", ""},
		{"it is gone", "7", "1", nil, nil, "8", "1", "early next", ""},
		{"by hand", "", "", nil, nil, "8", "1", "early next", ""},
		{"an attempt before this one", "7", "1", &githubtest.Run{ID: 7, Status: "in_progress"}, nil, "7", "2", "early next", ""},
		{"this attempt", "7", "2", &githubtest.Run{ID: 7, Status: "in_progress"}, nil, "7", "2", "", "workflow run 7 that deploys it is not over"},
		{"without an attempt", "7", "", &githubtest.Run{ID: 7, Status: "in_progress"}, nil, "7", "2", "", "workflow run 7 that deploys it is not over"},
		{"it may not be asked about", "7", "1", nil, &githubtest.Fault{Route: "GET /actions/runs/{number}", Status: 403, Text: "Resource not accessible by integration"}, "8", "1", "", "is not known"},
		{"GitHub has trouble", "7", "1", nil, &githubtest.Fault{Route: "GET /actions/runs/{number}", Status: 502}, "8", "1", "", "is not known"},
		{"the answer is of another", "7", "1", nil, &githubtest.Fault{Route: "GET /actions/runs/{number}", Status: 200, Text: `{"id": 9, "status": "completed"}`}, "8", "1", "", "is not known"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newTour(t, true)
			c.env["GITHUB_RUN_ID"], c.env["GITHUB_RUN_ATTEMPT"] = tt.run, tt.attempt
			if first := c.advance(); first.words != "early next" {
				t.Fatalf("advance = %d, %q\n%s", first.code, first.words, first.stdout)
			}
			c.hub.Change(func(s *githubtest.State) {
				if tt.known != nil {
					s.Runs = append(s.Runs, *tt.known)
				}
			})
			if tt.fault != nil {
				c.hub.Break(*tt.fault)
			}
			records := len(c.records())
			c.env["GITHUB_RUN_ID"], c.env["GITHUB_RUN_ATTEMPT"] = tt.now, tt.retried
			r := c.advance()
			if r.code != cli.ExitDone || r.words != tt.want || !strings.Contains(r.outputs["json"], tt.says) || (tt.says != "") != strings.Contains(r.outputs["json"], `"hold_kind":"pending","reason_code":"not_settled"`) {
				t.Errorf("advance = %d, %q, want %q and a word on %q\n%s\n%s", r.code, r.words, tt.want, tt.says, r.stdout, r.outputs["json"])
			}
			if n := len(c.records()); n != records {
				t.Errorf("%d deployments were made, want none: the tags are where they were", n-records)
			}
			c.tag("early-latest", "good")
			c.hub.Mend()
			r = c.advance()
			if n := len(c.records()) - records; (n == 1) != (tt.want != "") && tt.fault == nil || c.digest("early-latest") == c.images["next"] != (n == 1) {
				t.Errorf("with its tag elsewhere advance = %q, and records %d deployments", r.words, n)
			}
		})
	}
}

// tag puts a tag on an image, as a person might.
func (c *chain) tag(tag, name string) {
	c.t.Helper()
	from, err := ggcrname.ParseReference(c.image + "@" + c.images[name])
	if err != nil {
		c.t.Fatal(err)
	}
	to, err := ggcrname.NewTag(c.image + ":" + tag)
	if err != nil {
		c.t.Fatal(err)
	}
	image, err := remote.Image(from, c.inside())
	if err == nil {
		err = remote.Tag(to, image, c.inside())
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// TestAdvanceDeploys has the labels of an image that comes into the last ring, and what the job that deploys gets to know. One with a
// version is a release, whose tags and record are those of promote.
func TestAdvanceDeploys(t *testing.T) {
	for _, tt := range []struct {
		version, pr, port string // labels, and the port of the ring; "": none
		want              string
		moved             string // besides the ring's tag
		latest            bool   // comes to it once it is deployed
	}{
		{"", "", "", `"version":"","pr":null,"container-name":"aitherzero-lastring","host-port":null`, "", false},
		{"branch-main-v7", "", "", `"version":"","pr":null,"container-name":"aitherzero-lastring","host-port":null`, "", false},
		{"v1.5.0", "", "8082", `"version":"","pr":null,"container-name":"aitherzero-lastring","host-port":8082`, "", false},
		{"1.5", "", "", `"version":"","pr":null,"container-name":"aitherzero-lastring","host-port":null`, "", false},
		{"1.5.0", "123", "8082", `"version":"1.5.0","pr":123,"container-name":"aitherzero-lastring","host-port":8082`, "1.5.0 sha-55555555 last-ring-pr-123-latest", true},
		{"1.5.0-rc.1+b2", "", "", `"version":"1.5.0-rc.1+b2","pr":null,"container-name":"aitherzero-lastring","host-port":null`, "1.5.0-rc.1_b2 sha-55555555", false},
		{"0.9.0", "", "", `"version":"0.9.0","pr":null,"container-name":"aitherzero-lastring","host-port":null`, "0.9.0 sha-55555555", false}, // 1.0.0 is there
	} {
		t.Run(tt.version, func(t *testing.T) {
			t.Parallel()
			c := newChain(t, true)
			port := ""
			if tt.port != "" {
				port = ", host_port: " + tt.port
			}
			c.env["INPUT_POLICY"] = write(t, "rings.yml", "version: 1\nlabels: {prefix: com.aitherzero}\nrings: [{name: canary, branches: [main], soak: {min: 1m}}, {name: last-ring, environment: prod"+port+"}]\n")
			labels := map[string]string{"org.opencontainers.image.revision": strings.Repeat("5", 40), "org.opencontainers.image.version": tt.version, "com.aitherzero.pr.number": tt.pr}
			for key, value := range labels {
				if value == "" {
					delete(labels, key)
				}
			}
			c.hub.Change(func(s *githubtest.State) {
				s.Commits = append(s.Commits, githubtest.Commit{SHA: strings.Repeat("5", 40)})
			})
			c.push(map[string]string{"a": "b"}, "1.0.0")
			c.images["release"] = c.push(labels, "canary-latest")
			c.must("record success release in canary")
			r := c.advance()
			want := `[{"ring":"last-ring","environment":"prod","image":"` + c.image + `","digest":"` + c.images["release"] + `",` + tt.want + `,"rollback":false}]`
			if r.code != cli.ExitDone || r.outputs["deployments"] != want {
				t.Fatalf("advance = %d, deployments\n%s, want\n%s\n%s", r.code, r.outputs["deployments"], want, r.stdout)
			}
			for _, tag := range append(strings.Fields(tt.moved), "last-ring-latest") {
				if c.digest(tag) != c.images["release"] {
					t.Errorf("the tag %s is not on the image\n%s", tag, r.stdout)
				}
			}
			c.must("record success release in last-ring")
			if got := c.digest("latest") == c.images["release"]; got != tt.latest || c.digest("stable") != c.digest("latest") {
				t.Errorf("latest comes to %q: %t, want %t", tt.version, got, tt.latest)
			}
			records := c.records()
			if last := records[len(records)-1]; strings.Contains(last, `"version"`) != (tt.moved != "") {
				t.Errorf("the record is %s", last)
			}
		})
	}
}

// TestAdvanceRefuses has what is wrong with the inputs.
func TestAdvanceRefuses(t *testing.T) {
	for _, tt := range []struct {
		name   string
		env    map[string]string
		inputs []string
		says   string
	}{
		{"evidence with a subject", nil, []string{"evidence", write(t, "subject.yml", "schema: 1\nsubject: {pr: 5}\n")}, "leave subject out"},
		{"evidence about an image", nil, []string{"evidence", write(t, "image.yml", "schema: 1\nsubject: {image: ghcr.io/acme/app}\n")}, "leave subject out"},
		{"evidence of a ring that is none", nil, []string{"evidence", write(t, "ring.yml", "schema: 1\nrings: {ring-9: {history: []}}\n")}, "the policy has no ring \"ring-9\""},
		{"no evidence", nil, []string{"evidence", "none.yml"}, "none.yml"},
		{"a ring that is none", nil, []string{"ring", "ring-9"}, "the policy has no ring"},
		{"an image that is none", nil, []string{"image", "a b"}, "image"},
		{"no ledger", nil, []string{"ledger", "file:none.jsonl"}, "there is no ledger"},
		{"a ledger that is none", nil, []string{"ledger", "gitlab"}, "gitlab"},
		{"a time that is none", nil, []string{"now", "noon"}, "now"},
		{"a version that is none", nil, []string{"known-versions", "next"}, "known-versions"},
		{"no policy", nil, []string{"policy", "none.yml"}, "none.yml"},
	} {
		c := newTour(t, false)
		records := len(c.records())
		if r := c.command("advance", tt.inputs...); r.code != cli.ExitUsage || !strings.Contains(r.stdout, tt.says) || len(r.outputs) > 0 || len(c.records()) != records {
			t.Errorf("%s: advance = %d with outputs %v and %d records more, want 2, none, none and a word on %q:\n%s", tt.name, r.code, r.outputs, len(c.records())-records, tt.says, r.stdout)
		}
	}
}

// TestAdvanceEvidence: the facts of the file count for every image and ring.
func TestAdvanceEvidence(t *testing.T) {
	for _, tt := range []struct{ evidence, want string }{
		{"schema: 1\nlocks: []\nancestry: ahead\n", "everyone good, early next"},
		{"schema: 1\nlocks: [{ring: early, by: mona, reason: holidays}]\nancestry: ahead\n", "everyone good"},
		{"schema: 1\nlocks: []\nancestry: behind\n", ""},
		{"schema: 1\nlocks: []\nancestry: ahead\nquarantine: [{ring: canary, digest: \"NEXT\", reason: bad, at: 2026-01-01T00:00:00Z}]\n", "everyone good, early new"},
		{"schema: 1\nlocks: []\n", ""}, // ancestry is not known where a ring runs something, without GitHub
	} {
		c := newTour(t, false)
		for _, words := range []string{"promote old success in early", "promote old success", "promote good success in early"} {
			c.must(words)
		}
		c.evidence = write(t, "evidence.yml", strings.ReplaceAll(tt.evidence, "NEXT", c.images["next"]))
		if r := c.advance(); r.code != cli.ExitDone || r.words != tt.want {
			t.Errorf("with the evidence\n%sadvance = %d, %q, want %q\n%s", tt.evidence, r.code, r.words, tt.want, c.named(r.stdout))
		}
	}
}

// TestAdvanceHasRoom: a matrix has at most 256 jobs, and the next run begins with what was left.
func TestAdvanceHasRoom(t *testing.T) {
	c := newConvoy(t, 65, 5, 48*time.Hour)
	c.env = map[string]string{"INPUT_POLICY": write(t, "rings.yml", "version: 1\nrings: [{name: r0, soak: {min: 1d}}, {name: r1, soak: {min: 1d}}, {name: r2, soak: {min: 1d}}, {name: r3, soak: {min: 1d}}, {name: r4}]\n"),
		"INPUT_EVIDENCE": write(t, "evidence.yml", "schema: 1\nlocks: []\nancestry: ahead\n")}
	r, _ := c.advance()
	var left struct {
		Left []struct{ Ring, Image string }
	}
	if err := json.Unmarshal([]byte(read(t, r.outputs["json-file"])), &left); err != nil || r.code != cli.ExitDone || r.outputs["count"] != "256" || len(left.Left) != 4 || left.Left[0].Ring != "r1" {
		t.Fatalf("advance = %d, %v: %s deployments, and %v is left", r.code, err, r.outputs["count"], left.Left)
	}
	c.hub.Change(func(s *githubtest.State) { s.Runs = append(s.Runs, githubtest.Run{ID: 7, Status: "in_progress"}) })
	next, _ := c.advance()
	var wanted []string
	for _, l := range left.Left {
		wanted = append(wanted, strings.TrimPrefix(l.Image, "ghcr.io/acme/")+" "+l.Ring)
	}
	if got, want := c.deployments(next), strings.Join(wanted, ", "); got != want {
		t.Errorf("the next advance = %d hands on %s, want %s", next.code, got, want)
	}
}

// TestAdvanceWithApproval: a ring that goes back where a person agrees does so once one did.
func TestAdvanceWithApproval(t *testing.T) {
	for _, command := range []string{"advance", "gate"} {
		c := newChain(t, true)
		c.env["INPUT_POLICY"] = write(t, "rings.yml", "version: 1\nrings: [{name: canary, branches: [main], soak: {min: 1m}}, {name: everyone, rollback: {mode: fast_track, triggers: [health_check]}}]\n")
		good := strings.Repeat("2", 40)
		c.hub.Change(func(s *githubtest.State) {
			repo := &githubtest.Repository{FullName: s.Repository}
			s.Pulls = append(s.Pulls, githubtest.Pull{Number: 200, State: "open", User: githubtest.Person("octocat"), SHAs: []string{good},
				Head: githubtest.Branch{Ref: "b", SHA: good, Repo: repo}, Base: githubtest.Branch{Ref: "main", SHA: tagCommit, Repo: repo}})
			s.Activities = append(s.Activities, githubtest.Activity{ID: 1, Ref: "refs/heads/b", After: good, Timestamp: c.now.Add(-time.Hour), ActivityType: "branch_creation", Actor: githubtest.Person("octocat")})
		})
		for _, words := range []string{"promote old success", "promote good success", "signal failing good"} {
			c.must(words)
		}
		decision := func() string {
			if c.now = c.now.Add(10 * time.Minute); command == "gate" {
				return c.command("gate", "ring", "everyone", "digest", c.images["good"]).outputs["decision"]
			}
			if r := c.advanceNow("ring", "everyone"); r.words == "everyone back to old" {
				return "rollback"
			}
			return "hold"
		}
		if got := decision(); got != "hold" {
			t.Errorf("%s without an approval: %s, want hold", command, got)
		}
		c.hub.Change(func(s *githubtest.State) {
			s.Comments = append(s.Comments, githubtest.Comment{Issue: 200, ID: 1, User: githubtest.Person("hubot"), Body: "/approve rollback", AuthorAssociation: "MEMBER", CreatedAt: c.now, UpdatedAt: c.now})
		})
		if got := decision(); got != "rollback" {
			t.Errorf("%s with an approval: %s, want rollback", command, got)
		}
	}
}

// TestAdvanceCountsWhatItTookBack: an image that a run takes back is no candidate for the decisions that it makes after that, in a dry
// run too.
func TestAdvanceCountsWhatItTookBack(t *testing.T) {
	for _, dry := range []string{"true", "false"} {
		c := newTour(t, false)
		for _, words := range []string{"promote old success in early", "promote good success in early", "promote old success", "signal failing good in early"} {
			c.must(words)
		}
		r := c.advance("dry-run", dry)
		const want = `"summary":"everyone: noop.`
		if !strings.Contains(r.outputs["json"], want) || r.outputs["rollbacks"] != "early" {
			t.Errorf("advance with dry-run %s = %d takes %q back, and its JSON lacks %s\n%s", dry, r.code, r.outputs["rollbacks"], want, r.outputs["json"])
		}
	}
}
