package record

import (
	"crypto/rand"
	"crypto/sha256"
	"encoding/base32"
	"strings"
)

// A provisional code is twelve letters and digits, 60 random bits, in three
// groups of four: K7QM-2XWD-9FTR. The alphabet (Crockford's) leaves out what is
// read as something else, and reading forgives it: o is 0, i and l are 1.
var codeAlphabet = base32.NewEncoding("0123456789ABCDEFGHJKMNPQRSTVWXYZ").WithPadding(base32.NoPadding)

const codeLength = 12

// NewCode makes a provisional code.
func NewCode() string {
	var bits [8]byte
	rand.Read(bits[:])
	c := codeAlphabet.EncodeToString(bits[:])[:codeLength]
	return c[:4] + "-" + c[4:8] + "-" + c[8:]
}

// HashCode is what is kept of a provisional code (Life.CodeHash), however it was
// typed: 60 random bits need no slow hash. The person is part of it, so that
// equal hashes say nothing.
func HashCode(patient, code string) []byte {
	return hashLife("code", patient, strings.NewReplacer("O", "0", "I", "1", "L", "1").Replace(compact(code)))
}

// HashCard is what is kept of a card's serial number (Life.Card), by the INS of
// the person: leading zeros and what people put between digits do not count.
func HashCard(ins, serial string) []byte {
	return hashLife("card", compact(ins), strings.TrimLeft(compact(serial), "0"))
}

func hashLife(kind, of, value string) []byte {
	sum := sha256.Sum256([]byte(kind + "\x00" + of + "\x00" + value))
	return sum[:]
}

// compact keeps letters and digits, in capitals.
func compact(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' || r >= 'A' && r <= 'Z' {
			return r
		}
		return -1
	}, strings.ToUpper(s))
}
