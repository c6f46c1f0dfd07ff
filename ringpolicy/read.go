package ringpolicy

import (
	"regexp"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
	"github.com/wizzense/deployment-rings/ringpolicy/internal/zone"
)

// MaxPolicySize is the number of bytes that a policy file may have.
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
