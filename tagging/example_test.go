package tagging_test

import (
	"fmt"

	"github.com/wizzense/deployment-rings/tagging"
)

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
