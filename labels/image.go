package labels

import (
	"errors"
	"fmt"
	"regexp"
	"time"
)

// Image contains the values of the labels of an image. A zero field has no label. The texts are for people, but where a format
// is given.
type Image struct {
	Title         string
	Description   string
	Version       string    // of a release in SemVer notation, with its "+"; else the primary tag
	Source        string    // URL of the source code
	URL           string    // of a page about the image
	Documentation string    // URL of the documentation
	Vendor        string    // the organization that distributes it
	Authors       string    // people, with how to reach them
	Licenses      string    // SPDX expression; "NOASSERTION" counts as empty
	Revision      string    // full commit hash
	RefName       string    // the primary tag
	Created       time.Time // when it was built; RFC 3339 in UTC, whole seconds

	Ring        string    // the name of the deployment ring
	Branch      string    // the name as it is, not its slug
	PullRequest int       // number of the pull request, from 1
	Iteration   int       // of the build, from 1
	Timestamp   time.Time // of the build; UTC, 20060102-150405
}

// Map renders the labels. The prefix is that of the keys of the ring labels, without the dot at its end; it may be empty
// where none of their fields is set. Times are rendered in UTC without their fraction of a second, texts
// without white space at their ends. The error lists every value that cannot be a label, by key.
func (i Image) Map(prefix string) (map[string]string, error) {
	i.dropNoAssertion()
	m := make(map[string]string, len(ociFields)+len(ringFields))
	problems := make([]error, 0, 1+len(ociFields)+len(ringFields))
	problems = append(problems, checkPrefix(prefix))
	for _, f := range ociFields {
		problems = append(problems, f.render(m, ociPrefix, &i))
	}
	for _, f := range ringFields {
		problems = append(problems, f.render(m, prefix, &i))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	return m, nil
}

// Parse reads the labels of an image. The prefix is that of the ring labels; where it is empty
// they are not read. Empty labels count as missing and unknown ones are ignored, since an image
// inherits the labels of its base. The creation time may have any zone and a fraction of a second.
//
// The error contains all that is wrong, by key; the fields of right labels are filled all the same.
func Parse(labels map[string]string, prefix string) (Image, error) {
	var i Image
	problems := make([]error, 0, 1+len(ociFields)+len(ringFields))
	problems = append(problems, checkPrefix(prefix))
	for _, f := range ociFields {
		problems = append(problems, f.read(labels, ociPrefix, &i))
	}
	for _, f := range ringFields {
		problems = append(problems, f.read(labels, prefix, &i))
	}
	i.dropNoAssertion()
	return i, errors.Join(problems...)
}

// dropNoAssertion drops NOASSERTION, which the GitHub API gives for a licence that it does not know.
func (i *Image) dropNoAssertion() {
	if trim(i.Licenses) == "NOASSERTION" {
		i.Licenses = ""
	}
}

var validPrefix = regexp.MustCompile(`^[0-9A-Za-z_-]+(\.[0-9A-Za-z_-]+)*$`)

func checkPrefix(prefix string) error {
	if prefix != "" && !validPrefix.MatchString(prefix) {
		return fmt.Errorf("prefix: %.80q is not a prefix of keys such as com.example.app", prefix)
	}
	return nil
}
