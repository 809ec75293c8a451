package main

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/demo"
)

// tour is one play of the main job: the desktop at the left hand, the witness
// who asks the server at the right.
type tour struct {
	desk    *desk
	witness *witness
	began   time.Time
	mine    fhir.Patient // a patient of the signed-in médecin traitant
	other   fhir.Patient // somebody whose record she may not read
	fresh   int          // how many new documents the list says there are in the record of mine
}

// newTour begins a play on a stage.
func newTour(d *desk) *tour {
	return &tour{desk: d, witness: &witness{base: d.base}, began: time.Now()}
}

// step is one thing a person does, with what must be seen afterwards.
type step struct {
	slug  string
	title string
	do    func(context.Context) error
	gone  bool // the window is gone afterwards
}

// mainJob is the main job in order, from the sign-in to the closed window.
func (t *tour) mainJob() []step {
	return []step{
		{slug: "sign-in", title: "the desktop opens on its sign-in page", do: t.open},
		{slug: "patients", title: "sign in as a general practitioner", do: t.signIn},
		{slug: "found", title: "find a patient by four letters", do: t.find},
		{slug: "record", title: "open the record", do: t.openRecord},
		{slug: "read", title: "read a report inside the application", do: t.read},
		{slug: "filter", title: "narrow the list to the prescriptions", do: t.filter},
		{slug: "checked", title: "file today's report: it is checked", do: t.check},
		{slug: "filed", title: "... sent, and in the list", do: t.file},
		{slug: "refused", title: "a scripted PDF is refused in words", do: t.refuse},
		{slug: "history", title: "the record's history says so", do: t.history},
		{slug: "no-right", title: "a scanned INS opens a record without a right", do: t.noRight},
		{slug: "asked", title: "the patient who is not there is asked", do: t.ask},
		{slug: "consent", title: "the patient consents, and the record opens", do: t.consent},
		{slug: "read-other", title: "a report of theirs is read", do: t.readOther},
		{slug: "withdrawn", title: "the patient takes it back elsewhere: the screen clears", do: t.withdrawn},
		{slug: "may-read", title: "what my profession may read", do: t.mayRead},
		{slug: "accesses", title: "what I did, on which record, when", do: t.accesses},
		{slug: "shortcuts", title: "every key is on F1", do: t.shortcuts},
		{slug: "offline", title: "the server stops: the window says so", do: t.lose},
		{slug: "online", title: "the server returns: so does the application", do: t.regain},
		{slug: "closed", title: "close the window", do: t.close, gone: true},
	}
}

func (t *tour) open(ctx context.Context) error {
	if err := t.desk.startApp(ctx); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Dr Anne MOREL")
}

func (t *tour) signIn(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "Return"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "Patients", "En ligne"); err != nil {
		return err
	}
	return t.meet(ctx)
}

// meet lets the witness know the two people of the tour, as the accounts that
// may see them.
func (t *tour) meet(ctx context.Context) error {
	var err error
	if err = t.witness.signIn(ctx, "gp2"); err != nil {
		return err
	}
	if t.other, err = t.witness.patient(ctx, "roussel"); err != nil {
		return err
	}
	if err = t.witness.signIn(ctx, "gp"); err != nil {
		return err
	}
	t.mine, err = t.witness.patient(ctx, "lefebvre")
	return err
}

func (t *tour) find(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "ctrl+k"); err != nil {
		return err
	}
	if err := t.desk.display.write(ctx, "lefe"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "LEFÈBVRE", "Médecin traitant"); err != nil {
		return err
	}
	t.fresh = 0
	_, err := fmt.Sscanf(newOnes.FindString(plain(t.desk.shown)), "%d", &t.fresh)
	return err
}

// newOnes is what a row of the list says of new documents.
var newOnes = regexp.MustCompile(`\d+ nouveaux?`)

func (t *tour) openRecord(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "Return"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "Vous êtes son médecin traitant", "Allergies et effets indésirables", "Traitements en cours"); err != nil {
		return err
	}
	if err := t.desk.display.keys(ctx, "ctrl+d"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, fmt.Sprintf("Nouveaux depuis votre dernière visite (%d)", t.fresh)); err != nil {
		return err
	}
	return t.gained(ctx, t.mine, fhir.KindOpen, fhir.KindSearch)
}

func (t *tour) read(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "j"); err != nil {
		return err
	}
	if err := t.desk.marked(ctx, firstPage); err != nil {
		return err
	}
	return t.gained(ctx, t.mine, fhir.KindRead)
}

func (t *tour) filter(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "ctrl+shift+f"); err != nil {
		return err
	}
	if err := t.desk.display.write(ctx, "prescription"); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Prescription", "sur 210 documents")
}

// sample writes a document to be filed, and gives its path.
func (t *tour) sample(kind demo.Sample) (string, error) {
	data, err := demo.Draw(kind, t.mine, time.Now())
	if err != nil {
		return "", err
	}
	file := filepath.Join(t.desk.dir, string(kind)+".pdf")
	return file, os.WriteFile(file, data, 0o600)
}

func (t *tour) choose(ctx context.Context, kind demo.Sample) error {
	file, err := t.sample(kind)
	if err != nil {
		return err
	}
	if err := t.desk.display.keys(ctx, "ctrl+u"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "Déposer un document", "Faites glisser un fichier"); err != nil {
		return err
	}
	if err := t.desk.display.write(ctx, file); err != nil {
		return err
	}
	return t.desk.display.keys(ctx, "Return")
}

func (t *tour) check(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "ctrl+a", "BackSpace"); err != nil { // the filter
		return err
	}
	if err := t.choose(ctx, demo.SampleReport); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Lisible", "Identité concordante", "CR d’examens biologiques", "Proposée d’après le texte")
}

func (t *tour) file(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "Return"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "Document déposé dans le dossier de ROUX-LEFÈBVRE", "Annuler le dépôt"); err != nil {
		return err
	}
	return t.gained(ctx, t.mine, fhir.KindCreate)
}

func (t *tour) refuse(ctx context.Context) error {
	if err := t.choose(ctx, demo.SampleScripted); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Ce fichier ne peut pas être déposé", "JavaScript")
}

func (t *tour) history(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "Escape", "ctrl+h"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "Dr Anne MOREL", "Dépôt"); err != nil {
		return err
	}
	return t.gained(ctx, t.mine, fhir.KindHistory)
}

func (t *tour) noRight(ctx context.Context) error {
	if err := t.byINS(ctx, t.other.INS.Value, "ROUSSEL"); err != nil {
		return err
	}
	return t.desk.sees(ctx, "bris de glace")
}

// byINS opens, by their INS, the record of somebody who gave no right.
func (t *tour) byINS(ctx context.Context, ins, name string) error {
	if err := t.desk.display.keys(ctx, "ctrl+k", "ctrl+a"); err != nil {
		return err
	}
	if err := t.desk.display.write(ctx, ins); err != nil {
		return err
	}
	for _, shown := range []string{"Aucun de vos patients n’a cet INS", name} {
		if err := t.desk.sees(ctx, shown); err != nil {
			return err
		}
		if err := t.desk.display.keys(ctx, "Return"); err != nil {
			return err
		}
	}
	return t.desk.sees(ctx, "Vous n’avez pas accès au dossier", "Recueillir le consentement")
}

// ask writes to the patient; the keyboard is then back on the first offer.
func (t *tour) ask(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "Tab", "Tab", "Return"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "lira votre nom, votre lieu d’exercice"); err != nil {
		return err
	}
	if err := t.desk.display.write(ctx, "consultation du 3"); err != nil {
		return err
	}
	if err := t.desk.display.keys(ctx, "ctrl+Return"); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Demande envoyée. Le patient y répond")
}

// readOther reads the first document of the other's record.
func (t *tour) readOther(ctx context.Context) error {
	return t.reading("j", "", "1 / 1", "Rechercher dans le document").do(ctx)
}

// withdrawn is the patient ending the consent from their own side while the
// record is open here: nothing of it stays on the screen.
func (t *tour) withdrawn(ctx context.Context) error {
	patient := &witness{base: t.desk.base}
	if err := patient.signIn(ctx, "elodie"); err != nil {
		return err
	}
	if err := patient.end(ctx, t.other.ID); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "vient de prendre fin", "Recueillir le consentement", "Le dossier a quitté l’écran"); err != nil {
		return err
	}
	return t.desk.misses(ctx, "1 / 1", "Rechercher dans le document", "Filtrer : type, titre, auteur")
}

// mayRead looks at the matrix for one's own profession.
func (t *tour) mayRead(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "alt+q"); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Votre profession : Médecin", "Lisibles : ")
}

func (t *tour) consent(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "Return"); err != nil {
		return err
	}
	if err := t.desk.sees(ctx, "Enregistrer le consentement"); err != nil {
		return err
	}
	if err := t.desk.display.keys(ctx, "ctrl+Return"); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Le patient vous a autorisé", "ROUSSEL", "documents")
}

func (t *tour) accesses(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "alt+a"); err != nil {
		return err
	}
	return t.desk.sees(ctx, "LEFÈBVRE", "ROUSSEL")
}

func (t *tour) shortcuts(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "F1"); err != nil {
		return err
	}
	return t.desk.sees(ctx, "Rechercher un patient", "Quitter Carnet")
}

func (t *tour) lose(ctx context.Context) error {
	if err := t.desk.display.keys(ctx, "Escape"); err != nil {
		return err
	}
	t.desk.server.stop()
	return t.desk.sees(ctx, "Hors ligne")
}

func (t *tour) regain(ctx context.Context) error {
	u, err := url.Parse(t.desk.base)
	if err != nil {
		return err
	}
	if err := t.desk.startServer(ctx, u.Host); err != nil {
		return err
	}
	return t.desk.sees(ctx, "En ligne")
}

func (t *tour) close(ctx context.Context) error {
	t.desk.say("%-66s %6d MiB", "memory of the desktop before leaving", t.desk.app.memory())
	return t.end(ctx, "alt+F4")
}

// end presses a chord that ends the desktop, and sees it end well.
func (t *tour) end(ctx context.Context, chord string) error {
	if err := t.desk.display.keys(ctx, chord); err != nil {
		return err
	}
	if err := t.desk.app.wait(15 * time.Second); err != nil {
		return fmt.Errorf("the desktop did not end well: %w", err)
	}
	return nil
}

// gained waits until the record's history, asked of the server, has entries of
// these kinds from this tour.
func (t *tour) gained(ctx context.Context, p fhir.Patient, kinds ...string) error {
	return until(ctx, 10*time.Second, func() error {
		seen, err := t.witness.logged(ctx, p.ID, t.began.Add(-time.Second))
		if err != nil {
			return err
		}
		for _, kind := range kinds {
			if seen[kind] == 0 {
				return fmt.Errorf("the server's log of accesses has no %q of this tour", kind)
			}
		}
		return nil
	})
}

// firstPage is the moment at which a document is on the screen.
const firstPage = "first-page-drawn"

// marks counts how often the desktop noted a moment of its life.
func (d *desk) marks(name string) int {
	data, _ := os.ReadFile(d.marksFile()) // not there before the first one
	return strings.Count(string(data), `"`+name+`"`)
}

// marked waits until the desktop noted a moment of its life.
func (d *desk) marked(ctx context.Context, name string) error {
	return until(ctx, patience, func() error {
		if d.marks(name) > 0 {
			return nil
		}
		return errors.New("the desktop did not reach " + name)
	})
}
