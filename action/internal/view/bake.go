package view

import (
	"bytes"
	"encoding/json"
	"strings"

	"github.com/wizzense/deployment-rings/action/internal/plan"
)

// Bake returns a definition for docker buildx bake. The target has the name that docker/metadata-action uses, so
// that bake files written for it inherit this one.
func Bake(p plan.Plan) ([]byte, error) {
	target := bakeTarget{Tags: bakeTexts(references(p)), Labels: map[string]string{}, Annotations: bakeTexts(p.Annotations)}
	for key, value := range p.Labels {
		target.Labels[bakeText(key)] = bakeText(value)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(map[string]any{"target": map[string]any{"docker-metadata-action": target}})
	return b.Bytes(), err
}

type bakeTarget struct {
	Tags        []string          `json:"tags"`
	Labels      map[string]string `json:"labels"`
	Annotations []string          `json:"annotations"`
}

// bakeText escapes what Bake would take for a template: in its JSON every string, keys too, is a template
// of HCL, where a doubled sign stands for itself.
func bakeText(s string) string { return bakeEscapes.Replace(s) }

var bakeEscapes = strings.NewReplacer("${", "$${", "%{", "%%{")

func bakeTexts(texts []string) []string {
	escaped := make([]string, len(texts))
	for i, s := range texts {
		escaped[i] = bakeText(s)
	}
	return escaped
}
