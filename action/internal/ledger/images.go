package ledger

import (
	"slices"

	"github.com/wizzense/deployment-rings/action/internal/image"
	"github.com/wizzense/deployment-rings/internal/text"
)

// What an entry may say of the image that it is about: how many names, and how many bytes each.
const (
	MaxImages    = 50
	MaxImageName = 600
)

// entriesAbout returns those about an image with one of some names, in order, as [Reading.Of] says.
func entriesAbout(entries []Entry, names []string) []Entry {
	known := map[string][]string{} // names by digest
	var about []Entry
	for _, e := range entries {
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

// Images returns the images that the entries of the rings that were read name, each by its names, in order of the first
// ones.
func (r Reading) Images() [][]string {
	var all [][]string
	for _, ring := range r.Rings() {
		for _, e := range r.rings[ring].entries {
			if len(e.Images) > 0 {
				all = join(all, e.Images)
			}
		}
	}
	slices.SortStableFunc(all, slices.Compare[[]string])
	return all
}

// Selected returns the images that have one of some names, each once and by all its names, in order of the first ones. A name that
// no entry has is an image of its own. Without names it returns all images.
func (r Reading) Selected(names []string) [][]string {
	known := r.Images()
	if len(names) == 0 {
		return known
	}
	var all [][]string
	for _, name := range names {
		of := []string{name}
		if i := slices.IndexFunc(known, func(image []string) bool { return slices.Contains(image, name) }); i >= 0 {
			of = known[i]
		}
		if !slices.ContainsFunc(all, func(image []string) bool { return slices.Contains(image, name) }) {
			all = append(all, of)
		}
	}
	slices.SortStableFunc(all, slices.Compare[[]string])
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

// SameImage reports whether two lists of names can be of one image: they share a name, or one of them has none.
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

// checkImages checks that a registry takes the names, and that they have the form in which they are compared.
func (e Entry) checkImages(p *problems) {
	if len(e.Images) > MaxImages {
		p.addf("images: has %d names, expected at most %d", len(e.Images), MaxImages)
		return
	}
	for _, name := range e.Images {
		names, err := image.Parse([]string{name})
		switch {
		case err != nil:
			p.add("images", err)
		case len(name) > MaxImageName:
			p.addf("images: %s has %d bytes, expected at most %d", text.Quote(name), len(name), MaxImageName)
		case names[0].String() != name:
			p.addf("images: %s is not in lower case", text.Quote(name))
		}
	}
}
