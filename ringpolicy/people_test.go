package ringpolicy_test

import (
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

func TestRoles(t *testing.T) {
	for _, tt := range []struct {
		keys string
		want []ringpolicy.Role
	}{
		{"", nil},
		{"people: {}", nil},
		{"people: {roles: {Zoo: {permission: triage}, board: {users: [Mona, cleo], teams: [Acme/Change-Board]}, any: {}}}", []ringpolicy.Role{
			{Name: "any"}, {Name: "board", Users: []string{"mona", "cleo"}, Teams: []string{"acme/change-board"}}, {Name: "Zoo", Permission: "triage"}}},
	} {
		p := parse(t, "version: 1\nrings: [{name: a}]\n"+tt.keys)
		if diff := cmp.Diff(tt.want, p.Roles()); diff != "" {
			t.Errorf("Roles() of %q (-want +got):\n%s", tt.keys, diff)
		}
		for _, r := range p.Roles() {
			for _, list := range [][]string{r.Users, r.Teams} {
				for i := range list {
					list[i] = "spoilt"
				}
			}
		}
		if diff := cmp.Diff(tt.want, p.Roles()); diff != "" {
			t.Errorf("Roles() of %q after a caller changed it (-want +got):\n%s", tt.keys, diff)
		}
	}
}
