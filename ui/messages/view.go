package messages

import (
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// listWidth is the width of the dialogues, in points.
const listWidth = 320

// view is what the page looks like.
type view struct {
	page *Page
	root fyne.CanvasObject

	search   *widget.Entry
	filter   *widget.Filter
	count    *widget.Text
	age      *widget.Chip
	list     *widget.List
	panel    fyne.CanvasObject
	skeleton fyne.CanvasObject
	state    *widget.StatePanel
	more     *widget.Button
	trouble  *widget.Text
	stated   string
	under    string // id of the dialogue under the cursor

	thread    *threadView
	compose   *composeView
	answering bool // the keyboard goes to the answer once one may write
}

func newView(p *Page) *view {
	v := &view{
		page: p, search: widget.NewSearchEntry(lang.L("Patient, objet, mots d’un message…")),
		count:    widget.NewText("", widget.Style{Tone: widget.Secondary}),
		age:      widget.NewChip(widget.IconNone, "", widget.Attention),
		state:    widget.NewStatePanel(),
		trouble:  widget.NewText("", widget.Style{Tone: widget.Danger, Truncate: true}),
		skeleton: widget.Panel(widget.GapTight, widget.NewSkeleton(8, dialogueHeight)),
	}
	v.search.OnChanged = p.searched
	v.filter = widget.NewFilter(func(i int) { p.narrow(i == 1) })
	v.list = widget.NewList(
		func() int { return len(p.state.Dialogues) },
		func() fyne.CanvasObject { return newDialogueRow() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*dialogueRow); ok && id < len(p.state.Dialogues) {
				r.set(p.state.Dialogues[id], p.now())
			}
		},
	)
	v.search.OnKey = widget.FilterKeys(v.search, v.list, p.cfg.Shell.Focus)
	v.list.OnActivate, v.list.OnTap = v.take, v.take
	v.list.OnMove = func(id int) {
		if id < len(p.state.Dialogues) {
			v.under = p.state.Dialogues[id].ID
		}
		if id >= len(p.state.Dialogues)-5 {
			p.load(true)
		}
	}
	v.more = widget.NewButton(widget.Ordinary, widget.IconDown, lang.L("Afficher plus"), func() { p.load(true) })
	v.thread, v.compose = newThreadView(p), newComposeView(p)
	v.root = v.layout()
	v.skeleton.Hide()
	v.showThread(&p.thread, p.now())
	return v
}

func (v *view) layout() fyne.CanvasObject {
	title := widget.NewText(lang.L("Messages"), widget.Style{Size: widget.SizeTitle, Bold: true})
	begin := widget.NewButton(widget.Ordinary, widget.IconAdd, lang.L("Écrire…"), func() { v.page.begin() }).
		WithHint(lang.L("Écrire à un patient") + " · " + widget.Ctrl(fyne.KeyN).String())
	v.panel = widget.Panel(widget.GapTight, v.list)
	body := container.NewStack(v.panel, v.skeleton, v.state)
	top := widget.Column(widget.GapTight, widget.Sides(widget.Gap, title, nil, begin), v.search, v.filter,
		widget.AtLeast(0, 24, widget.Sides(widget.Gap, v.count, nil, v.age)))
	left := widget.Width(listWidth, widget.Stacked(widget.GapTight, top, body, widget.Column(widget.GapTight, v.trouble, v.more)))
	right := widget.Stacked(widget.Gap, nil, v.thread.root, v.compose.root)
	return widget.Inset(widget.GapWide, widget.GapPage, widget.Sides(widget.GapWide, left, right, nil))
}

// take opens the dialogue of a row and puts the keyboard where one answers.
func (v *view) take(id int) {
	if id < 0 || id >= len(v.page.state.Dialogues) {
		return
	}
	v.page.open(v.page.state.Dialogues[id])
	v.answering = true
	v.toAnswer(&v.page.thread)
}

// toAnswer puts the keyboard where one answers, once the messages are there: what is
// hidden takes no keyboard. Who went elsewhere meanwhile stays there.
func (v *view) toAnswer(t *Thread) {
	if !v.answering || !t.Writable() {
		return
	}
	v.answering = false
	if c := fyne.CurrentApp().Driver().CanvasForObject(v.root); c != nil && c.Focused() == v.list {
		v.page.cfg.Shell.Focus(v.compose.text)
	}
}

// busy shows bars instead of nothing, once the answer takes its time.
func (v *view) busy(on bool) { widget.Visible(v.skeleton, on) }

// showList puts the dialogues on the screen.
func (v *view) showList(s *State, now time.Time) {
	v.filter.Set([]widget.FilterOption{
		{Icon: widget.IconMessage, Tone: widget.Secondary, Label: lang.L("Tous"), Count: s.Total},
		{Icon: widget.IconInfo, Tone: widget.Primary, Label: lang.L("Non lus"), Count: s.Unread},
	}, map[bool]int{true: 1}[s.OnlyNew])
	v.count.Set(unreadWords(s.Unread))
	v.age.SetCopy(s.Prov.Cached, s.Prov.AsOf, now)
	widget.Visible(v.panel, s.Phase == Shown)
	widget.Visible(v.state, s.Phase == Empty || s.Phase == NoMatch || s.Phase == Failed)
	if s.Phase != Loading {
		v.skeleton.Hide()
	}
	widget.Visible(v.more, s.Next != "" && s.Phase == Shown)
	v.trouble.Set("")
	if s.Err != nil && s.Phase != Failed {
		p := v.page.cfg.Shell.Explain(s.Err)
		v.trouble.Set(p.Words())
	}
	widget.Visible(v.trouble, v.trouble.String() != "")
	v.showState(s)
	v.list.Refresh()
	v.stay(s)
}

// stay keeps the cursor on the dialogue that it was on, whichever row that is now; one
// that is not there any more leaves it to the one in hand.
func (v *view) stay(s *State) {
	at := s.Find(v.under)
	if at < 0 {
		at = s.Find(v.page.thread.ID)
	}
	if at >= 0 && at != v.list.Cursor() {
		v.list.MoveTo(at)
	}
}

// showState fills the panel that stands where rows would be.
func (v *view) showState(s *State) {
	said := ""
	switch s.Phase {
	case Empty, NoMatch:
		said = string(rune('0' + s.Phase))
	case Failed:
		said = "failed " + s.Err.Error()
	}
	if said == v.stated {
		return
	}
	v.stated = said
	switch s.Phase {
	case Empty:
		v.state.Set(widget.State{
			Icon: widget.IconMessage, Tone: widget.Secondary, Title: lang.L("Aucun échange pour l’instant"),
			Text:    lang.L("Vous ouvrez l’échange, le patient peut ensuite vous répondre."),
			Actions: []*widget.Button{widget.NewButton(widget.Main, widget.IconAdd, lang.L("Écrire à un patient"), func() { v.page.begin() })},
		})
	case NoMatch:
		v.state.Set(widget.State{
			Icon: widget.IconFilter, Tone: widget.Secondary, Title: lang.L("Aucun échange ne correspond"),
			Text: lang.L("Essayez un autre mot, ou affichez tous les échanges."),
			Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Tout afficher"), func() {
				v.page.state.OnlyNew = false
				v.search.SetText("")
				v.page.load(false)
			})},
		})
	case Failed:
		v.state.SetProblem(v.page.cfg.Shell.Explain(s.Err), func() { v.page.load(false) })
	}
}

// showThread puts the dialogue in hand on the screen.
func (v *view) showThread(t *Thread, now time.Time) {
	v.thread.show(t, now)
	v.compose.show(t)
	v.toAnswer(t)
}

// threadBusy shows bars in the place of messages.
func (v *view) threadBusy(on bool) { widget.Visible(v.thread.skeleton, on) }

// toEnd shows the newest message.
func (v *view) toEnd() { v.thread.scroll.ScrollToBottom() }
