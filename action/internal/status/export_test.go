package status

import "github.com/wizzense/deployment-rings/ringpolicy"

// Todo is the advice for a reason code.
func Todo(c ringpolicy.Code) string { return todos[c] }
