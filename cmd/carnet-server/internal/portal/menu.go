package portal

import "carnet/cmd/carnet-server/internal/record"

// menus are the lines of the menu of each side. Labels are keys of the texts.
var menus = map[string][]entry{
	kindPatient: {
		{Path: "", Icon: "home", Label: "Accueil"},
		{Path: "documents", Icon: "document", Label: "Documents"},
		{Path: "profil", Icon: "allergy", Label: "Profil de santé"},
		{Path: "mesures", Icon: "lab", Label: "Mesures"},
		{Path: "acces", Icon: "people", Label: "Qui peut lire"},
		{Path: "habilitations", Icon: "shield", Label: "Qui lit quoi"},
		{Path: "historique", Icon: "history", Label: "Historique"},
		{Path: "messages", Icon: "edit", Label: "Messages"},
		{Path: "avis", Icon: "message", Label: "Avis"},
		{Path: "reglages", Icon: "emergency", Label: "Urgence et réglages"},
		{Path: "copies", Icon: "offline", Label: "Copies hors ligne"},
		{Path: "dossier", Icon: "folder", Label: "Vie du dossier"},
		{Path: "connexions", Icon: "sign-in", Label: "Mes connexions"},
	},
	record.StaffOperator: {{Path: "support", Icon: "person", Label: "Support"}, {Path: "connexions", Icon: "sign-in", Label: "Mes connexions"}},
	record.StaffDPO:      {{Path: "dpo", Icon: "shield", Label: "Accès contestés"}, {Path: "connexions", Icon: "sign-in", Label: "Mes connexions"}},
}
