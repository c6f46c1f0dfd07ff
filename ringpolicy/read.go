package ringpolicy

import (
	"cmp"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
	"github.com/wizzense/deployment-rings/ringpolicy/internal/zone"
)

// MaxPolicySize is the most bytes that a policy file may have; [Parse] refuses a larger one.
const MaxPolicySize = 1 << 20

// Parse reads a policy file: JSON when it begins with "{" or "[", otherwise YAML. File is its name in messages.
// [Schema] describes the keys; Parse also checks what they say of each other.
//
// The file is checked strictly and whole; the error is [Problems], each with its place. Unknown keys, keys given twice,
// an empty list where something must be checked, and durations that would lift a limit are problems, so that a misspelt
// gate never means no gate. So are YAML's merge keys, tags and second documents; anchors and aliases are fine, as long as
// the whole stays small.
func Parse(file string, src []byte) (*Policy, error) {
	root, err := strict.Parse(file, src, MaxPolicySize)
	if err != nil {
		return nil, asError([]*strict.Problem{err.(*strict.Problem)})
	}
	r := policyReader{Reader: strict.NewReader(file)}
	r.policy(root)
	if r.Failed() {
		return nil, asError(r.Problems())
	}
	r.out.digest = digestOf(canonicalJSON(r.out.canonical()))
	r.out.prepare()
	return &r.out, nil
}

// A policyReader fills out from the nodes of a policy file.
type policyReader struct {
	*strict.Reader
	out Policy
}

func (r *policyReader) policy(n *strict.Node) {
	r.out.timezone = time.UTC
	r.out.container = defaultPorts
	r.out.checkNames = map[string]checkName{}
	r.Object(n,
		strict.Field{Name: "version", Required: true, Read: r.version},
		strict.Field{Name: "default_ring", Read: func(n *strict.Node) { r.out.defaultRing = r.Text(n) }},
		strict.Field{Name: "timezone", Read: func(n *strict.Node) { r.out.timezone = r.timezone(n) }},
		strict.Field{Name: "people", Read: r.people},
		strict.Field{Name: "labels", Read: r.labels},
		strict.Field{Name: "container", Read: r.containerPorts},
		strict.Field{Name: "rings", Required: true, Read: r.rings},
	)
	if rings := n.Get("rings").Elements(); len(rings) > 0 && len(rings) == len(r.out.rings) {
		r.relate(n)
	}
}

func (r *policyReader) version(n *strict.Node) {
	switch {
	case n.Kind != strict.Number:
		r.Fail(n, "is %s, expected the number 1", n.Kind)
	case n.Text != "1":
		r.Fail(n, "version %s is not known, expected 1", clip(n.Text))
	}
}

func (r *policyReader) timezone(n *strict.Node) *time.Location {
	name := r.Text(n)
	if name == "" {
		return time.UTC
	}
	location, err := zone.Load(name)
	if err != nil {
		r.Fail(n, "%v", err)
		return time.UTC
	}
	return location
}

var labelPrefix = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)

func (r *policyReader) labels(n *strict.Node) {
	r.Object(n, strict.Field{Name: "prefix", Read: func(n *strict.Node) {
		r.out.labelPrefix = r.matching(n, labelPrefix, "is not the prefix of a label such as com.example")
	}})
}

// matching reads text of a form.
func (r *policyReader) matching(n *strict.Node, form *regexp.Regexp, complaint string) string {
	s := r.Text(n)
	if s != "" && !form.MatchString(s) {
		r.Fail(n, "%q %s", clip(s), complaint)
		return ""
	}
	return s
}

func (r *policyReader) duration(n *strict.Node) time.Duration {
	if n.Kind == strict.Number {
		r.Fail(n, "%s has no unit, expected a duration such as 90m, 24h, 3d or 1d12h", clip(n.Text))
		return 0
	}
	s := r.Text(n)
	if s == "" {
		return 0
	}
	d, err := parseDuration(s)
	if err != nil {
		r.Fail(n, "%q %v", clip(s), err)
	}
	return d
}

// span reads a duration where none at all would lift the limit that the key is there to set.
func (r *policyReader) span(n *strict.Node) time.Duration {
	failed := r.Count()
	d := r.duration(n)
	if d == 0 && r.Count() == failed {
		r.Fail(n, "is no time at all, expected a longer duration; leave the key out for no limit")
	}
	return d
}

// clip shortens untrusted text for a message.
func clip(s string) string { return strict.Clip(s) }

// relate checks and resolves what one part of a policy says of another.
func (r *policyReader) relate(root *strict.Node) {
	rings := root.Get("rings").Items
	r.distinctNames(rings)
	r.indexBranches(rings)
	for i, n := range rings {
		r.distinctIDs(n)
		r.resolveUpstream(i, n)
	}
	for i := range rings {
		r.hasSomethingToCheck(i, rings)
	}
	if n := root.Get("default_ring"); n != nil && r.out.defaultRing != "" && r.out.index(r.out.defaultRing) < 0 {
		r.Fail(n, "no ring is named %q%s", clip(n.Text), strict.Suggest(n.Text, r.names()))
	}
}

func (r *policyReader) names() []string {
	var names []string
	for _, ring := range r.out.rings {
		names = append(names, ring.Name)
	}
	return names
}

// distinctNames reports rings that share their name or their tag.
func (r *policyReader) distinctNames(rings []*strict.Node) {
	for i, ring := range r.out.rings {
		for j, earlier := range r.out.rings[:i] {
			switch {
			case ring.Name == "":
			case ring.Name == earlier.Name:
				r.Fail(rings[i].Get("name"), "%q is also the name of rings[%d], expected another", ring.Name, j)
			case ring.Tag == earlier.Tag:
				at := cmp.Or(rings[i].Get("tag"), rings[i].Get("name"))
				r.Fail(at, "%q is also the tag of ring %q, expected another", ring.Tag, earlier.Name)
			}
		}
	}
}

// indexBranches prepares [Policy.Match] and reports a branch that two rings list.
func (r *policyReader) indexBranches(rings []*strict.Node) {
	r.out.exact = map[string]int{}
	for i, n := range rings {
		for _, b := range n.Get("branches").Elements() {
			if b.Kind == strict.Text {
				r.indexBranch(i, b)
			}
		}
	}
}

func (r *policyReader) indexBranch(ring int, n *strict.Node) {
	if isPattern(n.Text) {
		if p, err := compilePattern(n.Text, false); err == nil {
			r.out.patterns = append(r.out.patterns, branchPattern{p, ring})
		}
		return
	}
	if other, listed := r.out.exact[n.Text]; listed && other != ring {
		r.Fail(n, "branch %q also belongs to ring %q, expected one ring", clip(n.Text), r.out.rings[other].Name)
		return
	}
	r.out.exact[n.Text] = ring
}

// resolveUpstream fills in the rings that ring i comes after. They stand before it, so that there is no circle.
func (r *policyReader) resolveUpstream(i int, n *strict.Node) {
	given := n.Get("after")
	r.out.upstream = append(r.out.upstream, nil)
	switch {
	case given != nil:
		r.upstreamGiven(i, given)
	case i > 0:
		r.out.rings[i].After = []string{r.out.rings[i-1].Name}
		r.out.upstream[i] = []int{i - 1}
	}
}

func (r *policyReader) upstreamGiven(i int, given *strict.Node) {
	earlier := r.names()[:i]
	for _, n := range given.Elements() {
		at := slices.Index(earlier, n.Text)
		switch {
		case n.Kind != strict.Text || n.Text == "" || i == 0:
		case at >= 0:
			r.out.upstream[i] = append(r.out.upstream[i], at)
		case r.out.index(n.Text) >= 0:
			r.Fail(n, "ring %q does not stand before this one, expected one of %s", clip(n.Text), strings.Join(earlier, ", "))
		default:
			r.Fail(n, "no ring before this one is named %q%s", clip(n.Text), strict.Suggest(n.Text, earlier))
		}
	}
}

// hasSomethingToCheck reports a ring that an image could enter from upstream unseen.
func (r *policyReader) hasSomethingToCheck(i int, rings []*strict.Node) {
	ring := &r.out.rings[i]
	var unseen []string
	for _, u := range r.out.upstream[i] {
		if up := &r.out.rings[u]; up.Soak.Min == 0 && !decides(up.Success) && !r.failedIn(rings[u], "name", "soak", "success") {
			unseen = append(unseen, up.Name)
		}
	}
	open := len(unseen) > 0 && (ring.Require == RequireAny || len(unseen) == len(ring.After))
	if open && !decides(ring.Entry) && !r.failedIn(rings[i], "entry") {
		r.Fail(rings[i], "nothing is checked when an image comes in from %s, expected an entry criterion here, or a soak or success criterion there, that is not advisory",
			strings.Join(unseen, " and "))
	}
}

// failedIn reports whether one of some keys could not be read, so that nothing follows from what it lacks.
func (r *policyReader) failedIn(ring *strict.Node, keys ...string) bool {
	return slices.ContainsFunc(keys, func(key string) bool { return r.FailedIn(ring.Get(key)) })
}

func decides(criteria []Criterion) bool {
	return slices.ContainsFunc(criteria, func(c Criterion) bool { return !c.Advisory })
}
