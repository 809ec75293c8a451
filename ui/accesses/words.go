package accesses

import (
	"time"

	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// whatWords says what was done, and how often in a row.
func whatWords(r Row) string {
	what := widget.FormatDeed(r.Trace.Kind, r.Trace.Action)
	if r.Times < 2 {
		return what
	}
	return what + " ×" + widget.Nbsp + widget.FormatNumber(r.Times)
}

// kindIcon is the picture beside those words.
func kindIcon(kind string) widget.IconName {
	switch kind {
	case fhir.KindOpen, fhir.KindClose:
		return widget.IconFolder
	case fhir.KindSearch, fhir.KindSearchSets, fhir.KindLookup, fhir.KindPatientQuery, fhir.KindMiss:
		return widget.IconSearch
	case fhir.KindRead, fhir.KindReadMeta:
		return widget.IconDocument
	case fhir.KindCreate, fhir.KindSubmit, fhir.KindReplace:
		return widget.IconUpload
	case fhir.KindPatch:
		return widget.IconEdit
	case fhir.KindUndo:
		return widget.IconUndo
	case fhir.KindConsent:
		return widget.IconConsent
	case fhir.KindDenial:
		return widget.IconRefused
	}
	return widget.IconHistory
}

// periodWords are the options of the choice, in the order of the periods.
func periodWords() []string {
	return []string{lang.L("Aujourd’hui"), lang.L("7 derniers jours"), lang.L("Dernier mois"), lang.L("Dernière année"), lang.L("Depuis toujours")}
}

// dayWords says a heading's day.
func dayWords(day, now time.Time) string {
	today := time.Date(now.Year(), now.Month(), now.Day(), 0, 0, 0, 0, now.Location())
	switch {
	case day.Equal(today):
		return lang.L("Aujourd’hui")
	case day.Equal(today.AddDate(0, 0, -1)):
		return lang.L("Hier")
	}
	return widget.FormatDate(day)
}

// countWords says how many accesses there are and, when not all have come, how
// many have.
func countWords(s *State) string {
	if s.Total == 0 {
		return ""
	}
	all := widget.Plural(s.Total, lang.L("%d accès"), lang.L("%d accès au total"))
	if s.Total == s.Loaded {
		return all
	}
	return all + " · " + widget.Plural(s.Loaded, lang.L("%d chargé"), lang.L("%d chargés"))
}
