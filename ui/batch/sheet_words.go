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
func statements(r engine.Row) []string {
	spoken := choose.Language()
	var out []string
	if why := r.Explain(spoken); why != "" {
		out = append(out, why)
	}
	if r.Reason != "" && r.RequestID != "" {
		out = append(out, lang.L("Référence à citer : {{.Reference}}", map[string]any{"Reference": r.RequestID}))
	}
	for _, f := range r.Findings {
		if r.State != engine.Refused || f.Severity != pdfcheck.Refuse {
			out = append(out, f.Message(spoken))
		}
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
		if has(f.Row, engine.NoType) {
			return lang.L("Proposé, sans certitude : enregistrer l’accepte")
		}
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
	if f.Date != widget.FormatTypedDate(f.Row.ActDate) {
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
