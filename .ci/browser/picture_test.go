package browser

import (
	"bytes"
	"cmp"
	"image"
	"image/color"
	"image/png"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// pictures are those of the documentation, on a telephone with all of the page.
var pictures = []struct {
	name, page, scheme string
	width, most        int
}{
	{"dashboard-light", "overdue", schemes[0], 1280, 2000},
	{"dashboard-verdict", "overdue", schemes[0], 1280, 1035}, // for the README
	{"dashboard-dark", "incident", schemes[1], 1280, 1180},
	{"dashboard-narrow", "soaking", schemes[0], 360, 1400},
}

// TestPictures writes the pictures of the documentation, when asked to, and otherwise holds that they are there.
func TestPictures(t *testing.T) {
	t.Parallel()
	const dir, mostBytes = "../../docs/images", 150_000
	s := newSite(t)
	c := start(t, s.URL)
	for _, picture := range pictures {
		p := c.open(t)
		p.clock(t, 0)
		p.size(t, picture.width)
		p.media(t, "", picture.scheme)
		p.visit(t, s.URL+"/"+picture.page+".html")
		file := filepath.Join(dir, picture.name+".png")
		if *update {
			if err := os.WriteFile(file, smaller(t, p.picture(t, picture.width, picture.most)), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if info, err := os.Stat(file); err != nil || info.Size() > mostBytes {
			t.Errorf("%s: %v, want at most %d bytes", file, err, mostBytes)
		}
	}
}

// smaller is a picture with its 256 most frequent colours, well packed: a page has few, but for the edges of letters.
func smaller(t *testing.T, src []byte) []byte {
	t.Helper()
	full, err := png.Decode(bytes.NewReader(src))
	if err != nil {
		t.Fatal(err)
	}
	count := map[color.Color]int{}
	bounds := full.Bounds()
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			count[full.At(x, y)]++
		}
	}
	colours := slices.SortedFunc(maps.Keys(count), func(a, b color.Color) int { return cmp.Compare(count[b], count[a]) })
	few := image.NewPaletted(bounds, colours[:min(256, len(colours))])
	for y := bounds.Min.Y; y < bounds.Max.Y; y++ {
		for x := bounds.Min.X; x < bounds.Max.X; x++ {
			few.Set(x, y, full.At(x, y))
		}
	}
	var packed bytes.Buffer
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(&packed, few); err != nil {
		t.Fatal(err)
	}
	return packed.Bytes()
}
