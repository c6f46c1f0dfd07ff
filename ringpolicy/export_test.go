package ringpolicy

// What the tests judge by another implementation.
var ParseDuration = parseDuration

// MatchPattern tells whether a pattern matches text, with or without regard to case.
func MatchPattern(source, text string, folded bool) (bool, error) {
	p, err := compilePattern(source, folded)
	if err != nil {
		return false, err
	}
	if folded {
		text = foldText(text)
	}
	return p.match(text), nil
}
