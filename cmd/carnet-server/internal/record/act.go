package record

import (
	"time"
	"unicode/utf8"

	"carnet/client/fhir"
)

// maxTitle bounds a document's title, in characters: it is one line of a list.
const maxTitle = 255

// early is how far an act may lie ahead: clocks and time zones differ, but no
// report is of tomorrow's act.
const early = 24 * time.Hour

// checkAct checks the title and when the act was.
func (f *filing) checkAct(now time.Time) error {
	if utf8.RuneCountInString(f.view.Attachment.Title) > maxTitle {
		return issue(fhir.Invalid, "content[0].attachment.title", "Le titre dépasse 255 caractères : raccourcissez-le.")
	}
	for _, d := range []struct{ element, value string }{
		{"date", f.view.Date},
		{"content[0].attachment.creation", f.view.Attachment.Creation},
		{"context.period.start", f.view.PeriodStart},
	} {
		if fhir.ParseTime(d.value).After(now.Add(early)) {
			return issue(fhir.Invalid, d.element, "Cette date est dans le futur : vérifiez la date de l'acte.")
		}
	}
	return nil
}
