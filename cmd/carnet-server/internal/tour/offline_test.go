package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/demo"
	"carnet/cmd/internal/cable"
)

// dayStory is a day on which the desktop's cable is pulled out again and again, while
// the server goes on.
type dayStory struct {
	*tour
	wire *cable.Cable
}

// The counter's connection drops. Patients seen before are found and opened, what was
// authorised is read, a report and a consent are recorded; back on line it all reaches
// the server once, the reading too. And when the patient withdraws the right meanwhile,
// the record leaves the screen at the first contact.
func TestADayWithoutTheServerInARealWindow(t *testing.T) {
	playing(t, func(tr *tour) []step {
		d := &dayStory{tour: tr}
		steps := append(d.before(), d.without()...)
		return append(append(steps, d.back()...), d.revoked()...)
	})
}

// pull takes the cable out, and plug puts it back.
func (d *dayStory) pull(slug, title string) step {
	return step{slug: slug, title: title, do: func(ctx context.Context) error {
		d.wire.Pull()
		return d.desk.sees(ctx, "Hors ligne")
	}}
}

func (d *dayStory) plug(slug, title string, seen ...string) step {
	return step{slug: slug, title: title, do: func(ctx context.Context) error {
		d.wire.Plug()
		return d.desk.sees(ctx, append(seen, "En ligne")...)
	}}
}

// before opens two records while the server answers, and waits for their copies.
func (d *dayStory) before() []step {
	return []step{
		{slug: "sign-in", title: "a general practitioner signs in, over a cable", do: func(ctx context.Context) (err error) {
			if err := d.meet(ctx); err != nil {
				return err
			}
			if d.wire, err = cable.Lay(d.desk.base); err != nil {
				return err
			}
			// the provider is asked at its own address: its tokens name it
			if err := d.desk.startApp(ctx, "-server", d.wire.Address(), "-issuer", d.desk.base+"/oidc", "-account", "gp"); err != nil {
				return err
			}
			return d.desk.sees(ctx, "Patients", "En ligne")
		}},
		{slug: "found", title: "find a patient", do: d.find},
		{slug: "record", title: "open the record", do: d.openRecord},
		{slug: "read", title: "read a report", do: d.read},
		{slug: "no-right", title: "a scanned INS opens a record without a right", do: d.noRight},
		{slug: "consent", title: "the patient consents, and the record opens", do: d.consent},
		{slug: "copied", title: "both records are copied", do: func(ctx context.Context) error {
			return until(ctx, patience, func() error {
				if err := d.desk.display.keys(ctx, "alt+p", "alt+r"); err != nil {
					return err
				}
				shown, err := d.desk.look(ctx)
				if err == nil && !strings.Contains(plain(shown), "2 dossiers copiés") {
					err = errors.New("the settings do not say that two records are copied")
				}
				return err
			})
		}},
	}
}

// without works while the cable is out.
func (d *dayStory) without() []step {
	return []step{
		d.pull("offline", "the cable is pulled: the window says so"),
		{slug: "found-offline", title: "without accents, among the copies", do: func(ctx context.Context) error {
			if err := d.desk.display.keys(ctx, "ctrl+k", "ctrl+a"); err != nil {
				return err
			}
			if err := d.desk.display.write(ctx, "lefebvre"); err != nil {
				return err
			}
			return d.desk.sees(ctx, "LEFÈBVRE", "Copie de ")
		}},
		d.pressing("Return", "opens from its copy, which says its age", "Vous êtes son médecin traitant", "Copie de ", "Déposer un document"),
		d.reading("j", "the report that was read this morning", "Rechercher dans le document", "1 / "),
		{slug: "checked", title: "a report is filed: it is checked", do: func(ctx context.Context) error {
			if err := d.choose(ctx, demo.SampleReport); err != nil {
				return err
			}
			return d.desk.sees(ctx, "Lisible", "Identité concordante")
		}},
		d.pressing("Return", "and waits: the list shows it", "Document gardé sur ce poste", "en attente d’envoi", "1 envoi en attente"),
		d.pressing("ctrl+k", "the patients", "Copie de "),
		d.typing("zzzz", "nobody of this name", "Aucun des dossiers copiés sur ce poste ne correspond"),
		d.pressing("Escape alt+a", "one’s own accesses take the server", "Le serveur ne répond pas"),
	}
}

// back puts the cable back: everything is there, once.
func (d *dayStory) back() []step {
	return []step{
		d.plug("online", "the cable is back: so is everything", "LEFÈBVRE"),
		{slug: "once", title: "the server has the report once, and the reading", do: func(ctx context.Context) error {
			if err := d.gained(ctx, d.mine, fhir.KindCreate, fhir.KindCopy); err != nil {
				return err
			}
			return until(ctx, patience, func() error {
				filed, err := d.witness.filings(ctx, d.mine.ID, d.began)
				if err != nil {
					return fatal{err}
				}
				kinds, err := d.witness.logged(ctx, d.mine.ID, d.began)
				if err == nil && (len(filed) != 1 || kinds[fhir.KindRead] < 2) {
					err = fmt.Errorf("%d filings, %d readings", len(filed), kinds[fhir.KindRead])
				}
				return err
			})
		}},
	}
}

// revoked is the patient taking the right back while the cable is out.
func (d *dayStory) revoked() []step {
	return []step{
		d.pull("offline-again", "the cable is pulled again"),
		{slug: "found-again", title: "the patient who consented, among the copies", do: func(ctx context.Context) error {
			if err := d.desk.display.keys(ctx, "ctrl+k", "ctrl+a"); err != nil {
				return err
			}
			if err := d.desk.display.write(ctx, "roussel"); err != nil {
				return err
			}
			return d.desk.sees(ctx, "ROUSSEL", "Copie de ")
		}},
		d.pressing("Return", "opens from its copy", "ROUSSEL", "Copie de ", "documents"),
		d.reading("j", "a report of theirs", "1 / 1", "Rechercher dans le document"),
		{slug: "revoked", title: "the patient takes it back; nobody here can know yet", do: func(ctx context.Context) error {
			patient := &witness{base: d.desk.base}
			if err := patient.signIn(ctx, "elodie"); err != nil {
				return err
			}
			if err := patient.end(ctx, d.other.ID); err != nil {
				return err
			}
			return d.desk.sees(ctx, "1 / 1", "Hors ligne")
		}},
		d.plug("gone", "first contact: the record leaves the screen", "Recueillir le consentement"),
		{slug: "cleared", title: "nothing of it is left there", do: func(ctx context.Context) error {
			return d.desk.misses(ctx, "1 / 1", "Rechercher dans le document", "Filtrer : type, titre, auteur")
		}},
		d.pull("offline-third", "the cable is pulled once more"),
		d.pressing("ctrl+k", "who was sought last has no copy any more", "Aucun des dossiers copiés sur ce poste ne correspond"),
		d.pressing("ctrl+a BackSpace", "the copies that there are", "LEFÈBVRE", "Copie de "),
		d.leaving("ctrl+a BackSpace", "hers is not among them", "ROUSSEL"),
		d.typing("roussel", "nor by her name", "Aucun des dossiers copiés sur ce poste ne correspond"),
		d.pressing("alt+Left", "back to the record without a right", "Recueillir le consentement"),
		d.pressing("Return", "the patient consents anew", "Enregistrer le consentement"),
		d.pressing("ctrl+Return", "it is kept, and waits", "C’est gardé sur ce poste", "1 envoi en attente"),
		d.plug("let-in", "the cable is back: the consent is declared, the record is offered", "Le patient vient de vous autoriser"),
		{slug: "disk", title: "nothing of anybody is in clear on the desktop’s disk", do: func(context.Context) error { return d.nothingInClear() }},
	}
}

// nothingInClear looks for everybody's names and INS, for a sentence of a document and for
// the name of the file, in all that the desktop wrote: what is kept, its choices, its log,
// its temporary folder, the compiled parts of the PDF engine.
func (d *dayStory) nothingInClear() error {
	people, err := demo.Patients()
	if err != nil {
		return err
	}
	words := []string{"biopsie mammaire", "Carcinome infiltrant", "Prolifération épithéliale", string(demo.SampleReport) + ".pdf", d.mine.ID, d.other.ID}
	for _, p := range people {
		words = append(words, p.INS.Value)
		for _, name := range append([]string{p.BirthName, p.UsedName}, p.Given...) {
			if len(name) > 5 { // shorter ones are anywhere by chance
				words = append(words, name, strings.ToUpper(name), strings.ToLower(name))
			}
		}
	}
	cache, err := os.UserCacheDir()
	if err != nil {
		return err
	}
	files := 0
	for _, dir := range []string{d.desk.display.config, filepath.Join(d.desk.out, "desktop.log"), d.desk.temp(), filepath.Join(cache, "carnet")} {
		err = filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) {
				return nil
			}
			if err != nil || !e.Type().IsRegular() {
				return err
			}
			data, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			for _, w := range words {
				if w != "" && (bytes.Contains(data, []byte(w)) || strings.Contains(e.Name(), w)) {
					return fmt.Errorf("%s holds %q in clear", path, w)
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	d.desk.say("%66s %d words in %d files: none", "", len(words), files)
	if files < 10 {
		return fmt.Errorf("only %d files were found to look at", files)
	}
	return nil
}
