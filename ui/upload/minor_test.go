package upload

import (
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/ui/widget"
)

func TestMinorToTheDay(t *testing.T) {
	for _, c := range []struct {
		born, today string
		minor       bool
	}{
		{"2008-11-22", "2026-11-21", true},
		{"2008-11-22", "2026-11-22", false},
		{"2008-02-29", "2026-02-28", true},
		{"2008-02-29", "2026-03-01", false},
		{"2008", "2026-12-30", true},
		{"2008", "2026-12-31", false},
		{"2008-11", "2026-11-29", true},
		{"2008-11", "2026-11-30", false},
		{"", "2026-11-21", false},
		{"1979-03-28", "2026-11-21", false},
	} {
		today, err := time.Parse(time.DateOnly, c.today)
		if err != nil {
			t.Fatal(err)
		}
		if got := Minor(client.Patient{BirthDate: c.born}, today.Add(23*time.Hour)); got != c.minor {
			t.Errorf("born %s, on %s: %v", c.born, c.today, got)
		}
	}
}

func TestConfidentialCareOfAMinorLeavesNothing(t *testing.T) {
	d := sitFor(t, clienttest.PatientNoah)
	d.drop("/home/anne/bilan.pdf")
	d.Sees("Soin confidentiel d’un mineur")
	calls := len(d.fake.Calls())
	d.shortcut(minorKeys())
	d.Sees("contraception, interruption de grossesse, dépistage", "Rien n’est envoyé", "Masquer un document ne suffit pas")
	d.Tap("Revenir au dépôt")
	if d.sheet == nil || d.state.Phase != Ready {
		t.Fatal("the way back leads elsewhere")
	}
	d.shortcut(minorKeys())
	d.Tap("Garder hors du dossier")
	if len(d.fake.Calls()) != calls {
		t.Errorf("the server was told: %+v", d.fake.Calls()[calls:])
	}
	if d.sheet != nil || d.state.Data != nil || d.state.Title != "" || d.state.ID != "" || d.state.Seen.ContentType != "" {
		t.Errorf("kept: %+v", d.state)
	}
	if got := d.toast().Text; got != "Gardé hors du dossier : rien n’a été envoyé, rien n’est conservé." {
		t.Errorf("the toast says %q", got)
	}
}

func TestTheChoiceIsForMinorsAndBeforeAnythingIsSent(t *testing.T) {
	adult := ready(t)
	adult.SeesNot("Soin confidentiel")
	adult.keepOut()
	if widget.SheetOf(adult.Window().Canvas().Overlays().Top()) != adult.sheet {
		t.Error("offered for an adult")
	}
	child := sitFor(t, clienttest.PatientNoah)
	child.Open("")
	child.Sees("Soin confidentiel d’un mineur", child.cfg.Patient.BirthName) // the sheet covers the record's head, and twins have the same name
	child.state.Phase = Failed                                               // an attempt may have arrived: there is nothing to promise any longer
	child.view.update(&child.state)
	child.SeesNot("Soin confidentiel")
}
