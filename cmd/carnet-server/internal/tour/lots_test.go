package main

import (
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/demo"

	"codeberg.org/go-pdf/fpdf"
)

// The files of a laboratory's evening, in the order in which a folder is read. All
// people are patients of one médecin traitant, who is asked afterwards, but for the
// one who opposed.
const (
	opposed  = "p021" // Bérénice COLIN
	nameless = "p029" // whose result says nothing of her
)

var evening = []string{"p002", "p004", "p008", "p012", "p013", "p014", "p019", "p033", "p007", "p001"}

// lotStory is a lot of results on its way from a folder to the records.
type lotStory struct {
	*tour
	folder string
	people map[string]fhir.Patient
	sums   map[string]string // of the files for each record, by the patient's id
}

// A laboratory's biologist adds a folder, corrects what must be, and sends. The desktop
// is killed in the middle, begins anew, and each result is in its record, once.
func TestALotOfResultsInARealWindow(t *testing.T) {
	playing(t, func(t *tour) []step {
		l := &lotStory{tour: t, people: map[string]fhir.Patient{}, sums: map[string]string{}}
		steps := l.beginning()
		steps = append(steps, l.keys()...)
		steps = append(steps, l.correcting()...)
		steps = append(steps, l.sending()...)
		steps = append(steps, l.waiting()...)
		steps = append(steps, l.killed()...)
		return append(steps, l.oncemore()...)
	})
}

func (l *lotStory) beginning() []step {
	return []step{
		{slug: "sign-in", title: "a biologist signs in: the lots come first", do: func(ctx context.Context) error {
			if err := l.write(); err != nil {
				return err
			}
			if err := l.desk.startApp(ctx, "-account", "biologist"); err != nil {
				return err
			}
			return l.desk.sees(ctx, "Déposez ici un dossier de résultats", "Dr Hugo LEFÈVRE")
		}},
		l.pressing("ctrl+o", "adds a folder", "Ajouter au lot", "Chemin"),
		{slug: "folder", title: "its path, and Return: every file is read", do: func(ctx context.Context) error {
			if err := l.desk.display.write(ctx, l.folder); err != nil {
				return err
			}
			if err := l.desk.display.keys(ctx, "Return"); err != nil {
				return err
			}
			return l.desk.sees(ctx, "Envoyer les 10 prêts", "pas de dossier", "patient à trouver", "1 laissé de côté", "refusé")
		}},
	}
}

// write lays out the evening's folder: a result for each person, one of somebody who
// opposed, one without a name, a page that is no PDF, and a hidden draft.
func (l *lotStory) write() error {
	all, err := demo.Patients()
	if err != nil {
		return err
	}
	for _, p := range all {
		l.people[p.ID] = p
	}
	l.folder = filepath.Join(l.desk.dir, "résultats du soir")
	if err := os.MkdirAll(l.folder, 0o700); err != nil {
		return err
	}
	day := time.Now()
	for i, id := range append(evening, opposed) {
		data, err := demo.LabReport(l.people[id], day)
		if err != nil {
			return err
		}
		if err := l.put(fmt.Sprintf("%02d-bilan.pdf", i+1), id, data); err != nil {
			return err
		}
	}
	page, err := demo.Draw(demo.SampleRenamed, fhir.Patient{}, day)
	if err != nil {
		return err
	}
	bare, err := withoutName(day)
	if err != nil {
		return err
	}
	for name, data := range map[string][]byte{"90-page.pdf": page, ".brouillon.pdf": []byte("à relire")} {
		if err := l.put(name, "", data); err != nil {
			return err
		}
	}
	return l.put("50-sans-nom.pdf", nameless, bare)
}

// put writes a file of the folder, for somebody's record.
func (l *lotStory) put(name, id string, data []byte) error {
	if id != "" {
		sum := sha1.Sum(data) // FHIR: Attachment.hash is SHA-1
		l.sums[id] = base64.StdEncoding.EncodeToString(sum[:])
	}
	return os.WriteFile(filepath.Join(l.folder, name), data, 0o600)
}

// withoutName draws a result that does not say whose it is.
func withoutName(day time.Time) ([]byte, error) {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCreationDate(day)
	f.AddPage()
	f.SetFont("Helvetica", "", 12)
	for _, line := range []string{
		"LABORATOIRE DE BIOLOGIE MEDICALE", "Compte rendu d'examens biologiques", "Prelevement du " + day.Format("02/01/2006"),
		"HEMATOLOGIE - NUMERATION", "Hemoglobine 13,4 g/dL (12,0 - 16,0)", "BIOCHIMIE", "Glycemie a jeun 0,92 g/L (0,70 - 1,05)",
	} {
		f.CellFormat(0, 8, line, "", 1, "L", false, 0, "")
	}
	var out strings.Builder
	err := f.Output(&out)
	return []byte(out.String()), err
}

// keys presses what needs nothing sent, and what is answered with why not.
func (l *lotStory) keys() []step {
	return []step{
		l.pressing("ctrl+j", "what was left aside, and why", ".brouillon.pdf", "caché", "Fermer"),
		l.leaving("Escape", "closes it", "Fermer"),
		l.pressing("ctrl+f", "the filter's words", "Filtrer : fichier, patient"),
		l.typing("duval", "a patient's name", "DUVAL"),
		l.leaving("Return", "goes to the rows: one is left", "03-bilan"),
		l.pressing("ctrl+f Escape", "all are back", "03-bilan"),
		l.leaving("Return Right", "the next state: what is to be corrected", "03-bilan"),
		l.pressing("Left", "and back", "03-bilan", "50-sans-nom"),
		l.pressing("ctrl+a", "ticks all", "13 cochés"),
		l.leaving("ctrl+a", "ticks none", "cochés"),
		l.pressing("space space", "ticks two, one after the other", "2 cochés", "Envoyer les 2 cochés"),
		l.pressing("Delete", "takes them out of the lot: it asks", "Retirer du lot ?", "2 fichiers ne seront pas envoyés"),
		l.leaving("Escape", "keeps them", "Retirer du lot ?"),
		l.leaving("ctrl+a ctrl+a", "ticks none", "coché"),
		l.pressing("ctrl+r", "only what is not ready is read again", "Seuls les fichiers à corriger ou refusés se relisent"),
		l.pressing("F5", "the same", "Seuls les fichiers à corriger ou refusés se relisent"),
		l.pressing("ctrl+p", "pauses", "Reprendre", "en pause"),
		l.leaving("ctrl+p", "goes on", "en pause"),
		l.pressing("ctrl+shift+a", "nothing waits", "il n’y a rien à annuler"),
		l.pressing("ctrl+shift+e", "what is over leaves the list: it asks", "Ôter de la liste ce qui est terminé ?", "2 lignes"),
		l.leaving("Escape", "keeps it", "Ôter de la liste ce qui est terminé ?"),
		l.pressing("ctrl+shift+p", "who answers for the lot", "Professionnel responsable du lot", "Estuaire"),
		l.leaving("Escape", "stays who it was", "Professionnel responsable du lot"),
		l.pressing("F1", "every key of this page", "Exporter le résultat (CSV)", "Choisir le professionnel responsable"),
		l.leaving("Escape", "closes the list", "Liste des raccourcis"),
	}
}

// correcting finds the patient of the result that does not say whose it is.
func (l *lotStory) correcting() []step {
	return []step{
		l.pressing("ctrl+f", "the filter's words", "Filtrer : fichier, patient"),
		l.typing("sans-nom", "the one to be corrected", "patient à trouver"),
		l.pressing("Return Return", "opens it", "Chercher le patient", "Enregistrer"),
		l.pressing("ctrl+t", "the types", "Rechercher un type"),
		l.leaving("Escape", "stays what it was", "Rechercher un type"),
		l.pressing("ctrl+n", "strict traits", "Nom de naissance", "Chercher cette personne"),
		l.leaving("Escape", "leaves them", "Chercher cette personne"),
		l.pressing("ctrl+i", "the patient is searched", "Nom, date de naissance ou INS"),
		{slug: "ins", title: "an INS: nobody of one's own", do: func(ctx context.Context) error {
			if err := l.desk.display.write(ctx, l.people[nameless].INS.Value); err != nil {
				return err
			}
			return l.desk.sees(ctx, "Entrée cherche dans tous les dossiers")
		}},
		l.pressing("Return", "is searched everywhere", "PEREIRA"),
		l.pressing("Return", "and taken: the text says nothing of her", "PEREIRA", "Nom", "non trouvé"),
		l.pressing("ctrl+Return", "is kept, and the doubt is put", "identité à confirmer", "je l’ai vérifié"),
		l.pressing("space ctrl+Return", "Space answers the doubt, Ctrl+Return keeps it", "Corrigé"),
		l.pressing("ctrl+f Escape", "all are back", "Envoyer les 11 prêts"),
	}
}

// sending sends four, which arrive; four more wait, for the server is gone.
func (l *lotStory) sending() []step {
	return []step{
		l.pressing("Return space space space space", "ticks four", "Envoyer les 4 cochés"),
		l.pressing("ctrl+Return", "sends them: they arrive", "envoyé ", "Envoyer les 7 prêts"),
		l.pressing("space space space space", "ticks four more", "Envoyer les 4 cochés"),
		{slug: "gone", title: "the server goes away: Ctrl+Return, they wait", do: func(ctx context.Context) error {
			l.desk.server.stop()
			if err := l.desk.sees(ctx, "Hors ligne"); err != nil {
				return err
			}
			if err := l.desk.display.keys(ctx, "ctrl+Return"); err != nil {
				return err
			}
			return l.desk.sees(ctx, "Envoyer les 3 prêts", "4 envois en attente")
		}},
	}
}

// waiting presses every key of what waits to be sent, and sees what each does: one is
// suspended and let go again, one is deleted, and the others arrive once the server is
// back.
func (l *lotStory) waiting() []step {
	return []step{
		l.pressing("alt+e", "what waits to be sent", "Envois", "nouvel essai"),
		l.pressing("ctrl+f", "its filter", "Filtrer"),
		l.typing("zzzz", "nothing is called so", "Effacer le filtre"),
		l.leaving("Escape", "all are back", "Effacer le filtre"),
		l.pressing("Return", "the rows", "4 envois en attente"),
		l.pressing("ctrl+p", "suspends one", "suspendu par vous"),
		l.leaving("ctrl+r", "sends it now: it waits like the others", "suspendu par vous"),
		l.pressing("ctrl+p", "suspends it once more", "suspendu par vous"),
		l.leaving("F5", "all at once, it as well", "suspendu par vous"),
		l.pressing("ctrl+p", "suspends it for longer", "suspendu par vous"),
		l.pressing("ctrl+e", "it may have arrived: it is not changed", "renvoyez-le d’abord, sa réponse le dira"),
		l.pressing("Down Delete", "deletes the next one: it asks", "Supprimer cet envoi ?"),
		l.pressing("Tab Return", "and it is gone", "3 envois en attente"),
		{slug: "back", title: "the server is back: two arrive, the suspended one does not", do: func(ctx context.Context) error {
			if err := l.regain(ctx); err != nil {
				return err
			}
			return l.desk.sees(ctx, "1 envoi en attente", "suspendu par vous", "Arrivés ces derniers jours")
		}},
		l.leaving("F5", "until it is let go", "suspendu par vous", "1 envoi en attente"),
		l.pressing("alt+l", "the lots again", "Lots", "11-bilan", "Envoyer les 3 prêts"),
		{slug: "silent", title: "the server goes silent: Ctrl+Return, the others are on their way", do: func(ctx context.Context) error {
			if err := l.desk.server.cmd.Process.Signal(syscall.SIGSTOP); err != nil {
				return err
			}
			if err := l.desk.display.keys(ctx, "ctrl+Return"); err != nil {
				return err
			}
			return l.desk.sees(ctx, "envoi en cours")
		}},
	}
}

// killed kills the desktop while it sends, and begins anew.
func (l *lotStory) killed() []step {
	return []step{
		{slug: "killed", title: "the desktop is killed in the middle", gone: true, do: func(context.Context) error {
			if err := l.desk.app.cmd.Process.Kill(); err != nil {
				return err
			}
			_ = l.desk.app.wait(patience)
			return l.desk.server.cmd.Process.Signal(syscall.SIGCONT)
		}},
		{slug: "anew", title: "it begins anew: what was handed over arrives", do: func(ctx context.Context) error {
			if err := l.desk.startApp(ctx, "-account", "biologist"); err != nil {
				return err
			}
			if err := l.desk.sees(ctx, "Dr Hugo LEFÈVRE", "Envoyés", "pas de dossier"); err != nil {
				return err
			}
			return l.desk.misses(ctx, "en file d’envoi", "envoi en cours", "en attente, nouvel essai prévu")
		}},
		{slug: "once", title: "each result is in its record, once; the deleted one in none", do: func(ctx context.Context) error { return l.once(ctx, 1) }},
		l.pressing("ctrl+s", "the result as a table: a reminder of secrecy first", "Exporter le résultat du lot", "resultats-"+time.Now().Format(time.DateOnly)+".csv"),
		{slug: "exported", title: "a path, and Return", do: func(ctx context.Context) error {
			table := filepath.Join(l.desk.dir, "lot.csv")
			if err := l.desk.display.keys(ctx, "ctrl+a"); err != nil {
				return err
			}
			if err := l.desk.display.write(ctx, table); err != nil {
				return err
			}
			if err := l.desk.display.keys(ctx, "Return"); err != nil {
				return err
			}
			if err := l.desk.sees(ctx, "Résultat enregistré"); err != nil {
				return err
			}
			data, err := os.ReadFile(table)
			if err == nil && strings.Count(string(data), ".pdf") < len(evening)+3 {
				err = fmt.Errorf("the table does not name every file:\n%s", data)
			}
			return err
		}},
	}
}

// oncemore drops the same folder again, on an emptied list, and sends all of it.
func (l *lotStory) oncemore() []step {
	return []step{
		l.pressing("ctrl+shift+e", "what is over leaves the list", "Ôter de la liste ce qui est terminé ?", "13 lignes"),
		l.pressing("Tab Return", "and the list is empty", "Déposez ici un dossier de résultats"),
		{slug: "dropped", title: "the same folder dropped on the window: it is read", do: func(ctx context.Context) error {
			uri := url.URL{Path: l.folder}
			if err := drop(l.desk.display.name, "Carnet", uri.EscapedPath()); err != nil {
				return err
			}
			return l.desk.sees(ctx, "Envoyer les 10 prêts", "pas de dossier", "patient à trouver")
		}},
		l.pressing("ctrl+Return", "is sent once more: nine were there, one was not", "déjà au dossier", "Envoyés"),
		{slug: "nothing-twice", title: "nothing was filed twice, and the deleted one is there now", do: func(ctx context.Context) error {
			if err := l.desk.misses(ctx, "en file d’envoi", "envoi en cours", "en attente, nouvel essai prévu", "prêts"); err != nil {
				return err
			}
			return l.once(ctx, 0)
		}},
	}
}

// once asks the server, as the médecin traitant, for each file in each record, and for
// the one filing of it that took effect; so many are in no record.
func (l *lotStory) once(ctx context.Context, absent int) error {
	if err := l.witness.signIn(ctx, "gp"); err != nil {
		return err
	}
	missing := 0
	for id, sum := range l.sums {
		if id == opposed {
			continue // has no record; nobody can be asked
		}
		found, err := l.holding(ctx, id, sum)
		if err != nil {
			return err
		}
		effects, err := l.witness.filings(ctx, id, l.began.Add(-time.Second))
		if err != nil {
			return err
		}
		if len(found) == 0 {
			missing++
		}
		if len(found) > 1 || len(found) == 1 && effects[found[0]] != 1 || len(effects) != len(found) {
			return fmt.Errorf("the record %s holds its result %d times, and its history tells %v", id, len(found), effects)
		}
	}
	if missing != absent {
		return fmt.Errorf("%d results are in no record, not %d", missing, absent)
	}
	return nil
}

// holding gives the ids of the documents with these bytes in a record.
func (l *lotStory) holding(ctx context.Context, id, sum string) (found []string, err error) {
	body, err := l.witness.call(ctx, "/fhir/DocumentReference/_search", url.Values{
		"patient": {"Patient/" + id}, "status": {"current,superseded"}, "_count": {"200"}, "date": {"ge" + l.began.Add(-time.Minute).UTC().Format(time.RFC3339)},
	})
	if err != nil {
		return nil, err
	}
	b, err := fhir.ParseBundle(body)
	if err != nil {
		return nil, err
	}
	for _, e := range b.Entries {
		if d, err := fhir.ParseDocumentReference(e.Resource); err == nil && d.Attachment.Hash == sum {
			found = append(found, d.ID)
		}
	}
	return found, nil
}
