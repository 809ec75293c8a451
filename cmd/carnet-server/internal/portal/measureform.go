package portal

import (
	"errors"
	"net/url"
	"slices"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/client/trend"
	"carnet/cmd/carnet-server/internal/record"
)

// measureForm is what the form of a measure asks: first which one, then its
// value, in one of its units.
type measureForm struct {
	Code, Name string // "" while none is chosen
	Measures   []option
	Parts      []partField // of a measure with two values
	Units      []option
	Sure       bool   // an unusual value was typed: one is asked to look again
	Meant      option // what was probably meant, "" none
}

type partField struct{ Field, Label string }

// partFields are the names of the fields of a measure's values.
var partFields = []string{"valeur", "seconde"}

// unusual marks the problem of a value that is kept once one is sure.
const unusual = "sur"

// entered are the measures that one enters.
func entered() []terminology.Measure {
	return slices.DeleteFunc(terminology.Measures(), func(m terminology.Measure) bool { return m.Computed })
}

func enteredBy(code string) (terminology.Measure, bool) {
	for _, m := range entered() {
		if m.Code == code {
			return m, true
		}
	}
	return terminology.Measure{}, false
}

// measureForm fills the form of the measure that was chosen.
func (c *call) measureForm(form url.Values, problems []problem) measureForm {
	m, ok := enteredBy(form.Get("mesure"))
	if !ok {
		var f measureForm
		for _, m := range entered() {
			f.Measures = append(f.Measures, option{Value: m.Code, Label: m.Name(c.lang)})
		}
		return f
	}
	f := measureForm{Code: m.Code, Name: m.Name(c.lang)}
	for i, p := range m.Parts {
		f.Parts = append(f.Parts, partField{partFields[i], firstOf(p.Name(c.lang), c.T("Valeur"))})
	}
	for _, u := range m.Units {
		if slices.ContainsFunc(f.Units, func(o option) bool { return o.Label == u.Name(c.lang) }) {
			continue
		}
		f.Units = append(f.Units, option{Value: u.Code, Label: u.Name(c.lang)})
	}
	f.Sure = form.Has(unusual) || slices.ContainsFunc(problems, func(p problem) bool { return p.Field == unusual })
	if len(problems) > 0 { // of the form that was sent
		if values, unit, wrong := c.typedMeasure(m); wrong == nil {
			if doubt, err := m.Weigh(values, unit); err == nil && doubt.Verdict != terminology.Usual {
				f.Meant, _ = c.meant(m, doubt, typedValues{values, unit})
			}
		}
	}
	return f
}

// chooseMeasure shows the form of a measure once it is chosen.
func (c *call) chooseMeasure(s section) error {
	if _, ok := enteredBy(c.field("mesure")); !ok {
		return c.showItem(s, c.form, []problem{{"mesure", c.T("Choisissez ce que vous avez mesuré.")}})
	}
	form := url.Values{"mesure": {c.field("mesure")}, "date": {c.words().isoDay(c.Now())}}
	return c.showItem(s, form, nil)
}

// openMeasure fills the form with a measure of the record, as it was entered.
func (c *call) openMeasure(it record.ProfileItem, masked string) url.Values {
	item := itemsOf([]record.ProfileItem{it})[0]
	m, part, _ := terminology.MeasureByCode(item.Code.Code)
	form := url.Values{"id": {item.ID}, "version": {item.Version}, "mesure": {m.Code}, "note": {item.Note}, "masque": {masked}}
	at, day := trend.Moment(item.Start, c.Zone)
	form.Set("date", c.words().isoDay(at))
	if !day {
		form.Set("heure", at.In(c.Zone).Format("15:04"))
	}
	for i, v := range trend.Written(item) {
		form.Set(partFields[min(max(i, part), 1)], terminology.SayDecimal(v.Value, c.lang))
		form.Set("unite", v.Unit)
	}
	return form
}

// readMeasure reads a measure with the table that the desktop has: what no living
// person has is refused, what is unusual is asked about once.
func (c *call) readMeasure(it *record.ProfileItem) []problem {
	m, ok := enteredBy(c.field("mesure"))
	if !ok {
		return []problem{{"mesure", c.T("Choisissez ce que vous avez mesuré.")}}
	}
	c.takeMeant(m)
	values, unit, problems := c.typedMeasure(m)
	if problems == nil {
		problems = c.weighMeasure(m, values, unit)
	}
	if problems != nil {
		return problems
	}
	view := fhir.Item{
		Resource: "Observation", Status: "final", Note: it.Note,
		Code: fhir.Coding{System: fhir.SystemLOINC, Code: m.Code, Display: m.Label}, Text: m.Label,
	}
	it.Code, it.Text = view.Code, view.Text
	if len(values) == 1 {
		view.Value, view.Unit = values[0], unit
		it.Value, it.Unit = values[0], unit
	} else {
		for i, v := range values {
			p := m.Parts[i]
			view.Parts = append(view.Parts, fhir.Part{Code: fhir.Coding{System: fhir.SystemLOINC, Code: p.Code, Display: p.Label}, Value: v, Unit: unit})
		}
	}
	it.View = view
	return nil
}

// typedMeasure reads the values of a form, and their unit.
func (c *call) typedMeasure(m terminology.Measure) (values []string, unit string, problems []problem) {
	unit = firstOf(c.field("unite"), m.Units[0].Code)
	for i := range m.Parts {
		one, err := m.ParseMeasure(c.field(partFields[i]))
		switch {
		case i == 0 && err == nil && len(one.Values) == len(m.Parts) && len(m.Parts) > 1: // "130/80" in the first field
			values = one.Values
		case err != nil || len(one.Values) != 1:
			return nil, "", []problem{{partFields[i], c.measureFault(err)}}
		default:
			values = append(values, one.Values[0])
		}
		unit = firstOf(one.Unit, unit)
		if len(values) == len(m.Parts) {
			break
		}
	}
	return values, unit, nil
}

// weighMeasure says what is wrong with values, or odd while one is not sure.
func (c *call) weighMeasure(m terminology.Measure, values []string, unit string) []problem {
	doubt, err := m.Weigh(values, unit)
	said := ""
	if meant, ok := c.meant(m, doubt, typedValues{values, unit}); ok {
		said = " " + c.T("Vouliez-vous dire %s ?", meant.Label)
	}
	switch {
	case err != nil:
		return []problem{{"valeur", c.measureFault(err)}}
	case doubt.Verdict == terminology.Impossible:
		return []problem{{"valeur", c.T("Cette valeur n’est pas possible. Vérifiez le nombre et l’unité.") + said}}
	case doubt.Verdict == terminology.Unusual && !c.form.Has(unusual):
		return []problem{{unusual, c.T("Cette valeur est inhabituelle. Vérifiez le nombre et l’unité ; si elle est juste, cochez la case.") + said}}
	}
	return nil
}

// typedValues are the values of a measure in one unit.
type typedValues struct {
	values []string
	unit   string
}

// meantField is the button of what was probably meant: its value holds the
// numbers, a space, and the unit.
const meantField = "propose"

// meant gives what was probably meant, as a button holds and says it.
func (c *call) meant(m terminology.Measure, doubt terminology.Doubt, typed typedValues) (option, bool) {
	unit := firstOf(doubt.Unit, typed.unit)
	u, ok := m.Unit(unit)
	if !ok || doubt.Meant == nil && doubt.Unit == "" {
		return option{}, false
	}
	values := doubt.Meant
	if values == nil {
		values = typed.values
	}
	spoken := make([]string, len(values))
	for i, v := range values {
		spoken[i] = terminology.SayDecimal(v, c.lang)
	}
	return option{Value: strings.Join(values, "/") + " " + unit, Label: strings.Join(spoken, "/") + "\u00a0" + u.Name(c.lang)}, true
}

// takeMeant takes over what the button of what was meant says. It is read and
// weighed as if it had been typed.
func (c *call) takeMeant(m terminology.Measure) {
	numbers, unit, ok := strings.Cut(c.field(meantField), " ")
	c.form.Del(meantField)
	values := strings.Split(numbers, "/")
	if !ok || len(values) != len(m.Parts) {
		return
	}
	for i, v := range values {
		c.form.Set(partFields[i], v)
	}
	c.form.Set("unite", unit)
}

// measureFault words a fault of what was typed.
func (c *call) measureFault(err error) string {
	switch {
	case errors.Is(err, terminology.ErrMeasureUnit):
		return c.T("Cette unité ne convient pas à cette mesure. Choisissez-en une dans la liste.")
	case errors.Is(err, terminology.ErrMeasureOrder):
		return c.T("Le chiffre du haut est le plus grand. Vérifiez les deux nombres.")
	}
	return c.T("Écrivez un nombre, par exemple 72,5.")
}

// readClock adds the time of day to the date of a measure, and completes what is
// kept of it.
func (c *call) readClock(it *record.ProfileItem) []problem {
	typed := c.field("heure")
	if typed != "" && it.Date != "" {
		at, err := time.ParseInLocation("2006-01-02 15:04", it.Date+" "+typed, c.Zone)
		switch {
		case err != nil:
			return []problem{{"heure", c.T("Cette heure n’est pas lisible : écrivez par exemple 08:30.")}}
		case at.After(c.Now().Add(5 * time.Minute)):
			return []problem{{"heure", c.T("Cette heure est dans le futur.")}}
		}
		it.Date = at.Format(time.RFC3339)
	}
	it.View.Start, it.View.Note = it.Date, it.Note
	return nil
}
