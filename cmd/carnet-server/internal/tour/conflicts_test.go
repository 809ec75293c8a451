package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/demo"
	"carnet/cmd/internal/cable"
)

// clashStory is a morning without the server, during which every record that the general
// practitioner works in changes.
type clashStory struct {
	*tour
	wire     *cable.Cable
	post     *client.HTTP // she again, at another post
	corrects client.Document
	masks    client.Document
	newer    client.Document // what replaced corrects meanwhile
	dialogue string
	closes   fhir.Patient // whose record is closed meanwhile
	objects  fhir.Patient // who said yes, and then no
}

// What is done without the server meets records that changed: each stands in the page of
// what waits with its reason and a choice, also after the desktop was killed; what is
// chosen arrives, and nothing goes that nobody gave up.
func TestConflictsAreDecidedInARealWindow(t *testing.T) {
	playing(t, func(tr *tour) []step {
		c := &clashStory{tour: tr}
		return slices.Concat(c.online(), c.offline(), c.back(), c.decided())
	})
}

// Token implements client.TokenSource: of whom the witness signed in.
func (w *witness) Token(context.Context) (string, error) { return w.token, nil }

// online lets her have what the story is about, and opens it while the server answers.
func (c *clashStory) online() []step {
	return []step{
		{slug: "sign-in", title: "a general practitioner signs in, over a cable", do: func(ctx context.Context) (err error) {
			if err := c.meet(ctx); err != nil {
				return err
			}
			if err := c.arrange(ctx); err != nil {
				return err
			}
			if c.wire, err = cable.Lay(c.desk.base); err != nil {
				return err
			}
			if err := c.start(ctx); err != nil {
				return err
			}
			return c.desk.sees(ctx, "Patients", "En ligne")
		}},
		{slug: "opened", title: "she opens two records, and they are copied", do: func(ctx context.Context) error {
			for _, name := range []string{"almeida", "roussel"} {
				if err := c.opens(ctx, name); err != nil {
					return err
				}
			}
			return until(ctx, 2*patience, func() error {
				if err := c.desk.display.keys(ctx, "alt+p", "alt+r"); err != nil {
					return err
				}
				shown, err := c.desk.look(ctx)
				if err == nil && !strings.Contains(plain(shown), "2 dossiers copiés") {
					err = errors.New("the settings do not say that two records are copied")
				}
				return err
			})
		}},
		{slug: "dialogue", title: "an exchange, somebody without a right, a document of her own", do: func(ctx context.Context) error {
			if err := c.press(ctx, []string{"alt+m"}, "Suivi du traitement"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Return"}, "Votre réponse"); err != nil {
				return err
			}
			if err := c.noRightOf(ctx); err != nil {
				return err
			}
			if err := c.opens(ctx, "lefebvre"); err != nil {
				return err
			}
			return c.selects(ctx, "discutable")
		}},
	}
}

// start opens the desktop over the cable.
func (c *clashStory) start(ctx context.Context) error {
	return c.desk.startApp(ctx, "-server", c.wire.Address(), "-issuer", c.desk.base+"/oidc", "-account", "gp")
}

// press presses keys and waits for what they show.
func (c *clashStory) press(ctx context.Context, chords []string, shows ...string) error {
	if err := c.desk.display.keys(ctx, chords...); err != nil {
		return err
	}
	return c.desk.sees(ctx, shows...)
}

// opens finds a patient by name and opens the documents of their record.
func (c *clashStory) opens(ctx context.Context, name string) error {
	if err := c.desk.display.keys(ctx, "ctrl+k", "ctrl+a"); err != nil {
		return err
	}
	if err := c.desk.display.write(ctx, name); err != nil {
		return err
	}
	upper := map[string]string{"almeida": "ALMEIDA", "roussel": "ROUSSEL", "lefebvre": "LEFÈBVRE"}[name]
	if err := c.desk.sees(ctx, upper); err != nil {
		return err
	}
	if err := c.press(ctx, []string{"Return"}, "Allergies et effets indésirables"); err != nil {
		return err
	}
	return c.press(ctx, []string{"ctrl+d"}, "Filtrer : type, titre, auteur")
}

// noRightOf opens the record of somebody who gave no right, by their INS.
func (c *clashStory) noRightOf(ctx context.Context) error {
	return c.byINS(ctx, c.objects.INS.Value, "ŒUVRARD")
}

// arrange gives her two documents of her own and an exchange in one record, and the right
// to read another.
func (c *clashStory) arrange(ctx context.Context) (err error) {
	if c.post, err = client.New(client.Config{BaseURL: c.desk.base + "/fhir", Tokens: c.witness}); err != nil {
		return err
	}
	if c.closes, err = c.witness.patient(ctx, "almeida"); err != nil {
		return err
	}
	people, err := demo.Patients()
	if err != nil {
		return err
	}
	at := slices.IndexFunc(people, func(p fhir.Patient) bool { return p.BirthName == "ŒUVRARD" })
	if at < 0 {
		return errors.New("nobody is called so")
	}
	c.objects = people[at]
	if c.corrects, err = c.files(ctx, "Certificat corrigeable", nil); err != nil {
		return err
	}
	if c.masks, err = c.files(ctx, "Note discutable", nil); err != nil {
		return err
	}
	m, err := c.post.SendMessage(ctx, client.Outgoing{
		ID: uuid.NewString(), PatientID: c.mine.ID, Subject: "Suivi du traitement", Text: "Comment allez-vous ?",
	}, nil)
	if err != nil {
		return err
	}
	c.dialogue = m.Dialogue
	_, err = c.post.DeclareConsent(ctx, client.ConsentDeclaration{PatientID: c.other.ID, Form: "oral", End: time.Now().AddDate(0, 0, 30)})
	return err
}

// files files a document of hers from the other post.
func (c *clashStory) files(ctx context.Context, title string, replaces *client.Document) (client.Document, error) {
	text := title + " " + uuid.NewString()
	return c.post.File(ctx, client.Access{PatientID: c.mine.ID}, client.Draft{
		ID: uuid.NewString(), PatientID: c.mine.ID, PatientINS: c.mine.INS, Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4"},
		Title: title, ActDate: time.Now().Add(-time.Hour), ContentType: "text/plain", Content: strings.NewReader(text), Size: int64(len(text)),
		Author: fhir.Party{ID: "899700000011", Name: "Dr Anne MOREL"}, Replaces: replaces,
	}, nil)
}

// replaces corrects the document of hers that is in hand.
func (c *clashStory) replaces(ctx context.Context, of fhir.Patient, then string) error {
	if err := c.press(ctx, []string{"ctrl+e"}, "Remplacer par une version corrigée"); err != nil {
		return err
	}
	if err := c.desk.display.keys(ctx, "Down", "Down", "Down", "Return"); err != nil {
		return err
	}
	return c.sheets(ctx, of, then)
}

// sheets writes a report of a patient, types its path into the open sheet and files it.
func (c *clashStory) sheets(ctx context.Context, of fhir.Patient, then string) error {
	data, err := demo.Draw(demo.SampleReport, of, time.Now())
	if err != nil {
		return err
	}
	file := filepath.Join(c.desk.dir, "resultats-"+of.ID+".pdf")
	if err := os.WriteFile(file, data, 0o600); err != nil {
		return err
	}
	if err := c.desk.sees(ctx, "Faites glisser un fichier"); err != nil {
		return err
	}
	if err := c.desk.display.write(ctx, file); err != nil {
		return err
	}
	if err := c.press(ctx, []string{"Return"}, "Lisible", "Identité concordante"); err != nil {
		return err
	}
	return c.press(ctx, []string{"Return"}, then)
}

// selects narrows the list of documents to a title and takes that document in hand.
func (c *clashStory) selects(ctx context.Context, title string) error {
	if err := c.desk.display.keys(ctx, "ctrl+shift+f", "ctrl+a"); err != nil {
		return err
	}
	if err := c.desk.display.write(ctx, title); err != nil {
		return err
	}
	if err := c.desk.sees(ctx, "1 sur "); err != nil {
		return err
	}
	return c.press(ctx, []string{"Return"}, "Actions")
}

// offline works while the cable is out.
func (c *clashStory) offline() []step {
	return []step{
		{slug: "pulled", title: "the cable is pulled: the window says so", do: func(ctx context.Context) error {
			c.wire.Pull()
			return c.desk.sees(ctx, "Hors ligne")
		}},
		{slug: "masked", title: "the mask of a document waits", do: func(ctx context.Context) error {
			if err := c.press(ctx, []string{"ctrl+e"}, "Masquer aux professionnels"); err != nil {
				return err
			}
			return c.press(ctx, []string{"Return"}, "1 envoi en attente")
		}},
		{slug: "corrected", title: "a correction waits", do: func(ctx context.Context) error {
			if err := c.selects(ctx, "corrigeable"); err != nil {
				return err
			}
			return c.replaces(ctx, c.mine, "2 envois en attente")
		}},
		{slug: "consent", title: "somebody’s consent waits", do: func(ctx context.Context) error {
			if err := c.press(ctx, []string{"alt+Left", "alt+Left"}, "Recueillir le consentement"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Return"}, "Enregistrer le consentement"); err != nil {
				return err
			}
			return c.press(ctx, []string{"ctrl+Return"}, "3 envois en attente")
		}},
		{slug: "message", title: "an answer waits", do: func(ctx context.Context) error {
			if err := c.press(ctx, []string{"alt+m"}, "Suivi du traitement"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Return"}, "Votre réponse"); err != nil {
				return err
			}
			if err := c.desk.display.write(ctx, "Passez me voir demain."); err != nil {
				return err
			}
			return c.press(ctx, []string{"ctrl+Return"}, "4 envois en attente")
		}},
		{slug: "filed", title: "a report waits", do: func(ctx context.Context) error {
			if err := c.opens(ctx, "almeida"); err != nil {
				return err
			}
			if err := c.desk.display.keys(ctx, "ctrl+u"); err != nil {
				return err
			}
			return c.sheets(ctx, c.closes, "5 envois en attente")
		}},
		{slug: "corrects", title: "a correction waits, in a record that she was let into", do: func(ctx context.Context) error {
			if err := c.opens(ctx, "roussel"); err != nil {
				return err
			}
			if err := c.selects(ctx, "arrêt de travail"); err != nil {
				return err
			}
			return c.replaces(ctx, c.other, "6 envois en attente")
		}},
		{slug: "meanwhile", title: "every record changes meanwhile", do: c.meanwhile},
	}
}

// meanwhile changes, from elsewhere, all that she worked on.
func (c *clashStory) meanwhile(ctx context.Context) (err error) {
	yes, a := true, client.Access{PatientID: c.mine.ID}
	if c.newer, err = c.files(ctx, "Certificat corrigé ailleurs", &c.corrects); err != nil {
		return err
	}
	if _, err = c.post.Change(ctx, a, c.masks, client.Change{Archived: &yes}); err != nil {
		return err
	}
	if _, err = c.post.SetReply(ctx, c.dialogue, client.ReplyEnded); err != nil {
		return err
	}
	patient := &witness{base: c.desk.base}
	if err = patient.signIn(ctx, "elodie"); err != nil {
		return err
	}
	if err = patient.end(ctx, c.other.ID); err != nil {
		return err
	}
	operator, err := visit(ctx, c.desk.base, "operator")
	if err != nil {
		return err
	}
	for _, p := range []fhir.Patient{c.closes, c.objects} {
		if err := operator.open(ctx, "/mon/support"); err != nil {
			return err
		}
		if operator.shows("Terminer avec cette personne") == nil {
			if err := operator.send(ctx, `name="fini"`, url.Values{"fini": {"1"}}); err != nil {
				return err
			}
		}
		if err := operator.send(ctx, `name="ins"`, url.Values{"ins": {p.INS.Value}}); err != nil {
			return err
		}
		if err := operator.send(ctx, "motif-fermer", url.Values{"motif-fermer": {"Rappel au numéro connu"}}); err != nil {
			return err
		}
	}
	return nil
}

// back kills the desktop and opens it again over the cable.
func (c *clashStory) back() []step {
	return []step{
		{slug: "killed", title: "the desktop is killed, and opened again on line", do: func(ctx context.Context) error {
			if err := c.desk.app.cmd.Process.Kill(); err != nil {
				return err
			}
			if c.desk.app.wait(patience) == nil {
				return errors.New("a kill is no good end")
			}
			c.wire.Plug()
			if err := c.start(ctx); err != nil {
				return err
			}
			return c.desk.sees(ctx, "En ligne")
		}},
		c.pressing("alt+e", "each stands there with its reason",
			"Un choix vous revient (3)", "Cet échange a pris fin", "a déjà été remplacé entre-temps", "Quelqu’un a modifié ce document",
			"Le serveur n’en veut pas tel quel (2)", "Consentement recueilli", "ou elle s’y oppose", "rien n’y entre plus",
			"Arrivés ces derniers jours (1)", "Remplacement : Avis d’arrêt de travail"), // filing takes no right to read
	}
}

// decided decides each by keys, in the order of the list.
func (c *clashStory) decided() []step {
	return []step{
		{slug: "chosen", title: "conflicts: the mask once more, the correction of today’s version, the message in another exchange", do: func(ctx context.Context) error {
			for _, choice := range []struct{ word, then string }{
				{"Recommencer sur la version d’aujourd’hui", "Un choix vous revient (2)"},
				{"Corriger la version d’aujourd’hui", "Un choix vous revient (1)"},
				{"Écrire dans un nouvel échange", "Arrivés ces derniers jours (4)"},
			} {
				if err := c.press(ctx, []string{"Home", "Return"}, choice.word); err != nil {
					return err
				}
				if err := c.press(ctx, []string{"Down", "Return"}, choice.then); err != nil {
					return err
				}
			}
			return nil
		}},
		{slug: "resent", title: "refusals: one tried again, one given up", do: func(ctx context.Context) error {
			if err := c.press(ctx, []string{"Home", "Down", "ctrl+r"}, "l’envoi suit votre choix", "Le serveur n’en veut pas tel quel (2)"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Home", "Return"}, "Une fois que le dossier est de nouveau ouvert", "Renoncer…"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Down", "Down", "Return"}, "Supprimer cet envoi"); err != nil {
				return err
			}
			return c.press(ctx, []string{"Tab", "Return"}, "Le serveur n’en veut pas tel quel (1)")
		}},
		{slug: "true", title: "the records hold what was chosen, once", do: c.holds},
	}
}

// holds looks at the records from the other post.
func (c *clashStory) holds(ctx context.Context) error {
	a := client.Access{PatientID: c.mine.ID}
	newer, err := c.post.Document(ctx, a, c.newer.ID)
	if err != nil {
		return err
	}
	masks, err := c.post.Document(ctx, a, c.masks.ID)
	if err != nil {
		return err
	}
	if newer.Status != "superseded" || !masks.Masked || !masks.Archived {
		return fmt.Errorf("the version of the other post is %s; the note is masked %t, archived %t", newer.Status, masks.Masked, masks.Archived)
	}
	page, err := c.post.Dialogues(ctx, client.DialogueQuery{})
	if err != nil {
		return err
	}
	ended := slices.ContainsFunc(page.Dialogues, func(d client.Dialogue) bool { return d.ID == c.dialogue && d.Reply == client.ReplyEnded })
	if !ended || !slices.ContainsFunc(page.Dialogues, func(d client.Dialogue) bool { return d.Subject == "Suite de notre échange" }) {
		return errors.New("the message opened no exchange of its own")
	}
	filed := map[string]int{} // by kind, what took effect
	err = c.witness.entries(ctx, c.mine.ID, c.began, func(e fhir.AuditEvent) {
		if e.Outcome == "0" && e.Query != "again" {
			filed[e.Kind]++
		}
	})
	if err == nil && (filed[fhir.KindCreate] != 2 || filed[fhir.KindReplace] != 2) { // the other post's and hers
		err = fmt.Errorf("%d documents and %d corrections were filed", filed[fhir.KindCreate], filed[fhir.KindReplace])
	}
	return err
}
