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
	digest      string

	upstream [][]int  // for each ring, the indexes of those it comes after
	before   [][]int  // for each ring, all rings upstream of it, the nearest first
	asked    [][]item // for each ring, what is asked of an image that wants in
	exact    map[string]int
	patterns []branchPattern

	checkNames map[string]checkName // of the checks that criteria name
}

// A Ring is a group of users that gets a change together.
type Ring struct {
	Name        string // lower-case letters, digits and inner dashes
	Title       string // for people; the name when the policy has none
	Purpose     string
	Risk        string
	Branches    []string // names and patterns, see [Policy.Match]
	Tag         string   // how image tags name the ring; the name when the policy has none
	Environment string   // the GitHub environment; the name when the policy has none
	Deploy      Deploy
	After       []string // the rings that an image must have been in before
	Require     Require  // whether all of them, or any
	Attempts    int      // failed deployments of an image in a row that keep it out until a person says retry; at least 1
	Soak        Soak
	Entry       []Criterion // to come in
	Success     []Criterion // for a stay here to count as healthy
	Windows     Windows
	Rollback    RollbackPolicy
	Health      Health
	HostPort    int // 0: none is published
}

// Deploy says what brings an image into a ring besides a promotion.
type Deploy string

const (
	DeployContinuous     Deploy = "continuous"      // each push of a branch that the ring lists
	DeployOnMerge        Deploy = "on_merge"        // each merge of a pull request into such a branch
	DeployAfterPromotion Deploy = "after_promotion" // nothing else
)

// Require says how many of several upstream rings an image must have been in.
type Require string

const (
	RequireAll Require = "all"
	RequireAny Require = "any"
)

// Soak is the stay in a ring that is needed before an image moves on. The zero Soak asks for none.
type Soak struct {
	Min       time.Duration // the shortest stay; exactly this long is enough
	Max       time.Duration // a longer stay is overdue; 0: never
	OnOverdue OnOverdue
}

// OnOverdue says what a stay beyond the maximum means.
type OnOverdue string

const (
	OverdueWarn   OnOverdue = "warn"   // a warning
	OverdueExpire OnOverdue = "expire" // the image may not move on any more
)

// RollbackPolicy says when and how a ring goes back to the last known good image.
type RollbackPolicy struct {
	Mode        Mode
	Triggers    []SignalKind  // in the policy's order; what they prove of an image also keeps it out of the rings that come after
	Consecutive int           // failing signals in a row that prove a trigger
	Cooldown    time.Duration // shortest time between two rollbacks of the ring
}

// Mode says how freely a ring goes back by itself.
type Mode string

const (
	ModeImmediate Mode = "immediate"  // at once
	ModeFastTrack Mode = "fast_track" // after one approval of the role "rollback"
	ModePlanned   Mode = "planned"    // in the ring's windows
	ModeEmergency Mode = "emergency"  // for critical errors and crashes only
)

// SignalKind is a kind of trouble that a health or smoke job sees in a running image.
type SignalKind string

const (
	SignalCriticalError  SignalKind = "critical_error"
	SignalHealthCheck    SignalKind = "health_check"
	SignalContainerCrash SignalKind = "container_crash"
	SignalTestFailure    SignalKind = "test_failure"
)

// Health is the health check of a ring's containers. A zero field leaves that to the image.
type Health struct {
	Interval    time.Duration // 30 s when the policy has none
	Timeout     time.Duration
	Retries     int
	StartPeriod time.Duration
}

// Rings returns all rings, from the first to the last.
func (p *Policy) Rings() []Ring {
	rings := make([]Ring, len(p.rings))
	for i := range p.rings {
		rings[i] = p.rings[i].clone()
	}
	return rings
}

// Ring returns the ring of a name.
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

// Next returns the rings that come right after a ring, in the policy's order: none after the last.
func (p *Policy) Next(name string) []Ring {
	var next []Ring
	for i := range p.rings {
		if slices.Contains(p.rings[i].After, name) {
			next = append(next, p.rings[i].clone())
		}
	}
	return next
}

// Timezone returns the zone that the windows are local to.
func (p *Policy) Timezone() *time.Location {
	if p.timezone == nil {
		return time.UTC
	}
	return p.timezone
}

// LabelPrefix returns the prefix of the ring labels of an image, such as "com.aitherzero".
// App is the last part of the image name, which the default is made of.
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
