package audit

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
	"time"

	"golang.org/x/mod/sumdb/note"
)

var errNotStrict = errors.New("audit: not in its one form")

// strictBase64 reads base64 that is as one writes it. The decoder of the
// library skips line ends, also where it is strict otherwise.
func strictBase64(text string) ([]byte, error) {
	data, err := base64.StdEncoding.DecodeString(text)
	if err != nil || base64.StdEncoding.EncodeToString(data) != text {
		return nil, errNotStrict
	}
	return data, nil
}

// decodeFixed reads base64 of exactly as many bytes as out has.
func decodeFixed(text string, out []byte) bool {
	data, err := strictBase64(text)
	return err == nil && len(data) == len(out) && copy(out, data) == len(out)
}

// strictKey reads a note verifier key that is as one writes it.
func strictKey(text string) (note.Verifier, error) {
	name, rest, _ := strings.Cut(text, "+")
	hash, key, _ := strings.Cut(rest, "+")
	number, err := hex.DecodeString(hash)
	if err != nil || hex.EncodeToString(number) != hash || strings.ContainsFunc(name, func(r rune) bool { return r < ' ' }) {
		return nil, errNotStrict
	}
	if _, err := strictBase64(key); err != nil {
		return nil, err
	}
	return note.NewVerifier(text)
}

// canonicalTime says whether a moment that was read is one that the log writes:
// in UTC, to the millisecond, of the years 1 to 9999.
func canonicalTime(t time.Time) bool {
	_, offset := t.Zone()
	return offset == 0 && t.Nanosecond()%int(time.Millisecond) == 0 && year(t)
}

// year says whether a moment is of a year that has its four digits and is one.
func year(t time.Time) bool { return t.Year() >= 1 && t.Year() <= 9999 }

// descend says whether older heads come as the log gives them: the largest
// first, none twice.
func descend(since []ExportSince) bool {
	for i := 1; i < len(since); i++ {
		if since[i].Size >= since[i-1].Size {
			return false
		}
	}
	return true
}
