package counter

import (
	"cmp"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// faultWords says why the dispensation cannot leave, and where; at counts from 0.
func faultWords(f fault, at int) string {
	line := map[string]any{"N": at + 1}
	switch f {
	case faultQuantity:
		return lang.L("Ligne {{.N}} : la quantité est un nombre, comme 2 ou 0,5.", line)
	case faultDays:
		return lang.L("Ligne {{.N}} : la durée va de 1 à 366 jours.", line)
	case faultNothing:
		return lang.L("Ajoutez au moins un médicament.")
	}
	return ""
}

// identityOf fills the banner.
func identityOf(s *State, now time.Time) widget.Identity {
	who := s.Patient
	i := widget.Identity{
		Name: choose.FullName(who), BirthName: widget.FormatBirthName(who.BirthName, who.Given, who.Gender), Sex: widget.FormatSex(who.Gender),
		Birth: widget.FormatBirth(who.BirthDate), Age: widget.Age(who.BirthDate, now), City: who.City, Qualified: choose.Qualified(who),
		Quality: lang.L("Identité provisoire : dépôt impossible"),
	}
	if i.Qualified {
		i.INS, i.Quality = widget.FormatINS(who.INS.Value), lang.L("INS qualifiée")
	}
	var names []string
	for _, a := range s.Allergies {
		names = append(names, itemWords(a))
	}
	if len(names) > 0 {
		i.Alerts = lang.L("Allergies : {{.Names}}", map[string]any{"Names": strings.Join(names, ", ")})
	}
	return i
}

// itemWords says what an item is.
func itemWords(i client.Item) string {
	if i.Text != "" {
		return i.Text
	}
	return widget.FormatLabel(i.Code.Display)
}

// allergyWords says to what, and what happened.
func (s *State) allergyWords(i client.Item) string {
	return strings.Trim(itemWords(i)+" · "+i.Reaction+" · "+s.waitWords(i), " ·")
}

// waitWords says that the server has not got an item yet.
func (s *State) waitWords(i client.Item) string {
	if (client.ItemPage{Waiting: s.Waiting}).Waits(i) {
		return lang.L("en attente d’envoi")
	}
	return ""
}

// treatmentUnder says how a treatment is taken, and who wrote it.
func (s *State) treatmentUnder(i client.Item) string {
	who := i.Author.Name
	if i.ByHolder {
		who = lang.L("noté par le patient")
	}
	since := ""
	if i.Start != "" {
		begun := widget.FormatBirth(i.Start)
		if since = lang.L("depuis {{.Date}}", map[string]any{"Date": begun}); len(i.Start) >= len("2006-01-02") {
			since = lang.L("depuis le {{.Day}}", map[string]any{"Day": begun})
		}
	}
	var parts []string
	for _, s := range []string{s.waitWords(i), i.Dosage, since, who} {
		if s != "" {
			parts = append(parts, s)
		}
	}
	return strings.Join(parts, " · ")
}

// titleOf names a document.
func titleOf(d client.Document) string {
	if d.Attachment.Title != "" {
		return widget.FormatLabel(d.Attachment.Title)
	}
	return widget.FormatLabel(d.Type.Display)
}

// underOf says when and by whom.
func underOf(d client.Document, now time.Time) string {
	when := ""
	if at := fhir.ParseTime(d.PeriodStart); !at.IsZero() {
		when = widget.FormatDate(at.In(now.Location()))
	}
	return strings.Trim(when+" · "+d.Author.Name, " ·")
}

// lineWords says one medicine of the dispensation.
func lineWords(l Line) string {
	parts := []string{l.Text}
	if l.Quantity != "" {
		parts = append(parts, strings.TrimSpace(l.Quantity+" "+l.Unit))
	}
	if l.Dosage != "" {
		parts = append(parts, l.Dosage)
	}
	if l.Days != "" {
		parts = append(parts, lang.L("{{.N}} jours", map[string]any{"N": l.Days}))
	}
	if l.Instead != "" {
		parts = append(parts, lang.L("à la place de {{.What}}", map[string]any{"What": l.Instead}))
	}
	return strings.Join(parts, " · ")
}

// doneWords say on which day an examination was done, and what tells so.
func doneWords(w advice.Warning) string {
	day := w.Date
	if at, err := time.Parse(time.DateOnly, w.Date); err == nil {
		day = widget.FormatDate(at)
	}
	return strings.Trim(day+" · "+cmp.Or(w.A.Written, w.B.Written), " ·")
}

func monthsWords(n int) string { return widget.Plural(n, lang.L("%d mois"), lang.L("%d mois")) }
