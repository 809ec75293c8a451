package main

import (
	"errors"
	"strings"

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
	if l == "en" || words == "" {
		words = l.reason(e.Code)
	}
	if e.RequestID != "" {
		words += " (" + l.say("réf. ", "ref. ") + e.RequestID + ")"
	}
	return words
}

// reasons say each code in words that end in what to do.
var reasons = map[fhir.Code][2]string{
	fhir.Unauthenticated:  {"Le serveur ne reconnaît pas ce système. Vérifiez l’identifiant client, la clé donnée à son administrateur et l’heure de cette machine.", "The server does not know this system. Check the client id, the key given to its administrator and this machine’s clock."},
	fhir.TokenExpired:     {"La connexion au serveur a expiré. Relancez l’envoi.", "The sign-in has expired. Send again."},
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
	fhir.BusinessRule:     {"Le serveur refuse ce dépôt : le professionnel responsable n’est pas de cette structure dans l’annuaire, ou l’identité du patient n’est pas qualifiée. Vérifiez -rpps, -org et l’INS.", "The server refuses this: the responsible professional is not of this structure in the directory, or the patient’s identity is not qualified. Check -rpps, -org and the INS."},
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

// reason says a code in words.
func (l lang) reason(c fhir.Code) string {
	if r, ok := reasons[c]; ok {
		return l.say(r[0], r[1])
	}
	return l.say("Le serveur a répondu « ", "The server answered “") + string(c) + l.say(" ». Citez ce mot à son administrateur.", "”. Quote this word to its administrator.")
}
