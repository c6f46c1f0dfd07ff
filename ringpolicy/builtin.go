package ringpolicy

import _ "embed"

//go:embed rings.yml
var builtin []byte

// BuiltinName is the file name of the built-in policy in messages.
const BuiltinName = "rings.yml (built in)"

// Builtin returns the policy of the deployment rings guide: dev, staging, ring-0, ring-1, ring-2, production.
func Builtin() *Policy {
	p, err := Parse(BuiltinName, builtin)
	if err != nil {
		panic(err) // the file is part of the program, and a test reads it
	}
	return p
}

// BuiltinSource returns the file of the built-in policy, to start one's own from.
func BuiltinSource() []byte { return append([]byte(nil), builtin...) }
