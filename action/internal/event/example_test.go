package event_test

import (
	"fmt"

	"github.com/wizzense/deployment-rings/action/internal/event"
)

func ExampleParse() {
	payload := []byte(`{"ref": "refs/heads/ring-0", "after": "b2f27c17e853cc605ee1e2338fa0f8b5982fef35"}`)
	e, err := event.Parse("push", payload, event.Env{Repository: "wizzense/AitherZero"})
	fmt.Println(e.Kind, e.Branch, e.Revision[:8], err)

	_, err = event.Parse("push", []byte(`{"ref": 7}`), event.Env{})
	fmt.Println(err)
	// Output:
	// branch ring-0 b2f27c17 <nil>
	// event push: after: missing, the event needs it
	// event push: ref: a number, expected a string
}
