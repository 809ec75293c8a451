package outbox

import (
	"cmp"
	"encoding/json"
	"strings"
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
	if out := outgoingOf(it); out.Subject != "" || out.Text != "" {
		return shortened(cmp.Or(out.Subject, out.Text))
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

// outgoingOf gives the message that waits; a zero one when another thing does.
func outgoingOf(it client.OutboxItem) (out client.Outgoing) {
	if it.Kind != client.OutboxMessage || json.Unmarshal(it.Body, &out) != nil {
		return client.Outgoing{}
	}
	return out
}

// longest is how much of a message stands in a row, in characters.
const longest = 60

// shortened gives the first words of a text, on one line.
func shortened(text string) string {
	all := []rune(strings.Join(strings.Fields(text), " "))
	if len(all) <= longest {
		return string(all)
	}
	return strings.TrimRight(string(all[:longest]), " ,;:.") + "…"
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
	case fhir.Invalid:
		return lang.L("à vérifier")
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
