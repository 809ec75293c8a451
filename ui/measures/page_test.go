package measures

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// desk is the page in a window without a screen, before a server in memory.
type desk struct {
	*Page
	*widgettest.Desk
	fake  *clienttest.Fake
	saved map[string]string
	taken error
}

func (d *desk) Explain(err error) widget.Problem {
	return widget.Problem{Icon: widget.IconOffline, Title: "panne " + string(fhir.CodeOf(err)), Next: "Réessayez.", Reference: "réf-9", Retry: fhir.CodeOf(err) != fhir.Forbidden}
}

func (d *desk) Suggest(string) string { return "/copies/mesures.csv" }

func (d *desk) Save(_ context.Context, path string, c client.Content) error {
	if d.taken == nil {
		d.saved[path] = string(c.Bytes)
	}
	return d.taken
}

func seat(t *testing.T, patient string) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t), fake: clienttest.New(clienttest.Options{Documents: 12}), saved: map[string]string{}}
	a, err := d.fake.Open(t.Context(), patient, client.OpenRequest{Mode: fhir.ModeNormal})
	if err != nil {
		t.Fatal(err)
	}
	d.Page = New(Config{
		Scope: d.Scope(), Profiles: d.fake, Access: func() client.Access { return a }, Patient: d.fake.Patient(patient), Me: d.fake.Me(), Shell: d, Saver: d,
		NewID: func() string {
			return "11111111-2222-4333-8444-" + strings.Repeat("5", 11) + string(rune('0'+d.fake.Count(clienttest.OpKeepItem)%10))
		},
	})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1180, 720))
	return d
}

func sit(t *testing.T, patient string) *desk {
	t.Helper()
	d := seat(t, patient)
	d.Shown()
	d.Settle()
	return d
}

// turn chooses a measure with the arrows of the list.
func (d *desk) turn(code string) {
	d.Helper()
	d.Focus(d.view.kinds)
	d.Press(fyne.KeyHome)
	for range d.state.Kinds {
		if d.state.Chosen == code {
			return
		}
		d.Press(fyne.KeyDown)
	}
	d.Fatalf("no measure %s in the list", code)
}

// key does what one of the page's shortcuts does.
func (d *desk) key(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			d.Settle()
			return
		}
	}
	d.Fatalf("%s does nothing now", k)
}

// typed types into what has the focus.
func (d *desk) typed(text string) {
	d.Helper()
	f, ok := d.Window().Canvas().Focused().(*widget.Entry)
	if !ok {
		d.Fatalf("no field has the focus")
	}
	test.Type(f, text)
	d.Settle()
}

func TestACurveAndItsTableAtOnce(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.Sees("Tension artérielle", "Poids", "HbA1c", "Indice de masse corporelle", "mmHg", "Systolique", "Diastolique", "le patient", "vous", "Saisir une mesure")
	if n := d.fake.Count(clienttest.OpItems); n != 1 {
		t.Errorf("%d questions: one is one line of the patient's history", n)
	}
	d.turn(terminology.LOINCWeight)
	d.Sees("kg", "7 mesures sur 18")
	d.view.period.SetSelected(periodWords()[Always])
	d.Sees("18 mesures")
	d.turn("4548-4")
	d.Sees("7,0", "Dr Yann TESSIER, CHU de Reims", "OMS 2011")
	if n := d.fake.Count(clienttest.OpItems); n != 1 {
		t.Errorf("%d questions after choosing", n)
	}
}

func TestCurveAndTableStandOnTheSameMeasure(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.key(widget.Ctrl(fyne.KeyG))
	d.Press(fyne.KeyHome, fyne.KeyRight, fyne.KeyRight)
	row := d.view.table.Cursor()
	if want := len(d.state.Rows) - 3; row != want || !strings.Contains(d.view.chart.Said(), whenWords(d.state.Rows[row])) {
		t.Errorf("the table stands on %d of %d, the curve says %q", row, want, d.view.chart.Said())
	}
	d.Focus(d.view.table)
	d.Press(fyne.KeyHome)
	if d.view.chart.Chosen() != len(d.view.points)-1 {
		t.Errorf("the newest row, point %d of %d", d.view.chart.Chosen(), len(d.view.points))
	}
}

func TestEnteringByKeysAndTakingBack(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	before := len(d.state.Kind().Rows)
	d.key(enterKeys())
	d.typed("13/8")
	d.Sees("Cette valeur n’est pas possible", "Vouliez-vous dire 130/80")
	d.Press(fyne.KeyReturn)
	if d.fake.Count(clienttest.OpKeepItem) != 0 {
		t.Fatal("what is not possible was sent")
	}
	d.Tap("Oui, 130/80")
	d.Sees("Valeur plausible")
	d.Press(fyne.KeyReturn)
	if len(d.state.Kind().Rows) != before+1 || len(d.Toasts) == 0 {
		t.Fatalf("%d measures, %d toasts, %v", len(d.state.Kind().Rows), len(d.Toasts), d.Failure())
	}
	kept := d.state.Rows[0]
	if valueWords(kept) != "130/80\u00a0mmHg" || !kept.Own || kept.Item.Parts[0].Value != "130" || kept.Item.Parts[1].Code.Code != "8462-4" {
		t.Errorf("%+v", kept)
	}
	toast := d.Toasts[len(d.Toasts)-1]
	if toast.Action == "" {
		t.Fatal("no way back")
	}
	toast.Do()
	d.Settle()
	if len(d.state.Kind().Rows) != before || d.fake.Count(clienttest.OpDropItem) != 1 {
		t.Errorf("after taking back %d measures", len(d.state.Kind().Rows))
	}
}

func TestAnUnusualValueIsAskedAboutOnce(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.turn(terminology.LOINCWeight)
	d.key(enterKeys())
	d.typed("1200")
	d.Sees("Cette valeur n’est pas possible")
	field := d.Window().Canvas().Focused().(*widget.Entry)
	field.SetText("300")
	d.Settle()
	d.Sees("Cette valeur est inhabituelle", "J’ai vérifié cette valeur")
	d.Press(fyne.KeyReturn) // goes to the question
	d.Press(fyne.KeyReturn) // a habit does not answer it
	if d.fake.Count(clienttest.OpKeepItem) != 0 {
		t.Fatal("kept without an answer")
	}
	d.Press(fyne.KeySpace)
	d.Press(fyne.KeyReturn)
	if d.fake.Count(clienttest.OpKeepItem) != 1 || valueWords(d.state.Rows[0]) != "300\u00a0kg" {
		t.Errorf("%d sent, first row %s", d.fake.Count(clienttest.OpKeepItem), valueWords(d.state.Rows[0]))
	}
}

// TestAValueFarFromTheLastOneIsAskedAbout: 7,0 for 70 kg is possible in itself.
func TestAValueFarFromTheLastOneIsAskedAbout(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	told := 0
	d.cfg.Changed = func() { told++ }
	d.turn(terminology.LOINCWeight)
	last := valueWords(d.state.Rows[0])
	d.key(enterKeys())
	d.typed("7,0")
	d.Sees("C’est loin de la dernière mesure ("+last, "le patient", "J’ai vérifié cette valeur")
	d.Press(fyne.KeyReturn)
	if d.fake.Count(clienttest.OpKeepItem) != 0 {
		t.Fatal("kept without an answer")
	}
	d.Press(fyne.KeySpace)
	d.Press(fyne.KeyReturn)
	if d.fake.Count(clienttest.OpKeepItem) != 1 || told != 1 {
		t.Errorf("%d sent, %d told", d.fake.Count(clienttest.OpKeepItem), told)
	}
	d.key(enterKeys())
	d.typed("7,2")
	d.Sees("Valeur plausible. Dernière mesure", "7,0")
}

func TestWhatWasTypedStaysAsItWas(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.turn(terminology.LOINCWeight)
	d.key(enterKeys())
	d.typed("160,50 lb")
	d.Press(fyne.KeyReturn)
	r := d.state.Rows[0]
	if r.Item.Value != "160.50" || r.Item.Unit != "[lb_av]" || !r.Reading.Converted {
		t.Fatalf("%+v", r)
	}
	d.Sees("72,8", "converti ; saisi : 160,50"+widget.Nbsp+"lb", "évidé : converti d’une autre unité")
}

func TestOwnMeasuresAreCorrectedOthersNot(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	own := slices.IndexFunc(d.state.Rows, func(r Row) bool { return r.Own })
	other := slices.IndexFunc(d.state.Rows, func(r Row) bool { return r.Item.ByHolder })
	d.Focus(d.view.table)
	d.view.table.MoveTo(other)
	d.Press(fyne.KeyReturn)
	if len(d.Toasts) != 1 || !strings.Contains(d.Toasts[0].Text, "Seul l’auteur") {
		t.Fatalf("%+v", d.Toasts)
	}
	d.view.table.MoveTo(own)
	d.Press(fyne.KeyReturn)
	d.Sees("Corriger : Tension artérielle", "Saisie par erreur : retirer")
	field := d.Window().Canvas().Focused().(*widget.Entry)
	was := d.state.Rows[own].Item
	field.SetText("151/91")
	d.Press(fyne.KeyReturn)
	if got := d.state.Rows[own]; valueWords(got) != "151/91\u00a0mmHg" || got.Item.ID != was.ID || got.Item.Version == was.Version {
		t.Errorf("%+v", got)
	}
	d.Press(fyne.KeyReturn)
	d.Tap("Saisie par erreur")
	if slices.ContainsFunc(d.state.Rows, func(r Row) bool { return r.Item.ID == was.ID }) {
		t.Error("what was taken out is still there")
	}
}

func TestARefusalKeepsWhatWasTyped(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.fake.FailNext(clienttest.OpKeepItem, fhir.E(fhir.Offline, ""))
	d.key(enterKeys())
	d.typed("131/82")
	d.Press(fyne.KeyReturn)
	d.Sees("panne offline", "131/82")
	d.Press(fyne.KeyReturn)
	if valueWords(d.state.Rows[0]) != "131/82\u00a0mmHg" {
		t.Errorf("sent again: %s", valueWords(d.state.Rows[0]))
	}
	calls := d.fake.Calls()
	if n := d.fake.Count(clienttest.OpKeepItem); n != 2 {
		t.Errorf("%d of %d calls", n, len(calls))
	}
}

func TestStatesOfThePage(t *testing.T) {
	d := sit(t, clienttest.PatientEmpty)
	d.Sees("Aucune mesure dans ce dossier", "Saisir une mesure")
	d.turn(terminology.LOINCBMI)
	d.SeesNot("Saisir une mesure") // nobody enters an index

	d = seat(t, clienttest.PatientLea)
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.Unavailable, ""))
	d.Shown()
	d.Settle()
	d.Sees("panne", "Réessayer", "réf-9")
	d.Tap("Réessayer")
	d.Sees("Systolique")
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.Offline, ""))
	d.key(widget.Key(fyne.KeyF5))
	d.Sees("Systolique", "panne offline") // what is there stays
	d.Reconnected()
	d.Settle()
	d.SeesNot("panne")

	d = seat(t, clienttest.PatientLea)
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.Forbidden, ""))
	d.Shown()
	d.Settle()
	d.Sees("Les mesures de ce dossier ne vous sont pas ouvertes", "réf-9")
	d.SeesNot("Saisir une mesure", "Exporter")
}

func TestSlowAnswersShowBarsAndLeavingCancels(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	gate := d.fake.Hold(clienttest.OpItems)
	d.Shown()
	d.Advance(400 * time.Millisecond)
	d.Drain()
	if !d.view.skeleton.Visible() {
		t.Error("nothing moves after 400 ms")
	}
	d.Hidden()
	gate.Release()
	d.Settle()
	if d.state.Busy || d.state.Phase != Loading {
		t.Errorf("after leaving: busy %v, phase %d", d.state.Busy, d.state.Phase)
	}
	d.Shown()
	d.Settle()
	d.Sees("Systolique")
}

func TestOldAnswersSayTheirAge(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	d.cfg.Profiles = cached{d.fake}
	d.Shown()
	d.Settle()
	d.Sees("Copie du 20" + widget.Nbsp + "nov.")
}

// cached answers from an offline copy.
type cached struct{ client.Profiles }

func (c cached) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	page, err := c.Profiles.Items(ctx, a, q)
	page.Provenance = client.Provenance{Cached: true, AsOf: time.Date(2026, time.November, 20, 9, 0, 0, 0, time.UTC)}
	return page, err
}

func TestExportIsAnnouncedAsClear(t *testing.T) {
	d := sit(t, clienttest.PatientLea)
	d.key(exportKeys())
	d.Sees("n’est ni chiffré ni tracé", "/copies/mesures.csv")
	d.taken = fhir.E(fhir.StateConflict, "")
	d.Press(fyne.KeyReturn)
	d.Sees("Un fichier porte déjà ce nom")
	d.taken = nil
	d.Press(fyne.KeyReturn)
	if got := d.saved["/copies/mesures.csv"]; strings.Count(got, "\r\n") != len(d.state.Rows)+1 {
		t.Errorf("%d rows on the screen, saved:\n%s", len(d.state.Rows), got)
	}
}

func TestAnEndedSessionIsRenewedAndAskedAgain(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	renewed := 0
	d.cfg.Renew = func(err error, again func()) bool {
		if fhir.CodeOf(err) != fhir.TokenExpired {
			return false
		}
		renewed++
		again()
		return true
	}
	d.fake.FailNext(clienttest.OpItems, fhir.E(fhir.TokenExpired, ""))
	d.Shown()
	d.Settle()
	d.Sees("Systolique")
	d.fake.FailNext(clienttest.OpKeepItem, fhir.E(fhir.TokenExpired, ""))
	d.key(enterKeys())
	d.typed("131/82")
	d.Press(fyne.KeyReturn)
	if valueWords(d.state.Rows[0]) != "131/82\u00a0mmHg" || renewed != 2 {
		t.Errorf("renewed %d times, the newest is %s", renewed, valueWords(d.state.Rows[0]))
	}
}

func TestManyPagesAreOneProfile(t *testing.T) {
	d := seat(t, clienttest.PatientLea)
	d.cfg.Profiles = small{d.fake}
	d.Shown()
	d.Settle()
	d.view.period.SetSelected(periodWords()[Always])
	d.Sees("36 mesures")
}

// small gives ten rows a page.
type small struct{ client.Profiles }

func (s small) Items(ctx context.Context, a client.Access, q client.ItemQuery) (client.ItemPage, error) {
	q.Limit = 10
	return s.Profiles.Items(ctx, a, q)
}
