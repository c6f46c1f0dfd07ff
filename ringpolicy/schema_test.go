package ringpolicy_test

import (
	"encoding/json"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/ringpolicy"
)

// The schema has the regular expressions and limits of the reader. That both accept the same files is
// a test of a module of its own, with a validator that go.mod need not have.
func TestSchemaHasTheReadersForms(t *testing.T) {
	var schema any
	if err := json.Unmarshal(ringpolicy.Schema(), &schema); err != nil {
		t.Fatal(err)
	}
	for place, want := range ringpolicy.SchemaForms {
		if got := at(schema, "$defs/"+place); got != want {
			t.Errorf("$defs/%s = %v, want %s", place, got, want)
		}
	}
	for place, want := range ringpolicy.SchemaLimits {
		if diff := cmp.Diff(want, at(schema, "$defs/"+place)); diff != "" {
			t.Errorf("$defs/%s (-want +got):\n%s", place, diff)
		}
	}
}

func at(v any, place string) any {
	for _, key := range strings.Split(place, "/") {
		switch parent := v.(type) {
		case map[string]any:
			v = parent[key]
		case []any:
			i, err := strconv.Atoi(key)
			if err != nil || i >= len(parent) {
				return nil
			}
			v = parent[i]
		default:
			return nil
		}
	}
	return v
}

// Whoever gets the schema may change what it got.
func TestSchemaIsNotShared(t *testing.T) {
	ringpolicy.Schema()[0] = 'x'
	if ringpolicy.Schema()[0] != '{' {
		t.Error("Schema is shared with its caller")
	}
}
