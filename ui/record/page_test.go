package record

import (
	"context"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/task/tasktest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
	fynewidget "fyne.io/fyne/v2/widget"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	t      *testing.T
	h      *tasktest.Harness
	fake   *clienttest.Fake
	window fyne.Window

	toasts  []widget.Toast
	copied  string
	filings []Filing
	failure error // what Present was told last
	viewer  *paper
	printed int
	saved   string
}

// paper is a viewer that only says what it shows.
type paper struct {
	label *fynewidget.Label
	pages int
	found bool
}

func (v *paper) Content() fyne.CanvasObject { return v.label }
func (v *paper) Show(kind string, _ []byte) { v.label.SetText("contenu " + kind) }
func (v *paper) Clear()                     { v.label.SetText("") }
func (v *paper) Shortcuts() []widget.Shortcut {
	return []widget.Shortcut{{ID: "page", Keys: []widget.Keys{widget.Key(fyne.KeyPageDown)}, Do: func() { v.pages++ }}}
}
func (v *paper) Find() bool { v.found = true; return true }

func sit(t *testing.T, patientID string, o clienttest.Options) *desk {
	t.Helper()
	app := test.NewTempApp(t)
	app.Settings().SetTheme(widget.NewTheme(widget.Light, 1))
	d := &desk{t: t, h: tasktest.New(t), viewer: &paper{label: fynewidget.NewLabel("")}}
	scope := d.h.Scope()
	o.Now = scope.Now
	d.fake = clienttest.New(o)
	d.window = test.NewTempWindow(t, nil)
	d.Page = New(Config{
		Scope: scope, Outlive: d.h.Scope(), Records: d.fake, Shell: d, Patient: patient(t, patientID),
		Viewer: d.viewer, Printer: d, Saver: d, Upload: func(f Filing) { d.filings = append(d.filings, f) },
	})
	d.window.SetContent(d.Content())
	d.window.Resize(fyne.NewSize(1180, 760))
	d.Shown()
	d.h.Settle()
	return d
}

// patient is somebody of the fictional world, as the patients page hands over.
func patient(t *testing.T, id string) client.Patient {
	t.Helper()
	fake := clienttest.New(clienttest.Options{})
	page, err := fake.MyPatients(t.Context(), client.PatientQuery{Limit: 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range page.Patients {
		if p.ID == id {
			return p
		}
	}
	return client.Patient{ID: id, BirthName: "BENALI", FirstGiven: "Karim", Given: []string{"Karim"}, Gender: "male", BirthDate: "1984-12-05", Reliability: "QUAL", INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "184129306630854"}, Active: true}
}

// The window around the page.

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-1", Retry: true}
}
func (d *desk) Present(err error, _ func()) { d.failure = err }
func (d *desk) OpenSheet(s *widget.Sheet)   { s.Open(d.window.Canvas()) }
func (d *desk) Toast(t widget.Toast)        { d.toasts = append(d.toasts, t) }
func (d *desk) Copy(text string)            { d.copied = text }
func (d *desk) Mark(string)                 {}
func (d *desk) Person() client.Person       { return d.fake.Me() }
func (d *desk) Focus(f fyne.Focusable) {
	if f != nil {
		d.window.Canvas().Focus(f)
	}
}

func (d *desk) Print(context.Context, client.Content) error { d.printed++; return nil }
func (d *desk) Suggest(string) string                       { return "/copies/document.pdf" }
func (d *desk) Save(_ context.Context, path string, _ client.Content) error {
	d.saved = path
	return nil
}

// The hands.

func (d *desk) press(keys ...fyne.KeyName) {
	d.t.Helper()
	for _, k := range keys {
		if f := d.window.Canvas().Focused(); f != nil {
			f.TypedKey(&fyne.KeyEvent{Name: k})
		} else {
			d.window.Canvas().OnTypedKey()(&fyne.KeyEvent{Name: k})
		}
	}
	d.h.Settle()
}

func (d *desk) shortcut(k widget.Keys) {
	d.t.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			d.h.Settle()
			return
		}
	}
	d.t.Fatalf("no shortcut on %s now", k)
}

func (d *desk) cannot(k widget.Keys) {
	d.t.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			d.t.Errorf("%s does something", k)
		}
	}
}

// tap presses the button with this word.
func (d *desk) tap(word string) {
	d.t.Helper()
	b := findButton(d.top(), word)
	if b == nil {
		d.t.Fatalf("no button %q on the screen:\n%s", word, d.screen())
	}
	if b.Disabled() {
		d.t.Fatalf("button %q is asleep", word)
	}
	b.Tapped(nil)
	d.h.Settle()
}

// top is what is in front: a sheet, or the page.
func (d *desk) top() fyne.CanvasObject {
	if o := d.window.Canvas().Overlays().Top(); o != nil {
		return o
	}
	return d.window.Content()
}

func findButton(o fyne.CanvasObject, word string) *widget.Button {
	if o == nil || !o.Visible() {
		return nil
	}
	if b, ok := o.(*widget.Button); ok && strings.HasPrefix(b.Label(), word) {
		return b
	}
	for _, child := range children(o) {
		if b := findButton(child, word); b != nil {
			return b
		}
	}
	return nil
}

func children(o fyne.CanvasObject) []fyne.CanvasObject {
	switch t := o.(type) {
	case *fyne.Container:
		return t.Objects
	case fyne.Widget:
		return test.WidgetRenderer(t).Objects()
	}
	return nil
}

// The eyes.

func (d *desk) screen() string {
	var words []string
	look(d.window.Content(), &words)
	for _, o := range d.window.Canvas().Overlays().List() {
		look(o, &words)
	}
	return strings.Join(words, " ")
}

func look(o fyne.CanvasObject, words *[]string) {
	if o == nil || !o.Visible() {
		return
	}
	if text, ok := o.(*canvas.Text); ok && strings.TrimSpace(text.Text) != "" {
		*words = append(*words, strings.TrimSpace(text.Text))
	}
	for _, child := range children(o) {
		look(child, words)
	}
}

func (d *desk) sees(words ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, w := range words {
		if !strings.Contains(screen, w) {
			d.t.Errorf("%q is not on the screen:\n%s", w, screen)
		}
	}
}

func (d *desk) seesNot(words ...string) {
	d.t.Helper()
	screen := d.screen()
	for _, w := range words {
		if strings.Contains(screen, w) {
			d.t.Errorf("%q is on the screen:\n%s", w, screen)
		}
	}
}

func (d *desk) toasted(words string) {
	d.t.Helper()
	if n := len(d.toasts); n == 0 || !strings.Contains(d.toasts[n-1].Text, words) {
		d.t.Errorf("toasts %+v, want %q", d.toasts, words)
	}
}

// select puts the selection on the first document for which want is true.
func (d *desk) choosing(want func(e *Entry) bool) *Entry {
	d.t.Helper()
	for _, it := range d.docs.Items() {
		if it.Entry != nil && want(it.Entry) {
			d.choose(it.Entry.Doc.ID)
			return it.Entry
		}
	}
	d.t.Fatal("no such document in the list")
	return nil
}

func TestTheRecordOfMyPatientOpensOnItsDocuments(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.sees("MARTIN Léa", "née MARTIN Léa Marie", "28/03/1979", "47 ans", "INS qualifiée",
		"Vous êtes son médecin traitant · accès normal", "Documents 214",
		"Nouveaux depuis votre dernière visite"+widget.Nbsp+"(", "2026"+widget.Nbsp+"(",
		"CR d'examens biologiques", "Laboratoire Cernay", "masqué", "non visible du patient", "214 documents", "Prêt à lire")
	if d.fake.Count(clienttest.OpContent) != 0 {
		t.Error("a document was read that nobody asked for: the patient would see it")
	}
	if d.docs.Len() != 214 {
		t.Errorf("%d documents arrived", d.docs.Len())
	}
}

func TestReadingByKeyboardAlone(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.cannot(widget.Ctrl(fyne.KeyP))
	d.press(fyne.KeyReturn)
	d.sees("contenu application/pdf")
	first := d.docs.Selected
	d.shortcut(widget.Key(fyne.KeyJ))
	if d.docs.Selected == first || d.fake.Count(clienttest.OpContent) != 2 {
		t.Fatalf("J: selected %s, %d contents", d.docs.Selected, d.fake.Count(clienttest.OpContent))
	}
	d.shortcut(widget.Key(fyne.KeyK))
	if d.docs.Selected != first {
		t.Errorf("K: selected %s, want %s", d.docs.Selected, first)
	}
	d.shortcut(widget.Key(fyne.KeySpace))
	d.shortcut(widget.Ctrl(fyne.KeyF))
	if d.viewer.pages != 1 || !d.viewer.found {
		t.Errorf("space turned %d pages, find %v", d.viewer.pages, d.viewer.found)
	}
	d.press(fyne.KeyDown)
	d.sees("Prêt à lire")
	d.seesNot("contenu")
}

func TestPrintingAndSavingRecallSecrecyFirst(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.press(fyne.KeyReturn)
	d.shortcut(widget.Ctrl(fyne.KeyP))
	d.sees("secret professionnel")
	if d.printed != 0 {
		t.Fatal("printed before the reminder was answered")
	}
	d.press(fyne.KeyReturn)
	if d.printed != 1 {
		t.Errorf("printed %d times", d.printed)
	}
	d.shortcut(widget.Ctrl(fyne.KeyS))
	d.sees("n’est plus chiffrée", "secret professionnel")
	d.tap("Enregistrer")
	if d.saved != "/copies/document.pdf" {
		t.Errorf("saved to %q", d.saved)
	}
	d.toasted("Copie enregistrée")
}

func TestFilteringNeedsNoAccents(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.shortcut(filterKeys())
	test.Type(d.view.documents.filter, "medicamenteuse PARVIS")
	d.sees("Dispensation médicamenteuse", "sur 214 documents")
	d.seesNot("Laboratoire Cernay")
	d.view.documents.filter.SetText("zzz")
	d.sees("Aucun document ne correspond au filtre")
	d.tap("Effacer le filtre")
	d.sees("214 documents", "Laboratoire Cernay")
}

func TestSortingByTypeGroupsByType(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.tap("Type")
	if h := d.docs.Items()[0].Heading; h.Kind != HeadText || !strings.HasPrefix(h.Text, "CR ") {
		t.Errorf("first heading %+v", h)
	}
	if d.view.documents.list.Cursor() != d.docs.Row(d.docs.Selected) {
		t.Error("the cursor lost the selected document")
	}
}

func TestArchivedAndSupersededOnesAreAskedForOnlyWhenWanted(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.sees("214 documents")
	d.view.documents.old.SetChecked(true)
	d.h.Settle()
	if d.docs.Len() != 217 {
		t.Fatalf("%d documents with archived and superseded", d.docs.Len())
	}
	old := d.choosing(func(e *Entry) bool { return e.Doc.Status == "superseded" })
	d.sees("Remplacé par une version plus récente")
	d.tap("Lire la version en vigueur")
	if d.docs.Selected != old.ReplacedBy() {
		t.Errorf("led to %s, want %s", d.docs.Selected, old.ReplacedBy())
	}
	d.sees("contenu")
}

func TestMaskedOnesCanBePutAside(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	shown := d.docs.Shown()
	d.view.documents.masked.SetChecked(false)
	if d.docs.Shown() != shown-2 {
		t.Errorf("%d documents shown of %d", d.docs.Shown(), shown)
	}
	d.seesNot("masqué")
}

func TestFiveThousandDocumentsArriveInTheBackground(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{Documents: 1000})
	if d.docs.Len() != 1000 || d.fake.Count(clienttest.OpDocuments) != 5 {
		t.Errorf("%d documents in %d pages", d.docs.Len(), d.fake.Count(clienttest.OpDocuments))
	}
	d.press(fyne.KeyEnd)
	if e := d.docs.Get(d.docs.Selected); e == nil || d.docs.Neighbour(1) != d.docs.Selected {
		t.Error("the last row cannot be reached")
	}
}

func TestAPageThatDoesNotComeIsAskedForAgain(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	gate := d.fake.Hold(clienttest.OpDocuments)
	d.load()
	<-gate.Entered()
	d.fake.FailNext(clienttest.OpDocuments, nil, fhir.E(fhir.Unavailable, ""))
	gate.Release()
	d.h.Settle()
	d.sees("Liste incomplète")
	d.tap("Liste incomplète")
	if d.docs.Len() != 214 {
		t.Errorf("%d documents", d.docs.Len())
	}
	d.seesNot("Liste incomplète")
}

func TestALostServerShowsAndThePageGoesOn(t *testing.T) {
	d := sit(t, clienttest.PatientLea, clienttest.Options{})
	d.fake.SetOffline(true)
	d.press(fyne.KeyReturn)
	d.sees("panne offline", "réf-1", "MARTIN Léa", "Laboratoire Cernay")
	d.fake.SetOffline(false)
	d.Reconnected()
	d.h.Settle()
	d.sees("contenu application/pdf")
}

func TestARecordThatCannotBeOpenedSaysWhatToDo(t *testing.T) {
	for name, c := range map[string]struct {
		id   string
		err  error
		want []string
	}{
		"no network":     {clienttest.PatientLea, fhir.E(fhir.Offline, ""), []string{"panne offline", "Réessayer", "réf-1"}},
		"closed":         {clienttest.PatientClosed, nil, []string{"Pas de dossier ouvert", "remettez vos documents au patient"}},
		"objected to it": {clienttest.PatientOpposed, nil, []string{"Pas de dossier ouvert"}},
	} {
		t.Run(name, func(t *testing.T) {
			d := sit(t, clienttest.PatientEmpty, clienttest.Options{})
			d.cfg.Patient.ID = c.id
			if c.err != nil {
				d.fake.FailNext(clienttest.OpOpen, c.err)
			}
			d.open(client.OpenRequest{Mode: fhir.ModeNormal})
			d.h.Settle()
			d.sees(c.want...)
			d.seesNot("Documents 2")
			if c.err != nil {
				d.Reconnected()
				d.h.Settle()
				d.sees("Documents 214")
			}
		})
	}
}

func TestAnEmptyRecordSaysHowItFills(t *testing.T) {
	d := sit(t, clienttest.PatientEmpty, clienttest.Options{})
	d.sees("Aucun document à lire pour l’instant", "Aucun document choisi")
	d.tap("Déposer un document")
	if len(d.filings) != 1 {
		t.Error("the sheet did not open")
	}
}

func TestASkeletonOnlyWhenItTakesTime(t *testing.T) {
	d := sit(t, clienttest.PatientEmpty, clienttest.Options{})
	gate := d.fake.Hold(clienttest.OpOpen)
	d.open(client.OpenRequest{Mode: fhir.ModeNormal})
	<-gate.Entered()
	if d.view.skeleton.Visible() {
		t.Error("bars at once")
	}
	d.h.Advance(400 * time.Millisecond)
	if !d.view.skeleton.Visible() {
		t.Error("nothing after 300 ms")
	}
	gate.Release()
	d.h.Settle()
	if d.view.skeleton.Visible() {
		t.Error("the bars stayed")
	}
}
