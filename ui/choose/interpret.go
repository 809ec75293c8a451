package choose

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
)

// Intent is what was typed to find a patient asks for; the patients page reads it the
// same way.
type Intent int

// The intents.
const (
	Nobody     Intent = iota // nothing typed
	Search                   // my patients by parts of names, birth date, digits of an INS
	ByINS                    // an INS typed: my patients first, everybody at Return
	Scanned                  // an INS read from a code: everybody at once, the card is in hand
	Unfinished               // the beginning of a scanner's string
	WrongKey                 // an INS with a wrong key
	WrongForm                // fifteen characters that are no INS, or too many digits
	WrongCode                // a scanner's string, but not that of an INS
)

// Ask is what was typed, understood.
type Ask struct {
	Intent Intent
	Text   string
	INS    fhir.Identifier
}

const insLength = 15

// Interpret understands what was typed or scanned. With test identities (a
// demonstration server) a typed INS is of the test domain, in which published
// identities have wrong keys.
func Interpret(input string, test bool) Ask {
	text := strings.TrimSpace(input)
	const header = "IS01"
	switch {
	case text == "":
		return Ask{}
	case len(text) >= len(header) && strings.EqualFold(text[:len(header)], header):
		return interpretCode(text)
	}
	bare := strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '\u00a0' || r == '\u202f' {
			return -1
		}
		return r
	}, text))
	digits := strings.Trim(bare, "0123456789") == ""
	switch {
	case digits && len(bare) > insLength:
		return Ask{Intent: WrongForm}
	case len(bare) != insLength || !digits && !corsican(bare):
		return Ask{Intent: Search, Text: text}
	}
	ask := Ask{Intent: ByINS, Text: bare, INS: fhir.Identifier{System: fhir.SystemINSNIR, Value: bare}}
	if test {
		ask.INS.System = fhir.SystemINSTest
	}
	switch _, err := terminology.CheckINS(ask.INS.System, bare); {
	case errors.Is(err, terminology.ErrINSKey):
		return Ask{Intent: WrongKey}
	case err != nil:
		return Ask{Intent: WrongForm}
	}
	return ask
}

// corsican tells an INS of Corsica: digits but for 2A or 2B as its department.
func corsican(s string) bool {
	if s[5] != '2' || s[6] != 'A' && s[6] != 'B' {
		return false
	}
	return strings.Trim(s[:6]+s[7:], "0123456789") == ""
}

func interpretCode(text string) Ask {
	scan, err := terminology.ParseINSDatamatrix(text)
	switch {
	case errors.Is(err, terminology.ErrScanCutShort):
		return Ask{Intent: Unfinished}
	case errors.Is(err, terminology.ErrINSKey):
		return Ask{Intent: WrongKey}
	case err != nil:
		return Ask{Intent: WrongCode}
	}
	return Ask{Intent: Scanned, INS: fhir.Identifier{System: "urn:oid:" + scan.OID, Value: scan.INS}}
}

// Strict is the form of strict traits as typed.
type Strict struct {
	BirthName, FirstGiven string
	Sex                   string // M, F
	Birth                 string // 28/03/1979
}

// StrictField names a field of the form.
type StrictField int

// The fields, in the order of the form.
const (
	StrictNone StrictField = iota
	StrictName
	StrictGiven
	StrictSex
	StrictBirth
)

// oldest is how many years ago somebody alive can have been born.
const oldest = 130

// Check gives the traits to ask for, or the first field to correct.
func (s Strict) Check(now time.Time) (client.Traits, StrictField) {
	t := client.Traits{BirthName: strings.TrimSpace(s.BirthName), FirstGiven: strings.TrimSpace(s.FirstGiven), Sex: s.Sex}
	birth, ok := ParseDay(s.Birth, time.UTC)
	switch {
	case terminology.Fold(t.BirthName) == "":
		return t, StrictName
	case terminology.Fold(t.FirstGiven) == "":
		return t, StrictGiven
	case t.Sex != "M" && t.Sex != "F":
		return t, StrictSex
	case !ok || !Past(birth, now) || birth.Year() < now.Year()-oldest:
		return t, StrictBirth
	}
	t.BirthDate = birth.Format(time.DateOnly)
	return t, StrictNone
}

// ParseDay reads a day as French hands write it (21/11/2026, 21-11-2026, 21112026), at
// noon in loc. Years have four digits: a date is never guessed.
func ParseDay(s string, loc *time.Location) (time.Time, bool) {
	s = strings.TrimSpace(s)
	if len(s) == 8 && strings.Trim(s, "0123456789") == "" {
		s = s[:2] + "/" + s[2:4] + "/" + s[4:]
	}
	s = strings.NewReplacer("-", "/", ".", "/", " ", "/", "\u00a0", "/").Replace(s)
	day, err := time.ParseInLocation("2/1/2006", s, loc)
	return day.Add(12 * time.Hour), err == nil
}

// Past tells whether a day has come by now, in now's zone: today counts.
func Past(day, now time.Time) bool {
	return day.Format(time.DateOnly) <= now.Format(time.DateOnly)
}
