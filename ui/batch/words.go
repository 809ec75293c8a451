package batch

import (
	"strings"
	"time"

	engine "carnet/client/batch"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// saying is an icon, a word and a colour; each alone would do.
type saying struct {
	icon widget.IconName
	tone widget.Tone
	word string
}

// filterWords are the words of the filters, in their order.
func filterWords() [filters]saying {
	return [filters]saying{
		All:      {widget.IconFolder, widget.Secondary, lang.L("Tous")},
		ToRead:   {widget.IconClock, widget.Secondary, lang.L("À lire")},
		ToFix:    {widget.IconWarning, widget.Attention, lang.L("À corriger")},
		Ready:    {widget.IconCheck, widget.Primary, lang.L("Prêts")},
		Going:    {widget.IconUpload, widget.Primary, lang.L("En cours")},
		Sent:     {widget.IconOK, widget.Good, lang.L("Envoyés")},
		NoRecord: {widget.IconArchive, widget.Secondary, lang.L("Sans dossier")},
		Refused:  {widget.IconRefused, widget.Danger, lang.L("Refusés")},
		Removed:  {widget.IconDelete, widget.Secondary, lang.L("Retirés")},
	}
}

// stateOf says where a file stands; now is for times of day.
func stateOf(r engine.Row, now time.Time) saying {
	switch r.State {
	case engine.Found:
		return saying{widget.IconClock, widget.Secondary, lang.L("à lire")}
	case engine.Reading:
		return saying{widget.IconSearch, widget.Secondary, lang.L("lecture…")}
	case engine.Fix:
		return saying{widget.IconWarning, widget.Attention, fixWords(r)}
	case engine.Ready:
		return saying{widget.IconCheck, widget.Primary, lang.L("prêt")}
	case engine.Queued:
		return saying{widget.IconClock, widget.Secondary, lang.L("en file d’envoi")}
	case engine.Sending:
		return saying{widget.IconUpload, widget.Primary, lang.L("envoi en cours")}
	case engine.Waiting:
		return saying{widget.IconRefresh, widget.Attention, lang.L("en attente, nouvel essai prévu")}
	}
	return finalOf(r, now)
}

// finalOf says how a file ended.
func finalOf(r engine.Row, now time.Time) saying {
	switch r.State {
	case engine.Sent:
		return saying{widget.IconOK, widget.Good, doneAt(lang.L("envoyé"), r.Done, now)}
	case engine.Already:
		return saying{widget.IconOK, widget.Good, lang.L("déjà au dossier")}
	case engine.NoRecord:
		return saying{widget.IconArchive, widget.Secondary, lang.L("pas de dossier : rien à envoyer")}
	case engine.Refused:
		return saying{widget.IconRefused, widget.Danger, lang.L("refusé")}
	case engine.Removed:
		return saying{widget.IconDelete, widget.Secondary, lang.L("retiré du lot")}
	}
	return saying{widget.IconInfo, widget.Secondary, string(r.State)}
}

// doneAt adds the time to a word: the hour of today, else the day.
func doneAt(word string, at, now time.Time) string {
	if at.IsZero() {
		return word
	}
	at = at.In(now.Location())
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return word + " " + widget.FormatTime(at)
	}
	return word + " " + widget.FormatDay(at, now)
}

// fixWords says in a few words what a person has to answer.
func fixWords(r engine.Row) string {
	if len(r.Problems) == 0 {
		return lang.L("à corriger")
	}
	word := problemWord(r.Problems[0])
	if n := len(r.Problems) - 1; n > 0 {
		word += " +" + widget.FormatNumber(n)
	}
	return word
}

// problemWord is a problem in two or three words, for a line of the list. The sentence
// that ends in what to do is the engine's.
func problemWord(p engine.Problem) string {
	switch p {
	case engine.NoIdentity:
		return lang.L("patient à trouver")
	case engine.UnknownPatient:
		return lang.L("patient inconnu")
	case engine.Mismatch:
		return lang.L("autre identité lue")
	case engine.Unsure:
		return lang.L("identité à confirmer")
	case engine.Several:
		return lang.L("plusieurs patients cités")
	case engine.Unqualified:
		return lang.L("INS non qualifiée")
	case engine.NoType:
		return lang.L("type à choisir")
	case engine.BadType:
		return lang.L("type inconnu")
	case engine.NoDate:
		return lang.L("date à donner")
	case engine.BadDate:
		return lang.L("date à corriger")
	case engine.BadINS:
		return lang.L("INS du manifeste fausse")
	}
	return fileWord(p)
}

// fileWord is problemWord for what is wrong with the file or its sending.
func fileWord(p engine.Problem) string {
	switch p {
	case engine.Missing:
		return lang.L("fichier absent")
	case engine.Unreadable:
		return lang.L("fichier illisible")
	case engine.Changed:
		return lang.L("modifié pendant la lecture")
	case engine.Twice:
		return lang.L("en double dans le lot")
	case engine.Conflict:
		return lang.L("choix à faire")
	case engine.Offline:
		return lang.L("serveur injoignable")
	case engine.Ambiguous:
		return lang.L("deux lignes du manifeste")
	case engine.Outside:
		return lang.L("hors du dossier du manifeste")
	case engine.NoOriginal:
		return lang.L("original pas encore envoyé")
	}
	return lang.L("à corriger")
}

// verdictOf says what the check of the file found.
func verdictOf(r engine.Row) saying {
	switch r.Verdict {
	case pdfcheck.Good:
		return saying{widget.IconOK, widget.Good, lang.L("lisible")}
	case pdfcheck.Remarks:
		return saying{widget.IconInfo, widget.Attention, lang.L("remarques")}
	case pdfcheck.Refused:
		return saying{widget.IconRefused, widget.Danger, lang.L("refusé")}
	}
	return saying{}
}

// patientOf says whose a file is, and how sure that is.
func patientOf(r engine.Row) saying {
	if r.Patient == nil {
		switch {
		case r.State == engine.Found || r.State == engine.Reading:
			return saying{}
		case r.State.Final():
			return saying{widget.IconNone, widget.Secondary, "–"}
		}
		return saying{widget.IconSearch, widget.Attention, lang.L("à trouver")}
	}
	s := saying{widget.IconOK, widget.Good, choose.Name(*r.Patient)}
	switch {
	case has(r, engine.Mismatch), has(r, engine.Several):
		s.icon, s.tone = widget.IconWarning, widget.Danger
	case has(r, engine.Unsure), has(r, engine.Unqualified), has(r, engine.UnknownPatient):
		s.icon, s.tone = widget.IconInfo, widget.Attention
	}
	return s
}

// typeOf writes the type for a narrow column.
func typeOf(r engine.Row) string {
	t, ok := terminology.TypeByCode(r.Type.Code)
	switch {
	case !ok:
		return ""
	case choose.Language() == "en":
		return t.LabelEN
	}
	return widget.FormatLabel(t.Short)
}

// progressOf says how far the lot is.
func progressOf(p Progress, away bool) saying {
	of := map[string]any{"Done": widget.FormatNumber(p.Done), "Total": widget.FormatNumber(p.Total)}
	parts := []string{}
	s := saying{widget.IconUpload, widget.Ink, ""}
	switch p.Work {
	case InSends:
		parts = append(parts, lang.L("Envoi : {{.Done}} sur {{.Total}}", of))
	case InFiles:
		s.icon = widget.IconSearch
		parts = append(parts, lang.L("Lecture : {{.Done}} sur {{.Total}}", of))
	}
	switch {
	case p.Paused:
		s.icon, s.tone = widget.IconClock, widget.Attention
		parts = append(parts, lang.L("en pause"))
	case away && p.Work != AtRest:
		s.icon, s.tone = widget.IconOffline, widget.Attention
		parts = append(parts, lang.L("hors ligne : reprise automatique"))
	}
	if p.Rate > 0 {
		parts = append(parts, rateWords(p.Rate))
	}
	if p.Left > 0 {
		parts = append(parts, lang.L("encore {{.Left}}", map[string]any{"Left": leftWords(p.Left)}))
	}
	if p.Arrived && len(parts) == 0 {
		return saying{widget.IconOK, widget.Good, lang.L("Tout ce qui était prêt est arrivé.")}
	}
	s.word = strings.Join(parts, " · ")
	return s
}

// rateWords says how fast, with a figure that means something.
func rateWords(rate float64) string {
	if rate < 1 {
		return lang.L("{{.N}} fichiers par minute", map[string]any{"N": widget.FormatNumber(int(rate*60 + 0.5))})
	}
	return lang.L("{{.N}} fichiers par seconde", map[string]any{"N": widget.FormatNumber(int(rate + 0.5))})
}

// leftWords says a duration as one waits for it.
func leftWords(d time.Duration) string {
	switch {
	case d < time.Minute:
		return widget.Plural(max(int(d.Round(time.Second).Seconds()), 1), lang.L("%d seconde"), lang.L("%d secondes"))
	case d < time.Hour:
		return widget.Plural(int(d.Round(time.Minute).Minutes()), lang.L("%d minute"), lang.L("%d minutes"))
	}
	hours := int(d.Hours())
	text := widget.Plural(hours, lang.L("%d heure"), lang.L("%d heures"))
	if minutes := int(d.Minutes()) - 60*hours; minutes > 0 {
		text += " " + widget.Plural(minutes, lang.L("%d minute"), lang.L("%d minutes"))
	}
	return text
}

// nothingReady says why there is nothing to send.
func nothingReady(s *State) string {
	switch {
	case len(s.Marks) > 0:
		return lang.L("Aucun des fichiers cochés n’est prêt.")
	case s.Count(ToFix) > 0:
		return widget.Plural(s.Count(ToFix), lang.L("Rien n’est prêt : %d fichier attend une correction."), lang.L("Rien n’est prêt : %d fichiers attendent une correction."))
	case s.Count(ToRead) > 0:
		return lang.L("Rien n’est prêt encore : les fichiers sont en cours de lecture.")
	}
	return lang.L("Rien n’est prêt : ajoutez des fichiers d’abord.")
}

// sendWords are those of the main button.
func sendWords(n int, marked bool) string {
	switch {
	case n == 0:
		return lang.L("Envoyer")
	case marked:
		return widget.Plural(n, lang.L("Envoyer le fichier coché"), lang.L("Envoyer les %d cochés"))
	}
	return widget.Plural(n, lang.L("Envoyer le fichier prêt"), lang.L("Envoyer les %d prêts"))
}

// marksWords says how many rows are marked.
func marksWords(n int) string {
	if n == 0 {
		return ""
	}
	return widget.Plural(n, lang.L("%d coché"), lang.L("%d cochés"))
}
