package event

import (
	"fmt"
	"strings"
)

// readWorkflowRun reads the end of another workflow. Its branch may be that of a fork.
func readWorkflowRun(root *value, e *Event) {
	run := root.get("workflow_run")
	e.Branch = run.get("head_branch").text()
	e.Revision = run.get("head_sha").revision()
	head := run.get("head_repository", "full_name").text()
	e.Fork = head == "" || !strings.EqualFold(head, e.Repository.FullName)
	e.Skip = nothingToDo(e.Name)
}

// readMergeGroup reads the check of a merge queue.
func readMergeGroup(root *value, e *Event) {
	group := root.get("merge_group")
	e.Branch = strings.TrimPrefix(group.get("head_ref").text(), "refs/heads/")
	e.BaseBranch = strings.TrimPrefix(group.get("base_ref").text(), "refs/heads/")
	e.Revision = group.get("head_sha").revision()
	e.Skip = nothingToDo(e.Name)
}

// readOther reads an event that builds nothing, a schedule for example. It says where the run is. On a pull
// request GITHUB_SHA is the test merge commit, which is no revision.
func readOther(root *value, env Env, e *Event) {
	readRef(env.Ref, e)
	if e.Kind != None {
		e.Revision = sha(root, env)
	}
	e.Kind = None
	e.Skip = nothingToDo(e.Name)
}

func nothingToDo(name string) string {
	return fmt.Sprintf("the event %s deploys nothing", name)
}
