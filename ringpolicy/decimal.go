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
	decimalSyntax = regexp.MustCompile(`^[+-]?(\d+\.?\d*|\.\d+)(?:[eE]([+-]?\d{1,4}))?$`)
)

const (
	maxDecimalLength   = 100
	maxDecimalExponent = 400 // covers every floating-point number
)

// ParseDecimal reads a number such as "1", "-0.5" or "1.2e3", of at most 100 characters and with an exponent of at most 400.
func ParseDecimal(s string) (Decimal, error) {
	if len(s) > maxDecimalLength {
		return Decimal{}, errDecimal
	}
	found := decimalSyntax.FindStringSubmatch(s)
	if found == nil {
		return Decimal{}, errDecimal
	}
	if e, err := strconv.Atoi(found[2]); err == nil && (e > maxDecimalExponent || e < -maxDecimalExponent) {
		return Decimal{}, errDecimal
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

// value returns the number; it must not be changed.
func (d Decimal) value() *big.Rat {
	if d.rat == nil {
		return new(big.Rat)
	}
	return d.rat
}
