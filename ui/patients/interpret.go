package patients

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Intent is what the text in the box asks for.
type Intent int

// The intents.
const (
	Recent     Intent = iota // an empty box: my patients, most recently visited first
	Search                   // my patients by parts of names, birth date, digits of an INS
	TypedINS                 // fifteen characters of an INS, typed
	Scanned                  // an INS read from a code, or one to be looked for everywhere
	Unfinished               // the beginning of a scanner's string
	Refused                  // cannot be asked; Ask.Fault says why
	Traits                   // the strict-traits sheet was answered
	Everyone                 // the sheet of the emergency centre was answered
)

// Fault is why an input cannot be asked, or what is doubtful about it.
type Fault int

// The faults.
const (
	NoFault     Fault = iota
	FaultKey          // the control key of the INS is wrong
	FaultForm         // fifteen characters that cannot be an INS
	FaultLength       // more than fifteen digits
	FaultCut          // the scanner's string stops too early
	FaultCode         // a scanner's string, but not that of an INS
)

// Ask is an input understood.
type Ask struct {
	Intent   Intent
	Text     string          // Search and TypedINS: what my patients are asked for
	INS      fhir.Identifier // TypedINS and Scanned
	Fault    Fault           // Refused: the reason
	Doubt    Fault           // a warning: the question is asked all the same
	FromCode bool            // the traits below were read from a code
	Family   string          // birth name
	Given    []string
	Sex      string // M, F
	Birth    string // YYYY-MM-DD
}

// Interpret understands what was typed or scanned. With test identities (a
// demonstration server) a typed INS is of the test domain, in which published
// identities have wrong keys: a doubt there, a fault in production.
func Interpret(input string, test bool) Ask {
	text := strings.TrimSpace(input)
	switch {
	case text == "":
		return Ask{Intent: Recent}
	case looksScanned(text):
		return interpretCode(text)
	}
	bare := strings.ToUpper(strings.Map(dropSpaces, text))
	digits := digitsOf(bare)
	switch {
	case len(bare) > insLength && digits == len(bare):
		return Ask{Intent: Refused, Fault: FaultLength}
	case !looksINS(bare):
		return Ask{Intent: Search, Text: text}
	}
	ask := Ask{Intent: TypedINS, Text: bare, INS: fhir.Identifier{System: fhir.SystemINSNIR, Value: bare}}
	if test {
		ask.INS.System = fhir.SystemINSTest
	}
	return checkKey(ask)
}

const insLength = 15

// checkKey refuses a wrong key, or doubts it on test identities.
func checkKey(ask Ask) Ask {
	doubt, err := terminology.CheckINS(ask.INS.System, ask.INS.Value)
	switch {
	case errors.Is(err, terminology.ErrINSKey):
		return Ask{Intent: Refused, Fault: FaultKey}
	case err != nil:
		return Ask{Intent: Refused, Fault: FaultForm}
	case doubt:
		ask.Doubt = FaultKey
	}
	return ask
}

// looksScanned tells a scanner's string from typing: no name begins with IS01.
func looksScanned(text string) bool {
	const header = "IS01"
	return len(text) >= len(header) && strings.EqualFold(text[:len(header)], header)
}

func interpretCode(text string) Ask {
	scan, err := terminology.ParseINSDatamatrix(text)
	switch {
	case errors.Is(err, terminology.ErrScanCutShort):
		return Ask{Intent: Unfinished}
	case errors.Is(err, terminology.ErrINSKey):
		return Ask{Intent: Refused, Fault: FaultKey}
	case err != nil:
		return Ask{Intent: Refused, Fault: FaultCode}
	}
	ask := Ask{
		Intent: Scanned, FromCode: true, INS: fhir.Identifier{System: "urn:oid:" + scan.OID, Value: scan.INS},
		Family: scan.BirthName, Given: scan.Given, Sex: scan.Sex, Birth: scan.BirthDate,
	}
	if scan.KeyWarning {
		ask.Doubt = FaultKey
	}
	return ask
}

// mismatch compares the traits read from a code with those of the record
// found: what differs is shown, never merged.
func (a Ask) mismatch(p client.Patient) Trait {
	var d Trait
	if a.Family != "" && !same(a.Family, p.BirthName) {
		d |= TraitBirthName
	}
	if len(a.Given) > 0 && !same(a.Given[0], firstGiven(p)) {
		d |= TraitGiven
	}
	if a.Sex != "" && sex(p) != "" && a.Sex != sex(p) {
		d |= TraitSex
	}
	if a.Birth != "" && a.Birth != p.BirthDate {
		d |= TraitBirthDate
	}
	return d
}

func firstGiven(p client.Patient) string {
	if p.FirstGiven == "" && len(p.Given) > 0 {
		return p.Given[0]
	}
	return p.FirstGiven
}

// looksINS tells fifteen characters that can only be an INS: digits, but for
// the A or B of Corsica in seventh place.
func looksINS(s string) bool {
	if len(s) != insLength {
		return false
	}
	for i, r := range s {
		if corsica := i == 6 && (r == 'A' || r == 'B') && s[5] == '2'; !corsica && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}

func digitsOf(s string) int {
	n := 0
	for _, r := range s {
		if r >= '0' && r <= '9' {
			n++
		}
	}
	return n
}

func dropSpaces(r rune) rune {
	if unicode.IsSpace(r) || r == '\u00a0' || r == '\u202f' {
		return -1
	}
	return r
}

// Sheet is the strict-traits form as typed.
type Sheet struct {
	BirthName, FirstGiven string
	Sex                   string // M, F
	Birth                 string // 28/03/1979, 28031979, 28-3-1979
	BirthPlace            string // INSEE code, optional
}

// Field names one field of the Sheet.
type Field int

// The fields, in the order of the form.
const (
	FieldNone Field = iota
	FieldBirthName
	FieldFirstGiven
	FieldSex
	FieldBirth
	FieldBirthPlace
)

// Check gives the traits to ask for, or the first field to correct.
func (s Sheet) Check(now time.Time) (client.Traits, Field) {
	t := client.Traits{
		BirthName: strings.TrimSpace(s.BirthName), FirstGiven: strings.TrimSpace(s.FirstGiven),
		Sex: s.Sex, BirthPlace: strings.ToUpper(strings.TrimSpace(s.BirthPlace)),
	}
	birth, ok := ParseDate(s.Birth)
	switch {
	case terminology.Fold(t.BirthName) == "":
		return t, FieldBirthName
	case terminology.Fold(t.FirstGiven) == "":
		return t, FieldFirstGiven
	case t.Sex != "M" && t.Sex != "F":
		return t, FieldSex
	case !ok || birth.After(now) || birth.Year() < now.Year()-130:
		return t, FieldBirth
	case t.BirthPlace != "" && !looksINSEE(t.BirthPlace):
		return t, FieldBirthPlace
	}
	t.BirthDate = birth.Format(time.DateOnly)
	return t, FieldNone
}

// ParseDate reads a date as French hands write it: 28/03/1979, 28-3-1979,
// 28.03.1979, 28 03 1979 or 28031979. Two-figure years are refused: a birth
// date is never guessed.
func ParseDate(s string) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) == 8 && digitsOf(s) == 8 {
		t, err := time.Parse("02012006", s)
		return t, err == nil
	}
	s = strings.Map(func(r rune) rune {
		switch r {
		case '-', '.', ' ', '\u00a0', '\u202f':
			return '/'
		}
		return r
	}, s)
	t, err := time.Parse("2/1/2006", s)
	return t, err == nil
}

// looksINSEE tells the code of a commune or country: five digits, but for
// Corsica's letter in second place.
func looksINSEE(s string) bool {
	if len(s) != 5 {
		return false
	}
	for i, r := range s {
		if corsica := i == 1 && (r == 'A' || r == 'B') && s[0] == '2'; !corsica && (r < '0' || r > '9') {
			return false
		}
	}
	return true
}
