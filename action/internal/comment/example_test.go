package comment_test

import (
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/comment"
)

func ExampleCommands() {
	body := "> /lock ring-1\n\nNo need to:\n/deploy please\n```\n/deploy\n```"
	lines, err := comment.Commands(body)
	fmt.Printf("%q %v\n", lines, err)
	// Output: ["/deploy please"] <nil>
}
