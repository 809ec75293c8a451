package batch

import (
	"strings"
	"time"

	engine "carnet/client/batch"
	"carnet/client/pdfcheck"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// statements are the sentences there are to say of a row, the ones to act on first.
func statements(r engine.Row, explain func(error) widget.Problem) []string {
	var out []string
	for _, p := range r.Problems {
		out = append(out, p.Message(choose.Language()))
	}
	if err := reason(r); err != nil {
		p := explain(err)
		text := strings.TrimSpace(p.Title + " " + p.Next)
		if p.Reference != "" {
			text += " " + lang.L("Référence à citer : {{.Reference}}", map[string]any{"Reference": p.Reference})
		}
		out = append(out, text)
	}
	switch r.State {
	case engine.NoRecord:
		out = append(out, lang.L("Cette personne n’a pas de dossier ouvert : c’est son choix. Remettez-lui le document, ou à son médecin."))
	case engine.Already:
		out = append(out, lang.L("Le dossier avait déjà ce document, à l’octet près : rien n’a été ajouté."))
	case engine.Waiting:
		out = append(out, lang.L("L’envoi sera repris de lui-même ; rien n’est perdu."))
	}
	for _, f := range r.Findings {
		out = append(out, f.Message(choose.Language()))
	}
	return out
}

// factsOf says what file it is.
func factsOf(f *Form) string {
	parts := []string{}
	if f.Row.Size >= 0 {
		parts = append(parts, widget.FormatSize(f.Row.Size))
	}
	if f.Row.Line > 0 {
		parts = append(parts, lang.L("ligne {{.N}} du manifeste", map[string]any{"N": widget.FormatNumber(f.Row.Line)}))
	}
	return strings.Join(parts, " · ")
}

// typeFrom says how the type became known, unless a person chose it.
func typeFrom(f *Form) string {
	if f.Type != f.Row.Type.Code {
		return ""
	}
	switch f.Row.TypeFrom {
	case engine.ByText:
		return lang.L("Proposé d’après le texte")
	case engine.ByManifest:
		return lang.L("D’après le manifeste")
	}
	return ""
}

// dateWords says what is wrong with the date, or how it became known.
func dateWords(f *Form, now time.Time) (string, widget.Tone) {
	if _, ok := f.Act(now); !ok && strings.TrimSpace(f.Date) != "" {
		return lang.L("Date d’aujourd’hui ou passée"), widget.Danger
	}
	if f.Date != dayOf(f.Row.ActDate) {
		return "", widget.Secondary
	}
	switch f.Row.DateFrom {
	case engine.ByText:
		return lang.L("Lue dans le texte"), widget.Secondary
	case engine.ByManifest:
		return lang.L("D’après le manifeste"), widget.Secondary
	case engine.ByFile:
		return lang.L("Celle du fichier"), widget.Attention
	}
	return "", widget.Secondary
}

// traitWord names a trait.
func traitWord(k TraitKind) string {
	switch k {
	case TraitName:
		return lang.L("Nom")
	case TraitGiven:
		return lang.L("Prénom")
	case TraitBirth:
		return lang.L("Naissance")
	}
	return lang.L("INS")
}

// presenceOf says what was found of a trait.
func presenceOf(p pdfcheck.Presence) saying {
	switch p {
	case pdfcheck.Same:
		return saying{widget.IconOK, widget.Good, lang.L("le même")}
	case pdfcheck.Different:
		return saying{widget.IconWarning, widget.Danger, lang.L("un autre")}
	}
	return saying{widget.IconInfo, widget.Secondary, lang.L("non trouvé")}
}
