package batch

import (
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// responsibleSheet asks who answers for the lot: who is signed in, or another
// professional of the establishment by their RPPS. The server checks that they belong
// to it.
type responsibleSheet struct {
	*widget.Sheet
	page       *Page
	rpps, name *widget.Entry
	message    *widget.Paragraph
}

// chooseResponsible opens the sheet. While files are on their way nobody else begins to
// answer for them.
func (p *Page) chooseResponsible() {
	if p.state.Count(Going) > 0 {
		p.say(widget.IconInfo, widget.Attention, lang.L("Des fichiers partent au nom du responsable actuel : attendez qu’ils soient arrivés, ou annulez l’envoi."))
		return
	}
	s := &responsibleSheet{
		page: p, rpps: widget.NewEntry(lang.L("11 chiffres")), name: widget.NewEntry(lang.L("comme dans l’annuaire, par exemple Dr Claire FABRE")),
		message: widget.NewParagraph("", widget.Style{Tone: widget.Danger}),
	}
	s.message.Hide()
	content := []*widget.Button{}
	me := p.cfg.Me
	mine := widget.NewButton(widget.Ordinary, widget.IconPerson, lang.L("Moi : {{.Name}}", map[string]any{"Name": me.Name}), func() { s.take(partyOf(me)) }).AlignLeft()
	if IsProfessional(me.ID) {
		content = append(content, mine)
	}
	if now := p.state.Responsible; now.ID != "" && now.ID != me.ID {
		s.rpps.SetText(strings.TrimPrefix(now.ID, rppsKind))
		s.name.SetText(now.Name)
	}
	body := widget.Column(
		widget.Gap,
		widget.NewParagraph(lang.L("Cette personne répond des documents du lot ; son nom figure dans l’historique de chaque patient, avec le vôtre. Elle appartient à {{.Org}} : le serveur le vérifie.", map[string]any{"Org": orgName(me)}), widget.Style{Tone: widget.Secondary}),
	)
	for _, b := range content {
		body.Add(b)
	}
	body.Add(widget.Labelled(lang.L("Numéro RPPS d’un autre professionnel"), s.rpps))
	body.Add(widget.Labelled(lang.L("Nom"), s.name))
	body.Add(s.message)
	s.Sheet = &widget.Sheet{
		Title: lang.L("Professionnel responsable du lot"), Content: body,
		Actions: []*widget.Button{
			widget.NewButton(widget.Ordinary, widget.IconNone, lang.L("Annuler"), func() { s.Close() }),
			widget.NewButton(widget.Main, widget.IconCheck, lang.L("Choisir"), s.submit),
		},
		First: s.rpps, Return: s.submit,
	}
	p.cfg.Shell.OpenSheet(s.Sheet)
}

// submit takes the professional typed, or says what is missing.
func (s *responsibleSheet) submit() {
	party, wrong := typedParty(s.rpps.Text, s.name.Text, s.page.cfg.Me)
	if wrong != "" {
		s.message.Set(wrong)
		s.message.Show()
		s.message.Refresh()
		if IsRPPS(bareRPPS(s.rpps.Text)) {
			s.page.cfg.Shell.Focus(s.name)
		} else {
			s.page.cfg.Shell.Focus(s.rpps)
		}
		return
	}
	s.take(party)
}

// take opens the lot for somebody, unless they answer for it already.
func (s *responsibleSheet) take(who fhir.Party) {
	s.Close()
	if who.ID == s.page.state.Responsible.ID && who.Name == s.page.state.Responsible.Name && s.page.lot != nil {
		return
	}
	s.page.open(who)
}

// typedParty makes a professional of what was typed, or says what is wrong.
func typedParty(rpps, name string, me client.Person) (p fhir.Party, wrong string) {
	number, name := bareRPPS(rpps), strings.Join(strings.Fields(name), " ")
	switch {
	case number == "":
		return p, lang.L("Donnez le numéro RPPS, ou choisissez-vous.")
	case !IsRPPS(number):
		return p, lang.L("Ce n’est pas un numéro RPPS : il compte 11 chiffres, et le dernier est une clé. Vérifiez-le sur sa carte ou dans l’annuaire.")
	case name == "":
		return p, lang.L("Donnez aussi le nom : c’est lui que les patients liront.")
	}
	return fhir.Party{ID: rppsKind + number, Name: name, OrgID: me.OrgID, OrgName: me.OrgName}, ""
}

// partyOf is who is signed in, as an author.
func partyOf(me client.Person) fhir.Party {
	return fhir.Party{ID: me.ID, Name: me.Name, Specialty: me.Specialty, OrgID: me.OrgID, OrgName: me.OrgName}
}

// partyName writes who answers, with their establishment.
func partyName(p fhir.Party) string {
	name := p.Name
	if name == "" {
		name = "RPPS " + strings.TrimPrefix(p.ID, rppsKind)
	}
	if p.OrgName != "" {
		name += " · " + p.OrgName
	}
	return name
}

func orgName(me client.Person) string {
	if me.OrgName != "" {
		return me.OrgName
	}
	return lang.L("votre établissement")
}
