package labels

import "strings"

// Quote writes a line as readers of CSV with relaxed quotes take it for one value, docker/build-push-action among them: they
// read each line as fields with commas between, and join these again, so a line stays as it is unless one of its fields
// begins with a quote, which would be lost. Lines have no line breaks.
func Quote(line string) string {
	if !strings.HasPrefix(line, `"`) && !strings.Contains(line, `,"`) {
		return line
	}
	return `"` + strings.ReplaceAll(line, `"`, `""`) + `"`
}

// Unquote reads a line back that [Quote] wrote. Other lines stay as they are, unless they begin with a quote.
func Unquote(line string) string {
	inside, ok := strings.CutPrefix(line, `"`)
	if !ok {
		return line
	}
	return strings.ReplaceAll(strings.TrimSuffix(inside, `"`), `""`, `"`)
}
