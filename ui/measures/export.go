package measures

import (
	"bytes"
	"context"
	"encoding/csv"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/client/trend"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// csvType is the media type of what is exported.
const csvType = "text/csv"

// WriteCSV writes the rows on the screen, the oldest first, for a spreadsheet of
// the language: values as they were entered, with their unit, and what the curve
// shows. A cell that a spreadsheet would compute is defused.
func (s *State) WriteCSV() []byte {
	var out bytes.Buffer
	out.WriteString("\ufeff") // spreadsheets read UTF-8 by it
	w := csv.NewWriter(&out)
	w.Comma, w.UseCRLF = ';', true
	k := s.Kind()
	write := func(cells ...string) {
		for i, c := range cells {
			if strings.HasPrefix(strings.TrimSpace(c), "=") || strings.ContainsAny(firstOf(c), "+-@\t") {
				cells[i] = "'" + c
			}
		}
		_ = w.Write(cells) // into memory
	}
	write(lang.L("date"), lang.L("mesure"), lang.L("valeur saisie"), lang.L("unité"), lang.L("valeur sur la courbe"), lang.L("saisie par"), lang.L("remarque"))
	for i := len(s.Rows) - 1; i >= 0; i-- {
		r := s.Rows[i]
		value, unit := enteredCells(r, k.Measure)
		shown := ""
		if r.Drawn {
			shown = strings.ReplaceAll(r.Reading.Say(choose.Language()), widget.Nbsp, " ")
		}
		write(dateCell(r), k.Name(choose.Language()), value, unit, shown, whoWords(r), strings.ReplaceAll(remarkWords(r), widget.Nbsp, " "))
	}
	w.Flush()
	return out.Bytes()
}

func firstOf(s string) string {
	for _, r := range s {
		return string(r)
	}
	return ""
}

// dateCell writes a moment as exactly as it is known.
func dateCell(r Row) string {
	switch {
	case r.At.IsZero() || r.Day && r.Item.Start != "":
		return r.Item.Start
	case r.Day:
		return r.At.Format(time.DateOnly)
	}
	return r.At.Format("2006-01-02 15:04")
}

// enteredCells gives the value as it was entered, and its unit.
func enteredCells(r Row, m terminology.Measure) (value, unit string) {
	if r.Computed {
		return "", m.Units[0].Name(choose.Language())
	}
	var values []string
	for _, v := range trend.Written(r.Item) {
		values = append(values, strings.ReplaceAll(terminology.SayDecimal(v.Value, choose.Language()), widget.Nbsp, ""))
		unit = v.Unit
		if u, ok := m.Unit(v.Unit); ok {
			unit = u.Name(choose.Language())
		}
	}
	return strings.Join(values, "/"), unit
}

// exportSheet asks where the copy goes; it stays until it is written.
type exportSheet struct {
	*widget.Sheet
	page    *Page
	path    *widget.Entry
	message *widget.Paragraph
	writing bool
}

// export writes what is on the screen outside Carnet, after a reminder of
// secrecy.
func (p *Page) export() {
	if p.cfg.Saver == nil || p.state.Phase != Shown {
		return
	}
	s := &exportSheet{page: p, path: widget.NewEntry(""), message: widget.NewParagraph("", widget.Style{Tone: widget.Danger})}
	s.path.SetText(p.cfg.Saver.Suggest(csvType))
	s.message.Hide()
	s.Sheet = &widget.Sheet{
		Title: lang.L("Exporter les mesures en clair (CSV)"), Width: 640, First: s.path, Return: s.write,
		Content: widget.Column(
			widget.Gap,
			widget.NewParagraph(lang.L("Les mesures affichées, une par ligne. Ce fichier n’est ni chiffré ni tracé par Carnet et reste couvert par le secret professionnel : enregistrez-le sur un support protégé et supprimez-le après usage."), widget.Style{}),
			widget.Labelled(lang.L("Fichier"), s.path), s.message,
		),
		Actions: []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }),
			widget.NewButton(widget.Main, widget.IconDownload, lang.L("Enregistrer"), s.write),
		},
	}
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// write writes the copy; what goes wrong is said beside the path.
func (s *exportSheet) write() {
	if s.writing {
		return
	}
	s.writing = true
	to, data := strings.TrimSpace(s.path.Text), s.page.state.WriteCSV()
	task.Run(s.page.cfg.Scope, func(ctx context.Context) (struct{}, error) {
		return struct{}{}, s.page.cfg.Saver.Save(ctx, to, client.Content{Type: csvType, Bytes: data})
	}, func(_ struct{}, err error) {
		s.writing = false
		if err != nil {
			s.message.Set(notWritten(err))
			s.message.Show()
			s.page.cfg.Shell.Focus(s.path)
			return
		}
		s.Close()
		s.page.say(widget.IconDownload, widget.Good, lang.L("Mesures enregistrées, en clair."))
	})
}

// notWritten words why nothing was written.
func notWritten(err error) string {
	switch fhir.CodeOf(err) {
	case fhir.StateConflict:
		return lang.L("Un fichier porte déjà ce nom : il n’a pas été touché. Choisissez-en un autre.")
	case fhir.Invalid:
		return lang.L("Rien ne peut être écrit à cet endroit. Choisissez un dossier qui existe et où vous pouvez écrire.")
	}
	return lang.L("Le fichier n’a pas pu être écrit. Vérifiez la place qui reste sur le disque, puis recommencez.")
}
