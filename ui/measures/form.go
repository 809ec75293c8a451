package measures

import (
	"errors"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/client/trend"
)

// Form is what is typed for one measure.
type Form struct {
	Measure terminology.Measure
	Value   string // as typed: "72,5", "130/80", "72,5 kg"
	Unit    string // UCUM, of the choice beside the value
	When    string // as typed: "22/11/2026 8:30", "22/11/2026"
	Note    string
	Sure    bool        // an unusual value was looked at again
	Item    client.Item // the one that is corrected; zero for a new one

	// What there is of this measure already, and whose: a value far from it is asked
	// about. Zero: nothing is known.
	Known trend.Kind
	Of    trend.Reader
}

// Level says whether a form can be kept.
type Level int

// The levels.
const (
	Incomplete Level = iota // nothing typed yet
	Wrong                   // cannot be kept as it stands
	Doubtful                // can be kept once one is sure
	Fine
)

// Judgement is what one says of a form while it is typed.
type Judgement struct {
	Level Level
	Err   error // of Wrong: one of terminology, or of this file

	Values []string // decimals
	Unit   string   // UCUM: what was typed behind the number wins
	Meant  []string // what was probably meant instead
	Other  string   // the unit that was probably meant, "" for none
	Start  string   // FHIR dateTime

	Before trend.Row // the measure before this one; zero when there is none of late
	Far    bool      // the value lies further from it than a person changes
	Odd    bool      // hardly anybody has such a value
}

// Faults of the moment of a measure.
var (
	errWhen   = errors.New("cette date n’est pas lisible")
	errFuture = errors.New("cette date est dans le futur")
)

// FormOf makes the form of a new measure of now, or of one to be corrected.
func FormOf(m terminology.Measure, item client.Item, now time.Time, language string) Form {
	f := Form{Measure: m, Unit: m.Units[0].Code, When: now.Format("02/01/2006 15:04"), Item: item}
	if item.ID == "" {
		return f
	}
	f.Note = item.Note
	var typed []string
	for _, v := range trend.Written(item) {
		typed = append(typed, terminology.SayDecimal(v.Value, language))
		f.Unit = v.Unit
	}
	f.Value = strings.Join(typed, "/")
	f.When = typedMoment(item.Start, now.Location())
	return f
}

// typedMoment writes a FHIR dateTime as hands type it.
func typedMoment(start string, zone *time.Location) string {
	at, day := trend.Moment(start, zone)
	switch {
	case at.IsZero():
		return ""
	case !day:
		return at.Format("02/01/2006 15:04")
	case len(start) < len("2006-01-02"): // a month or a year stays one
		return start
	}
	return at.Format("02/01/2006")
}

// Judge says what to think of a form.
func (f Form) Judge(now time.Time) Judgement {
	if strings.TrimSpace(f.Value) == "" {
		return Judgement{Level: Incomplete}
	}
	typed, err := f.Measure.ParseMeasure(f.Value)
	if err != nil {
		return Judgement{Level: Wrong, Err: err}
	}
	j := Judgement{Values: typed.Values, Unit: f.Unit}
	if typed.Unit != "" {
		j.Unit = typed.Unit
	}
	doubt, err := f.Measure.Weigh(typed.Values, j.Unit)
	j.Meant, j.Other = doubt.Meant, doubt.Unit
	switch {
	case err != nil:
		j.Level, j.Err = Wrong, err
		return j
	case doubt.Verdict == terminology.Impossible:
		j.Level, j.Err = Wrong, terminology.ErrMeasureImpossible
		return j
	}
	if j.Start, err = parseWhen(f.When, now); err != nil {
		j.Level, j.Err = Wrong, err
		return j
	}
	at, _ := trend.Moment(j.Start, now.Location())
	j.Before, j.Far = f.Of.Far(f.Known, j.Values, j.Unit, at, f.Item.ID)
	j.Level, j.Odd = Fine, doubt.Verdict == terminology.Unusual
	if (j.Odd || j.Far) && !f.Sure {
		j.Level = Doubtful
	}
	return j
}

// parseWhen reads a moment as hands type it, in the zone of now, and gives it as
// FHIR does: with its offset when a time was typed, else the day. A little after
// now is now: clocks differ.
func parseWhen(typed string, now time.Time) (string, error) {
	s := strings.Join(strings.Fields(strings.NewReplacer("\u00a0", " ", " h ", ":", ",", " ").Replace(strings.ToLower(typed))), " ")
	s = strings.ReplaceAll(s, "h", ":")
	for _, layout := range []string{"2/1/2006 15:4", "2006-1-2 15:4"} {
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			if at.After(now.Add(5*time.Minute)) || at.Year() < 1900 {
				return "", errFuture
			}
			return at.Format(time.RFC3339), nil
		}
	}
	for _, layout := range []string{"2/1/2006", "2006-1-2"} {
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil {
			if at.After(now) || at.Year() < 1900 {
				return "", errFuture
			}
			return at.Format(time.DateOnly), nil
		}
	}
	for _, layout := range []string{"2006-01", "2006"} { // of a measure that was written so
		if at, err := time.ParseInLocation(layout, s, now.Location()); err == nil && !at.After(now) && at.Year() >= 1900 {
			return s, nil
		}
	}
	return "", errWhen
}

// ItemOf makes what is kept of a form that was judged well: the values as they
// were entered, in the unit they were entered in.
func (f Form) ItemOf(j Judgement) client.Item {
	item := f.Item
	item.Resource, item.Status = "Observation", "final"
	if item.ID == "" || item.Code.Code == "" {
		item.Code = fhir.Coding{System: fhir.SystemLOINC, Code: f.Measure.Code, Display: f.Measure.Label}
	}
	item.Text, item.Start, item.Note = f.Measure.Label, j.Start, strings.TrimSpace(f.Note)
	item.Value, item.Unit, item.Parts = "", "", nil
	if len(j.Values) == 1 {
		item.Value, item.Unit = j.Values[0], j.Unit
		return item
	}
	for i, v := range j.Values {
		p := f.Measure.Parts[i]
		item.Parts = append(item.Parts, fhir.Part{Code: fhir.Coding{System: fhir.SystemLOINC, Code: p.Code, Display: p.Label}, Value: v, Unit: j.Unit})
	}
	return item
}
