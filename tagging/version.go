package tagging

import (
	"errors"
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"github.com/Masterminds/semver/v3"
)

// Version is a version of SemVer 2.0.0. The zero Version is 0.0.0.
type Version struct{ v semver.Version }

// ParseVersion reads a version as SemVer 2.0.0 writes it (section 2: three numbers without leading zeros), strictly, after at most
// one "v". Anything else is an error, as are more than 256 characters and a number that does not fit 64 bits.
func ParseVersion(s string) (Version, error) {
	v, err := semver.StrictNewVersion(strings.TrimPrefix(s, "v"))
	switch {
	case errors.Is(err, semver.ErrVersionTooLong):
		return Version{}, fmt.Errorf("version: %.80q… is longer than %d characters", s, semver.MaxVersionLen)
	case errors.Is(err, strconv.ErrRange):
		return Version{}, fmt.Errorf("version: a number in %.80q is too large, the largest is 18446744073709551615", s)
	case fourNumbers.MatchString(s):
		return Version{}, fmt.Errorf("version: %.80q has four numbers, and SemVer has three: give a hotfix the next patch number, as in 1.4.1, or make it a pre-release of that, as in 1.4.1-rc.1; what follows a + does not order versions", s)
	case err != nil:
		return Version{}, fmt.Errorf("version: %.80q is not a SemVer version, expected three numbers without leading zeros as in 1.5.0 or v2.0.0-rc.1", s)
	}
	return Version{*v}, nil
}

// fourNumbers matches a hotfix as systems before SemVer number it.
var fourNumbers = regexp.MustCompile(`^v?[0-9]+(\.[0-9]+){3}([-+].*)?$`)

// String returns the version in SemVer notation, without "v", with its build metadata:
// the value of a version label.
func (v Version) String() string { return v.v.String() }

// Prerelease reports whether the version has a pre-release part, such as rc.1.
func (v Version) Prerelease() bool { return v.v.Prerelease() != "" }

// name returns the version as a tag: "+" is not allowed in tags, and "_" not in versions.
func (v Version) name() string { return strings.Replace(v.String(), "+", "_", 1) }

// Compare returns a negative number, zero or a positive number where the version is lower than the other, of the same
// precedence, or higher. The precedence of SemVer 2.0.0 (section 11) leaves build metadata out.
func (v Version) Compare(other Version) int { return v.v.Compare(&other.v) }

// below reports whether the other version is stable and higher.
func (v Version) below(other Version) bool {
	return !other.Prerelease() && v.Compare(other) < 0
}

// versionOf reads a tag that Version.name made.
func versionOf(tag string) (Version, bool) {
	if tag == "" || tag[0] < '0' || tag[0] > '9' {
		return Version{}, false
	}
	v, err := ParseVersion(strings.Replace(tag, "_", "+", 1))
	return v, err == nil
}
