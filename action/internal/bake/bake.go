// Package bake writes bake definitions: pure.
package bake

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Definition returns a definition for docker buildx bake. The target has the name that docker/metadata-action uses, so
// that bake files written for it inherit this one.
func Definition(tags []string, labels map[string]string, annotations []string) ([]byte, error) {
	t := target{Tags: escaped(tags), Labels: map[string]string{}, Annotations: escaped(annotations)}
	for key, value := range labels {
		t.Labels[escape(key)] = escape(value)
	}
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	err := e.Encode(map[string]any{"target": map[string]any{"docker-metadata-action": t}})
	return b.Bytes(), err
}

type target struct {
	Tags        []string          `json:"tags"`
	Labels      map[string]string `json:"labels"`
	Annotations []string          `json:"annotations"`
}

// escape escapes what Bake would take for a template: in its JSON every string, keys too, is a template
// of HCL, where a doubled sign stands for itself.
func escape(s string) string { return escapes.Replace(s) }

var escapes = strings.NewReplacer("${", "$${", "%{", "%%{")

func escaped(texts []string) []string {
	all := make([]string, len(texts))
	for i, s := range texts {
		all[i] = escape(s)
	}
	return all
}
