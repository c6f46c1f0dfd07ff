package bake_test

import (
	"encoding/json"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/bake"
)

// TestDefinition: what Bake would take for a template is doubled, in keys too, and nothing else changes.
func TestDefinition(t *testing.T) {
	src, err := bake.Definition([]string{"ghcr.io/acme/app:1.0.0"}, map[string]string{"a.${b}": "<%{if}> & \u2028 $5 100%"}, []string{"manifest:k=${v}"})
	if err != nil {
		t.Fatal(err)
	}
	var got map[string]map[string]map[string]any
	if err := json.Unmarshal(src, &got); err != nil {
		t.Fatalf("%v in\n%s", err, src)
	}
	want := map[string]any{
		"tags":        []any{"ghcr.io/acme/app:1.0.0"},
		"labels":      map[string]any{"a.$${b}": "<%%{if}> & \u2028 $5 100%"},
		"annotations": []any{"manifest:k=$${v}"},
	}
	if diff := cmp.Diff(want, got["target"]["docker-metadata-action"]); diff != "" {
		t.Errorf("Definition (-want +got):\n%s", diff)
	}
}
