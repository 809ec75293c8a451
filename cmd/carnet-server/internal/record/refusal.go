package record

import (
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
)

// refused is what the caller is told of a refusal.
func refused(r consent.Refusal) error { return refusedIn("", fhir.ModeNormal, r) }

// refusedIn is refused for what was being done (a kind of audit entry) in a
// mode: each message ends in a step that can help there. A block is told in
// the words of a missing consent, whatever is done.
func refusedIn(kind, mode string, r consent.Refusal) error {
	switch code := r.Code(); code {
	case fhir.NotFound:
		return notFound()
	case fhir.NoConsent:
		return fhir.E(code, "%s", noConsent(kind, mode))
	case fhir.NoRecord:
		if kind == fhir.KindCreate || kind == fhir.KindReplace || kind == fhir.KindSubmit {
			return fhir.E(code, "Ce dossier est fermé ou n'existe pas : remettez le document au patient par un autre moyen.")
		}
		return fhir.E(code, "Ce dossier est fermé ou n'existe pas : seul le patient peut l'ouvrir, depuis son espace.")
	case fhir.Required:
		return fhir.E(code, "Un motif est obligatoire : écrivez en quelques mots la raison de l'urgence.")
	case fhir.Withdrawn:
		return fhir.E(code, "Ce document a été supprimé par son auteur.")
	case fhir.Unauthenticated:
		return fhir.E(code, "Identité professionnelle manquante : reconnectez-vous.")
	case fhir.BusinessRule:
		return fhir.E(code, "Ce type de document n'est lisible par personne : choisissez un autre type.")
	default:
		return fhir.E(code, "Votre profession ou ce mode d'accès ne le permet pas.")
	}
}

func noConsent(kind, mode string) string {
	switch {
	case kind == fhir.KindConsent:
		return "Cet accord ne peut pas être déclaré ici : le patient peut vous autoriser lui-même, depuis son espace."
	case mode != fhir.ModeNormal && mode != "":
		return "Cet accès d'urgence n'est pas permis dans ce dossier : interrogez le patient, ses proches ou son médecin traitant."
	}
	return "Le patient n'a pas donné son accord : recueillez-le et déclarez-le, ou utilisez le bris de glace en cas d'urgence."
}
