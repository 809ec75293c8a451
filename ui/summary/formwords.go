package summary

import (
	"strings"

	"carnet/client/advice"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// kindWords name a type of item.
func kindWords(resource string) string {
	switch resource {
	case "AllergyIntolerance":
		return lang.L("Allergie ou effet indésirable")
	case "MedicationStatement":
		return lang.L("Traitement")
	case "FamilyMemberHistory":
		return lang.L("Antécédent familial")
	case "Immunization":
		return lang.L("Vaccination")
	}
	return lang.L("Problème ou antécédent")
}

// fieldWords caption a field.
func fieldWords(resource string, x Field) string {
	switch x {
	case FieldText:
		switch resource {
		case "AllergyIntolerance":
			return lang.L("Allergène, comme vous l’écrivez")
		case "MedicationStatement":
			return lang.L("Traitement, comme vous l’écrivez (nom et dosage)")
		case "Immunization":
			return lang.L("Vaccin injecté (nom)")
		case "FamilyMemberHistory":
			return lang.L("Quoi, et à quel âge")
		}
		return lang.L("Problème, maladie ou intervention")
	case FieldSubstance:
		return lang.L("Substances (DCI), séparées par + : ce que les tables comparent")
	case FieldReaction:
		return lang.L("Réaction")
	case FieldDosage:
		return lang.L("Posologie")
	case FieldStart:
		if resource == "Immunization" {
			return lang.L("Date de l’injection")
		}
		return lang.L("Depuis")
	case FieldEnd:
		return lang.L("Jusqu’à")
	case FieldLot:
		return lang.L("Lot")
	case FieldDose:
		return lang.L("Dose n°")
	}
	return lang.L("Remarque (facultative)")
}

// exampleWords show how one writes a field.
func exampleWords(resource string, x Field) string {
	switch {
	case x == FieldStart && resource == "Immunization":
		return "22/11/2026"
	case x == FieldStart:
		return "05/2019"
	case x == FieldSubstance && resource == "MedicationStatement":
		return "amoxicilline + acide clavulanique"
	}
	return ""
}

// faultWords say what is wrong with a field, and what to do.
func faultWords(f Fault) string {
	switch f.Kind {
	case Empty:
		if f.Field == FieldStart {
			return lang.L("La date de l’injection manque. Saisissez-la.")
		}
		return lang.L("Écrivez d’abord de quoi il s’agit.")
	case BadDate:
		return lang.L("Cette date ne se lit pas. Écrivez 2019, 05/2019 ou 12/05/2019.")
	case Future:
		return lang.L("Cette date est dans le futur. Corrigez-la.")
	case BeforeBirth:
		return lang.L("Cette date précède la naissance du patient. Corrigez-la.")
	case EndFirst:
		return lang.L("La fin précède le début. Corrigez l’une des deux.")
	case BadDose:
		return lang.L("Le numéro de la dose est un nombre de 1 à 20. Corrigez-le.")
	}
	return ""
}

// reportWords say what the tables tell of what is typed, the worst first.
func reportWords(r advice.Report) (string, widget.Tone) {
	var all []string
	tone := widget.Attention
	for _, w := range r.Warnings {
		if _, t := choose.Alert(w); t == widget.Danger {
			tone = t
		}
		all = append(all, w.Label(choose.Language())+widget.Nbsp+": "+w.Title(choose.Language())+" ("+w.Cite.Text(choose.Language())+").")
	}
	for _, u := range r.Unverified {
		all = append(all, u.Written+" — "+u.Message(choose.Language()))
	}
	const most = 4
	if len(all) > most {
		all = append(all[:most], lang.L("Et {{.N}} autres.", map[string]any{"N": len(all) - most}))
	}
	return strings.Join(all, "\n"), tone
}

func lotWords(lot string) string {
	if lot == "" {
		return ""
	}
	return lang.L("Lot {{.Lot}}", map[string]any{"Lot": lot})
}
