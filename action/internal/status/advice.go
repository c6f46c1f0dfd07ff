package status

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/container"
	"github.com/wizzense/deployment-rings/internal/text"
	"github.com/wizzense/deployment-rings/ringpolicy"
	"github.com/wizzense/deployment-rings/tagging"
)

// advice says what to do about a ring (guide: Troubleshooting, "Deployment Stuck in Ring").
func (b builder) advice(r Ring, ring ringpolicy.Ring) []Advice {
	all := advices{}
	b.adviseOnRing(&all, r, b.inspect(ring))
	b.adviseOnTag(&all, r)
	for _, m := range r.Moves {
		if !m.There {
			b.adviseOnMove(&all, r, m)
		}
	}
	b.adviseOnOvertaken(&all, r)
	return all
}

// advices say everything once.
type advices []Advice

func (all *advices) add(a Advice) {
	a.Text, a.Commands = Text{a.Text, a.Subject, a.Do}, list(a.Commands)
	if !slices.ContainsFunc(*all, func(x Advice) bool { return x.Code == a.Code && x.Text.String() == a.Text.String() }) {
		*all = append(*all, a)
	}
}

// addDo adds advice that is about the ring itself.
func (all *advices) addDo(code, do string, commands ...string) {
	all.add(Advice{Code: code, Do: Text{do}, Commands: commands})
}

// adviseOnRing says what to do about what happens in the ring itself; inspect has the commands that show its container.
func (b builder) adviseOnRing(all *advices, r Ring, inspect []string) {
	if r.State == Unknown {
		all.addDo(string(ringpolicy.CodeEvidenceMissing), "Give status the ledger, or an evidence file with the history of the ring. Why the ledger was not read is among the warnings of the run.")
	}
	if self := b.decisions[[2]string{r.Name, r.Name}]; self.Rollback.Needed {
		all.addDo(string(self.ReasonCode), goBack(self), slices.Concat(b.takeBack(self), inspect)...)
	}
	if r.Arriving != nil && r.Arriving.Stuck {
		record := b.command("record", r.Name) + " --state success --digest " + r.Arriving.Digest
		all.addDo("deployment_stuck", "The job that deploys did not say how it ended. Check whether it still runs, then record success or failure.", slices.Concat(inspect, []string{record})...)
	}
	if r.Failed != nil {
		do, commands := b.afterFailure(r)
		all.addDo("deployment_failed", do, slices.Concat(inspect, commands)...)
	}
}

// afterFailure says what to do where the newest deployment failed. What works stays in service, whatever is chosen.
func (b builder) afterFailure(r Ring) (do string, commands []string) {
	failed, works := text.ShortDigest(r.Failed.Digest), b.command("record", r.Name)+" --state success --digest "+r.Failed.Digest
	again := b.command("promote", r.Name) + " --digest " + r.Failed.Digest + " --retry"
	last, _ := b.policy.Last()
	if v, err := tagging.ParseVersion(b.facts.entry(r.Name, r.Failed.Digest).Version); err == nil && last.Name == r.Name {
		again += " --version " + v.String() // of the same release
	}
	switch {
	case r.Runs == nil:
		return fmt.Sprintf("Read the log of the job that deployed. If %s works all the same, record its success. Else mend the cause and promote it again, or promote a repaired build: the ring has nothing to go back to.", failed), []string{works, again}
	case r.Runs.Digest == r.Failed.Digest:
		return "Read the log of the job that deployed what the ring runs once more. If it works, record its success. Roll back only if it does not.", []string{works}
	}
	return fmt.Sprintf("Read the log of the job that deployed. The ring goes on with %s. If %s works all the same, record its success. Else mend the cause and promote it again; or take it back, which leaves %[1]s in service.",
		text.ShortDigest(r.Runs.Digest), failed), []string{works, again, b.command("rollback", r.Name)}
}

// adviseOnMove says what gets the image of the ring into a next one.
func (b builder) adviseOnMove(all *advices, r Ring, m Move) {
	add := func(a Advice) {
		a.To, a.Text = m.To, Text{r.Name, " → ", m.To, ": "}
		all.add(a)
	}
	for _, c := range m.ByUrgency() {
		if c.Code == ringpolicy.CodeEvidenceMissing { // said together
			add(Advice{Code: string(c.Code), Do: Text{"Nothing is known of ", strings.Join(missing(m.Blocking), ", "), ". Give a token, the ledger, or an evidence file that has it."}})
			continue
		}
		add(Advice{Code: string(c.Code), Subject: Text{or(c.Title, c.ID), " (", Seen(c), "). "}, Do: b.todo(c, m.To)})
	}
	promote, record := b.command("promote", m.To), b.command("record", m.To)+" --state success --digest "+r.Runs.Digest
	switch {
	case m.Decision == ringpolicy.Rollback.String():
		add(Advice{Code: m.ReasonCode, Do: Text{"wait until ", m.To, " has gone back."}})
	case m.OnItsWay():
		add(Advice{Code: m.ReasonCode, Do: Text{"it is on its way in already. Record success once the ring runs it, or run promote again if that was cut short."}, Commands: []string{record, promote}})
	case m.Decision == ringpolicy.Promote.String():
		add(Advice{Code: m.ReasonCode, Do: Text{"run promote."}, Commands: []string{promote}})
	}
}

// missing returns what was not collected for the criteria, each once.
func missing(blocking []ringpolicy.Result) []string {
	var all []string
	for _, c := range blocking {
		if c.Code == ringpolicy.CodeEvidenceMissing && !slices.Contains(all, c.Missing) {
			all = append(all, c.Missing)
		}
	}
	return all
}

// ByUrgency returns the criteria that hold the image, those that need a person before those that need time.
func (m Move) ByUrgency() []ringpolicy.Result {
	sorted := slices.Clone(m.Blocking)
	slices.SortStableFunc(sorted, func(x, y ringpolicy.Result) int { return cmp.Compare(x.Status, y.Status) })
	return sorted
}

func goBack(self ringpolicy.Decision) string {
	switch {
	case self.ReasonCode == ringpolicy.CodeRollbackLoopGuard:
		return "It went back already and fails again: mend it and promote the repair."
	case self.Verdict == ringpolicy.Rollback:
		return fmt.Sprintf("Run rollback for %s: it goes back to %s.", self.To, text.ShortDigest(self.Rollback.Target))
	case self.Rollback.Target == "":
		return "No earlier image is known to be good: mend it and promote the repair."
	}
	return fmt.Sprintf("Run rollback for %s, or wait until it may go back to %s by itself.", self.To, text.ShortDigest(self.Rollback.Target))
}

// takeBack is the command that takes a ring back, where it may go back to something.
func (b builder) takeBack(self ringpolicy.Decision) []string {
	if self.Rollback.Target == "" || self.ReasonCode == ringpolicy.CodeRollbackLoopGuard {
		return nil
	}
	return []string{b.command("rollback", self.To)}
}

// command is one of this program for a ring.
func (b builder) command(name, ring string) string {
	line := "deployment-rings " + name
	if b.facts.Image != "" {
		line += " --image " + b.facts.Image
	}
	return line + " --ring " + ring
}

// inspect returns the commands that show the container of a ring.
func (b builder) inspect(ring ringpolicy.Ring) []string {
	if b.facts.Image == "" {
		return nil
	}
	app := b.facts.Image[strings.LastIndexByte(b.facts.Image, '/')+1:]
	c := container.OfRing(b.policy, ring, app, b.facts.Image)
	commands := []string{"docker inspect " + c.Name + " --format '{{.State.Health.Status}}'", "docker logs " + c.Name + " --tail 100"}
	if url := c.LocalURL(); url != "" {
		commands = append(commands, "curl "+url+"/health")
	}
	return commands
}

// todo returns what meets a criterion on the way into a ring, and when time does.
func (b builder) todo(c ringpolicy.Result, to string) Text {
	text := Text{todo(c, to, !b.unwaivable(c))}
	if !c.EligibleAt.IsZero() && !slices.ContainsFunc(c.ObservedTimes, c.EligibleAt.Equal) {
		text = append(text, " It is over ", c.EligibleAt, ".")
	}
	return text
}

// todo names the comment that a person gives, where one helps.
func todo(c ringpolicy.Result, to string, waivable bool) string {
	if do, ok := todos[c.Code]; ok && (c.Kind != "rollback" || c.Code != ringpolicy.CodeSignalFailing) {
		return do
	}
	do, ok := overridable[c.Code]
	switch {
	case ok:
	case c.Code == ringpolicy.CodeSignOffMissing:
		return "Ask for a sign-off for this image (/sign-off " + c.ID + ")."
	case c.Code == ringpolicy.CodeLocked:
		return "Ask who locked the ring (/unlock " + to + " opens it)."
	case c.Code == ringpolicy.CodeSignalFailing: // in a ring before, whose name its override has
		do, to = fmt.Sprintf(provenBad, c.Ring), c.Ring
	default:
		do = "Look into it"
	}
	if waivable {
		do += fmt.Sprintf(", or override it (/override %s %s reason)", c.ID, to)
	}
	return do + "."
}

// unwaivable reports whether the policy forbids overriding a criterion.
func (b builder) unwaivable(c ringpolicy.Result) bool {
	ring, _ := b.policy.Ring(c.Ring)
	return slices.ContainsFunc(append(slices.Clone(ring.Entry), ring.Success...), func(of ringpolicy.Criterion) bool { return of.ID == c.ID && !of.Waivable })
}

// Seen returns what was observed, or else why there is nothing.
func Seen(c ringpolicy.Result) Text {
	if c.Observed == "" {
		return Text{strings.ReplaceAll(string(c.Code), "_", " ")}
	}
	return Text{c.ObservedWith}
}

// provenBad is the advice where a ring before should go back. Taking the image back there puts it into quarantine, so that
// comes after looking.
const provenBad = "Look at the container in %[1]s and its log. Where the image is at fault, promote a repaired build; where it is not, " +
	"record a passing signal of that kind for %[1]s"

// overridable says what to do by reason code, where an override may be the other answer.
var overridable = map[ringpolicy.Code]string{
	ringpolicy.CodeSoakExpired:  "The stay was too long: deploy a fresh build",
	ringpolicy.CodeIncidentOpen: "Solve the incident and close it",
	ringpolicy.CodeFreezeActive: "The ring is frozen: wait",
	ringpolicy.CodeFailedHere:   "Find out why its deployment there failed. Then promote it with retry, or promote a repaired build",
	ringpolicy.CodeDowngrade:    "The next ring runs a newer commit already: promote that one",
	ringpolicy.CodeHistoryDiverged: "The next ring runs a commit that this image was built without. Promote an image that has both: merge that commit into the branch, or rebase onto it, " +
		"and build again (of a pull request that is merged by now, promote the image of the branch that it was merged into)",
}

// todos says what to do by reason code. Each code that holds an image is here, in overridable or in todo.
var todos = map[ringpolicy.Code]string{
	ringpolicy.CodeSoakRunning:        "Nothing to do but wait.",
	ringpolicy.CodeSoakStartMissing:   "Record the success of the deployment, which starts the clock.",
	ringpolicy.CodeClockSkewExcessive: "Compare the clocks of the machines that record.",

	ringpolicy.CodeUpstreamMissing:     "Deploy the image to the ring before, and record its success.",
	ringpolicy.CodeIdentityMismatch:    "Promote the image that was tried, and not another build of its commit.",
	ringpolicy.CodeVerificationRevoked: "Its deployment there went wrong: deploy it again, or promote another image.",
	ringpolicy.CodeSupersededUpstream:  "The ring before has another image by now: promote that one.",

	ringpolicy.CodeCheckFailed:         "Mend what fails and run the check again.",
	ringpolicy.CodeCheckPending:        "Wait for the check to end.",
	ringpolicy.CodeCheckMissing:        "Run the check on the commit of the image. Was it renamed?",
	ringpolicy.CodeCheckSkipped:        "Let the check run: a skipped one proves nothing.",
	ringpolicy.CodeCheckOrderAmbiguous: "Run the check once more, so that the newest run is certain.",

	ringpolicy.CodeSignalFailing: "Look at the container and its log, and mend what fails.",

	ringpolicy.CodeMetricViolated:     "Look at the monitoring of the ring.",
	ringpolicy.CodeMetricMissing:      "Put the measurement into the evidence file.",
	ringpolicy.CodeMetricNotANumber:   "Correct the measurement in the evidence file.",
	ringpolicy.CodeMetricFewSamples:   "Measure over more requests.",
	ringpolicy.CodeMetricStale:        "Measure again.",
	ringpolicy.CodeMetricBeforeDeploy: "Measure again: this began before the image came into service.",
	ringpolicy.CodeBaselineMissing:    "Give the measurement a baseline.",
	ringpolicy.CodeBaselineZero:       "Give the measurement a baseline that is not zero.",

	ringpolicy.CodeApprovalPending:  "Ask for the approval.",
	ringpolicy.CodeApprovalRejected: "Talk to the person who rejected it; their new approval counts.",
	ringpolicy.CodeApprovalsStale:   "Ask for the approval of this commit: the one that is there was for another.",

	ringpolicy.CodePersonUnknown: "Find out who holds the role: give a token that may read the members of teams, or people in an evidence file.",

	ringpolicy.CodeSignOffRefused: "Talk to the person who refused it; their new sign-off counts.",
	ringpolicy.CodeSignOffStale:   "Have it signed off for this image: the sign-off that is there was for another.",

	ringpolicy.CodeWindowClosed:           "Nothing to do but wait for the window.",
	ringpolicy.CodeNoOpeningWithinHorizon: "Correct the windows in the policy: none opens within a year.",

	ringpolicy.CodeQuarantined: "The image was taken back before: promote a repaired build, or release it (/release DIGEST reason).",
	ringpolicy.CodeNotSettled:  "Wait for the deployment that goes on there to end.",

	ringpolicy.CodeOverrideFail: "Ask who overrode it.",

	ringpolicy.CodeRollbackRecommended: "Decide whether the next ring goes back.",
	ringpolicy.CodeRollbackScheduled:   "The next ring goes back when its window opens.",
	ringpolicy.CodeRollbackCooldown:    "The next ring goes back when its cooldown is over.",
	ringpolicy.CodeRollbackLoopGuard:   "The next ring went back and fails again: a person has to find out why.",
	ringpolicy.CodeNoRollbackTarget:    "The next ring fails and has nothing to go back to: a person has to act.",
}
