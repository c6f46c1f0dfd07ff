package note_test

import (
	"bytes"
	"strings"
	"testing"

	"github.com/wizzense/deployment-rings/action/internal/note"
)

func TestWrite(t *testing.T) {
	var b bytes.Buffer
	err := note.Write(&b, []note.Annotation{
		{Level: note.Error, File: "a,b:c.yml", Line: 3, Column: 7, Message: "50% of\n::error::x"},
		{Level: note.Warning, File: "a.yml", Message: "w"},
		{Message: "%s %d n"},
	})
	want := "::error col=7,file=a%2Cb%3Ac.yml,line=3::50%25 of\\u{a}::error::x\n::warning file=a.yml::w\n::notice::%25s %25d n\n"
	if got := strings.ReplaceAll(b.String(), "\r\n", "\n"); err != nil || got != want {
		t.Errorf("Write, %v:\n%swant\n%s", err, got, want)
	}
}

func TestString(t *testing.T) {
	for want, a := range map[string]note.Annotation{
		`error: a.yml:3:7: m\u{a}`: {Level: note.Error, File: "a.yml", Line: 3, Column: 7, Message: "m\n"},
		`warning: a\u{a}b.yml: m`:  {Level: note.Warning, File: "a\nb.yml", Message: "m"}, // about the file as a whole
		`notice: m`:                {Message: "m", Line: 3, Column: 7},                    // a place without a file is none
	} {
		if got := a.String(); got != want {
			t.Errorf("String of %+v = %q, want %q", a, got, want)
		}
	}
}
