package choose

import (
	"slices"
	"strings"

	"carnet/client/terminology"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Type finds a type of document among those that a professional files.
type Type struct {
	Box fyne.CanvasObject // to be shown; hidden until Open

	shell  Shell
	picker *widget.Picker
	types  []terminology.Type
	first  []string // codes of those to be shown first
}

// NewType makes one; take is given what is picked, leave is Escape.
func NewType(shell Shell, take func(terminology.Type), leave func()) *Type {
	t := &Type{shell: shell, picker: widget.NewPicker(lang.L("Rechercher un type : biologie, ordonnance, imagerie…"), 200)}
	t.Box = t.picker.Box
	t.picker.OnTyped = t.typed
	t.picker.OnTake = func(i int) { take(t.types[i]) }
	t.picker.OnLeave = leave
	return t
}

// Open shows all types, the guessed ones first, and puts the keyboard there.
func (t *Type) Open(guessed ...string) {
	t.Show(guessed...)
	t.shell.Focus(t.picker.Entry)
}

// Show is Open without the keyboard.
func (t *Type) Show(guessed ...string) {
	t.first = guessed
	t.picker.Open()
}

// Entry is where one types.
func (t *Type) Entry() *widget.Entry { return t.picker.Entry }

// Shut hides it.
func (t *Type) Shut() { t.picker.Shut() }

// IsOpen tells whether it is shown.
func (t *Type) IsOpen() bool { return t.picker.IsOpen() }

func (t *Type) typed(text string) {
	t.types = Types(text, t.first...)
	rows := make([]widget.PickRow, len(t.types))
	for i, kind := range t.types {
		rows[i] = widget.PickRow{Icon: widget.IconDocument, Tone: widget.Secondary, Label: TypeLabel(kind), Detail: widget.FormatLabel(terminology.ClassLabel(kind.Class))}
	}
	note := ""
	if len(rows) == 0 {
		note = lang.L("Aucun type ne correspond")
	}
	t.picker.SetNote(note, widget.Attention)
	t.picker.SetRows(rows)
}

// Types lists the types that a professional files and that hold every word typed, those
// that were guessed first. English is searched too.
func Types(typed string, guessed ...string) []terminology.Type {
	words := strings.Fields(terminology.Fold(typed))
	var out []terminology.Type
	for _, t := range terminology.Types() {
		if t.Class == "" || t.Class == classRefunds || strings.HasPrefix(t.Code, patientTypes) {
			continue
		}
		text := terminology.Fold(t.Label + " " + t.Short + " " + t.LabelEN + " " + t.Code)
		if !slices.ContainsFunc(words, func(w string) bool { return !strings.Contains(text, w) }) {
			out = append(out, t)
		}
	}
	rank := func(t terminology.Type) int {
		if i := slices.Index(guessed, t.Code); i >= 0 {
			return i
		}
		return len(guessed)
	}
	slices.SortStableFunc(out, func(a, b terminology.Type) int { return rank(a) - rank(b) })
	return out
}

// What professionals do not file: the class of refunds (TRE_A03), and the types of what
// patients deposit (TRE_A05).
const (
	classRefunds = "60"
	patientTypes = "DOCPAT"
)

// TypeLabel is a type in the language of the screens.
func TypeLabel(t terminology.Type) string {
	if Language() == "en" {
		return t.LabelEN
	}
	return widget.FormatLabel(t.Label)
}

// Language is that of the screens, "fr" or "en", as the words of client packages want
// it.
func Language() string { return lang.X("carnet.language", "fr") }
