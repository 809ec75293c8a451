package record

import (
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// actionFace is how an action appears in the menu, and what is said once it has
// taken effect (nothing where a sheet of its own says it).
type actionFace struct {
	icon widget.IconName
	text string
	done string
}

func (a Action) face() actionFace {
	switch a {
	case Mask:
		return actionFace{widget.IconMasked, lang.L("Masquer aux professionnels"), lang.L("Document masqué aux professionnels. Le patient en est informé.")}
	case Unmask:
		return actionFace{widget.IconUnmasked, lang.L("Ne plus masquer aux professionnels"), lang.L("Document de nouveau visible des professionnels. Le patient en est informé.")}
	case HideFromPatient:
		return actionFace{
			widget.IconHidden, lang.L("Ne pas montrer au patient avant la consultation d’annonce"),
			lang.L("Le patient ne verra ce document qu’après la consultation d’annonce."),
		}
	case ShowToPatient:
		return actionFace{widget.IconVisible, lang.L("Montrer au patient"), lang.L("Le patient voit maintenant ce document ; il en est informé.")}
	case Archive:
		return actionFace{widget.IconArchive, lang.L("Archiver"), lang.L("Document archivé. « Archivés et remplacés » l’affiche.")}
	case Unarchive:
		return actionFace{widget.IconUndo, lang.L("Désarchiver"), lang.L("Document remis dans la liste courante.")}
	case Replace:
		return actionFace{widget.IconReplaced, lang.L("Remplacer par une version corrigée…"), ""}
	case Undo:
		return actionFace{widget.IconUndo, lang.L("Annuler ce dépôt (mauvais patient)…"), lang.L("Dépôt annulé. Les historiques le mentionnent.")}
	case Delete:
		return actionFace{widget.IconDelete, lang.L("Supprimer…"), lang.L("Document supprimé.")}
	}
	return actionFace{}
}

// cautionWords are the title, the text and the button of a confirmation.
type cautionWords struct{ title, text, button string }

func (c Caution) words() cautionWords {
	switch c {
	case CautionDelete:
		return cautionWords{
			lang.L("Supprimer ce document ?"),
			lang.L("Il disparaît du dossier pour tous, patient compris, et ne pourra pas être rétabli. L’historique garde la trace de la suppression."),
			lang.L("Supprimer"),
		}
	case CautionUndo:
		return cautionWords{
			lang.L("Annuler ce dépôt ?"),
			lang.L("À utiliser quand le document concerne un autre patient : il est retiré de ce dossier, et l’historique du patient le dit. Déposez-le ensuite dans le bon dossier."),
			lang.L("Annuler le dépôt"),
		}
	case CautionOneWay:
		return cautionWords{
			lang.L("Masquer ce document ?"),
			lang.L("Vous n’en êtes pas l’auteur : une fois masqué, vous ne pourrez plus le lire ni le démasquer. Son auteur, le médecin traitant et le patient le pourront."),
			lang.L("Masquer"),
		}
	}
	return cautionWords{}
}

func (o Order) label() string {
	switch o {
	case ByType:
		return lang.L("Type")
	case ByAuthor:
		return lang.L("Auteur")
	}
	return lang.L("Date")
}

// typeIcons are the icons of types and classes of documents; the class decides
// where the type has none of its own.
func typeIcon(typeCode, class string) widget.IconName {
	switch typeCode {
	case "11502-2":
		return widget.IconLab
	case "18748-4":
		return widget.IconImaging
	case "11488-4":
		return widget.IconConsultation
	case "11490-0", "34112-3", "15507-7", "34874-8", "15508-5":
		return widget.IconHospital
	case "57833-6", "57828-6":
		return widget.IconPrescription
	case "87273-9", "11369-6":
		return widget.IconVaccine
	case "89601-9":
		return widget.IconCertificate
	case "96349-6":
		return widget.IconLetter
	case "60591-5":
		return widget.IconSynthesis
	}
	switch class {
	case "11":
		return widget.IconSynthesis
	case "31":
		return widget.IconImaging
	case "42", "43":
		return widget.IconPrescription
	case "90":
		return widget.IconPerson
	}
	return widget.IconDocument
}
