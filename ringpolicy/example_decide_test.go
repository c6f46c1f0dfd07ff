package ringpolicy_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Two rings: an image stays in canary for a day, then a person approves it for everyone.
const twoRings = `
version: 1
rings:
  - {name: canary, soak: {min: 24h}}
  - name: everyone
    entry: [{id: approval, title: Approved by a person, approval: {role: manual}}]
    rollback: {triggers: [critical_error], consecutive: 2}
`

var (
	oldImage = "sha256:" + strings.Repeat("0", 64)
	newImage = "sha256:" + strings.Repeat("1", 64)
	commit   = strings.Repeat("c", 40)
	noon     = time.Date(2026, 3, 10, 12, 0, 0, 0, time.UTC)
)

// evidence returns the facts about newImage, a while after it came into canary.
func evidence(inCanary time.Duration, approvals ...ringpolicy.Approval) ringpolicy.Evidence {
	return ringpolicy.Evidence{
		Now:     noon,
		Subject: ringpolicy.Subject{Digest: newImage, Revision: commit, Author: "octocat", Contributors: []string{}, To: "everyone"},
		Rings: map[string]ringpolicy.RingFacts{
			"canary":   {History: []ringpolicy.Record{{ID: "2", Digest: newImage, Outcome: ringpolicy.OutcomeSuccess, From: noon.Add(-inCanary)}}},
			"everyone": {History: []ringpolicy.Record{{ID: "1", Digest: oldImage, Outcome: ringpolicy.OutcomeSuccess, From: noon.Add(-90 * 24 * time.Hour)}}},
		},
		Approvals:  append([]ringpolicy.Approval{}, approvals...),
		Locks:      []ringpolicy.Lock{}, // looked for and not found; nil would mean: not known
		Quarantine: []ringpolicy.Quarantine{},
		Ancestry:   ringpolicy.AncestryAhead,
	}
}

func approvedByMona() ringpolicy.Approval {
	return ringpolicy.Approval{By: "mona", Role: "manual", State: ringpolicy.ApprovalApproved, At: noon, Revision: commit}
}

func ExamplePolicy_Decide_hold() {
	policy, err := ringpolicy.Parse("rings.yml", []byte(twoRings))
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := policy.Decide(evidence(20*time.Hour + 30*time.Minute))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	for _, r := range d.Criteria {
		if r.Status != ringpolicy.Met {
			fmt.Printf("%s in %s is %s: %s, asked is %s\n", r.ID, r.Ring, r.Status, r.Observed, r.Required)
		}
	}

	// Output:
	// canary → everyone: hold. Approved by a person: 0 of 1 approval; also not met: soak; not before 2026-03-10T15:30:00Z.
	// soak in canary is waiting: 20h30m, asked is 24h
	// approval in everyone is pending: 0 of 1 approval, asked is 1 approval in the role manual
}

func ExamplePolicy_Decide_promote() {
	policy, err := ringpolicy.Parse("rings.yml", []byte(twoRings))
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := policy.Decide(evidence(24*time.Hour, approvedByMona()))
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	fmt.Println(d.Verdict == ringpolicy.Promote, d.ReasonCode)

	// Output:
	// canary → everyone: promote. All 7 criteria are met.
	// true ok
}

func ExamplePolicy_Decide_rollback() {
	policy, err := ringpolicy.Parse("rings.yml", []byte(twoRings))
	if err != nil {
		fmt.Println(err)
		return
	}
	e := evidence(48*time.Hour, approvedByMona())
	e.Rings["everyone"] = ringpolicy.RingFacts{
		History: []ringpolicy.Record{
			{ID: "1", Digest: oldImage, Outcome: ringpolicy.OutcomeSuccess, From: noon.Add(-90 * 24 * time.Hour)},
			{ID: "3", Digest: newImage, Outcome: ringpolicy.OutcomeSuccess, From: noon.Add(-time.Hour)},
		},
		Signals: []ringpolicy.Signal{
			{Kind: ringpolicy.SignalCriticalError, State: ringpolicy.SignalFailing, At: noon.Add(-2 * time.Minute), Digest: newImage},
			{Kind: ringpolicy.SignalCriticalError, State: ringpolicy.SignalFailing, At: noon.Add(-time.Minute), Digest: newImage},
		},
	}
	d, err := policy.Decide(e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	fmt.Println(d.Rollback.Target == oldImage)

	// Output:
	// everyone: rollback to sha256:000000000000. Critical error failing in sha256:111111111111, which the ring runs now.
	// true
}

func ExamplePolicy_Decide_noop() {
	policy, err := ringpolicy.Parse("rings.yml", []byte(twoRings))
	if err != nil {
		fmt.Println(err)
		return
	}
	e := evidence(48*time.Hour, approvedByMona())
	e.Rings["everyone"] = ringpolicy.RingFacts{
		History: []ringpolicy.Record{{ID: "3", Digest: newImage, Outcome: ringpolicy.OutcomeSuccess, From: noon.Add(-time.Hour)}},
	}
	d, err := policy.Decide(e)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	short := struct {
		Decision ringpolicy.Verdict `json:"decision"`
		Reason   ringpolicy.Code    `json:"reason_code"`
	}{d.Verdict, d.ReasonCode}
	text, err := json.Marshal(short)
	fmt.Println(string(text), err)

	// Output:
	// everyone: noop. The ring runs sha256:111111111111 already.
	// {"decision":"noop","reason_code":"already_there"} <nil>
}
