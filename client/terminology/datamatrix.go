package terminology

import (
	"errors"
	"strings"
	"time"
)

// Faults of a scan. Their text is meant for people.
var (
	ErrScanNotINS   = errors.New("ce code n'est pas celui d'une attestation INS : scannez le datamatrix de l'attestation")
	ErrScanCutShort = errors.New("le code a été lu en partie : scannez-le de nouveau")
	ErrScanField    = errors.New("le code contient un champ illisible : scannez-le de nouveau ou saisissez le matricule INS")
)

// INSScan is the identity that a datamatrix carries.
type INSScan struct {
	INS        string   // 15 characters
	OID        string   // the domain: 1.2.250.1.213.1.4.8 …
	Given      []string // in order
	BirthName  string
	Sex        string // M or F
	BirthDate  string // YYYY-MM-DD; shorter when day or month is 00
	BirthPlace string // INSEE code; may be empty
	KeyWarning bool   // a test identity whose key is wrong
}

const (
	scanHeader = 26 // IS01 and 22 characters that say nothing of the person
	groupSep   = '\x1d'
)

// fieldWidths are the fields of fixed width; the others end at GS, at the next
// field or at the end.
var fieldWidths = map[byte]int{'1': 15, '5': 1, '6': 10, '7': 5}

// groupSepSpellings are what scanners type instead of GS.
var groupSepSpellings = strings.NewReplacer("<GS>", "\x1d", "<gs>", "\x1d", "{GS}", "\x1d", "[GS]", "\x1d", "^]", "\x1d")

// ParseINSDatamatrix reads what a scanner typed from the 2D code of an INS
// attestation (ANS, "datamatrix INS"): IS01, a header, then fields S1 INS, S2
// OID, S3 given names, S4 birth name, S5 sex, S6 birth date DD-MM-YYYY, S7
// birthplace (optional), in any order. GS ends S2, S3 and S4; it may be typed
// as text or be lost by the keyboard, in which case the next S+digit ends the
// field, since names hold no digit.
//
// Errors: ErrScanNotINS, ErrScanCutShort (a field is missing or too short),
// ErrScanField, and those of CheckINS. On an error nothing of the identity is
// returned.
func ParseINSDatamatrix(typed string) (INSScan, error) {
	s := strings.Trim(groupSepSpellings.Replace(typed), " \t\r\n\x1d")
	if !strings.HasPrefix(s, "IS01") {
		if s != "" && strings.HasPrefix("IS01", s) {
			return INSScan{}, ErrScanCutShort
		}
		return INSScan{}, ErrScanNotINS
	}
	if len(s) <= scanHeader {
		return INSScan{}, ErrScanCutShort
	}
	fields, err := splitFields(s[scanHeader:])
	if err != nil {
		return INSScan{}, err
	}
	for _, mandatory := range "123456" {
		if fields[byte(mandatory)] == "" {
			return INSScan{}, ErrScanCutShort
		}
	}
	return scanOf(fields)
}

// splitFields cuts the body into its fields.
func splitFields(s string) (map[byte]string, error) {
	fields := map[byte]string{}
	for s != "" {
		if s[0] == groupSep { // some scanners end every field with GS
			s = s[1:]
			continue
		}
		if len(s) < 2 {
			return nil, ErrScanCutShort
		}
		tag := s[1]
		if s[0] != 'S' || tag < '1' || tag > '7' {
			return nil, ErrScanField
		}
		if _, twice := fields[tag]; twice {
			return nil, ErrScanField
		}
		s = s[2:]
		end := fieldEnd(s)
		if width, fixed := fieldWidths[tag]; fixed {
			if len(s) < width {
				return nil, ErrScanCutShort
			}
			end = width
		}
		fields[tag], s = s[:end], s[end:]
	}
	return fields, nil
}

// fieldEnd finds where a field of variable width ends.
func fieldEnd(s string) int {
	for i := range len(s) {
		if s[i] == groupSep || s[i] == 'S' && i+1 < len(s) && s[i+1] >= '1' && s[i+1] <= '7' {
			return i
		}
	}
	return len(s)
}

func scanOf(f map[byte]string) (INSScan, error) {
	scan := INSScan{
		INS: f['1'], OID: f['2'], Sex: f['5'], BirthPlace: f['7'],
		Given: strings.Fields(f['3']), BirthName: strings.TrimSpace(f['4']),
	}
	warning, err := CheckINS(scan.OID, scan.INS)
	if err != nil {
		return INSScan{}, err
	}
	scan.KeyWarning = warning
	if scan.Sex != "M" && scan.Sex != "F" || len(scan.Given) == 0 || !isName(scan.BirthName) || !isName(f['3']) || !isPlace(scan.BirthPlace) {
		return INSScan{}, ErrScanField
	}
	if scan.BirthDate, err = birthDate(f['6']); err != nil {
		return INSScan{}, err
	}
	return scan, nil
}

// isName refuses what no name holds: digits, control characters, nothing.
func isName(s string) bool {
	if strings.TrimSpace(s) == "" {
		return false
	}
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r >= '0' && r <= '9' || r == '\uFFFD' })
}

// isPlace accepts an INSEE code of a commune or country, or nothing.
func isPlace(s string) bool {
	return strings.Trim(s, "0123456789AB") == ""
}

// birthDate turns DD-MM-YYYY into a FHIR date; a day or month of 00 is unknown
// and shortens it.
func birthDate(s string) (string, error) {
	if len(s) != 10 || s[2] != '-' || s[5] != '-' {
		return "", ErrScanField
	}
	date, layout := s[6:]+"-"+s[3:5]+"-"+s[:2], time.DateOnly
	switch {
	case s[:5] == "00-00":
		date, layout = s[6:], "2006"
	case s[:2] == "00":
		date, layout = s[6:]+"-"+s[3:5], "2006-01"
	}
	if _, err := time.Parse(layout, date); err != nil {
		return "", ErrScanField
	}
	return date, nil
}
