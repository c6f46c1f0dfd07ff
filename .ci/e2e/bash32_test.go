package e2e_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// newer is what bash has learnt since 3.2, which is what macOS has, and what 3.2 gets wrong. Each line has an example.
var newer = []struct{ what, pattern, example string }{
	{"associative arrays, name references, global declarations", `\b(declare|local|typeset|readonly)\s+-\w*[Agnlu]`, "declare -A sums"},
	{"mapfile, readarray, coproc", `\b(mapfile|readarray|coproc)\b`, "mapfile -t lines"},
	{"changing case", `\$\{\w+(\[[^]]*\])?(\^|,|~)`, `echo "${name,,}"`},
	{"transformations", `\$\{\w+(\[[^]]*\])?@\w\}`, `echo "${name@Q}"`},
	{"|&", `\|&`, "make |& tee log"},
	{"&>>", `&>>`, "make &>> log"},
	{";& and ;;&", `;&`, "x) true ;;&"},
	{"waiting for any job", `\bwait\s+-\w*[nfp]`, "wait -n"},
	{"printing times", `printf.*%\([^)]*\)T`, "printf '%(%F)T' -1"},
	{"[[ -v ]]", `(\[|test)\s+(!\s+)?-[vR]\s`, "[[ -v name ]]"},
	{"steps and leading zeros in {a..b}", `\{\w+\.\.\w+\.\.\w+\}|\{0\d+\.\.`, "echo {1..9..2}"},
	{"descriptors in variables", `\{\w+\}[<>]`, "exec {log}> file"},
	{"reading a fixed length, or for less than a second", `\bread\s.*-(\w*N|t\s*\d*\.\d)`, "read -r -N 4 magic"},
	{"a length that counts from the end", `\$\{\w+:\s*\d[^}]*:\s*-`, `echo "${name:0:-1}"`},
	{"an index that counts from the end", `\$\{\w+\[\s*-\d`, `echo "${parts[-1]}"`},
	{"arrays, which are unset when they are empty", `\[[@*]\]`, `run "${args[@]}"`},
	{"\\u in strings", `\$'[^']*\\[uU]`, `echo $'\u2026'`},
	{"variables that it does not have", `\$\{?(BASHPID|EPOCH\w+|SRANDOM|BASH_XTRACEFD)\b`, "echo $BASHPID"},
	{"shell options that it does not have", `shopt\s+-s\s+(globstar|lastpipe|inherit_errexit|autocd|direxpand)`, "shopt -s lastpipe"},
	{"case in $( ), where it counts parentheses", `\$\([^)]*\bcase\b`, "x=$(case $1 in a) echo b ;; esac)"},
	{"a quoted $'…' in an expansion", `"[^"]*\$\{[^}"]*\$'[^"]*"`, `echo "${text//$'\n'/ }"`},
	{"a regular expression with parentheses that is no variable", `=~\s+[^$\s]*\(`, "[[ $x =~ ^(a|b) ]]"},
}

// newerIn lists what a script has of it; what follows a # is no code.
func newerIn(script string) []string {
	var found []string
	comment := regexp.MustCompile(`(^|\s)#.*`)
	for i, line := range strings.Split(script, "\n") {
		code := comment.ReplaceAllString(line, "")
		for _, n := range newer {
			if regexp.MustCompile(n.pattern).MatchString(code) {
				found = append(found, fmt.Sprintf("%d: %s: %s", i+1, n.what, strings.TrimSpace(line)))
			}
		}
	}
	return found
}

func TestScriptsOfTheActionNeedNoNewerBash(t *testing.T) {
	t.Parallel()
	scripts, err := filepath.Glob(root + "/action/*.sh")
	if err != nil || len(scripts) < 2 {
		t.Fatalf("scripts of the action: %q %v", scripts, err)
	}
	for _, script := range scripts {
		for _, found := range newerIn(readText(t, script)) {
			t.Errorf("%s:%s", filepath.Base(script), found)
		}
	}
}

// Each pattern finds its example and leaves what 3.2 has.
func TestNewerBashIsFound(t *testing.T) {
	t.Parallel()
	for _, n := range newer {
		found := newerIn(n.example)
		if len(found) != 1 || !strings.Contains(found[0], n.what) {
			t.Errorf("in %q was found %q, want %s", n.example, found, n.what)
		}
	}
	for _, old := range []string{
		`text=${text//$'\n'/%0A} # "${text//$'\n'/x}"`, `[[ $line =~ $form ]] || x+=1`, "make &> log", "make > log 2>&1 &", `echo "${sum:0:12}" "${x: -1}"`,
		`read -r -t 5 line <<< "$text"`, "for i in {1..9}; do wait; done", "local name=x; declare -r y=1", `echo "$(( (1 + 2) * 3 ))"`,
	} {
		if found := newerIn(old); len(found) != 0 {
			t.Errorf("in %q was found %q, want nothing", old, found)
		}
	}
}
