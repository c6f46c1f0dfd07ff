package ringpolicy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

func (r *policyReader) people(n *strict.Node) {
	r.Object(n, strict.Field{Name: "roles", Read: r.roles})
}

// permission reads one that not everybody has.
func (r *policyReader) permission(n *strict.Node) Permission {
	if n.Kind == strict.Text && n.Text == string(PermissionRead) {
		r.Fail(n, "in a public repository everybody may read, expected one of triage, write, maintain, admin")
		return ""
	}
	return strict.Word(r.Reader, n, PermissionTriage, PermissionWrite, PermissionMaintain, PermissionAdmin)
}

func (r *policyReader) roles(n *strict.Node) {
	var roles []Role
	r.Map(n, func(m strict.Member) {
		role := r.role(m.Value)
		role.Name = r.KeyText(n, m.Key)
		switch {
		case role.Name == "":
		case commitForm.MatchString(role.Name):
			r.FailKey(n, m.Key, "role %q has "+formOfCommit, clip(m.Key.Text))
		case slices.ContainsFunc(roles, func(x Role) bool { return strings.EqualFold(x.Name, role.Name) }):
			r.FailKey(n, m.Key, "role %q is listed twice, since case does not count", clip(m.Key.Text))
		}
		roles = append(roles, role)
	})
	slices.SortFunc(roles, func(a, b Role) int { return cmp.Compare(foldText(a.Name), foldText(b.Name)) })
	r.out.roles = roles
}

func (r *policyReader) role(n *strict.Node) Role {
	var role Role
	r.Object(n,
		strict.Field{Name: "users", Read: func(n *strict.Node) {
			role.Users = r.accounts(n, userLogin, "is not the login of a person, such as mona")
		}},
		strict.Field{Name: "teams", Read: func(n *strict.Node) {
			role.Teams = r.accounts(n, teamName, notATeam)
		}},
		strict.Field{Name: "permission", Read: func(n *strict.Node) { role.Permission = r.permission(n) }},
	)
	return role
}

var (
	userLogin = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*$`)
	teamName  = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9_-]*/[A-Za-z0-9_][A-Za-z0-9._-]*$`)

	// commitForm is what "/approve ROLE" would take for a commit.
	commitForm = regexp.MustCompile(`^[0-9A-Fa-f]{7,64}$`)
)

const notATeam = "is not a team, expected the organization and the team, such as acme/change-board"

// accounts reads names at GitHub, in which case does not count.
func (r *policyReader) accounts(n *strict.Node, form *regexp.Regexp, complaint string) []string {
	return strict.Some(r.Reader, n, func(n *strict.Node) string { return strings.ToLower(r.matching(n, form, complaint)) })
}

const formOfCommit = "the form of a commit, for which a comment would take it, expected another name"

// roleName reads the role of a criterion.
func (r *policyReader) roleName(n *strict.Node) string {
	name := r.Text(n)
	if commitForm.MatchString(name) {
		r.Fail(n, "%q has "+formOfCommit, clip(name))
	}
	return name
}
