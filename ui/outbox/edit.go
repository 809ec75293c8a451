package outbox

import (
	"context"
	"encoding/json"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// What the server takes at most, in characters.
const (
	mostTitle = 255
	mostWords = 400
)

// editSheet corrects what has not arrived: the type, title and date of a filing, the
// words of a message or a request.
type editSheet struct {
	*widget.Sheet
	page    *Page
	it      client.OutboxItem
	kind    string // code of the type
	button  *widget.Button
	types   *choose.Type
	title   *widget.Entry
	date    *widget.Entry
	words   *widget.Entry
	rest    *fyne.Container
	body    *fyne.Container
	message *widget.Paragraph
	saving  bool
}

// edit corrects the item in hand.
func (p *Page) edit() {
	if it, ok := p.held(); ok {
		p.editItem(it)
	}
}

func (p *Page) editItem(it client.OutboxItem) {
	if !Editable(it) {
		text := notNow(it)
		if it.Uncertain {
			text = lang.L("Cet envoi est peut-être déjà arrivé : renvoyez-le d’abord, sa réponse le dira.")
		}
		p.say(widget.IconInfo, widget.Attention, text)
		return
	}
	s := &editSheet{page: p, it: it, message: widget.NewParagraph("", widget.Style{Tone: widget.Danger})}
	s.message.Hide()
	s.Sheet = &widget.Sheet{
		Title: lang.L("Modifier avant l’envoi"), Width: 680, Return: s.save,
		Actions: []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }),
			widget.NewButton(widget.Main, widget.IconUpload, lang.L("Enregistrer et envoyer"), s.save),
		},
	}
	if it.Kind == client.OutboxFile {
		s.filing()
	} else {
		s.words = widget.NewTextArea("", 4)
		label, most := lang.L("Vos mots au patient"), mostWords
		s.words.SetText(it.Words)
		if it.Kind == client.OutboxMessage {
			label, most = lang.L("Votre message"), fhir.MaxMessageText
			s.words.SetText(outgoingOf(it).Text)
		}
		s.Content, s.First = widget.Column(widget.Gap, widget.Limited(label, s.words, most), s.message), s.words
		s.Return = nil // it is a line of the text; Ctrl+Return saves
		s.Chord = s.save
	}
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// filing makes the fields of a document's description.
func (s *editSheet) filing() {
	d := s.it.Draft
	s.kind = d.Type.Code
	s.button = widget.NewButton(widget.Ordinary, widget.IconDocument, "", s.pick).AlignLeft().WithCaption(widget.Ctrl(fyne.KeyT))
	s.types = choose.NewType(s.page.cfg.Shell, s.took, s.leave)
	s.title = widget.NewEntry("")
	s.title.SetText(d.Title)
	s.date = widget.NewEntry(lang.L("jj/mm/aaaa"))
	s.date.SetText(widget.FormatTypedDate(d.ActDate))
	s.rest = widget.Sides(widget.GapWide, nil, widget.Limited(lang.L("Titre"), s.title, mostTitle), widget.Width(170, widget.Labelled(lang.L("Date de l’acte"), s.date)))
	s.body = widget.Column(
		widget.Gap,
		widget.NewText(s.page.whose(s.it), widget.Style{Bold: true, Truncate: true}),
		widget.NewParagraph(why(s.it, s.page.cfg.Shell.Explain), widget.Style{Tone: widget.Secondary}),
		widget.Labelled(lang.L("Type de document"), s.button), s.types.Box, s.rest, s.message,
	)
	s.label()
	s.Content, s.First = s.body, s.title
	s.Shortcuts = []widget.Shortcut{{ID: "edit-type", Keys: []widget.Keys{widget.Ctrl(fyne.KeyT)}, Label: lang.L("Choisir le type"), Do: s.pick}}
	s.OnKey = func(ev *fyne.KeyEvent) bool {
		if ev.Name == fyne.KeyEscape && s.types.IsOpen() {
			s.leave()
			return true
		}
		return false
	}
}

func (s *editSheet) label() {
	label := lang.L("Choisir le type…")
	if t, ok := terminology.TypeByCode(s.kind); ok {
		label = choose.TypeLabel(t)
	}
	s.button.Set(widget.IconDocument, label)
}

func (s *editSheet) pick() {
	s.rest.Hide()
	s.types.Open(s.kind)
	s.body.Refresh()
}

func (s *editSheet) took(t terminology.Type) {
	s.kind = t.Code
	s.leave()
}

func (s *editSheet) leave() {
	s.types.Shut()
	s.rest.Show()
	s.label()
	s.body.Refresh()
	s.page.cfg.Shell.Focus(s.title)
}

// save puts the correction in the item's place, or says what is missing.
func (s *editSheet) save() {
	if s.saving {
		return
	}
	next, wrong := s.corrected(s.page.cfg.Scope.Now())
	if wrong != "" {
		s.say(wrong)
		return
	}
	s.saving = true
	task.Run(s.page.cfg.Scope, func(ctx context.Context) (client.OutboxItem, error) {
		return s.page.cfg.Outbox.Edit(ctx, s.it.ID, next)
	}, func(_ client.OutboxItem, err error) {
		s.saving = false
		if err != nil {
			s.say(notEdited(err, s.page.cfg.Shell.Explain))
			return
		}
		s.Close()
		s.page.say(widget.IconUpload, widget.Good, lang.L("Modifié : l’envoi part dès que possible."))
	})
}

// corrected gives the item as typed, or says what is wrong with it.
func (s *editSheet) corrected(now time.Time) (it client.OutboxItem, wrong string) {
	it = s.it
	if s.words != nil {
		return s.reworded()
	}
	kind, ok := terminology.TypeByCode(s.kind)
	day, dated := choose.ParseDay(s.date.Text, now.Location())
	switch {
	case !ok:
		return it, lang.L("Choisissez le type de document.")
	case !dated || !choose.Past(day, now):
		return it, lang.L("Donnez la date de l’acte, aujourd’hui ou avant.")
	}
	d := *s.it.Draft
	d.Type = fhir.Coding{System: kind.System, Code: kind.Code, Display: kind.Label}
	d.Class = fhir.Coding{System: terminology.SystemClass, Code: kind.Class, Display: terminology.ClassLabel(kind.Class)}
	if d.Title = strings.TrimSpace(s.title.Text); d.Title == "" {
		d.Title = kind.Label
	}
	if d.ActDate.Format(time.DateOnly) != day.Format(time.DateOnly) {
		d.ActDate = day
	}
	it.Draft = &d
	return it, ""
}

// reworded gives the item with the words as typed.
func (s *editSheet) reworded() (it client.OutboxItem, wrong string) {
	it, text := s.it, strings.TrimSpace(s.words.Text)
	if it.Kind != client.OutboxMessage {
		it.Words = text
		return it, ""
	}
	out := outgoingOf(it)
	out.Text = text
	body, err := json.Marshal(out)
	if err != nil || fhir.CheckMessageText(text) != nil {
		return it, lang.L("Écrivez votre message, en {{.Most}} caractères au plus.", map[string]any{"Most": widget.FormatNumber(fhir.MaxMessageText)})
	}
	it.Body = body
	return it, ""
}

func (s *editSheet) say(text string) {
	s.message.Set(text)
	s.message.Show()
	s.message.Refresh()
}

func notEdited(err error, explain func(error) widget.Problem) string {
	switch fhir.CodeOf(err) {
	case fhir.StateConflict:
		return lang.L("Cet envoi vient de partir, ou est peut-être arrivé : il ne se modifie plus. Regardez où il en est.")
	case fhir.NotFound:
		return lang.L("Cet envoi n’est plus dans la liste.")
	}
	p := explain(err)
	return p.Words()
}
