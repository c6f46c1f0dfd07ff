package tagging_test

import (
	"fmt"

	"github.com/wizzense/deployment-rings/tagging"
)

func ExamplePullRequest() {
	tags, err := tagging.PullRequest{
		Number:    123,
		Branch:    "Feature/Faster start",
		Iteration: 42,
		RingTag:   "ring-0",
		Revision:  "a1b2c3d40a1b2c3d4e5f60718293a4b5c6d7e8f9",
	}.Tags()
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, tag := range tags.All() {
		fmt.Println(tag)
	}
	// Output:
	// pr-123-feature-faster-start-v42
	// pr-123-feature-faster-start-latest
	// ring-0-pr-123-latest
	// pr-123-latest
	// pr-123-a1b2c3d4
}

func ExampleRelease() {
	tags, err := tagging.Release{
		Version:  "1.5.0",
		Revision: "9c8d7e6f0a1b2c3d4e5f60718293a4b5c6d7e8f9",
	}.Tags()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tags.Fixed(), tags.Moving())
	// Output: [1.5.0 sha-9c8d7e6f] [latest stable]
}

// A release of an older line does not take latest from the newer one.
func ExampleSet_Held() {
	tags, err := tagging.Release{
		Version:  "1.4.8",
		Revision: "9c8d7e6f0a1b2c3d4e5f60718293a4b5c6d7e8f9",
		Known:    []string{"v1.4.7", "v1.5.0"},
	}.Tags()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tags.All(), tags.Held())
	// Output: [1.4.8 sha-9c8d7e6f] [latest stable]
}

func ExampleTag_Parts() {
	tag, err := tagging.Parse("ring-0-pr-123-latest")
	if err != nil {
		fmt.Println(err)
		return
	}
	parts := tag.Parts()
	fmt.Println(parts.Kind, parts.RingTag, parts.Number, parts.Kind.Moving())
	// Output: RING-pr-N-latest ring-0 123 true
}

func ExampleSlug() {
	fmt.Println(tagging.Slug("Feature/Ünï code"))
	// Output: feature-n-code
}

func ExampleBranch() {
	tags, err := tagging.Branch{Name: "dev", Iteration: 7, RingTag: "dev", Revision: "9c8d7e6f0a1b2c3d4e5f60718293a4b5c6d7e8f9"}.Tags()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tags.Primary(), tags.Moving())
	// Output: branch-dev-v7 [branch-dev-latest dev-latest]
}

// A merge builds nothing: the image that the pull request built goes into the ring.
func ExampleMerge() {
	tags, err := tagging.Merge{Number: 123, RingTag: "ring-0", Revision: "a1b2c3d40a1b2c3d4e5f60718293a4b5c6d7e8f9"}.Tags()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tags.Primary(), tags.Moving())
	// Output: pr-123-a1b2c3d4 [ring-0-latest ring-0-pr-123-latest]
}

func ExamplePromotion() {
	tags, err := tagging.Promotion{RingTag: "ring-1", Number: 123}.Tags()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(tags.All())
	// Output: [ring-1-latest ring-1-pr-123-latest]
}

// All problems are reported at once.
func ExampleBranch_Tags_problems() {
	_, err := tagging.Branch{RingTag: "stable", Revision: "9c8d7e6"}.Tags()
	fmt.Println(err)
	// Output:
	// branch: it is empty, expected the name of a branch
	// iteration: 0 is not a positive number
	// ring: "stable" cannot be the tag of a ring: it is a tag of releases
	// revision: "9c8d7e6" is not a full commit hash of 40 or 64 lower-case hexadecimal digits
}
