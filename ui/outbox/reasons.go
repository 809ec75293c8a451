package outbox

import (
	"slices"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

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
	if text := refusedWhy(it); text != "" {
		return text
	}
	return p.Words()
}

func pausedWhy(it client.OutboxItem) string {
	switch it.Reason {
	case fhir.Unauthenticated, fhir.TokenExpired:
		return lang.L("Votre session a expiré. L’envoi reprend dès que vous êtes connecté.")
	case fhir.StateConflict:
		return lang.L("Il dépend d’un envoi qui n’est pas arrivé. Réglez d’abord celui-là.")
	case fhir.Invalid:
		return lang.L("Le disque a été abîmé : cet envoi est peut-être déjà arrivé. Vérifiez dans le dossier du patient, puis renvoyez-le ou supprimez-le.")
	}
	return lang.L("Vous l’avez suspendu. Il part quand vous le renvoyez.")
}

// conflictWhy says what changed meanwhile.
func conflictWhy(it client.OutboxItem) string {
	switch it.Reason {
	case fhir.NoConsent:
		if it.Kind == client.OutboxConsent {
			return lang.L("Cet accord ne peut pas être déclaré d’ici : le patient peut vous autoriser lui-même, depuis son espace.")
		}
		return lang.L("Le patient a retiré ou restreint l’autorisation entre-temps. Si c’est encore utile, parlez-lui-en avant de recommencer.")
	case fhir.Duplicate:
		return lang.L("Le dossier contient déjà un document de même identifiant, mais de contenu différent. Rien n’a été écrasé : dites ce que doit devenir le vôtre.")
	}
	switch it.Kind {
	case client.OutboxFile:
		return filingWhy(it)
	case client.OutboxMessage:
		return lang.L("Cet échange a pris fin entre-temps : votre message n’est pas parti. Écrivez dans un nouvel échange, ou renoncez.")
	case client.OutboxItemKeep, client.OutboxItemDrop:
		if it.Reason == fhir.Withdrawn {
			return lang.L("Cet élément a été retiré du profil de santé entre-temps.")
		}
		return lang.L("Quelqu’un a modifié cet élément du profil de santé entre-temps. Rien n’a été écrasé : regardez-le, puis choisissez.")
	}
	switch it.Reason {
	case fhir.VersionConflict, fhir.StateConflict:
		return lang.L("Quelqu’un a modifié ce document entre-temps. Rien n’a été écrasé : regardez-le, puis choisissez.")
	case fhir.Withdrawn:
		return lang.L("Ce document a été supprimé entre-temps.")
	}
	return lang.L("Le dossier a changé entre-temps. Rien n’a été écrasé : choisissez.")
}

// filingWhy is conflictWhy of a filing.
func filingWhy(it client.OutboxItem) string {
	switch {
	case !corrects(it):
		return lang.L("Le dossier a changé entre-temps. Rien n’a été écrasé : choisissez.")
	case it.Reason == fhir.Withdrawn:
		return lang.L("Le document que vous corrigez a été supprimé entre-temps. Le vôtre est gardé ici : choisissez.")
	}
	return lang.L("Le document que vous corrigez a déjà été remplacé entre-temps. Rien n’a été écrasé : dites ce que doit devenir le vôtre.")
}

// corrects tells whether an item files a correction of another document.
func corrects(it client.OutboxItem) bool { return it.Draft != nil && it.Draft.Replaces != nil }

// refusedWhy says what a refusal means for this kind of item, "" where the words of its
// code say it.
func refusedWhy(it client.OutboxItem) string {
	switch {
	case it.Reason == fhir.NoRecord:
		switch it.Kind {
		case client.OutboxFile:
			return lang.L("Le dossier de cette personne est fermé, ou elle s’y oppose : rien n’y entre plus. Remettez-lui le document, ou renvoyez-le si elle rouvre son dossier.")
		case client.OutboxConsent, client.OutboxRequest, client.OutboxWithdraw:
			return lang.L("Le dossier de cette personne est fermé, ou elle s’y oppose : elle seule peut l’ouvrir, depuis son espace. Renvoyez ceci ensuite, ou renoncez.")
		case client.OutboxMessage:
			return lang.L("Le dossier de cette personne est fermé : on ne peut plus lui écrire par là. Joignez-la par un autre moyen, ou renvoyez le message si elle rouvre son dossier.")
		}
		return lang.L("Le dossier de cette personne est fermé entre-temps : rien n’y change plus. Renvoyez ceci si elle le rouvre, ou renoncez.")
	case it.Kind == client.OutboxMessage && it.Reason == fhir.NotFound:
		return lang.L("Vous ne participez plus à cet échange. Écrivez dans un nouvel échange, ou renoncez.")
	case corrects(it) && slices.Contains(it.Choices, client.OutboxAsNew):
		return lang.L("Le document que vous corrigez ne se trouve plus dans ce dossier, ou ne vous est plus ouvert. Le vôtre est gardé ici : choisissez.")
	}
	return ""
}

// choiceWords names a choice, and says what it does.
func choiceWords(c client.OutboxChoice, it client.OutboxItem) (icon widget.IconName, word, does string) {
	switch c {
	case client.OutboxAgain:
		return againWords(it)
	case client.OutboxReplace:
		if it.Reason == fhir.Duplicate {
			return widget.IconReplaced, lang.L("Déposer le vôtre comme correction"), lang.L("Il remplace celui du dossier, qui reste lisible comme version d’avant.")
		}
		return widget.IconReplaced, lang.L("Corriger la version d’aujourd’hui"), lang.L("Le vôtre remplace celle qui a été déposée entre-temps, qui reste lisible comme version d’avant.")
	case client.OutboxAsNew:
		return asNewWords(it)
	case client.OutboxAsk:
		return widget.IconMessage, lang.L("Demander l’accès au patient"), lang.L("Il répond depuis son espace. Votre envoi reste ici : renvoyez-le quand il a accepté.")
	}
	switch it.Kind {
	case client.OutboxFile:
		return widget.IconDelete, lang.L("Renoncer au vôtre…"), lang.L("Le dossier reste tel qu’il est ; votre envoi est oublié.")
	case client.OutboxChange, client.OutboxUndo, client.OutboxItemDrop:
		return widget.IconDelete, lang.L("Laisser tel quel"), lang.L("Le dossier reste tel qu’il est ; votre envoi est oublié.")
	}
	return widget.IconDelete, lang.L("Renoncer…"), lang.L("Il ne part pas, et il est oublié sur ce poste.")
}

func againWords(it client.OutboxItem) (icon widget.IconName, word, does string) {
	now := lang.L("Renvoyer maintenant")
	switch it.Reason {
	case fhir.NoRecord:
		return widget.IconRefresh, now, lang.L("Une fois que le dossier est de nouveau ouvert.")
	case fhir.NoConsent:
		return widget.IconRefresh, now, lang.L("Une fois que le patient vous autorise de nouveau.")
	case fhir.Forbidden, fhir.RuleForbids:
		return widget.IconRefresh, now, lang.L("Si vos droits ont changé depuis.")
	}
	return widget.IconRefresh, lang.L("Recommencer sur la version d’aujourd’hui"), lang.L("Ce que vous vouliez est refait sur ce que le serveur a maintenant.")
}

func asNewWords(it client.OutboxItem) (icon widget.IconName, word, does string) {
	switch {
	case it.Kind == client.OutboxMessage:
		return widget.IconMessage, lang.L("Écrire dans un nouvel échange"), lang.L("Le patient reçoit votre message dans un échange à part, et peut y répondre.")
	case it.Kind == client.OutboxItemKeep:
		return widget.IconAdd, lang.L("L’ajouter de nouveau"), lang.L("Il figure au profil de santé comme un élément nouveau, sous votre nom.")
	case it.Reason == fhir.Duplicate:
		return widget.IconAdd, lang.L("Déposer le vôtre comme autre document"), lang.L("Les deux figurent dans le dossier, l’un à côté de l’autre.")
	}
	return widget.IconAdd, lang.L("Déposer le vôtre comme autre document"), lang.L("Il entre au dossier sans en remplacer aucun.")
}

// saidOf gives the server's own words where they say more than ours: of a content that it
// does not take.
func saidOf(it client.OutboxItem) string {
	switch it.Reason {
	case fhir.Invalid, fhir.BadCode, fhir.BusinessRule, fhir.Required, fhir.BadValue, fhir.TooLarge, fhir.UnsupportedMedia, fhir.PatchRefused:
		if it.State == client.OutboxRefused {
			return it.Said
		}
	}
	return ""
}
