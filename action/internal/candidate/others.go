package candidate

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// An Other is a candidate that the decision is not about.
type Other struct {
	Digest         string
	Decision       ringpolicy.Verdict
	ReasonCode     ringpolicy.Code
	NextEligibleAt time.Time // zero: time alone changes nothing
}

// Others are the candidates that a decision is not about, the newest first; nil where the image was named.
type Others []Other

// JSON returns the JSON of a decision with the others as its last key; without that key where others is nil.
func (others Others) JSON(d ringpolicy.Decision) (string, error) {
	object, err := json.Marshal(d)
	if err != nil || others == nil {
		return string(object), err
	}
	type other struct {
		Digest         string             `json:"digest"`
		Decision       ringpolicy.Verdict `json:"decision"`
		ReasonCode     ringpolicy.Code    `json:"reason_code"`
		NextEligibleAt *time.Time         `json:"next_eligible_at"`
	}
	list := []other{}
	for _, o := range others {
		of := other{o.Digest, o.Decision, o.ReasonCode, nil}
		if !o.NextEligibleAt.IsZero() {
			at := o.NextEligibleAt.UTC()
			of.NextEligibleAt = &at
		}
		list = append(list, of)
	}
	rest, err := json.Marshal(list)
	return strings.TrimSuffix(string(object), "}") + `,"others":` + string(rest) + "}", err
}

// Text returns a line for each other candidate, for a terminal.
func (others Others) Text() string {
	var b strings.Builder
	for _, o := range others {
		b.WriteString("\nOther candidate " + o.say(nil, text.Visible))
	}
	if len(others) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// Markdown returns a line for each other candidate, for a job summary.
func (others Others) Markdown(zone *time.Location) string {
	var b strings.Builder
	for _, o := range others {
		b.WriteString("- Other candidate " + o.say(zone, text.Code) + "\n")
	}
	if len(others) > 0 {
		b.WriteString("\n")
	}
	return b.String()
}

// say is "sha256:0a1b2c3d4e5f: hold, soak_running, until 2026-03-03 09:00 UTC."
func (o Other) say(zone *time.Location, show func(string) string) string {
	line := show(text.ShortDigest(o.Digest)) + ": " + o.Decision.String() + ", " + show(string(o.ReasonCode))
	if !o.NextEligibleAt.IsZero() {
		line += ", until " + text.Time(o.NextEligibleAt, zone)
	}
	return line + "."
}
