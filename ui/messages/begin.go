package messages

import (
	"carnet/client"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/container"
	"fyne.io/fyne/v2/lang"
)

// beginSheet is the form of a first message.
type beginSheet struct {
	*widget.Sheet
	page    *Page
	draft   Draft
	who     *widget.Text
	change  *widget.Button
	person  *choose.Person
	subject *widget.Entry
	text    *widget.Entry
	noReply *widget.Check
	members *fyne.Container
	borne   *fyne.Container // what goes with it
	said    *widget.Paragraph
	team    []client.CareMember
}

// begin opens the form of a first message to a patient; what was written before and
// not sent is there again.
func (p *Page) begin() *beginSheet {
	d := p.drafts[""]
	s := &beginSheet{
		page: p, draft: d,
		who:     widget.NewText("", widget.Style{Bold: true, Truncate: true}),
		subject: widget.NewEntry(lang.L("par exemple : vos résultats")),
		text:    widget.NewTextArea(lang.L("Votre message"), 8),
		members: container.NewVBox(), borne: widget.Row(widget.GapTight),
		said: widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	s.person = choose.NewPerson(choose.PersonConfig{
		Scope: p.cfg.Scope, Finder: p.cfg.Finder, Shell: p.cfg.Shell, TestIdentities: p.cfg.TestIdentities,
		Take: s.take, Leave: func() { s.Close() },
	})
	s.change = widget.NewButton(widget.Quiet, widget.IconPerson, lang.L("Changer"), func() {
		s.draft.Patient, s.draft.Members, s.draft.Documents, s.team = client.Patient{}, nil, nil, nil // of the other's record
		s.changed()
		s.show()
		s.person.Open()
	})
	s.noReply = widget.NewCheck(lang.L("Sans réponse possible"), func(on bool) {
		s.draft.NoReply = on
		s.changed()
	})
	s.noReply.SetChecked(d.NoReply)
	s.subject.SetText(d.Subject)
	s.text.SetText(d.Text)
	s.subject.OnChanged = func(t string) {
		s.draft.Subject = t
		s.changed()
	}
	s.text.OnChanged = func(t string) {
		s.draft.Text = t
		s.changed()
	}
	s.build()
	s.show()
	p.beginning = s
	p.cfg.Shell.OpenSheet(s.Sheet)
	if s.draft.Patient.ID == "" {
		s.person.Open()
	} else {
		s.askTeam()
	}
	return s
}

// bearer is the first message as one that things are attached to.
func (s *beginSheet) bearer() bearer {
	patient := s.draft.Patient.ID
	return bearer{
		patient: patient, draft: &s.draft, still: func() bool { return s.page.beginning == s && s.draft.Patient.ID == patient },
		changed: func() {
			s.changed()
			s.show()
		},
		back: func() { s.page.cfg.Shell.Focus(s.text) },
	}
}

// chooseDocument attaches a document of the record of who is written to.
func (s *beginSheet) chooseDocument() {
	if s.draft.Patient.ID == "" {
		s.say(faultWords(FaultNobody))
		return
	}
	s.page.chooseDocument(s.bearer())
}

// say says why the message does not leave.
func (s *beginSheet) say(words string) {
	s.said.Set(words)
	widget.Visible(s.said, words != "")
	s.said.Refresh()
}

func (s *beginSheet) build() {
	p := s.page
	send := widget.NewButton(widget.Main, widget.IconMessage, lang.L("Envoyer"), s.send).WithCaption(widget.Ctrl(fyne.KeyReturn))
	ready := widget.NewButton(widget.Ordinary, widget.IconText, lang.L("Texte prêt…"), s.template).WithCaption(widget.Ctrl(fyne.KeyT))
	doc := widget.NewButton(widget.Quiet, widget.IconDocument, lang.L("Document…"), s.chooseDocument).WithCaption(widget.Ctrl(fyne.KeyU))
	file := widget.NewButton(widget.Quiet, widget.IconUpload, lang.L("Fichier…"), func() { p.askFile(s.bearer()) })
	cancel := widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Fermer"), func() { s.Close() })
	s.Sheet = &widget.Sheet{
		Title: lang.L("Écrire à un patient"), Width: 680,
		Content: widget.Column(
			widget.Gap,
			widget.Sides(widget.Gap, nil, s.who, s.change), s.person.Box,
			widget.Limited(lang.L("Objet"), s.subject, client.MaxMessageName),
			widget.Limited(lang.L("Message"), s.text, client.MaxMessageText),
			widget.Row(widget.GapTight, doc, file), s.borne, s.noReply, s.members,
			widget.NewParagraph(lang.L("Le patient pourra répondre ensuite, jusqu’à ce que vous mettiez fin à l’échange. Ce n’est pas un canal d’urgence."), widget.Style{Tone: widget.Secondary}),
			s.said,
		),
		Actions: []*widget.Button{cancel, ready, send}, First: s.subject,
		Chord: s.send,
		Shortcuts: []widget.Shortcut{
			{ID: "begin-template", Keys: []widget.Keys{widget.Ctrl(fyne.KeyT)}, Label: lang.L("Prendre un texte prêt"), Do: s.template},
			{ID: "begin-field", Keys: []widget.Keys{widget.Ctrl(fyne.KeyJ)}, Label: lang.L("Aller au champ à compléter"), Do: s.nextField},
			{ID: "begin-attach", Keys: []widget.Keys{widget.Ctrl(fyne.KeyU)}, Label: lang.L("Joindre un document du dossier"), Do: s.chooseDocument},
			{ID: "begin-strict", Keys: []widget.Keys{widget.Ctrl(fyne.KeyN)}, Label: lang.L("Chercher par les traits stricts"), Do: s.strict},
			{ID: "begin-separator", Keys: []widget.Keys{widget.Ctrl(fyne.KeyRightBracket)}, Do: s.person.Separator},
		},
		OnClose: func() {
			s.person.Shut()
			p.beginning = nil
			p.keep()
		},
	}
}

// changed keeps what is written soon.
func (s *beginSheet) changed() {
	s.page.drafts[""] = s.draft
	s.page.soon("", s.draft)
}

// take takes the patient that was chosen.
func (s *beginSheet) take(patient client.Patient) {
	s.draft.Patient = patient
	s.changed()
	s.person.Shut()
	s.show()
	s.page.cfg.Shell.Focus(s.subject)
	s.askTeam()
}

// askTeam asks who could be let in; nobody waits for it.
func (s *beginSheet) askTeam() {
	patient := s.draft.Patient.ID
	s.page.team(patient, func(all []client.CareMember) {
		if s.draft.Patient.ID == patient {
			s.team = s.page.others(all, client.Dialogue{})
			s.show()
		}
	})
}

// show writes who is written to, and who may be let in.
func (s *beginSheet) show() {
	name := ""
	if s.draft.Patient.ID != "" {
		name = choose.FullName(s.draft.Patient)
	}
	s.who.Set(name)
	widget.Visible(s.who, name != "")
	widget.Visible(s.change, name != "")
	s.say("")
	s.borne.Objects = s.page.attached(s.bearer())
	widget.Visible(s.borne, len(s.borne.Objects) > 0)
	s.borne.Refresh()
	s.members.Objects = nil
	for _, m := range s.team {
		check := widget.NewCheck(lang.L("Avec {{.Name}}", map[string]any{"Name": m.Name}), func(on bool) { s.with(m.ID, on) })
		s.members.Objects = append(s.members.Objects, check)
	}
	s.members.Refresh()
}

// with lets a colleague in, or not.
func (s *beginSheet) with(id string, on bool) {
	var kept []string
	for _, m := range s.draft.Members {
		if m != id {
			kept = append(kept, m)
		}
	}
	if on {
		kept = append(kept, id)
	}
	s.draft.Members = kept
	s.changed()
}

// template puts a ready-made text into the first message.
func (s *beginSheet) template() {
	p := s.page
	all := templates(Filling{Me: p.cfg.Me.Name, Now: p.now()})
	p.pick(lang.L("Prendre un texte prêt"), lang.L("Chercher un texte"), templateRows(all), func(i int) {
		s.draft = s.draft.place(all[i], true)
		s.subject.SetText(s.draft.Subject)
		s.text.SetText(s.draft.Text)
		p.cfg.Shell.Focus(s.text)
		selectField(s.text)
	})
}

// send sends the first message.
func (s *beginSheet) send() {
	p := s.page
	if f := s.draft.Check(true); f != FaultNone {
		s.say(faultWords(f))
		return
	}
	d := s.draft
	s.Close() // what was written is kept until the queue or the server has it
	refused := func(why string) {
		if why != "" && p.beginning == nil && p.shown {
			p.begin().say(why)
		}
	}
	p.dispatch(d.Outgoing(p.cfg.NewID(), "", ""), d, refused, func(left bool) {
		if !left {
			return
		}
		p.forget("")
		p.cfg.Shell.Toast(widget.Toast{Icon: widget.IconMessage, Text: lang.L("Message confié à l’envoi.")})
		p.load(false)
	})
}

// nextField selects the first field that is left open.
func (s *beginSheet) nextField() {
	s.page.cfg.Shell.Focus(s.text)
	selectField(s.text)
}

// strict looks for somebody by the strict traits.
func (s *beginSheet) strict() {
	if s.person.IsOpen() {
		s.person.OpenStrict()
	}
}
