package messages

import (
	"strings"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// faultWords says why a draft does not leave, and what to do.
func faultWords(f Fault) string {
	switch f {
	case FaultNobody:
		return lang.L("Choisissez à qui écrire.")
	case FaultSubject:
		return lang.L("Donnez un objet à ce message.")
	case FaultNothing:
		return lang.L("Écrivez un mot au patient, même pour une pièce jointe.")
	case FaultField:
		return lang.L("Un champ ‹…› du texte prêt reste à compléter (Ctrl J).")
	case FaultLong:
		return lang.L("Ce message est trop long : raccourcissez-le.")
	case FaultControl:
		return lang.L("Ce texte contient des caractères invisibles : saisissez-le plutôt que de le coller.")
	case FaultMany:
		return lang.L("Dix pièces jointes au plus par message : ôtez-en.")
	}
	return ""
}

// unreadWords counts what is unread.
func unreadWords(n int) string {
	if n == 0 {
		return lang.L("Tout est lu")
	}
	return widget.Plural(n, lang.L("%d message non lu"), lang.L("%d messages non lus"))
}

// dialogueState is what a row says of a dialogue, by icon, colour and word.
func dialogueState(d client.Dialogue) (widget.IconName, widget.Tone, string) {
	switch {
	case d.Damaged:
		return widget.IconWarning, widget.Danger, lang.L("illisible")
	case d.Unread > 0:
		return widget.IconMessage, widget.Primary, widget.Plural(d.Unread, lang.L("%d non lu"), lang.L("%d non lus"))
	case d.Reply == client.ReplyEnded:
		return widget.IconClose, widget.Secondary, lang.L("terminé")
	case d.Reply == client.ReplyNone:
		return widget.IconMinus, widget.Secondary, lang.L("sans réponse")
	}
	return widget.IconMessage, widget.Secondary, ""
}

// replyWords says who may write.
func replyWords(d client.Dialogue) (widget.IconName, string, widget.Tone) {
	switch d.Reply {
	case client.ReplyEnded:
		if d.EndedBy != "" {
			return widget.IconClose, lang.L("{{.Who}} a mis fin à cet échange", map[string]any{"Who": d.EndedBy}), widget.Secondary
		}
		return widget.IconClose, lang.L("Échange terminé"), widget.Secondary
	case client.ReplyNone:
		return widget.IconMinus, lang.L("Le patient ne peut pas répondre"), widget.Attention
	}
	return widget.IconCheck, lang.L("Le patient peut répondre"), widget.Good
}

// subjectLine says about what, and who else is in it.
func subjectLine(d client.Dialogue) string {
	names := make([]string, 0, len(d.Members))
	for _, m := range d.Members {
		names = append(names, m.Name)
	}
	return strings.Join(nonEmpty(d.Subject, strings.Join(names, ", ")), " · ")
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

// stateWords says how far a message of mine came.
func stateWords(m client.Message, now time.Time) (widget.IconName, string) {
	switch m.State {
	case client.MessageRead:
		return widget.IconVisible, lang.L("Lu le {{.When}}", map[string]any{"When": widget.FormatDateTime(m.ReadAt.In(now.Location()))})
	case client.MessageDelivered:
		return widget.IconCheck, lang.L("Remis, pas encore lu")
	}
	return widget.IconCheck, lang.L("Envoyé")
}

// damagedWords says that a message cannot be read, and what to do.
func damagedWords() string {
	return lang.L("Ce message est endommagé sur le serveur et ne peut plus être lu. Signalez-le à l’administrateur ; demandez à votre correspondant de l’écrire de nouveau.")
}

// leavingWords says where a message of the queue stands.
func leavingWords(l Leaving) (widget.IconName, string, widget.Tone) {
	switch l.State {
	case client.OutboxRefused:
		if l.Reason == fhir.StateConflict {
			return widget.IconRefused, lang.L("Refusé : cet échange est terminé. Voyez « Envois »."), widget.Danger
		}
		return widget.IconRefused, lang.L("Refusé par le serveur. Voyez « Envois »."), widget.Danger
	case client.OutboxPaused, client.OutboxConflict:
		return widget.IconWarning, lang.L("En attente d’une décision. Voyez « Envois »."), widget.Attention
	case client.OutboxSending:
		return widget.IconUpload, lang.L("Envoi en cours"), widget.Secondary
	}
	return widget.IconClock, lang.L("En attente d’envoi"), widget.Secondary
}

// attachedWords names what came with a message.
func attachedWords(a client.Attached) string {
	if a.Title == "" {
		return lang.L("Document que vous ne pouvez pas lire")
	}
	title := shortened(a.Title, 60)
	if a.DocumentID != "" {
		return lang.L("{{.Title}} (dans le dossier)", map[string]any{"Title": title})
	}
	return title + " · " + widget.FormatSize(a.Size)
}

// whenWords writes when a dialogue moved: the hour today, the day before.
func whenWords(t, now time.Time) string {
	at := t.In(now.Location())
	if y, m, d := now.Date(); at.Year() == y && at.Month() == m && at.Day() == d {
		return widget.FormatTime(at)
	}
	return widget.FormatDate(at)
}

// shortened cuts in the middle, so that the end of a name is there too.
func shortened(s string, most int) string {
	r := []rune(s)
	if len(r) <= most {
		return s
	}
	return string(r[:most*2/3]) + "…" + string(r[len(r)-most/3+1:])
}

func documentTitle(d client.Document) string {
	if d.Attachment.Title != "" {
		return d.Attachment.Title
	}
	return widget.FormatLabel(d.Type.Display)
}

func documentDate(d client.Document) string {
	at, err := time.Parse(time.RFC3339, d.PeriodStart)
	if err != nil {
		return ""
	}
	return widget.FormatDate(at)
}
