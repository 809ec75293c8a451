package portal

import (
	"cmp"
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// acts name what is done, by the kind of the log's entry; keys of the texts.
var acts = map[string]string{
	fhir.KindSearch: "a vu la liste des documents", fhir.KindSearchSets: "a vu la liste des envois", fhir.KindRead: "a lu", fhir.KindReadMeta: "a vu la fiche de",
	fhir.KindCreate: "a ajouté", fhir.KindSubmit: "a ajouté", fhir.KindPatch: "a changé", fhir.KindReplace: "a remplacé", fhir.KindUndo: "a retiré un dépôt fait par erreur",
	fhir.KindOpen: "a ouvert le dossier", fhir.KindClose: "a refermé le dossier", fhir.KindConsent: "a changé qui peut lire", fhir.KindDenial: "s’est vu refuser l’accès",
	fhir.KindMiss: "a demandé quelque chose qui n’est pas là", fhir.KindHistory: "a consulté l’historique", fhir.KindLookup: "a cherché le dossier par l’identité",
	fhir.KindLife: "a changé l’état du dossier", fhir.KindCopy: "a pris une copie de travail", fhir.KindProfile: "a ouvert le profil de santé",
	fhir.KindMessage: "a lu des messages", fhir.KindMessageSent: "a écrit un message",
	fhir.KindExport: "a emporté le dossier", fhir.KindNotices: "a vu les avis", fhir.KindComplaint: "a contesté un accès, ou y a répondu",
}

// details say the log's short words of an act or a notice; keys of the texts.
// A word that is not here is for machines, and is not shown.
var details = map[string]string{
	"allow": "autorisation donnée", "team": "équipe de soins", "revoke": "accès retiré", "block": "blocage", "unblock": "blocage levé",
	"mt": "médecin traitant déclaré", "no-mt": "médecin traitant retiré", "choose": "réglages changés", "contest": "contestation",
	"accept": "demande acceptée", "decline": "demande refusée", "request": "demande d’accès", "end-mandate": "mandat terminé", "mandates": "mandats consultés",
	"mandate,representative": "représentant désigné", "mandate,heir": "accès d’un héritier", "mandate,partner": "accès du conjoint",
	"mask": "masqué aux professionnels", "unmask": "démasqué", "hide": "caché en attente d’annonce", "show": "montré au patient",
	"hide-reps": "caché aux représentants", "show-reps": "montré aux représentants", "archive": "archivé", "unarchive": "sorti des archives", "delete": "supprimé",
	"withdrawn": "retiré depuis", "again": "sans effet : déjà fait", "keep": "ajout ou changement", "drop": "retrait", "copies": "copies hors ligne",
	"revoked": "hors ligne, après la fin de son accès", "unsure": "hors ligne, à une heure incertaine : l’horloge de son poste était fausse", "oral": "accord oral", "ecrit": "accord écrit",
	"no-consent": "vous ne l’avez pas autorisé", "blocked": "vous l’avez bloqué", "opposed": "vous vous opposez à ces accès", "contested": "vous avez contesté son accord",
	"profession": "son métier ne lit pas cela", "no-record": "le dossier n’était pas ouvert", "reason": "aucun motif donné", "not-own": "le document n’est pas le sien",
	"mode": "son métier n’a pas cet accès", "function": "son métier n’a pas ce droit",
}

// lives say the log's short words of a change in the life of a record.
var lives = map[string]string{
	"announce": "dossier annoncé", "object": "opposition", "withdraw-objection": "opposition retirée", "code": "nouveau code demandé", "wrong-code": "code faux",
	"activate": "dossier activé", "open": "dossier ouvert", "close": "dossier fermé", "reopen": "dossier rouvert", "archive-end": "fin de l’archive",
	"archive": "archive ouverte à un proche", "erase": "dossier effacé", "erase-again": "dossier effacé", "sent": "lettre envoyée", "retry": "nouvel envoi",
}

// looked are acts of kinds that change something, and this time did not.
var looked = map[string]string{
	fhir.KindConsent + " list": "a vu qui peut lire", fhir.KindConsent + " mandates": "a vu les mandats", fhir.KindProfile + " read": "a vu le profil de santé",
	fhir.KindProfile + " keep": "a changé le profil de santé", fhir.KindProfile + " drop": "a changé le profil de santé", fhir.KindHistory + " copies": "a vu les copies hors ligne",
	fhir.KindComplaint + " contest": "a contesté un accès d’urgence", fhir.KindComplaint + " list": "a vu les accès contestés",
	fhir.KindComplaint + " answer": "a répondu à une contestation",
	fhir.KindMessage + " list":     "a vu la liste des messages", fhir.KindMessage + " file": "a ouvert un fichier joint à un message",
	fhir.KindMessageSent + " open": "a ouvert un échange de messages", fhir.KindMessageSent + " ended": "a mis fin à un échange de messages",
	fhir.KindMessageSent + " none": "a réglé un échange sans réponse", fhir.KindMessageSent + " member": "a fait entrer quelqu’un dans un échange de messages",
	fhir.KindMessageSent + " leave": "a quitté un échange de messages",
}

// roles name who is no professional in a visit; keys of the texts.
var roles = map[string]string{
	"holder": "le titulaire du dossier", record.RelationRepresentative: "représentant", record.RelationHeir: "héritier", record.RelationPartner: "conjoint",
	record.StaffOperator: "support, sans accès aux documents", record.StaffDPO: "délégué à la protection des données",
}

// detail says a short word of the log, "" for one that is not for people.
func (c *call) detail(kind, word string) string {
	table := details
	if kind == fhir.KindLife {
		table = lives
	}
	var out []string
	for one := range strings.SplitSeq(word, ",") {
		if text := table[one]; text != "" {
			out = append(out, c.T(text))
		}
	}
	if len(out) == 0 && table[word] != "" {
		return c.T(table[word])
	}
	return strings.Join(out, ", ")
}

// act says one act in words.
func (c *call) act(a record.Act) actView {
	key := cmp.Or(looked[a.Kind+" "+a.Detail], acts[a.Kind], "a agi sur le dossier")
	one := actView{
		At: a.At, Synced: a.Synced, Text: c.T(key), Document: a.Document, Title: a.Title, Waiting: a.Waiting,
		Responsible: a.Responsible, Times: max(1, a.Count),
	}
	if looked[a.Kind+" "+a.Detail] == "" {
		one.Detail = c.detail(a.Kind, a.Detail)
	}
	if a.TypeCode != "" {
		one.Type = c.words().TypeLabel(a.TypeCode)
	}
	if a.Waiting {
		one.Title, one.Document, one.Type = c.T("document en attente d’annonce"), "", ""
	}
	return one
}

// summary says a visit in one line.
func (c *call) summary(v record.Visit) string {
	if v.Refused {
		return c.T("refusé, rien n’a été montré")
	}
	if v.Copy {
		return c.T("copie de travail pour le hors ligne, sans consultation")
	}
	read, filed := 0, 0
	for _, a := range v.Acts {
		switch a.Kind {
		case fhir.KindRead:
			read += max(1, a.Count)
		case fhir.KindCreate, fhir.KindSubmit, fhir.KindReplace:
			filed += max(1, a.Count)
		}
	}
	var parts []string
	for _, p := range []struct {
		n         int
		one, many string
	}{{read, "1 document lu", "%d documents lus"}, {filed, "1 document ajouté", "%d documents ajoutés"}} {
		if p.n == 1 {
			parts = append(parts, c.T(p.one))
		} else if p.n > 1 {
			parts = append(parts, c.T(p.many, p.n))
		}
	}
	parts = append(parts, c.also(v.Acts)...)
	if by := responsible(v.Acts); by != "" {
		parts = append(parts, c.T("sous la responsabilité de %s", by))
	}
	if len(parts) == 0 && len(v.Acts) > 0 {
		last := c.act(v.Acts[len(v.Acts)-1])
		return strings.TrimSuffix(last.Text+", "+last.Detail, ", ")
	}
	return strings.Join(parts, ", ")
}

// also says what a visit did beside documents: messages, and the health profile.
// A visit of one kind of act is said by that act itself.
func (c *call) also(acts []record.Act) (parts []string) {
	if !slices.ContainsFunc(acts, func(a record.Act) bool { return a.Kind != acts[0].Kind }) {
		return nil
	}
	sent, letters, seen, changed := 0, false, false, false
	for _, a := range acts {
		switch {
		case a.Kind == fhir.KindMessageSent && (a.Detail == "" || a.Detail == "open"): // not of its rules
			sent += max(1, a.Count)
		case a.Kind == fhir.KindMessage:
			letters = true
		case a.Kind == fhir.KindProfile && (a.Detail == "keep" || a.Detail == "drop"):
			changed = true
		case a.Kind == fhir.KindProfile:
			seen = true
		}
	}
	switch {
	case sent == 1:
		parts = append(parts, c.T("1 message envoyé"))
	case sent > 1:
		parts = append(parts, c.T("%d messages envoyés", sent))
	case letters:
		parts = append(parts, c.T("messages lus"))
	}
	switch {
	case changed:
		parts = append(parts, c.T("profil de santé modifié"))
	case seen:
		parts = append(parts, c.T("profil de santé lu"))
	}
	return parts
}

// responsible names who answers for a visit of a system: one person, or "" when
// there is none or more than one, whom the details name.
func responsible(acts []record.Act) string {
	name := ""
	for _, a := range acts {
		if name != "" && a.Responsible != "" && a.Responsible != name {
			return ""
		}
		name = cmp.Or(name, a.Responsible)
	}
	return name
}
