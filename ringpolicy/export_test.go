package ringpolicy

// What the tests judge by another implementation.
var ParseDuration = parseDuration

// PatternMatches reports whether a pattern matches text, with or without regard to case.
func PatternMatches(source, text string, folded bool) (bool, error) {
	p, err := compilePattern(source, folded)
	if err != nil {
		return false, err
	}
	if folded {
		text = foldText(text)
	}
	return p.match(text), nil
}

// SchemaForms are the regular expressions of the reader, by their place in the schema.
var SchemaForms = map[string]string{
	"labelPrefix/pattern":                                     labelPrefix.String(),
	"duration/pattern":                                        durationSyntax.String(),
	"decimal/anyOf/1/pattern":                                 decimalSyntax.String(),
	"ringName/pattern":                                        ringName.String(),
	"ringTag/pattern":                                         ringTag.String(),
	"noOtherTag/not/anyOf/0/pattern":                          reservedPrefix.String(),
	"noOtherTag/not/anyOf/1/pattern":                          pullSuffix.String(),
	"noOtherTag/not/anyOf/2/pattern":                          releaseTag.String(),
	"criterionId/pattern":                                     criterionID.String(),
	"roleName/not/pattern":                                    commitForm.String(),
	"userLogin/pattern":                                       userLogin.String(),
	"teamName/pattern":                                        teamName.String(),
	"clockTime/pattern":                                       clockTime.String(),
	"criterion/properties/metric/properties/within/pattern":   percentSyntax.String(),
	"criterion/properties/checks/properties/workflow/pattern": workflowPath.String(),
}

// SchemaLimits are numbers and words of the reader, by their place in the schema.
var SchemaLimits = map[string]any{
	"noOtherTag/maxLength":      float64(maxRingTag),
	"decimal/anyOf/1/maxLength": float64(maxDecimalLength),
	"port/maximum":              float64(lastPort),
	"criterionId/not/enum":      anyOf(builtinCriteria),
	"signal/enum":               anyOf(signals),
	"permission/enum":           anyOf(permissions[2:]),
}

func anyOf[T ~string](words []T) []any {
	all := make([]any, len(words))
	for i, w := range words {
		all[i] = string(w)
	}
	return all
}

// CanonicalPolicy returns what the digest of a policy is taken of.
func CanonicalPolicy(p *Policy) map[string]any { return p.canonical() }

// CanonicalRule returns what the digest of a policy contains of a rule.
func CanonicalRule(r Rule) map[string]any { return canonicalRule(r) }
