package fhir

import (
	"strconv"
	"strings"
)

// languageFR is the language that PDSm fixes for every attachment.
const languageFR = "fr-FR"

// storedElements are the elements that PDSm comprehensive requires of a stored
// document beside FHIR's own (contract section 4), as paths below
// DocumentReference.
var storedElements = []string{
	"masterIdentifier", "status", "type", "category", "subject", "date", "author", "custodian", "securityLabel",
	"content.attachment.contentType", "content.attachment.language", "content.attachment.url", "content.attachment.size",
	"content.attachment.hash", "content.attachment.title", "content.attachment.creation", "content.format",
	"context.period.start", "context.facilityType", "context.practiceSetting", "context.sourcePatientInfo",
}

// filedElements are those that a sender of ITI-105 must give: what the server
// cannot know by itself. The rest of storedElements is completed from the
// sign-in, the content and the value sets.
var filedElements = []string{
	"masterIdentifier", "status", "type", "subject", "date", "author", "content.attachment.contentType", "content.attachment.title",
}

// CheckStored checks a DocumentReference as it is about to be stored: FHIR,
// and PDSm comprehensive. It gives every finding.
func CheckStored(n *Node) []Issue { return checkDocument(n, storedElements) }

// CheckFiled checks a DocumentReference as it arrives by ITI-105, its content
// replaced by SplitData: FHIR, and what a sender must give. It gives every
// finding.
func CheckFiled(n *Node) []Issue {
	issues := append(checkDocument(n, filedElements), Modifiers(n)...)
	if attachment := n.At("content", "attachment"); attachment != nil && attachment.Get("data") == nil {
		issues = append(issues, Issue{Required, "DocumentReference.content[0].attachment.data", "Le contenu du document est obligatoire."})
	}
	if status := n.Get("status").String(); status != "" && status != "current" {
		issues = append(issues, Issue{Invalid, "DocumentReference.status", "Un document est déposé avec le statut « current »."})
	}
	return issues
}

func checkDocument(n *Node, elements []string) []Issue {
	issues := CheckAs(n, "DocumentReference")
	if len(issues) > 0 && issues[0].Expression == "resourceType" {
		return issues
	}
	for _, path := range elements {
		names := strings.Split(path, ".")
		if v := n.At(names...); v == nil || v.Kind == Array && len(v.Items) == 0 {
			if path != "status" { // FHIR requires it already
				issues = append(issues, Issue{Required, "DocumentReference." + indexed(names), "Cet élément est obligatoire (PDSm)."})
			}
		}
	}
	if content := n.Get("content"); content != nil && len(content.Items) > 1 {
		issues = append(issues, Issue{Malformed, "DocumentReference.content[1]", "Un seul contenu par document."})
	}
	if lang := n.At("content", "attachment", "language").String(); lang != "" && lang != languageFR {
		issues = append(issues, Issue{BadCode, "DocumentReference.content[0].attachment.language", "La langue est fr-FR (PDSm)."})
	}
	if system := n.At("masterIdentifier", "system"); system != nil && system.String() != SystemURI {
		issues = append(issues, Issue{Invalid, "DocumentReference.masterIdentifier.system", "Le système de l'identifiant unique est urn:ietf:rfc:3986."})
	}
	if uid := n.At("masterIdentifier", "value"); n.Get("masterIdentifier") != nil && !isUniqueID(uid.String()) {
		issues = append(issues, Issue{Invalid, "DocumentReference.masterIdentifier.value", "L'identifiant unique s'écrit urn:oid:… ou urn:uuid:…"})
	}
	return append(issues, labelIssues(n)...)
}

// indexed writes a path with the index that a list has in FHIRPath.
func indexed(names []string) string {
	out := make([]string, len(names))
	for i, name := range names {
		out[i] = name
		if name == "content" && len(names) > 1 {
			out[i] = "content[0]"
		}
	}
	return strings.Join(out, ".")
}

func isUniqueID(s string) bool { return isOID(s) || isUUID(s) }

// labelIssues checks the security labels: one confidentiality level at most,
// and labels that are known. An unknown one must not be taken for harmless.
func labelIssues(n *Node) (issues []Issue) {
	labels := n.Get("securityLabel")
	if labels == nil {
		return nil
	}
	levels := 0
	for i := range labels.Items {
		codings := labels.Items[i].Get("coding")
		if codings == nil {
			continue
		}
		for j := range codings.Items {
			switch codings.Items[j].Get("code").String() {
			case "N", "R", "V":
				levels++
			case LabelMasked, LabelHiddenPatient, LabelHiddenReps, LabelNoPat:
			default:
				at := "DocumentReference.securityLabel[" + strconv.Itoa(i) + "].coding[" + strconv.Itoa(j) + "].code"
				issues = append(issues, Issue{BadCode, at, "Ce code n'est pas dans le jeu de valeurs JDV_J08."})
			}
		}
	}
	if levels > 1 {
		issues = append(issues, Issue{Invalid, "DocumentReference.securityLabel", "Un seul niveau de confidentialité est permis."})
	}
	return issues
}
