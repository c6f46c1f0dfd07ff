package ringpolicy

import _ "embed"

//go:embed policy.schema.json
var schema string

// Schema returns the JSON Schema (draft 2020-12) of policy files, for editors. It describes their form;
// what one part of a file says of another, [Parse] alone checks.
func Schema() []byte { return []byte(schema) }
