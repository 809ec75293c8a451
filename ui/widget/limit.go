package widget

import (
	"unicode/utf8"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// Limited sets a caption above a field that takes at most so many characters, as
// the server does. What does not fit is not taken, by the keys or from the
// clipboard, and the caption says so until there is room again.
func Limited(caption string, e *Entry, most int) *fyne.Container {
	text := NewText(caption, Style{Size: SizeCaption, Tone: Secondary})
	e.most = most
	e.full = func(full bool) {
		if full {
			text.Set(caption + " · " + lang.L("{{.N}} caractères au plus : le reste n’a pas été pris", map[string]any{"N": most}))
			text.SetTone(Attention)
			return
		}
		text.Set(caption)
		text.SetTone(Secondary)
	}
	return Column(GapTight, text, e)
}

// room is how many characters may still be typed over the selection, and whether
// there is a limit.
func (e *Entry) room() (int, bool) {
	left := e.most - utf8.RuneCountInString(e.Text) + utf8.RuneCountInString(e.SelectedText())
	return max(left, 0), e.most > 0
}

// takes tells whether one more character fits, and says when it does not.
func (e *Entry) takes() bool {
	left, limited := e.room()
	if limited {
		e.full(left == 0)
	}
	return !limited || left > 0
}

// cut is a clipboard of which only the beginning is pasted.
type cut struct {
	fyne.Clipboard
	content string
}

func (c cut) Content() string { return c.content }

// fitting gives the part of a paste that fits.
func (e *Entry) fitting(s *fyne.ShortcutPaste) *fyne.ShortcutPaste {
	left, limited := e.room()
	if !limited {
		return s
	}
	runes := []rune(s.Clipboard.Content())
	e.full(len(runes) > left)
	if len(runes) <= left {
		return s
	}
	return &fyne.ShortcutPaste{Clipboard: cut{s.Clipboard, string(runes[:left])}}
}
