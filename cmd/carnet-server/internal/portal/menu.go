package portal

import (
	"slices"

	"carnet/cmd/carnet-server/internal/record"
)

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
		{Path: "messages", Icon: "message", Label: "Messages"},
		{Path: "avis", Icon: "info", Label: "Avis"},
		{Path: "reglages", Icon: "emergency", Label: "Urgence et réglages"},
		{Path: "copies", Icon: "offline", Label: "Copies hors ligne"},
		{Path: "dossier", Icon: "folder", Label: "Vie du dossier"},
		{Path: "connexions", Icon: "sign-in", Label: "Mes connexions"},
	},
	record.StaffOperator: {{Path: "support", Icon: "person", Label: "Support"}, {Path: "connexions", Icon: "sign-in", Label: "Mes connexions"}},
	record.StaffDPO:      {{Path: "dpo", Icon: "shield", Label: "Accès contestés"}, {Path: "connexions", Icon: "sign-in", Label: "Mes connexions"}},
}

// unread counts the messages that wait in the record that is shown, once a page.
func (c *call) unread() (int, error) {
	if c.waiting == nil {
		n, err := c.Records.HeldUnread(c.r.Context(), c.citizen(), c.rec)
		if err != nil {
			return 0, err
		}
		c.waiting = &n
	}
	return *c.waiting, nil
}

// menu gives the menu of who has signed in. A patient's says on every page how
// many messages wait in the record that is shown; a count that cannot be had is
// no reason to show no page.
func (c *call) menu(kind string, acting holding) []entry {
	lines := menus[kind]
	if kind != kindPatient || !acting.Chosen || !acting.Reads {
		return lines
	}
	unread, err := c.unread()
	if err != nil || unread == 0 {
		return lines
	}
	lines = slices.Clone(lines)
	for i := range lines {
		if lines[i].Path == "messages" {
			lines[i].Count = unread
		}
	}
	return lines
}
