package labels

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// Level is a place of annotations in an image, as docker buildx names it.
type Level string

// All levels.
const (
	LevelManifest           Level = "manifest"
	LevelIndex              Level = "index"
	LevelManifestDescriptor Level = "manifest-descriptor"
	LevelIndexDescriptor    Level = "index-descriptor"
)

// ParseLevels reads a comma-separated list of levels. It trims them, skips empty ones and
// drops duplicates, but wants one at least.
func ParseLevels(list string) ([]Level, error) {
	var levels []Level
	var problems []error
	for name := range strings.SplitSeq(list, ",") {
		level := Level(strings.TrimSpace(name))
		switch level {
		case "":
		case LevelManifest, LevelIndex, LevelManifestDescriptor, LevelIndexDescriptor:
			if !slices.Contains(levels, level) {
				levels = append(levels, level)
			}
		default:
			problems = append(problems, fmt.Errorf("unknown level %.80q, expected manifest, index, manifest-descriptor or index-descriptor", level))
		}
	}
	if len(levels) == 0 && len(problems) == 0 {
		problems = append(problems, errors.New("no level, expected manifest, index, manifest-descriptor or index-descriptor"))
	}
	if len(problems) > 0 {
		return nil, errors.Join(problems...)
	}
	return levels, nil
}

// Annotations returns "level:key=value" for each level in turn, sorted by the bytes of the key.
func Annotations(labels map[string]string, levels []Level) []string {
	annotations := make([]string, 0, len(labels)*len(levels))
	lines := Lines(labels)
	for _, level := range levels {
		for _, line := range lines {
			annotations = append(annotations, string(level)+":"+line)
		}
	}
	return annotations
}
