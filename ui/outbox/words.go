package outbox

import (
	"encoding/json"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// saying is an icon, a word and a colour; each alone would do.
type saying struct {
	icon widget.IconName
	tone widget.Tone
	word string
}

// groupWords is the heading of a group.
func groupWords(g Group) string {
	switch g {
	case ToChoose:
		return lang.L("Un choix vous revient")
	case ToSee:
		return lang.L("Le serveur n’en veut pas tel quel")
	case Arrived:
		return lang.L("Arrivés ces derniers jours")
	}
	return lang.L("En attente")
}

// whatWords says what an item is: the thing done, and its title.
func whatWords(it client.OutboxItem) string {
	word, title := kindWord(it), titleOf(it)
	if title == "" {
		return word
	}
	return lang.L("{{.Kind}} : {{.Title}}", map[string]any{"Kind": word, "Title": title})
}

func kindWord(it client.OutboxItem) string {
	switch it.Kind {
	case client.OutboxFile:
		if it.Draft != nil && it.Draft.Replaces != nil {
			return lang.L("Remplacement")
		}
		return lang.L("Dépôt")
	case client.OutboxChange:
		return changeWord(it.Change)
	case client.OutboxUndo:
		return lang.L("Annulation d’un dépôt")
	case client.OutboxConsent:
		return lang.L("Consentement recueilli")
	case client.OutboxWithdraw:
		return lang.L("Retrait de votre autorisation")
	case client.OutboxRequest:
		return lang.L("Demande d’accès au dossier")
	case client.OutboxMessage:
		return lang.L("Message")
	case client.OutboxItemKeep:
		if itemOf(it).ID != "" {
			return lang.L("Correction du profil de santé")
		}
		return lang.L("Ajout au profil de santé")
	case client.OutboxItemDrop:
		return lang.L("Retrait du profil de santé")
	case client.OutboxDamaged:
		return lang.L("Envoi illisible")
	}
	return lang.L("Autre envoi")
}

func changeWord(c *client.Change) string {
	switch {
	case c == nil:
	case c.Delete:
		return lang.L("Suppression")
	case c.Masked != nil && *c.Masked:
		return lang.L("Masquage")
	case c.Masked != nil:
		return lang.L("Fin du masquage")
	case c.HiddenPatient != nil && *c.HiddenPatient:
		return lang.L("Attente de l’annonce au patient")
	case c.HiddenPatient != nil:
		return lang.L("Montré au patient")
	case c.Archived != nil && *c.Archived:
		return lang.L("Archivage")
	case c.Archived != nil:
		return lang.L("Fin de l’archivage")
	}
	return lang.L("Modification")
}

// titleOf is the document's title, else its type.
func titleOf(it client.OutboxItem) string {
	switch {
	case it.Draft != nil && it.Draft.Title != "":
		return widget.FormatLabel(it.Draft.Title)
	case it.Draft != nil:
		if t, ok := terminology.TypeByCode(it.Draft.Type.Code); ok {
			return choose.TypeLabel(t)
		}
	case it.Document != nil:
		return widget.FormatLabel(it.Document.Attachment.Title)
	}
	if i := itemOf(it); i.Text != "" {
		return i.Text
	} else if i.Code.Display != "" {
		return widget.FormatLabel(i.Code.Display)
	}
	return ""
}

// itemOf gives the item of the health profile that waits; a zero one when another thing
// does.
func itemOf(it client.OutboxItem) (i client.Item) {
	if it.Kind != client.OutboxItemKeep && it.Kind != client.OutboxItemDrop || json.Unmarshal(it.Body, &i) != nil {
		return client.Item{}
	}
	return i
}

// insOf is the INS of the person, when the item says it.
func insOf(it client.OutboxItem) string {
	if it.Draft != nil {
		return it.Draft.PatientINS.Value
	}
	return ""
}

// stateOf says where an item stands.
func stateOf(it client.OutboxItem, now time.Time) saying {
	switch it.State {
	case client.OutboxQueued:
		return saying{widget.IconClock, widget.Secondary, lang.L("en file")}
	case client.OutboxSending:
		return saying{widget.IconUpload, widget.Primary, lang.L("envoi en cours")}
	case client.OutboxWaiting:
		return saying{widget.IconRefresh, widget.Attention, nextWords(it, now)}
	case client.OutboxPaused:
		return saying{widget.IconClock, widget.Attention, pausedWords(it)}
	case client.OutboxConflict:
		return saying{widget.IconWarning, widget.Attention, lang.L("choix à faire")}
	case client.OutboxRefused:
		return saying{widget.IconRefused, widget.Danger, lang.L("refusé")}
	case client.OutboxDone:
		if it.Existed {
			return saying{widget.IconOK, widget.Good, lang.L("déjà au dossier")}
		}
		return saying{widget.IconOK, widget.Good, lang.L("arrivé {{.When}}", map[string]any{"When": whenWords(it.Updated, now)})}
	}
	return saying{widget.IconInfo, widget.Secondary, string(it.State)}
}

// nextWords says when the next attempt is.
func nextWords(it client.OutboxItem, now time.Time) string {
	left := it.Next.Sub(now)
	switch {
	case it.Next.IsZero() || left <= 0:
		return lang.L("nouvel essai imminent")
	case left < time.Minute:
		return lang.L("nouvel essai dans moins d’une minute")
	case left < time.Hour:
		return lang.L("nouvel essai dans {{.Left}}", map[string]any{"Left": widget.Plural(int(left.Minutes()+0.5), lang.L("%d minute"), lang.L("%d minutes"))})
	}
	return lang.L("nouvel essai à {{.Time}}", map[string]any{"Time": widget.FormatTime(it.Next.In(now.Location()))})
}

func pausedWords(it client.OutboxItem) string {
	switch it.Reason {
	case fhir.Unauthenticated, fhir.TokenExpired:
		return lang.L("attend votre connexion")
	case fhir.StateConflict:
		return lang.L("attend l’envoi d’avant")
	}
	return lang.L("suspendu par vous")
}

// whenWords says a moment: the hour of today, the day and the hour else.
func whenWords(at, now time.Time) string {
	at = at.In(now.Location())
	if at.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return lang.L("à {{.Time}}", map[string]any{"Time": widget.FormatTime(at)})
	}
	return lang.L("le {{.Day}} à {{.Time}}", map[string]any{"Day": widget.FormatDay(at, now), "Time": widget.FormatTime(at)})
}

// why says in a sentence why an item has not arrived yet, and what comes next. explain
// gives the words of an error.
func why(it client.OutboxItem, explain func(error) widget.Problem) string {
	switch it.State {
	case client.OutboxQueued:
		return lang.L("Part dès que possible, dans l’ordre.")
	case client.OutboxSending:
		return lang.L("En train de partir.")
	case client.OutboxPaused:
		return pausedWhy(it)
	case client.OutboxConflict:
		return conflictWhy(it)
	case client.OutboxDone:
		return lang.L("Le serveur l’a reçu et gardé.")
	}
	if it.Kind == client.OutboxDamaged {
		return lang.L("Le disque a abîmé cet envoi : ce qu’il était ne se lit plus. Vérifiez dans le dossier du patient s’il était arrivé ; sinon, refaites-le.")
	}
	p := explain(&fhir.Error{Code: it.Reason})
	if it.State == client.OutboxWaiting {
		return p.Title + " " + lang.L("Carnet réessaie de lui-même : rien n’est perdu.")
	}
	return p.Title + " " + p.Next
}

func pausedWhy(it client.OutboxItem) string {
	switch it.Reason {
	case fhir.Unauthenticated, fhir.TokenExpired:
		return lang.L("Votre session a expiré. L’envoi reprend dès que vous êtes connecté.")
	case fhir.StateConflict:
		return lang.L("Il dépend d’un envoi qui n’est pas arrivé. Réglez d’abord celui-là.")
	}
	return lang.L("Vous l’avez suspendu. Il part quand vous le renvoyez.")
}

func conflictWhy(it client.OutboxItem) string {
	switch it.Reason {
	case fhir.Duplicate:
		return lang.L("Le dossier contient déjà un document de même identifiant, mais de contenu différent. Rien n’a été écrasé : dites ce que doit devenir le vôtre.")
	case fhir.VersionConflict, fhir.StateConflict:
		return lang.L("Quelqu’un a modifié ce document entre-temps. Rien n’a été écrasé : regardez-le, puis choisissez.")
	case fhir.NoConsent:
		return lang.L("Le patient a retiré ou restreint l’autorisation entre-temps. Si c’est encore utile, parlez-lui-en avant de recommencer.")
	case fhir.Withdrawn:
		return lang.L("Ce document a été supprimé entre-temps.")
	}
	return lang.L("Le dossier a changé entre-temps. Rien n’a été écrasé : choisissez.")
}

// choiceWords names a choice, and says what it does.
func choiceWords(c client.OutboxChoice, it client.OutboxItem) (icon widget.IconName, word, does string) {
	switch c {
	case client.OutboxAgain:
		return widget.IconRefresh, lang.L("Recommencer sur la version d’aujourd’hui"), lang.L("Ce que vous vouliez est refait sur ce que le serveur a maintenant.")
	case client.OutboxReplace:
		return widget.IconReplaced, lang.L("Déposer le vôtre comme correction"), lang.L("Il remplace celui du dossier, qui reste lisible comme version d’avant.")
	case client.OutboxAsNew:
		return widget.IconAdd, lang.L("Déposer le vôtre comme autre document"), lang.L("Les deux figurent dans le dossier, l’un à côté de l’autre.")
	}
	if it.Kind == client.OutboxFile {
		return widget.IconDelete, lang.L("Renoncer au vôtre"), lang.L("Le dossier reste tel qu’il est ; votre envoi est oublié.")
	}
	return widget.IconDelete, lang.L("Laisser tel quel"), lang.L("Le dossier reste tel qu’il est ; votre envoi est oublié.")
}

// CountWords says how much waits, for the status bar; nothing when nothing does.
func CountWords(c Count) string {
	if c.Waiting == 0 {
		return ""
	}
	text := widget.Plural(c.Waiting, lang.L("%d envoi en attente"), lang.L("%d envois en attente"))
	if c.Asking > 0 {
		text += ", " + widget.Plural(c.Asking, lang.L("dont %d à voir"), lang.L("dont %d à voir"))
	}
	return text
}
