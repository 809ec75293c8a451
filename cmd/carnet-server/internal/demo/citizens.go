package demo

import (
	"cmp"

	"carnet/cmd/carnet-server/internal/record"
)

// citizen is an account of the patients' side.
type citizen struct {
	story
	person string // logical id of a patient
	roleFR string
	name   string // of staff
	staff  string // record.Staff…
}

// parentOfTwins represents the GARNIER-DUPRÉ twins.
const parentOfTwins = "p007"

var citizens = []citizen{
	{person: richest, roleFR: "Patiente", story: story{
		"helene", "Patient",
		"Son dossier de plus de deux cents documents : masqués, archivés, remplacés, versions successives ; équipe de soins, pharmacie, opticien, médecin du travail autorisés ; un historique à lire et à exporter.",
		"Her record of more than two hundred documents: masked, archived, replaced, versions one after the other; a care team, a pharmacy, an optician, an occupational physician authorised; a history to read and to export.",
	}},
	{person: parentOfTwins, roleFR: "Patiente, mère des jumeaux", story: story{
		"parent", "Patient, mother of twins",
		"Son dossier, où le cabinet du Port est bloqué, et ceux de ses enfants Léa et Léo GARNIER-DUPRÉ, qu’elle représente jusqu’à leur majorité.",
		"Her record, where the practice du Port is blocked, and those of her children Léa and Léo GARNIER-DUPRÉ, whom she represents until they come of age.",
	}},
	{person: "p015", roleFR: "Patiente", story: story{
		"elodie", "Patient",
		"Un document masqué que les urgences peuvent lire ; la généraliste n’y a aucun droit : un bris de glace y est visible aussitôt, et se conteste.",
		"A masked document that emergencies may read; the general practitioner has no right: a break-glass is seen at once, and can be contested.",
	}},
	{person: "p018", roleFR: "Patient", story: story{
		"thierry", "Patient",
		"A bloqué la généraliste (« gp ») ; son médecin traitant ne peut pas l’être.",
		"Blocked the general practitioner (“gp”); his médecin traitant cannot be.",
	}},
	{person: "p020", roleFR: "Patient, dossier fermé", story: story{
		"renaud", "Patient, record closed",
		"Dossier fermé : exporter, rouvrir, supprimer.",
		"A closed record: export, open again, delete.",
	}},
	{name: "Sabine LAURENT", staff: record.StaffOperator, roleFR: "Assistance téléphonique", story: story{
		"operator", "Support by telephone",
		"Retrouve une personne par son INS, enregistre une opposition ou une fermeture, renvoie un code ; ne voit aucun contenu médical.",
		"Finds a person by their INS, records an objection or a closing, sends a new code; sees no medical content.",
	}},
	{name: "Étienne ROCHE", staff: record.StaffDPO, roleFR: "Délégué à la protection des données", story: story{
		"dpo", "Data-protection officer",
		"Répond aux accès contestés : qui, quand, pourquoi ; ne voit aucun contenu médical.",
		"Answers contested accesses: who, when, why; sees no medical content.",
	}},
}

// Citizens lists the patients and the staff who can sign in to a demonstration.
func Citizens() ([]Account, error) {
	all, err := readPeople()
	if err != nil {
		return nil, err
	}
	out := make([]Account, 0, len(citizens))
	for _, c := range citizens {
		a := Account{
			ID: c.id, Name: c.name, Role: c.roleFR, RoleEN: c.roleEN, GoodTo: c.fr, GoodToEN: c.en, Person: c.person, StaffRole: c.staff,
		}
		for _, p := range all {
			if p.seed.ID == c.person {
				a.Name = p.seed.Given[0] + " " + cmp.Or(p.seed.UsedName, p.seed.BirthName)
			}
		}
		out = append(out, a)
	}
	return out, nil
}
