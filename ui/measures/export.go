package measures

import (
	"bytes"
	"encoding/csv"
	"strings"
	"time"

	"carnet/client/terminology"
	"carnet/client/trend"
	"carnet/ui/choose"
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

// export writes what is on the screen outside Carnet, after a reminder of
// secrecy.
func (p *Page) export() {
	if p.cfg.Saver == nil || p.state.Phase != Shown {
		return
	}
	data := p.state.WriteCSV()
	choose.Save(choose.SaveConfig{
		Scope: p.cfg.Scope, Shell: p.cfg.Shell, Saver: p.cfg.Saver, Type: csvType,
		Title:   lang.L("Exporter les mesures en clair (CSV)"),
		Caution: lang.L("Les mesures affichées, une par ligne. Ce fichier n’est ni chiffré ni tracé par Carnet et reste couvert par le secret professionnel : enregistrez-le sur un support protégé et supprimez-le après usage."),
		Bytes:   func() ([]byte, error) { return data, nil },
		Saved:   func() { p.say(widget.IconDownload, widget.Good, lang.L("Mesures enregistrées, en clair.")) },
	})
}
