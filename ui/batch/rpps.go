package batch

import "strings"

// A professional's national id is the digit 8 (a natural person known by RPPS) and the
// eleven digits of the RPPS, the last of which is a key (Luhn).
const (
	rppsKind   = "8"
	rppsLength = 11
)

// IsProfessional tells whether a national id is that of a professional with an RPPS.
func IsProfessional(id string) bool {
	return strings.HasPrefix(id, rppsKind) && IsRPPS(strings.TrimPrefix(id, rppsKind))
}

// IsRPPS tells whether eleven digits are an RPPS number. Test numbers, which begin with
// 99, need no key: the published ones have none.
func IsRPPS(number string) bool {
	if len(number) != rppsLength || strings.Trim(number, "0123456789") != "" {
		return false
	}
	return strings.HasPrefix(number, "99") || luhn(number)
}

// luhn tells whether the last digit is the key of those before.
func luhn(digits string) bool {
	sum := 0
	for i := range len(digits) {
		d := int(digits[len(digits)-1-i] - '0')
		if i%2 == 1 {
			d *= 2
			if d > 9 {
				d -= 9
			}
		}
		sum += d
	}
	return sum%10 == 0
}

// bareRPPS takes a number as people write it: with spaces, or as a national id.
func bareRPPS(text string) string {
	number := strings.Map(func(r rune) rune {
		if r == ' ' || r == '\u00a0' || r == '\u202f' || r == '.' {
			return -1
		}
		return r
	}, text)
	if len(number) == rppsLength+len(rppsKind) && strings.HasPrefix(number, rppsKind) {
		number = number[len(rppsKind):]
	}
	return number
}
