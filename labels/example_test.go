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
		Prefix:      "com.aitherzero",
		Ring:        "ring-0",
		Branch:      "ring-0",
		PullRequest: 123,
		Iteration:   42,
		Timestamp:   built,
	}.Map()
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
