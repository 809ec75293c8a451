package ui

import (
	"errors"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Explain gives any error in words: what happened in one sentence, what to do
// next in another, and the reference to quote when a server answered. It is the
// one place where errors become words.
func Explain(err error) widget.Problem {
	p := words(fhir.CodeOf(err))
	if next := copyWords(err); next != "" {
		p.Next = next
	}
	if errors.Is(err, client.ErrNotKept) || errors.Is(err, client.ErrDiskFull) {
		p.Title, p.Tone = lang.L("Ce n’est ni envoyé ni gardé."), widget.Danger
	}
	var e *client.Error
	if errors.As(err, &e) {
		p.Reference = e.RequestID
	}
	return p
}

// copyWords says what is wrong with a copy, when that is why nothing is shown without
// the server.
func copyWords(err error) string {
	switch {
	case errors.Is(err, client.ErrNoCopy):
		return lang.L("Ce n’est pas copié sur ce poste. Carnet le demande de nouveau dès que le serveur répond.")
	case errors.Is(err, client.ErrCopyEnded):
		return lang.L("La copie de ce dossier est arrivée à son terme : sans le serveur, elle ne se lit plus. Elle revient avec lui.")
	case errors.Is(err, client.ErrCopyDamaged):
		return lang.L("La copie de ce dossier était abîmée sur ce poste : elle est écartée, et revient avec le serveur.")
	case errors.Is(err, client.ErrClockBack):
		return lang.L("L’heure de ce poste a reculé : les copies restent fermées jusqu’à ce que le serveur donne l’heure. Réglez l’horloge.")
	case errors.Is(err, client.ErrNeedsSignIn):
		return lang.L("Sans le serveur, seule une phrase secrète déverrouille un poste, et celui-ci n’en demande pas.")
	case errors.Is(err, client.ErrDiskFull):
		return lang.L("Rien n’est gardé : le disque de ce poste est plein, et le serveur ne répond pas. Libérez de la place ou attendez le serveur, puis recommencez ; ne fermez pas cette fenêtre d’ici là.")
	case errors.Is(err, client.ErrNotKept):
		return lang.L("Rien n’est gardé sur ce poste, et le serveur ne répond pas. Attendez le serveur, puis recommencez ; ne fermez pas cette fenêtre d’ici là.")
	case errors.Is(err, client.ErrNeedsServer):
		return lang.L("Un accès d’urgence a besoin du serveur. Appelez le 15 ou le médecin traitant si cela presse.")
	}
	return ""
}

// words gives the sentences of a code.
func words(code fhir.Code) widget.Problem {
	for _, table := range []func(fhir.Code) (widget.Problem, bool){connectionWords, rightWords, writingWords} {
		if p, ok := table(code); ok {
			return p
		}
	}
	return widget.Problem{
		Icon: widget.IconWarning, Tone: widget.Danger, Retry: true,
		Title: lang.L("Carnet a rencontré un problème qu’il ne connaît pas."),
		Next:  lang.L("Rien n’a été modifié. Réessayez ; si cela se répète, transmettez la référence à votre support."),
	}
}

func connectionWords(code fhir.Code) (widget.Problem, bool) {
	p := widget.Problem{Icon: widget.IconServer, Tone: widget.Attention, Retry: true}
	switch code {
	case fhir.Offline:
		p.Icon = widget.IconOffline
		p.Title = lang.L("Le serveur ne répond pas.")
		p.Next = lang.L("Vérifiez la connexion au réseau. Carnet réessaie de lui-même.")
	case fhir.Unavailable:
		p.Title = lang.L("Le serveur ne peut pas répondre pour le moment.")
		p.Next = lang.L("Rien n’a été fait. Réessayez dans une minute.")
	case fhir.Internal:
		p.Tone = widget.Danger
		p.Title = lang.L("Le serveur a rencontré un problème.")
		p.Next = lang.L("Réessayez ; si cela se répète, transmettez la référence à votre support.")
	case fhir.Throttled:
		p.Icon = widget.IconSlow
		p.Title = lang.L("Trop de demandes en peu de temps.")
		p.Next = lang.L("Attendez une minute, puis recommencez.")
	case fhir.Queued:
		p.Icon, p.Tone, p.Retry = widget.IconClock, widget.Ink, false
		p.Title = lang.L("C’est gardé sur ce poste.")
		p.Next = lang.L("Cela part de soi-même au retour du serveur ; « Envois » le montre.")
	case fhir.Canceled:
		p.Icon = widget.IconInfo
		p.Title = lang.L("La demande a été interrompue.")
		p.Next = lang.L("Recommencez quand vous voulez.")
	case fhir.Unauthenticated, fhir.TokenExpired:
		p.Icon, p.Retry = widget.IconSignIn, false
		p.Title = lang.L("Votre session a expiré.")
		p.Next = lang.L("Connectez-vous de nouveau : vous retrouverez cette page.")
	default:
		return p, false
	}
	return p, true
}

func rightWords(code fhir.Code) (widget.Problem, bool) {
	p := widget.Problem{Icon: widget.IconMasked, Tone: widget.Attention}
	switch code {
	case fhir.Forbidden:
		p.Title = lang.L("Votre profession ou le mode d’accès ne permet pas cette action.")
		p.Next = lang.L("Vos droits dans ce dossier figurent sous « Accès ».")
	case fhir.NoConsent:
		p.Title = lang.L("Le patient ne l’a pas autorisé.")
		p.Next = lang.L("S’il est devant vous et d’accord, recueillez son consentement.")
	case fhir.RuleForbids:
		p.Title = lang.L("Une règle du dossier ne permet pas cette action.")
		p.Next = lang.L("Le patient doit en prendre l’initiative.")
	case fhir.NotFound:
		p.Icon = widget.IconSearch
		p.Title = lang.L("Introuvable.")
		p.Next = lang.L("Vérifiez l’identité ou actualisez la liste.")
	case fhir.Withdrawn:
		p.Icon = widget.IconDelete
		p.Title = lang.L("Ce document a été supprimé depuis.")
		p.Next = lang.L("Actualisez la liste des documents.")
	case fhir.NoRecord:
		p.Icon = widget.IconArchive
		p.Title = lang.L("Cette personne n’a pas de dossier ouvert.")
		p.Next = lang.L("Rien ne peut y être lu ni déposé : remettez le document au patient.")
	default:
		return p, false
	}
	return p, true
}

func writingWords(code fhir.Code) (widget.Problem, bool) {
	p := widget.Problem{Icon: widget.IconRefused, Tone: widget.Danger}
	switch code {
	case fhir.VersionConflict, fhir.StateConflict:
		p.Icon, p.Tone = widget.IconRefresh, widget.Attention
		p.Title = lang.L("Ce document a changé entre-temps.")
		p.Next = lang.L("Actualisez la liste, puis recommencez si c’est encore utile.")
	case fhir.Duplicate:
		p.Icon, p.Tone = widget.IconCopy, widget.Attention
		p.Title = lang.L("Ce document a déjà été déposé.")
		p.Next = lang.L("Il figure dans la liste ; il n’y a rien à refaire.")
	case fhir.TooLarge:
		p.Title = lang.L("Le document est trop volumineux.")
		p.Next = lang.L("La limite est de 25 Mo : réduisez la résolution ou séparez-le.")
	case fhir.Invalid, fhir.BadCode, fhir.BusinessRule:
		p.Title = lang.L("Le serveur a refusé ce contenu.")
		p.Next = lang.L("Corrigez ce qui est signalé, puis renvoyez-le.")
	case fhir.Malformed, fhir.Required, fhir.BadValue, fhir.UnsupportedMedia, fhir.NotAllowed, fhir.NotAcceptable, fhir.PatchRefused:
		p.Title = lang.L("Le serveur n’a pas compris la demande.")
		p.Next = lang.L("Vérifiez que Carnet est à jour ; sinon, transmettez la référence à votre support.")
	default:
		return p, false
	}
	return p, true
}
