package ledger

import (
	"maps"
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/internal/order"
)

// What an entry may say of the image that it is about: how many names, and how many bytes each.
const (
	MaxImages    = 50
	MaxImageName = 600
)

// Of are the entries of a ring, in order, that are about an image with one of some names. When no name is asked for,
// all are.
//
// One ring may have several images at a time, such as app and worker, and the newest that came into service is then
// another for each. An entry without names is about the image that the entry before it with the same digest names, and
// about every image where none does. One that shares a name with the entry before it has the other names as well: a
// build that went to two registries is one image, whichever of its names a job gives.
func Of(entries []Entry, names []string) []Entry {
	if entries == nil {
		return nil
	}
	all := slices.Clone(entries)
	order.Sort(all, Compare)
	known := map[string][]string{} // names by digest
	about := []Entry{}
	for _, e := range all {
		if SameImage(e.Images, known[e.Digest]) {
			e.Images = union(known[e.Digest], e.Images)
		}
		known[e.Digest] = e.Images
		if SameImage(e.Images, names) {
			about = append(about, e)
		}
	}
	return about
}

// Images are those that the entries of some rings name, each by its names, in order of the first ones.
func Images(rings map[string][]Entry) [][]string {
	var all [][]string
	for _, ring := range slices.Sorted(maps.Keys(rings)) {
		for _, e := range rings[ring] {
			if len(e.Images) > 0 {
				all = join(all, e.Images)
			}
		}
	}
	order.Sort(all, slices.Compare[[]string])
	return all
}

// join adds names to the image that has one of them. Names that two images share make them one.
func join(images [][]string, names []string) [][]string {
	var same []string
	var others [][]string
	for _, of := range images {
		if SameImage(of, names) {
			same = union(same, of)
		} else {
			others = append(others, of)
		}
	}
	return append(others, union(same, names))
}

// SameImage tells whether two lists of names can be of one image: they share a name, or one of them has none.
func SameImage(a, b []string) bool {
	return len(a) == 0 || len(b) == 0 || slices.ContainsFunc(a, func(name string) bool { return slices.Contains(b, name) })
}

func union(a, b []string) []string {
	all := slices.Clone(a)
	for _, name := range b {
		if !slices.Contains(all, name) {
			all = append(all, name)
		}
	}
	return all
}

// checkImages holds the names to what a registry takes, in the form in which they are compared.
func (e Entry) checkImages(p *problems) {
	if len(e.Images) > MaxImages {
		p.addf("images: has %d names, expected at most %d", len(e.Images), MaxImages)
		return
	}
	for _, text := range e.Images {
		names, err := image.Parse([]string{text})
		switch {
		case err != nil:
			p.add("images", err)
		case len(text) > MaxImageName:
			p.addf("images: %s has %d bytes, expected at most %d", quote(text), len(text), MaxImageName)
		case names[0].String() != text:
			p.addf("images: %s is not in lower case", quote(text))
		}
	}
}
