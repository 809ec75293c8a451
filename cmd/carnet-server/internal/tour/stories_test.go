package main

import (
	"context"
	"os"
	"testing"

	"carnet/cmd/carnet-server/internal/demo"
)

// Who regulates calls to centre 15 finds anybody by name, enters for an hour with
// a reason, and sees nothing of the record once the hour is over.
func TestTheEmergencyCentreInARealWindow(t *testing.T) {
	playing(t, func(t *tour) []step {
		return []step{
			{slug: "sign-in", title: "a regulator signs in", do: func(ctx context.Context) error {
				if err := t.meet(ctx); err != nil {
					return err
				}
				if err := t.desk.startApp(ctx, "-account", "regulator"); err != nil {
					return err
				}
				return t.desk.sees(ctx, "Centre 15, par le nom", "En ligne")
			}},
			t.pressing("ctrl+shift+n", "the search of everyone", "Chaque personne affichée verra votre recherche"),
			t.typing("rou", "three letters", "Chercher parmi tous"),
			t.pressing("Return", "are too few", "au moins quatre lettres"),
			t.typing("ssel", "the name", "Chercher parmi tous"),
			t.pressing("Return", "finds a stranger", "Toutes les personnes de ce nom", "ROUSSEL", "figure dans l’historique de chacune"),
			t.pressing("Return", "whose record offers the emergency", "Régulation médicale ?"),
			t.pressing("Return", "asks for a reason", "Motif, que le patient lira"),
			t.typing("appel au 15, douleur thoracique", "the reason", "Accéder en urgence"),
			t.pressing("ctrl+Return", "after the countdown the record is there", "Régulation médicale (centre 15), jusqu’à", "Accès d’urgence"),
			{slug: "hour", title: "the hour is over: nothing of the record is left", do: func(ctx context.Context) error {
				if err := os.WriteFile(t.desk.aheadFile(), []byte("61m"), 0o600); err != nil {
					return err
				}
				if err := t.desk.sees(ctx, "L’accès d’urgence est terminé", "Revenir au dossier"); err != nil {
					return err
				}
				return t.desk.misses(ctx, "Filtrer : type, titre, auteur", "Consultation de cardiologie", "Allergies et effets indésirables", "Allergies :", "Régulation médicale (centre 15), jusqu’à")
			}},
		}
	})
}

// A PDF that is dropped on an open record is checked at once.
func TestAFileDroppedOnARealWindow(t *testing.T) {
	playing(t, func(t *tour) []step {
		return []step{
			{slug: "sign-in", title: "the desktop opens on its sign-in page", do: t.open},
			{slug: "patients", title: "sign in as a general practitioner", do: t.signIn},
			{slug: "early", title: "a file dropped on no record says where to drop it", do: func(ctx context.Context) error {
				if err := t.dropReport(); err != nil {
					return err
				}
				return t.desk.sees(ctx, "Ouvrez d’abord le dossier d’un patient")
			}},
			{slug: "found", title: "find a patient", do: t.find},
			{slug: "record", title: "open the record", do: t.openRecord},
			{slug: "dropped", title: "drop a PDF on the window: it is checked", do: func(ctx context.Context) error {
				if err := t.dropReport(); err != nil {
					return err
				}
				return t.desk.sees(ctx, "Déposer un document", "Lisible", "Identité concordante")
			}},
			{slug: "filed", title: "Return files it", do: t.file},
		}
	})
}

// dropReport drops a report of the patient on the window.
func (t *tour) dropReport() error {
	file, err := t.sample(demo.SampleReport)
	if err != nil {
		return err
	}
	return drop(t.desk.display.name, "Carnet", file)
}
