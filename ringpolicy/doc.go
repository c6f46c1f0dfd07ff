// Package ringpolicy decides how an image moves through deployment rings: which ring a branch belongs to, whether an
// image may move on into a ring, and when a ring must go back.
//
// # Policies
//
// A [Policy] is read from a file by [Parse], or is the one of the deployment rings guide, [Builtin]. It lists the rings
// from the first to the last. Each ring says
//
//   - which branches belong to it, by name or by pattern ([Policy.Match]),
//   - what brings an image in besides a promotion (deploy) and which rings an image must have been in before (after),
//   - how long an image stays before it moves on (soak), what must hold to come in (entry), and what makes a stay
//     healthy (success),
//   - when images may come in (windows), when the ring goes back by itself (rollback), and on which port and with which health
//     check its containers run.
//
// A file is checked strictly and whole. Its error, [Problems], has every mistake with file, line, column and key; a
// misspelt criterion is an error, and never a criterion less. [Lint] looks for mistakes in a policy that is well formed.
//
// # Decisions
//
// [Evidence] contains the facts of a moment: histories and signals of the rings, checks, measurements, incidents, and
// statements of people. A list that was not collected is not an empty list: it is unknown, and unknown holds. [Policy.Decide]
// answers for one target ring:
//
//   - rollback: a trigger is proven for what the ring runs, and it may go back now,
//   - noop: the ring runs the image already,
//   - hold: at least one criterion that decides is not met,
//   - promote: every one is met, or waived by an override.
//
// What is proven bad goes no further: an image that a ring before should go back from is held, whether that ring could go back
// or not. Signals that were not collected prove nothing, so whoever has no health signals has not looked at a ring.
//
// The author and the contributors of a change do not count for it: they neither approve it (unless a policy allows the
// author), nor sign it off, nor pass one of its criteria by an override. They may refuse a sign-off, and fail a criterion.
//
// A policy may list roles, by users, teams and permission. An approval or a sign-off in such a role counts from a person of
// whom the evidence says that they hold it ([Person]); of one of whom that is not known it is unknown, where the answer hangs on
// it. A role that is not listed is everybody's. Each approval and sign-off that does not count is a warning with its reason.
//
// A [Decision] lists every criterion, met or not, with what was observed and what was required; says which one is the
// worst, when to ask again, and how long a promotion stays valid. A fact may have a url, the page of a check, a comment or
// an incident; it decides nothing, and the criteria that rest on the fact link to it. A decision prints as one line and as JSON.
// [Policy.RollbackByHand] answers a person who wants a ring to go back.
//
// # What this package never does
//
// It knows no clock, network, environment, logger or context. Everything that a result depends on is an argument, the
// time too; time zone data is embedded. The same policy and evidence give the same bytes, whatever the order of lists.
// Arguments are never changed and results never shared. Zero values deny.
package ringpolicy
