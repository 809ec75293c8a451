package choose

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"

	"fyne.io/fyne/v2/lang"
)

// Intent is what was typed to find a patient asks for.
type Intent int

// The intents.
const (
	Nobody     Intent = iota // nothing typed
	Search                   // my patients by parts of names, birth date, digits of an INS
	ByINS                    // an INS typed: my patients first, everybody at Return
	Scanned                  // an INS read from a code: everybody at once, the card is in hand
	Unfinished               // the beginning of a scanner's string
	Refused                  // cannot be asked; Ask.Fault says why
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

// Ask is what was typed, understood.
type Ask struct {
	Intent   Intent
	Text     string          // Search and ByINS: what my patients are asked for
	INS      fhir.Identifier // ByINS and Scanned
	Fault    Fault           // Refused: the reason
	Doubt    Fault           // a warning: the question is asked all the same
	FromCode bool            // the traits below were read from a code
	Family   string          // birth name
	Given    []string
	Sex      string // M, F
	Birth    string // YYYY-MM-DD
}

const insLength = 15

// Interpret understands what was typed or scanned. With test identities (a
// demonstration server) a typed INS is of the test domain, in which published
// identities have wrong keys: a doubt there, a fault in production.
func Interpret(input string, test bool) Ask {
	text := strings.TrimSpace(input)
	switch {
	case text == "":
		return Ask{}
	case FromScanner(text):
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
		return Ask{Intent: Refused, Fault: FaultLength}
	case len(bare) != insLength || !digits && !corsican(bare):
		return Ask{Intent: Search, Text: text}
	}
	ask := Ask{Intent: ByINS, Text: bare, INS: fhir.Identifier{System: fhir.SystemINSNIR, Value: bare}}
	if test {
		ask.INS.System = fhir.SystemINSTest
	}
	switch doubt, err := terminology.CheckINS(ask.INS.System, bare); {
	case errors.Is(err, terminology.ErrINSKey):
		return Ask{Intent: Refused, Fault: FaultKey}
	case err != nil:
		return Ask{Intent: Refused, Fault: FaultForm}
	case doubt:
		ask.Doubt = FaultKey
	}
	return ask
}

// FromScanner tells a scanner's string from typing: no name begins with IS01.
func FromScanner(text string) bool {
	const header = "IS01"
	return len(text) >= len(header) && strings.EqualFold(text[:len(header)], header)
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

// Strict is the form of strict traits as typed.
type Strict struct {
	BirthName, FirstGiven string
	Sex                   string // M, F
	Birth                 string // 28/03/1979
	BirthPlace            string // INSEE code, optional
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
	StrictPlace
)

// Words says how to correct a field.
func (f StrictField) Words() string {
	switch f {
	case StrictName:
		return lang.L("Donnez le nom de naissance, comme sur la pièce d’identité.")
	case StrictGiven:
		return lang.L("Donnez le premier prénom de naissance.")
	case StrictSex:
		return lang.L("Choisissez le sexe : Femme ou Homme.")
	case StrictBirth:
		return lang.L("Donnez la date de naissance entière, par exemple 28/03/1979.")
	case StrictPlace:
		return lang.L("Le code INSEE compte cinq caractères, par exemple 51454. Laissez vide s’il est inconnu.")
	}
	return ""
}

// oldest is how many years ago somebody alive can have been born.
const oldest = 130

// Check gives the traits to ask for, or the first field to correct.
func (s Strict) Check(now time.Time) (client.Traits, StrictField) {
	t := client.Traits{
		BirthName: strings.TrimSpace(s.BirthName), FirstGiven: strings.TrimSpace(s.FirstGiven),
		Sex: s.Sex, BirthPlace: strings.ToUpper(strings.TrimSpace(s.BirthPlace)),
	}
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
	case t.BirthPlace != "" && !looksINSEE(t.BirthPlace):
		return t, StrictPlace
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
	s = strings.NewReplacer("-", "/", ".", "/", " ", "/", "\u00a0", "/", "\u202f", "/").Replace(s)
	day, err := time.ParseInLocation("2/1/2006", s, loc)
	return day.Add(12 * time.Hour), err == nil
}

// Past tells whether a day has come by now, in now's zone: today counts.
func Past(day, now time.Time) bool {
	return day.Format(time.DateOnly) <= now.Format(time.DateOnly)
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
