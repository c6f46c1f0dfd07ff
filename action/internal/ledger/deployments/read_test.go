package deployments_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/github/githubtest"
	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// image is a digest that is easy to tell from others.
func image(letter string) string { return "sha256:" + strings.Repeat(letter, 64) }

// A kept deployment is one as GitHub has it: its payload, and its statuses as "hh:mm:ss state description".
type kept struct {
	environment string
	payload     string
	statuses    []string
}

// payloadOf is a payload of ours with further members.
func payloadOf(ring, letter, more string) string {
	return fmt.Sprintf(`{"type":"deployment-rings/v1","ring":%q,"digest":%q%s}`, ring, image(letter), more)
}

// keep adds deployments to a repository; they are made at 08:00, at commit 111….
func keep(s *githubtest.State, all ...kept) {
	for _, k := range all {
		s.LastID++
		d := githubtest.Deployment{ID: s.LastID, SHA: sha("1"), Environment: k.environment, Payload: json.RawMessage(k.payload), CreatedAt: at("08:00:00")}
		for _, text := range k.statuses {
			s.LastID++
			clock, rest, _ := strings.Cut(text, " ")
			state, description, _ := strings.Cut(rest, " ")
			d.Statuses = append(d.Statuses, githubtest.DeploymentStatus{ID: s.LastID, State: state, Description: description, CreatedAt: at(clock)})
		}
		s.Deployments = append(s.Deployments, d)
	}
}

// line is an entry in a few words.
func line(e ledger.Entry) string {
	words := []string{e.ID, e.At.Format(time.TimeOnly), string(e.Digest[7]), string(e.Outcome) + string(e.Signal)}
	add := func(set bool, format string, args ...any) {
		if set {
			words = append(words, fmt.Sprintf(format, args...))
		}
	}
	add(e.State != "", "%s", e.State)
	add(e.Revision != "", "@%.3s", e.Revision)
	add(e.PullRequest != 0, "#%d", e.PullRequest)
	add(e.Version != "", "v%s", e.Version)
	add(e.Rollback, "rollback")
	add(e.DecisionID != "", "by %.8s", e.DecisionID)
	add(e.Reason != "", "(%s)", e.Reason)
	return strings.Join(words, " ")
}

// TestReadDeployments reads what others may have written, by GraphQL and by REST, with payloads of each kind.
func TestReadDeployments(t *testing.T) {
	bare := payloadOf("ring-0", "a", "")
	for _, c := range []struct {
		name string
		kept []kept
		want []string
		err  string // then ring-0 is not collected
	}{
		{"nothing", nil, []string{}, ""},
		{"all that a payload says", []kept{{"canary", payloadOf("ring-0", "a", `,"revision":"`+sha("7")+`","pr":12,"version":"1.5.0","rollback":true,"decision_id":"`+image("d")+`","more":1`), []string{"09:00:00 success"}}},
			[]string{"1-0001 09:00:00 a success @777 #12 v1.5.0 rollback by sha256:d"}, ""},
		{"the commit of the deployment where the payload has no revision", []kept{{"canary", bare, []string{"09:00:00 success"}}},
			[]string{"1-0001 09:00:00 a success @111"}, ""},
		{"no revision where the payload says so", []kept{{"canary", payloadOf("ring-0", "a", `,"revision":"","pr":null,"version":null`), []string{"09:00:00 success"}}},
			[]string{"1-0001 09:00:00 a success"}, ""},
		{"statuses in order", []kept{{"canary", bare, []string{"09:00:00 in_progress", "09:10:00 success", "09:20:00 failure smoke tests failed"}}},
			[]string{"1-0001 09:00:00 a in_progress @111", "1-0002 09:10:00 a success @111", "1-0003 09:20:00 a failure @111 (smoke tests failed)"}, ""},
		{"statuses of one second", []kept{{"canary", bare, []string{"09:00:00 in_progress", "09:00:00 success", "09:00:00 failure"}}},
			[]string{"1-0001 09:00:00 a in_progress @111", "1-0002 09:00:00 a success @111", "1-0003 09:00:00 a failure @111"}, ""},
		{"an error is a failure", []kept{{"canary", bare, []string{"09:00:00 error failure: it broke"}}},
			[]string{"1-0001 09:00:00 a failure @111 (it broke)"}, ""},
		{"inactive by GitHub is a hint", []kept{{"canary", bare, []string{"09:00:00 success", "09:10:00 inactive", "09:20:00 inactive ended by a newer one"}}},
			[]string{"1-0001 09:00:00 a success @111"}, ""},
		{"inactive by us", []kept{{"canary", bare, []string{"09:00:00 success", "09:10:00 inactive rolled_back", "09:20:00 inactive rolled_back: it crashed"}}},
			[]string{"1-0001 09:00:00 a success @111", "1-0002 09:10:00 a rolled_back @111", "1-0003 09:20:00 a rolled_back @111 (it crashed)"}, ""},
		{"only an inactive status says rolled back", []kept{{"canary", bare, []string{"09:00:00 success rolled_back: no"}}},
			[]string{"1-0001 09:00:00 a success @111 (rolled_back: no)"}, ""},
		{"success again", []kept{{"canary", bare, []string{"09:00:00 success", "09:30:00 success"}}, {"canary", payloadOf("ring-0", "b", ""), []string{"09:10:00 success"}}},
			[]string{"1-0001 09:00:00 a success @111", "4-0001 09:10:00 b success @111", "1-0002 09:30:00 a success @111"}, ""},
		{"success after a failure counts", []kept{{"canary", bare, []string{"09:00:00 success", "09:10:00 failure", "09:20:00 success"}}},
			[]string{"1-0001 09:00:00 a success @111", "1-0002 09:10:00 a failure @111", "1-0003 09:20:00 a success @111"}, ""},
		{"signals are no outcomes", []kept{{"canary", bare, []string{"09:00:00 success", "09:10:00 failure signal health_check", "09:20:00 success signal health_check: fine again"}}},
			[]string{"1-0001 09:00:00 a success @111", "1-0002 09:10:00 a health_check failing @111", "1-0003 09:20:00 a health_check passing @111 (fine again)"}, ""},
		{"an error is a failing signal", []kept{{"canary", bare, []string{"09:00:00 success", "09:10:00 error signal health_check: it broke"}}},
			[]string{"1-0001 09:00:00 a success @111", "1-0002 09:10:00 a health_check failing @111 (it broke)"}, ""},
		{"signals alone leave it in progress", []kept{{"canary", bare, []string{"09:00:00 failure signal health_check"}}},
			[]string{"1-0001 08:00:00 a in_progress @111", "1-0002 09:00:00 a health_check failing @111"}, ""},
		{"no status: in progress since it was made", []kept{{"canary", bare, nil}}, []string{"1-0001 08:00:00 a in_progress @111"}, ""},
		{"states that say nothing", []kept{{"canary", bare, []string{"09:00:00 queued", "09:01:00 pending", "09:02:00 in_progress"}}},
			[]string{"1-0001 09:02:00 a in_progress @111"}, ""},
		{"lines of a description", []kept{{"canary", bare, []string{"09:00:00 failure first\nsecond\x00"}}},
			[]string{"1-0001 09:00:00 a failure @111 (first second )"}, ""},
		{"two deployments of one second, by their numbers", []kept{{"canary", payloadOf("ring-0", "b", ""), []string{"09:00:00 success"}}, {"canary", bare, []string{"09:00:00 success"}}},
			[]string{"1-0001 09:00:00 b success @111", "3-0001 09:00:00 a success @111"}, ""},

		{"what went back, and what follows once it was taken back", []kept{{"canary", payloadOf("ring-0", "a", `,"rollback":true`), []string{"09:00:00 success", "09:10:00 inactive rolled_back", "09:20:00 success"}}},
			[]string{"1-0001 09:00:00 a success @111 rollback", "1-0002 09:10:00 a rolled_back @111 rollback", "1-0003 09:20:00 a success @111"}, ""},

		{"deployments of jobs", []kept{{"canary", `""`, []string{"09:00:00 success"}}, {"canary", `{}`, []string{"09:00:00 success"}}, {"canary", `null`, nil}, {"canary", `[1]`, nil}, {"canary", `"text"`, nil}},
			[]string{}, ""},
		{"text of others that names us", []kept{{"canary", text("made for deployment-rings"), nil}, {"canary", `{"tool":"deployment-rings/v1"}`, nil}}, []string{}, ""},
		{"another type", []kept{{"canary", strings.Replace(bare, "/v1", "/v2", 1), []string{"09:00:00 success"}}, {"canary", `{"type":1,"ring":"ring-0"}`, nil}}, []string{}, ""},
		{"another ring in the environment", []kept{{"canary", payloadOf("ring-1", "a", ""), []string{"09:00:00 success"}}}, []string{}, ""},
		{"another environment than the ring has", []kept{{"ring-0", bare, []string{"09:00:00 success"}}, {"production", bare, []string{"09:00:00 success"}}}, []string{}, ""},
		{"a payload in a text", []kept{{"canary", text(bare), []string{"09:00:00 success"}}}, []string{"1-0001 09:00:00 a success @111"}, ""},

		{"a digest that is none", []kept{{"canary", `{"type":"deployment-rings/v1","ring":"ring-0","digest":"latest"}`, []string{"09:00:00 success"}}}, nil, `ring ring-0: deployment 1: digest: "latest" is not`},
		{"a name that is none", []kept{{"canary", payloadOf("ring-0", "a", `,"images":["<script>"]`), []string{"09:00:00 success"}}}, nil, `ring ring-0: deployment 1: images: "<script>" is not the name of an image`},
		{"names that are no list", []kept{{"canary", payloadOf("ring-0", "a", `,"images":"app"`), nil}}, nil, "ring ring-0: the payload of deployment 1 cannot be read"},
		{"a number that is none", []kept{{"canary", payloadOf("ring-0", "a", `,"pr":"12"`), nil}}, nil, "ring ring-0: the payload of deployment 1 cannot be read"},
		{"no ring", []kept{{"canary", `{"type":"deployment-rings/v1","digest":"` + image("a") + `"}`, []string{"09:00:00 success"}}}, nil, `ring ring-0: the payload of deployment 1 cannot be read: ring: "" is not the name of a ring`},
		{"a ring that is none", []kept{{"canary", payloadOf("Ring 0", "a", ""), []string{"09:00:00 success"}}}, nil, `ring: "Ring 0" is not the name of a ring`},
		{"a payload that breaks off", []kept{{"canary", text(bare[:60]), nil}}, nil, "ring ring-0: the payload of deployment 1 cannot be read: is not JSON"},
		{"no digest", []kept{{"canary", `{"type":"deployment-rings/v1","ring":"ring-0"}`, nil}}, nil, "ring ring-0: deployment 1: digest: is missing"},
		{"one malformed among sound ones", []kept{{"canary", bare, []string{"09:00:00 success"}}, {"canary", payloadOf("ring-0", "b", `,"pr":-1`), []string{"09:10:00 inactive rolled_back"}}, {"canary", payloadOf("ring-0", "c", ""), []string{"09:20:00 success"}}}, nil, "ring ring-0: deployment 3: pr: -1 is below zero"},
		{"an unknown signal", []kept{{"canary", bare, []string{"09:00:00 failure signal smell"}}}, nil, `signal: "smell" is unknown`},
	} {
		for _, server := range []string{"GraphQL", "REST", "texts"} {
			t.Run(c.name+", "+server, func(t *testing.T) {
				state := repository()
				state.NoGraphQL, state.TextPayload = server == "REST", server == "texts"
				keep(&state, c.kept...)
				got, err := ledgerOf(t, githubtest.New(state)).Read(t.Context(), "ring-0", "staging")
				if c.err != "" {
					if err == nil || !strings.Contains(err.Error(), c.err) || !slices.Equal(got.Rings(), []string{"staging"}) {
						t.Fatalf("Read = %v, %v, want staging alone and an error about %q", got.Rings(), err, c.err)
					}
					return
				}
				if err != nil {
					t.Fatal(err)
				}
				lines := []string{}
				for _, e := range ringZero(got) {
					lines = append(lines, line(e))
				}
				if diff := cmp.Diff(c.want, lines); diff != "" {
					t.Errorf("entries (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// ringZero are the entries of ring-0; nil when it was not read.
func ringZero(r ledger.Reading) []ledger.Entry {
	entries, _ := r.Ring("ring-0")
	return entries
}

func text(s string) string {
	b, err := json.Marshal(s)
	if err != nil {
		panic(err)
	}
	return string(b)
}

// TestReadPages reads more statuses of a deployment than fit on a page, of one that is looked at among many of the same image.
func TestReadPages(t *testing.T) {
	for _, c := range []struct {
		graphQL bool
		want    int // requests
	}{
		{true, 2 + 1 + 3 + 1 + 5 + 2},        // two lists, the newest of one, three pages by the commit of the image, all others, one status by one and again, and the other pages of the list
		{false, 2 + 1 + 3 + 249 + 4 + 1 + 2}, // the same with a request for the statuses of each
	} {
		state := repository()
		state.NoGraphQL = !c.graphQL
		for i := range 250 {
			k := kept{"canary", payloadOf("ring-0", "a", fmt.Sprintf(`,"pr":%d`, i+1)), []string{"09:00:00 success"}}
			for m := range 300 {
				if i == 7 {
					k.statuses = append(k.statuses, fmt.Sprintf("10:%02d:%02d failure signal health_check", m/60, m%60))
				}
			}
			keep(&state, k)
		}
		fake := githubtest.New(state)
		got, err := ledgerOf(t, fake).Read(t.Context(), "ring-0", "ring-1")
		if err != nil || len(ringZero(got)) != 550 || len(got.Rings()) != 2 {
			t.Fatalf("Read = %d entries, %v, want 550", len(ringZero(got)), err)
		}
		if n := len(fake.Requests()); n != c.want {
			t.Errorf("%d requests, want %d: %v", n, c.want, fake.Requests())
		}
	}
}

// TestReadShifts reads deployments in pages, of which one is deleted or added between two pages: that hides no other.
func TestReadShifts(t *testing.T) {
	for name, change := range map[string]func(*githubtest.State){
		"one that was read is deleted":      func(s *githubtest.State) { s.Deployments = s.Deployments[:len(s.Deployments)-1] },
		"the last that was read is deleted": func(s *githubtest.State) { s.Deployments = slices.Delete(s.Deployments, 150, 151) },
		"one that was not read is deleted":  func(s *githubtest.State) { s.Deployments = s.Deployments[1:] },
		"several are deleted":               func(s *githubtest.State) { s.Deployments = s.Deployments[:len(s.Deployments)-40] },
		"one is added":                      func(s *githubtest.State) { keep(s, kept{"canary", `""`, nil}) },
		"one is deleted and one is added": func(s *githubtest.State) {
			s.Deployments = s.Deployments[:len(s.Deployments)-1]
			keep(s, kept{"canary", `""`, nil})
		},
	} {
		t.Run(name, func(t *testing.T) {
			state := repository()
			for i := range 250 {
				k := kept{"canary", `""`, nil} // of a job
				if i < 100 {
					k = kept{"canary", payloadOf("ring-0", "a", fmt.Sprintf(`,"pr":%d`, i+1)), []string{"09:00:00 success"}}
				}
				keep(&state, k)
			}
			fake, changed := githubtest.New(state), false
			fake.Answered = func(r githubtest.Request, s *githubtest.State) {
				if !changed && strings.HasSuffix(r.Path, "/deployments") {
					changed = true
					change(s)
				}
			}
			got, err := ledgerOf(t, fake).Read(t.Context(), "ring-0")
			there := map[int]bool{}
			for _, e := range ringZero(got) {
				there[e.PullRequest] = true
			}
			for n := 2; n <= 100; n++ { // the first may be the one that is deleted
				if !there[n] || err != nil || !changed {
					t.Fatalf("Read = %d entries, %v, and lacks that of pull request %d", len(ringZero(got)), err, n)
				}
			}
		})
	}
}

// TestListsThatShift: a list that changes each time that it is read was not read.
func TestListsThatShift(t *testing.T) {
	state := repository()
	keep(&state, kept{"canary", payloadOf("ring-0", "a", ""), []string{"09:00:00 success"}})
	keep(&state, slices.Repeat([]kept{{"canary", `""`, nil}}, 250)...) // of jobs
	fake := githubtest.New(state)
	fake.Answered = func(r githubtest.Request, s *githubtest.State) {
		if strings.HasSuffix(r.Path, "/deployments") && strings.Contains(r.Query, "environment") {
			s.Deployments = s.Deployments[:len(s.Deployments)-2]
		}
	}
	got, err := ledgerOf(t, fake).Read(t.Context(), "ring-0")
	if err == nil || !strings.Contains(err.Error(), "the list changed each of the 3 times that it was read") || len(got.Rings()) != 0 {
		t.Errorf("Read = %v, %v, want no ring and an error about the list", got.Rings(), err)
	}
}

// TestReadAtOnce reads all rings of a policy, wherever GraphQL is: a list for each environment, and then one question.
func TestReadAtOnce(t *testing.T) {
	for prefix, want := range map[string]string{"": "/graphql", "/api/v3": "/api/graphql"} {
		state := repository()
		keep(&state, kept{"r", payloadOf("ring-0", "a", ""), []string{"09:00:00 success"}}, kept{"production", payloadOf("production", "a", ""), []string{"09:00:00 success"}})
		fake := githubtest.New(state)
		fake.Prefix = prefix
		l := ledgerOf(t, fake)
		l.Environments = map[string]string{"dev": "dev", "staging": "staging", "ring-0": "r", "ring-1": "r", "ring-2": "ring-2", "production": "production"}
		got, err := l.Read(t.Context(), "dev", "staging", "ring-0", "ring-1", "ring-2", "production")
		if err != nil || len(got.Rings()) != 6 {
			t.Fatalf("Read = %v, %v, want six rings", got.Rings(), err)
		}
		if r := fake.Requests(); len(r) != 5+1 || r[5].Path != want {
			t.Errorf("requests %v, want five lists and one question to %s", r, want)
		}
	}
}

// TestOtherAnswers: a list that is not the one that was asked for was not read, and nothing is taken for empty.
func TestOtherAnswers(t *testing.T) {
	state := repository()
	keep(&state, kept{"canary", payloadOf("ring-0", "a", ""), []string{"09:00:00 success"}}, kept{"ring-0", payloadOf("ring-0", "b", ""), []string{"09:10:00 success"}}, kept{"canary", payloadOf("ring-0", "c", ""), []string{"09:20:00 success"}})
	for want, spoil := range map[string]func(all []any) []any{
		"has deployment 3 of the environment": func(all []any) []any {
			return append(all, map[string]any{"id": 3, "environment": "ring-0", "sha": sha("1"), "created_at": at("08:00:00"), "payload": ""})
		},
		"should have the newest first": func(all []any) []any { slices.Reverse(all); return all },
		"has deployment 5 before 5":    func(all []any) []any { return append(all[:1:1], all...) },
	} {
		fake := githubtest.New(state)
		l := ledgerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if !strings.HasSuffix(r.URL.Path, "/deployments") {
				fake.ServeHTTP(w, r)
				return
			}
			recorded := httptest.NewRecorder()
			fake.ServeHTTP(recorded, r)
			var all []any
			if err := json.Unmarshal(recorded.Body.Bytes(), &all); err != nil {
				t.Error(err)
			}
			json.NewEncoder(w).Encode(spoil(all))
		}), "", "")
		got, err := l.Read(t.Context(), "ring-0")
		if err == nil || !strings.Contains(err.Error(), want) || len(got.Rings()) != 0 {
			t.Errorf("Read = %v, %v, want no ring and an error about %q", got.Rings(), err, want)
		}
	}
}

// TestPartialGraphQL: an answer that lacks anything of what was asked for is no answer. The REST API is asked then, and
// where that refuses, the rings were not read: nothing is taken for empty, and no record is lost.
func TestPartialGraphQL(t *testing.T) {
	nodes := func(s string) string { return `{"data":{"d0":` + s + `}}` }
	askedElsewhere(t, map[string]string{
		"an error beside data":    `{"data":{"d0":[{"id":"DE_kwDO1","statuses":{"pageInfo":{"hasNextPage":false},"nodes":[]}}]},"errors":[{"message":"timeout"}]}`,
		"an error beside no data": `{"data":null,"errors":[{"message":"timeout"}]}`,
		"no data":                 `{"data":null}`,
		"nothing":                 `{}`,
		"another alias":           `{"data":{"d1":[]}}`,
		"an alias that is null":   nodes(`null`),
		"no node":                 nodes(`[]`),
		"a node that is null":     nodes(`[null]`),
		"a node of nothing":       nodes(`[{}]`),
		"another node":            nodes(`[{"id":"DE_kwDO2","statuses":{"pageInfo":{"hasNextPage":false},"nodes":[]}}]`),
		"more nodes":              nodes(`[null,null]`),
	})
}

// TestPartialStatuses: where GraphQL does not give all statuses of a deployment, they are asked for one by one. The one
// that is left out here says that the image was taken back.
func TestPartialStatuses(t *testing.T) {
	const success = `{"state":"SUCCESS","description":null,"createdAt":"2026-03-03T09:00:00Z","logUrl":null}`
	statuses := func(s string) string { return `{"data":{"d0":[{"id":"DE_kwDO1","statuses":` + s + `}]}}` }
	askedElsewhere(t, map[string]string{
		"statuses that are null":        statuses(`null`),
		"nothing of statuses":           statuses(`{}`),
		"nodes that are null":           statuses(`{"pageInfo":{"hasNextPage":false,"endCursor":""},"nodes":null}`),
		"no pageInfo":                   statuses(`{"nodes":[` + success + `]}`),
		"null on another page":          statuses(`{"pageInfo":{"hasNextPage":null,"endCursor":""},"nodes":[` + success + `]}`),
		"more of them":                  statuses(`{"pageInfo":{"hasNextPage":true,"endCursor":"x"},"nodes":[` + success + `]}`),
		"more of them, nowhere":         statuses(`{"pageInfo":{"hasNextPage":true,"endCursor":""},"nodes":[` + success + `]}`),
		"one that is null":              statuses(`{"pageInfo":{"hasNextPage":false,"endCursor":""},"nodes":[` + success + `,null]}`),
		"one without a state":           statuses(`{"pageInfo":{"hasNextPage":false,"endCursor":""},"nodes":[` + success + `,{"createdAt":"2026-03-03T09:10:00Z"}]}`),
		"one without a time":            statuses(`{"pageInfo":{"hasNextPage":false,"endCursor":""},"nodes":[` + success + `,{"state":"INACTIVE"}]}`),
		"two of which none is the last": statuses(`{"pageInfo":{"hasNextPage":false,"endCursor":""},"nodes":[` + success + `,` + success + `]}`),
	})
}

// askedElsewhere reads a deployment of which GraphQL answers what does not do, from a REST API that tells its statuses, or does not.
func askedElsewhere(t *testing.T, bodies map[string]string) {
	t.Helper()
	for name, body := range bodies {
		for _, answer := range []string{"", "403", "404", "410", "500", `null`, `[null]`, `[{"id":5,"state":"success"}]`, `[{"state":"success","created_at":"2026-03-03T09:00:00Z"}]`} {
			state := repository()
			keep(&state, kept{"canary", payloadOf("ring-0", "b", ""), []string{"09:00:00 success", "09:10:00 inactive rolled_back"}})
			fake := githubtest.New(state)
			l := ledgerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				status, _ := strconv.Atoi(answer)
				switch {
				case answers(w, r, body):
				case answer == "" || !strings.HasSuffix(r.URL.Path, "/statuses"):
					fake.ServeHTTP(w, r)
				case status != 0:
					w.WriteHeader(status)
				default:
					io.WriteString(w, answer)
				}
			}), "", "")
			got, err := l.Read(t.Context(), "ring-0")
			quarantine := got.Quarantine("", "ring-0")
			if answer == "" && (err != nil || len(quarantine) != 1) {
				t.Errorf("%s: Read = %v, quarantine %v, want the image that REST tells", name, err, quarantine)
			}
			if answer != "" && (err == nil || quarantine != nil || len(got.Rings()) != 0) {
				t.Errorf("%s, and REST says %s: Read = %v, %v, quarantine %#v, want no ring", name, answer, got.Rings(), err, quarantine)
			}
		}
	}
}

// TestPartialLists: a list of REST of which a deployment lacks what it is was not read.
func TestPartialLists(t *testing.T) {
	whole := `{"id":1,"environment":"canary","sha":"` + sha("1") + `","created_at":"2026-03-03T08:00:00Z","payload":{}}`
	for _, body := range []string{
		`null`, `{}`, `{"message":"fine"}`, `""`, `[null]`, `[` + whole + `,null]`, `[{}]`, `[1]`, `[`,
		`[` + strings.Replace(whole, `"id":1`, `"id":null`, 1) + `]`, `[` + strings.Replace(whole, `"canary"`, `null`, 1) + `]`,
		`[` + strings.Replace(whole, `"2026-03-03T08:00:00Z"`, `null`, 1) + `]`, `[` + strings.Replace(whole, `,"payload":{}`, ``, 1) + `]`,
	} {
		l := ledgerAt(t, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			if r.URL.Path == "/graphql" {
				w.WriteHeader(http.StatusNotFound)
				return
			}
			io.WriteString(w, body)
		}), "", "")
		got, err := l.Read(t.Context(), "ring-0")
		if quarantine := got.Quarantine("", "ring-0"); err == nil || len(got.Rings()) != 0 || quarantine != nil {
			t.Errorf("%s: Read = %v, %v, quarantine %#v, want no ring and an error", body, got.Rings(), err, quarantine)
		}
	}
}

// answers gives an answer to a query.
func answers(w http.ResponseWriter, r *http.Request, body string) bool {
	if r.URL.Path != "/graphql" {
		return false
	}
	io.WriteString(w, body)
	return true
}

// TestLedgerPages: a status leads to its log, with GraphQL and without. One that an entry may not have is left out, and
// does not keep the ring from being read.
func TestLedgerPages(t *testing.T) {
	log := []string{"https://ci.example/1", "https://ci.example/\n2", strings.Repeat("x", ledger.MaxURL+1), "https://ci.example/4"}
	for _, without := range []bool{false, true} {
		s := repository()
		s.NoGraphQL = without
		keep(&s, kept{"canary", payloadOf("ring-0", "a", ""), []string{"09:00:00 in_progress", "09:10:00 success", "09:20:00 failure signal health_check", "09:30:00 success signal health_check"}})
		for i := range log {
			s.Deployments[len(s.Deployments)-1].Statuses[i].LogURL = log[i]
		}
		all, err := ledgerOf(t, githubtest.New(s)).Read(t.Context(), "ring-0")
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range ringZero(all) {
			got = append(got, e.URL)
		}
		if want := []string{log[0], "", "", log[3]}; !slices.Equal(got, want) {
			t.Errorf("without GraphQL %t: pages %q, want %q", without, got, want)
		}
		facts := all.Facts("ring-0")
		if facts.History[0].URL != log[0] || facts.Signals[1].URL != log[3] { // the success has none of its own
			t.Errorf("facts = %+v", facts)
		}
	}
}
