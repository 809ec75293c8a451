package main

import (
	"context"
	"errors"
	"fmt"
	"strings"
)

// pressing is a step of one chord and what it makes the window show. The
// toolkit's own test driver goes around the window's routing of keys, so each
// shortcut is pressed here, in a real window, from outside.
func (t *tour) pressing(chord, title string, shows ...string) step {
	slug := strings.NewReplacer("+", "-", " ", "-").Replace(strings.ToLower(chord))
	return step{slug: slug, title: chord + ": " + title, do: func(ctx context.Context) error {
		if err := t.desk.display.keys(ctx, strings.Fields(chord)...); err != nil {
			return err
		}
		return t.desk.sees(ctx, shows...)
	}}
}

// reading is pressing, for a chord that shows another document: it is seen once its
// first page is drawn. The texts may stand there before: its title in the list, the
// page's number of the document before.
func (t *tour) reading(chord, title string, shows ...string) step {
	s := t.pressing(chord, title, shows...)
	press := s.do
	s.do = func(ctx context.Context) error {
		drawn := t.desk.marks(firstPage)
		if err := press(ctx); err != nil {
			return err
		}
		return until(ctx, patience, func() error {
			if t.desk.marks(firstPage) == drawn {
				return errors.New("no other document is drawn")
			}
			return nil
		})
	}
	return s
}

// leaving is pressing, for a chord that makes something go.
func (t *tour) leaving(chord, title string, gone ...string) step {
	s := t.pressing(chord, title)
	press := s.do
	s.do = func(ctx context.Context) error {
		if err := press(ctx); err != nil {
			return err
		}
		return t.desk.misses(ctx, gone...)
	}
	return s
}

// changing is a step of a chord that shows something else, whatever it is.
func (t *tour) changing(chord, title string) step {
	s := t.pressing(chord, title)
	s.do = func(ctx context.Context) error {
		before, err := t.desk.look(ctx)
		if err != nil {
			return err
		}
		if err := t.desk.display.keys(ctx, chord); err != nil {
			return err
		}
		return until(ctx, patience, func() error {
			now, err := t.desk.look(ctx)
			if err == nil && now == before {
				err = fmt.Errorf("%s changes nothing", chord)
			}
			return err
		})
	}
	return s
}

// typing is a step of text typed where the keyboard is.
func (t *tour) typing(text, title string, shows ...string) step {
	return step{slug: "type", title: title, do: func(ctx context.Context) error {
		if err := t.desk.display.write(ctx, text); err != nil {
			return err
		}
		return t.desk.sees(ctx, shows...)
	}}
}

// everyKey presses every shortcut of every page once.
func (t *tour) everyKey() []step {
	steps := []step{
		{slug: "sign-in", title: "the desktop opens on its sign-in page", do: t.open},
		t.pressing("Down", "the account below", "Pharmacienne titulaire"),
		t.pressing("Up", "and back", "Dr Anne MOREL"),
		{slug: "patients", title: "Return signs in", do: t.signIn},
	}
	steps = append(steps, t.patientKeys()...)
	steps = append(steps, t.recordKeys()...)
	steps = append(steps, t.sheetKeys()...)
	return append(steps, t.windowKeys()...)
}

func (t *tour) patientKeys() []step {
	return []step{
		t.typing("martin", "the box has the keyboard", "MARTIN Marie", "02/05/1968", "27/11/1968"),
		t.pressing("Escape", "empties the box", "derniers vus d’abord"),
		t.pressing("ctrl+n", "somebody else by strict traits", "Nom de naissance"),
		t.leaving("Escape", "closes the sheet", "Nom de naissance"),
		t.pressing("ctrl+i", "waits for a scan", "INS"),
		t.typing("123456789012345", "an INS with a wrong key is told", "clé"),
		t.pressing("Escape", "empties the box", "derniers vus d’abord"),
		t.typing("lefe", "four letters", "ROUX-LEFÈBVRE"),
		t.pressing("Return", "opens the record on the person’s health", "Allergies et effets indésirables", "Traitements en cours"),
		t.pressing("Right", "the other column", "Vaccinations enregistrées"),
		t.pressing("ctrl+n", "adds to it", "Ajouter à la synthèse", "Substances (DCI)"),
		t.leaving("Escape", "adds nothing", "Ajouter à la synthèse"),
		t.pressing("ctrl+p", "reminds of secrecy before printing it", "Imprimer la synthèse"),
		t.leaving("Escape", "prints nothing", "Imprimer la synthèse ?"),
		t.pressing("ctrl+m", "the measures", "Tension artérielle", "saisi par un professionnel"),
		t.pressing("ctrl+g", "to the curve", "saisi par un professionnel"),
		t.changing("Home", "the oldest of it"),
		t.changing("plus", "nearer"),
		t.changing("minus", "farther"),
		t.pressing("ctrl+n", "enters one", "Date et heure de la mesure"),
		t.leaving("Escape", "enters none", "Date et heure de la mesure"),
		t.pressing("ctrl+s", "reminds of secrecy before exporting", "Exporter les mesures"),
		t.leaving("Escape", "exports nothing", "Exporter les mesures"),
		t.pressing("F1", "every key of the measures", "Saisir une mesure", "Aller à la courbe", "Exporter les mesures en clair (CSV)"),
		t.leaving("Escape", "closes the list", "Liste des raccourcis"),
		t.pressing("ctrl+d", "the documents", "Nouveaux depuis votre dernière visite"),
		t.pressing("ctrl+y", "and back", "Allergies et effets indésirables"),
		t.pressing("ctrl+d", "the documents again", "Nouveaux depuis votre dernière visite"),
	}
}

func (t *tour) recordKeys() []step {
	return []step{
		t.reading("j", "reads the first document", "1 / 1", "Rechercher dans le document"),
		t.reading("j", "reads the next one", "Ionogramme sanguin", "1 / "),
		t.reading("k", "reads the previous one", "pathologique – biopsie", "1 / 1"),
		t.pressing("plus", "enlarges", "94 %"),
		t.pressing("minus", "makes smaller", "75 %"),
		t.pressing("r", "turns the page", "1 / 1"),
		t.pressing("r r r", "and back", "1 / 1"),
		t.pressing("space", "moves by a screen", "1 / 1"),
		t.pressing("ctrl+f", "finds in the document", "Rechercher dans le document"),
		t.typing("recepteurs", "without its accents", "1 sur 1"),
		t.pressing("Escape", "leaves the search", "pathologique – biopsie"),
		t.pressing("ctrl+shift+f", "narrows the list", "210 documents"),
		t.typing("ordonnance", "to the prescriptions", "sur 210"),
		t.pressing("Escape", "shows all again", "210 documents"),
		t.reading("Return", "reads the prescription", "1 / "),
		t.pressing("ctrl+e", "what can be done with the document", "Masquer aux professionnels"),
		t.leaving("Escape", "closes the sheet", "Masquer aux professionnels"),
		t.pressing("ctrl+p", "reminds of secrecy before printing", "Imprimer ce document"),
		t.leaving("Escape", "prints nothing", "Imprimer ce document"),
		t.pressing("ctrl+s", "reminds of secrecy before saving", "Enregistrer une copie"),
		t.leaving("Escape", "saves nothing", "Enregistrer une copie"),
		t.pressing("ctrl+h", "who opened this record", "Ouverture du dossier"),
		t.pressing("ctrl+d", "back to the documents", "Filtrer : type, titre, auteur"),
	}
}

func (t *tour) sheetKeys() []step {
	return []step{
		{slug: "checked", title: "Ctrl+U files a document", do: t.check},
		{slug: "filed", title: "Return files it", do: t.file},
		t.pressing("ctrl+z", "takes the filing back", "Dépôt annulé dans le dossier de ROUX-LEFÈBVRE"),
		{slug: "checked", title: "the same document once more", do: t.check},
		{slug: "filed", title: "Return files it", do: t.file},
		t.leaving("ctrl+k", "away from the record Ctrl+Z is for nothing", "Annuler le dépôt"),
		t.pressing("alt+Left", "back in the record", "Vous êtes son médecin traitant"),
		t.pressing("ctrl+e", "the document's actions still have the way back", "Annuler ce dépôt (mauvais patient)"),
		t.pressing("Down Down Down Down Return", "which asks", "il est retiré de ce dossier"),
		t.pressing("Tab Return", "and takes the filing back", "Dépôt annulé. Les historiques"),
		{slug: "checked", title: "and another", do: t.check},
		t.pressing("ctrl+m", "masks it", "Masquer aux professionnels"),
		t.pressing("ctrl+t", "chooses another type", "Type de document"),
		t.pressing("Escape", "leaves the types", "Masquer aux professionnels"),
		t.leaving("Escape", "leaves the sheet; nothing was filed", "Masquer aux professionnels"),
		{slug: "no-right", title: "somebody else's record", do: t.noRight},
		{slug: "asked", title: "Tab Tab Return, Ctrl+Return: who is not there is asked", do: t.ask},
		{slug: "consent", title: "Return, Ctrl+Return: who agrees, for this visit", do: t.consent},
		t.pressing("ctrl+shift+r", "gives the authorisation back: it asks", "Retirer votre autorisation"),
		t.pressing("Tab Return", "and is given back", "Vous n’êtes plus autorisé"),
		t.pressing("ctrl+k Escape", "an empty box", "derniers vus d’abord"),
	}
}

func (t *tour) windowKeys() []step {
	return []step{
		t.pressing("alt+a", "my accesses", "Mes accès"),
		t.pressing("ctrl+f", "filters them", "Filtrer"),
		t.typing("zzzz", "nothing is called so", "Aucun"),
		t.pressing("Escape", "shows all again", "Mes accès"),
		t.pressing("F5", "asks again", "Mes accès"),
		t.pressing("alt+q", "what my profession may read", "Votre profession : Médecin"),
		t.typing("psychia", "its filter has the keyboard", "psychiatr"),
		t.pressing("Escape", "shows all again", "Lisibles : "),
		t.pressing("alt+m", "the messages", "Vos résultats de biologie"),
		t.pressing("F1", "every key of the messages", "Écrire à un patient", "Chercher dans les messages", "Changer de personne"),
		t.leaving("Escape", "closes the list", "Liste des raccourcis"),
		t.pressing("ctrl+n", "writes to a patient", "Nom, date de naissance ou INS", "Objet"),
		t.leaving("Escape", "writes to nobody", "Objet"),
		t.pressing("ctrl+shift+p", "changes the person: who has no code chooses one", "Choisir mon code sur ce poste"),
		t.leaving("Escape", "chooses none", "Choisir mon code sur ce poste"),
		t.pressing("alt+e", "what waits to be sent", "n’est pas encore arrivé"),
		t.pressing("alt+r", "settings", "Langue"),
		t.pressing("alt+p", "patients, as one left them", "née LEFÈBVRE"),
		t.pressing("alt+Left", "the page before", "Langue"),
		t.pressing("alt+Right", "the page after", "née LEFÈBVRE"),
		t.pressing("F1", "every key of this page", "Liste des raccourcis"),
		t.leaving("Escape", "closes the list", "Liste des raccourcis"),
		t.pressing("ctrl+k", "the search box", "née LEFÈBVRE"),
		t.pressing("Escape", "empties it", "derniers vus d’abord"),
		t.leaving("ctrl+shift+l", "locks: nothing of anybody is left on the screen", "LEFÈBVRE", "MARTIN", "GARNIER"),
		t.pressing("Return", "and opens again", "derniers vus d’abord"),
		{slug: "quit", title: "Ctrl+Q ends the application", gone: true, do: func(ctx context.Context) error {
			return t.end(ctx, "ctrl+q")
		}},
	}
}

// misses waits until none of the texts is on the screen.
func (d *desk) misses(ctx context.Context, texts ...string) error {
	return until(ctx, patience, func() error {
		shown, err := d.look(ctx)
		if err != nil {
			return err
		}
		for _, text := range texts {
			if strings.Contains(plain(shown), plain(text)) {
				return fmt.Errorf("the window still shows %q", text)
			}
		}
		if len(texts) == 0 {
			return errors.New("nothing to miss")
		}
		return nil
	})
}
