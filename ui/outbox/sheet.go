package outbox

import (
	"context"

	"carnet/client"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// itemSheet is one thing in front of the page: why it has not arrived, since when, and
// what can be done.
type itemSheet struct {
	*widget.Sheet
	page *Page
	id   string
	seen client.OutboxItem
}

// openHeld opens the item in hand.
func (p *Page) openHeld() { p.openRow(p.view.list.Cursor()) }

// openRow opens the item of a row.
func (p *Page) openRow(i int) {
	if i < 0 || i >= len(p.state.Rows) || p.state.Rows[i].Head || p.sheet != nil {
		return
	}
	p.openItem(p.state.Rows[i].Item)
}

func (p *Page) openItem(it client.OutboxItem) {
	s := &itemSheet{page: p, id: it.ID, seen: it}
	content := widget.Column(widget.Gap, s.facts(it)...)
	var cards []*widget.Card
	if len(it.Choices) > 0 {
		cards = s.choices(it)
		for _, c := range cards {
			content.Add(c)
		}
	}
	done := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Fermer"), func() { s.Close() })
	s.Sheet = &widget.Sheet{
		Title: whatWords(it), Content: content, Width: 640,
		Actions: append(s.deeds(it), done), First: done, OnClose: func() { p.sheet = nil },
		OnKey: func(ev *fyne.KeyEvent) bool { // a choice is not made by a second Return
			if len(cards) > 0 && ev.Name == fyne.KeyDown {
				p.cfg.Shell.Focus(cards[0])
				return true
			}
			return false
		},
	}
	p.sheet = s
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// facts say what there is to know of an item.
func (s *itemSheet) facts(it client.OutboxItem) []fyne.CanvasObject {
	p := s.page
	now := p.cfg.Scope.Now()
	state := stateOf(it, now)
	out := []fyne.CanvasObject{
		widget.Row(widget.Gap, widget.NewChip(state.icon, state.word, state.tone), widget.Flexible()),
		widget.NewParagraph(why(it, p.cfg.Shell.Explain), widget.Style{}),
	}
	line := func(what, value string) {
		if value != "" {
			out = append(out, widget.Row(widget.Gap, widget.Width(150, widget.NewText(what, widget.Style{Tone: widget.Secondary})), widget.NewText(value, widget.Style{})))
		}
	}
	line(lang.L("Patient"), p.whose(it))
	line(lang.L("Fait"), whenWords(it.Created, now))
	if it.Attempts > 0 {
		line(lang.L("Essais"), widget.FormatNumber(it.Attempts))
	}
	line(lang.L("Référence à citer"), it.RequestID)
	if said := saidOf(it); said != "" {
		out = append(out, widget.NewParagraph(lang.L("Le serveur précise : {{.Words}}", map[string]any{"Words": said}), widget.Style{Tone: widget.Secondary}))
	}
	if it.Uncertain && it.State != client.OutboxDone && it.State != client.OutboxSending {
		out = append(out, widget.NewParagraph(lang.L("Un essai a peut-être atteint le serveur, sa réponse s’est perdue. Le renvoyer le dit, et ne peut pas en créer deux."), widget.Style{Tone: widget.Secondary}))
	}
	return out
}

// choices are the ways out of a conflict or a refusal, one below the other; Up and Down
// move.
func (s *itemSheet) choices(it client.OutboxItem) []*widget.Card {
	cards := make([]*widget.Card, len(it.Choices))
	for i, c := range it.Choices {
		icon, word, does := choiceWords(c, it)
		cards[i] = widget.NewCard(icon, word, does, "", func() { s.choose(c, it) })
		cards[i].OnKey = func(ev *fyne.KeyEvent) bool {
			to := i
			switch ev.Name {
			case fyne.KeyUp:
				to--
			case fyne.KeyDown:
				to++
			}
			if to == i || to < 0 || to >= len(cards) {
				return to != i
			}
			s.page.cfg.Shell.Focus(cards[to])
			return true
		}
	}
	return cards
}

// choose does what was chosen. What would be lost with a press of Return is asked again.
func (s *itemSheet) choose(c client.OutboxChoice, it client.OutboxItem) {
	s.Close()
	if c == client.OutboxDrop && holdsWork(it) {
		s.page.removeItem(it)
		return
	}
	s.page.chooseItem(it.ID, c)
}

func (p *Page) chooseItem(id string, c client.OutboxChoice) {
	p.deed(func(ctx context.Context) error { return p.cfg.Outbox.Choose(ctx, id, c) }, func() {
		switch c {
		case client.OutboxDrop:
			p.say(widget.IconOK, widget.Ink, lang.L("Oublié. Le dossier reste tel qu’il est."))
		case client.OutboxAsk:
			p.say(widget.IconMessage, widget.Good, lang.L("La demande part au patient ; votre envoi l’attend ici."))
		default:
			p.say(widget.IconUpload, widget.Good, lang.L("C’est reparti : l’envoi suit votre choix."))
		}
	})
}

// deeds are the buttons that an item's state allows.
func (s *itemSheet) deeds(it client.OutboxItem) []*widget.Button {
	p := s.page
	var out []*widget.Button
	add := func(kind widget.ButtonKind, icon widget.IconName, label string, do func()) {
		out = append(out, widget.NewButton(kind, icon, label, func() {
			s.Close()
			do()
		}))
	}
	if Deletable(it) && len(it.Choices) == 0 { // else to forget it is one of them
		add(widget.Ordinary, widget.IconDelete, lang.L("Supprimer…"), func() { p.removeItem(it) })
	}
	if Editable(it) {
		add(widget.Ordinary, widget.IconEdit, lang.L("Modifier"), func() { p.editItem(it) })
	}
	if Retryable(it) {
		add(widget.Main, widget.IconRefresh, lang.L("Renvoyer maintenant"), func() { p.retryItem(it) })
	}
	return out
}

// moved takes what the queue says of the item now: a sheet that says what is no longer
// so is opened anew.
func (s *itemSheet) moved() {
	it, ok := s.page.state.Item(s.id)
	if ok && it.State == s.seen.State && it.Reason == s.seen.Reason {
		return
	}
	p := s.page
	s.Close()
	if ok {
		p.openItem(it)
	}
}
