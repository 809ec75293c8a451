package batch

import (
	"context"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
)

// Two people of one name and birth date are told apart by their INS alone. Who is
// one of them is known by the rows of the batch, and by the patients of whoever
// sends, where they have any.

// bearer is who has a name and a birth date.
type bearer struct {
	patient string // the first who was met
	several bool
}

// bearing is a name and a birth date; "" where one is missing.
func bearing(p *client.Patient) string {
	given := p.FirstGiven
	if given == "" && len(p.Given) > 0 {
		given = p.Given[0]
	}
	if p.BirthName == "" || given == "" || p.BirthDate == "" {
		return ""
	}
	return strings.Join([]string{terminology.Fold(p.BirthName), terminology.Fold(given), p.BirthDate}, "\x00")
}

// meet notes for whom an entry is, and tells whether somebody else bears the same
// name and birth date. The rows of the first are judged again when the second
// comes. The caller holds mu.
func (e *Engine) meet(x *entry, p *client.Patient) bool {
	key := bearing(p)
	if key == "" {
		return false
	}
	b, ok := e.bearers[key]
	if !ok {
		e.bearers[key] = bearer{patient: p.ID}
		return false
	}
	if b.patient == p.ID || b.several {
		return b.several
	}
	b.several = true
	e.bearers[key] = b
	for _, y := range e.order {
		if y == x || y.Namesake || y.row.Patient == nil || y.inOutbox() || y.row.State.Final() || bearing(y.row.Patient) != key {
			continue
		}
		y.Namesake = true
		if y.row.State == Ready || y.row.State == Fix {
			e.judgeAgain(y)
		}
	}
	return true
}

// compare compares a text with a patient. Where it has no INS and the server did
// not say by itself that nobody else is so named, the sender's patients are asked.
func (e *Engine) compare(ctx context.Context, a asking, p *client.Patient, from Source) (c pdfcheck.Comparison, namesake bool) {
	id := identity(p)
	e.mu.Lock()
	id.Namesake = e.bearers[bearing(p)].several
	e.mu.Unlock()
	c = a.text.Compare(id)
	if c.Outcome == pdfcheck.Match && c.INS == pdfcheck.Absent && from != ByTraits && e.namesakes(ctx, p) {
		id.Namesake = true
		c = a.text.Compare(id)
	}
	return c, id.Namesake
}

// panelPage is how many of one's own patients are looked at for one name.
const panelPage = 20

// namesakes asks whether another of the sender's own patients bears the same name
// and birth date. Who has no patients of their own, as a laboratory, is asked once;
// no answer says nothing.
func (e *Engine) namesakes(ctx context.Context, p *client.Patient) bool {
	key := bearing(p)
	e.mu.Lock()
	known, asked := e.panel[key]
	none := e.noPanel || key == ""
	e.mu.Unlock()
	if none || asked || !e.mayAsk() {
		return known
	}
	page, err := e.c.Finder.MyPatients(ctx, client.PatientQuery{Text: p.BirthName + " " + p.BirthDate, Limit: panelPage})
	e.mu.Lock()
	defer e.mu.Unlock()
	switch fhir.CodeOf(err) {
	case "":
	case fhir.Forbidden, fhir.NotAllowed:
		e.noPanel = true
		return false
	default:
		return false
	}
	for i := range page.Patients {
		known = known || page.Patients[i].ID != p.ID && bearing(&page.Patients[i]) == key
	}
	e.panel[key] = known
	return known
}
