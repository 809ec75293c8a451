package upload

import (
	"errors"
	"fmt"
	"strings"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// saying is a chip and a sentence.
type saying struct {
	icon widget.IconName
	word string
	tone widget.Tone
	text string
}

// verdictOf says what the check found.
func verdictOf(s *State) saying {
	r := s.Seen.Report
	var words []string
	for _, f := range r.Findings {
		words = append(words, f.Message(choose.Language()))
	}
	const most = 3
	if len(words) > most {
		words = append(words[:most], widget.Plural(len(r.Findings)-most, lang.L("%d autre remarque."), lang.L("%d autres remarques.")))
	}
	switch {
	case s.Seen.Image && s.Seen.PDF == nil:
		return saying{widget.IconInfo, lang.L("Image"), widget.Attention, lang.L("Cette image sera déposée telle quelle : elle n’a pas pu devenir un PDF.")}
	case s.Seen.Image:
		return saying{widget.IconOK, lang.L("Image lisible"), widget.Good, lang.L("L’image sera déposée en PDF, sans le lieu ni l’appareil de prise de vue.")}
	case r.Verdict == pdfcheck.Remarks:
		return saying{widget.IconWarning, lang.L("Lisible, avec des remarques"), widget.Attention, strings.Join(words, " ")}
	case r.PDFA != "":
		return saying{widget.IconOK, lang.L("Lisible, se déclare PDF/A"), widget.Good, ""}
	}
	return saying{widget.IconOK, lang.L("Lisible"), widget.Good, ""}
}

// filedWords says that a document was filed, and to whom: by the time they are
// read somebody else's record may be in front.
func filedWords(s *State) string {
	return lang.L("Document déposé dans le dossier de {{.Name}}.", map[string]any{"Name": nameOf(s)})
}

// nameOf writes whose record this is.
func nameOf(s *State) string {
	return widget.FormatName(s.Patient.BirthName, s.Patient.UsedName, s.Patient.FirstGiven)
}

// identityOf says whose document this seems to be.
func identityOf(s *State) saying {
	names := map[string]any{"Name": nameOf(s), "Keys": widget.Ctrl(fyne.KeyReturn).String()}
	switch s.Seen.Identity {
	case Match:
		return saying{widget.IconOK, lang.L("Identité concordante"), widget.Good, lang.L("Le document cite bien {{.Name}}.", names)}
	case Unsure:
		if s.Seen.Several {
			return saying{widget.IconInfo, lang.L("Plusieurs identités"), widget.Attention, lang.L("Le document semble parler de plusieurs personnes : vérifiez que toutes ses pages concernent {{.Name}}.", names)}
		}
		return saying{widget.IconInfo, lang.L("Identité à vérifier"), widget.Attention, lang.L("Le document ne cite qu’en partie {{.Name}} : vérifiez qu’il le concerne.", names)}
	case Mismatch:
		if s.Confirm {
			return saying{widget.IconWarning, lang.L("Autre identité dans le document"), widget.Attention, lang.L("Vous confirmez que le document concerne {{.Name}}. {{.Keys}} le dépose.", names)}
		}
		if s.asked {
			return saying{widget.IconWarning, lang.L("Autre identité dans le document"), widget.Danger, lang.L("Cochez la case pour confirmer que le document concerne {{.Name}}, ou annulez le dépôt.", names)}
		}
		return saying{widget.IconWarning, lang.L("Autre identité dans le document"), widget.Danger, lang.L("Le document semble concerner une autre personne que {{.Name}}. Confirmez, ou annulez.", names)}
	}
	if s.Seen.Image {
		return saying{widget.IconInfo, lang.L("Identité non lue"), widget.Attention, lang.L("Une image n’a pas de texte à comparer : vérifiez qu’elle concerne {{.Name}}.", names)}
	}
	return saying{widget.IconInfo, lang.L("Identité non lue"), widget.Attention, lang.L("Ce fichier n’a pas de texte à comparer : vérifiez qu’il concerne {{.Name}}.", names)}
}

// problemOf says why sending failed and what to do; nothing otherwise.
func problemOf(s *State, explain func(error) widget.Problem) saying {
	if s.Phase != Failed {
		return saying{}
	}
	if fhir.CodeOf(s.Err) == fhir.Canceled {
		return saying{widget.IconInfo, lang.L("Envoi interrompu"), widget.Attention, lang.L("Le document reste prêt. Le renvoyer ne peut pas en créer deux.")}
	}
	p := explain(s.Err)
	text := p.Next
	if !s.Final() && !errors.Is(s.Err, client.ErrNotKept) && !errors.Is(s.Err, client.ErrDiskFull) {
		text += " " + lang.L("Rien n’est perdu : le document reste prêt, et le renvoyer ne peut pas en créer deux.")
	}
	if p.Reference != "" {
		text += " " + lang.L("Référence à citer : {{.Reference}}", map[string]any{"Reference": p.Reference})
	}
	return saying{p.Icon, p.Title, p.Tone, text}
}

// refusalOf says why a file cannot be filed and what to ask for.
func refusalOf(s *State, explain func(error) widget.Problem) widget.State {
	out := widget.State{Icon: widget.IconRefused, Tone: widget.Danger, Title: lang.L("Ce fichier ne peut pas être déposé")}
	switch {
	case s.Patient.INS.Value == "":
		out.Title = lang.L("Rien ne peut être déposé pour cette identité")
		out.Text = lang.L("L’identité de cette personne n’est pas qualifiée. Qualifiez-la avec sa pièce d’identité et l’INSi, puis recommencez.")
	case fhir.CodeOf(s.Err) == fhir.NotFound:
		out.Title, out.Text = lang.L("Ce fichier est introuvable"), lang.L("Vérifiez son chemin, ou choisissez-le de nouveau.")
	case fhir.CodeOf(s.Err) == fhir.TooLarge && s.Seen.Image:
		out.Text = lang.L("Cette image est trop grande pour devenir un PDF. Numérisez-la de nouveau à 300 points par pouce.")
	case fhir.CodeOf(s.Err) == fhir.TooLarge:
		out.Text = lang.L("Il dépasse 25 Mo. Réduisez la résolution des images, ou séparez-le en plusieurs documents.")
	case fhir.CodeOf(s.Err) == fhir.Invalid && s.Seen.Image:
		out.Text = lang.L("Cette image est abîmée. Numérisez le document de nouveau.")
	case fhir.CodeOf(s.Err) == fhir.Invalid:
		out.Text = lang.L("Il ne se lit pas. Fermez le logiciel qui l’utilise, ou copiez-le ailleurs, puis recommencez.")
	case s.Err != nil:
		p := explain(s.Err)
		out.Icon, out.Tone, out.Title, out.Text, out.Reference = p.Icon, p.Tone, p.Title, p.Next, p.Reference
	case s.Seen.ContentType == "":
		out.Text = lang.L("Un dossier reçoit des PDF, des images JPEG, PNG ou TIFF, et du texte. Demandez-en une version PDF, ou imprimez-le en PDF.")
	default:
		out.Text = s.Seen.Report.Reason(choose.Language())
	}
	if several := severalOf(s); several.text != "" {
		out.Text += " " + several.text
	}
	return out
}

// typeLine says the type, and how sure it is.
func typeLine(s *State) (icon widget.IconName, label, class string) {
	t, ok := terminology.TypeByCode(s.Type)
	if !ok {
		return widget.IconSearch, lang.L("Choisir le type…"), lang.L("La classe en découle.")
	}
	class = lang.L("Classe : {{.Class}}", map[string]any{"Class": widget.FormatLabel(terminology.ClassLabel(t.Class))})
	if s.Doubt() {
		class = lang.L("Type proposé d’après le texte : Entrée l’accepte.") + " " + class
	}
	return widget.IconDocument, choose.TypeLabel(t), class
}

// dateWords says what is wrong with the date, or that it was not typed.
func dateWords(s *State) (string, widget.Tone) {
	if _, ok := s.Act(); !ok {
		return lang.L("Date d’aujourd’hui ou passée"), widget.Danger
	}
	if s.Proposed() {
		return lang.L("Proposée d’après le texte"), widget.Attention
	}
	return "", widget.Secondary
}

// severalOf says which file this is, of those that came together; nothing when
// it came alone.
func severalOf(s *State) saying {
	if s.Several < 2 {
		return saying{}
	}
	return saying{
		widget.IconInfo, widget.Plural(s.Several, lang.L("%d fichier reçu"), lang.L("%d fichiers reçus")), widget.Attention,
		lang.L("Un seul se dépose à la fois. Celui-ci est « {{.File}} » ; les autres n’ont pas été pris : glissez-les ensuite, un par un.", map[string]any{"File": s.Name}),
	}
}

// patientOf says for whom: name, birth, age, INS.
func patientOf(s *State) string {
	p := s.Patient
	return strings.Join(nonEmpty(
		nameOf(s), widget.FormatBirth(p.BirthDate), widget.FormatINS(p.INS.Value),
	), " · ")
}

// factsOf says what file it is, without its name.
func factsOf(s *State) string {
	facts := widget.FormatSize(int64(len(s.Data)))
	if n := s.Seen.Report.Pages; n > 0 {
		facts += " · " + widget.Plural(n, lang.L("%d page"), lang.L("%d pages"))
	}
	return facts
}

// sentOf says how far the attempt is.
func sentOf(s *State) string {
	return fmt.Sprintf("%s / %s", widget.FormatSize(s.Sent), widget.FormatSize(int64(len(s.Data))))
}

// update shows a state.
func (v *view) update(s *State) {
	v.filling = true
	defer func() { v.filling = false }()
	widget.Visible(v.chooser, s.Phase == Choosing)
	widget.Visible(v.reading, s.Phase == Reading)
	widget.Visible(v.refused, s.Phase == Refused)
	widget.Visible(v.form, s.Phase == Ready || s.Phase == Sending || s.Phase == Failed)
	v.buttons(s)
	if v.u.sheet != nil {
		v.u.sheet.FitActions()
	}
	switch s.Phase {
	case Refused:
		v.refused.Set(refusalOf(s, v.u.cfg.Shell.Explain))
	case Ready, Sending, Failed:
		v.fields(s)
	case Reading:
		v.skeleton.Hide() // until 300 ms have passed: see busy
	}
}

// fields fills the form.
func (v *view) fields(s *State) {
	v.patient.Set(patientOf(s))
	v.facts.Set(factsOf(s))
	v.lost.set(lostOf(s))
	v.problem.set(problemOf(s, v.u.cfg.Shell.Explain))
	v.verdict.set(verdictOf(s))
	v.identity.set(identityOf(s))
	v.confirm.Text = lang.L("Ce document concerne bien {{.Name}}", map[string]any{
		"Name": nameOf(s),
	})
	v.confirm.SetChecked(s.Confirm)
	v.confirm.Refresh()
	widget.Visible(v.confirm, s.Seen.Identity == Mismatch)
	icon, label, class := typeLine(s)
	v.kind.Set(icon, label)
	v.class.Set(class)
	v.class.SetTone(map[bool]widget.Tone{true: widget.Attention, false: widget.Secondary}[s.Doubt()])
	if v.title.Text != s.Title {
		v.title.SetText(s.Title)
	}
	if v.date.Text != s.Date {
		v.date.SetText(s.Date)
	}
	words, tone := dateWords(s)
	v.dateHint.Set(words)
	v.dateHint.SetTone(tone)
	v.several.set(severalOf(s))
	v.masked.SetChecked(s.Masked)
	v.hidden.SetChecked(s.Hidden)
	v.author.Set(lang.L("Auteur : {{.Name}}", map[string]any{"Name": strings.Join(nonEmpty(v.u.cfg.Me.Name, v.u.cfg.Me.OrgName), " · ")}))
	widget.Visible(v.progress, s.Phase == Sending)
	widget.Visible(v.sent, s.Phase == Sending)
	v.sending(s)
	v.settle()
}

// sending shows how far the attempt is.
func (v *view) sending(s *State) {
	v.progress.Set(s.Sent, int64(len(s.Data)))
	v.sent.Set(sentOf(s))
}

func nonEmpty(parts ...string) []string {
	var out []string
	for _, p := range parts {
		if p != "" {
			out = append(out, p)
		}
	}
	return out
}

// buttons says what Return and Escape do now.
func (v *view) buttons(s *State) {
	v.cancel.Set(widget.IconNone, lang.L("Annuler"))
	v.main.Enable()
	v.main.SetChord(s.Chord())
	widget.Visible(v.minor, v.u.mayKeepOut())
	switch s.Phase {
	case Choosing:
		v.main.Set(widget.IconNext, lang.L("Lire le fichier"))
	case Reading:
		v.main.Set(widget.IconUpload, lang.L("Déposer"))
		v.main.Disable()
	case Refused:
		v.main.Set(widget.IconFolder, lang.L("Choisir un autre fichier"))
		if s.Patient.INS.Value == "" {
			v.main.Set(widget.IconNone, lang.L("Fermer"))
		}
	case Ready:
		v.main.Set(widget.IconUpload, lang.L("Déposer"))
		if s.Shut() {
			v.main.Disable()
		}
	case Sending:
		v.main.Set(widget.IconUpload, lang.L("Envoi…"))
		v.main.Disable()
		v.cancel.Set(widget.IconClose, lang.L("Interrompre l’envoi"))
	case Failed:
		v.main.Set(widget.IconRefresh, lang.L("Renvoyer"))
		if s.Final() {
			v.main.Set(widget.IconNone, lang.L("Fermer"))
		}
	}
}
