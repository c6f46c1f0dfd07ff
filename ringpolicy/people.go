package ringpolicy

import (
	"slices"
	"strings"
)

// Permission is what a person may do in the repository, in the words of GitHub. Of a custom role it is the one that the role
// is built on.
type Permission string

// All permissions, each of which contains those before it.
const (
	PermissionNone     Permission = "none"     // the person has no part in the repository
	PermissionRead     Permission = "read"     // look at it; in a public repository everybody may
	PermissionTriage   Permission = "triage"   // manage issues and pull requests
	PermissionWrite    Permission = "write"    // push
	PermissionMaintain Permission = "maintain" // manage the repository, but for what is sensitive or destroys
	PermissionAdmin    Permission = "admin"    // everything
)

var permissions = []Permission{PermissionNone, PermissionRead, PermissionTriage, PermissionWrite, PermissionMaintain, PermissionAdmin}

// AtLeast reports whether a permission contains another. One that is not known contains none and is contained in none.
func (p Permission) AtLeast(other Permission) bool {
	asked := slices.Index(permissions, other)
	return asked >= 0 && slices.Index(permissions, p) >= asked
}

// A Role is what some people may approve, reject and sign off in.
type Role struct {
	Name       string     // as the policy writes it; case does not count
	Users      []string   // logins of people who hold it, in lower case
	Teams      []string   // teams whose members hold it, as "org/team" in lower case; with no Users either, everybody may hold it
	Permission Permission // that its holders need besides; "" for none
}

// Roles returns the roles that the policy lists, by name: a copy, which the caller may change. Any other role is everybody's who is heard.
func (p *Policy) Roles() []Role {
	roles := slices.Clone(p.roles)
	for i, r := range roles {
		roles[i].Users, roles[i].Teams = slices.Clone(r.Users), slices.Clone(r.Teams)
	}
	return roles
}

// role returns a role that the policy lists, or nil.
func (p *Policy) role(name string) *Role {
	for i := range p.roles {
		if strings.EqualFold(p.roles[i].Name, name) {
			return &p.roles[i]
		}
	}
	return nil
}

// A claim is what is known of a person and a role.
type claim uint8

const (
	refuted claim = iota // the person does not hold it
	unclear              // that is not known
	proven               // the person holds it
)

// claim says whether a person holds a role; nil is one that is everybody's. A claim that is refuted has a reason.
func (f *facts) claim(r *Role, login string) (claim, string) {
	if r == nil {
		return proven, ""
	}
	who := f.people[foldText(login)]
	member, able := r.names(login, who), r.allows(who)
	switch {
	case member == refuted:
		return refuted, "this person does not hold the role " + r.Name
	case able == refuted:
		return refuted, "this person has the permission " + string(who.Permission) + ", and the role " + r.Name + " asks for " + string(r.Permission)
	}
	return min(member, able), ""
}

// names says whether a role is of a person, whatever that person may do.
func (r *Role) names(login string, who Person) claim {
	is := func(name string) bool { return strings.EqualFold(name, login) }
	in := func(team string) bool {
		return slices.ContainsFunc(r.Teams, func(t string) bool { return strings.EqualFold(t, team) })
	}
	switch {
	case len(r.Users)+len(r.Teams) == 0, slices.ContainsFunc(r.Users, is), slices.ContainsFunc(who.Teams, in):
		return proven
	case len(r.Teams) > 0 && who.Teams == nil:
		return unclear
	}
	return refuted
}

// allows says whether a person may do enough for a role.
func (r *Role) allows(who Person) claim {
	switch {
	case r.Permission == "" || who.Permission.AtLeast(r.Permission):
		return proven
	case who.Permission == "":
		return unclear
	}
	return refuted
}

// byLogin finds the people of the evidence. Of a person of whom it says two things nothing is known.
func byLogin(all []Person) map[string]Person {
	found := make(map[string]Person, len(all))
	for _, x := range all {
		key := foldText(x.Login)
		if other, twice := found[key]; twice && !x.agrees(other) {
			x = Person{}
		}
		found[key] = x
	}
	return found
}

func (x Person) agrees(other Person) bool {
	return x.Permission == other.Permission && (x.Teams == nil) == (other.Teams == nil) && slices.Equal(foldedTeams(x), foldedTeams(other))
}

func foldedTeams(x Person) []string {
	teams := make([]string, len(x.Teams))
	for i, t := range x.Teams {
		teams[i] = foldText(t)
	}
	slices.Sort(teams)
	return slices.Compact(teams)
}
