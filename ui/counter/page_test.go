package counter

import (
	"context"
	"os"
	"strings"
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
	"fyne.io/fyne/v2/test"
)

// desk is the page in a window without a screen, before a server in memory, with a
// pharmacist at it.
type desk struct {
	*Page
	*widgettest.Desk
	fake     *clienttest.Fake
	ids      int
	opened   string
	text     string // that the gate reads in a document
	onScreen string
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-9", Retry: true}
}

// Check is the gate.
func (d *desk) Check(context.Context, []byte) (pdfcheck.Report, error) {
	return pdfcheck.Report{Verdict: pdfcheck.Good, TextSample: d.text}, nil
}

// screen stands for a viewer.
type screen struct {
	d    *desk
	body *widget.Text
}

func (s screen) Content() fyne.CanvasObject { return s.body }

func (s screen) Show(_ string, data []byte) { s.d.onScreen = string(data) }

func (s screen) Clear() { s.d.onScreen = "" }

var pharmacist = client.Person{
	ID: "899700218904", Name: "Paul GARNIER", Profession: "21", Specialty: "G15_21/A", OrgID: "1997000050", OrgName: "Pharmacie du Parvis", Sector: "SA33",
}

func sit(t *testing.T) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), fake: clienttest.New(clienttest.Options{}).Beside(pharmacist)}
	d.Page = New(Config{
		Scope: d.Scope(), Outlive: d.Scope(), Records: d.fake, Profiles: d.fake, Check: d, Shell: d, Me: pharmacist,
		Viewer: func(*task.Scope) Viewer { return screen{d, widget.NewText("page 1", widget.Style{})} },
		NewID: func() string {
			d.ids++
			return "00000000-0000-4000-8000-00000000000" + string(rune('0'+d.ids))
		},
		OpenRecord: func(p client.Patient) { d.opened = p.ID }, TestIdentities: true,
	})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 760))
	d.Shown()
	d.Settle()
	return d
}

// serve scans a patient, as typed.
func (d *desk) serve(name string) {
	d.Helper()
	test.Type(d.Window().Canvas().Focused(), name)
	d.Advance(time.Second)
	d.Settle()
	d.Press(fyne.KeyReturn)
}

// do presses a shortcut of the page.
func (d *desk) do(id string) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.ID == id {
			s.Do()
			d.Settle()
			return
		}
	}
	d.Fatalf("no shortcut %s", id)
}

// write adds a medicine by the form.
func (d *desk) write(name string) {
	d.Helper()
	d.do("counter-add")
	test.Type(d.Window().Canvas().Focused(), name)
	d.Press(fyne.KeyReturn)
}

func TestAPatientIsServedByTheKeyboardAlone(t *testing.T) {
	d := sit(t)
	d.Sees("Comptoir", "Scannez le code")
	d.serve("martin lea")
	d.Sees("MARTIN Léa", "Ordonnances et dispensations", "Ramipril 5 mg", "1 comprimé le matin", "Pénicilline · urticaire géante", "Arachide", "Allergies : Pénicilline, Arachide")
	d.SeesNot("Amlodipine", "Interruption de grossesse")
	d.Press(fyne.KeyDown, fyne.KeyReturn) // the treatment in hand goes into the dispensation
	if len(d.state.Lines) != 1 {
		t.Fatalf("%+v", d.state.Lines)
	}
	d.write("Paracétamol 500 mg")
	d.do("counter-given")
	d.Sees("Dispensation du 21")
	if len(d.state.Lines) != 0 || len(d.Toasts) == 0 {
		t.Errorf("%+v %+v", d.state.Lines, d.Toasts)
	}
	filed := d.state.Given[0]
	c, err := d.fake.Content(t.Context(), d.state.Access, filed)
	if err != nil {
		t.Fatal(err)
	}
	got, err := fhir.ParseDispensation(c.Bytes)
	if err != nil || len(got.Lines) != 2 || got.Lines[1].Text != "Paracétamol 500 mg" || got.Author.ID != pharmacist.ID {
		t.Errorf("%v %+v", err, got)
	}
	d.do("counter-next")
	d.Sees("Scannez le code")
	d.SeesNot("MARTIN Léa", "Pénicilline", "Ramipril")
}

func TestAnAllergyIsToBeAnswered(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	if at := d.view.columns.treatments.Cursor(); at != 0 || d.Window().Canvas().Focused() != fyne.Focusable(d.view.columns.treatments) {
		t.Errorf("one does not see where the keyboard is: row %d", at)
	}
	d.write("Amoxicilline 1 g")
	d.do("counter-given")
	d.Sees("À vérifier avant de dispenser", "Pénicilline", "Dispenser quand même")
	d.Press(fyne.KeyReturn) // Return goes back
	if len(d.state.Given) > 0 && strings.HasPrefix(d.state.Given[0].Attachment.Title, "Dispensation du 21") {
		t.Fatal("it left")
	}
	if len(d.state.Lines) != 1 {
		t.Fatalf("%+v", d.state.Lines)
	}
	d.do("counter-given")
	sheet := widget.SheetOf(d.Window().Canvas().Overlays().Top())
	for range 20 { // the key is held down since it was asked
		d.Advance(40 * time.Millisecond)
		sheet.Chord()
	}
	d.Advance(time.Second)
	d.Settle()
	d.Sees("À vérifier avant de dispenser")
	sheet.Chord() // and is struck
	d.Advance(time.Second)
	d.Settle()
	d.Sees("Dispensation du 21")
}

func TestWhatCannotBeCheckedIsSaid(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	d.write("Zzylophan 3")
	d.Sees("Zzylophan 3", "2019")
	d.view.form.text.SetText("Oublié dans le champ")
	d.view.form.quantity.SetText("beaucoup")
	d.do("counter-given")
	d.Sees("la quantité est un nombre")
	if len(d.state.Lines) != 2 {
		t.Errorf("%+v", d.state.Lines)
	}
}

func TestAPrescriptionProposesItsSubstances(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	d.text = "1) AMOXICILLINE 1 g\n2) Ramipril 5 mg"
	d.read(d.state.Prescriptions[0])
	d.Settle()
	if d.onScreen == "" {
		t.Fatal("it is not shown")
	}
	d.Press(fyne.KeyEscape)
	d.Sees("Lu dans l’ordonnance", "amoxicilline")
	d.Tap("amoxicilline")
	d.Tap("amoxicilline")
	if len(d.state.Lines) != 1 || d.view.form.prescription() != d.state.Prescriptions[0].UniqueID {
		t.Errorf("%+v", d.state.Lines)
	}
}

func TestAFailedDispensationIsTriedAsTheSame(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	d.write("Paracétamol 500 mg")
	d.fake.FailNext(clienttest.OpFile, clienttest.Failure(fhir.Unavailable, ""))
	d.do("counter-given")
	if fhir.CodeOf(d.Failure()) != fhir.Unavailable || len(d.state.Lines) != 1 {
		t.Fatalf("%v %+v", d.Failure(), d.state.Lines)
	}
	id := d.filing
	d.do("counter-given")
	if d.state.Given[0].UniqueID != "urn:uuid:"+id {
		t.Errorf("another document: %s, %s", d.state.Given[0].UniqueID, id)
	}
	d.write("Ibuprofène 200 mg")
	d.fake.FailNext(clienttest.OpFile, clienttest.Failure(fhir.Queued, ""))
	d.do("counter-given")
	if text := d.Toasts[len(d.Toasts)-1].Text; !strings.Contains(text, "gardée sur ce poste") || len(d.state.Lines) != 0 {
		t.Errorf("%q %+v", text, d.state.Lines)
	}
}

func TestAVaccinationIsRecorded(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	before := len(d.state.Injections)
	d.do("counter-vaccine")
	d.Sees("Vaccination", "Numéro de lot", "aide")
	test.Type(d.Window().Canvas().Focused(), "grippe")
	d.Press(fyne.KeyReturn)
	d.Sees("Grippe saisonnière")
	widget.SheetOf(d.Window().Canvas().Overlays().Top()).Chord()
	d.Settle()
	d.Sees("Le numéro de lot est sur la boîte")
	test.Type(d.Window().Canvas().Focused(), "AB123")
	widget.SheetOf(d.Window().Canvas().Overlays().Top()).Chord()
	d.Settle()
	if len(d.state.Injections) != before+1 {
		t.Fatalf("%d, before %d: %v", len(d.state.Injections), before, d.Failure())
	}
}

func TestAnExaminationDoneAlready(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	d.do("counter-exam")
	d.Press(fyne.KeyReturn)
	d.Sees("Recherche sur", "C’est une aide")
}

func TestTheRightEndsWhileServing(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	d.read(d.state.Prescriptions[0])
	d.Settle()
	d.told(client.AccessEvent{Kind: fhir.EventClosed, Reason: fhir.ReasonConsent, Access: client.Access{Session: d.state.Access.Session}})
	d.Settle()
	d.Sees("Votre accès à ce dossier vient de prendre fin")
	d.SeesNot("Pénicilline", "Ramipril", "Fermer")
	if d.onScreen != "" {
		t.Error("the document is still there")
	}
}

func TestStatesOfTheCounter(t *testing.T) {
	d := sit(t)
	d.serve("martin lea")
	d.fake.FailNext(clienttest.OpItems, clienttest.Failure(fhir.Offline, ""))
	d.do("counter-refresh")
	d.Sees("Ramipril 5 mg") // what was there stays
	d.do("counter-next")
	d.fake.FailNext(clienttest.OpOpen, clienttest.Failure(fhir.Offline, ""))
	d.serve("martin lea")
	d.Sees("panne offline", "Réessayer")
	d.Reconnected()
	d.Settle()
	d.Sees("Ramipril 5 mg")
	d.do("counter-next")
	d.Page.Serve(client.Patient{ID: clienttest.PatientStranger, BirthName: "BENALI", FirstGiven: "Karim", Reliability: "QUAL"})
	d.Settle()
	d.Sees("Vous n’avez pas accès à ce dossier.", "Recueillir le consentement")
	d.Tap("Recueillir le consentement")
	if d.opened != clienttest.PatientStranger {
		t.Errorf("opened %q", d.opened)
	}
	d.Page.Serve(client.Patient{ID: clienttest.PatientClosed, BirthName: "CARON", FirstGiven: "Simone", Reliability: "QUAL"})
	d.Settle()
	d.Sees("n’a pas de dossier ouvert")
}

func TestMain(m *testing.M) { os.Exit(m.Run()) }

// paged answers a profile in pages of two.
type paged struct{ client.Profiles }

func (p paged) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	q.Limit = 2
	return p.Profiles.Items(ctx, a, q)
}

// TestALongProfileIsWhole: what stands on a later page warns like the rest.
func TestALongProfileIsWhole(t *testing.T) {
	d := sit(t)
	d.cfg.Profiles = paged{d.fake}
	d.serve("martin lea")
	d.Sees("Pénicilline · urticaire géante", "Ramipril 5 mg", "Metformine 1000 mg")
}
