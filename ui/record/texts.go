package record

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// tickEvery is the beat of countdowns.
const tickEvery = time.Second

// nameOf writes a person's name.
func nameOf(p client.Patient) string {
	return choose.FullName(p)
}

// identityOf fills the banner.
func identityOf(p *Page) widget.Identity {
	who := p.cfg.Patient
	i := widget.Identity{
		Name: nameOf(who), BirthName: widget.FormatBirthName(who.BirthName, who.Given, who.Gender), Sex: widget.FormatSex(who.Gender),
		Birth: widget.FormatBirth(who.BirthDate), Age: widget.Age(who.BirthDate, p.now()), City: who.City,
		Qualified: identified(who), Access: accessWords(p), Alerts: p.parts.alert,
	}
	i.Quality = lang.L("Identité provisoire : dépôt impossible")
	if i.Qualified {
		i.INS, i.Quality = widget.FormatINS(who.INS.Value), lang.L("INS qualifiée")
	}
	return i
}

// identified tells an identity to which documents can be filed.
func identified(p client.Patient) bool { return p.Reliability == "QUAL" && p.INS.Value != "" }

// accessWords says how the professional is allowed in, and until when.
func accessWords(p *Page) string {
	a := p.access
	switch p.phase {
	case Reading:
	case Opening:
		return lang.L("Ouverture du dossier…")
	case NoRight:
		return lang.L("Lecture non autorisée")
	default:
		return ""
	}
	until := ""
	if !a.Until.IsZero() {
		until = " " + widget.FormatUntil(a.Until, p.now())
	}
	switch {
	case a.Mode == fhir.ModeBreakGlass:
		return lang.L("Accès d’urgence (bris de glace), jusqu’à {{.Time}} · le patient a été prévenu", map[string]any{"Time": widget.FormatTime(a.End.In(p.now().Location()))})
	case a.Mode == fhir.ModeCentre15:
		return lang.L("Régulation médicale (centre 15), jusqu’à {{.Time}} · le patient a été prévenu", map[string]any{"Time": widget.FormatTime(a.End.In(p.now().Location()))})
	case a.Basis == fhir.BasisMT:
		return lang.L("Vous êtes son médecin traitant · accès normal")
	case a.Basis == fhir.BasisCareTeam:
		return lang.L("Vous êtes de son équipe de soins") + until + " · " + lang.L("accès normal")
	case a.Basis == fhir.BasisAuthorised:
		return lang.L("Le patient vous a autorisé") + until + " · " + lang.L("accès normal")
	}
	return lang.L("Accès normal")
}

// refusalWords says why nothing may be read: what the server says, and never
// more, since more could betray what the patient chose to hide.
func refusalWords(refusal string) string {
	if refusal == "profession" {
		return lang.L("Votre profession ou votre spécialité ne permet pas de lire les dossiers ; c’est la loi, et non un choix du patient. Vous pouvez y déposer des documents.")
	}
	return lang.L("Le patient ne vous a pas encore autorisé.")
}

type offerFace struct {
	icon                widget.IconName
	title, text, button string
}

func (o Offer) face() offerFace {
	switch o {
	case OfferConsent:
		return offerFace{
			widget.IconConsent, lang.L("Le patient est devant vous et vous y autorise ?"),
			lang.L("À l’oral ou par écrit, pour cette consultation, trois mois ou sans limite. Il en est informé aussitôt."),
			lang.L("Recueillir le consentement…"),
		}
	case OfferBreakGlass:
		return offerFace{
			widget.IconEmergency, lang.L("Urgence vitale ?"),
			lang.L("Motif obligatoire. Le patient est prévenu aussitôt, l’accès dure une heure."),
			lang.L("Accès d’urgence (bris de glace)…"),
		}
	case OfferCentre15:
		return offerFace{
			widget.IconEmergency, lang.L("Régulation médicale ?"),
			lang.L("Accès du centre 15, motif obligatoire. Le patient est prévenu aussitôt."),
			lang.L("Accès centre 15…"),
		}
	case OfferRequest:
		return offerFace{
			widget.IconMessage, lang.L("Le patient n’est pas devant vous ?"),
			lang.L("Demandez-lui l’accès : il répond depuis son espace, quand il le souhaite."),
			lang.L("Demander l’accès au patient…"),
		}
	case OfferUpload:
		return offerFace{
			widget.IconUpload, lang.L("Un document pour ce patient ?"),
			lang.L("Déposer ne demande pas le droit de lire. Vous pouvez aussi glisser un fichier PDF ici."),
			lang.L("Déposer un document…"),
		}
	}
	return offerFace{}
}

func alarmTitle(mode string) string {
	if mode == fhir.ModeCentre15 {
		return lang.L("Accès centre 15")
	}
	return lang.L("Accès d’urgence (bris de glace)")
}

func alarmWarning(mode string) string {
	if mode == fhir.ModeCentre15 {
		return lang.L("Réservé à la régulation médicale. Le patient est prévenu aussitôt : votre nom, l’heure et le motif figurent dans son historique. L’accès se ferme de lui-même.")
	}
	return lang.L("Réservé aux situations où la vie est en danger et où le patient ne peut pas consentir. Il est prévenu aussitôt : votre nom, l’heure et le motif figurent dans son historique. L’accès dure une heure.")
}

func alarmExample(mode string) string {
	if mode == fhir.ModeCentre15 {
		return lang.L("par exemple : appel au 15, douleur thoracique, patient seul")
	}
	return lang.L("par exemple : patient inconscient au cabinet, antécédents inconnus")
}

// stateOf words the phases in which nothing of the record is shown.
func stateOf(p *Page) (widget.State, bool) {
	again := func(label string, do func()) []*widget.Button {
		return []*widget.Button{widget.NewButton(widget.Main, widget.IconRefresh, label, do)}
	}
	switch p.phase {
	case NoRecord:
		if p.following.lost != "" {
			return widget.State{
				Icon: widget.IconArchive, Tone: widget.Attention,
				Title: lang.L("Ce dossier vient d’être clos"),
				Text:  lang.L("Plus rien n’en est affiché ni conservé sur ce poste, et rien ne peut plus y être déposé : remettez vos documents au patient."),
			}, true
		}
		return widget.State{
			Icon: widget.IconArchive, Tone: widget.Secondary,
			Title: lang.L("Pas de dossier ouvert"),
			Text:  lang.L("Ce dossier est clos, ou la personne s’est opposée à sa création. Rien ne peut y être lu ni déposé : remettez vos documents au patient."),
		}, true
	case Ended:
		if !Emergency(p.access.Mode) {
			return widget.State{
				Icon: widget.IconClock, Tone: widget.Attention,
				Title:   lang.L("Cet accès au dossier est terminé"),
				Text:    lang.L("Plus rien n’en est affiché. Rouvrez-le pour continuer : le patient verra une nouvelle visite."),
				Actions: again(lang.L("Rouvrir le dossier"), func() { p.open(client.OpenRequest{Mode: fhir.ModeNormal}) }),
			}, true
		}
		return widget.State{
			Icon: widget.IconClock, Tone: widget.Attention,
			Title:   lang.L("L’accès d’urgence est terminé"),
			Text:    lang.L("Plus rien du dossier n’est affiché. Si l’urgence dure, demandez un nouvel accès avec son motif ; sinon, recueillez le consentement du patient."),
			Actions: again(lang.L("Revenir au dossier"), func() { p.open(client.OpenRequest{Mode: fhir.ModeNormal}) }),
		}, true
	case Failed, Refused:
		problem := p.cfg.Shell.Explain(p.err)
		return widget.State{
			Icon: problem.Icon, Tone: problem.Tone, Title: problem.Title, Text: problem.Next, Reference: problem.Reference,
			Actions: again(lang.L("Réessayer"), func() { p.open(client.OpenRequest{Mode: fhir.ModeNormal}) }),
		}, true
	}
	return widget.State{}, false
}

// emptyState words a record without a document for this reader.
func emptyState(p *Page) widget.State {
	s := widget.State{
		Icon: widget.IconFolder, Tone: widget.Secondary,
		Title: lang.L("Aucun document à lire pour l’instant"),
		Text:  lang.L("Les documents que vous pouvez lire apparaîtront ici."),
	}
	if Has(p.access, fhir.RightUpload) && identified(p.cfg.Patient) {
		s.Text = lang.L("Les documents que vous pouvez lire apparaîtront ici. Déposez le premier, ou glissez un PDF sur cette page.")
		s.Actions = []*widget.Button{widget.NewButton(widget.Main, widget.IconUpload, lang.L("Déposer un document"), func() { p.upload(nil, nil) }).WithCaption(widget.Ctrl(fyne.KeyU))}
	}
	return s
}

// filteredState words a filter that nothing passes.
func filteredState(v *documentsView) widget.State {
	return widget.State{
		Icon: widget.IconFilter, Tone: widget.Secondary,
		Title: lang.L("Aucun document ne correspond au filtre"),
		Text:  lang.L("Le filtre porte sur le type, le titre, l’auteur et l’établissement."),
		Actions: []*widget.Button{widget.NewButton(widget.Ordinary, widget.IconClose, lang.L("Effacer le filtre"), func() {
			v.filter.SetText("")
			v.page.showMasked(true)
		})},
	}
}

func documentsTab(p *Page) string {
	if p.list.total == 0 {
		return lang.L("Documents")
	}
	return lang.L("Documents {{.Count}}", map[string]any{"Count": widget.FormatNumber(p.list.total)})
}

// countWords says how many documents are listed, of how many.
func countWords(p *Page) string {
	shown, total := p.docs.Shown(), max(p.list.total, p.docs.Len())
	switch {
	case p.list.loading && p.docs.Len() == 0:
		return ""
	case p.docs.Len() < total && p.list.err == nil:
		return lang.L("{{.Here}} sur {{.All}}, la suite arrive…", map[string]any{"Here": widget.FormatNumber(p.docs.Len()), "All": widget.FormatNumber(total)})
	case shown < total:
		return lang.L("{{.Here}} sur {{.All}} documents", map[string]any{"Here": widget.FormatNumber(shown), "All": widget.FormatNumber(total)})
	case p.list.prov.Cached: // what a copy holds (contract, section 10)
		return widget.Plural(total, lang.L("%d document, des deux dernières années"), lang.L("%d documents, des deux dernières années"))
	}
	return widget.Plural(total, lang.L("%d document"), lang.L("%d documents"))
}

func headingWords(h Heading) string {
	text := h.Text
	switch h.Kind {
	case HeadNew:
		text = lang.L("Nouveaux depuis votre dernière visite")
	case HeadUndated:
		text = lang.L("Sans date lisible")
	}
	return text + widget.Nbsp + "(" + widget.FormatNumber(h.Count) + ")"
}

// titleOf gives what a document is called: by its author, or by its type.
func titleOf(e *Entry) string {
	if title := strings.TrimSpace(e.Doc.Attachment.Title); title != "" {
		return widget.FormatLabel(title)
	}
	return e.Type
}

// typeOf gives the words of a document's type, unless its title says them
// already.
func typeOf(e *Entry) string {
	title := terminology.Fold(titleOf(e))
	if strings.HasPrefix(e.byType, title) || strings.HasPrefix(title, e.byType) {
		return ""
	}
	return e.Type
}

// underTitle is the second line of a row: what kind of document, by whom. Under
// a heading that is the type, the type is not said again.
func underTitle(e *Entry, by Order) string {
	kind := typeOf(e)
	if kind == "" || by == ByType {
		return authorOf(e)
	}
	return kind + " · " + authorOf(e)
}

func authorOf(e *Entry) string {
	parts := []string{e.Author}
	if e.Own {
		parts[0] = lang.L("Vous")
	}
	if e.Org != "" && e.Org != e.Author {
		parts = append(parts, e.Org)
	}
	return strings.Join(parts, " · ")
}

// stateWords gives the marks of a document: an icon for the first, a word for
// each.
func stateWords(d client.Document) (widget.IconName, string) {
	var icon widget.IconName
	var parts []string
	for _, s := range []struct {
		on   bool
		icon widget.IconName
		word string
	}{
		{d.Status == "superseded", widget.IconReplaced, lang.L("remplacé")},
		{d.Archived, widget.IconArchive, lang.L("archivé")},
		{d.Masked, widget.IconMasked, lang.L("masqué")},
		{d.HiddenPatient, widget.IconHidden, lang.L("non visible du patient")},
		{d.Confidential == "R" || d.Confidential == "V", widget.IconShield, confidentialWord(d.Confidential)},
	} {
		if s.on {
			parts = append(parts, s.word)
			if icon == "" {
				icon = s.icon
			}
		}
	}
	return icon, strings.Join(parts, " · ")
}

func confidentialWord(code string) string {
	if code == "V" {
		return lang.L("très restreint")
	}
	return lang.L("restreint")
}

// stateSentence is stateWords at length, for the head of the reader.
func stateSentence(d client.Document) (widget.IconName, string) {
	icon, words := stateWords(d)
	switch {
	case d.Status == "superseded" && d.ReplacedBy != "":
		return icon, lang.L("Remplacé par une version plus récente")
	case d.HiddenPatient && !d.Masked && !d.Archived:
		return icon, lang.L("Non visible du patient avant la consultation d’annonce")
	case d.Masked && !d.Archived && !d.HiddenPatient:
		return icon, lang.L("Masqué aux professionnels, sauf l’auteur et le médecin traitant")
	}
	return icon, words
}

// kindLine says what kind of document it is: type and class.
func kindLine(e *Entry) string {
	return joined(e.Type, widget.FormatLabel(terminology.ClassLabel(e.Doc.Category.Code)))
}

// originLine says when, by whom, where, how large.
func originLine(e *Entry, now time.Time) string {
	place, size := "", ""
	if e.Org == "" {
		place = widget.FormatLabel(terminology.FacilityLabel(e.Doc.Facility.Code))
	}
	if e.Doc.Attachment.Size > 0 {
		size = widget.FormatSize(e.Doc.Attachment.Size)
	}
	return joined(widget.FormatDate(e.Act.In(now.Location())), authorOf(e), place, size)
}

// joined sets what is there side by side.
func joined(parts ...string) string {
	var present []string
	for _, s := range parts {
		if s != "" {
			present = append(present, s)
		}
	}
	return strings.Join(present, " · ")
}

// whereWords says of which document, why, where.
func whereWords(t client.Trace) string {
	reason := ""
	if t.Reason != "" { // first: it is what an emergency is judged by
		reason = lang.L("Motif : {{.Reason}}", map[string]any{"Reason": t.Reason})
	}
	return joined(reason, widget.FormatLabel(t.DocumentTitle), t.OrgName)
}
