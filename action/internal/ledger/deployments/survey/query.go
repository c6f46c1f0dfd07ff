package survey

import (
	"fmt"
	"strings"
)

// A query is one of GraphQL while it is written. What others named is in its variables, never in its text.
type query struct {
	declared  []string
	fields    strings.Builder
	variables map[string]any
}

func newQuery() *query { return &query{variables: map[string]any{}} }

func (q *query) declare(name, kind string, value any) {
	q.declared = append(q.declared, "$"+name+": "+kind)
	q.variables[name] = value
}

func (q *query) addf(format string, args ...any) { fmt.Fprintf(&q.fields, format, args...) }

// repository returns the field of a repository, with its name in the variables of a number.
func (q *query) repository(number int, fullName string) string {
	owner, name, _ := strings.Cut(fullName, "/")
	q.declare(fmt.Sprintf("o%d", number), "String!", owner)
	q.declare(fmt.Sprintf("n%d", number), "String!", name)
	return fmt.Sprintf("repository(owner: $o%[1]d, name: $n%[1]d)", number)
}

// String returns the text, with what it costs.
func (q *query) String() string {
	return "query(" + strings.Join(q.declared, ", ") + ") {\nrateLimit { cost remaining resetAt }\n" + q.fields.String() + "}"
}
