package terminology

import (
	"errors"
	"strconv"
	"strings"
)

// OIDs of the INS (contract section 2).
const (
	oidNIR     = "1.2.250.1.213.1.4.8"
	oidNIA     = "1.2.250.1.213.1.4.9"
	oidTest    = "1.2.250.1.213.1.4.10"
	oidTestNIA = "1.2.250.1.213.1.4.11"
)

// Faults of an INS. Their text is meant for people.
var (
	ErrINSLength = errors.New("un matricule INS a 15 caractères : vérifiez la saisie")
	ErrINSForm   = errors.New("ce matricule INS contient un caractère impossible : vérifiez la saisie")
	ErrINSKey    = errors.New("la clé du matricule INS ne correspond pas : vérifiez la saisie ou rescannez le code")
	ErrINSOID    = errors.New("le domaine de ce matricule INS est inconnu : rescannez le code")
)

// CheckNIR checks a 15 character NIR: its form, then its key, which is
// 97 − (the 13 digits mod 97) after 2A → 19 and 2B → 18 (Corsica). Errors:
// ErrINSLength, ErrINSForm, ErrINSKey.
func CheckNIR(value string) error {
	if len(value) != 15 {
		return ErrINSLength
	}
	digits, key := value[:13], value[13:]
	switch digits[5:7] {
	case "2A":
		digits = digits[:5] + "19" + digits[7:]
	case "2B":
		digits = digits[:5] + "18" + digits[7:]
	}
	if strings.Trim(digits, "0123456789") != "" || strings.Trim(key, "0123456789") != "" || digits[0] == '0' {
		return ErrINSForm
	}
	n, _ := strconv.ParseUint(digits, 10, 64)
	k, _ := strconv.ParseUint(key, 10, 64)
	if 97-n%97 != k {
		return ErrINSKey
	}
	return nil
}

// CheckINS checks an INS within its domain, an OID with or without
// "urn:oid:". A bad key is an error in the production domains and no more
// than a warning in the test domains, whose published identities have bad
// keys: warning then says so. Errors: those of CheckNIR, and ErrINSOID.
func CheckINS(domain, value string) (warning bool, err error) {
	err = CheckNIR(value)
	switch strings.TrimPrefix(domain, "urn:oid:") {
	case oidNIR, oidNIA:
		return false, err
	case oidTest, oidTestNIA:
		if errors.Is(err, ErrINSKey) {
			return true, nil
		}
		return false, err
	}
	return false, ErrINSOID
}
