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
			if err := errors.Join(c.meet(ctx), c.arrange(ctx)); err != nil {
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
		{slug: "opened", title: "she opens three records, and they are copied", do: func(ctx context.Context) error {
			for _, name := range []string{"almeida", "roussel", "lefebvre"} {
				if err := c.opens(ctx, name); err != nil {
					return err
				}
			}
			return until(ctx, patience, func() error {
				if err := c.desk.display.keys(ctx, "alt+p", "alt+r"); err != nil {
					return err
				}
				shown, err := c.desk.look(ctx)
				if err == nil && !strings.Contains(plain(shown), "3 dossiers copiés") {
					err = errors.New("the settings do not say that three records are copied")
				}
				return err
			})
		}},
		{slug: "dialogue", title: "an exchange, and somebody without a right", do: func(ctx context.Context) error {
			if err := c.press(ctx, []string{"alt+m"}, "Suivi du traitement"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Return"}, "Votre réponse"); err != nil {
				return err
			}
			c.other = c.objects
			return c.noRightOf(ctx)
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
	if err := c.desk.display.keys(ctx, "ctrl+k", "ctrl+a"); err != nil {
		return err
	}
	if err := c.desk.display.write(ctx, c.objects.INS.Value); err != nil {
		return err
	}
	for _, shown := range []string{"Aucun de vos patients n’a cet INS", "ŒUVRARD"} {
		if err := c.desk.sees(ctx, shown); err != nil {
			return err
		}
		if err := c.desk.display.keys(ctx, "Return"); err != nil {
			return err
		}
	}
	return c.desk.sees(ctx, "Vous n’avez pas accès au dossier", "Recueillir le consentement")
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

// sheets writes a report of a patient to be filed, and types its path into the open sheet.
func (c *clashStory) sheets(ctx context.Context, of fhir.Patient) error {
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
	if err := c.press(ctx, []string{"Return"}, "Lisible"); err != nil {
		return err
	}
	return c.press(ctx, []string{"Return"}, "Document gardé sur ce poste")
}

// selects narrows the list of documents to a title and reads that document.
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
	return c.press(ctx, []string{"Return"}, "Rechercher dans le document")
}

// offline works while the cable is out.
func (c *clashStory) offline() []step {
	return []step{
		{slug: "pulled", title: "the cable is pulled: somebody’s consent waits", do: func(ctx context.Context) error {
			c.wire.Pull()
			if err := c.desk.sees(ctx, "Hors ligne"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Return"}, "Enregistrer le consentement"); err != nil {
				return err
			}
			return c.press(ctx, []string{"ctrl+Return"}, "1 envoi en attente")
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
			return c.press(ctx, []string{"ctrl+Return"}, "2 envois en attente")
		}},
		{slug: "filed", title: "a report waits", do: func(ctx context.Context) error {
			if err := c.opens(ctx, "almeida"); err != nil {
				return err
			}
			if err := c.desk.display.keys(ctx, "ctrl+u"); err != nil {
				return err
			}
			return errors.Join(c.sheets(ctx, c.closes), c.desk.sees(ctx, "3 envois en attente"))
		}},
		{slug: "masked", title: "the mask of a document waits", do: func(ctx context.Context) error {
			if err := c.opens(ctx, "roussel"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"j"}, "Rechercher dans le document"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"ctrl+e"}, "Masquer aux professionnels"); err != nil {
				return err
			}
			return c.press(ctx, []string{"Return"}, "4 envois en attente")
		}},
		{slug: "corrected", title: "a correction waits, and another mask", do: func(ctx context.Context) error {
			if err := errors.Join(c.opens(ctx, "lefebvre"), c.selects(ctx, "corrigeable")); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"ctrl+e"}, "Masquer aux professionnels"); err != nil {
				return err
			}
			if err := c.desk.display.keys(ctx, "Down", "Down", "Down", "Return"); err != nil {
				return err
			}
			if err := errors.Join(c.sheets(ctx, c.mine), c.desk.sees(ctx, "5 envois en attente"), c.selects(ctx, "discutable")); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"ctrl+e"}, "Masquer aux professionnels"); err != nil {
				return err
			}
			return c.press(ctx, []string{"Return"}, "6 envois en attente")
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
	if err = errors.Join(patient.signIn(ctx, "elodie"), patient.end(ctx, c.other.ID)); err != nil {
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
			return c.desk.sees(ctx, "En ligne", "6 envois en attente, dont 6 à voir")
		}},
		c.pressing("alt+e", "each stands there with its reason",
			"Un choix vous revient (4)", "cet échange a pris fin", "retiré ou restreint l’autorisation", "a déjà été remplacé entre-temps", "Quelqu’un a modifié ce document",
			"Le serveur n’en veut pas tel quel (2)", "rien n’y entre plus", "elle seule peut l’ouvrir"),
	}
}

// decided decides each by keys, in the order of the list.
func (c *clashStory) decided() []step {
	return []step{
		{slug: "again", title: "the message in another exchange, the patient asked, the correction of today’s version, the mask once more", do: func(ctx context.Context) error {
			for _, choice := range []struct{ word, then string }{
				{"Écrire dans un nouvel échange", "Un choix vous revient (3)"},
				{"Demander l’accès au patient", "Arrivés ces derniers jours (2)"}, // the message, the request
			} {
				if err := c.press(ctx, []string{"Return"}, choice.word); err != nil {
					return err
				}
				if err := c.press(ctx, []string{"Down", "Return"}, choice.then); err != nil {
					return err
				}
			}
			for _, choice := range []struct{ word, then string }{
				{"Corriger la version d’aujourd’hui", "Un choix vous revient (2)"}, {"Recommencer sur la version d’aujourd’hui", "Un choix vous revient (1)"},
			} {
				if err := c.press(ctx, []string{"Down", "Return"}, choice.word); err != nil {
					return err
				}
				if err := c.press(ctx, []string{"Down", "Return"}, choice.then); err != nil {
					return err
				}
				if err := c.desk.display.keys(ctx, "Home"); err != nil {
					return err
				}
			}
			return nil
		}},
		{slug: "resent", title: "what was refused is tried again, edited, and given up", do: func(ctx context.Context) error {
			if err := c.desk.display.keys(ctx, "Home", "Down"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"ctrl+r"}, "l’envoi suit votre choix", "Le serveur n’en veut pas tel quel (2)"); err != nil {
				return err
			}
			if err := c.press(ctx, []string{"Delete"}, "Supprimer cet envoi"); err != nil {
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
	filed, err := c.witness.filings(ctx, c.mine.ID, c.began)
	if err != nil {
		return err
	}
	if len(filed) != 4 { // the two of before, the other post's, hers
		return fmt.Errorf("%d documents were filed", len(filed))
	}
	return nil
}
