// Package note has the messages of a run: problems, warnings and notices, with their place in a file. It is pure.
package note

import (
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/sethvargo/go-githubactions"

	"github.com/wizzense/deployment-rings/internal/text"
)

// A Level says how grave an annotation is.
type Level int

// The levels, as GitHub shows them.
const (
	Notice Level = iota
	Warning
	Error
)

// String is the word for people and for workflow commands.
func (l Level) String() string { return [...]string{"notice", "warning", "error"}[l] }

// An Annotation is a message about a run, with the place in a file where there is one.
type Annotation struct {
	Level        Level
	File         string
	Line, Column int // from 1; 0: no place
	Message      string
}

// String is the annotation on one line, for people: "error: rings.yml:4:5: unknown key".
func (a Annotation) String() string {
	return a.Level.String() + ": " + a.place() + text.Visible(a.Message)
}

func (a Annotation) place() string {
	switch {
	case a.File == "":
		return ""
	case a.Line == 0:
		return text.Visible(a.File) + ": "
	}
	return fmt.Sprintf("%s:%d:%d: ", text.Visible(a.File), a.Line, a.Column)
}

// Write writes workflow commands, one a line, with everything escaped that could end one early.
// GitHub reads them from both streams of a step.
func Write(w io.Writer, annotations []Annotation) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("writing annotations: %v", r)
		}
	}()
	action := githubactions.New(githubactions.WithWriter(w))
	for _, a := range annotations {
		a.issue(action.WithFieldsMap(a.fields()))
	}
	return nil
}

func (a Annotation) issue(action *githubactions.Action) {
	write := [...]func(string, ...any){action.Noticef, action.Warningf, action.Errorf}[a.Level]
	write("%s", text.Visible(a.Message))
}

func (a Annotation) fields() map[string]string {
	fields := map[string]string{}
	if a.File != "" {
		fields["file"] = strings.ToValidUTF8(a.File, "\uFFFD")
	}
	if a.File != "" && a.Line > 0 {
		fields["line"], fields["col"] = strconv.Itoa(a.Line), strconv.Itoa(a.Column)
	}
	return fields
}
