package ringpolicy

import (
	"errors"
	"math/big"
	"regexp"
	"strconv"
)

// A Decimal is an exact decimal number, so that 1.1 is within 10 percent of 1.0. The zero Decimal is 0.
type Decimal struct {
	text string
	rat  *big.Rat
}

var (
	errDecimal    = errors.New("is not a decimal number such as 1, 0.5 or 1e-3")
	errSize       = errors.New("is too large, too small or too long a number, expected at most 100 characters and an exponent from -400 to 400")
	decimalSyntax = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d+))?$`)
)

const (
	maxDecimalLength   = 100
	maxDecimalExponent = 400 // covers every floating-point number
)

// ParseDecimal reads a number such as "1", "-0.5" or "1.2e3". Another text, one of more than 100 characters, and one with an
// exponent beyond -400 to 400 are errors, which do not repeat the text.
func ParseDecimal(s string) (Decimal, error) {
	found := decimalSyntax.FindStringSubmatch(s)
	if found == nil {
		return Decimal{}, errDecimal
	}
	if e, err := strconv.Atoi(found[2]); found[2] != "" && err != nil || max(e, -e) > maxDecimalExponent || len(s) > maxDecimalLength {
		return Decimal{}, errSize
	}
	rat, ok := new(big.Rat).SetString(s)
	if !ok {
		return Decimal{}, errDecimal
	}
	return Decimal{s, rat}, nil
}

// String returns the number as it was written.
func (d Decimal) String() string {
	if d.rat == nil {
		return "0"
	}
	return d.text
}

// Equal reports whether the two are the same number: 1 and 1.0 are.
func (d Decimal) Equal(other Decimal) bool { return d.value().Cmp(other.value()) == 0 }

// value returns the number; it must not be changed.
func (d Decimal) value() *big.Rat {
	if d.rat == nil {
		return new(big.Rat)
	}
	return d.rat
}
