package tagging

import "slices"

// Set is the tags of one image, without duplicates, the primary one first.
type Set struct{ tags, held []Tag }

// newSet holds the names that were rendered to the length of a tag.
func newSet(names ...string) (Set, error) {
	tags, err := parseAll(names)
	return Set{tags: tags}, err
}

func parseAll(names []string) ([]Tag, error) {
	tags := make([]Tag, len(names))
	for i, name := range names {
		tag, err := Parse(name)
		if err != nil {
			return nil, err
		}
		tags[i] = tag
	}
	return tags, nil
}

// All is every tag of the image, in the order of the package comment.
func (s Set) All() []Tag { return slices.Clone(s.tags) }

// Fixed is the tags that stay on this image for good.
func (s Set) Fixed() []Tag { return s.where(false) }

// Moving is the tags that come to this image and leave it for the next one.
func (s Set) Moving() []Tag { return s.where(true) }

// Held is the moving tags that stay where they are and so are not in the set: latest and
// stable, when a higher stable version is known.
func (s Set) Held() []Tag { return slices.Clone(s.held) }

// Primary is the tag to know the image by, the zero Tag in the zero Set.
func (s Set) Primary() Tag {
	if len(s.tags) == 0 {
		return Tag{}
	}
	return s.tags[0]
}

func (s Set) where(moving bool) []Tag {
	var tags []Tag
	for _, t := range s.tags {
		if t.Parts().Kind.Moving() == moving {
			tags = append(tags, t)
		}
	}
	return tags
}
