package counter

import (
	"context"
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// injection is the form of a vaccination.
type injection struct {
	*widget.Sheet
	page    *Page
	key     string // of idempotency: each try is the same injection
	vaccine fhir.Coding
	picker  *widget.Picker
	rows    []fhir.Coding // that are shown
	chosen  *widget.Text
	day     *widget.Entry
	lot     *widget.Entry
	dose    *widget.Entry
	site    *widget.Entry
	said    *widget.Paragraph
}

// vaccinate opens the form of a vaccination.
func (p *Page) vaccinate() {
	if p.state.Phase != Served {
		return
	}
	v := &injection{
		page: p, key: p.cfg.NewID(), picker: widget.NewPicker(lang.L("Rechercher un vaccin"), 170),
		chosen: widget.NewText("", widget.Style{Bold: true, Truncate: true}),
		day:    widget.NewEntry(lang.L("jj/mm/aaaa")), lot: widget.NewEntry(lang.L("tel qu’imprimé sur la boîte")),
		dose: widget.NewEntry("1"), site: widget.NewEntry(lang.L("par exemple : bras gauche")),
		said: widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	v.day.SetText(widget.FormatTypedDate(p.now()))
	v.picker.OnTyped, v.picker.OnTake, v.picker.OnLeave = v.typed, v.take, func() { v.Close() }
	yes := widget.NewButton(widget.Main, widget.IconVaccine, lang.L("Enregistrer la vaccination"), v.save).WithCaption(widget.Ctrl(fyne.KeyReturn))
	no := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { v.Close() })
	v.Sheet = &widget.Sheet{
		Title: lang.L("Vaccination"), Width: 640, First: v.picker.Entry, Chord: v.save, Actions: []*widget.Button{no, yes},
		Content: widget.Column(
			widget.Gap, v.chosen, v.picker.Box,
			widget.Row(widget.GapWide, widget.Width(150, widget.Labelled(lang.L("Date de l’injection"), v.day)), widget.Width(220, widget.Labelled(lang.L("Numéro de lot"), v.lot)), widget.Width(90, widget.Labelled(lang.L("Dose n°"), v.dose))),
			widget.Labelled(lang.L("Site d’injection"), v.site), v.said, p.dueView(),
		),
	}
	v.picker.Open()
	p.cfg.Shell.OpenSheet(v.Sheet)
}

// dueView lists what the calendar expects, said to be an aid.
func (p *Page) dueView() fyne.CanvasObject {
	language := choose.Language()
	all, _ := p.cfg.Calendar.Due(p.state.Patient.BirthDate, p.state.Injections, p.now())
	var lines []fyne.CanvasObject
	for _, d := range all {
		if d.State == advice.DueDone || len(lines) == 6 {
			continue
		}
		lines = append(lines, widget.NewText(d.Label(language)+" · "+d.State.Label(language), widget.Style{Truncate: true}))
	}
	lines = append(lines, widget.NewParagraph(advice.CalendarLimits(p.cfg.Calendar.Edition, language), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}))
	return widget.Column(2, lines...)
}

func (v *injection) typed(text string) {
	words := strings.Fields(terminology.Fold(text))
	v.rows = nil
	var rows []widget.PickRow
next:
	for _, c := range vaccines(choose.Language()) {
		in := terminology.Fold(c.Display + " " + c.Code)
		for _, w := range words {
			if !strings.Contains(in, w) {
				continue next
			}
		}
		v.rows = append(v.rows, c)
		rows = append(rows, widget.PickRow{Icon: widget.IconVaccine, Tone: widget.Secondary, Label: widget.FormatLabel(c.Display), Detail: c.Code})
	}
	v.picker.SetRows(rows)
}

// vaccines are those of the calendar, by the names that people use, and then the
// others of the national list.
func vaccines(language string) []fhir.Coding {
	all := advice.VaccineChoices(language)
	for _, c := range terminology.Vaccines() {
		if !slices.ContainsFunc(all, func(known fhir.Coding) bool { return known.Code == c.Code }) {
			all = append(all, fhir.Coding{System: c.System, Code: c.Code, Display: c.Label})
		}
	}
	return all
}

func (v *injection) take(at int) {
	v.vaccine = v.rows[at]
	v.chosen.Set(widget.FormatLabel(v.vaccine.Display))
	v.picker.Shut()
	v.page.cfg.Shell.Focus(v.lot)
}

// item makes the Immunization of the form; why says what is wrong with it.
func (v *injection) item() (i client.Item, why string) {
	now := v.page.now()
	day, readable := choose.ParseDay(v.day.Text, now.Location())
	dose, err := strconv.Atoi(strings.TrimSpace(v.dose.Text))
	switch {
	case v.vaccine.Code == "":
		return i, lang.L("Choisissez le vaccin.")
	case !readable || !choose.Past(day, now):
		return i, lang.L("La date de l’injection ne se lit pas, ou elle est à venir : écrivez-la comme 21/11/2026.")
	case strings.TrimSpace(v.dose.Text) != "" && (err != nil || dose < 1 || dose > 20):
		return i, lang.L("Le numéro de dose va de 1 à 20 ; laissez vide si vous ne le connaissez pas.")
	case strings.TrimSpace(v.lot.Text) == "" && sameDay(day, now):
		return i, lang.L("Le numéro de lot est sur la boîte : il est indispensable pour une injection du jour.")
	}
	i = client.Item{
		Resource: "Immunization", Status: "completed", Code: v.vaccine,
		Text: widget.FormatLabel(v.vaccine.Display), Start: day.Format(time.DateOnly), Lot: strings.TrimSpace(v.lot.Text), Dose: dose,
	}
	if site := strings.TrimSpace(v.site.Text); site != "" {
		i.Note = lang.L("Site : {{.Site}}", map[string]any{"Site": site})
	}
	return i, ""
}

func sameDay(a, b time.Time) bool {
	y, m, d := b.Date()
	return a.Year() == y && a.Month() == m && a.Day() == d
}

// save records the injection.
func (v *injection) save() {
	i, why := v.item()
	if why != "" {
		v.said.Set(why)
		return
	}
	p := v.page
	a := p.state.Access
	v.Close()
	task.Run(p.cfg.Scope, func(ctx context.Context) (client.Item, error) {
		return p.cfg.Profiles.KeepItem(ctx, a, v.key, i)
	}, func(_ client.Item, err error) {
		if err != nil && !queued(err) {
			p.cfg.Shell.Present(err, func() { v.again() })
			return
		}
		text := lang.L("Vaccination enregistrée dans le dossier.")
		if queued(err) {
			text = lang.L("Vaccination gardée sur ce poste : elle partira dès que le serveur répondra.")
		}
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconVaccine, Text: text})
		p.load()
	})
}

// again shows the form again, as it was filled in.
func (v *injection) again() { v.page.cfg.Shell.OpenSheet(v.Sheet) }
