package ringpolicy

import _ "embed"

//go:embed rings.yml
var builtin []byte

// BuiltinName is the file name of the built-in policy in messages.
const BuiltinName = "rings.yml (built in)"

// Builtin returns the policy of the deployment rings guide: dev, staging, ring-0, ring-1, ring-2, production. An image stays at
// least 24 hours in ring-0, 3 days in ring-1 and 5 days in ring-2 before it moves on, and a change review board approves what
// goes into production.
func Builtin() *Policy {
	p, err := Parse(BuiltinName, builtin)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return p
}

// BuiltinSource returns the file of the built-in policy, to start one's own from.
func BuiltinSource() []byte { return append([]byte(nil), builtin...) }

//go:embed policy.schema.json
var schema string

// Schema returns the JSON Schema (draft 2020-12) of policy files, for editors. It describes their form;
// what one part of a file says of another, [Parse] alone checks.
func Schema() []byte { return []byte(schema) }
