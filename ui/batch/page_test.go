package batch

import (
	"fmt"
	"strings"
	"testing"
	"time"

	engine "carnet/client/batch"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
)

func TestAnEveningAtAGlance(t *testing.T) {
	d := sit(t, evening(800)...)
	d.Sees("Responsable : Dr Hugo LEFÈVRE · Laboratoire de l’Estuaire", "Tous 800", "À corriger 60", "Prêts 420", "Envoyés 220", "Refusés 20", "Sans dossier 20",
		"20261121-0000.pdf", "MARTIN Léa", "CR de biologie", "20/11/2026", "lisible", "prêt", "identité à confirmer", "autre identité lue", "patient à trouver +2", "refusé",
		"envoyé 9", "Envoyer les 420 prêts", "Envoi : 240 sur 300")
	d.SeesNot("Retirés")
}

func TestSendingIsOneKey(t *testing.T) {
	d := sit(t, result(0), result(1), result(2))
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if d.lot.did() != "send" || !strings.Contains(d.Toasts[0].Text, "3 fichiers confiés") {
		t.Errorf("did %q, said %+v", d.lot.did(), d.Toasts)
	}
	d.Sees("en file d’envoi", "Envoi : 0 sur 3", "En cours 3")
	d.lot.rate, d.lot.left = 38, 7*time.Second
	d.lot.become(engine.Sent, "r00000")
	d.told()
	d.Sees("Envoi : 1 sur 3 · 38 fichiers par seconde · encore 7 secondes", "Envoyés 1", "envoyé")
	d.lot.become(engine.Sent, "r00001", "r00002")
	d.told()
	d.Sees("Tout ce qui était prêt est arrivé.")
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if !strings.Contains(d.Toasts[1].Text, "Rien n’est prêt") {
		t.Errorf("said %q", d.Toasts[1].Text)
	}
}

func TestMarkedFilesLeaveAlone(t *testing.T) {
	d := sit(t, result(0), result(1), result(2))
	d.shortcut(widget.Key(fyne.KeySpace))
	d.shortcut(widget.Key(fyne.KeySpace))
	d.Sees("2 cochés", "Envoyer les 2 cochés")
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	if d.lot.did() != "send r00000 r00001" {
		t.Errorf("did %q", d.lot.did())
	}
	d.SeesNot("coché")
}

func TestPauseResumeAndCancelWhichAsks(t *testing.T) {
	d := sit(t, result(0), result(1))
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	d.shortcut(widget.Ctrl(fyne.KeyP))
	d.Sees("en pause", "Reprendre")
	d.shortcut(widget.Ctrl(fyne.KeyP))
	d.shortcut(cancelKeys())
	d.Sees("2 fichiers ne sont pas encore partis", "Continuer l’envoi")
	d.Press(fyne.KeyReturn) // of habit: nothing is cancelled
	if d.lot.did() != "send; pause; resume" {
		t.Errorf("did %q", d.lot.did())
	}
	d.shortcut(cancelKeys())
	d.Tap("Annuler l’envoi")
	d.Sees("Prêts 2")
	d.shortcut(cancelKeys())
	if d.lot.did() != "send; pause; resume; cancel" || !strings.Contains(d.Toasts[len(d.Toasts)-1].Text, "rien à annuler") {
		t.Errorf("did %q", d.lot.did())
	}
}

func TestFiltersNarrow(t *testing.T) {
	d := sit(t, evening(80)...)
	d.Press(fyne.KeyDown) // in the rows
	if !d.Page.TypedKey(&fyne.KeyEvent{Name: fyne.KeyRight}) {
		t.Fatal("the arrow is not used")
	}
	d.Sees("identité à confirmer")
	d.SeesNot("envoyé 9")
	if d.state.Filter != ToFix {
		t.Fatalf("filter %d", d.state.Filter)
	}
	test.Type(d.view.box, "0041")
	d.Sees("20261121-0041.pdf")
	d.SeesNot("20261121-0001.pdf")
	d.view.box.TypedKey(&fyne.KeyEvent{Name: fyne.KeyEscape})
	d.lot.become(engine.Ready, "r00001", "r00002", "r00003", "r00041", "r00042", "r00043")
	d.told()
	d.Sees("Rien à corriger")
	d.Tap("Voir tous les fichiers")
	d.Sees("Tous 80", "20261121-0000.pdf")
}

func TestARowIsCorrectedByKeys(t *testing.T) {
	row := result(0)
	row.State, row.Problems, row.Patient, row.Type, row.ActDate = engine.Fix, []engine.Problem{engine.NoIdentity, engine.NoType, engine.NoDate}, nil, fhir.Coding{}, time.Time{}
	d := sit(t, row)
	d.Press(fyne.KeyReturn)
	d.Sees("Rien ne dit pour qui est ce document", "Chercher le patient…")
	d.Press(fyne.KeyReturn) // the search opens
	test.Type(d.Window().Canvas().Focused(), "martin lea")
	d.Advance(time.Second)
	d.Settle()
	d.Sees("MARTIN Léa 28/03/1979")
	d.Press(fyne.KeyReturn)
	d.Sees("Lu dans le document", "non trouvé")
	d.Press(fyne.KeyReturn) // the type is next
	test.Type(d.Window().Canvas().Focused(), "biologiques")
	d.Press(fyne.KeyReturn)
	test.Type(d.Window().Canvas().Focused(), "20/11/2026")
	d.chord(widget.Ctrl(fyne.KeyReturn))
	if !strings.Contains(d.lot.did(), "patient=true confirmed=false type=11502-2 date=20/11/2026") {
		t.Errorf("did %q", d.lot.did())
	}
	d.SeesNot("Enregistrer")
	d.Sees("Prêts 1", "MARTIN Léa")
}

func TestAnotherIdentityIsConfirmedOnPurposeAlone(t *testing.T) {
	row := result(2)
	spoil(&row, 2)
	d := sit(t, row)
	d.Press(fyne.KeyReturn)
	d.Sees("Dossier choisi", "Lu dans le document", "un autre", "le même", "C’est bien LEFÈBVRE Léa")
	d.Press(fyne.KeyReturn, fyne.KeyReturn)
	if d.lot.did() != "" {
		t.Fatalf("a habit did %q", d.lot.did())
	}
	d.chord(widget.Ctrl(fyne.KeyReturn))
	d.Sees("Cochez la case par Espace")
	d.Press(fyne.KeySpace)
	d.chord(widget.Ctrl(fyne.KeyReturn))
	if !strings.Contains(d.lot.did(), "patient=false confirmed=true") {
		t.Errorf("did %q", d.lot.did())
	}
	d.Sees("prêt")
}

func TestAPatientPickedIsComparedBeforeAnythingElse(t *testing.T) {
	row := result(0)
	row.Path, row.State, row.Problems, row.Patient = "autre.pdf", engine.Fix, []engine.Problem{engine.NoIdentity}, nil
	d := sit(t, row)
	d.Press(fyne.KeyReturn)
	d.chord(widget.Ctrl(fyne.KeyI))
	test.Type(d.Window().Canvas().Focused(), "martin lea")
	d.Advance(time.Second)
	d.Settle()
	d.Press(fyne.KeyReturn)
	d.chord(widget.Ctrl(fyne.KeyReturn))
	d.Sees("Le document semble parler de quelqu’un d’autre", "un autre", "C’est bien MARTIN Léa")
	if sheet := d.Page.sheet; sheet == nil || sheet.form.Confirm {
		t.Error("the sheet is gone, or confirmed by itself")
	}
}

func TestWhatIsTypedOutlivesAPickerAndAnAnswer(t *testing.T) {
	row := result(1)
	spoil(&row, 1)
	d := sit(t, row)
	d.Press(fyne.KeyReturn)
	test.Type(d.Page.sheet.view.title, "Bilan du soir")
	d.chord(widget.Ctrl(fyne.KeyT))
	d.SeesNot("Dossier choisi", "je l’ai vérifié")
	d.Press(fyne.KeyEscape)
	d.lot.move(func(r *engine.Row) { r.Size++ }, row.ID)
	d.told()
	d.Sees("Dossier choisi")
	if got := d.Page.sheet.view.title.Text; got != "Bilan du soir" {
		t.Errorf("the title is %q", got)
	}
}

func TestTheEngineRefusesACorrection(t *testing.T) {
	row := result(1)
	spoil(&row, 1)
	d := sit(t, row)
	d.lot.fail["correct"] = fhir.E(fhir.StateConflict, "")
	d.Press(fyne.KeyReturn, fyne.KeySpace)
	d.chord(widget.Ctrl(fyne.KeyReturn))
	d.Sees("déjà confié à l’envoi")
	d.Press(fyne.KeyEscape)
	d.SeesNot("Dossier choisi")
}

func TestWhatIsOverCanOnlyBeRead(t *testing.T) {
	row := result(5)
	row.State = engine.NoRecord
	d := sit(t, row)
	d.Press(fyne.KeyReturn)
	d.Sees("Cette personne n’a pas de dossier", "Fermer")
	d.SeesNot("Enregistrer")
	d.Press(fyne.KeyReturn)
	if d.Page.sheet != nil || d.lot.did() != "" {
		t.Errorf("did %q", d.lot.did())
	}
}

func TestAConflictLeadsToTheOutbox(t *testing.T) {
	row := result(0)
	row.State, row.Problems = engine.Fix, []engine.Problem{engine.Conflict}
	d := sit(t, row)
	d.Press(fyne.KeyReturn)
	d.Tap("Voir dans Envois")
	if d.queue != 1 {
		t.Errorf("%d times", d.queue)
	}
}

func TestRemoveAsksAndSparesWhatLeft(t *testing.T) {
	d := sit(t, evening(40)...)
	d.shortcut(widget.Key(fyne.KeyDelete))
	d.Sees("Retirer du lot ?", "Il reste sur le disque")
	d.Press(fyne.KeyEscape)
	d.view.list.MoveTo(8) // sent
	d.shortcut(widget.Key(fyne.KeyDelete))
	d.SeesNot("Retirer du lot ?")
	d.view.list.MoveTo(1)
	d.shortcut(widget.Key(fyne.KeyDelete))
	d.Tap("Retirer")
	if d.lot.did() != "remove r00001" {
		t.Errorf("did %q", d.lot.did())
	}
	d.Sees("Tous 39", "Retirés 1")
}

func TestFilesAreReadAgain(t *testing.T) {
	d := sit(t, evening(40)...)
	d.shortcut(widget.Key(fyne.KeyF5))
	d.view.list.MoveTo(4)
	d.shortcut(widget.Key(fyne.KeyF5))
	if d.lot.did() != "again r00004" || !strings.Contains(d.Toasts[0].Text, "se relisent") {
		t.Errorf("did %q", d.lot.did())
	}
	d.Sees("À lire 1")
}

func TestTheFirstFilesByDropAndByPath(t *testing.T) {
	d := sit(t)
	d.Sees("Déposez ici un dossier de résultats", "Ctrl")
	d.SeesNot("Tous 0", "Exporter")
	if !d.Dropped([]fyne.URI{storage.NewFileURI("/srv/résultats du soir"), storage.NewFileURI("/srv/b.pdf")}) {
		t.Fatal("not taken")
	}
	d.Settle()
	d.shortcut(widget.Ctrl(fyne.KeyO))
	d.Sees("Ajouter au lot", "Parcourir les dossiers…")
	test.Type(d.Window().Canvas().Focused(), ` "/srv/manifeste.csv" `)
	d.Press(fyne.KeyReturn)
	if d.lot.did() != "add /srv/résultats du soir /srv/b.pdf; add /srv/manifeste.csv" {
		t.Errorf("did %q", d.lot.did())
	}
	d.Sees("Tous 3", "/srv/b.pdf", "Lecture : 0 sur 3")
}

func TestAManifestThatCannotBeReadIsPresented(t *testing.T) {
	d := sit(t)
	d.lot.fail["add"] = fhir.E(fhir.Invalid, "")
	d.Page.add("/srv/manifeste.csv")
	d.Settle()
	if fhir.CodeOf(d.Failure()) != fhir.Invalid {
		t.Errorf("presented %v", d.Failure())
	}
}

func TestTheResultIsExportedWithAReminder(t *testing.T) {
	d := sit(t, result(0))
	d.shortcut(widget.Ctrl(fyne.KeyS))
	d.Sees("secret professionnel", "à vous et en clair", "/home/hugo/resultats-2026-11-21.csv", "Parcourir les dossiers…")
	d.full = fhir.E(fhir.StateConflict, "")
	d.Press(fyne.KeyReturn)
	d.Sees("Un fichier porte déjà ce nom")
	d.full = nil
	d.Press(fyne.KeyReturn)
	if got := d.saved["/home/hugo/resultats-2026-11-21.csv"]; got != "text/csv fichier;patient\n" {
		t.Errorf("saved %v", d.saved)
	}
	d.SeesNot("secret professionnel")
}

func TestAnotherProfessionalAnswers(t *testing.T) {
	d := sit(t, result(0))
	d.shortcut(responsibleKeys())
	d.Sees("Moi : Dr Hugo LEFÈVRE", "Laboratoire de l’Estuaire")
	test.Type(d.Window().Canvas().Focused(), "123")
	d.Press(fyne.KeyReturn)
	d.Sees("11 chiffres, et le dernier est une clé")
	sheet := widget.SheetOf(d.Window().Canvas().Overlays().Top())
	sheet.First.(*widget.Entry).SetText("99700000045")
	d.Press(fyne.KeyReturn)
	d.Sees("Donnez aussi le nom")
	test.Type(d.Window().Canvas().Focused(), "Dr Claire FABRE")
	d.Press(fyne.KeyReturn)
	d.Until("the engine runs anew", func() bool { return len(d.opened) == 2 && d.following() })
	d.Sees("Responsable : Dr Claire FABRE")
	if who := d.opened[1]; who.ID != "899700000045" || who.OrgID != biologist.OrgID || d.lot.closed != 1 {
		t.Errorf("opened for %+v, closed %d times", who, d.lot.closed)
	}
	d.shortcut(widget.Ctrl(fyne.KeyReturn)) // files are on their way
	d.shortcut(responsibleKeys())
	d.SeesNot("Numéro RPPS")
}

func TestWhoHasNoLotIsToldWhy(t *testing.T) {
	for code, want := range map[fhir.Code]string{
		fhir.Forbidden: "n’envoie pas de lots", fhir.Required: "Qui répond de ce lot", fhir.Unauthenticated: "ne garde rien pour l’instant", fhir.Unavailable: "Le lot ne peut pas être ouvert",
	} {
		d := seat(t)
		d.cannot = fhir.E(code, "")
		d.enter()
		d.Sees(want)
		d.SeesNot("Ajouter…", "Tous 0")
		if d.Dropped([]fyne.URI{storage.NewFileURI("/srv/a.pdf")}) {
			t.Errorf("%s: files were taken", code)
		}
		d.cannot = nil
		if code == fhir.Unavailable {
			d.Tap("Réessayer")
			d.Sees("Déposez ici")
		}
	}
}

func TestAnEngineThatStopsIsOpenedAgain(t *testing.T) {
	d := sit(t, result(0))
	d.Page.ended(fhir.E(fhir.Unavailable, ""))
	d.Sees("Le lot ne peut pas être ouvert")
	d.shortcut(widget.Key(fyne.KeyF5))
	d.Until("the engine runs anew", func() bool { return len(d.opened) == 2 && d.following() })
	d.Sees("Tous 1")
}

func TestTheLineIsLostAndComesBack(t *testing.T) {
	d := sit(t, result(0), result(1))
	d.shortcut(widget.Ctrl(fyne.KeyReturn))
	d.offline = true
	d.Advance(look)
	d.Sees("hors ligne : reprise automatique")
	d.offline = false
	d.Reconnected()
	d.SeesNot("hors ligne")
}

func TestALeftPageIsTrueWhenOneComesBack(t *testing.T) {
	d := sit(t, result(0), result(1))
	d.Hidden()
	d.lot.become(engine.Sent, "r00000")
	d.told()
	d.SeesNot("Envoyés 1")
	d.Shown()
	d.Sees("Envoyés 1")
	if len(d.opened) != 1 {
		t.Errorf("opened %d times", len(d.opened))
	}
}

func TestWhatWasLeftAsideIsTold(t *testing.T) {
	d := seat(t, result(0))
	d.lot.notices = []engine.Notice{{Kind: engine.Ignored, Path: ".fini"}, {Kind: engine.ExtraColumn, Path: "m.csv", Name: "couleur"}}
	d.enter()
	d.Sees("2 laissés de côté")
	d.shortcut(noticeKeys())
	d.Sees(".fini", "Fichier laissé de côté", "couleur · m.csv", "n’est pas connue")
	d.Press(fyne.KeyEscape)
	d.SeesNot(".fini")
}

func TestWhatIsOverLeavesTheList(t *testing.T) {
	d := sit(t, evening(40)...)
	d.shortcut(clearKeys())
	d.Sees("l’export de leur résultat ne sera plus possible")
	d.Tap("Ôter")
	if d.lot.did() != "clear" {
		t.Errorf("did %q", d.lot.did())
	}
	d.Sees("Envoyés 0")
}

func TestEveryKeyOfThePageHasWords(t *testing.T) {
	d := sit(t, result(0))
	seen := map[widget.Keys]string{}
	for _, s := range d.Shortcuts() {
		if s.Label == "" || s.Do == nil {
			t.Errorf("%s has no words", s.ID)
		}
		for _, k := range s.Keys {
			if seen[k] != "" {
				t.Errorf("%s does %s and %s", k, seen[k], s.ID)
			}
			seen[k] = s.ID
		}
	}
}

// fits1024 is what a page may need of a window of 1,024 points, beside the navigation.
const fits1024 = 1024 - 148

func TestThePageFitsANarrowWindowInLargeTexts(t *testing.T) {
	d := seat(t, evening(80)...)
	d.lot.notices = make([]engine.Notice, 12)
	d.enter()
	d.markAll()
	for _, scale := range []float32{1, 1.3} {
		test.ApplyTheme(t, widget.NewTheme(widget.Dark, scale))
		if w := d.Content().MinSize().Width; w > fits1024 {
			t.Errorf("at %v it needs %v", scale, w)
		}
	}
}

func TestAPersonOfThePracticeIsFound(t *testing.T) {
	if p := clienttest.New(clienttest.Options{}).Patient(clienttest.PatientLea); p.BirthName != "MARTIN" {
		t.Errorf("the stories above look for %s", p.BirthName)
	}
}

// BenchmarkShow10000 is the time until 10,000 rows are on the screen; BenchmarkEvent what
// one event of the engine costs then; BenchmarkFilter a key typed in the filter.
func BenchmarkShow10000(b *testing.B) {
	rows := evening(10_000)
	for b.Loop() {
		b.StopTimer()
		d := seat(b, rows...)
		b.StartTimer()
		d.enter()
		d.Window().Canvas().Capture()
	}
}

func BenchmarkEvent(b *testing.B) {
	for name, ids := range map[string]func(int) []string{
		"in sight":     func(i int) []string { return []string{fmt.Sprintf("r%05d", i%10)} },
		"out of sight": func(i int) []string { return []string{fmt.Sprintf("r%05d", 5000+i%1000)} },
	} {
		b.Run(name, func(b *testing.B) {
			d := sit(b, evening(10_000)...)
			d.Window().Canvas().Capture()
			states := []engine.State{engine.Ready, engine.Queued, engine.Sending, engine.Sent}
			i := 0
			for b.Loop() {
				d.lot.become(states[i/10%4], ids(i)...)
				d.told()
				i++
			}
		})
	}
}

func BenchmarkEventFiltered(b *testing.B) {
	d := sit(b, evening(10_000)...)
	d.filtered(Ready)
	i := 0
	for b.Loop() {
		d.lot.become([]engine.State{engine.Ready, engine.Sent}[i%2], fmt.Sprintf("r%05d", i%10_000))
		d.told()
		i++
	}
}

func BenchmarkFilter(b *testing.B) {
	d := sit(b, evening(10_000)...)
	words := []string{"m", "ma", "mar", ""}
	i := 0
	for b.Loop() {
		d.typed(words[i%4])
		i++
	}
}
