package comment_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/wizzense/deployment-rings/action/internal/comment"
)

func TestCommands(t *testing.T) {
	const (
		yes = "/deploy"
		no  = ""
	)
	for _, c := range []struct{ body, want string }{
		{"/deploy", yes},
		{"   /deploy", yes}, // three spaces are the bound
		{"    /deploy", no},
		{"\t/deploy", no},
		{"- /deploy", no}, // the line does not begin with the command
		{"1. a\n   /deploy", yes},
		{"# title\n/deploy", yes},
		{"please\n/deploy\nthanks", yes},
		{"please\r\n/deploy\r\nthanks", yes},
		{"please\r/deploy\rthanks", yes},
		{"/deploy\n---", yes}, // a heading
		{"/ deploy", no},
		{"//deploy", no},
		{"/1", no},
		{"\u00a0/deploy", no},

		{"```\n/deploy\n```", no},
		{"```\n```\n/deploy", yes},
		{"```sh title=\"x\"\n/deploy\n```\n", no},
		{"``` a`b\n/deploy", yes},    // no fence: its info string has a backtick
		{"~~~ a`b\n/deploy", no},     // a tilde fence may have one
		{"````\n```\n/deploy", no},   // too short to close
		{"```\n~~~\n/deploy", no},    // another character
		{"```\n`````\n/deploy", yes}, // longer closes
		{"```\n``` x\n/deploy", no},  // a closing fence has no info string
		{"```\n    ```\n/deploy", no},
		{"    ```\n/deploy", yes}, // indented code is no fence
		{"   ```\n/deploy", no},
		{"```\nnever closed\n\n\n/deploy", no},
		{"- ```\n  /deploy\n  ```", no},
		{"-    a\n  ```\n/deploy", no},   // the fence is below the item,
		{"-     a\n  ```\n/deploy", yes}, // in an item that begins with indented code,
		{"- a\n\n  ```\n/deploy", yes},   // in the item,
		{"-\n\n  ```\n/deploy", no},      // and below an item that is empty
		{"- ```\n/deploy", yes},          // the fence ends with its list item
		{"> ```\n/deploy", yes},          // and with its quote
		{"text\n```\n/deploy", no},

		{"a\n    `\n/deploy `", no}, // no indented code below text, so a code span
		{"a\n\n    `\n/deploy `", yes},
		{"`\n/deploy\n`", no},
		{"``\n/deploy\n`", yes}, // runs of different length
		{"``a`b\n/deploy ``", no},
		{"\\`\n/deploy `", yes},
		{"\\\\`\n/deploy `", no},
		{"`a\n\n/deploy `", yes}, // the paragraph ends, and the span with it
		{"- `a\n/deploy `", no},  // a lazy line is in the paragraph
		{"# `\n/deploy `", yes},

		{"> /deploy", no},
		{"> a\n/deploy", no}, // goes on with the quoted paragraph
		{">a\nb\n/deploy", no},
		{"> a\n\n/deploy", yes},
		{"> a\n>\n/deploy", yes},
		{"> # a\n/deploy", yes},
		{"> a\n> ===\n/deploy", yes},
		{"> a\n===\n/deploy", no}, // not a heading, but text of the quote
		{"> a\n---\n/deploy", yes},
		{"> - a\n/deploy", no},
		{"- > a\n/deploy", no},
		{"- > a\n- b\n\n/deploy", yes},
		{">     a\n/deploy", yes},
		{"    > a\n/deploy", yes},
		{"   > a\n/deploy", no},
		{"> a\n    b\n/deploy", no},
		{">>> a\n> b\n/deploy", no},
		{"> a\n# b\n/deploy", yes},
		{"> a\n2. b\n/deploy", yes}, // begins a list: only a paragraph that goes on is not interrupted
		{"a\n2. b\n/deploy", yes},

		{"<!--\n/deploy\n-->", no},
		{"<!--\n\n/deploy\n\n-->", no},
		{"<!-- a -->\n/deploy", yes},
		{"<!-->\n/deploy", yes},
		{"<!-- never closed\n\n/deploy", no},
		{"a <!--\n/deploy\n-->", no},
		{"a\n<!--\n\n/deploy", no},
		{"a <!-- b\n\n/deploy -->", yes}, // no comment: a reader sees it all
		{"`<!--`\n/deploy", yes},
		{"`<!--`\n/deploy -->", yes},
		{"<!-- ` -->\n/deploy `", yes},
		{"    <!--\n/deploy", yes},
		{"- <!--\n/deploy", yes},
		{"<div>\n<!--\n/deploy\n-->\n</div>", no},
		{"<div>\n<!--\n\n/deploy\n\n-->\n</div>", no},
		{"<div>\n/deploy\n</div>", yes},
		{"<div>\n \t\n```\n/deploy\n```", no}, // a blank line ends the block
		{"<div>\n```\n\n```\n/deploy\n```", no},
		{"<details>\n<summary>a</summary>\n\n```\n/deploy\n```\n</details>\n", no},
		{"<details>\n<pre>\n\n/deploy\n\n</pre>\n</details>\n", no},
		{"<pre>\n\n/deploy\n</pre>", no},
		{"<code>\n/deploy\n</code>", no},
		{"a <code>\n/deploy\n</code>", no},
		{"a <code>\n/deploy", yes},
		{"a <b\n/deploy >", yes},
		{"a <b title='\n/deploy '>", no},
		{"<a href=\"`\"> `\n/deploy ` x", no}, // the first backtick is in the tag
		{"a <code a='`'> `\n/deploy ` x", no},
		{"<http://a.b/`> `\n/deploy ` x", no},
		{"a <! b\n/deploy >", yes},
		{"<?\n/deploy\n?>", no},
		{"<![CDATA[\n/deploy\n]]>", no},
		{"<!X\n/deploy\n>", no},
	} {
		got, err := comment.Commands(c.body)
		if all := strings.Join(got, "|"); (c.want == yes) != strings.HasPrefix(all, yes) || err != nil {
			t.Errorf("Commands(%q) = %q, %v, want %q", c.body, got, err, c.want)
		}
	}
}

func TestCommandsInOrder(t *testing.T) {
	body := "/approve manual \n> /lock ring-0\n\n  /lock ring-1 because\n```\n/deploy\n```\n<div>\n/release x\n\n/Deploy\tnow"
	want := []string{"/approve manual", "/lock ring-1 because", "/release x", "/Deploy\tnow"}
	got, err := comment.Commands(body)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("Commands(%q) = %v (-want +got):\n%s", body, err, diff)
	}
}

// TestMentions: Mentions looks at lines alone, and Asks at the Markdown too.
func TestMentions(t *testing.T) {
	for body, want := range map[string][2]bool{
		"/deploy":           {true, true},
		"a\r   /Deploy\tit": {true, true},
		"```\n/deploy":      {true, false},
		"/deployment":       {false, false},
		"    /deploy":       {false, false},
		"a /deploy":         {false, false},
		"":                  {false, false},
	} {
		asks, err := comment.Asks(body, "/deploy")
		if got := [2]bool{comment.Mentions(body, "/deploy"), asks}; got != want || err != nil {
			t.Errorf("Mentions and Asks of %q = %v, %v, want %v", body, got, err, want)
		}
	}
}

func TestTrusted(t *testing.T) {
	for association, want := range map[string]bool{
		"OWNER": true, "MEMBER": true, "COLLABORATOR": true, "CONTRIBUTOR": false, "FIRST_TIME_CONTRIBUTOR": false, "NONE": false, "owner": false, "": false,
	} {
		if got := comment.Trusted(association); got != want {
			t.Errorf("Trusted(%q) = %v, want %v", association, got, want)
		}
	}
}

// TestCommandsOfHugeText: GitHub allows 65,536 characters in a comment. Nobody reads a text that is longer than these can be.
func TestCommandsOfHugeText(t *testing.T) {
	if got, err := comment.Commands("/deploy\n" + strings.Repeat("x", 1<<18)); got != nil || err == nil || err.Error() != "has more than 262144 bytes" {
		t.Errorf("Commands of a huge text = %q, %v, want an error", got, err)
	}
}

// TestCommandsThatCannotBeRead: what may contain a command and cannot be read is an error, so that nobody takes it for silence.
func TestCommandsThatCannotBeRead(t *testing.T) {
	const deep = "has quotes and lists nested deeper than 64 levels"
	for name, c := range map[string]struct{ body, want string }{
		"the deepest":                {strings.Repeat("> ", 64) + "\n/lock x", ""}, // the bound is included
		"quotes":                     {strings.Repeat("> ", 65) + "\n/lock x", deep},
		"quotes without spaces":      {strings.Repeat(">", 65) + "\n/lock x", deep},
		"the deepest lists":          {strings.Repeat("- ", 64) + "a\n/lock x", ""},
		"lists":                      {strings.Repeat("- ", 65) + "a\n/lock x", deep},
		"numbered lists":             {strings.Repeat("1. ", 65) + "a\n/lock x", deep},
		"lists and quotes":           {strings.Repeat("> + ", 33) + "a\n/lock x", deep},
		"behind the command":         {"/lock x\n\n" + strings.Repeat(">", 65), deep},
		"a rule is not a list":       {strings.Repeat("- ", 1000) + "\n/lock x", ""},
		"quotes in code":             {"```\n" + strings.Repeat("> ", 1000) + "\n```\n/lock x", ""},
		"without a possible command": {strings.Repeat("> ", 1000) + "/lock x", ""},
	} {
		got, err := comment.Commands(c.body)
		switch {
		case c.want != "" && (got != nil || err == nil || err.Error() != c.want):
			t.Errorf("%s: Commands = %q, %v, want the error %q", name, got, err, c.want)
		case c.want == "" && err != nil:
			t.Errorf("%s: Commands = %q, %v, want no error", name, got, err)
		}
	}
}

func BenchmarkCommandsHostile(b *testing.B) {
	for name, part := range map[string]string{
		"quotes": "> ", "lists": "- ", "comments": "a <!--", "tags": "a<a b='", "ticks": "` `` ", "lines": "\n", "code": "x<code>",
	} {
		body := strings.Repeat(part, 65000/len(part)) + "\n/deploy"
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				comment.Commands(body)
			}
		})
	}
}
