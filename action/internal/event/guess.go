package event

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// A shape recognises an event by the keys of its payload.
type shape struct {
	name       string
	has, lacks []string
}

var shapes = []shape{
	{"pull_request", []string{"action", "pull_request"}, []string{"comment", "review", "thread"}},
	{"push", []string{"ref", "before", "after"}, nil},
	{"release", []string{"action", "release"}, nil},
	{"issue_comment", []string{"action", "issue", "comment"}, nil},
	{"workflow_dispatch", []string{"inputs"}, []string{"before", "client_payload"}},
	{"workflow_run", []string{"action", "workflow_run"}, []string{"deployment", "deployment_status"}},
	{"schedule", []string{"schedule"}, nil},
	{"merge_group", []string{"action", "merge_group"}, nil},
}

// Guess finds the name of the event by the shape of its payload, for runs by hand. It returns an error when no event,
// or more than one, has that shape. A payload of pull_request_target is that of pull_request, and treated the same.
func Guess(payload []byte) (string, error) {
	root, err := new(reader).root(payload)
	if err != nil {
		return "", err
	}
	var names []string
	for _, s := range shapes {
		if s.fits(root) {
			names = append(names, s.name)
		}
	}
	return only(names)
}

func only(names []string) (string, error) {
	switch len(names) {
	case 1:
		return names[0], nil
	case 0:
		return "", errors.New("the payload does not show which event it is of, name it with --event-name")
	}
	return "", fmt.Errorf("the payload could be of %s, name the event with --event-name", strings.Join(names, " or "))
}

func (s shape) fits(root *value) bool {
	members := root.object()
	has := func(key string) bool { _, ok := members[key]; return ok }
	return !slices.ContainsFunc(s.lacks, has) && !slices.ContainsFunc(s.has, func(key string) bool { return !has(key) })
}
