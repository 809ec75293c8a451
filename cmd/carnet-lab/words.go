package main

import (
	"errors"
	"strings"

	"carnet/client/batch"
	"carnet/client/fhir"
)

// lang is the language of what people read: "fr" or "en".
type lang string

// speak chooses the language: the setting, else that of the environment, else
// French.
func speak(setting string, getenv func(string) string) lang {
	for _, v := range []string{setting, getenv("LC_ALL"), getenv("LC_MESSAGES"), getenv("LANG")} {
		switch {
		case strings.HasPrefix(v, "en"):
			return "en"
		case v != "":
			return "fr"
		}
	}
	return "fr"
}

func (l lang) say(fr, en string) string {
	if l == "en" {
		return en
	}
	return fr
}

// failure says an error to a person.
func (l lang) failure(err error) string {
	var e *fhir.Error
	if !errors.As(err, &e) {
		return err.Error()
	}
	words := e.Message
	var already told
	if (l == "en" || words == "") && !errors.As(err, &already) {
		words = l.reason(e.Code)
	}
	if e.RequestID != "" {
		words += " (" + l.say("réf. ", "ref. ") + e.RequestID + ")"
	}
	return words
}

// reasons say each code in words that end in what to do.
var reasons = map[fhir.Code][2]string{
	fhir.Unauthenticated:  {"Connexion refusée : voyez l’administrateur du serveur (le système est-il connu, sa clé en cours ?), et vérifiez -client et -key. Ce qui attend est gardé.", "Sign-in refused: ask the server’s administrator (is the system known, its key in force?), and check -client and -key. What waits is kept."},
	fhir.TokenExpired:     {"La connexion au serveur a expiré. Rien n’est à faire : elle est refaite.", "The sign-in has expired. Nothing is to be done: it is made again."},
	fhir.Forbidden:        {"Le serveur ne permet pas ce dépôt à ce système. Prévenez son administrateur.", "The server does not let this system file this. Tell its administrator."},
	fhir.NoConsent:        {"Le patient ne permet pas ce dépôt. Voyez avec lui.", "The patient does not allow this. Speak with them."},
	fhir.RuleForbids:      {"Une règle du dossier s’oppose à ce dépôt. Voyez avec le patient.", "A rule of the record forbids this. Speak with the patient."},
	fhir.NotFound:         {"Le serveur ne connaît pas ce patient ou ce document. Vérifiez l’identité, puis renvoyez.", "The server does not know this patient or document. Check the identity, then send again."},
	fhir.Withdrawn:        {"Le document a été retiré entre-temps. Décidez s’il faut le déposer de nouveau.", "The document was withdrawn meanwhile. Decide whether to file it again."},
	fhir.VersionConflict:  {"Le document a changé entre-temps. Vérifiez, puis renvoyez.", "The document changed meanwhile. Check, then send again."},
	fhir.Duplicate:        {"Le dossier a déjà un autre contenu sous cette référence. Vérifiez lequel est le bon.", "The record has another content under this reference. Check which is right."},
	fhir.StateConflict:    {"Le dossier n’est plus dans un état qui le permet. Vérifiez, puis renvoyez.", "The record is no longer in a state that allows this. Check, then send again."},
	fhir.Invalid:          {"Le serveur refuse ce fichier ou ce qui le décrit. Vérifiez le PDF et le manifeste.", "The server refuses this file or its description. Check the PDF and the manifest."},
	fhir.BadCode:          {"Un code n’est pas dans sa liste. Corrigez le type dans le manifeste.", "A code is not in its list. Put the type right in the manifest."},
	fhir.BusinessRule:     {"Le serveur refuse ce dépôt : le professionnel responsable n’est pas de cette structure dans l’annuaire, ou n’y exerce pas à ce jour, ou l’identité du patient n’est pas qualifiée. Vérifiez -rpps, -org et l’INS.", "The server refuses this: the responsible professional is not of this structure in the directory, or does not work there today, or the patient’s identity is not qualified. Check -rpps, -org and the INS."},
	fhir.NoRecord:         {"Cette personne n’a pas de dossier : il n’y a rien à envoyer. Remettez-lui le résultat autrement.", "This person has no record: there is nothing to send. Give them the result another way."},
	fhir.TooLarge:         {"Le fichier est trop grand. Réduisez-le ou partagez-le.", "The file is too large. Make it smaller or split it."},
	fhir.Malformed:        {"Le serveur et ce programme ne se comprennent pas. Mettez carnet-lab à jour, puis renvoyez.", "The server and this program do not understand each other. Update carnet-lab, then send again."},
	fhir.Required:         {"Il manque quelque chose à ce qui décrit le fichier. Complétez le manifeste.", "Something is missing in the file’s description. Complete the manifest."},
	fhir.BadValue:         {"Une valeur ne se lit pas. Corrigez le manifeste.", "A value cannot be read. Put the manifest right."},
	fhir.UnsupportedMedia: {"Ce format n’est pas accepté. Envoyez un PDF.", "This format is not accepted. Send a PDF."},
	fhir.Throttled:        {"Le serveur demande d’attendre. Rien n’est à faire : le fichier partira.", "The server asks to wait. Nothing is to be done: the file will leave."},
	fhir.Unavailable:      {"Le serveur ne peut pas répondre pour l’instant. Rien n’est à faire : le fichier est gardé et partira.", "The server cannot answer for now. Nothing is to be done: the file is kept and will leave."},
	fhir.Internal:         {"Une erreur du serveur. Le fichier est gardé ; si cela dure, citez la référence à son administrateur.", "A fault of the server. The file is kept; if it lasts, quote the reference to its administrator."},
	fhir.Offline:          {"Le serveur ne répond pas. Rien n’est à faire : le fichier est gardé et partira au retour du réseau.", "The server does not answer. Nothing is to be done: the file is kept and leaves when the network is back."},
	fhir.Canceled:         {"L’envoi a été arrêté. Relancez-le.", "Sending was stopped. Start it again."},
}

// problems are said in the laboratory's words where a desktop's ask for what
// nobody here can do: choose, confirm, open.
var problems = map[batch.Problem][2]string{
	batch.NoIdentity:     {"Rien ne dit pour qui est ce document. Nommez-le dans un manifeste avec l’INS de son patient.", "Nothing tells for whom this document is. Name it in a manifest with its patient’s INS."},
	batch.UnknownPatient: {"Personne ne porte cette identité. Vérifiez l’INS ou les traits auprès du patient, puis remettez le fichier avec un manifeste.", "Nobody has this identity. Check the INS or the traits with the patient, then send the file again with a manifest."},
	batch.BadINS:         {"L’INS donné a une longueur ou une clé fausse. Relevez-le de nouveau, puis corrigez le manifeste ou le document.", "The INS given has a wrong length or key. Take it down again, then put the manifest or the document right."},
	batch.Mismatch:       {"Le document semble parler de quelqu’un d’autre que le patient nommé. Comparez-les, puis corrigez le document ou le manifeste.", "The document seems to speak of somebody else than the patient named. Compare them, then put the document or the manifest right."},
	batch.Unsure:         {"Le document ne dit pas assez de qui il parle. Nommez son patient dans un manifeste, avec -trust si le laboratoire identifie par code à barres.", "The document does not tell enough of whom it speaks. Name its patient in a manifest, with -trust if the laboratory identifies by bar code."},
	batch.Unqualified:    {"L’identité de ce patient n’a pas d’INS qualifié. Faites-la qualifier, puis remettez le fichier.", "This patient’s identity has no qualified INS. Have it qualified, then send the file again."},
	batch.NoType:         {"La nature du document n’est pas sûre. Donnez son type dans un manifeste.", "What this document is could not be told for sure. Give its type in a manifest."},
	batch.BadType:        {"Le type donné n’existe pas. Corrigez-le dans le manifeste.", "The type given does not exist. Put it right in the manifest."},
	batch.NoDate:         {"La date de l’acte manque. Donnez-la dans un manifeste.", "The date of the act is missing. Give it in a manifest."},
	batch.BadDate:        {"La date donnée n’en est pas une, est future, ou précède la naissance. Corrigez-la dans le manifeste.", "The date given is none, lies in the future, or before the birth. Put it right in the manifest."},
	batch.Missing:        {"Le fichier n’est pas là, ou c’est un lien qui ne mène nulle part. Remettez-le, avec le manifeste qui le nomme s’il y en a un.", "The file is not there, or is a link that leads nowhere. Send it again, with the manifest if one names it."},
	batch.Unreadable:     {"Ce programme ne peut pas lire le fichier (droits, lien, disque). Donnez-lui le droit de le lire, puis remettez-le.", "This program cannot read the file (permission, link, disk). Let it read the file, then send it again."},
	batch.Twice:          {"Le même document pour le même patient est déjà dans ce lot. Il suit l’autre fichier.", "The same document for the same patient is in this lot already. It follows the other file."},
	batch.Conflict:       {"Un autre document occupe sa place au dossier. Vérifiez lequel est le bon ; s’il le corrige, dites-le par la colonne « remplace ».", "Another document has its place in the record. Check which is right; if it corrects that one, say so in the column “replaces”."},
	batch.Ambiguous:      {"Le manifeste nomme ce fichier deux fois, et dit deux choses. Gardez la bonne ligne.", "The manifest names this file twice and says two things. Keep the line that is right."},
	batch.NoOriginal:     {"Le document qu’il corrige n’est connu ni de ce dossier, ni des envois des 60 derniers jours. Envoyez-le d’abord, ou donnez son nom exact, puis remettez celui-ci.", "The document that it corrects is known neither here nor from the last 60 days. Send that one first, or give its exact name, then send this one again."},
	batch.Homonym:        {"Plusieurs personnes portent ce nom et cette date de naissance, et le document n’a pas d’INS. Donnez l’INS de la bonne dans un manifeste.", "Several people have this name and birth date, and the document has no INS. Give the INS of the right one in a manifest."},
	batch.Outside:        {"Le manifeste nomme un fichier hors de son dossier. Mettez-le dans le dossier.", "The manifest names a file that is not in its folder. Put it into the folder."},
}

// problem says in words why a file is not sent.
func (l lang) problem(p batch.Problem) string {
	if w, ok := problems[p]; ok {
		return l.say(w[0], w[1])
	}
	return p.Message(string(l))
}

// reason says a code in words.
func (l lang) reason(c fhir.Code) string {
	if r, ok := reasons[c]; ok {
		return l.say(r[0], r[1])
	}
	return l.say("Le serveur a répondu « ", "The server answered “") + string(c) + l.say(" ». Citez ce mot à son administrateur.", "”. Quote this word to its administrator.")
}
