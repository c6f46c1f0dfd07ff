// Package markdown has the functions of package text under the name that some callers still use.
package markdown

import "github.com/wizzense/deployment-rings/internal/text"

// The functions of package text.
var (
	Visible = text.Visible
	Code    = text.Code
	Plain   = text.Plain
	Link    = text.Link
	Time    = text.Time
)
