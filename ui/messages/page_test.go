package messages

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
	"carnet/ui/task"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/storage"
	"fyne.io/fyne/v2/test"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	*widgettest.Desk
	fake     *clienttest.Fake
	notes    *pad
	ids      int
	opened   string
	verdict  pdfcheck.Report
	onScreen []byte
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-9", Retry: fhir.CodeOf(err) != fhir.Forbidden}
}

// Check is the gate.
func (d *desk) Check(context.Context, []byte) (pdfcheck.Report, error) { return d.verdict, nil }

// Read gives a file of this computer.
func (d *desk) Read(_ context.Context, path string, _ int64) ([]byte, error) {
	if strings.Contains(path, "perdu") {
		return nil, fhir.E(fhir.NotFound, "gone")
	}
	return []byte("%PDF-1.4\n" + path + "\n%%EOF"), nil
}

// Suggest and Save keep a copy.
func (d *desk) Suggest(string) string { return "/tmp/copie.pdf" }

func (d *desk) Save(context.Context, string, client.Content) error { return nil }

// screen stands for a viewer.
type screen struct {
	d    *desk
	body *widget.Text
}

func (s screen) Content() fyne.CanvasObject { return s.body }

func (s screen) Show(_ string, data []byte) { s.d.onScreen = data }

func (s screen) Clear() { s.d.onScreen = nil }

// pad is a notebook in memory that outlives a page.
type pad struct{ pages sync.Map }

func (p *pad) Put(_ context.Context, pages ...client.Note) error {
	for _, n := range pages {
		if n.Value == nil {
			p.pages.Delete(n.Name)
			continue
		}
		p.pages.Store(n.Name, n.Value)
	}
	return nil
}

func (p *pad) Get(_ context.Context, name string) ([]byte, error) {
	v, ok := p.pages.Load(name)
	if !ok {
		return nil, fhir.E(fhir.NotFound, "")
	}
	return v.([]byte), nil
}

func (p *pad) List(_ context.Context, prefix string) ([]client.Note, error) {
	var all []client.Note
	p.pages.Range(func(name, v any) bool {
		if strings.HasPrefix(name.(string), prefix) {
			all = append(all, client.Note{Name: name.(string), Value: v.([]byte)})
		}
		return true
	})
	return all, nil
}

// count tells how many pages there are.
func (p *pad) count() int {
	all, _ := p.List(context.Background(), "")
	return len(all)
}

func (d *desk) config() Config {
	return Config{
		Scope: d.Scope(), Messages: d.fake, Finder: d.fake, Reader: d.fake, Notes: d.notes, Files: d, Check: d, Saver: d, Shell: d,
		Viewer: func(*task.Scope) Viewer { return screen{d, widget.NewText("page 1", widget.Style{})} },
		Me:     client.Person{ID: "899700218896", Name: "Dr Anne MOREL", Profession: "10", OrgID: "499700218896000"},
		NewID: func() string {
			d.ids++
			return "00000000-0000-4000-8000-00000000000" + string(rune('0'+d.ids))
		},
		OpenRecord: func(id, _ string) { d.opened = id }, TestIdentities: true,
	}
}

func seat(t *testing.T) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), fake: clienttest.New(clienttest.Options{Documents: 12}), notes: &pad{}}
	d.verdict = pdfcheck.Report{Verdict: pdfcheck.Good}
	d.begin()
	return d
}

// begin makes the page anew, as after a start of the program.
func (d *desk) begin() {
	d.Page = New(d.config())
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 720))
}

func sit(t *testing.T) *desk {
	t.Helper()
	d := seat(t)
	d.Shown()
	d.Settle()
	return d
}

// take opens the dialogue of a patient.
func (d *desk) take(id string) {
	d.Helper()
	at := d.state.Find(id)
	if at < 0 {
		d.Fatalf("no dialogue %s", id)
	}
	d.view.take(at)
	d.Settle()
}

func TestDialoguesAreThereAndOneIsRead(t *testing.T) {
	d := sit(t)
	d.Sees("Messages", "MARTIN Léa", "Vos résultats", "1 non lu", "terminé", "sans réponse", "Choisissez un échange")
	before := d.state.Unread
	d.take(clienttest.DialogueLea)
	d.Sees("Faut-il continuer le traitement", "Le patient peut répondre", "Lu le", "Envoyer")
	if d.state.Unread != before-1 {
		t.Errorf("%d unread, before %d", d.state.Unread, before)
	}
	d.Sees("Tout est lu")
	d.SeesNot("patient.mssante.fr")
}

func TestAnAnswerLeavesByTheKeyboard(t *testing.T) {
	d := sit(t)
	d.Focus(d.view.list)
	d.view.list.MoveTo(d.state.Find(clienttest.DialogueLea))
	d.Press(fyne.KeyReturn)
	d.Settle()
	if d.Window().Canvas().Focused() != d.view.compose.text {
		t.Fatalf("the keyboard is at %T, not where one answers", d.Window().Canvas().Focused())
	}
	test.Type(d.view.compose.text, "Oui, jusqu’à notre rendez-vous.")
	for _, s := range d.Shortcuts() {
		if s.ID == "messages-send" {
			s.Do()
		}
	}
	d.Settle()
	d.Sees("Oui, jusqu’à notre rendez-vous.", "Envoyé")
	if d.view.compose.text.Text != "" {
		t.Error("the answer is still in the field")
	}
	texts, err := d.fake.PatientReads(clienttest.DialogueLea)
	if err != nil || texts[len(texts)-1] != "Oui, jusqu’à notre rendez-vous." {
		t.Fatalf("%q, %v", texts, err)
	}
	d.Moved(client.MessageEvent{})
	d.Settle()
	d.Sees("Lu le")
}

func TestWhatIsNotReadyDoesNotLeave(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	sends := len(d.fake.Calls())
	d.Tap("Envoyer")
	d.Sees("Écrivez un mot au patient")
	d.chooseTemplate()
	d.Settle()
	d.Press(fyne.KeyReturn)
	d.Sees("‹examen›", "Dr Anne MOREL")
	if got := d.view.compose.text.SelectedText(); got != "‹examen›" {
		t.Errorf("selected %q", got)
	}
	d.send()
	d.Settle()
	d.Sees("reste à compléter")
	if len(d.fake.Calls()) != sends {
		t.Error("it left all the same")
	}
	test.Type(d.view.compose.text, "bilan lipidique")
	d.view.compose.nextField()
	if got := d.view.compose.text.SelectedText(); got != "‹date›" {
		t.Errorf("selected %q", got)
	}
}

func TestAfterTheEndNobodyWrites(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueHelene)
	d.Sees("Dr Anne MOREL a mis fin à cet échange")
	d.SeesNot("Votre réponse")
	d.take(clienttest.DialogueLea)
	d.Tap("Gérer")
	d.Tap("Mettre fin")
	d.Press(fyne.KeyReturn) // Return is on Cancel
	d.Sees("Votre réponse")
	d.Tap("Gérer")
	d.Tap("Mettre fin à l’échange…")
	d.Tap("Mettre fin à l’échange")
	d.Sees("a mis fin à cet échange")
	d.SeesNot("Votre réponse")
	if err := d.fake.PatientWrites(clienttest.DialogueLea, "?"); fhir.CodeOf(err) != fhir.StateConflict {
		t.Errorf("the patient: %v", err)
	}
}

func TestOneMayTakeNoReply(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	d.Tap("Gérer")
	d.Press(fyne.KeyReturn)
	d.Sees("Le patient ne peut pas répondre", "Votre réponse")
	d.Tap("Gérer")
	d.Tap("Permettre la réponse")
	d.Sees("Le patient peut répondre")
}

func TestWhatIsWrittenIsThereAfterACrash(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	test.Type(d.view.compose.text, "Pas encore fini")
	d.Advance(time.Second)
	d.Settle()
	d.Page = nil // no Hidden, no Close: the machine went dark
	d.Desk.Window().SetContent(widget.NewText("", widget.Style{}))
	d.begin()
	d.Shown()
	d.Settle()
	d.take(clienttest.DialogueLea)
	if got := d.view.compose.text.Text; got != "Pas encore fini" {
		t.Fatalf("%q", got)
	}
	d.take(clienttest.DialogueGisele)
	if got := d.view.compose.text.Text; got != "" {
		t.Fatalf("another's answer: %q", got)
	}
	d.take(clienttest.DialogueLea)
	d.send()
	d.Settle()
	if n := d.notes.count(); n != 0 {
		t.Errorf("%d drafts are left", n)
	}
}

// TestAFirstMessageIsThereAfterACrash, also when its form was still open.
func TestAFirstMessageIsThereAfterACrash(t *testing.T) {
	d := sit(t)
	d.Page.begin()
	d.Settle()
	sheet := widget.SheetOf(d.Window().Canvas().Overlays().Top())
	subject, ok := sheet.First.(*widget.Entry)
	if !ok {
		t.Fatalf("the keys go to %T", sheet.First)
	}
	subject.SetText("Vos résultats")
	d.Advance(time.Second)
	d.Settle()
	if got := readDraft(d.held(noteFirst)).Subject; got != "Vos résultats" {
		t.Fatalf("kept %q", got)
	}
}

// held gives what the notebook holds.
func (d *desk) held(name string) []byte {
	v, err := d.notes.Get(d.Context(), name)
	if err != nil {
		d.Fatal(err)
	}
	return v
}

// TestADraftNotReadYetIsNotErased by going from one dialogue to another.
func TestADraftNotReadYetIsNotErased(t *testing.T) {
	d := seat(t)
	kept := Draft{Text: "Pas encore fini"}.page(noteOf(clienttest.DialogueLea))
	if err := d.notes.Put(t.Context(), kept); err != nil {
		t.Fatal(err)
	}
	d.Page.open(client.Dialogue{ID: clienttest.DialogueLea})
	d.Page.open(client.Dialogue{ID: clienttest.DialogueGisele})
	d.Hidden()
	d.Settle()
	if got := readDraft(d.held(kept.Name)).Text; got != "Pas encore fini" {
		t.Fatalf("%q", got)
	}
}

// TestWhatWasQueuedIsNoDraft: the end came between the queue and the notebook.
func TestWhatWasQueuedIsNoDraft(t *testing.T) {
	first := Draft{Text: "Bonjour ", Subject: "Vos résultats", Patient: client.Patient{ID: "p1"}}
	answer := Draft{Text: "Oui"}
	item := func(out client.Outgoing) client.OutboxItem {
		body, err := json.Marshal(out)
		if err != nil {
			t.Fatal(err)
		}
		return client.OutboxItem{ID: out.ID, Kind: client.OutboxMessage, Body: body}
	}
	items := []client.OutboxItem{item(first.Outgoing("i1", "", "")), item(answer.Outgoing("i2", "d1", "p1"))}
	for _, row := range []struct {
		name     string
		draft    Draft
		dialogue string
		want     bool
	}{
		{"a first message", first, "", true},
		{"an answer", answer, "d1", true},
		{"the same words elsewhere", answer, "d2", false},
		{"other words", Draft{Text: "Non"}, "d1", false},
		{"to somebody else", Draft{Text: "Bonjour", Subject: "Vos résultats", Patient: client.Patient{ID: "p2"}}, "", false},
	} {
		if got := row.draft.queuedIn(items, row.dialogue); got != row.want {
			t.Errorf("%s: %v", row.name, got)
		}
	}
}

func TestARefusalKeepsWhatWasWritten(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	test.Type(d.view.compose.text, "Bonjour")
	d.fake.FailNext(clienttest.OpSendMessage, clienttest.Failure(fhir.Offline, ""))
	d.send()
	d.Settle()
	if fhir.CodeOf(d.Failure()) != fhir.Offline || d.view.compose.text.Text != "Bonjour" {
		t.Errorf("%v, %q", d.Failure(), d.view.compose.text.Text)
	}
}

// Who writes on while an answer is on its way to the queue sends the next one after it:
// neither is glued to the other, neither goes out twice.
func TestAnswersWrittenFastStayApart(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	test.Type(d.view.compose.text, "Bonjour,")
	d.send()
	test.Type(d.view.compose.text, "à demain.")
	d.send()
	d.Settle()
	texts, err := d.fake.PatientReads(clienttest.DialogueLea)
	if err != nil || len(texts) < 2 || !slices.Equal(texts[len(texts)-2:], []string{"Bonjour,", "à demain."}) {
		t.Errorf("%q, %v", texts, err)
	}
	if got := d.view.compose.text.Text; got != "" {
		t.Errorf("left in the field: %q", got)
	}
	d.fake.FailNext(clienttest.OpSendMessage, clienttest.Failure(fhir.Offline, ""))
	test.Type(d.view.compose.text, "un")
	d.send()
	test.Type(d.view.compose.text, " deux")
	d.send()
	d.Settle()
	if again, err := d.fake.PatientReads(clienttest.DialogueLea); err != nil || len(again) != len(texts) || d.view.compose.text.Text != "un deux" {
		t.Errorf("%d of %d, %v, %q", len(again), len(texts), err, d.view.compose.text.Text)
	}
	test.Type(d.view.compose.text, " trois")
	d.send()
	d.Settle()
	if again, _ := d.fake.PatientReads(clienttest.DialogueLea); again[len(again)-1] != "un deux trois" {
		t.Errorf("%q", again)
	}
	test.Type(d.view.compose.text, "Prenez ce sirop,")
	d.send()
	test.Type(d.view.compose.text, " et buvez")
	d.Settle()
	test.Type(d.view.compose.text, " de l’eau")
	if got := d.view.compose.text.Text; got != "et buvez de l’eau" {
		t.Errorf("one writes on in the middle: %q", got)
	}
}

func TestADocumentOfTheRecordGoesWithIt(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	d.chooseDocument(d.answer())
	d.Settle()
	d.Sees("Joindre un document du dossier")
	d.Press(fyne.KeyReturn)
	if len(d.draft.Documents) != 1 {
		t.Fatalf("%+v", d.draft)
	}
	test.Type(d.view.compose.text, "Voyez ceci")
	d.send()
	d.Settle()
	d.Sees("(dans le dossier)")
	d.Tap(shortened(d.thread.Messages[len(d.thread.Messages)-1].Attached[0].Title, 60))
	if d.opened != clienttest.PatientLea {
		t.Errorf("opened %q", d.opened)
	}
}

func TestAFileGoesThroughTheGate(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	if !d.Dropped([]fyne.URI{storage.NewFileURI("/x/compte rendu.pdf")}) {
		t.Fatal("not taken")
	}
	d.Sees("compte rendu.pdf", "Déposer aussi dans le dossier")
	test.Type(d.view.compose.text, "Voici le compte rendu.")
	d.verdict = pdfcheck.Report{Verdict: pdfcheck.Refused, Findings: []pdfcheck.Finding{{Code: pdfcheck.CodeEncrypted, Severity: pdfcheck.Refuse}}}
	d.send()
	d.Settle()
	d.Sees("Ce PDF ne peut pas être envoyé")
	d.verdict = pdfcheck.Report{Verdict: pdfcheck.Good}
	d.send()
	d.Settle()
	if err := d.Failure(); err != nil {
		t.Fatal(err)
	}
	d.Sees("compte rendu.pdf ·")
	d.Tap("compte rendu.pdf ·")
	if !strings.Contains(string(d.onScreen), "compte rendu") {
		t.Errorf("on screen: %q", d.onScreen)
	}
	d.Press(fyne.KeyEscape)
	if d.onScreen != nil {
		t.Error("it is still in memory")
	}
	d.Dropped([]fyne.URI{storage.NewFileURI("/x/perdu.pdf")})
	test.Type(d.view.compose.text, "Et la suite.")
	d.send()
	d.Settle()
	if fhir.CodeOf(d.Failure()) != fhir.NotFound || d.draft.Path == "" {
		t.Errorf("%v, %+v", d.Failure(), d.draft)
	}
}

func TestAFileIsFiledToo(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	d.Dropped([]fyne.URI{storage.NewFileURI("/x/cr.pdf")})
	d.Tap("Déposer aussi dans le dossier")
	test.Type(d.Window().Canvas().Focused(), "Synthèse médicale")
	d.Press(fyne.KeyReturn)
	d.Sees("aussi dans le dossier :")
	test.Type(d.view.compose.text, "Voici le compte rendu.")
	d.send()
	d.Settle()
	if err := d.Failure(); err != nil {
		t.Fatal(err)
	}
	d.Sees("(dans le dossier)")
}

func TestAFirstMessageIsWritten(t *testing.T) {
	d := sit(t)
	d.Page.begin()
	d.Settle()
	d.Sees("Écrire à un patient")
	d.Tap("Envoyer")
	d.Sees("Choisissez à qui écrire.")
	box, ok := d.Window().Canvas().Focused().(*widget.Entry)
	if !ok {
		t.Fatalf("the keys go to %T", d.Window().Canvas().Focused())
	}
	test.Type(box, "inès")
	d.Advance(time.Second)
	d.Settle()
	d.Press(fyne.KeyReturn)
	d.Sees("PETIT Inès")
	subject, ok := d.Window().Canvas().Focused().(*widget.Entry)
	if !ok {
		t.Fatalf("the keys go to %T", d.Window().Canvas().Focused())
	}
	test.Type(subject, "Vos résultats")
	d.Window().Canvas().FocusNext()
	test.Type(d.Window().Canvas().Focused(), "Bonjour Inès.")
	widget.SheetOf(d.Window().Canvas().Overlays().Top()).Chord()
	d.Settle()
	d.Sees("PETIT Inès", "Vos résultats")
	if d.state.Dialogues[0].PatientID != clienttest.PatientEmpty {
		t.Errorf("%+v", d.state.Dialogues[0])
	}
}

// TestAFirstMessageBringsSomething: a document of the record and a new file, like an
// answer; a file that is refused is said where it was chosen.
func TestAFirstMessageBringsSomething(t *testing.T) {
	d := sit(t)
	form := d.Page.begin()
	d.Tap("Document…")
	d.Sees("Choisissez à qui écrire.")
	var lea client.Patient
	lea.ID, lea.BirthName = clienttest.PatientLea, "MARTIN"
	form.take(lea)
	form.subject.SetText("Vos résultats")
	form.text.SetText("Voyez ceci.")
	d.Settle()
	d.Tap("Document…")
	d.Sees("Joindre un document du dossier")
	d.Press(fyne.KeyReturn)
	if !d.Dropped([]fyne.URI{storage.NewFileURI("/x/compte rendu.pdf")}) {
		t.Fatal("not taken")
	}
	d.Sees("compte rendu.pdf", "Déposer aussi dans le dossier")
	if len(form.draft.Documents) != 1 || !d.draft.Empty() {
		t.Fatalf("%+v, the answer %+v", form.draft, d.draft)
	}
	d.verdict = pdfcheck.Report{Verdict: pdfcheck.Refused, Findings: []pdfcheck.Finding{{Code: pdfcheck.CodeEncrypted, Severity: pdfcheck.Refuse}}}
	form.Chord()
	d.Settle()
	d.Sees("Ce PDF ne peut pas être envoyé", "Écrire à un patient", "compte rendu.pdf")
	d.verdict = pdfcheck.Report{Verdict: pdfcheck.Good}
	d.beginning.Chord()
	d.Settle()
	if err := d.Failure(); err != nil {
		t.Fatal(err)
	}
	d.Page.open(d.state.Dialogues[0])
	d.Settle()
	d.Sees("Voyez ceci.", "(dans le dossier)", "compte rendu.pdf ·")
}

// TestAnotherPatientTakesNoDocument: what was attached is of the record of the one
// before.
func TestAnotherPatientTakesNoDocument(t *testing.T) {
	d := sit(t)
	form := d.Page.begin()
	form.take(client.Patient{ID: clienttest.PatientLea, BirthName: "MARTIN"})
	form.draft.Documents = []Reference{{ID: "doc-1", Title: "Compte rendu"}}
	d.Settle()
	d.Tap("Changer")
	if len(form.draft.Documents) != 0 {
		t.Errorf("%+v", form.draft)
	}
}

func TestNarrowing(t *testing.T) {
	d := sit(t)
	all := len(d.state.Dialogues)
	test.Type(d.view.search, "traitement")
	d.Advance(time.Second)
	d.Settle()
	d.Sees("MARTIN Léa")
	if len(d.state.Dialogues) >= all {
		t.Errorf("%d of %d", len(d.state.Dialogues), all)
	}
	d.view.search.SetText("zzzz")
	d.Advance(time.Second)
	d.Settle()
	d.Sees("Aucun échange ne correspond")
	d.Tap("Tout afficher")
	if len(d.state.Dialogues) != all {
		t.Errorf("%d of %d", len(d.state.Dialogues), all)
	}
	d.narrow(true)
	d.Settle()
	for _, row := range d.state.Dialogues {
		if row.Unread == 0 {
			t.Errorf("%+v", row)
		}
	}
}

// TestItFitsANarrowWindow: beside the navigation of a window of 1,024 points.
func TestItFitsANarrowWindow(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	if least := d.Content().MinSize().Width; least > 1024-148 {
		t.Errorf("the page cannot be narrower than %v", least)
	}
}

// TestTheCursorStaysOnItsDialogue when a message puts another one first.
func TestTheCursorStaysOnItsDialogue(t *testing.T) {
	d := sit(t)
	d.view.list.MoveTo(d.state.Find(clienttest.DialogueGisele))
	if err := d.fake.PatientWrites(clienttest.DialogueNoah, "Encore une question"); err != nil {
		t.Fatal(err)
	}
	d.Moved(client.MessageEvent{})
	d.Settle()
	if got := d.state.Dialogues[d.view.list.Cursor()].ID; got != clienttest.DialogueGisele || d.state.Dialogues[0].ID != clienttest.DialogueNoah {
		t.Errorf("on %s, first is %s", got, d.state.Dialogues[0].ID)
	}
}

func TestStatesOfThePage(t *testing.T) {
	d := seat(t)
	gate := d.fake.Hold(clienttest.OpDialogues)
	d.Shown()
	<-gate.Entered()
	d.Advance(350 * time.Millisecond)
	if !d.view.skeleton.Visible() {
		t.Error("no bars after 300 ms")
	}
	gate.Release()
	d.Settle()
	d.Sees("MARTIN Léa")
	d.fake.FailNext(clienttest.OpMessages, clienttest.Failure(fhir.Unavailable, ""))
	d.take(clienttest.DialogueLea)
	d.Sees("panne unavailable", "Réessayer")
	d.Reconnected()
	d.Settle()
	d.Sees("Faut-il continuer")
	d.fake.FailNext(clienttest.OpDialogues, clienttest.Failure(fhir.Offline, ""))
	d.load(false)
	d.Settle()
	d.Sees("MARTIN Léa", "panne offline")
}

// TestWhatArrivesIsTold: the window hears of a message while other pages are in
// front, and the page shows it when it is in front.
func TestWhatArrivesIsTold(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	heard := make(chan client.MessageEvent, 20)
	Watch(d.Scope(), d.fake, func(e client.MessageEvent) {
		d.Moved(e)
		heard <- e
	})
	if err := d.fake.PatientWrites(clienttest.DialogueLea, "Une question encore"); err != nil {
		t.Fatal(err)
	}
	d.Until("the message is on the screen", func() bool { return strings.Contains(d.Screen(), "Une question encore") })
	if len(heard) == 0 {
		t.Error("nothing was told")
	}
}

// Return leaves the search for the first dialogue that fits, Escape empties it.
func TestTheSearchLeadsToItsDialogues(t *testing.T) {
	d := sit(t)
	d.Window().Canvas().Focus(d.view.search)
	d.Press(fyne.KeyReturn)
	if d.Window().Canvas().Focused() != fyne.Focusable(d.view.list) || d.view.list.Cursor() != 0 {
		t.Fatalf("the keyboard is on %T, the cursor on %d", d.Window().Canvas().Focused(), d.view.list.Cursor())
	}
	d.Window().Canvas().Focus(d.view.search)
	d.view.search.SetText("grippe")
	d.Press(fyne.KeyEscape)
	if d.view.search.Text != "" {
		t.Errorf("the search keeps %q", d.view.search.Text)
	}
}

func TestMain(m *testing.M) { os.Exit(m.Run()) }

// TestWhatMovesDoesNotKeepWhatCameFromTheScreen: a message that was asked for is shown
// when its answer is there, also when something moves meanwhile, which is asked for
// once more.
func TestWhatMovesDoesNotKeepWhatCameFromTheScreen(t *testing.T) {
	d := sit(t)
	d.take(clienttest.DialogueLea)
	asked := d.fake.Count(clienttest.OpMessages)
	gate := d.fake.Hold(clienttest.OpMessages)
	if err := d.fake.PatientWrites(clienttest.DialogueLea, "Une question encore"); err != nil {
		t.Fatal(err)
	}
	d.Moved(client.MessageEvent{Dialogue: clienttest.DialogueLea})
	<-gate.Entered()
	for range 3 {
		d.Moved(client.MessageEvent{Dialogue: clienttest.DialogueLea})
	}
	gate.Release()
	d.Settle()
	d.Sees("Une question encore")
	if n := d.fake.Count(clienttest.OpMessages) - asked; n != 2 {
		t.Errorf("asked %d times for four moves", n)
	}
}

// TestADamagedMessageIsSaid: in the list by a word, in the dialogue by what to do.
func TestADamagedMessageIsSaid(t *testing.T) {
	d := sit(t)
	d.state.Dialogues[0].Damaged = true
	d.view.list.Refresh()
	d.Sees("illisible")
	d.take(clienttest.DialogueLea)
	d.thread.Messages[0] = client.Message{ID: "broken", FromName: "Dr Anne MOREL", Damaged: true}
	d.view.showThread(&d.thread, d.now())
	d.Sees("endommagé sur le serveur", "Signalez-le")
}
