package fleet

import (
	"cmp"
	"fmt"
	"slices"
	"time"

	"github.com/wizzense/deployment-rings/action/internal/ledger"
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// New says how the rings of repositories stand, by one policy for all. The error says that the policy and the facts do not fit.
func New(policy *ringpolicy.Policy, now time.Time, found []Repository, owners []Owner) (Report, error) {
	r := Report{Schema: 1, Now: now.UTC(), PolicyDigest: policy.Digest(), Rings: []Column{}, Rows: []Row{}, Owners: append([]Owner{}, owners...)}
	for _, ring := range policy.Rings() {
		r.Rings = append(r.Rings, Column{ring.Name, cmp.Or(ring.Title, ring.Name), ring.Environment})
	}
	for _, of := range found {
		rows, err := rowsOf(policy, r.Now, of)
		if err != nil {
			return Report{}, fmt.Errorf("%s: %w", of.Name, err)
		}
		r.Rows = append(r.Rows, rows...)
	}
	slices.SortStableFunc(r.Rows, compareRows)
	r.Headline = r.headline()
	return r, nil
}

func rowsOf(policy *ringpolicy.Policy, now time.Time, of Repository) ([]Row, error) {
	row := Row{Repository: of.Name, State: Unknown, Rings: []Ring{}}
	if of.URL != "" {
		url := of.URL + "/deployments"
		row.URL = &url
	}
	if of.Problem != "" {
		row.Reason = status.Text{of.Problem}
		return []Row{row}, nil
	}
	if len(of.Images) == 0 {
		row.State, row.Reason = Empty, status.Text{"no ring has a record"}
		return []Row{row}, nil
	}
	var rows []Row
	row.Several = len(of.Images) > 1
	for _, image := range of.Images {
		row, err := rowOf(policy, now, image, row)
		if err != nil {
			return nil, err
		}
		rows = append(rows, row)
	}
	return rows, nil
}

func rowOf(policy *ringpolicy.Policy, now time.Time, of Image, row Row) (Row, error) {
	facts := status.Facts{Ledger: of.Ledger, Evidence: ringpolicy.Evidence{Now: now, Rings: map[string]ringpolicy.RingFacts{}}}
	for _, ring := range of.Ledger.Rings() {
		facts.Evidence.Rings[ring] = of.Ledger.Facts(ring)
	}
	known, err := status.Of(policy, facts, nil) // without a question, so that it says what the ledger says
	if err != nil {
		return row, err
	}
	if len(of.Names) > 0 {
		row.Image = of.Names[0]
	}
	row.Rings = make([]Ring, len(known.Rings))
	for i, ring := range policy.Rings() {
		row.Rings[i] = ringOf(of, known.Rings[i], ring, now)
	}
	for i := range row.Rings {
		describe(policy, row.Rings, i, now)
	}
	first := slices.MinFunc(row.Rings, func(x, y Ring) int { return cmp.Compare(x.State.rank(), y.State.rank()) })
	row.State, row.Reason = first.State, status.Text{first.Name, ": ", first.Reason}
	return row, nil
}

// ringOf returns what the ledger says of a ring, without what that comes to.
func ringOf(of Image, known status.Ring, ring ringpolicy.Ring, now time.Time) Ring {
	r := Ring{Name: known.Name}
	_, read := of.Ledger.Ring(r.Name)
	late := of.Ledger.Late(r.Name)
	switch why := of.Unknown[r.Name]; {
	case !read:
		r.State, r.Reason = Unknown, status.Text{cmp.Or(why, "its records were not read")}
		return r
	case len(late) > 0: // releases are in comments, which are not read
		r.State = Unknown
		r.Reason = status.Text{"a success of ", text.ShortDigest(late[0].Digest), " was recorded after it was taken back; status of this repository finds out whether it was released"}
	}
	r.TakenBack = known.Rollback
	r.Arriving, r.Failed = unfinished(of.Ledger.Facts(r.Name), now)
	if runs := known.Runs; runs != nil {
		r.Runs = &Deployment{runs.Digest, runs.Version, runs.PullRequest, runs.Revision, runs.Since, runs.Rollback}
		r.Soak = soakOf(ring, runs.Since, now)
	}
	r.RunURL = runURL(of.Ledger, r)
	return r
}

// describe says how a ring stands, unless that is unknown.
func describe(policy *ringpolicy.Policy, rings []Ring, i int, now time.Time) {
	r := &rings[i]
	if r.State == Unknown {
		return
	}
	next, open, unknown := nextRings(policy, rings, *r)
	r.Overdue = r.Soak != nil && r.Soak.OverdueAt != nil && r.Soak.OverdueAt.Before(now) && len(open) > 0
	switch {
	case r.Failed != nil && r.Failed.Stuck:
		r.State, r.Reason = Stuck, status.Text{"the deployment of ", text.ShortDigest(r.Failed.Digest), " does not end, it began ", r.Failed.At}
	case r.Failed != nil:
		r.State, r.Reason = Stuck, status.Text{"the deployment of ", text.ShortDigest(r.Failed.Digest), " failed ", r.Failed.At}
	case r.Arriving != nil:
		r.State, r.Reason = Arriving, status.Text{"the image ", text.ShortDigest(r.Arriving.Digest), " is on its way in since ", r.Arriving.At}
	case r.TakenBack != nil && (r.Runs == nil || r.Runs.Rollback):
		r.State, r.Reason = TakenBack, takenBack(*r.TakenBack)
	case r.Runs == nil:
		r.State, r.Reason = Empty, status.Text{"nothing is in service"}
	case r.Overdue:
		r.State, r.Reason = Overdue, status.Text{"its image should have moved into ", open[0], " by ", *r.Soak.OverdueAt}
	case len(next) == 0:
		r.State, r.Reason = Settled, status.Text{"the last ring: its image goes nowhere from here"}
	case len(open) == 0 && !unknown:
		r.State, r.Reason = Settled, status.Text{"its image is in every next ring"}
	case r.Soak != nil && r.Soak.CompleteAt != nil:
		r.State, r.Reason = Waiting, status.Text{"its image has to stay until ", *r.Soak.CompleteAt}
	default:
		r.State, r.Reason = Soaked, status.Text{"its image has stayed for long enough; gate of this repository says whether it may move on"}
	}
}

// unfinished returns the deployment that goes on since the ring's newest success, and the open one that failed or does not end.
func unfinished(facts ringpolicy.RingFacts, now time.Time) (arriving, failed *status.Arrival) {
	if open, ok := facts.Failed(now); ok {
		return nil, &status.Arrival{Digest: open.Digest, At: open.From.UTC(), Stuck: open.Outcome == ringpolicy.OutcomeInProgress}
	}
	served := func(r ringpolicy.Record) bool {
		return r.Outcome == ringpolicy.OutcomeSuccess || r.Outcome == ringpolicy.OutcomeRolledBack
	}
	begun, ok := facts.Arriving()
	if !ok || slices.ContainsFunc(facts.History, func(r ringpolicy.Record) bool { return served(r) && r.From.After(begun.From) }) {
		return nil, nil
	}
	return &status.Arrival{Digest: begun.Digest, At: begun.From.UTC()}, nil
}

// soakOf returns the stay of the image that a ring runs against what the policy asks; nil where it asks nothing. An earlier stay of
// the image may be longer and count for a decision; here the ring's newest records count alone.
func soakOf(ring ringpolicy.Ring, since, now time.Time) *status.Soak {
	if ring.Soak.Min == 0 && ring.Soak.Max == 0 {
		return nil
	}
	done := max(0, now.Sub(since)).Truncate(time.Second)
	s := &status.Soak{
		Done: ringpolicy.FormatDuration(done), DoneSecs: int64(done / time.Second),
		Needed: ringpolicy.FormatDuration(ring.Soak.Min), NeededSecs: int64(ring.Soak.Min / time.Second), Complete: done >= ring.Soak.Min,
	}
	if at := since.Add(ring.Soak.Min); !s.Complete {
		s.CompleteAt = &at
	}
	if at := since.Add(ring.Soak.Max); ring.Soak.Max > 0 {
		s.OverdueAt = &at
	}
	return s
}

// nextRings returns the names of the next rings, those of them that do not run the image of a ring, and whether one is not known.
func nextRings(policy *ringpolicy.Policy, rings []Ring, from Ring) (next, open []string, unknown bool) {
	for _, ring := range policy.Next(from.Name) {
		next = append(next, ring.Name)
		to := rings[slices.IndexFunc(rings, func(r Ring) bool { return r.Name == ring.Name })]
		switch {
		case to.State == Unknown:
			unknown = true
		case from.Runs == nil || to.Runs == nil || to.Runs.Digest != from.Runs.Digest:
			open = append(open, ring.Name)
		}
	}
	return next, open, unknown
}

func takenBack(r status.Rollback) status.Text {
	said := status.Text{"no image was promoted since it went back ", r.At}
	if r.From != nil {
		said = status.Text{"the image ", text.ShortDigest(*r.From), " was taken back ", r.At, ", and no image was promoted since"}
	}
	if r.Reason != nil {
		said = append(said, ": ", *r.Reason)
	}
	return said
}

// runURL returns the page of the newest run that recorded what a ring stands for.
func runURL(of ledger.Reading, r Ring) *string {
	digest := ""
	switch {
	case r.Failed != nil:
		digest = r.Failed.Digest
	case r.Arriving != nil:
		digest = r.Arriving.Digest
	case r.Runs != nil:
		digest = r.Runs.Digest
	}
	entries, _ := of.Ring(r.Name)
	for _, e := range slices.Backward(entries) {
		if e.Outcome != "" && e.URL != "" && (digest == "" || e.Digest == digest) {
			return &e.URL
		}
	}
	return nil
}

// Count returns how many repositories need a person, and how many there are.
func (r Report) Count() (needing, all int) {
	needs := map[string]bool{}
	for _, row := range r.Rows {
		needs[row.Repository] = needs[row.Repository] || row.State.NeedsAttention()
	}
	for _, does := range needs {
		if does {
			needing++
		}
	}
	return needing, len(needs)
}

// headline says in one line how many repositories need a person, and which is the first.
func (r Report) headline() status.Text {
	switch needing, all := r.Count(); {
	case all == 0:
		return status.Text{"No repository has a record of a ring."}
	case needing == 0:
		return status.Text{"None of ", Repositories(all), " needs a person."}
	default:
		first := r.Rows[0]
		return status.Text{fmt.Sprintf("%d of %s need a person. The first: ", needing, Repositories(all)), first.Repository, ", ", first.Reason.Sentence()}
	}
}

// Repositories returns a number of repositories in words.
func Repositories(n int) string {
	if n == 1 {
		return "1 repository"
	}
	return fmt.Sprint(n, " repositories")
}

// Overdue returns the names of the rings that are overdue in a repository, each once, in the policy's order.
func (r Report) Overdue() []string {
	var names []string
	for _, column := range r.Rings {
		for _, row := range r.Rows {
			if slices.ContainsFunc(row.Rings, func(x Ring) bool { return x.Name == column.Name && x.Overdue }) {
				names = append(names, column.Name)
				break
			}
		}
	}
	return names
}

// Unread reports whether no repository could be read, and why the first could not.
func (r Report) Unread() (why string, unread bool) {
	for _, row := range r.Rows {
		if row.State != Unknown || len(row.Rings) > 0 {
			return "", false
		}
	}
	if len(r.Rows) == 0 {
		return "", false
	}
	return r.Rows[0].Repository + ": " + r.Rows[0].Reason.String(), true
}
