package comment_test

import (
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/comment"
)

// Quoting a text, fencing it or hiding it in a comment leaves no command of it; a blank line and a command after it is
// one again. The text has no fence and no comment of its own that could end these.
func FuzzCommands(f *testing.F) {
	for _, text := range []string{"/deploy", "a\n/deploy\n\n- b\n  /deploy", "> a\n/deploy", "`\n/deploy\n`", "<b\n/deploy>", "1. a\n\t/deploy", "#\n/deploy"} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		written := lines(text)
		commands, err := comment.Commands(text)
		if err != nil {
			return // too long or too deep, and so are the texts with it
		}
		for _, command := range commands {
			if !written[command] || !strings.HasPrefix(command, "/") {
				t.Fatalf("Commands(%q) has %q, which is no line of it", text, command)
			}
		}
		for _, mark := range []string{"```", "~~~", "-->"} {
			if strings.Contains(text, mark) {
				return
			}
		}
		quoted := "> " + strings.NewReplacer("\r\n", "\n> ", "\r", "\n> ", "\n", "\n> ").Replace(text)
		for _, hidden := range []string{quoted, "```\n" + text + "\n```", "~~~ x\n" + text + "\n~~~", "<!--\n" + text + "\n-->"} {
			if got, _ := comment.Commands(hidden); len(got) != 0 {
				t.Fatalf("Commands(%q) = %q, want none", hidden, got)
			}
		}
		for _, before := range []string{"```\n" + text + "\n```\n", "<!--\n" + text + "\n-->\n", quoted + "\n\n"} {
			if got, err := comment.Commands(before + "/deploy"); err == nil && strings.Join(got, "|") != "/deploy" {
				t.Fatalf("Commands(%q) = %q, want /deploy", before+"/deploy", got)
			}
		}
	})
}

// lines returns the lines of a text without the white space around them.
func lines(text string) map[string]bool {
	found := map[string]bool{}
	for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(text), "\n") {
		found[strings.TrimSpace(line)] = true
	}
	return found
}
