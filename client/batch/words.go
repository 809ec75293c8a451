package batch

import (
	"strings"

	"carnet/client/fhir"
)

// words are one sentence in both languages.
type words struct{ fr, en string }

func (w words) in(lang string) string {
	if lang == "en" {
		return w.en
	}
	return w.fr
}

// stateWords names each state as on screen.
func stateWords() map[State]words {
	return map[State]words{
		Found: {"Trouvé", "Found"}, Reading: {"Lecture", "Reading"}, Fix: {"À corriger", "To correct"}, Ready: {"Prêt", "Ready"},
		Queued: {"En file", "Queued"}, Sending: {"Envoi", "Sending"}, Waiting: {"En attente", "Waiting"},
		Sent: {"Envoyé", "Sent"}, Already: {"Déjà au dossier", "Already there"}, NoRecord: {"Sans dossier", "No record"},
		Refused: {"Refusé", "Refused"}, Removed: {"Retiré", "Taken out"},
	}
}

// Label is a state's name on screen; lang is "fr" or "en".
func (s State) Label(lang string) string { return stateWords()[s].in(lang) }

// Message says what a state means for the person, and what to do if anything is.
func (s State) Message(lang string) string {
	return map[State]words{
		Found:    {"Le fichier va être lu. Rien à faire.", "The file is about to be read. Nothing to do."},
		Reading:  {"Le fichier est vérifié. Rien à faire.", "The file is being checked. Nothing to do."},
		Fix:      {"Une réponse manque. Corrigez la ligne.", "An answer is missing. Correct the row."},
		Ready:    {"Tout est là. Envoyez-le quand vous voulez.", "Everything is there. Send it when you like."},
		Queued:   {"Il est en file et partira de lui-même. Rien à faire.", "It is queued and leaves by itself. Nothing to do."},
		Sending:  {"Il part. Rien à faire.", "It is leaving. Nothing to do."},
		Waiting:  {"Le serveur n’a pas pu le prendre. Un autre essai suit de lui-même.", "The server could not take it. It is tried again by itself."},
		Sent:     {"Le dossier du patient l’a reçu. Rien à faire.", "The patient’s record has it. Nothing to do."},
		Already:  {"Le dossier du patient l’avait déjà. Rien à faire.", "The patient’s record had it already. Nothing to do."},
		NoRecord: {"Cette personne n’a pas de dossier (refusé ou fermé). Remettez le résultat par une autre voie.", "This person has no record (refused or closed). Hand the result over in another way."},
		Refused:  {"Il n’a pas été accepté. Lisez pourquoi, mettez le fichier en ordre, puis ajoutez-le de nouveau.", "It was not accepted. Read why, put the file in order, then add it again."},
		Removed:  {"Il a été retiré du lot. Ajoutez-le de nouveau pour l’envoyer.", "It was taken out of the batch. Add it again to send it."},
	}[s].in(lang)
}

// Message gives a problem in words that end in what to do; lang is "fr" or "en".
// It never repeats what the file holds.
func (p Problem) Message(lang string) string {
	return map[Problem]words{
		NoIdentity:     {"Rien ne dit pour qui est ce document. Choisissez le patient.", "Nothing tells for whom this document is. Choose the patient."},
		UnknownPatient: {"Personne ne porte cette identité. Vérifiez l’INS ou les traits, ou choisissez le patient.", "Nobody has this identity. Check the INS or the traits, or choose the patient."},
		Mismatch:       {"Le document semble parler de quelqu’un d’autre. Comparez-le au patient, puis changez de patient ou confirmez.", "The document seems to speak of somebody else. Compare it with the patient, then change the patient or confirm."},
		Unsure:         {"Le document ne dit pas assez de qui il parle. Ouvrez-le, puis confirmez le patient.", "The document does not tell enough of whom it speaks. Open it, then confirm the patient."},
		Homonym:        {"Plusieurs personnes portent ce nom et cette date de naissance (homonymes), et le document n’a pas d’INS. Ouvrez-le, puis confirmez le patient.", "Several people have this name and birth date (namesakes), and the document has no INS. Open it, then confirm the patient."},
		Several:        {"Le document parle de plusieurs patients. Séparez-le en un fichier par patient.", "The document speaks of several patients. Split it into one file for each."},
		Unqualified:    {"L’identité de ce patient n’a pas d’INS qualifié. Qualifiez-la, puis relisez le fichier.", "This patient’s identity has no qualified INS. Qualify it, then read the file again."},
		NoType:         {"La nature du document n’est pas sûre. Choisissez le type.", "What this document is could not be told for sure. Choose the type."},
		BadType:        {"Le type donné n’existe pas. Choisissez-en un dans la liste.", "The type given does not exist. Choose one of the list."},
		NoDate:         {"La date de l’acte manque. Saisissez-la.", "The date of the act is missing. Type it."},
		BadDate:        {"La date donnée n’en est pas une, est future, ou précède la naissance. Saisissez la bonne.", "The date given is none, lies in the future, or before the birth. Type the right one."},
		Missing:        {"Le fichier n’est pas là. Remettez-le à sa place, puis relisez-le, ou retirez la ligne.", "The file is not there. Put it in its place and read it again, or take the row out."},
		Unreadable:     {"Le fichier ne se lit pas (droits, lien, disque). Rendez-le lisible, puis relisez-le.", "The file cannot be read (permission, link, disk). Make it readable, then read it again."},
		Changed:        {"Le fichier a changé pendant sa lecture. Attendez qu’il soit complet, puis relisez-le.", "The file changed while it was read. Wait until it is complete, then read it again."},
		Twice:          {"Le même document pour le même patient est déjà dans ce lot. Il suivra l’autre ligne\u00a0; retirez celle-ci si vous voulez.", "The same document for the same patient is in this batch already. It follows the other row; take this one out if you like."},
		Conflict:       {"Un autre document occupe sa place au dossier. Choisissez quoi faire dans les envois, ou retirez la ligne.", "Another document has its place in the record. Choose what to do among the sendings, or take the row out."},
		Offline:        {"Le serveur n’a pas encore dit qui est ce patient. Une autre demande suit d’elle-même.", "The server has not told yet who this patient is. It is asked again by itself."},
		BadINS:         {"L’INS du manifeste n’en est pas un (longueur ou clé). Corrigez-le, ou choisissez le patient.", "The manifest’s INS is none (its length or its key). Correct it, or choose the patient."},
		Ambiguous:      {"Le manifeste nomme ce fichier deux fois, et dit deux choses. Corrigez le manifeste, ou choisissez le patient et confirmez.", "The manifest names this file twice and says two things. Correct the manifest, or choose the patient and confirm."},
		NoOriginal:     {"Le document qu’il corrige n’est pas envoyé, ou n’est plus connu sous ce nom. Envoyez-le d’abord ou donnez son identifiant unique dans «\u00a0remplace\u00a0», puis relisez cette ligne.", "The document that it corrects is not sent, or no longer known by this name. Send it first, or give its unique id under “replaces”, then read this row again."},
		Superseded:     {"Le document qu’il corrige a déjà été remplacé. Donnez sa dernière version dans «\u00a0remplace\u00a0», ou retirez la ligne.", "The document that it corrects was replaced already. Give its latest version under “replaces”, or take the row out."},
		Outside:        {"Le manifeste nomme un fichier hors de son dossier. Mettez-le dans le dossier, ou retirez la ligne.", "The manifest names a file that is not in its folder. Put it into the folder, or take the row out."},
	}[p].in(lang)
}

// Message gives a notice in words; lang is "fr" or "en".
func (n Notice) Message(lang string) string {
	return map[NoticeKind]words{
		Ignored:     {"Fichier laissé de côté\u00a0: caché, temporaire ou CSV. S’il doit partir, ajoutez-le par son nom.", "File left aside: hidden, temporary or CSV. If it is meant, add it by its name."},
		NotListed:   {"Ce fichier n’est pas dans le manifeste\u00a0: il n’est pas envoyé. Ajoutez-le au manifeste s’il doit partir.", "This file is not in the manifest: it is not sent. Add it to the manifest if it is meant."},
		ListedTwice: {"Le manifeste nomme ce fichier deux fois de la même façon. Rien à faire.", "The manifest names this file twice in the same words. Nothing to do."},
		MissingMore: {"D’autres fichiers que nomme ce manifeste ne sont pas là\u00a0: à partir de cette ligne, ils n’ont pas de ligne à eux. Remettez-les à leur place, puis ajoutez le manifeste de nouveau.", "More files that this manifest names are not there: from this line on, they have no row of their own. Put them in their place, then add the manifest again."},
		ExtraColumn: {"Cette colonne du manifeste n’est pas connue\u00a0: elle n’est pas lue. Vérifiez son nom.", "This column of the manifest is not known: it is not read. Check its name."},
	}[n.Kind].in(lang)
}

// Explain says why a row is not sent, and what to do: its problems, or why it
// was refused or waits. Empty when there is nothing to say.
func (r Row) Explain(lang string) string {
	var all []string
	for _, p := range r.Problems {
		if p == Offline && (r.Reason == fhir.Unauthenticated || r.Reason == fhir.TokenExpired || r.Reason == fhir.Forbidden) {
			all = append(all, reasonWords(r.Reason, Waiting).in(lang)) // no waiting mends that
			continue
		}
		all = append(all, p.Message(lang))
	}
	for _, f := range r.Findings {
		if r.State == Refused && f.Severity == "refuse" {
			all = append(all, f.Message(lang))
		}
	}
	if len(all) > 0 {
		return strings.Join(all, " ") + r.ServerWords(lang)
	}
	switch r.State {
	case Refused, Waiting:
		return reasonWords(r.Reason, r.State).in(lang) + r.ServerWords(lang)
	case NoRecord, Already:
		return r.State.Message(lang)
	}
	return ""
}

// ServerWords gives what the server said itself of a refusal, to stand after ours; empty
// when it said nothing that may be shown.
func (r Row) ServerWords(lang string) string {
	switch {
	case r.Said == "":
		return ""
	case lang == "en":
		return " The server says: “" + r.Said + "”"
	}
	return " Le serveur dit\u00a0: «\u00a0" + r.Said + "\u00a0»"
}

// reasonWords says what the server's last answer means for a row.
func reasonWords(code fhir.Code, s State) words {
	all := map[fhir.Code]words{
		fhir.Offline:         {"Le serveur ne répond pas. L’envoi reprend de lui-même avec le réseau.", "The server does not answer. Sending goes on by itself with the network."},
		fhir.Throttled:       {"Le serveur a trop à faire. L’envoi reprend de lui-même.", "The server has too much to do. Sending goes on by itself."},
		fhir.Unauthenticated: {"La connexion est finie. Connectez-vous de nouveau\u00a0: l’envoi reprend.", "The sign-in has ended. Sign in again: sending goes on."},
		fhir.TokenExpired:    {"La connexion est finie. Connectez-vous de nouveau\u00a0: l’envoi reprend.", "The sign-in has ended. Sign in again: sending goes on."},
		fhir.Canceled:        {"L’envoi est en pause. Reprenez-le quand vous voulez.", "Sending is paused. Resume it when you like."},
		fhir.Forbidden:       {"Votre structure ne peut pas déposer ce document. Vérifiez le professionnel responsable.", "Your organisation may not file this document. Check the responsible professional."},
		fhir.BusinessRule:    {"Une règle du dossier refuse ce dépôt. Vérifiez le patient et le professionnel responsable.", "A rule of the record refuses this. Check the patient and the responsible professional."},
		fhir.BadCode:         {"Le serveur ne connaît pas ce type. Choisissez-en un autre et ajoutez le fichier de nouveau.", "The server does not know this type. Choose another and add the file again."},
		fhir.TooLarge:        {"Le document dépasse 25 Mo. Réduisez-le, puis ajoutez-le de nouveau.", "The document is over 25 MB. Make it smaller, then add it again."},
		fhir.Invalid:         {"Le serveur refuse ce fichier. Faites-en une nouvelle version, puis ajoutez-la.", "The server refuses this file. Make a new version of it, then add that."},
	}
	if w, ok := all[code]; ok {
		return w
	}
	if s == Waiting {
		return words{Waiting.Message("fr"), Waiting.Message("en")}
	}
	return words{Refused.Message("fr"), Refused.Message("en")}
}
