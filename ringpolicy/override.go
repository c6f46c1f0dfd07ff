package ringpolicy

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// overrides are those of a decision's subject, and what is wrong with the rest.
type overrides struct {
	usable  []Override
	ignored []Warning
}

// sortOverrides keeps the overrides that could count.
func sortOverrides(all []Override, subject Subject) overrides {
	var o overrides
	for _, x := range all {
		if why := x.whyInvalid(subject); why != "" {
			o.ignore(x, why)
		} else {
			o.usable = append(o.usable, x)
		}
	}
	return o
}

func (o *overrides) ignore(x Override, why string) {
	o.ignored = append(o.ignored, ignored(x, why))
}

func ignored(x Override, why string) Warning {
	return Warning{CodeOverrideIgnored, plain(fmt.Sprintf("override of %s in %s by %s is ignored: %s", x.Criterion, x.Ring, x.By, why))}
}

// whyInvalid says what keeps an override from counting at any time. Author and contributors pass no criterion for their
// own change, but anyone may fail one.
func (x Override) whyInvalid(subject Subject) string {
	switch {
	case strings.TrimSpace(x.By) == "":
		return "it names no person"
	case strings.TrimSpace(x.Reason) == "":
		return "it has no reason"
	case x.Expires.IsZero():
		return "it has no end"
	case x.Verdict != OverridePass && x.Verdict != OverrideFail:
		return "its verdict is neither pass nor fail"
	case x.Digest == "":
		return "it names no image"
	case x.Digest != subject.Digest:
		return "it is for another image"
	case x.Verdict == OverrideFail:
		return ""
	case subject.Author == "":
		return "the author of the change is not known, and nobody passes a criterion for their own change"
	case subject.Contributors == nil:
		return "the contributors to the change are not known, and nobody passes a criterion for their own change"
	}
	return subject.whyOwn(x.By)
}

// fits reports whether an override is about a criterion: it names the ring of the criterion, or the target ring. Each ring
// has a rollback of its own, so an override that passes one names its ring.
func (x Override) fits(r *judged, target string) bool {
	named := x.Ring == r.Ring || x.Ring == target && (r.ID != rollbackID || x.Verdict == OverrideFail)
	return named && x.Criterion == r.ID
}

// apply makes of a criterion what the overrides say that hold now. Fail beats pass.
func (o overrides) apply(r *judged, target string, now time.Time) {
	var pass, fail *Override
	for i := range o.usable {
		x := &o.usable[i]
		if !x.fits(r, target) || !x.Expires.After(now) {
			continue
		}
		switch {
		case x.Verdict == OverrideFail:
			fail = x.longer(fail)
		case r.waivable && x.after(r.since):
			pass = x.longer(pass)
		}
	}
	switch {
	case fail != nil:
		r.Status, r.Code, r.EligibleAt, r.changes = Unmet, CodeOverrideFail, time.Time{}, time.Time{}
		r.Links = append(slices.Clip(r.Links), fail.URL)
		r.Observed, r.ObservedTimes = plain(fmt.Sprintf("failed by %s: %s", fail.By, fail.Reason)), nil
	case pass != nil && r.Status.blocks():
		r.Status, r.Code, r.EligibleAt = Waived, CodeWaived, time.Time{}
		r.changes = earlier(pass.Expires, r.changes)
		r.Links = append(slices.Clip(r.Links), pass.URL)
		r.Observed = plain(fmt.Sprintf("%s; waived by %s until %s: %s", r.Observed, pass.By, formatTime(pass.Expires), pass.Reason))
		r.ObservedTimes = append(r.ObservedTimes, pass.Expires.UTC())
	}
}

// after reports whether an override came after a moment; zero: any did.
func (x Override) after(t time.Time) bool { return t.IsZero() || x.At.After(t) }

// longer is the override that ends later, so that the order in which they come says nothing.
func (x *Override) longer(than *Override) *Override {
	if than == nil {
		return x
	}
	if c := x.Expires.Compare(than.Expires); c != 0 {
		if c > 0 {
			return x
		}
		return than
	}
	if cmp.Or(cmp.Compare(x.By, than.By), cmp.Compare(x.Reason, than.Reason), cmp.Compare(than.URL, x.URL)) < 0 {
		return x
	}
	return than
}

// overrideWarnings returns a warning for every override that does not count now, with the reason.
func (f *facts) overrideWarnings(o outcome) []Warning {
	all := slices.Clone(f.overrides.ignored)
	for _, x := range f.overrides.usable {
		if why := f.whyIgnored(x, o); why != "" {
			all = append(all, ignored(x, why))
		}
	}
	return all
}

// whyIgnored says why an override does not count now.
func (f *facts) whyIgnored(x Override, o outcome) string {
	if !x.Expires.After(o.now) {
		return "it has expired"
	}
	about, waivable, inTime := false, false, false
	for i := range o.results {
		if r := &o.results[i]; x.fits(r, f.evidence.Subject.To) {
			about, waivable, inTime = true, waivable || r.waivable, inTime || x.after(r.since)
		}
	}
	switch {
	case !about:
		return "no such criterion is asked here"
	case x.Verdict == OverridePass && !waivable:
		return "the criterion cannot be waived"
	case x.Verdict == OverridePass && !inTime:
		return "the deployment failed after it was said"
	}
	return ""
}
