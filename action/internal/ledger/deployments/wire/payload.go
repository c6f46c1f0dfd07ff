// Package wire is the form of a record in a deployment of GitHub: its payload, and what its statuses say.
package wire

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
)

// payloadType marks the deployments that are records of a ledger. Jobs with an environment make others.
const payloadType = "deployment-rings/v1"

// A Payload is what a deployment says of an image, in a documented form:
//
//	{"type":"deployment-rings/v1","ring":"ring-0","digest":"sha256:…","images":["ghcr.io/acme/app"],"revision":"…","pr":123,"version":"1.5.0","rollback":false,"decision_id":"sha256:…","run":9876543210,"attempt":1}
//
// What is empty is left out, but for the revision: where it is missing, it is the commit of the deployment. "carrier":true marks one
// that begins nothing: its statuses say more about what an earlier deployment began.
type Payload struct {
	Type        string   `json:"type"`
	Ring        string   `json:"ring"`
	Digest      string   `json:"digest"`
	Images      []string `json:"images,omitempty"`
	Revision    *string  `json:"revision"`
	PullRequest int      `json:"pr,omitzero"`
	Version     string   `json:"version,omitzero"`
	Rollback    bool     `json:"rollback"`
	DecisionID  string   `json:"decision_id,omitzero"`
	Run         int64    `json:"run,omitzero"`
	Attempt     int      `json:"attempt,omitzero"`
	Carrier     bool     `json:"carrier,omitzero"`
}

// PayloadOf returns the payload of the deployment that an entry begins.
func PayloadOf(e ledger.Entry) Payload {
	return Payload{
		Type: payloadType, Ring: e.Ring, Digest: e.Digest, Images: e.Images, Revision: &e.Revision,
		PullRequest: e.PullRequest, Version: e.Version, Rollback: e.Rollback, DecisionID: e.DecisionID, Run: e.Run, Attempt: e.Attempt,
	}
}

// ReadPayload reads the payload of a deployment; ours reports whether it is one of ours. GitHub gives back an object, a
// text that holds one, or a text that holds such a text. What cannot be read and has our mark in it is ours, and the
// error says what is wrong.
func ReadPayload(raw []byte) (p Payload, ours bool, err error) {
	for range 3 {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			break
		}
		raw = []byte(text)
	}
	if !json.Valid(raw) {
		return p, bytes.Contains(raw, []byte(payloadType)), errors.New("is not JSON")
	}
	var kind struct{ Type string }
	if json.Unmarshal(raw, &kind) != nil || kind.Type != payloadType {
		return p, false, nil
	}
	return p, true, json.Unmarshal(raw, &p)
}

// CheckRing reports a payload that does not say of which ring it is.
func (p Payload) CheckRing() error {
	if !ledger.IsRing(p.Ring) {
		return fmt.Errorf("ring: %.80q is not the name of a ring", p.Ring)
	}
	return nil
}
