package ringpolicy_test

import (
	"encoding/json"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// FuzzDecideFile: evidence that is written to a file and read again is the same, whatever the order of its keys, the
// zone of its times, and whether it is JSON or YAML.
func FuzzDecideFile(f *testing.F) {
	seeds(f)
	f.Fuzz(func(t *testing.T, bytes []byte) {
		p, e := world(t, bytes)
		want := encoded(t, decide(t, p, e))
		for _, w := range []writer{{time.UTC}, {time.FixedZone("", 5*3600+45*60)}, {time.FixedZone("", -9*3600)}} {
			asJSON, err := json.Marshal(w.evidence(e))
			if err != nil {
				t.Fatal(err)
			}
			asYAML, err := yaml.Marshal(w.evidence(e))
			if err != nil {
				t.Fatal(err)
			}
			for _, src := range [][]byte{asJSON, asYAML} {
				read, err := ringpolicy.ParseEvidence("evidence", src)
				if err != nil {
					t.Fatalf("%v in\n%s", err, src)
				}
				if read.Digest() != e.Digest() {
					t.Fatalf("evidence changed\nfrom %+v\nto   %+v", e, read)
				}
				if got := encoded(t, decide(t, p, read)); got != want {
					t.Fatalf("read from\n%s\n%s\ninstead of\n%s", src, got, want)
				}
			}
		}
	})
}

type object map[string]any

// writer makes the form of a file of evidence, with times in a zone.
type writer struct{ zone *time.Location }

func (w writer) evidence(e ringpolicy.Evidence) object {
	rings := object{}
	for name, r := range e.Rings {
		rings[name] = object{"history": each(r.History, w.record), "signals": each(r.Signals, w.signal), "gone": r.Gone}
	}
	return object{
		"schema": 1, "now": w.time(e.Now), "subject": subjectOf(e.Subject), "rings": rings, "ancestry": text(string(e.Ancestry)),
		"checks": each(e.Checks, w.check), "metrics": each(e.Metrics, w.metric), "incidents": each(e.Incidents, w.incident),
		"approvals": each(e.Approvals, w.approval), "sign_offs": each(e.SignOffs, w.signOff), "overrides": each(e.Overrides, w.override),
		"locks": each(e.Locks, w.lock), "quarantine": each(e.Quarantine, w.quarantine), "people": each(e.People, w.person),
	}
}

func each[T any](all []T, write func(T) object) any {
	if all == nil {
		return nil
	}
	objects := []object{}
	for _, x := range all {
		objects = append(objects, write(x))
	}
	return objects
}

func text(s string) any {
	if s == "" {
		return nil
	}
	return s
}

func (w writer) time(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.In(w.zone).Format(time.RFC3339Nano)
}

func subjectOf(s ringpolicy.Subject) object {
	o := object{"digest": s.Digest, "revision": text(s.Revision), "author": text(s.Author), "to": s.To, "retry": s.Retry}
	if s.Contributors != nil {
		o["contributors"] = s.Contributors
	}
	return o
}

func (w writer) record(r ringpolicy.Record) object {
	return object{"id": r.ID, "digest": r.Digest, "revision": text(r.Revision), "outcome": string(r.Outcome), "from": w.time(r.From), "to": w.time(r.To), "rollback": r.Rollback, "deployed": !r.NotDeployed}
}

func (w writer) signal(s ringpolicy.Signal) object {
	return object{"kind": string(s.Kind), "state": string(s.State), "at": w.time(s.At), "digest": text(s.Digest)}
}

func (w writer) check(c ringpolicy.Check) object {
	o := object{"name": c.Name, "app": c.App, "workflow": text(c.Workflow), "creator": text(c.Creator), "state": string(c.State), "revision": text(c.Revision), "run_started_at": w.time(c.RunStartedAt), "id": c.ID}
	if c.Attempt > 0 {
		o["attempt"] = c.Attempt
	}
	return o
}

func (w writer) metric(m ringpolicy.Metric) object {
	return object{"name": m.Name, "value": m.Value, "baseline": text(m.Baseline), "unit": text(m.Unit), "samples": m.Samples, "from": w.time(m.From), "to": w.time(m.To), "digest": text(m.Digest)}
}

func (w writer) incident(i ringpolicy.Incident) object {
	return object{"id": i.ID, "severity": i.Severity, "opened_at": w.time(i.OpenedAt), "closed_at": w.time(i.ClosedAt)}
}

func (w writer) approval(a ringpolicy.Approval) object {
	return object{"by": a.By, "role": a.Role, "state": string(a.State), "at": w.time(a.At), "revision": text(a.Revision), "digest": text(a.Digest), "bot": a.Bot}
}

func (w writer) signOff(s ringpolicy.SignOff) object {
	return object{"id": s.ID, "by": s.By, "state": string(s.State), "at": w.time(s.At), "digest": s.Digest}
}

func (w writer) override(o ringpolicy.Override) object {
	return object{"criterion": o.Criterion, "ring": o.Ring, "digest": o.Digest, "verdict": string(o.Verdict), "by": o.By, "reason": o.Reason, "at": w.time(o.At), "expires": w.time(o.Expires)}
}

func (w writer) lock(l ringpolicy.Lock) object {
	return object{"ring": l.Ring, "by": l.By, "reason": l.Reason, "expires": w.time(l.Expires)}
}

func (w writer) person(p ringpolicy.Person) object {
	o := object{"login": p.Login, "permission": text(string(p.Permission))}
	if p.Teams != nil {
		o["teams"] = p.Teams
	}
	return o
}

func (w writer) quarantine(q ringpolicy.Quarantine) object {
	return object{"ring": q.Ring, "digest": q.Digest, "reason": q.Reason, "at": w.time(q.At)}
}
