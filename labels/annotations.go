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
	LevelManifest           Level = "manifest"            // in the manifest of each platform
	LevelIndex              Level = "index"               // in the index of the platforms
	LevelManifestDescriptor Level = "manifest-descriptor" // in the index, at the entry of each manifest
	LevelIndexDescriptor    Level = "index-descriptor"    // in the index of an OCI layout, at the entry of the index
)

// ParseLevels reads a comma-separated list of levels. It trims them, skips empty ones and drops duplicates. The error names every
// unknown level, or says that the list has none.
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

// Annotations returns a line "level:key=value" for each level, in the order of levels, and in it for each label, sorted by the bytes
// of the key.
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
