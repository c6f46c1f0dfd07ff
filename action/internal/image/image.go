// Package image reads the names of container images as people write them.
package image

import (
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"

	"github.com/google/go-containerregistry/pkg/name"
)

// A Name is the name of an image without a tag, in lower case. The zero Name is none.
type Name struct{ text string }

// Parse reads names, lower-cases them and drops duplicates. The error joins all that is wrong.
func Parse(lines []string) ([]Name, error) {
	var names []Name
	var problems []error
	for _, line := range lines {
		n, err := parse(strings.ToLower(line))
		if err != nil {
			problems = append(problems, fmt.Errorf("%.120q is not the name of an image: %w", line, err))
		} else if !slices.Contains(names, n) {
			names = append(names, n)
		}
	}
	return names, errors.Join(problems...)
}

func parse(s string) (Name, error) {
	_, path := split(s)
	switch {
	case strings.Contains(s, "://"):
		return Name{}, errors.New("it begins with a scheme, expected a name such as ghcr.io/owner/app")
	case strings.Contains(s, "@"):
		return Name{}, errors.New("it has a digest, expected a name alone")
	case strings.Contains(path, ":"):
		return Name{}, errors.New("it has a tag, expected a name alone: the tags are decided here")
	}
	if _, err := name.NewRepository(s); err != nil {
		return Name{}, fmt.Errorf("%.200s", err) // it quotes the whole name, which may be very long
	}
	for part := range strings.SplitSeq(path, "/") {
		if !isComponent(part) {
			return Name{}, fmt.Errorf("%.80q is not letters and digits with single separators . _ __ - between them", part)
		}
	}
	return Name{s}, nil
}

// isComponent follows the grammar of the OCI distribution specification for one part of a name:
// [a-z0-9]+((\.|_|__|-+)[a-z0-9]+)*
func isComponent(part string) bool {
	words := strings.FieldsFunc(part, isSeparator)
	if len(words) == 0 || !strings.HasPrefix(part, words[0]) || !strings.HasSuffix(part, words[len(words)-1]) {
		return false
	}
	for _, word := range words {
		part = strings.TrimPrefix(part, word)
		separator := part[:len(part)-len(strings.TrimLeftFunc(part, isSeparator))]
		if len(separator) > 1 && separator != "__" && strings.Trim(separator, "-") != "" {
			return false
		}
		part = part[len(separator):]
	}
	return true
}

func isSeparator(c rune) bool { return c == '.' || c == '_' || c == '-' }

// split divides a name into registry and path, by the rule of Docker: the first part is a registry when it
// has a dot or a colon, or is localhost.
func split(s string) (registry, path string) {
	first, rest, ok := strings.Cut(s, "/")
	if ok && (strings.ContainsAny(first, ".:") || first == "localhost") {
		return first, rest
	}
	return "", s
}

// String is the name as given, in lower case.
func (n Name) String() string { return n.text }

// Registry is the host of the registry, "" when the name leaves it out.
func (n Name) Registry() string {
	registry, _ := split(n.text)
	return registry
}

// Path is the name without the registry.
func (n Name) Path() string {
	_, path := split(n.text)
	return path
}

// App is the last part of the name, after which containers are called.
func (n Name) App() string { return n.text[strings.LastIndexByte(n.text, '/')+1:] }

// Ref is the full reference of a tag, "" when there is no name or no tag.
func (n Name) Ref(tag string) string {
	if n.text == "" || tag == "" {
		return ""
	}
	return n.text + ":" + tag
}

// PackageURL is the page of the package on GitHub, for images of ghcr.io.
func (n Name) PackageURL(repositoryURL string) string {
	if n.Registry() != "ghcr.io" || repositoryURL == "" {
		return ""
	}
	_, pkg, ok := strings.Cut(n.Path(), "/")
	if !ok {
		pkg = n.Path()
	}
	return repositoryURL + "/pkgs/container/" + url.PathEscape(pkg)
}
