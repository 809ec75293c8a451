package outbox

import (
	"strconv"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// view is what the page looks like.
type view struct {
	page *Page
	root fyne.CanvasObject

	count    *widget.Text
	away     *widget.Chip
	box      *widget.Entry
	list     *widget.List
	panel    fyne.CanvasObject
	skeleton fyne.CanvasObject
	state    *widget.StatePanel
	head     *fyne.Container
	foot     *fyne.Container

	choose, again, pause, edit, remove, all *widget.Button

	stated string // what the state panel says now
}

func newView(p *Page) *view {
	v := &view{
		page:     p,
		count:    widget.NewText("", widget.Style{Tone: widget.Secondary, Truncate: true}),
		away:     widget.NewChip(widget.IconNone, "", widget.Attention),
		box:      widget.NewSearchEntry(lang.L("Filtrer : titre, nature, nom, INS")),
		state:    widget.NewStatePanel(),
		skeleton: widget.Panel(widget.GapTight, widget.NewSkeleton(5, rowHeight)),
	}
	v.box.OnChanged = func(text string) {
		p.state.SetText(text)
		v.list.Forget()
		p.draw()
	}
	v.box.OnKey = v.boxKey
	v.list = widget.NewList(
		func() int { return len(p.state.Rows) },
		func() fyne.CanvasObject { return newRowView() },
		func(id int, o fyne.CanvasObject) {
			if r, ok := o.(*rowView); ok && id < len(p.state.Rows) {
				r.set(p, p.state.Rows[id])
			}
		},
	)
	v.list.Skip = func(id int) bool { return id < len(p.state.Rows) && p.state.Rows[id].Head }
	v.list.OnMove = func(id int) {
		p.state.Hold(id)
		v.buttons()
	}
	v.list.OnActivate = p.openRow
	v.makeButtons()
	v.root = v.layout()
	v.skeleton.Hide()
	return v
}

func (v *view) makeButtons() {
	p := v.page
	v.remove = widget.NewButton(widget.Quiet, widget.IconDelete, lang.L("Supprimer"), p.remove).WithCaption(widget.Key(fyne.KeyDelete))
	v.edit = widget.NewButton(widget.Quiet, widget.IconEdit, lang.L("Modifier"), p.edit).WithCaption(widget.Ctrl(fyne.KeyE))
	v.pause = widget.NewButton(widget.Quiet, widget.IconClock, lang.L("Suspendre"), p.pause).WithCaption(widget.Ctrl(fyne.KeyP))
	v.choose = widget.NewButton(widget.Quiet, widget.IconWarning, lang.L("Choisir"), p.openHeld).WithCaption(widget.Key(fyne.KeyReturn))
	v.again = widget.NewButton(widget.Quiet, widget.IconRefresh, lang.L("Renvoyer"), p.retry).WithCaption(widget.Ctrl(fyne.KeyR))
	v.all = widget.NewButton(widget.Main, widget.IconRefresh, lang.L("Tout renvoyer"), p.retryAll).WithCaption(widget.Key(fyne.KeyF5))
}

func (v *view) layout() fyne.CanvasObject {
	title := widget.NewText(lang.L("Envois"), widget.Style{Size: widget.SizeTitle, Bold: true})
	note := widget.NewParagraph(
		lang.L("Ce que vous avez fait et qui n’est pas encore arrivé. Carnet l’envoie de lui-même, une seule fois, même après une coupure."),
		widget.Style{Tone: widget.Secondary},
	)
	v.head = widget.Sides(widget.Gap, nil, v.count, v.away)
	top := widget.Column(widget.GapTight, title, note, widget.AtLeast(0, 28, v.head), v.box)
	v.panel = widget.Panel(widget.GapTight, v.list)
	v.foot = widget.Sides(widget.Gap, nil, nil, widget.Row(widget.GapTight, v.remove, v.edit, v.pause, v.again, v.choose, v.all))
	return widget.Inset(widget.GapWide, widget.GapPage, widget.Stacked(widget.Gap, top, container.NewStack(v.panel, v.skeleton, v.state), v.foot))
}

// first is where the hands should be.
func (v *view) first(s *State) fyne.Focusable {
	if s.Phase != Shown {
		return nil
	}
	if v.list.Cursor() < 0 {
		v.list.MoveTo(0)
	}
	return v.list
}

// boxKey moves from the words to the rows, and empties them.
func (v *view) boxKey(ev *fyne.KeyEvent) bool {
	switch ev.Name {
	case fyne.KeyEscape:
		if v.box.Text != "" {
			v.box.SetText("")
			return true
		}
	case fyne.KeyDown, fyne.KeyReturn, fyne.KeyEnter:
	default:
		return false
	}
	if f := v.first(&v.page.state); f != nil {
		v.page.cfg.Shell.Focus(f)
	}
	return true
}

// busy shows bars instead of nothing, once the queue takes its time.
func (v *view) busy(on bool) { widget.Visible(v.skeleton, on) }

// show puts the state on the screen.
func (v *view) show(s *State) {
	count := s.Count()
	v.count.Set(CountWords(count))
	if s.Away && count.Waiting > 0 {
		v.away.Set(widget.IconOffline, lang.L("Hors ligne : tout partira au retour du réseau"), widget.Attention)
	} else {
		v.away.Set(widget.IconNone, "", widget.Attention)
	}
	v.head.Refresh()
	list := s.Phase == Shown
	widget.Visible(v.panel, list)
	widget.Visible(v.state, s.Phase == Failed || s.Phase == Empty || s.Phase == NoMatch)
	widget.Visible(v.box, list || s.Phase == NoMatch)
	widget.Visible(v.foot, list)
	if s.Phase != Loading {
		v.skeleton.Hide() // shown by busy, after 300 ms
	}
	v.showState(s)
	if !list {
		return
	}
	at := v.list.Cursor()
	switch to := s.Held(); {
	case to >= 0 && to != at:
		v.list.MoveTo(to)
	case to < 0 && at >= 0: // it has gone: what stands in its place is in hand
		v.list.MoveTo(min(at, len(s.Rows)-1))
	}
	v.list.Refresh()
	v.buttons()
}

// buttons offers what can be done with the item in hand.
func (v *view) buttons() {
	it, ok := v.page.held()
	asks := ok && len(it.Choices) > 1
	widget.Visible(v.choose, asks) // one place for both: what is to be chosen holds the resending, too
	widget.Visible(v.again, !asks)
	widget.Enable(v.remove, ok && Deletable(it))
	widget.Enable(v.edit, ok && Editable(it))
	paused := ok && it.State == client.OutboxPaused
	widget.Enable(v.pause, ok && Pausable(it) && !paused)
	widget.Enable(v.again, ok && Retryable(it))
	widget.Enable(v.all, len(v.page.state.Resumable()) > 0)
}

// showState fills the panel that stands where rows would be.
func (v *view) showState(s *State) {
	said := strconv.Itoa(int(s.Phase)) + s.Text
	if s.Err != nil {
		said += s.Err.Error()
	}
	if said == v.stated {
		return
	}
	v.stated = said
	switch s.Phase {
	case Empty:
		v.state.Set(widget.State{
			Icon: widget.IconOK, Tone: widget.Good, Title: lang.L("Tout est arrivé"),
			Text: lang.L("Ce que vous déposez, modifiez ou recueillez quand le réseau manque attend ici, puis part de lui-même."),
		})
	case NoMatch:
		v.state.Set(widget.State{
			Icon: widget.IconFilter, Tone: widget.Secondary, Title: lang.L("Aucun envoi ne correspond"), Text: lang.L("Essayez un autre mot."),
			Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Effacer le filtre"), func() { v.box.SetText("") })},
		})
	case Failed:
		v.state.SetProblem(failure(s.Err, v.page.cfg.Shell.Explain), v.page.follow)
	}
}

// failure words why the queue cannot be read: it is on this computer, not on the server.
func failure(err error, explain func(error) widget.Problem) widget.Problem {
	p := explain(err)
	p.Retry = true
	switch fhir.CodeOf(err) {
	case fhir.Unauthenticated, fhir.TokenExpired:
		p.Icon, p.Tone = widget.IconMasked, widget.Attention
		p.Title = lang.L("Vos envois sont sous clé.")
		p.Next = lang.L("Rien n’est perdu : déverrouillez Carnet, ou reconnectez-vous, pour les voir.")
	case fhir.Unavailable:
		p.Title = lang.L("Vos envois ne se lisent pas pour le moment.")
		p.Next = lang.L("Rien n’est perdu. Vérifiez la place qui reste sur le disque, puis réessayez.")
	}
	return p
}
