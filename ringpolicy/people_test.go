package ringpolicy_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

var permissions = []ringpolicy.Permission{ringpolicy.PermissionNone, ringpolicy.PermissionRead, ringpolicy.PermissionTriage,
	ringpolicy.PermissionWrite, ringpolicy.PermissionMaintain, ringpolicy.PermissionAdmin}

func TestPermissionAtLeast(t *testing.T) {
	for i, p := range permissions {
		for j, other := range permissions {
			if got := p.AtLeast(other); got != (i >= j) {
				t.Errorf("%s.AtLeast(%s) = %v, want %v", p, other, got, i >= j)
			}
		}
		for _, unknown := range []ringpolicy.Permission{"", "owner", "Admin"} {
			if p.AtLeast(unknown) || unknown.AtLeast(p) {
				t.Errorf("%q and %q: AtLeast = true, want false both ways", p, unknown)
			}
		}
	}
}

func TestPeople(t *testing.T) {
	for _, tt := range []struct {
		keys string
		want ringpolicy.People
	}{
		{"", ringpolicy.People{Speak: "write", Override: "maintain", UpdateMerges: true}},
		{"people: {}", ringpolicy.People{Speak: "write", Override: "maintain", UpdateMerges: true}},
		{"people: {speak: triage, override: admin, update_merges: false}", ringpolicy.People{Speak: "triage", Override: "admin"}},
		{"people: {speak: admin}", ringpolicy.People{Speak: "admin", Override: "admin", UpdateMerges: true}}, // who overrides has to be heard
		{"people: {override: triage, speak: maintain}", ringpolicy.People{Speak: "maintain", Override: "maintain", UpdateMerges: true}},
		{"people: {roles: {Zoo: {permission: triage}, board: {users: [Mona, cleo], teams: [Acme/Change-Board]}, any: {}}}", ringpolicy.People{
			Speak: "write", Override: "maintain", UpdateMerges: true, Roles: []ringpolicy.Role{
				{Name: "any"}, {Name: "board", Users: []string{"mona", "cleo"}, Teams: []string{"acme/change-board"}}, {Name: "Zoo", Permission: "triage"}}}},
	} {
		p := parse(t, "version: 1\nrings: [{name: a}]\n"+tt.keys)
		if diff := cmp.Diff(tt.want, p.People()); diff != "" {
			t.Errorf("People() of %q (-want +got):\n%s", tt.keys, diff)
		}
		for _, r := range p.People().Roles {
			for _, list := range [][]string{r.Users, r.Teams} {
				for i := range list {
					list[i] = "spoilt"
				}
			}
		}
		if diff := cmp.Diff(tt.want, p.People()); diff != "" {
			t.Errorf("People() of %q after a caller changed it (-want +got):\n%s", tt.keys, diff)
		}
	}
	if got := new(ringpolicy.Policy).People(); got.Speak.AtLeast(ringpolicy.PermissionNone) || ringpolicy.PermissionAdmin.AtLeast(got.Speak) || ringpolicy.PermissionAdmin.AtLeast(got.Override) {
		t.Errorf("People() of the zero Policy = %+v, want one that hears nobody", got)
	}
}

func TestWritesLedger(t *testing.T) {
	const (
		person, bot = false, true
	)
	for _, tt := range []struct {
		writers, login string
		bot, want      bool
	}{
		{"", "github-actions[bot]", bot, true},
		{"", "github-actions", bot, true}, // as GraphQL writes it
		{"", "GitHub-Actions[bot]", bot, true},
		{"", "github-actions", person, false}, // a person may have that name
		{"", "mona", person, false},
		{"", "", bot, false},
		{"", "[bot]", bot, false},
		{`["acme-deployer[bot]"]`, "github-actions[bot]", bot, false},
		{`["Acme-Deployer[bot]"]`, "acme-deployer", bot, true},
		{"[mona]", "Mona", person, true},
		{"[mona]", "mona[bot]", bot, true}, // a name without it is of whoever has it
		{"[mona]", "monas", person, false},
		{`[mona, "github-actions[bot]"]`, "github-actions[bot]", bot, true},
	} {
		keys := ""
		if tt.writers != "" {
			keys = "ledger: {writers: " + tt.writers + "}"
		}
		if got := parse(t, "version: 1\nrings: [{name: a}]\n"+keys).WritesLedger(tt.login, tt.bot); got != tt.want {
			t.Errorf("writers %s: WritesLedger(%q, %v) = %v, want %v", tt.writers, tt.login, tt.bot, got, tt.want)
		}
	}
	if new(ringpolicy.Policy).WritesLedger("github-actions[bot]", bot) {
		t.Error("the zero Policy has a writer, want none")
	}
}

func TestEnvironmentsBefore(t *testing.T) {
	p := parse(t, "version: 1\nrings: [{name: a, environment: prod, environments_before: [production, live]}, {name: b, soak: {min: 1h}, entry: [{id: x, sign_off: {}}]}]")
	want := []string{"production", "live"}
	p.Rings()[0].EnvironmentsBefore[0] = "spoilt"
	if a, _ := p.Ring("a"); !slices.Equal(a.EnvironmentsBefore, want) {
		t.Errorf("EnvironmentsBefore = %q, want %q", a.EnvironmentsBefore, want)
	}
	if b, _ := p.Ring("b"); len(b.EnvironmentsBefore) != 0 {
		t.Errorf("EnvironmentsBefore = %q, want none", b.EnvironmentsBefore)
	}
}
