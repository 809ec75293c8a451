package messages

import (
	"slices"
	"strings"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Template is a ready-made message with fields in it.
type Template struct{ Title, Subject, Text string }

// The marks around a field that the person fills in: they are typed by nobody, and
// a message in which one is left does not leave.
const (
	fieldOpen  = "‹"
	fieldClose = "›"
)

func openField(s string) bool {
	return strings.Contains(s, fieldOpen) || strings.Contains(s, fieldClose)
}

// Filling is what the page knows for the fields.
type Filling struct {
	Me  string
	Now time.Time
}

// templates gives the ready-made messages in the language of the screen, with what
// is known filled in. None says anything that is not true of any patient.
func templates(f Filling) []Template {
	sign := "\n\n" + f.Me
	today := widget.FormatDate(f.Now)
	field := func(s string) string { return fieldOpen + s + fieldClose }
	exam, date, word := field(lang.L("examen")), field(lang.L("date")), field(lang.L("précision"))
	return []Template{
		{
			lang.L("Résultats normaux"), lang.L("Vos résultats"),
			lang.L("Bonjour,\n\nVos résultats ({{.Exam}} du {{.Date}}) sont normaux. Il n’y a rien à changer à votre traitement.", map[string]any{"Exam": exam, "Date": date}) + sign,
		},
		{
			lang.L("Résultats à revoir ensemble"), lang.L("Vos résultats"),
			lang.L("Bonjour,\n\nJ’ai reçu vos résultats ({{.Exam}} du {{.Date}}). J’aimerais les revoir avec vous : prenez rendez-vous dans les {{.When}}.", map[string]any{"Exam": exam, "Date": date, "When": field(lang.L("délai"))}) + sign,
		},
		{
			lang.L("Document à lire"), lang.L("Un document dans votre dossier"),
			lang.L("Bonjour,\n\nJ’ai déposé le {{.Today}} un document dans votre dossier : {{.What}}.", map[string]any{"Today": today, "What": word}) + sign,
		},
		{
			lang.L("Ordonnance prête"), lang.L("Votre ordonnance"),
			lang.L("Bonjour,\n\nVotre ordonnance est prête depuis le {{.Today}}. {{.What}}", map[string]any{"Today": today, "What": word}) + sign,
		},
		{
			lang.L("Rappel de contrôle"), lang.L("Un contrôle à prévoir"),
			lang.L("Bonjour,\n\nIl est temps de prévoir : {{.What}}. Prenez rendez-vous quand vous le pouvez.", map[string]any{"What": word}) + sign,
		},
	}
}

// place puts a template into a draft: over nothing, else after what is there.
func (d Draft) place(t Template, first bool) Draft {
	text := strings.TrimRight(d.Text, " \n")
	if text != "" {
		text += "\n\n"
	}
	d.Text = text + t.Text
	if first && strings.TrimSpace(d.Subject) == "" {
		d.Subject = t.Subject
	}
	return d
}

// nextField gives where the first field that is left open begins and ends, in
// characters; false for none.
func nextField(s string) (from, to int, ok bool) {
	runes := []rune(s)
	from = slices.Index(runes, []rune(fieldOpen)[0])
	if from < 0 {
		return 0, 0, false
	}
	length := slices.Index(runes[from:], []rune(fieldClose)[0])
	if length < 0 {
		return from, from + 1, true
	}
	return from, from + length + 1, true
}
