package labels_test

import (
	"fmt"
	"strings"
	"time"

	"github.com/wizzense/deployment-rings/labels"
)

var built = time.Date(2025, 1, 11, 15, 45, 30, 0, time.UTC)

func ExampleImage_Map() {
	m, err := labels.Image{
		Title:       "AitherZero",
		Version:     "1.5.0",
		Source:      "https://github.com/wizzense/AitherZero",
		Ring:        "ring-0",
		Branch:      "ring-0",
		PullRequest: 123,
		Iteration:   42,
		Timestamp:   built,
	}.Map("com.aitherzero")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(strings.Join(labels.Lines(m), "\n"))
	// Output:
	// com.aitherzero.branch.name=ring-0
	// com.aitherzero.build.iteration=42
	// com.aitherzero.build.timestamp=20250111-154530
	// com.aitherzero.deployment.ring=ring-0
	// com.aitherzero.pr.number=123
	// org.opencontainers.image.source=https://github.com/wizzense/AitherZero
	// org.opencontainers.image.title=AitherZero
	// org.opencontainers.image.version=1.5.0
}

func ExampleParse() {
	image, err := labels.Parse(map[string]string{
		"org.opencontainers.image.version": "1.5.0",
		"com.aitherzero.deployment.ring":   "ring-0",
		"com.aitherzero.pr.number":         "123",
	}, "com.aitherzero")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(image.Version, image.Ring, image.PullRequest)
	// Output: 1.5.0 ring-0 123
}

func ExampleOverlay() {
	generated := map[string]string{"org.opencontainers.image.title": "api", "org.opencontainers.image.licenses": "MIT"}
	extra, err := labels.ParseLines("org.opencontainers.image.title = The API\norg.opencontainers.image.licenses=")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(labels.Lines(labels.Overlay(generated, extra)))
	// Output: [org.opencontainers.image.title=The API]
}

func ExampleAnnotations() {
	levels, err := labels.ParseLevels("manifest, index")
	if err != nil {
		fmt.Println(err)
		return
	}
	m := map[string]string{"org.opencontainers.image.title": "api"}
	fmt.Println(strings.Join(labels.Annotations(m, levels), "\n"))
	// Output:
	// manifest:org.opencontainers.image.title=api
	// index:org.opencontainers.image.title=api
}

func ExampleQuote() {
	for _, line := range labels.Lines(map[string]string{"a": "one, two", "b": `say "hi"`, "c": `one,"two"`}) {
		fmt.Println(labels.Quote(line))
	}
	// Output:
	// a=one, two
	// b=say "hi"
	// "c=one,""two"""
}
