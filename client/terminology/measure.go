package terminology

import (
	"errors"
	"math/big"
	"slices"
	"strings"
)

// Measure is a kind of measure that either side may enter: its code, its units
// and what a value of it can be. Bounds are in the first of Units.
type Measure struct {
	Code    string   // LOINC of the Observation
	Also    []string // LOINC codes of laboratories and devices that say the same thing
	Label   string   // French
	LabelEN string
	Parts   []MeasurePart // one; two of a blood pressure
	Units   []MeasureUnit // accepted; the first is the usual one in France
	// Computed says that nobody enters it: it follows from others (the body mass
	// index). A device or a laboratory may still have written one.
	Computed bool
}

// MeasurePart is one value of a measure.
type MeasurePart struct {
	Code    string // LOINC of the component; "" when the measure has one value
	Label   string // French; "" when the measure has one value
	LabelEN string
	Hard    MeasureRange // outside: no living person has it, it is refused
	Soft    MeasureRange // outside: it is unusual, one asks
	Band    *MeasureBand // nil: none is commonly accepted
}

// MeasureRange is a range of decimals, both ends within. "" is no end.
type MeasureRange struct{ Low, High string }

// MeasureBand is a reference that a curve shows, with who says so.
type MeasureBand struct {
	MeasureRange
	Source   string // who says so, with the year; in French
	SourceEN string
}

// MeasureUnit is a unit that a measure is accepted in.
type MeasureUnit struct {
	Code     string // UCUM
	Label    string // as French people write it
	LabelEN  string
	Decimals int // that one writes as a rule; converted values have as many

	rare bool // accepted, and never guessed: nobody here means it unsaid

	// First unit = value × scale + offset; nil is 1 and 0.
	scale, offset *big.Rat
}

// Faults of a measure. Their text is meant for people.
var (
	ErrMeasureForm       = errors.New("cette valeur n’est pas un nombre : écrivez par exemple 72,5")
	ErrMeasureUnit       = errors.New("cette unité ne convient pas à cette mesure : choisissez-en une autre")
	ErrMeasureImpossible = errors.New("cette valeur n’est pas possible : vérifiez le nombre et l’unité")
	ErrMeasureParts      = errors.New("il manque une valeur à cette mesure, ou il y en a une de trop : complétez-la")
	ErrMeasureOrder      = errors.New("le premier chiffre de la tension est le plus haut : vérifiez les deux nombres")
)

// LOINC codes of the measures that others speak of.
const (
	LOINCBloodPressure = "85354-9"
	LOINCWeight        = "29463-7"
	LOINCHeight        = "8302-2"
	LOINCBMI           = "39156-5"
)

// Measures gives the table, in the order in which one chooses. The caller
// changes nothing in it.
func Measures() []Measure { return slices.Clone(measures()) }

// MeasureByCode finds a measure by a code of an Observation: its own, or one
// that says the same. part is -1, or the part of which a device wrote the code
// alone (8480-6 is the first of a blood pressure).
func MeasureByCode(code string) (m Measure, part int, ok bool) {
	if code == "" {
		return Measure{}, 0, false
	}
	for _, m := range measures() {
		if m.Code == code || slices.Contains(m.Also, code) {
			return m, -1, true
		}
		for i, p := range m.Parts {
			if p.Code == code {
				return m, i, true
			}
		}
	}
	return Measure{}, 0, false
}

// Codes gives every code that a curve of this measure is made from.
func (m Measure) Codes() []string {
	out := append([]string{m.Code}, m.Also...)
	for _, p := range m.Parts {
		if p.Code != "" {
			out = append(out, p.Code)
		}
	}
	return out
}

// Name gives the label in a language; anything but "en" is French.
func (m Measure) Name(language string) string { return either(language, m.Label, m.LabelEN) }

// Name gives the label in a language, "" for the only part of a measure.
func (p MeasurePart) Name(language string) string { return either(language, p.Label, p.LabelEN) }

// Name gives the unit as one writes it in a language.
func (u MeasureUnit) Name(language string) string { return either(language, u.Label, u.LabelEN) }

// Who gives the source of a band in a language.
func (b MeasureBand) Who(language string) string { return either(language, b.Source, b.SourceEN) }

func either(language, french, english string) string {
	if language == "en" && english != "" {
		return english
	}
	return french
}

// Unit finds a unit by its UCUM code.
func (m Measure) Unit(code string) (MeasureUnit, bool) {
	for _, u := range m.Units {
		if u.Code == code {
			return u, true
		}
	}
	return MeasureUnit{}, false
}

// MeasureValue is one value as the wire has it: Part is the place in Parts.
type MeasureValue struct {
	Part  int
	Value string // decimal
	Unit  string // UCUM
}

// Verdict says what one thinks of a value.
type Verdict int

// Verdicts, in the order of their weight.
const (
	Usual Verdict = iota
	Unusual
	Impossible
)

// Judge weighs one value of a part. Errors: ErrMeasureForm, ErrMeasureUnit,
// ErrMeasureParts (there is no such part).
func (m Measure) Judge(v MeasureValue) (Verdict, error) {
	if v.Part < 0 || v.Part >= len(m.Parts) {
		return Impossible, ErrMeasureParts
	}
	u, ok := m.Unit(v.Unit)
	if !ok {
		return Impossible, ErrMeasureUnit
	}
	r, ok := decimal(v.Value)
	if !ok {
		return Impossible, ErrMeasureForm
	}
	base, p := u.toFirst(r), m.Parts[v.Part]
	switch {
	case !p.Hard.holds(base):
		return Impossible, nil
	case !p.Soft.holds(base):
		return Unusual, nil
	}
	return Usual, nil
}

// Check says whether the values of one Observation can be: all the parts, each
// once, in units that are accepted, within what is possible. A part alone
// (MeasureByCode gave its place) is checked with Judge. Errors: those of this
// file.
func (m Measure) Check(values []MeasureValue) error {
	if len(values) != len(m.Parts) {
		return ErrMeasureParts
	}
	seen := make([]*big.Rat, len(m.Parts))
	for _, v := range values {
		verdict, err := m.Judge(v)
		switch {
		case err != nil:
			return err
		case seen[v.Part] != nil:
			return ErrMeasureParts
		case verdict == Impossible:
			return ErrMeasureImpossible
		}
		u, _ := m.Unit(v.Unit)
		r, _ := decimal(v.Value)
		seen[v.Part] = u.toFirst(r)
	}
	if m.Code == LOINCBloodPressure && seen[0].Cmp(seen[1]) <= 0 {
		return ErrMeasureOrder
	}
	return nil
}

// holds says whether a value lies within.
func (r MeasureRange) holds(v *big.Rat) bool {
	if low, ok := decimal(r.Low); ok && v.Cmp(low) < 0 {
		return false
	}
	high, ok := decimal(r.High)
	return !ok || v.Cmp(high) <= 0
}

// longestDecimal bounds what one types: no measure has more digits.
const longestDecimal = 16

// decimal reads a decimal as FHIR writes one, without a sign or an exponent:
// no measure of the table is below nothing.
func decimal(s string) (*big.Rat, bool) {
	whole, fraction, dotted := strings.Cut(s, ".")
	if len(s) > longestDecimal || !digits(whole) || (dotted && !digits(fraction)) || (len(whole) > 1 && whole[0] == '0') {
		return nil, false
	}
	return new(big.Rat).SetString(s)
}

func digits(s string) bool {
	return s != "" && strings.Trim(s, "0123456789") == ""
}
