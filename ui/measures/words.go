package measures

import (
	"errors"
	"slices"
	"strings"
	"time"

	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// periodWords are the options of the choice, in the order of the periods.
func periodWords() []string {
	return []string{lang.L("3 mois"), lang.L("1 an"), lang.L("5 ans"), lang.L("Depuis toujours")}
}

// whenWords says the moment of a row, as exactly as it is known.
func whenWords(r Row) string {
	switch {
	case r.At.IsZero():
		return lang.L("date inconnue")
	case !r.Day:
		return widget.FormatDateTime(r.At)
	case r.Item.Start != "" && len(r.Item.Start) < len("2006-01-02"):
		return widget.FormatBirth(r.Item.Start)
	}
	return widget.FormatDate(r.At)
}

// valueWords says the value of a row.
func valueWords(r Row) string { return r.Say(choose.Language()) }

// whoWords says who wrote a row.
func whoWords(r Row) string {
	switch {
	case r.Computed:
		return lang.L("calculé")
	case r.Item.ByHolder:
		return lang.L("le patient")
	case r.Own:
		return lang.L("vous")
	case r.Item.Author.Name == "":
		return r.Item.Author.OrgName
	case r.Item.Author.OrgName != "" && r.Item.Author.OrgName != r.Item.Author.Name:
		return r.Item.Author.Name + ", " + r.Item.Author.OrgName
	}
	return r.Item.Author.Name
}

// remarkWords says what must be known of a row: converted, computed, not drawn,
// what somebody noted.
func remarkWords(r Row) string {
	var parts []string
	switch {
	case r.Computed:
		parts = append(parts, lang.L("calculé de {{.Of}} (taille du {{.Day}})", map[string]any{"Of": r.Of, "Day": widget.FormatDate(r.Height)}))
	case r.Reading.Converted:
		said := lang.L("converti ; saisi : {{.Value}}", map[string]any{"Value": r.Reading.Entered})
		parts = append(parts, said)
	case !r.Drawn:
		parts = append(parts, lang.L("absent de la courbe : autre unité"))
	}
	if r.Waits {
		parts = append(parts, lang.L("en attente d’envoi"))
	}
	if r.Item.Source != "" {
		parts = append(parts, lang.L("d’après un document"))
	}
	if r.Item.Masked {
		parts = append(parts, lang.L("masqué"))
	}
	if r.Item.Note != "" {
		parts = append(parts, r.Item.Note)
	}
	return strings.Join(parts, " · ")
}

// pointWords says a row above the curve.
func pointWords(r Row) string {
	parts := []string{valueWords(r), whenWords(r), whoWords(r), remarkWords(r)}
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), " · ")
}

// lastWords says the newest of a kind, for the list of kinds.
func lastWords(k Kind, now time.Time) string {
	if len(k.Rows) == 0 {
		return lang.L("aucune mesure")
	}
	if k.Last().At.IsZero() {
		return valueWords(k.Last())
	}
	return valueWords(k.Last()) + " · " + widget.FormatDay(k.Last().At, now)
}

// countWords says how many measures there are on the screen, and in all.
func countWords(s *State) string {
	all := len(s.Kind().Rows)
	if all == 0 || s.Phase != Shown && s.Phase != NoneThen {
		return ""
	}
	said := widget.Plural(len(s.Rows), lang.L("%d mesure"), lang.L("%d mesures"))
	if len(s.Rows) < all {
		said += " " + lang.L("sur {{.All}}", map[string]any{"All": widget.FormatNumber(all)})
	}
	return said
}

// bandWords says whose reference the curve shows.
func bandWords(m terminology.Measure) string {
	for _, p := range m.Parts {
		if p.Band != nil {
			return lang.L("Un repère, pas un diagnostic. {{.Source}}.", map[string]any{"Source": p.Band.Who(choose.Language())})
		}
	}
	return ""
}

// faultWords says what is wrong with a form, and what to do.
func faultWords(err error) string {
	switch {
	case errors.Is(err, terminology.ErrMeasureForm):
		return lang.L("Ce n’est pas un nombre. Écrivez par exemple 72,5.")
	case errors.Is(err, terminology.ErrMeasureUnit):
		return lang.L("Cette unité ne convient pas à cette mesure. Choisissez-en une dans la liste.")
	case errors.Is(err, terminology.ErrMeasureImpossible):
		return lang.L("Cette valeur n’est pas possible. Vérifiez le nombre et l’unité.")
	case errors.Is(err, terminology.ErrMeasureParts):
		return lang.L("Il faut les deux chiffres pour la tension, un seul sinon. Écrivez par exemple 130/80.")
	case errors.Is(err, terminology.ErrMeasureOrder):
		return lang.L("Le premier chiffre est le plus haut. Vérifiez les deux nombres.")
	case errors.Is(err, errFuture):
		return lang.L("Cette date n’est pas encore venue. Vérifiez-la.")
	}
	return lang.L("Cette date n’est pas lisible. Écrivez par exemple 22/11/2026 8:30.")
}

// meantWords offers what was probably meant.
func meantWords(f Form, j Judgement) string {
	m := f.Measure
	switch {
	case j.Meant != nil:
		u, _ := m.Unit(j.Unit)
		return strings.Join(j.Meant, "/") + widget.Nbsp + u.Name(choose.Language())
	case j.Other != "":
		u, _ := m.Unit(j.Other)
		said := make([]string, len(j.Values))
		for i, v := range j.Values {
			said[i] = terminology.SayDecimal(v, choose.Language())
		}
		return strings.Join(said, "/") + widget.Nbsp + u.Name(choose.Language())
	}
	return ""
}
