package event

// readDispatch reads a run that a person started: for a pull request, for a release, or for the branch or tag that it
// runs on. Inputs may be null, absent, numbers or strings.
func readDispatch(root *value, env Env, e *Event) {
	number, tag := root.get("inputs", "pr_number"), root.get("inputs", "release_tag")
	pr, release := number.scalar(), tag.scalar()
	switch {
	case pr != "" && release != "":
		root.get("inputs").problem("pr_number (%.40q) and release_tag (%.80q) exclude each other, give one of them", pr, release)
	case pr != "":
		e.Kind, e.Number, e.Lookup = PullRequest, number.positive(pr), true
	case release != "":
		e.Kind, e.Tag, e.Lookup = Release, release, true
	default:
		readDispatchRef(root, env, e)
	}
}

func readDispatchRef(root *value, env Env, e *Event) {
	ref := or(root.get("ref").text(), env.Ref)
	readRef(ref, e)
	e.Revision = sha(root, env)
	if e.Kind == None {
		root.get("ref").problem("%.80q is not the branch or tag that the run is on, expected refs/heads/BRANCH or refs/tags/TAG", ref)
	}
}
