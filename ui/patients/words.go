package patients

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// notice is the line under the box: what is wrong, doubtful, or worth knowing.
type notice struct {
	icon widget.IconName
	tone widget.Tone
	text string
}

// noticeOf words what the state has to say beside its rows.
func noticeOf(s *State, scanning bool) notice {
	switch {
	case s.Ask.Intent == choose.Refused:
		return notice{widget.IconRefused, widget.Danger, faultWords(s.Ask.Fault)}
	case s.Ask.Intent == choose.Unfinished:
		return notice{widget.IconScan, widget.Primary, lang.L("Lecture du code en cours…")}
	case s.Mismatch != 0:
		return notice{
			widget.IconWarning, widget.Attention,
			lang.L("Le code scanné et le dossier ne disent pas la même chose : {{.Traits}}. Vérifiez l’identité avant d’ouvrir.", map[string]any{"Traits": s.Mismatch.words()}),
		}
	case s.Ask.Doubt == choose.FaultKey:
		return notice{widget.IconWarning, widget.Attention, lang.L("La clé de cet INS ne correspond pas. Admis parce que c’est une identité de test ; en production, il serait refusé.")}
	case s.Outside && s.Ask.Intent == Everyone:
		return notice{widget.IconHistory, widget.Attention, lang.L("Régulation médicale : votre recherche figure dans l’historique de chacune des personnes affichées.")}
	case s.Outside:
		return notice{widget.IconHistory, widget.Attention, lang.L("Cette personne n’est pas de vos patients : votre recherche figure dans l’historique de son dossier.")}
	case scanning && s.Input == "":
		return notice{widget.IconScan, widget.Primary, lang.L("Présentez le code de l’attestation INS au lecteur, ou saisissez les 15 caractères. Échap pour renoncer.")}
	}
	return notice{}
}

// faultWords says what to do about an input that cannot be asked.
func faultWords(f choose.Fault) string {
	switch f {
	case choose.FaultKey:
		return lang.L("La clé de cet INS ne correspond pas : un chiffre est faux. Vérifiez la saisie, ou scannez le code de l’attestation.")
	case choose.FaultForm:
		return lang.L("Ces 15 caractères ne forment pas un INS : vérifiez la saisie.")
	case choose.FaultLength:
		return lang.L("Un INS compte 15 caractères ; il y en a davantage ici. Effacez ceux qui sont en trop.")
	case choose.FaultCut:
		return lang.L("Le code a été lu en partie. Échap, puis scannez-le de nouveau, plus lentement.")
	case choose.FaultCode:
		return lang.L("Ce code n’est pas celui d’une attestation INS. Échap, puis scannez le carré imprimé sur l’attestation.")
	}
	return ""
}

// words lists traits: "le prénom et la date de naissance".
func (s Trait) words() string {
	var parts []string
	for _, t := range []struct {
		trait Trait
		word  string
	}{
		{TraitBirthName, lang.L("le nom de naissance")},
		{TraitGiven, lang.L("les prénoms")},
		{TraitSex, lang.L("le sexe")},
		{TraitBirthDate, lang.L("la date de naissance")},
		{TraitCity, lang.L("la commune")},
		{TraitINS, lang.L("l’INS")},
	} {
		if s.Has(t.trait) {
			parts = append(parts, t.word)
		}
	}
	if n := len(parts); n > 1 {
		return strings.Join(parts[:n-1], ", ") + " " + lang.L("et") + " " + parts[n-1]
	}
	return strings.Join(parts, "")
}

// heading words what the rows are.
func heading(s *State) string {
	count := widget.FormatNumber(s.Total)
	switch {
	case s.Phase != Shown:
		return ""
	case s.Ask.Intent == Everyone:
		return lang.L("Toutes les personnes de ce nom ({{.Count}})", map[string]any{"Count": count})
	case s.Outside || s.Ask.Intent == choose.Scanned || s.Ask.Intent == Traits:
		return lang.L("Personne trouvée")
	case s.Ask.Intent == choose.Nobody:
		return lang.L("Vos patients, derniers vus d’abord ({{.Count}})", map[string]any{"Count": count})
	}
	return lang.L("Vos patients ({{.Count}})", map[string]any{"Count": count})
}

// emptyState words an answer that nobody fits.
func emptyState(s *State) widget.State {
	if s.Prov.Cached {
		return widget.State{
			Icon: widget.IconOffline, Tone: widget.Attention,
			Title: lang.L("Aucun des dossiers copiés sur ce poste ne correspond"),
			Text:  lang.L("Le serveur ne répond pas : seuls les dossiers que vous avez ouverts récemment se trouvent ici. Carnet cherche de nouveau dès qu’il répond."),
		}
	}
	switch s.Ask.Intent {
	case choose.Nobody:
		return widget.State{
			Icon: widget.IconPeople, Tone: widget.Secondary,
			Title: lang.L("Vos patients apparaîtront ici"),
			Text:  lang.L("Ceux qui vous ont autorisé, dont vous êtes le médecin traitant ou que suit votre équipe. Pour une autre personne, scannez son INS ou donnez ses traits stricts."),
		}
	case choose.Scanned, choose.ByINS:
		return widget.State{
			Icon: widget.IconPerson, Tone: widget.Secondary,
			Title: lang.L("Aucun dossier pour cet INS"),
			Text:  lang.L("La personne n’a pas de dossier ouvert, ou l’INS est celui d’un autre domaine. Vérifiez l’attestation, ou cherchez par les traits stricts."),
		}
	case Everyone:
		return widget.State{
			Icon: widget.IconPerson, Tone: widget.Secondary,
			Title: lang.L("Personne de ce nom"),
			Text:  lang.L("Vérifiez l’orthographe et la date de naissance auprès de l’appelant, ou scannez l’INS."),
		}
	case Traits:
		return widget.State{
			Icon: widget.IconPerson, Tone: widget.Secondary,
			Title: lang.L("Personne ne correspond exactement"),
			Text:  lang.L("Vérifiez chaque trait sur une pièce d’identité, puis recommencez."),
		}
	}
	return widget.State{
		Icon: widget.IconSearch, Tone: widget.Secondary,
		Title: lang.L("Aucun de vos patients ne correspond"),
		Text:  lang.L("La recherche par nom ne porte que sur vos patients. Pour une autre personne, scannez son INS ou donnez ses traits stricts."),
	}
}

// relationWords words how I stand to a person, and until when.
func relationWords(row Row, now time.Time) (words, until string, tone widget.Tone) {
	p := row.Patient
	if !p.RelationEnd.IsZero() {
		until = widget.FormatUntil(p.RelationEnd, now)
	}
	switch RelationOf(p) {
	case RelationMT:
		return lang.L("Médecin traitant"), "", widget.Ink
	case RelationTeam:
		return lang.L("Équipe de soins"), until, widget.Ink
	case RelationConsent:
		return lang.L("Consentement"), until, widget.Ink
	case RelationFiling:
		return lang.L("Dépôt seulement"), "", widget.Secondary
	}
	return lang.L("Pas d’autorisation"), "", widget.Secondary
}

// lastVisit words my last visit.
func lastVisit(p client.Patient, now time.Time) string {
	if p.LastVisit.IsZero() {
		return ""
	}
	seen := p.LastVisit.In(now.Location())
	if seen.Year() == now.Year() && seen.YearDay() == now.YearDay() {
		return lang.L("vu aujourd’hui")
	}
	return lang.L("vu le {{.Day}}", map[string]any{"Day": widget.FormatDay(seen, now)})
}

// qualityWords words the quality of an identity.
func qualityWords(p client.Patient) string {
	switch p.Reliability {
	case "QUAL":
		return lang.L("INS qualifiée")
	case "VALI":
		return lang.L("Identité validée")
	case "RECUP":
		return lang.L("Identité récupérée")
	}
	return lang.L("Identité provisoire")
}

// flagOf words what a row has to say at its end: the most important thing only.
func flagOf(r Row) (widget.IconName, string, widget.Tone) {
	n := r.Patient.New
	switch {
	case r.Closed:
		return widget.IconArchive, lang.L("Pas de dossier ouvert"), widget.Attention
	case r.NoINS:
		return widget.IconWarning, lang.L("Dépôt impossible"), widget.Attention
	case n > 0:
		return widget.IconStar, widget.Plural(n, lang.L("%d nouveau"), lang.L("%d nouveaux")), widget.Primary
	}
	return widget.IconNone, "", widget.Ink
}
