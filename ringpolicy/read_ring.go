package ringpolicy

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/ringpolicy/internal/strict"
)

func (r *policyReader) rings(n *strict.Node) {
	if n.Kind == strict.List && (len(n.Items) == 0 || len(n.Items) > maxRings) {
		r.Fail(n, "has %d rings, expected from 1 to %d", len(n.Items), maxRings)
		return
	}
	r.Each(n, func(n *strict.Node) { r.out.rings = append(r.out.rings, r.ring(n, len(r.out.rings) == 0)) })
}

// maxRings keeps what is done for each pair of rings cheap.
const maxRings = 100

func (r *policyReader) ring(n *strict.Node, first bool) Ring {
	ring := Ring{Deploy: DeployAfterPromotion, Require: RequireAll, Attempts: 1, Rollback: defaultRollback(), Health: Health{Interval: 30 * time.Second}}
	if first {
		ring.Deploy = DeployContinuous
	}
	r.Object(n,
		strict.Field{Name: "name", Required: true, Read: func(n *strict.Node) { ring.Name = r.name(n) }},
		strict.Field{Name: "title", Read: func(n *strict.Node) { ring.Title = r.Text(n) }},
		strict.Field{Name: "purpose", Read: func(n *strict.Node) { ring.Purpose = r.Text(n) }},
		strict.Field{Name: "risk", Read: func(n *strict.Node) { ring.Risk = r.Text(n) }},
		strict.Field{Name: "branches", Read: func(n *strict.Node) { ring.Branches = r.branches(n) }},
		strict.Field{Name: "tag", Read: func(n *strict.Node) { ring.Tag = r.tag(n) }},
		strict.Field{Name: "environment", Read: func(n *strict.Node) { ring.Environment = r.Text(n) }},
		strict.Field{Name: "deploy", Read: func(n *strict.Node) {
			ring.Deploy = strict.Word(r.Reader, n, DeployContinuous, DeployOnMerge, DeployAfterPromotion)
		}},
		strict.Field{Name: "after", Read: func(n *strict.Node) { ring.After = r.after(n, first) }},
		strict.Field{Name: "require", Read: func(n *strict.Node) { ring.Require = strict.Word(r.Reader, n, RequireAll, RequireAny) }},
		strict.Field{Name: "attempts", Read: func(n *strict.Node) { ring.Attempts = r.Int(n, 1, 1000) }},
		strict.Field{Name: "soak", Read: func(n *strict.Node) { ring.Soak = r.soak(n) }},
		strict.Field{Name: "entry", Read: func(n *strict.Node) { ring.Entry = r.criteria(n) }},
		strict.Field{Name: "success", Read: func(n *strict.Node) { ring.Success = r.criteria(n) }},
		strict.Field{Name: "windows", Read: func(n *strict.Node) { ring.Windows = r.windows(n) }},
		strict.Field{Name: "rollback", Read: func(n *strict.Node) { ring.Rollback = r.rollback(n) }},
		strict.Field{Name: "health", Read: func(n *strict.Node) { ring.Health = r.health(n) }},
		strict.Field{Name: "host_port", Read: func(n *strict.Node) { ring.HostPort = r.Int(n, 1, 65535) }},
	)
	ring.Title = cmp.Or(ring.Title, ring.Name)
	ring.Tag = cmp.Or(ring.Tag, ring.Name)
	ring.Environment = cmp.Or(ring.Environment, ring.Name)
	return ring
}

var (
	ringName = regexp.MustCompile(`^[a-z0-9]+(-[a-z0-9]+)*$`)
	ringTag  = regexp.MustCompile(`^[A-Za-z0-9_][A-Za-z0-9._-]*$`)
)

func (r *policyReader) name(n *strict.Node) string {
	name := r.matching(n, ringName, "is not the name of a ring, expected a-z, 0-9 and inner dashes")
	switch {
	case strings.HasPrefix(name, "pr-"):
		r.Fail(n, `%q begins with "pr-" like a pull request, expected another name`, clip(name))
	case name != "" && n.Parent().Get("tag") == nil:
		r.checkTag(n, name)
	}
	return name
}

func (r *policyReader) tag(n *strict.Node) string {
	tag := r.matching(n, ringTag, "cannot be part of an image tag, expected letters, digits, and inside also . _ -")
	if tag != "" {
		r.checkTag(n, tag)
	}
	return tag
}

var (
	reservedPrefix = regexp.MustCompile(`^(pr-|sha-|branch(-|$))`)
	pullSuffix     = regexp.MustCompile(`(^|-)pr-\d+$`)
	releaseTag     = regexp.MustCompile(`^(latest|stable|v?\d+\.\d+\.\d+([-_+].*)?)$`)
)

// checkTag refuses what would make the tags of a ring look like others.
func (r *policyReader) checkTag(n *strict.Node, tag string) {
	switch {
	case len(tag) > maxRingTag:
		r.Fail(n, "has %d characters, expected at most %d since it is part of image tags", len(tag), maxRingTag)
	case reservedPrefix.MatchString(tag):
		r.Fail(n, "%q begins like the tag of a pull request, a branch or a commit, expected another", tag)
	case pullSuffix.MatchString(tag):
		r.Fail(n, "%q ends like the tag of a pull request, expected another", tag)
	case releaseTag.MatchString(tag):
		r.Fail(n, "%q is the tag of a release, expected another", tag)
	}
}

// maxRingTag leaves room for "-pr-N-latest" in the 128 characters of a tag (OCI distribution spec).
const maxRingTag = 100

func (r *policyReader) branches(n *strict.Node) []string { return strict.Set(r.Reader, n, r.pattern) }

// pattern reads a name, or a pattern of names.
func (r *policyReader) pattern(n *strict.Node) string {
	source := r.Text(n)
	if _, err := compilePattern(source, false); err != nil {
		r.Fail(n, "%q is not a pattern: %v", clip(source), err)
	}
	return source
}

func (r *policyReader) after(n *strict.Node, first bool) []string {
	if first && len(n.Items) > 0 {
		r.Fail(n, "the first ring comes after none")
		return nil
	}
	return strict.Set(r.Reader, n, r.Text)
}

func (r *policyReader) soak(n *strict.Node) Soak {
	s := Soak{OnOverdue: OverdueWarn}
	r.Object(n,
		strict.Field{Name: "min", Read: func(n *strict.Node) { s.Min = r.duration(n) }},
		strict.Field{Name: "max", Read: func(n *strict.Node) { s.Max = r.span(n) }},
		strict.Field{Name: "on_overdue", Read: func(n *strict.Node) { s.OnOverdue = strict.Word(r.Reader, n, OverdueWarn, OverdueExpire) }},
	)
	return s
}

func defaultRollback() RollbackPolicy {
	return RollbackPolicy{Mode: ModeImmediate, Triggers: slices.Clone(signals), Consecutive: 1}
}

var signals = []SignalKind{SignalCriticalError, SignalHealthCheck, SignalContainerCrash, SignalTestFailure}

func (r *policyReader) signal(n *strict.Node) SignalKind { return strict.Word(r.Reader, n, signals...) }

func (r *policyReader) rollback(n *strict.Node) RollbackPolicy {
	b := defaultRollback()
	r.Object(n,
		strict.Field{Name: "mode", Read: func(n *strict.Node) {
			b.Mode = strict.Word(r.Reader, n, ModeImmediate, ModeFastTrack, ModePlanned, ModeEmergency)
		}},
		strict.Field{Name: "triggers", Read: func(n *strict.Node) { b.Triggers = strict.Set(r.Reader, n, r.signal) }},
		strict.Field{Name: "consecutive", Read: func(n *strict.Node) { b.Consecutive = r.Int(n, 1, 1000) }},
		strict.Field{Name: "cooldown", Read: func(n *strict.Node) { b.Cooldown = r.duration(n) }},
	)
	return b
}

func (r *policyReader) health(n *strict.Node) Health {
	h := Health{Interval: 30 * time.Second}
	r.Object(n,
		strict.Field{Name: "interval", Read: func(n *strict.Node) { h.Interval = r.healthTime(n) }},
		strict.Field{Name: "timeout", Read: func(n *strict.Node) { h.Timeout = r.healthTime(n) }},
		strict.Field{Name: "retries", Read: func(n *strict.Node) { h.Retries = r.Int(n, 1, 1000) }},
		strict.Field{Name: "start_period", Read: func(n *strict.Node) { h.StartPeriod = r.healthTime(n) }},
	)
	return h
}

// healthTime reads a duration that Docker accepts: none, or at least a millisecond.
func (r *policyReader) healthTime(n *strict.Node) time.Duration {
	d := r.duration(n)
	if 0 < d && d < time.Millisecond {
		r.Fail(n, "is too short, expected at least 1ms")
	}
	return d
}

func (r *policyReader) windows(n *strict.Node) Windows {
	var w Windows
	list := func(to *[]Window) func(*strict.Node) {
		return func(n *strict.Node) { r.Each(n, func(n *strict.Node) { *to = append(*to, r.window(n)) }) }
	}
	r.Object(n, strict.Field{Name: "allow", Read: list(&w.Allow)}, strict.Field{Name: "deny", Read: list(&w.Deny)})
	return w
}

func (r *policyReader) window(n *strict.Node) Window {
	w := Window{To: endOfDay}
	r.Object(n,
		strict.Field{Name: "days", Read: func(n *strict.Node) { w.Days = strict.Some(r.Reader, n, r.weekday) }},
		strict.Field{Name: "from", Read: func(n *strict.Node) { w.From = r.timeOfDay(n) }},
		strict.Field{Name: "to", Read: func(n *strict.Node) { w.To = r.timeOfDay(n) }},
		strict.Field{Name: "dates", Read: func(n *strict.Node) { w.First, w.Last = r.dates(n) }},
		strict.Field{Name: "reason", Read: func(n *strict.Node) { w.Reason = r.Text(n) }},
	)
	r.checkTimes(n.Get("from"), n.Get("to"))
	if w.To == 0 {
		w.To = endOfDay // the same moment
	}
	return w
}

func (r *policyReader) checkTimes(from, to *strict.Node) {
	switch {
	case from != nil && from.Text == "24:00":
		r.Fail(from, "is the end of the day, expected an earlier time")
	case from != nil && to != nil && from.Text == to.Text && clockTime.MatchString(to.Text):
		r.Fail(to, "is the same as from, expected another time; leave both out for the whole day")
	}
}

var weekdays = []string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}

func (r *policyReader) weekday(n *strict.Node) time.Weekday {
	return time.Weekday(slices.Index(weekdays, strict.Word(r.Reader, n, weekdays...)))
}

var clockTime = regexp.MustCompile(`^(([01]\d|2[0-3]):[0-5]\d|24:00)$`)

func (r *policyReader) timeOfDay(n *strict.Node) TimeOfDay {
	s := r.matching(n, clockTime, `is not a time of day such as "16:00" or "24:00"`)
	if s == "" {
		return 0
	}
	hour, _ := strconv.Atoi(s[:2])
	minute, _ := strconv.Atoi(s[3:])
	return TimeOfDay(60*hour + minute)
}

func (r *policyReader) dates(n *strict.Node) (first, last Date) {
	failed := r.Count()
	var days []Date
	r.Each(n, func(n *strict.Node) { days = append(days, r.date(n)) })
	switch {
	case r.Count() > failed:
	case len(days) != 2:
		r.Fail(n, "has %d days, expected the first and the last", len(days))
	case days[1].before(days[0]):
		r.Fail(n.Items[1], "is before the first day, expected the last")
	default:
		return days[0], days[1]
	}
	return Date{}, Date{}
}

func (r *policyReader) date(n *strict.Node) Date {
	s := r.Text(n)
	t, err := time.Parse(time.DateOnly, s)
	if err != nil && s != "" {
		r.Fail(n, "%q is not a day such as 2026-12-24", clip(s))
	}
	return Date{t.Year(), t.Month(), t.Day()}
}
