package messages

import (
	"fmt"
	"time"

	"carnet/client"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// threadView draws the dialogue in hand.
type threadView struct {
	page     *Page
	root     fyne.CanvasObject
	head     *fyne.Container
	body     *fyne.Container
	scroll   *container.Scroll
	panel    fyne.CanvasObject
	skeleton fyne.CanvasObject
	state    *widget.StatePanel
	drawn    string // what the body shows, so that it is drawn anew only when that changed
	headed   string
	stated   string
}

func newThreadView(p *Page) *threadView {
	v := &threadView{page: p, head: container.NewStack(), body: container.NewVBox(), state: widget.NewStatePanel()}
	v.scroll = container.NewVScroll(widget.Inset(widget.Gap, widget.GapWide, v.body))
	v.panel = widget.Panel(0, v.scroll)
	v.skeleton = widget.Panel(widget.GapWide, widget.NewSkeleton(6, 64))
	v.skeleton.Hide()
	v.root = widget.Stacked(widget.GapTight, v.head, container.NewStack(v.panel, v.skeleton, v.state), nil)
	return v
}

// show puts a dialogue on the screen.
func (v *threadView) show(t *Thread, now time.Time) {
	shown := t.Phase == Shown || t.Phase == Empty && len(t.Leaving) > 0
	widget.Visible(v.panel, shown)
	widget.Visible(v.state, t.ID == "" || t.Phase == Failed || t.Phase == Empty && len(t.Leaving) == 0)
	if t.Phase != Loading || t.ID == "" {
		v.skeleton.Hide()
	}
	v.showHead(t)
	v.showState(t)
	v.showBody(t, now)
}

// showHead draws with whom, about what, and what can be done.
func (v *threadView) showHead(t *Thread) {
	d := t.Dialogue
	of := fmt.Sprint(t.ID, d.Subject, d.PatientName, d.Reply, d.EndedBy, d.Mine, len(d.Members))
	widget.Visible(v.head, t.ID != "")
	if v.headed == of {
		return
	}
	v.headed = of
	p := v.page
	name := widget.NewText(d.PatientName, widget.Style{Size: widget.SizeLead, Bold: true, Truncate: true})
	subject := widget.NewText(subjectLine(d), widget.Style{Tone: widget.Secondary, Truncate: true})
	icon, word, tone := replyWords(d)
	var tools []fyne.CanvasObject
	tools = append(tools, widget.NewChip(icon, word, tone),
		widget.NewButton(widget.Quiet, widget.IconPerson, lang.L("Dossier"), func() { p.cfg.OpenRecord(d.PatientID, d.PatientName) }).Dense())
	if d.Mine && d.Reply != client.ReplyEnded {
		tools = append(tools, widget.NewButton(widget.Quiet, widget.IconMore, lang.L("Gérer…"), p.manage).WithCaption(manageKeys()).Dense())
	}
	v.head.Objects = []fyne.CanvasObject{widget.Column(widget.GapTight, widget.Column(0, name, subject), widget.Row(widget.GapTight, tools...))}
	v.head.Refresh()
}

// showState fills the panel that stands where messages would be.
func (v *threadView) showState(t *Thread) {
	said := "none"
	switch {
	case t.ID == "":
	case t.Phase == Failed:
		said = "failed " + t.Err.Error()
	case t.Phase == Empty:
		said = "empty"
	}
	if said == v.stated {
		return
	}
	v.stated = said
	switch {
	case t.ID == "":
		v.state.Set(widget.State{
			Icon: widget.IconMessage, Tone: widget.Secondary, Title: lang.L("Choisissez un échange"),
			Text: lang.L("Entrée ouvre celui qui est en main ; Ctrl N en commence un autre."),
		})
	case t.Phase == Failed:
		v.state.SetProblem(v.page.cfg.Shell.Explain(t.Err), func() { v.page.read(false) })
	case t.Phase == Empty:
		v.state.Set(widget.State{Icon: widget.IconMessage, Tone: widget.Secondary, Title: lang.L("Aucun message"), Text: lang.L("Le premier message de cet échange apparaîtra ici.")})
	}
}

// showBody draws the messages, oldest first, and under them those that have not left.
func (v *threadView) showBody(t *Thread, now time.Time) {
	of := bodyKey(t)
	if v.drawn == of {
		return
	}
	v.drawn = of
	v.body.Objects = nil
	if t.Next != "" {
		v.body.Objects = append(v.body.Objects, widget.Row(0, widget.NewButton(widget.Ordinary, widget.IconUp, lang.L("Messages plus anciens"), func() { v.page.read(true) })))
	}
	day := ""
	for _, m := range t.Messages {
		if at := widget.FormatDay(m.Sent.In(now.Location()), now); at != day {
			day = at
			v.body.Objects = append(v.body.Objects, widget.NewText(day, widget.Style{Size: widget.SizeCaption, Bold: true, Tone: widget.Secondary}))
		}
		v.body.Objects = append(v.body.Objects, v.message(m, now))
	}
	for _, l := range t.Leaving {
		v.body.Objects = append(v.body.Objects, leavingView(l, now))
	}
	v.body.Refresh()
	v.scroll.Refresh()
}

func bodyKey(t *Thread) string {
	of := t.ID + t.Next + fmt.Sprint(len(t.Messages))
	for _, m := range t.Messages {
		of += m.ID + string(m.State)
	}
	for _, l := range t.Leaving {
		of += l.ID + string(l.State) + string(l.Reason)
	}
	return of
}

// message draws one message: who, when, the words, what came with it, how far it
// came. The patient's stand at the left edge in white, mine are inset and tinted;
// the name says it too.
func (v *threadView) message(m client.Message, now time.Time) fyne.CanvasObject {
	at := m.Sent.In(now.Location())
	who := widget.NewText(m.FromName, widget.Style{Bold: true, Truncate: true})
	when := widget.NewText(widget.FormatTime(at), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary})
	parts := []fyne.CanvasObject{widget.Sides(widget.Gap, nil, who, when)}
	if m.Damaged {
		parts = append(parts, widget.NewParagraph(damagedWords(), widget.Style{Tone: widget.Danger}))
	}
	if m.Text != "" {
		parts = append(parts, widget.NewParagraph(m.Text, widget.Style{}))
	}
	for _, a := range m.Attached {
		parts = append(parts, v.attached(a))
	}
	mine := !m.FromPatient && m.From.ID == v.page.cfg.Me.ID
	if mine {
		parts = append(parts, stateLine(m, now))
	}
	return bubble(mine, parts)
}

// attached draws one thing that came with a message.
func (v *threadView) attached(a client.Attached) fyne.CanvasObject {
	label, icon := attachedWords(a), widget.IconDocument
	b := widget.NewButton(widget.Ordinary, icon, label, func() { v.page.showAttached(a) }).Dense()
	if a.DocumentID != "" && a.Title == "" {
		b.Disable()
	}
	return widget.Row(0, b)
}

// leavingView draws a message that has not left yet.
func leavingView(l Leaving, now time.Time) fyne.CanvasObject {
	icon, word, tone := leavingWords(l)
	return bubble(true, []fyne.CanvasObject{
		widget.NewText(widget.FormatTime(l.Created.In(now.Location())), widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}),
		widget.NewParagraph(l.Text, widget.Style{}),
		widget.Row(widget.GapTight, widget.NewIcon(icon, tone, 14), widget.NewText(word, widget.Style{Size: widget.SizeCaption, Tone: tone})),
	})
}

// stateLine says how far a message of mine came.
func stateLine(m client.Message, now time.Time) fyne.CanvasObject {
	icon, word := stateWords(m, now)
	return widget.Row(widget.GapTight, widget.NewIcon(icon, widget.Secondary, 14), widget.NewText(word, widget.Style{Size: widget.SizeCaption, Tone: widget.Secondary}))
}

// bubble sets a message apart.
func bubble(mine bool, parts []fyne.CanvasObject) fyne.CanvasObject {
	fill, left, right := widget.Surface, float32(0), float32(48)
	if mine {
		fill, left, right = widget.PrimarySoft, 48, 0
	}
	inside := container.NewStack(widget.NewBox(fill, widget.Line, widget.Corner), widget.Inset(widget.Gap, 12, widget.Column(widget.GapTight, parts...)))
	return widget.Sides(0, widget.Space(left, 1), inside, widget.Space(right, 1))
}
