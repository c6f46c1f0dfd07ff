package ringpolicy

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Digest returns "sha256:" and the SHA-256 of the evidence in a canonical form, in which the order of lists and the
// zone of times do not count, but whether a list was collected does.
func (e Evidence) Digest() string {
	c := canonical{bytes: make([]byte, 0, 8192), scratch: make([]byte, 0, 2048)}
	c.text("evidence/1")
	c.time(e.Now)
	c.subject(e.Subject)
	c.number(int64(len(e.Rings)))
	for _, name := range slices.Sorted(maps.Keys(e.Rings)) {
		c.text(name)
		collect(&c, e.Rings[name].History, (*canonical).record)
		collect(&c, e.Rings[name].Signals, (*canonical).signal)
		if gone := e.Rings[name].Gone; len(gone) > 0 {
			c.number(-1)
			collect(&c, gone, func(c *canonical, digest *string) { c.text(*digest) })
		}
	}
	collect(&c, e.Checks, (*canonical).check)
	collect(&c, e.Metrics, (*canonical).metric)
	collect(&c, e.Incidents, (*canonical).incident)
	collect(&c, e.Approvals, (*canonical).approval)
	collect(&c, e.SignOffs, (*canonical).signOff)
	collect(&c, append([]Override{}, e.Overrides...), (*canonical).override)
	collect(&c, e.Locks, (*canonical).lock)
	collect(&c, e.Quarantine, (*canonical).quarantine)
	c.text(string(e.Ancestry))
	if e.People != nil { // which older evidence does not have
		c.text("people")
		collect(&c, e.People, (*canonical).person)
	}
	return digestOf(c.bytes)
}

// decisionID returns the id of what a policy decides of evidence.
func decisionID(policyDigest, evidenceDigest string) string {
	c := canonical{}
	c.texts("decision/1", policyDigest, evidenceDigest)
	return digestOf(c.bytes)
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return "sha256:" + hex.EncodeToString(sum[:])
}

// A canonical is a sequence of values from which each value can be read back, so that different evidence has different bytes.
type canonical struct {
	bytes   []byte
	scratch []byte // of lists, used again and again
}

func (c *canonical) number(n int64) { c.bytes = binary.AppendVarint(c.bytes, n) }

func (c *canonical) flag(b bool) { c.number(int64(boolToInt(b))) }

func (c *canonical) text(s string) {
	c.number(int64(len(s)))
	c.bytes = append(c.bytes, s...)
}

func (c *canonical) texts(all ...string) {
	for _, s := range all {
		c.text(s)
	}
}

// further writes texts that a fact did not always have, after all others, unless they are empty: a fact without them
// keeps its digest. The number below zero marks them, since what follows a fact begins with a length or a flag.
func (c *canonical) further(all ...string) {
	if strings.Join(all, "") != "" {
		c.number(-1)
		c.texts(all...)
	}
}

func (c *canonical) time(t time.Time) {
	c.flag(t.IsZero())
	if !t.IsZero() {
		c.number(t.Unix())
		c.number(int64(t.Nanosecond()))
	}
}

// collect writes a list in the order of the bytes of its elements; nil is not the same as empty.
func collect[T any](c *canonical, all []T, write func(*canonical, *T)) {
	c.flag(all == nil)
	c.number(int64(len(all)))
	scratch, ends := canonical{bytes: c.scratch[:0]}, make([]int, 0, len(all))
	for i := range all {
		write(&scratch, &all[i])
		ends = append(ends, len(scratch.bytes))
	}
	c.scratch = scratch.bytes
	parts, start := make([][]byte, len(all)), 0
	for i, end := range ends {
		parts[i], start = scratch.bytes[start:end], end
	}
	slices.SortStableFunc(parts, bytes.Compare)
	for _, p := range parts {
		c.bytes = append(c.bytes, p...)
	}
}

func (c *canonical) subject(s Subject) {
	c.texts(s.Image, s.Digest, s.Revision, s.Version, s.Author, s.To)
	c.number(int64(s.PullRequest))
	collect(c, s.Contributors, func(c *canonical, s *string) { c.text(*s) })
	if s.Retry {
		c.further("retry")
	}
}

func (c *canonical) record(r *Record) {
	c.texts(r.ID, r.Digest, r.Revision, string(r.Outcome))
	c.time(r.From)
	c.time(r.To)
	c.flag(r.Rollback)
	nothing, pr := "", ""
	if r.NotDeployed {
		nothing = "nothing deployed"
	}
	if r.PullRequest != 0 {
		pr = strconv.Itoa(r.PullRequest)
	}
	c.further(nothing, pr, r.Version)
}

func (c *canonical) signal(s *Signal) {
	c.texts(string(s.Kind), string(s.State), s.Digest)
	c.time(s.At)
}

func (c *canonical) check(k *Check) {
	c.texts(k.Name, k.App, string(k.State), k.Revision)
	c.number(k.ID)
	c.number(int64(k.Attempt))
	c.time(k.RunStartedAt)
	c.time(k.CompletedAt)
	c.further(k.Workflow, k.Creator)
}

func (c *canonical) metric(m *Metric) {
	c.texts(m.Name, m.Value, m.Baseline, m.Unit, m.Digest)
	c.number(m.Samples)
	c.time(m.From)
	c.time(m.To)
}

func (c *canonical) incident(i *Incident) {
	c.texts(i.ID, i.Severity)
	c.time(i.OpenedAt)
	c.time(i.ClosedAt)
}

func (c *canonical) approval(a *Approval) {
	c.texts(a.By, a.Role, string(a.State), a.Revision, a.Digest)
	c.time(a.At)
	c.flag(a.Bot)
}

func (c *canonical) signOff(s *SignOff) {
	c.texts(s.ID, s.By, string(s.State), s.Digest)
	c.time(s.At)
}

func (c *canonical) override(o *Override) {
	c.texts(o.Criterion, o.Ring, o.Digest, string(o.Verdict), o.By, o.Reason)
	c.time(o.At)
	c.time(o.Expires)
}

func (c *canonical) lock(l *Lock) {
	c.texts(l.Ring, l.By, l.Reason)
	c.time(l.Expires)
}

func (c *canonical) quarantine(q *Quarantine) {
	c.texts(q.Ring, q.Digest, q.Reason)
	c.time(q.At)
}

func (c *canonical) person(p *Person) {
	c.texts(p.Login, string(p.Permission))
	collect(c, p.Teams, func(c *canonical, team *string) { c.text(*team) })
}

// canonical returns what the policy means, under the keys of a policy file: defaults are filled in, lists whose order says
// nothing are sorted, a bound is a fraction in lowest terms. It consists of maps, lists, text, numbers and booleans alone,
// so that the digest depends on no name in this package. A key that is newer than version 1 of the form is left out where
// it has its default, so that policies without it keep their digest.
func (p *Policy) canonical() map[string]any {
	all := map[string]any{
		"version": 1, "default_ring": p.defaultRing, "timezone": p.Timezone().String(),
		"labels":    map[string]any{"prefix": p.labelPrefix},
		"container": map[string]any{"port": p.container.Port, "pr_ports": map[string]any{"base": p.container.Base, "size": p.container.Size}},
		"rings":     each(p.rings, Ring.canonical),
	}
	if len(p.roles) > 0 {
		all["people"] = map[string]any{"roles": each(p.roles, func(r Role) any {
			return map[string]any{"name": foldText(r.Name), "users": sorted(r.Users), "teams": sorted(r.Teams), "permission": string(r.Permission)}
		})}
	}
	return all
}

func (r Ring) canonical() map[string]any {
	all := map[string]any{
		"name": r.Name, "title": r.Title, "purpose": r.Purpose, "risk": r.Risk, "branches": sorted(r.Branches), "tag": r.Tag,
		"environment": r.Environment, "deploy": string(r.Deploy), "after": each(r.After, asText), "require": string(r.Require),
		"soak":    map[string]any{"min": r.Soak.Min.String(), "max": r.Soak.Max.String(), "on_overdue": string(r.Soak.OnOverdue)},
		"entry":   each(r.Entry, Criterion.canonical),
		"success": each(r.Success, Criterion.canonical),
		"windows": map[string]any{"allow": canonicalWindows(r.Windows.Allow), "deny": canonicalWindows(r.Windows.Deny)},
		"rollback": map[string]any{"mode": string(r.Rollback.Mode), "triggers": sorted(r.Rollback.Triggers),
			"consecutive": r.Rollback.Consecutive, "cooldown": r.Rollback.Cooldown.String()},
		"health": map[string]any{"interval": r.Health.Interval.String(), "timeout": r.Health.Timeout.String(),
			"retries": r.Health.Retries, "start_period": r.Health.StartPeriod.String()},
		"host_port": r.HostPort,
	}
	if r.Attempts != 1 {
		all["attempts"] = r.Attempts
	}
	return all
}

func (c Criterion) canonical() map[string]any {
	return map[string]any{"id": c.ID, "title": c.Title, "advisory": c.Advisory, "waivable": c.Waivable, c.Rule.Kind(): canonicalRule(c.Rule)}
}

func canonicalRule(rule Rule) map[string]any {
	switch r := rule.(type) {
	case ChecksRule:
		return map[string]any{"names": sorted(r.Names), "accept": sorted(r.Accept), "app": r.App, "workflow": r.Workflow}
	case MetricRule:
		return map[string]any{"name": r.Name, string(r.Op): r.Bound.value().RatString(), "better": string(r.Better), "unit": r.Unit,
			"min_samples": r.MinSamples, "max_age": r.MaxAge.String()}
	case IncidentsRule:
		return map[string]any{"severities": sorted(r.Severities), "at_most": r.AtMost}
	case ApprovalRule:
		return map[string]any{"role": r.Role, "at_least": r.AtLeast, "allow_author": r.AllowAuthor}
	case SignalsRule:
		return map[string]any{"kinds": sorted(r.Kinds), "within": r.Within.String(), "at_most": r.AtMost}
	case SignOffRule:
		if r.Role != "" {
			return map[string]any{"role": r.Role}
		}
	}
	return map[string]any{}
}

// canonicalWindows sorts windows by their JSON, since their order says nothing.
func canonicalWindows(ws []Window) []any {
	all := each(ws, Window.canonical)
	slices.SortFunc(all, func(a, b any) int { return bytes.Compare(canonicalJSON(a), canonicalJSON(b)) })
	return all
}

func (w Window) canonical() map[string]any {
	days := make([]string, len(w.Days))
	for i, d := range w.Days {
		days[i] = weekdays[d]
	}
	dates := []any{}
	if (w.First != Date{}) {
		dates = []any{w.First.midnight().Format(time.DateOnly), w.Last.midnight().Format(time.DateOnly)}
	}
	return map[string]any{"days": sorted(days), "from": int(w.From), "to": int(w.To), "dates": dates, "reason": w.Reason}
}

func asText[T ~string](s T) string { return string(s) }

func sorted[T ~string](all []T) []any { return each(slices.Sorted(slices.Values(all)), asText) }

func each[T, U any](all []T, make func(T) U) []any {
	list := []any{}
	for _, x := range all {
		list = append(list, make(x))
	}
	return list
}

// canonicalJSON returns the JSON of a canonical form, whose keys are sorted.
func canonicalJSON(v any) []byte {
	encoded, err := json.Marshal(v)
	if err != nil {
		panic(err) // a canonical form contains nothing that JSON cannot write
	}
	return encoded
}
