package ringpolicy

import (
	"slices"
	"time"
)

// A Policy says which rings there are, from the first to the last, and what must hold before an image moves on.
//
// It is made by [Parse] or [Builtin] and never changes. The zero Policy has no ring, so it matches no branch
// and promotes nothing.
type Policy struct {
	rings       []Ring
	defaultRing string
	timezone    *time.Location
	labelPrefix string
	container   containerPorts
	roles       []Role // by name
	digest      string

	upstream [][]int  // for each ring, the indexes of those it comes after
	before   [][]int  // for each ring, all rings upstream of it, the nearest first
	asked    [][]item // for each ring, what is asked of an image that wants in
	exact    map[string]int
	patterns []branchPattern

	checkNames map[string]checkName // of the checks that criteria name
}

// A Ring is a group of users that gets a change together. [Parse] fills in every default, so no field needs one later.
type Ring struct {
	Name        string   // lower-case letters, digits and inner dashes
	Title       string   // for people; the name when the policy has none
	Purpose     string   // for people; "" when the policy has none
	Risk        string   // for people; "" when the policy has none
	Branches    []string // names and patterns, see [Policy.Match]
	Tag         string   // how image tags name the ring, see tagging.CheckRing; the name when the policy has none
	Environment string   // the GitHub environment; the name when the policy has none
	Deploy      Deploy
	After       []string    // its upstream rings, which an image must have been in before; the ring before it when the policy does not say
	Require     Require     // whether in all of them, or in any
	Attempts    int         // failed deployments of an image in a row that keep it out until a person says retry; at least 1
	Soak        Soak        // how long an image stays before it moves on
	Entry       []Criterion // to come in from upstream
	Success     []Criterion // for a stay here to count as healthy, asked of an image that wants to move on
	Windows     Windows     // when an image may come in
	Rollback    RollbackPolicy
	Health      Health // of its containers
	HostPort    int    // of its containers, 1 to 65535; 0: none is published
}

// Deploy says what brings an image into a ring besides a promotion.
type Deploy string

// All ways in. A policy file that does not say means continuous for the first ring and after_promotion for the others.
const (
	DeployContinuous     Deploy = "continuous"      // each push of a branch that the ring lists
	DeployOnMerge        Deploy = "on_merge"        // each merge of a pull request into such a branch
	DeployAfterPromotion Deploy = "after_promotion" // nothing else
)

// Require says how many of several upstream rings an image must have been in.
type Require string

// Both answers. A policy file that does not say means all.
const (
	RequireAll Require = "all" // in each of them
	RequireAny Require = "any" // in one of them: the one that is nearest to a promotion decides
)

// Soak is the stay in a ring that is needed before an image moves on. The zero Soak asks for none.
type Soak struct {
	Min       time.Duration // the shortest stay; exactly this long is enough
	Max       time.Duration // a longer stay is overdue; 0: never
	OnOverdue OnOverdue     // what a longer stay means
}

// OnOverdue says what a stay that is longer than Soak.Max means.
type OnOverdue string

// Both answers. A policy file that does not say means warn.
const (
	OverdueWarn   OnOverdue = "warn"   // a warning, which does not keep the image out
	OverdueExpire OnOverdue = "expire" // the image may not move on any more
)

// RollbackPolicy says when and how a ring goes back to the last known good image.
type RollbackPolicy struct {
	Mode        Mode
	Triggers    []SignalKind  // in the policy's order; what they prove of an image also keeps it out of the rings that come after
	Consecutive int           // failing signals of one kind in a row that prove a trigger; at least 1
	Cooldown    time.Duration // the shortest time between two rollbacks of the ring; 0: none
}

// Mode says how freely a ring goes back by itself, once a trigger is proven.
type Mode string

// All modes, after the deployment rings guide: ring 0 rolls back at once ("immediate if issues detected"), ring 1 has a fast track,
// ring 2 a planned process, and production rolls back in an emergency only. A policy file that does not say means immediate.
const (
	ModeImmediate Mode = "immediate"  // at once
	ModeFastTrack Mode = "fast_track" // after one approval of the role "rollback"
	ModePlanned   Mode = "planned"    // in the ring's windows
	ModeEmergency Mode = "emergency"  // for critical errors and crashes; anything else is for a person to decide
)

// SignalKind is the kind of trouble that a health or smoke job looks for in a running image.
type SignalKind string

// All kinds of signals. They are the triggers of an automated rollback in the deployment rings guide: critical errors detected,
// health checks failing, container crashes, test failures.
const (
	SignalCriticalError  SignalKind = "critical_error"  // the program reports a critical error
	SignalHealthCheck    SignalKind = "health_check"    // the health check of the container fails
	SignalContainerCrash SignalKind = "container_crash" // the container did not start, or crashed
	SignalTestFailure    SignalKind = "test_failure"    // a test of the image in the ring fails
)

// Health is the health check of a ring's containers, in the terms of Docker's HEALTHCHECK. A zero field leaves that to the image.
type Health struct {
	Interval    time.Duration // between two checks; 30 s, which the deployment rings guide asks for, when the policy has none
	Timeout     time.Duration // after which a check has failed
	Retries     int           // failed checks in a row that make a container unhealthy
	StartPeriod time.Duration // in which a failed check does not count
}

// Rings returns all rings, from the first to the last: copies, which the caller may change.
func (p *Policy) Rings() []Ring {
	rings := make([]Ring, len(p.rings))
	for i := range p.rings {
		rings[i] = p.rings[i].clone()
	}
	return rings
}

// Ring returns the ring with a name, and whether the policy has one. Case counts.
func (p *Policy) Ring(name string) (Ring, bool) {
	if i := p.index(name); i >= 0 {
		return p.rings[i].clone(), true
	}
	return Ring{}, false
}

// Default returns the ring of the branches that no ring lists, if the policy has one.
func (p *Policy) Default() (Ring, bool) { return p.Ring(p.defaultRing) }

// Last returns the last ring, which releases belong to. The zero Policy has none.
func (p *Policy) Last() (Ring, bool) {
	if len(p.rings) == 0 {
		return Ring{}, false
	}
	return p.rings[len(p.rings)-1].clone(), true
}

// Next returns the rings that name this one as an upstream ring, in the policy's order: none after the last.
func (p *Policy) Next(name string) []Ring {
	var next []Ring
	for i := range p.rings {
		if slices.Contains(p.rings[i].After, name) {
			next = append(next, p.rings[i].clone())
		}
	}
	return next
}

// Timezone returns the zone that the windows are local to: UTC unless the policy names another.
func (p *Policy) Timezone() *time.Location {
	if p.timezone == nil {
		return time.UTC
	}
	return p.timezone
}

// LabelPrefix returns the prefix of the ring labels of an image, without a dot at its end, such as "com.aitherzero". Where the
// policy gives none, it is "com." and app, the last part of the image name.
func (p *Policy) LabelPrefix(app string) string {
	if p.labelPrefix != "" {
		return p.labelPrefix
	}
	return "com." + app
}

// Digest returns "sha256:" and the SHA-256 of the policy in a canonical form. Two files that mean the same have the same digest.
func (p *Policy) Digest() string { return p.digest }

// Equal reports whether two policies mean the same: their digests are equal. Two nil policies are equal.
func (p *Policy) Equal(other *Policy) bool {
	if p == nil || other == nil {
		return p == other
	}
	return p.digest == other.digest
}

func (p *Policy) index(name string) int {
	return slices.IndexFunc(p.rings, func(r Ring) bool { return r.Name == name })
}

func (r Ring) clone() Ring {
	r.Branches = slices.Clone(r.Branches)
	r.After = slices.Clone(r.After)
	r.Entry = cloneCriteria(r.Entry)
	r.Success = cloneCriteria(r.Success)
	r.Windows = r.Windows.clone()
	r.Rollback.Triggers = slices.Clone(r.Rollback.Triggers)
	return r
}
