package ringpolicy

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

// MaxEvidenceSize is the most bytes that an evidence file in JSON may have, enough for 100,000 facts. One in YAML may have 4 MiB.
// [ParseEvidence] refuses larger ones.
const MaxEvidenceSize = 64 << 20

// ParseEvidence reads an evidence file, JSON or YAML of the same shape.
//
// A list that is absent, or null, was not collected. Numbers may be strings, and times are RFC 3339. The file is checked strictly
// and whole; the error is [Problems], each with its place. A file without now or subject is fine: the caller fills in what is
// missing before a decision.
//
// Kinds are those of [EvidenceKinds] that the file may bring; another in it is a problem. With none given it may bring all.
func ParseEvidence(file string, src []byte, kinds ...string) (Evidence, error) {
	root, err := strict.Parse(file, src, MaxEvidenceSize)
	if err != nil {
		return Evidence{}, asError([]*strict.Problem{err.(*strict.Problem)})
	}
	return readEvidence(file, root, true, kinds...)
}

// EvidenceKinds returns the kinds of facts that an evidence file may bring, by their keys in the file or in one of its rings.
// What it says of the subject is of no kind.
func EvidenceKinds() []string { return slices.Concat(kindsOfRing, kindsOfFile) }

var (
	kindsOfRing = []string{"history", "signals", "gone"}
	kindsOfFile = []string{"checks", "metrics", "alerts", "incidents", "approvals", "sign_offs", "overrides", "locks", "quarantine", "ancestry", "people"}
)

// allow reports what a file brings and may not.
func (r *evidenceReader) allow(root *strict.Node, kinds []string) {
	check := func(n *strict.Node, of []string) {
		for _, m := range n.Fields {
			if slices.Contains(of, m.Key.Text) && !slices.Contains(kinds, m.Key.Text) && m.Value.Kind != strict.Null {
				r.FailKey(n, m.Key, "this file may not bring the kind %q, expected only %s", m.Key.Text, strings.Join(kinds, ", "))
			}
		}
	}
	check(root, kindsOfFile)
	if rings := root.Get("rings"); rings != nil {
		for _, m := range rings.Fields {
			check(m.Value, kindsOfRing)
		}
	}
}

// EvidenceOf reads evidence that is part of a policy test file. It is for package policytest; other modules cannot make a node.
func EvidenceOf(file string, root *strict.Node) (Evidence, error) {
	return readEvidence(file, root, false)
}

func readEvidence(file string, root *strict.Node, whole bool, kinds ...string) (Evidence, error) {
	r := evidenceReader{Reader: strict.NewReader(file), whole: whole}
	r.NullIsAbsent = true
	r.evidence(root)
	if len(kinds) > 0 {
		r.allow(root, kinds)
	}
	if r.Failed() {
		return Evidence{}, asError(r.Problems())
	}
	return r.out, nil
}

// An evidenceReader fills out from the nodes of an evidence file.
type evidenceReader struct {
	*strict.Reader
	whole bool // a file of its own, that must say which schema it has
	out   Evidence
}

func required(name string, read func(*strict.Node)) strict.Field {
	return strict.Field{Name: name, Required: true, Read: read}
}

func optional(name string, read func(*strict.Node)) strict.Field {
	return strict.Field{Name: name, Read: read}
}

func (r *evidenceReader) evidence(n *strict.Node) {
	e := &r.out
	r.Object(n,
		strict.Field{Name: "schema", Required: r.whole, Read: r.schema},
		optional("now", r.time(&e.Now)),
		optional("subject", r.subject),
		optional("rings", r.rings),
		optional("checks", func(n *strict.Node) { e.Checks = readList(r, n, r.check) }),
		optional("metrics", func(n *strict.Node) { e.Metrics = readList(r, n, r.metric) }),
		optional("incidents", func(n *strict.Node) { e.Incidents = readList(r, n, r.incident) }),
		optional("approvals", func(n *strict.Node) { e.Approvals = readList(r, n, r.approval) }),
		optional("sign_offs", func(n *strict.Node) { e.SignOffs = readList(r, n, r.signOff) }),
		optional("overrides", func(n *strict.Node) { e.Overrides = readList(r, n, r.override) }),
		optional("locks", func(n *strict.Node) { e.Locks = readList(r, n, r.lock) }),
		optional("quarantine", func(n *strict.Node) { e.Quarantine = readList(r, n, r.quarantine) }),
		optional("ancestry", word(r, &e.Ancestry, AncestryAhead, AncestryIdentical, AncestryBehind, AncestryDiverged)),
		optional("people", func(n *strict.Node) { e.People = readList(r, n, r.person) }),
	)
}

func (r *evidenceReader) schema(n *strict.Node) {
	if n.Kind != strict.Number && n.Kind != strict.Text || n.Text != "1" {
		r.Fail(n, "this version is not known, expected 1")
	}
}

// readList reads a list that was collected, perhaps empty.
func readList[T any](r *evidenceReader, n *strict.Node, read func(*strict.Node) T) []T {
	all := make([]T, 0, len(n.Items))
	r.Each(n, func(n *strict.Node) { all = append(all, read(n)) })
	return all
}

func (r *evidenceReader) subject(n *strict.Node) {
	s := &r.out.Subject
	r.Object(n,
		optional("image", r.text(&s.Image)),
		optional("digest", r.digest(&s.Digest)),
		optional("revision", r.revision(&s.Revision)),
		optional("pr", r.count(&s.PullRequest)),
		optional("version", r.text(&s.Version)),
		optional("author", r.text(&s.Author)),
		optional("contributors", func(n *strict.Node) {
			s.Contributors = readList(r, n, r.Text)
		}),
		optional("to", r.text(&s.To)),
		optional("retry", func(n *strict.Node) { s.Retry = r.Bool(n) }),
	)
}

func (r *evidenceReader) rings(n *strict.Node) {
	r.out.Rings = map[string]RingFacts{}
	r.Map(n, func(m strict.Member) {
		if m.Value.Kind != strict.Null {
			r.out.Rings[m.Key.Text] = r.ring(m.Value)
		}
	})
}

func (r *evidenceReader) ring(n *strict.Node) RingFacts {
	var f RingFacts
	r.Object(n,
		optional("history", func(n *strict.Node) { f.History = readList(r, n, r.record) }),
		optional("signals", func(n *strict.Node) { f.Signals = readList(r, n, r.signal) }),
		optional("gone", func(n *strict.Node) { f.Gone = readList(r, n, r.digestOf) }),
	)
	return f
}

func (r *evidenceReader) record(n *strict.Node) Record {
	var x Record
	r.Object(n,
		required("id", r.id(&x.ID)),
		required("digest", r.digest(&x.Digest)),
		optional("revision", r.revision(&x.Revision)),
		optional("pr", r.count(&x.PullRequest)),
		optional("version", r.text(&x.Version)),
		required("outcome", word(r, &x.Outcome, OutcomeInProgress, OutcomeSuccess, OutcomeFailure, OutcomeRolledBack)),
		required("from", r.time(&x.From)),
		optional("to", r.time(&x.To)),
		optional("rollback", func(n *strict.Node) { x.Rollback = r.Bool(n) }),
		optional("deployed", func(n *strict.Node) { x.NotDeployed = !r.Bool(n) }),
		optional("url", r.url(&x.URL)),
	)
	r.inOrder(n, "from", x.From, "to", x.To)
	if d := n.Get("deployed"); x.NotDeployed && x.Outcome != OutcomeFailure && d.Kind == strict.Bool {
		r.Fail(d, "is false, which goes with the outcome failure alone")
	}
	return x
}

func (r *evidenceReader) signal(n *strict.Node) Signal {
	var x Signal
	r.Object(n,
		required("kind", word(r, &x.Kind, signals...)),
		required("state", word(r, &x.State, SignalPassing, SignalFailing)),
		required("at", r.time(&x.At)),
		optional("digest", r.digest(&x.Digest)),
		optional("url", r.url(&x.URL)),
	)
	return x
}

func (r *evidenceReader) check(n *strict.Node) Check {
	var x Check
	r.Object(n,
		required("name", r.text(&x.Name)),
		optional("app", r.text(&x.App)),
		optional("workflow", r.text(&x.Workflow)),
		optional("creator", r.text(&x.Creator)),
		required("state", word(r, &x.State, CheckSuccess, CheckFailure, CheckPending, CheckSkipped, CheckNeutral, CheckCancelled, CheckTimedOut)),
		required("revision", r.revision(&x.Revision)),
		optional("run_started_at", r.time(&x.RunStartedAt)),
		optional("attempt", r.count(&x.Attempt)),
		optional("id", r.number(&x.ID)),
		optional("completed_at", r.time(&x.CompletedAt)),
		optional("url", r.url(&x.URL)),
	)
	r.inOrder(n, "run_started_at", x.RunStartedAt, "completed_at", x.CompletedAt)
	return x
}

func (r *evidenceReader) metric(n *strict.Node) Metric {
	var x Metric
	r.Object(n,
		required("name", r.text(&x.Name)),
		required("value", r.decimal(&x.Value)),
		optional("baseline", r.decimal(&x.Baseline)),
		optional("unit", r.text(&x.Unit)),
		optional("samples", r.number(&x.Samples)),
		required("from", r.time(&x.From)),
		required("to", r.time(&x.To)),
		optional("digest", r.digest(&x.Digest)),
		optional("url", r.url(&x.URL)),
	)
	r.inOrder(n, "from", x.From, "to", x.To)
	return x
}

func (r *evidenceReader) incident(n *strict.Node) Incident {
	var x Incident
	r.Object(n,
		required("id", r.id(&x.ID)),
		required("severity", r.text(&x.Severity)),
		optional("opened_at", r.time(&x.OpenedAt)),
		optional("closed_at", r.time(&x.ClosedAt)),
		optional("url", r.url(&x.URL)),
	)
	r.inOrder(n, "opened_at", x.OpenedAt, "closed_at", x.ClosedAt)
	return x
}

func (r *evidenceReader) approval(n *strict.Node) Approval {
	var x Approval
	r.Object(n,
		required("by", r.text(&x.By)),
		required("role", r.text(&x.Role)),
		required("state", word(r, &x.State, ApprovalApproved, ApprovalRejected, ApprovalCommented, ApprovalDismissed)),
		required("at", r.time(&x.At)),
		optional("revision", r.revision(&x.Revision)),
		optional("digest", r.digest(&x.Digest)),
		optional("bot", func(n *strict.Node) { x.Bot = r.Bool(n) }),
		optional("url", r.url(&x.URL)),
	)
	return x
}

func (r *evidenceReader) signOff(n *strict.Node) SignOff {
	var x SignOff
	r.Object(n,
		required("id", r.text(&x.ID)),
		required("by", r.text(&x.By)),
		required("state", word(r, &x.State, SignOffGiven, SignOffRefused)),
		required("at", r.time(&x.At)),
		required("digest", r.digest(&x.Digest)),
		optional("url", r.url(&x.URL)),
	)
	return x
}

// override leaves it to the decision to ignore an override that lacks something, since that is a warning there.
func (r *evidenceReader) override(n *strict.Node) Override {
	var x Override
	r.Object(n,
		required("criterion", r.text(&x.Criterion)),
		required("ring", r.text(&x.Ring)),
		optional("digest", r.digest(&x.Digest)),
		required("verdict", word(r, &x.Verdict, OverridePass, OverrideFail)),
		optional("by", r.anyText(&x.By)),
		optional("reason", r.anyText(&x.Reason)),
		optional("at", r.time(&x.At)),
		optional("expires", r.time(&x.Expires)),
		optional("url", r.url(&x.URL)),
	)
	r.inOrder(n, "at", x.At, "expires", x.Expires)
	return x
}

func (r *evidenceReader) lock(n *strict.Node) Lock {
	var x Lock
	r.Object(n,
		required("ring", r.text(&x.Ring)),
		optional("by", r.anyText(&x.By)),
		optional("reason", r.anyText(&x.Reason)),
		optional("expires", r.time(&x.Expires)),
		optional("url", r.url(&x.URL)),
	)
	return x
}

func (r *evidenceReader) quarantine(n *strict.Node) Quarantine {
	var x Quarantine
	r.Object(n,
		required("ring", r.text(&x.Ring)),
		required("digest", r.digest(&x.Digest)),
		optional("reason", r.anyText(&x.Reason)),
		optional("at", r.time(&x.At)),
		optional("url", r.url(&x.URL)),
	)
	return x
}

func (r *evidenceReader) person(n *strict.Node) Person {
	var x Person
	r.Object(n,
		required("login", r.text(&x.Login)),
		optional("permission", word(r, &x.Permission, permissions...)),
		optional("teams", func(n *strict.Node) { x.Teams = readList(r, n, r.team) }),
	)
	return x
}

func (r *evidenceReader) team(n *strict.Node) (team string) {
	r.form(&team, teamName, notATeam)(n)
	return team
}

// inOrder reports a time that comes before one that it must follow.
func (r *evidenceReader) inOrder(n *strict.Node, first string, a time.Time, second string, b time.Time) {
	if !a.IsZero() && b.Before(a) && !b.IsZero() {
		r.Fail(n.Get(second), "is before %s, expected a later time", first)
	}
}

func (r *evidenceReader) text(to *string) func(*strict.Node) {
	return func(n *strict.Node) { *to = r.Text(n) }
}

// anyText reads text that may be blank.
func (r *evidenceReader) anyText(to *string) func(*strict.Node) {
	return func(n *strict.Node) {
		if n.Kind != strict.Text || strings.TrimSpace(n.Text) != "" {
			*to = r.Text(n)
		}
	}
}

func word[T ~string](r *evidenceReader, to *T, words ...T) func(*strict.Node) {
	return func(n *strict.Node) { *to = strict.Word(r.Reader, n, words...) }
}

// id reads text or a whole number.
func (r *evidenceReader) id(to *string) func(*strict.Node) {
	return func(n *strict.Node) {
		if n.Kind == strict.Number {
			*to = n.Text
			return
		}
		*to = r.Text(n)
	}
}

// number reads a whole number from 0 on.
func (r *evidenceReader) number(to *int64) func(*strict.Node) {
	return func(n *strict.Node) { *to = r.between(n, 0, math.MaxInt64) }
}

// count reads a whole number from 1 on.
func (r *evidenceReader) count(to *int) func(*strict.Node) {
	return func(n *strict.Node) { *to = int(r.between(n, 1, math.MaxInt32)) }
}

// between reads a whole number, which may stand in quotes.
func (r *evidenceReader) between(n *strict.Node, low, high int64) int64 {
	if !r.isNumeral(n) {
		return 0
	}
	v, err := strconv.ParseInt(n.Text, 10, 64)
	if err != nil || v < low || v > high {
		r.Fail(n, "%q is not a whole number from %d on, or too large", clip(n.Text), low)
		return 0
	}
	return v
}

// isNumeral reports what is neither a number nor text.
func (r *evidenceReader) isNumeral(n *strict.Node) bool {
	if n.Kind == strict.Number || n.Kind == strict.Text {
		return true
	}
	r.Fail(n, "is %s, expected a number", n.Kind)
	return false
}

// decimal reads a number or text. What text means is left to the rule, for which a value that is no number is unknown;
// a value such as .nan in YAML, which is not a number, is a mistake in the file.
func (r *evidenceReader) decimal(to *string) func(*strict.Node) {
	return func(n *strict.Node) {
		switch _, err := ParseDecimal(n.Text); {
		case !r.isNumeral(n):
		case n.Kind == strict.Text:
			*to = r.Text(n)
		case err != nil:
			r.Fail(n, "%q %v", clip(n.Text), err)
		default:
			*to = n.Text
		}
	}
}

func (r *evidenceReader) time(to *time.Time) func(*strict.Node) {
	return func(n *strict.Node) {
		text := r.Text(n)
		if text == "" {
			return
		}
		t, err := time.Parse(time.RFC3339, text)
		if err != nil || t.Year() < 1970 || t.Year() > 9000 {
			r.Fail(n, "%q is not a time such as 2026-03-03T05:30:00Z (RFC 3339)", clip(text))
			return
		}
		*to = t.UTC()
	}
}

var revisionSyntax = regexp.MustCompile(`^([0-9a-f]{40}|[0-9a-f]{64})$`)

func (r *evidenceReader) digest(to *string) func(*strict.Node) {
	return r.form(to, digestSyntax, "is not sha256: and 64 lower-case hex digits")
}

func (r *evidenceReader) digestOf(n *strict.Node) (digest string) {
	r.digest(&digest)(n)
	return digest
}

func (r *evidenceReader) revision(to *string) func(*strict.Node) {
	return r.form(to, revisionSyntax, "is not a commit of 40 or 64 lower-case hex digits")
}

func (r *evidenceReader) form(to *string, form *regexp.Regexp, complaint string) func(*strict.Node) {
	return func(n *strict.Node) {
		text := r.Text(n)
		if text != "" && !form.MatchString(text) {
			r.Fail(n, "%q %s", clip(text), complaint)
			return
		}
		*to = text
	}
}
