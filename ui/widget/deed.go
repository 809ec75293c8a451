package widget

import (
	"strings"

	"fyne.io/fyne/v2/lang"
)

// FormatDeed says what somebody did in a record, by the names that the wire has
// for it (fhir.Kind…, AuditEvent.action), which this package may not import; the
// stories of the pages hold the two together. The same words stand in the
// record's history and among one's own accesses. A kind of tomorrow's server is
// "another action", never its code.
func FormatDeed(kind, action string) string {
	switch kind {
	case "consent":
		switch action {
		case "D":
			return lang.L("Autorisation retirée")
		case "E": // searched, by which nothing changes
			return lang.L("Consultation des consentements")
		}
		return lang.L("Consentement")
	case "denial":
		return lang.L("Accès refusé")
	case "miss":
		return lang.L("Document introuvable")
	case "history":
		return lang.L("Lecture de l’historique")
	case "lookup":
		return lang.L("Recherche d’une personne")
	case "patient-query":
		return lang.L("Recherche parmi vos patients")
	case "open":
		return lang.L("Ouverture du dossier")
	case "close":
		return lang.L("Fermeture du dossier")
	case "copy":
		return lang.L("Copie de travail hors ligne")
	}
	return documentDeed(kind)
}

// documentDeed says what was done with documents.
func documentDeed(kind string) string {
	switch kind {
	case "search", "search-sets":
		return lang.L("Liste des documents")
	case "read":
		return lang.L("Lecture d’un document")
	case "read-meta":
		return lang.L("Description d’un document")
	case "create", "submit":
		return lang.L("Dépôt d’un document")
	case "replace":
		return lang.L("Remplacement d’un document")
	case "patch":
		return lang.L("Modification d’un document")
	case "undo":
		return lang.L("Annulation d’un dépôt")
	}
	return lang.L("Autre action")
}

// FormatMode says the mode of an access (TRE_R248) when it is an emergency's;
// nothing for the normal one.
func FormatMode(mode string) string {
	switch mode {
	case "bris_de_glace":
		return lang.L("Bris de glace")
	case "centre_15":
		return lang.L("Centre 15")
	}
	return ""
}

// FormatLabel sets a label of a nomenclature, or a title that was made of one, as
// French is printed: the value sets write straight apostrophes. It is for screens
// alone; what is filed keeps the label as it is published.
func FormatLabel(label string) string { return strings.ReplaceAll(label, "'", "’") }
