package command

import (
	"encoding/json"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/cli"
	"github.com/wizzense/deployment-rings/action/internal/surface"
)

func TestGate(t *testing.T) {
	for _, tt := range []struct{ file, decision, reason, next string }{
		{"hold", "hold", "soak_running", "2026-03-03T09:00:00Z"},
		{"several", "hold", "check_failed", "2026-03-03T09:00:00Z"},
		{"unknown", "hold", "evidence_missing", ""},
		{"nowhere", "hold", "upstream_missing", ""},
		{"promote", "promote", "ok", ""},
		{"noop", "noop", "already_there", ""},
		{"rollback", "rollback", "rollback_triggered", ""},
		{"hostile", "hold", "locked", "2026-03-04T00:00:00Z"},
	} {
		t.Run(tt.file, func(t *testing.T) {
			file := "testdata/gate/" + tt.file + ".yml"
			hand := byHand(t, nil, "gate", "--evidence", file)
			if hand.code != cli.ExitDone || hand.stderr != "" {
				t.Errorf("gate = %d, standard error %q, want 0 and none", hand.code, hand.stderr)
			}
			golden(t, "testdata/gate/"+tt.file+".txt", hand.stdout)

			run := inAction(t, "", map[string]string{"INPUT_COMMAND": "gate", "INPUT_EVIDENCE": file})
			for name, want := range map[string]string{"decision": tt.decision, "reason-code": tt.reason, "next-eligible-at": tt.next, "to-ring": "ring-1", "from-ring": "ring-0"} {
				if got := run.outputs[name]; got != want {
					t.Errorf("output %s = %q, want %q", name, got, want)
				}
			}
			golden(t, "testdata/gate/"+tt.file+".md", run.summary)
			golden(t, "testdata/gate/"+tt.file+".log", run.stdout)
			if want := outputsOf("gate"); !slices.Equal(run.order, want) {
				t.Errorf("outputs = %v, want %v", run.order, want)
			}
			if got := read(t, run.outputs["json-file"]); got != run.outputs["json"] {
				t.Errorf("json-file holds %q, the output json %q", got, run.outputs["json"])
			}
		})
	}
}

func outputsOf(command string) []string {
	var names []string
	for _, o := range outputsFor(command) {
		names = append(names, o.Name)
	}
	return append(names, "json")
}

// outputsFor are the outputs of a command, all but json.
func outputsFor(command string) []cli.Output {
	return slices.DeleteFunc(slices.Clone(surface.Outputs), func(o cli.Output) bool { return o.Name == "json" || !slices.Contains(o.Commands, command) })
}

func TestGateJSON(t *testing.T) {
	r := byHand(t, nil, "gate", "--evidence", "testdata/gate/hold.yml", "--format", "json")
	var decision map[string]any
	if err := json.Unmarshal([]byte(r.stdout), &decision); err != nil {
		t.Fatalf("standard output is not one JSON value: %v", err)
	}
	keys := []string{"conditional", "criteria", "decision", "decision_id", "evidence_digest", "hold_kind", "next_eligible_at", "now", "policy_digest",
		"reason_code", "rollback", "schema", "subject", "summary", "valid_until", "warnings"}
	if diff := cmp.Diff(keys, slices.Sorted(maps.Keys(decision))); diff != "" {
		t.Errorf("keys of a decision (-want +got):\n%s", diff)
	}
}

func TestGateFailOn(t *testing.T) {
	for _, tt := range []struct {
		file, failOn string
		want         int
	}{
		{"hold", "", cli.ExitDone},
		{"hold", "never", cli.ExitDone},
		{"hold", "hold", cli.ExitVerdict},
		{"hold", "unknown", cli.ExitDone},
		{"hold", "rollback", cli.ExitDone},
		{"unknown", "unknown", cli.ExitVerdict},
		{"unknown", "hold", cli.ExitVerdict}, // a hold of that kind is a hold all the same
		{"rollback", "hold, rollback", cli.ExitVerdict},
		{"promote", "hold,rollback,unknown", cli.ExitDone},
		{"promote", "promote", cli.ExitUsage},
	} {
		got := byHand(t, nil, "gate", "--evidence", "testdata/gate/"+tt.file+".yml", "--fail-on="+tt.failOn)
		if got.code != tt.want {
			t.Errorf("gate of %s with fail-on %q = %d, want %d: %s", tt.file, tt.failOn, got.code, tt.want, got.stderr)
		}
		if wantText := tt.want != cli.ExitUsage; (got.stdout != "") != wantText {
			t.Errorf("gate of %s with fail-on %q prints %q", tt.file, tt.failOn, got.stdout)
		}
	}
}

func TestGateNow(t *testing.T) {
	for now, want := range map[string]string{"2026-03-03T08:59:59Z": "hold", "2026-03-03T09:00:00Z": "promote", "2026-03-03T10:00:00+01:00": "promote"} {
		r := inAction(t, "", map[string]string{"INPUT_COMMAND": "gate", "INPUT_EVIDENCE": "testdata/gate/hold.yml", "INPUT_NOW": now})
		if got := r.outputs["decision"]; got != want {
			t.Errorf("gate at %s = %s, want %s", now, got, want)
		}
	}
}

// The subject of the evidence fills in what is not given; what says otherwise is a mistake, and nothing is decided.
func TestGateSubject(t *testing.T) {
	const digest = "sha256:a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4a1b2c3d4"
	bare := write(t, "bare.yml", "schema: 1\n")
	for _, tt := range []struct {
		name string
		args []string
		want int
		says string
	}{
		{"the same", []string{"--evidence", "testdata/gate/hold.yml", "--ring", "ring-1", "--digest", digest, "--image", "ghcr.io/Wizzense/AitherZero"}, cli.ExitDone, ""},
		{"another ring", []string{"--evidence", "testdata/gate/hold.yml", "--ring", "ring-2"}, cli.ExitUsage, `ring: "ring-2" is given, but the evidence is about "ring-1"`},
		{"another digest", []string{"--evidence", "testdata/gate/hold.yml", "--digest", strings.Replace(digest, "a1", "b2", 1)}, cli.ExitUsage, "digest: "},
		{"another image", []string{"--evidence", "testdata/gate/hold.yml", "--image", "ghcr.io/acme/app"}, cli.ExitUsage, "image: ghcr.io/acme/app is given"},
		{"filled in", []string{"--evidence", bare, "--ring", "ring-1", "--digest", digest}, cli.ExitDone, ""},
		{"nothing to fill in", []string{"--evidence", bare}, cli.ExitUsage, "ring: neither"},
		{"an unknown ring", []string{"--evidence", bare, "--ring", "ring-9", "--digest", digest}, cli.ExitUsage, `no ring "ring-9"`},
		{"a tag of no image", []string{"--evidence", bare, "--ring", "ring-1", "--tag", "ring-0-latest"}, cli.ExitUsage, "no image is given"},
		{"no evidence", nil, cli.ExitUsage, "nothing to decide by"},
		{"no such file", []string{"--evidence", "nowhere.yml"}, cli.ExitUsage, "nowhere.yml"},
	} {
		r := byHand(t, nil, append([]string{"gate"}, tt.args...)...)
		if r.code != tt.want || !strings.Contains(r.stderr, tt.says) || (r.stdout == "") == (tt.want == cli.ExitDone) {
			t.Errorf("%s: gate = %d, want %d with %q\nstandard output: %s\nstandard error: %s", tt.name, r.code, tt.want, tt.says, r.stdout, r.stderr)
		}
	}
}

// Every mistake of an evidence file is reported with its place, and no decision is printed.
func TestGateBadEvidence(t *testing.T) {
	file := write(t, "evidence.yml", "schema: 2\nsubject: {digest: sha256:abc, too: ring-1}\nmetrics: [{name: x, value: .nan, from: 2026-03-03T05:30:00Z, to: 2026-03-02T05:30:00Z}]\n")
	r := inAction(t, "", map[string]string{"INPUT_COMMAND": "gate", "INPUT_EVIDENCE": file})
	if r.code != cli.ExitUsage || len(r.outputs) > 0 {
		t.Errorf("gate = %d with outputs %v, want 2 and none", r.code, r.outputs)
	}
	for _, want := range []string{"line=1::", "line=2::", "line=3::", "schema", "subject.digest", "did you mean", "metrics[0]"} {
		if !strings.Contains(r.stdout, want) {
			t.Errorf("annotations lack %q:\n%s", want, r.stdout)
		}
	}
}

func TestGateHugeEvidence(t *testing.T) {
	file := filepath.Join(t.TempDir(), "huge.json")
	f, err := os.Create(file)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if err := f.Truncate(100 << 20); err != nil { // a hole, which takes no place on the disk
		t.Fatal(err)
	}
	r := byHand(t, nil, "gate", "--evidence", file)
	if r.code != cli.ExitUsage || !strings.Contains(r.stderr, "expected at most") {
		t.Errorf("gate of 100 MB = %d: %s, want 2", r.code, r.stderr)
	}
}

func TestLintCommand(t *testing.T) {
	for _, tt := range []struct {
		name string
		args []string
		want int
	}{
		{"builtin", nil, cli.ExitDone},
		{"errors", []string{"--policy", "testdata/lint/errors.yml"}, cli.ExitVerdict},
		{"warnings", []string{"--policy", "testdata/lint/warnings.yml"}, cli.ExitDone},
		{"invalid", []string{"--policy", "testdata/lint/invalid.yml"}, cli.ExitUsage},
		{"missing", []string{"--policy", "testdata/lint/missing.yml"}, cli.ExitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := byHand(t, nil, append([]string{"lint"}, tt.args...)...)
			if r.code != tt.want {
				t.Errorf("lint = %d, want %d", r.code, tt.want)
			}
			golden(t, "testdata/lint/"+tt.name+".txt", "standard output:\n"+r.stdout+"standard error:\n"+r.stderr)
			env := map[string]string{"INPUT_COMMAND": "lint"}
			if len(tt.args) > 0 {
				env["INPUT_POLICY"] = tt.args[1]
			}
			run := inAction(t, "", env)
			golden(t, "testdata/lint/"+tt.name+".log", run.stdout+"summary:\n"+run.summary)
		})
	}
}

func TestTestCommand(t *testing.T) {
	for _, tt := range []struct {
		name, tests string
		want        int
	}{
		{"passing", "testdata/test/passing_test.yml", cli.ExitDone},
		{"failing", "testdata/test/*ing_test.yml\ntestdata/test/passing_test.yml", cli.ExitVerdict},
		{"invalid", "testdata/test/invalid_test.yml", cli.ExitUsage},
		{"none", "testdata/test/no*_test.yml", cli.ExitUsage},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := byHand(t, nil, "test", "--tests", tt.tests)
			if r.code != tt.want {
				t.Errorf("test = %d, want %d", r.code, tt.want)
			}
			golden(t, "testdata/test/"+tt.name+".txt", "standard output:\n"+r.stdout+"standard error:\n"+r.stderr)
			run := inAction(t, "", map[string]string{"INPUT_COMMAND": "test", "INPUT_TESTS": tt.tests})
			golden(t, "testdata/test/"+tt.name+".log", run.stdout+"summary:\n"+run.summary)
		})
	}
}

func TestVerdictsAsJSON(t *testing.T) {
	for _, args := range [][]string{{"lint"}, {"test", "--tests", "testdata/test/*ing_test.yml"}} {
		r := byHand(t, nil, append(args, "--format=json")...)
		var value map[string]any
		if err := json.Unmarshal([]byte(r.stdout), &value); err != nil {
			t.Errorf("%v prints no JSON value: %v", args, err)
		}
	}
}

// Without an image to read labels of, the commit of an image is what the ledger says, as status has it.
func TestGateKnowsTheCommitOfTheLedger(t *testing.T) {
	policy := write(t, "rings.yml", "version: 1\nrings: [{name: dev}, {name: prod, entry: [{id: unit, checks: {names: [unit]}}]}]\n")
	ledger := "file:" + write(t, "l.jsonl", `{"id":"1","at":"2026-03-01T00:00:00Z","ring":"dev","outcome":"success","digest":"sha256:`+strings.Repeat("a", 64)+`","revision":"`+headCommit+`"}`+"\n"+
		`{"id":"2","at":"2026-03-01T00:00:00Z","ring":"dev","outcome":"success","digest":"sha256:`+strings.Repeat("b", 64)+`","revision":"`+strings.Repeat("b", 40)+`"}`+"\n")
	facts := write(t, "facts.json", `{"schema":1,"now":"2026-03-02T00:00:00Z","locks":[],"checks":[{"name":"unit","state":"success","revision":"`+headCommit+`","id":1,"run_started_at":"2026-03-01T00:00:00Z"}]}`)
	for digest, want := range map[string]string{"a": "prod: promote. All", "b": "no check matches unit", "c": "revision not collected"} {
		r := byHand(t, nil, "gate", "--ring", "prod", "--policy", policy, "--ledger", ledger, "--evidence", facts, "--digest", "sha256:"+strings.Repeat(digest, 64))
		if r.code != cli.ExitDone || !strings.Contains(r.stdout, want) {
			t.Errorf("gate of %s lacks %q:\n%s%s", digest, want, r.stdout, r.stderr)
		}
	}
}

// TestEvidenceKinds: a file brings the kinds of facts that the job lets it bring, to every command that takes one.
func TestEvidenceKinds(t *testing.T) {
	const file = "testdata/gate/hold.yml"
	for _, c := range []struct {
		kinds string
		code  int
		says  []string
	}{
		{"", cli.ExitDone, nil},
		{"all", cli.ExitDone, nil},
		{"history,signals, gone,checks,metrics,incidents,approvals,sign_offs,overrides,locks,quarantine,ancestry", cli.ExitDone, nil},
		{"metrics , alerts,people", cli.ExitUsage, []string{
			file + `:13:5: rings.ring-0: this file may not bring the kind "history", expected only metrics, alerts, people`,
			`this file may not bring the kind "locks", expected only metrics, alerts, people`}},
		{"history,signal", cli.ExitUsage, []string{`evidence-kinds: "signal" is not a kind of facts, expected all, or a comma list of history, signals, gone, checks,`}},
		{"checks,", cli.ExitUsage, []string{`evidence-kinds: "" is not a kind`}},
		{"all,checks", cli.ExitUsage, []string{`evidence-kinds: "all" is not a kind`}},
	} {
		commands := []string{"gate", "status"}
		if c.code == cli.ExitUsage {
			commands = append(commands, "promote", "rollback") // which would ask a registry otherwise
		}
		for _, command := range commands {
			r := byHand(t, nil, command, "--evidence", file, "--evidence-kinds", c.kinds, "--ledger", "file:"+write(t, "ledger.jsonl", ""))
			if r.code != c.code {
				t.Errorf("%s with evidence-kinds %q = %d, want %d\n%s", command, c.kinds, r.code, c.code, r.stderr)
			}
			for _, says := range c.says {
				if !strings.Contains(r.stderr, says) {
					t.Errorf("%s with evidence-kinds %q does not say %s\n%s", command, c.kinds, says, r.stderr)
				}
			}
		}
	}
}
