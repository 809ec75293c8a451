package record

import (
	"slices"

	"carnet/client/fhir"
)

// A declaration opens a record, so each of its elements is understood or the
// whole is refused: an element that is passed over might be the one that
// narrows what the patient allowed.

// Elements that a declaration may have (contract section 6). Extensions that
// change no meaning may be there too.
var (
	declaredElements = []string{
		"resourceType", "id", "meta", "language", "text", "extension", "identifier", "status", "scope", "category", "patient", "dateTime",
		"performer", "organization", "sourceAttachment", "sourceReference", "policy", "provision",
	}
	provisionElements = []string{"id", "extension", "type", "period", "actor"}
	actorElements     = []string{"id", "extension", "role", "reference"}
)

const (
	scopePrivacy    = "patient-privacy"
	categoryConsent = "59284-0" // LOINC
	roleRecipient   = "IRCP"
)

// consentFault is a refusal that names its element.
func consentFault(code fhir.Code, element, message string) error {
	at := "Consent." + element
	return &fhir.Error{Code: code, Message: message, Issues: []fhir.Issue{{Code: code, Expression: at, Message: message}}}
}

func notUnderstood(element string) error {
	return consentFault(fhir.Invalid, element, "Cet élément n'est pas compris ici et pourrait limiter l'accord : retirez-le.")
}

// checkDeclaration holds a received Consent against FHIR and against what is
// understood of it here.
func checkDeclaration(n *fhir.Node) error {
	if err := fhir.Refuse(fhir.CheckAs(n, "Consent")); err != nil {
		return err
	}
	if err := fhir.Refuse(fhir.Modifiers(n)); err != nil {
		return err
	}
	provision := n.Get("provision")
	top, inner := notAmong(n, declaredElements), notAmong(provision, provisionElements)
	switch {
	case top != "":
		return notUnderstood(top)
	case inner != "":
		return notUnderstood("provision." + inner)
	case n.Get("status").String() != "active":
		return consentFault(fhir.Invalid, "status", "Un accord se déclare avec le statut « active ».")
	case !hasCode(n.Get("scope"), fhir.SystemConsentScope, scopePrivacy):
		return consentFault(fhir.Invalid, "scope", "La portée d'un accord est « patient-privacy ».")
	case !hasCategory(n.Get("category"), fhir.SystemLOINC, categoryConsent):
		return consentFault(fhir.Invalid, "category", "La catégorie d'un accord est 59284-0 (LOINC).")
	case !fhir.IsHere(n.At("patient", "reference").String(), "", "Patient"):
		return consentFault(fhir.Invalid, "patient", "Désignez le patient par sa référence sur ce serveur : Patient/id.")
	case provision.Get("type").String() != "permit":
		return consentFault(fhir.Invalid, "provision.type", "Un professionnel déclare un accord (permit), jamais un refus.")
	}
	return checkActors(provision.Get("actor"))
}

// checkActors: one recipient at most, named by a national identifier.
func checkActors(actors *fhir.Node) error {
	if actors == nil {
		return nil
	}
	if len(actors.Items) > 1 {
		return consentFault(fhir.Invalid, "provision.actor[1]", "Un accord se déclare pour un seul destinataire.")
	}
	const at = "provision.actor[0]"
	actor := &actors.Items[0]
	id := actor.At("reference", "identifier")
	switch name := notAmong(actor, actorElements); {
	case name != "":
		return notUnderstood(at + "." + name)
	case !hasCode(actor.Get("role"), fhir.SystemParticipation, roleRecipient):
		return consentFault(fhir.Invalid, at+".role", "Le destinataire d'un accord a le rôle IRCP.")
	case actor.At("reference", "reference") != nil || id.Get("value").String() == "":
		return consentFault(fhir.Invalid, at+".reference", "Désignez le destinataire par son identifiant national, et par lui seul.")
	}
	switch id.Get("system").String() {
	case "", fhir.SystemNationalPro, fhir.SystemNationalOrg:
		return nil
	}
	return consentFault(fhir.Invalid, at+".reference.identifier.system", "Désignez le destinataire par son identifiant national.")
}

// notAmong names the first element that is not among some.
func notAmong(n *fhir.Node, known []string) string {
	if n == nil {
		return ""
	}
	for _, name := range n.Names {
		if bare := trimUnderscore(name); !slices.Contains(known, bare) {
			return bare
		}
	}
	return ""
}

// trimUnderscore gives the element that _element belongs to.
func trimUnderscore(name string) string {
	if len(name) > 1 && name[0] == '_' {
		return name[1:]
	}
	return name
}

// hasCategory tells whether one of several CodeableConcepts has a coding.
func hasCategory(concepts *fhir.Node, system, code string) bool {
	return concepts != nil && slices.ContainsFunc(concepts.Items, func(c fhir.Node) bool { return hasCode(&c, system, code) })
}

// hasCode tells whether a CodeableConcept has a coding.
func hasCode(concept *fhir.Node, system, code string) bool {
	codings := concept.Get("coding")
	return codings != nil && slices.ContainsFunc(codings.Items, func(c fhir.Node) bool {
		return c.Get("code").String() == code && c.Get("system").String() == system
	})
}
