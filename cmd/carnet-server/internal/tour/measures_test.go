package main

import (
	"context"
	"fmt"
	"testing"

	"carnet/client/fhir"
)

// A record opens on the person’s health; its measures are curves that the keyboard
// alone walks through; one is entered, and taken back.
func TestMeasuresInARealWindow(t *testing.T) {
	playing(t, func(t *tour) []step {
		before := 0
		count := func(ctx context.Context, more int) error {
			return until(ctx, patience, func() error {
				all, err := t.witness.items(ctx, "Observation", t.mine.ID)
				if err != nil {
					return fatal{err}
				}
				if len(all) != before+more {
					return fmt.Errorf("%d measures, there were %d", len(all), before)
				}
				return nil
			})
		}
		return []step{
			{slug: "sign-in", title: "the desktop opens on its sign-in page", do: t.open},
			{slug: "patients", title: "Return signs in", do: t.signIn},
			{slug: "found", title: "find a patient", do: t.find},
			t.pressing("Return", "the record opens on the person’s health", "Allergies et effets indésirables", "Pénicilline", "Traitements en cours"),
			t.pressing("ctrl+m", "the measures", "Tension artérielle", "saisi par un professionnel"),
			t.pressing("F1", "every key of the measures", "Saisir une mesure", "Aller à la courbe", "Exporter les mesures en clair (CSV)", "Actualiser les mesures"),
			t.leaving("Escape", "closes the list", "Liste des raccourcis"),
			t.pressing("Down", "another kind", "Poids"),
			t.pressing("Home", "the first kind again", "saisi par un professionnel"),
			t.pressing("ctrl+g", "to the curve", "saisi par un professionnel"),
			t.changing("Left", "the measure before"),
			t.changing("Right", "and back"),
			t.changing("Home", "the oldest"),
			t.changing("End", "the newest"),
			t.changing("plus", "nearer"),
			t.changing("minus", "farther"),
			{slug: "counted", title: "what the server has", do: func(ctx context.Context) error {
				all, err := t.witness.items(ctx, "Observation", t.mine.ID)
				before = len(all)
				return err
			}},
			t.pressing("ctrl+n", "enters a measure", "Date et heure de la mesure"),
			t.typing("1310/83", "what nobody has", "Cette valeur n’est pas possible"),
			t.pressing("ctrl+a BackSpace", "is wiped", "telle que vous l’écrivez"),
			t.typing("131/83", "a blood pressure", "Valeur plausible"),
			t.pressing("Return", "is kept", "Mesure enregistrée. Le patient la voit", "131/83"),
			{slug: "kept", title: "the server has one more", do: func(ctx context.Context) error { return count(ctx, 1) }},
			t.pressing("ctrl+z", "takes it back", "Mesure retirée"),
			{slug: "dropped", title: "the server has as many as before", do: func(ctx context.Context) error {
				if err := count(ctx, 0); err != nil {
					return err
				}
				return t.gained(ctx, t.mine, fhir.KindProfile)
			}},
			t.pressing("ctrl+s", "reminds of secrecy before exporting", "Exporter"),
			t.leaving("Escape", "exports nothing", "Exporter les mesures en clair"),
			t.pressing("ctrl+y", "the person’s health again", "Allergies et effets indésirables"),
		}
	})
}
