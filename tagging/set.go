package tagging

import "slices"

// Set is the tags of one image, the primary one first. It has no duplicates, as no tag has
// two readings.
type Set struct{ tags, held []Tag }

// newSet makes tags of names that are legal but for their length.
func newSet(names ...string) (Set, error) {
	tags := make([]Tag, len(names))
	for i, name := range names {
		tag, err := Parse(name)
		if err != nil {
			return Set{}, err
		}
		tags[i] = tag
	}
	return Set{tags: tags}, nil
}

// All returns every tag of the image, in the order of the package comment.
func (s Set) All() []Tag { return slices.Clone(s.tags) }

// Fixed returns the tags that stay on this image for good, in the same order.
func (s Set) Fixed() []Tag { return s.where(false) }

// Moving returns the tags that come to this image and leave it for the next one, in the same order.
func (s Set) Moving() []Tag { return s.where(true) }

// Held returns the moving tags that stay where they are and so are not in the set: latest and
// stable, when a higher stable version is known. Otherwise it returns none.
func (s Set) Held() []Tag { return slices.Clone(s.held) }

// Primary returns the first tag, by which the image is known. The zero Set has the zero Tag.
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

// Names returns the text of each tag, in the same order.
func Names(tags []Tag) []string {
	names := make([]string, len(tags))
	for i, t := range tags {
		names[i] = t.String()
	}
	return names
}
