package terminology

import (
	"math/big"
	"strings"
)

// TypedMeasure is what was typed for a measure.
type TypedMeasure struct {
	Values []string // decimals as FHIR writes them, with all the digits typed
	Unit   string   // UCUM; "" when no unit was typed
}

// ParseMeasure reads what a person types: "72,5", "72.5 kg", "1 200", "130/80",
// "13/8", with ordinary and non-breaking spaces. Nothing is rounded: "72,50" is
// 72.50. A unit is known by its UCUM code or as one writes it. Errors:
// ErrMeasureForm, ErrMeasureUnit (what follows the number is no unit of any
// measure).
func (m Measure) ParseMeasure(input string) (TypedMeasure, error) {
	s := strings.TrimSpace(blanks.Replace(input))
	at := strings.LastIndexAny(s, "0123456789,./")
	// A unit may hold digits and slashes: the number ends at the first letter or sign.
	for i, r := range s {
		if !strings.ContainsRune("0123456789,./ ", r) {
			at = i - 1
			break
		}
	}
	number, rest := strings.TrimSpace(s[:at+1]), strings.TrimSpace(s[at+1:])
	// "72 /min": the slash belongs to the unit.
	if cut, ok := strings.CutSuffix(number, "/"); ok && rest != "" {
		number, rest = strings.TrimSpace(cut), "/"+rest
	}
	var out TypedMeasure
	for text := range strings.SplitSeq(number, "/") {
		v, ok := typedDecimal(text)
		if !ok {
			return TypedMeasure{}, ErrMeasureForm
		}
		out.Values = append(out.Values, v)
	}
	if rest == "" {
		return out, nil
	}
	for _, u := range m.Units {
		if strings.EqualFold(rest, u.Code) || strings.EqualFold(rest, u.Label) || strings.EqualFold(rest, u.LabelEN) {
			out.Unit = u.Code
			return out, nil
		}
	}
	return TypedMeasure{}, ErrMeasureUnit
}

// blanks makes every space an ordinary one.
var blanks = strings.NewReplacer("\u00a0", " ", "\u202f", " ", "\u2009", " ", "\t", " ")

// typedDecimal reads one number as French people write it: comma or point,
// groups of three with spaces. Neither sign nor exponent.
func typedDecimal(s string) (string, bool) {
	s = strings.TrimSpace(s)
	whole, fraction, dotted := strings.Cut(strings.Replace(s, ",", ".", 1), ".")
	groups := strings.Split(whole, " ")
	for i, g := range groups {
		if i > 0 && len(g) != 3 || i == 0 && len(groups) > 1 && (g == "" || len(g) > 3) {
			return "", false
		}
	}
	whole = strings.Join(groups, "")
	if whole == "" && dotted {
		whole = "0" // ",5"
	}
	if !digits(whole) {
		return "", false
	}
	if whole = strings.TrimLeft(whole, "0"); whole == "" {
		whole = "0"
	}
	if dotted {
		whole += "." + fraction
	}
	_, ok := decimal(whole)
	return whole, ok
}

// Doubt is what one asks before a typed measure is kept.
type Doubt struct {
	Verdict Verdict
	// Meant holds the values that were probably meant, nil when there is no better
	// guess: 130 and 80 for "13/8", centimetres of mercury as French people say
	// them. Unit is the unit that was probably meant, "" when the one typed may stay.
	Meant []string
	Unit  string
}

// Weigh judges what was typed, in a unit. A measure that is Usual needs no
// question; one that is Impossible is not kept as it stands. Errors: as Check,
// but for ErrMeasureImpossible, which is a Verdict here.
func (m Measure) Weigh(values []string, unitCode string) (Doubt, error) {
	if len(values) != len(m.Parts) {
		return Doubt{Verdict: Impossible}, ErrMeasureParts
	}
	worst, err := m.worst(values, unitCode)
	if err != nil {
		return Doubt{Verdict: Impossible}, err
	}
	d := Doubt{Verdict: worst}
	if worst == Usual {
		return d, m.Check(measureValues(values, unitCode))
	}
	if m.Code == LOINCBloodPressure {
		if tenfold, ok := m.tenfold(values, unitCode); ok {
			d.Meant = tenfold
			return d, nil
		}
	}
	for _, u := range m.Units {
		if v, err := m.worst(values, u.Code); u.Code != unitCode && !u.rare && err == nil && v == Usual {
			d.Unit = u.Code
			break
		}
	}
	if worst == Unusual {
		return d, m.Check(measureValues(values, unitCode))
	}
	return d, nil
}

// worst gives the gravest verdict on the values.
func (m Measure) worst(values []string, unitCode string) (Verdict, error) {
	worst := Usual
	for _, v := range measureValues(values, unitCode) {
		verdict, err := m.Judge(v)
		if err != nil {
			return Impossible, err
		}
		worst = max(worst, verdict)
	}
	return worst, nil
}

// tenfold gives ten times each value when that is a blood pressure that one
// meets and the values as typed are none.
func (m Measure) tenfold(values []string, unitCode string) ([]string, bool) {
	out := make([]string, len(values))
	for i, v := range values {
		r, ok := decimal(v)
		if !ok || r.Cmp(big.NewRat(30, 1)) >= 0 {
			return nil, false
		}
		r.Mul(r, big.NewRat(10, 1))
		if !r.IsInt() {
			return nil, false
		}
		out[i] = r.Num().String()
	}
	worst, err := m.worst(out, unitCode)
	return out, err == nil && worst == Usual && m.Check(measureValues(out, unitCode)) == nil
}

func measureValues(values []string, unitCode string) []MeasureValue {
	out := make([]MeasureValue, len(values))
	for i, v := range values {
		out[i] = MeasureValue{Part: i, Value: v, Unit: unitCode}
	}
	return out
}

// SayDecimal writes a decimal as people of a language do: a comma and groups of
// three in French. No digit is added or taken away.
func SayDecimal(value, language string) string {
	whole, fraction, dotted := strings.Cut(value, ".")
	group, point := "\u00a0", ","
	if language == "en" {
		group, point = ",", "."
	}
	if digits(whole) && len(whole) > 4 {
		var b strings.Builder
		for i, r := range whole {
			if i > 0 && (len(whole)-i)%3 == 0 {
				b.WriteString(group)
			}
			b.WriteRune(r)
		}
		whole = b.String()
	}
	if dotted {
		return whole + point + fraction
	}
	return whole
}
