package strict

import (
	"bytes"
	"io"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

var (
	yamlMessage = regexp.MustCompile(`^yaml: (?:line (\d+): )?(.*)$`)
	ofParser    = regexp.MustCompile(`^did not find expected ('-'|key|',' or|node content|<)`)
	opening     = regexp.MustCompile(`',' or|node content`)
	alias       = regexp.MustCompile(`^unknown anchor '(.*)' referenced`)
)

// yamlHints say what is usually wrong, by a part of the message of the YAML library.
var yamlHints = []struct{ part, hint string }{
	{"values are not allowed", `check the indentation, and put a value that holds ": " in quotes`},
	{"alphabetic or numeric", `put a value that begins with "*" or "&" in quotes`},
	{"unknown anchor", `put a value that begins with "*" in quotes`},
	{"cannot start any token", `put a value that begins with "@" or "%" in quotes, and indent with spaces, not tabs`},
	{"entries are not allowed", `begin a list on a line of its own, and put a value that begins with "- " in quotes`},
	{"keys are not allowed", `put a value that begins with "? " in quotes`},
	{"node content", "put text that holds brackets in quotes, and check that each opened bracket is closed"},
	{"escape character", `write \\ for a backslash, or use single quotes`},
	{"tab character", "indent with spaces"},
	{"',' or ", "close the bracket that is opened here, and put text that holds brackets in quotes"},
	{"unexpected end of stream", "close the quote that is opened here"},
	{"expected key", "check the indentation, and the quotes"},
	{"'-' indicator", "check the indentation"},
	{"expected ':'", `expected "key: value"`},
	{"incompatible YAML document", "leave the line %YAML out"},
}

// yamlProblem gives an error of the YAML library the place where a reader would look for it.
func yamlProblem(src []byte, err error) *Problem {
	found := yamlMessage.FindStringSubmatch(err.Error())
	if found == nil {
		found = []string{"", "", err.Error()}
	}
	p := problemAt(src, placeOfYAML(src, found[1], found[2]), "invalid YAML: "+found[2])
	for _, h := range yamlHints {
		if strings.Contains(found[2], h.part) {
			p.Message += ", " + h.hint
			break
		}
	}
	return p
}

// placeOfYAML mends the line in a message. The library's parser counts lines from 0 and gives the one where a list or
// map begins that cannot go on; what matters is where reading stopped, or for a bracket never closed where it opens.
func placeOfYAML(src []byte, line, message string) int {
	n, _ := strconv.Atoi(line) // none: the first line
	unknown := alias.FindStringSubmatch(message)
	parser := ofParser.MatchString(message)
	switch {
	case unknown != nil:
		return max(bytes.Index(src, []byte("*"+unknown[1])), 0)
	case parser && opening.MatchString(message):
		return startOfLine(src, n+1)
	case parser, strings.Contains(message, "tab character"):
		return startOfLine(src, stopOfYAML(src, message))
	}
	return startOfLine(src, n)
}

// startOfLine is the offset of the first character in a line, or in the last one, that is no space.
func startOfLine(src []byte, line int) int {
	at := endOfLine(src, line-1)
	if at == len(src) && at > 0 {
		at = bytes.LastIndexByte(src[:at-1], '\n') + 1
	}
	return at + len(src[at:]) - len(bytes.TrimLeft(src[at:], " "))
}

// stopOfYAML is the line at which the YAML library finds that it cannot go on. It looks a little ahead:
// the lines before the last that it read are tried without those that follow.
func stopOfYAML(src []byte, message string) int {
	read, _ := tryYAML(src)
	line := bytes.Count(src[:read], []byte("\n")) + 1
	for tries := 0; tries < 10 && line > 1; tries++ {
		if _, err := tryYAML(src[:endOfLine(src, line-1)]); !strings.HasSuffix(err.Error(), message) {
			break
		}
		line--
	}
	return line
}

// tryYAML counts the bytes that the YAML library reads until it finds an error, or io.EOF.
func tryYAML(src []byte) (read int, err error) {
	counting := &byteReader{src: src}
	dec := yaml.NewDecoder(counting)
	for err == nil {
		var doc yaml.Node
		err = dec.Decode(&doc)
	}
	return counting.read, err
}

// endOfLine is the offset after a line.
func endOfLine(src []byte, line int) int {
	at := 0
	for ; line > 0; line-- {
		next := bytes.IndexByte(src[at:], '\n')
		if next < 0 {
			return len(src)
		}
		at += next + 1
	}
	return at
}

// A byteReader hands out single bytes and counts them.
type byteReader struct {
	src  []byte
	read int
}

func (r *byteReader) Read(p []byte) (int, error) {
	if r.read == len(r.src) {
		return 0, io.EOF
	}
	n := copy(p[:1], r.src[r.read:])
	r.read += n
	return n, nil
}
