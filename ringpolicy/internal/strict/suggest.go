package strict

import "github.com/wizzense/deployment-rings/internal/text"

// Suggest ends a message about an unknown word: the nearest of the known ones, or all of them.
func Suggest(got string, known []string) string { return text.Suggest(got, known) }
