// Package facts collects what a decision depends on and GitHub knows: checks, what people said on the pull request of an
// image, locks, incidents, and how the commit of the image relates to what a ring runs. A fact that could not be read in full
// is not collected (nil), and a [Missing] says why and what to do; it is never taken for "there is none".
//
// Facts take these permissions of the job token, all read: checks, statuses, actions, contents, pull-requests, issues.
package facts
