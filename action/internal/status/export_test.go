package status

import "github.com/wizzense/deployment-rings/ringpolicy"

// Todo is the advice for a reason code.
func Todo(c ringpolicy.Code) string { return todo(ringpolicy.Result{Code: c}, "ring", true) }
