package ui

import (
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// help shows what the keys do, on this page and everywhere; it is made of the
// registered shortcuts, so it cannot lie.
func (s *Shell) help() {
	var columns []fyne.CanvasObject
	if page := s.page(); page != nil {
		if list := listed(page.Shortcuts()); len(list) > 0 {
			columns = append(columns, helpColumn(lang.L("Sur cette page"), list))
		}
	}
	columns = append(columns, helpColumn(lang.L("Partout"), append(listed(s.shortcuts()), everywhere()...)))
	scroll := container.NewVScroll(container.NewGridWithColumns(len(columns), columns...))
	var sheet *widget.Sheet
	done := widget.NewButton(widget.Main, widget.IconNone, lang.L("Fermer"), func() { sheet.Close() })
	sheet = &widget.Sheet{
		Title: lang.L("Raccourcis du clavier"), Width: float32(120 + 340*len(columns)), Height: 560,
		Content: scroll,
		Actions: []*widget.Button{done}, First: done, Return: func() { sheet.Close() },
	}
	sheet.OnKey = func(ev *fyne.KeyEvent) bool {
		if ev.Name == fyne.KeyF1 {
			sheet.Close()
			return true
		}
		return scrolled(scroll, ev.Name)
	}
	s.OpenSheet(sheet)
}

// helpLine is how far an arrow scrolls: a shortcut's line, in points.
const helpLine = 28

// scrolled moves what is read by the keys that move; false for any other key.
func scrolled(scroll *container.Scroll, key fyne.KeyName) bool {
	page := max(scroll.Size().Height-helpLine, helpLine)
	bottom := max(scroll.Content.MinSize().Height-scroll.Size().Height, 0)
	y := scroll.Offset.Y
	switch key {
	case fyne.KeyUp:
		y -= helpLine
	case fyne.KeyDown:
		y += helpLine
	case fyne.KeyPageUp:
		y -= page
	case fyne.KeyPageDown:
		y += page
	case fyne.KeyHome:
		y = 0
	case fyne.KeyEnd:
		y = bottom
	default:
		return false
	}
	scroll.ScrollToOffset(fyne.NewPos(0, min(max(y, 0), bottom)))
	return true
}

// listed leaves out the shortcuts that have no words.
func listed(all []widget.Shortcut) []widget.Shortcut {
	var list []widget.Shortcut
	for _, sc := range all {
		if sc.Label != "" {
			list = append(list, sc)
		}
	}
	return list
}

// everywhere are the keys that controls themselves use.
func everywhere() []widget.Shortcut {
	return []widget.Shortcut{
		{Keys: []widget.Keys{widget.Key(fyne.KeyTab)}, Label: lang.L("Commande suivante")},
		{Keys: []widget.Keys{widget.Key(fyne.KeyReturn)}, Label: lang.L("Ouvrir, valider")},
		{Keys: []widget.Keys{widget.Key(fyne.KeyEscape)}, Label: lang.L("Fermer, effacer")},
	}
}

func helpColumn(title string, list []widget.Shortcut) fyne.CanvasObject {
	rows := []fyne.CanvasObject{widget.NewText(title, widget.Style{Bold: true}), widget.Space(1, widget.GapTight)}
	for _, sc := range list {
		keys := ""
		for i, k := range sc.Keys {
			if i > 0 {
				keys += "  "
			}
			keys += k.String()
		}
		cap := container.NewStack(widget.NewBox(widget.Window, widget.Line, 4), widget.Inset(1, widget.Gap, widget.NewText(keys, widget.Style{Size: widget.SizeCaption, Bold: true})))
		rows = append(rows, widget.Row(widget.Gap, widget.AtLeast(112, 0, widget.Row(0, cap)), widget.NewText(sc.Label, widget.Style{})))
	}
	return widget.Inset(0, widget.Gap, widget.Column(6, rows...))
}
