package ringpolicy

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// A finding is the answer of a rule, before overrides.
type finding struct {
	status   Status
	code     Code
	observed string
	times    []time.Time // in observed, in this order
	missing  string      // the facts that were not collected
	eligible time.Time   // when time alone will meet it
	changes  time.Time   // when time alone may end it
	since    time.Time   // an override from before, or at this moment, does not pass it; zero: any may
	evidence []string    // ids of the facts that it rests on
	links    []string    // their pages, as they were given
	warnings []Warning
	unlisted bool // there is nothing to ask for now
}

func met(observed string) finding { return finding{status: Met, code: CodeOK, observed: observed} }

func unmet(code Code, format string, args ...any) finding {
	return found(Unmet, code, format, args)
}

func unknown(code Code, format string, args ...any) finding {
	return found(Unknown, code, format, args)
}

func pending(code Code, format string, args ...any) finding {
	return found(Pending, code, format, args)
}

func waiting(code Code, until time.Time, format string, args ...any) finding {
	f := found(Waiting, code, format, args)
	f.eligible = until
	return f
}

// found keeps the times among the arguments as values.
func found(s Status, code Code, format string, args []any) finding {
	f := finding{status: s, code: code}
	args = slices.Clone(args)
	for i, a := range args {
		if t, ok := a.(time.Time); ok {
			f.times, args[i] = append(f.times, t.UTC()), formatTime(t)
		}
	}
	f.observed = fmt.Sprintf(format, args...)
	return f
}

// notCollected returns the answer of every rule whose facts are missing as a whole.
func notCollected(what string) finding {
	return unknown(CodeEvidenceMissing, "%s not collected", what).lacks(what)
}

// lacks names the facts that were not collected.
func (f finding) lacks(what string) finding {
	f.missing = what
	return f
}

func (f finding) restsOn(ids ...string) finding {
	for _, id := range ids {
		if id != "" {
			f.evidence = append(f.evidence, id)
		}
	}
	return f
}

// linked adds the pages of the facts that a finding rests on.
func (f finding) linked(urls ...string) finding {
	f.links = append(f.links, urls...)
	return f
}

// changing is a finding that time alone may end.
func (f finding) changing(at time.Time) finding {
	f.changes = at
	return f
}

func (f finding) warns(code Code, format string, args ...any) finding {
	f.warnings = append(f.warnings, Warning{code, plain(fmt.Sprintf(format, args...))})
	return f
}

// worse is the worse of two findings, the first of equals.
func (f finding) worse(other finding) finding {
	if holdKind(other.status, other.code) < holdKind(f.status, f.code) {
		return other
	}
	return f
}

// because adds a reason where a person gave one.
func because(what, reason string) string {
	if strings.TrimSpace(reason) == "" {
		return what
	}
	return what + ": " + reason
}

// by adds who did it, if that is known.
func by(what, who string) string {
	if strings.TrimSpace(who) == "" {
		return what
	}
	return what + " by " + who
}

func formatTime(t time.Time) string { return t.UTC().Format(time.RFC3339) }

// short is the part of a digest that people compare.
func short(digest string) string {
	const enough = len("sha256:") + 12
	if len(digest) <= enough {
		return digest
	}
	return digest[:enough]
}
