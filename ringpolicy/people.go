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

// People says whose word counts. Whoever gathers evidence leaves out what others say; [Policy.Decide] applies the roles.
// The zero value hears nobody.
type People struct {
	Speak        Permission // that a person needs to be heard; a policy file that does not say means write
	Override     Permission // that a person needs to override, release or unlock, never less than Speak; a policy file that does not say means maintain
	Roles        []Role     // those that the policy lists, by name; any other role is everybody's who is heard
	UpdateMerges bool       // whoever merges the base branch on GitHub does not thereby contribute; a policy file that does not say means true
}

// A Role is what some people may approve, reject and sign off in.
type Role struct {
	Name       string     // as the policy writes it; case does not count
	Users      []string   // logins of people who hold it, in lower case
	Teams      []string   // teams whose members hold it, as "org/team" in lower case; with no Users either, everybody may hold it
	Permission Permission // that its holders need besides; "" for none
}

var (
	defaultPeople  = People{Speak: PermissionWrite, Override: PermissionMaintain, UpdateMerges: true}
	defaultWriters = []string{"github-actions[bot]"}
)

// People returns whose word counts: a copy, which the caller may change.
func (p *Policy) People() People {
	people := p.people
	people.Roles = slices.Clone(people.Roles)
	for i, r := range people.Roles {
		people.Roles[i].Users, people.Roles[i].Teams = slices.Clone(r.Users), slices.Clone(r.Teams)
	}
	return people
}

// role returns a role that the policy lists, or nil.
func (p *Policy) role(name string) *Role {
	for i := range p.people.Roles {
		if strings.EqualFold(p.people.Roles[i].Name, name) {
			return &p.people.Roles[i]
		}
	}
	return nil
}

const botSuffix = "[bot]"

// WritesLedger reports whether deployments and statuses of an account are records of the ledger. The policy names the accounts;
// one that does not say names github-actions[bot] alone. Neither case nor "[bot]" counts, which some answers of GitHub leave out;
// but a name that ends so is one of a bot. The zero Policy has no writers.
func (p *Policy) WritesLedger(login string, bot bool) bool {
	return slices.ContainsFunc(p.writers, func(writer string) bool {
		name, onlyBots := strings.CutSuffix(writer, botSuffix)
		return (bot || !onlyBots) && strings.EqualFold(name, strings.TrimSuffix(login, botSuffix))
	})
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
