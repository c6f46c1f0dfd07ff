// Package dashboard turns a status report into files that any web server can show: one page that needs nothing else, and
// a badge for each ring.
//
// The page asks the network for nothing, and its only script compares its time with the clock of the reader. It reads
// without script as well. Untrusted text is escaped, and characters that do not show are spelt out.
package dashboard

import (
	"github.com/wizzense/deployment-rings/action/internal/status"
	"github.com/wizzense/deployment-rings/ringpolicy"
)

// Page is the name of the page among the files.
const Page = "index.html"

// A File is one of the files of a dashboard, with its path in the folder.
type File struct {
	Name    string
	Content []byte
}

// Files returns the badges and, last, the page, so that a reader who sees a new page sees new badges.
func Files(r status.Report, policy *ringpolicy.Policy) ([]File, error) {
	var files []File
	for _, ring := range policy.Rings() {
		files = append(files, File{"badges/" + ring.Name + ".svg", badge(r, ring.Name)})
	}
	page, err := render(r, policy.Timezone())
	return append(files, File{Page, page}), err
}
