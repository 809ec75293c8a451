package record

import (
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// A stamp moves with what its reader may see of the profile, and with nothing else
// of it.
func TestAStampFollowsTheProfileThatIsSeen(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	allergy, hidden := items()["an allergy"], items()["a condition"]
	hidden.Masked = true
	keep := func(i *ProfileItem) func() {
		return func() {
			id, err := w.KeepItem(bg, zoe(), "pat-1", *i)
			w.must(err)
			i.ID, i.Version = id, i.Version+1
		}
	}
	for _, c := range []struct {
		name  string
		do    func()
		moves bool
	}{
		{"an item comes", keep(&allergy), true},
		{"nothing", func() {}, false},
		{"a hidden one comes", keep(&hidden), false},
		{"the hidden one is corrected", func() { hidden.Text = "Autre"; keep(&hidden)() }, false},
		{"one is corrected", func() { allergy.Text = "Pénicilline G"; keep(&allergy)() }, true},
		{"it is masked", func() { allergy.Masked = true; keep(&allergy)() }, true},
		{"what was masked is corrected", func() { allergy.Text = "Autre"; keep(&allergy)() }, false},
	} {
		c.do()
		if f.moved() != c.moves {
			t.Errorf("%s: the stamp moved %v", c.name, !c.moves)
		}
	}
	w.sound()
}

// A copy of the profile holds what its reader may see, is no consultation, and ends
// with the lease.
func TestACopyOfTheProfile(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	for name, i := range items() {
		i.Masked = name == "a condition"
		_, err := w.KeepItem(bg, zoe(), "pat-1", i)
		w.must(err)
	}
	got, err := w.CopyProfile(bg, gp(), f.lease.ID)
	w.must(err)
	online, err := w.Items(bg, gp(), "", ItemQuery{PatientID: "pat-1", Limit: 100})
	w.must(err)
	if got.PatientID != "pat-1" || len(got.Items) != len(items())-1 || len(online.Items) != len(got.Items) {
		t.Fatalf("%d items of %q, %d online", len(got.Items), got.PatientID, len(online.Items))
	}
	for n, i := range got.Items {
		if string(i.Resource) != string(online.Items[n].JSON) {
			t.Errorf("item %d is %s, online %s", n, i.Resource, online.Items[n].JSON)
		}
	}
	again, err := fhir.ParseCopyProfile(got.JSON())
	if err != nil || again.PatientID != got.PatientID || len(again.Items) != len(got.Items) || len(again.Team) != len(got.Team) {
		t.Errorf("on the wire: %+v, %v", again, err)
	}
	if _, err := w.CopyProfile(bg, optician(), f.lease.ID); code(err) != fhir.NoConsent {
		t.Errorf("another's lease: %v", err)
	}
	w.must(w.Block(bg, zoe(), "pat-1", gp().ID))
	if _, err := w.CopyProfile(bg, gp(), f.lease.ID); code(err) != fhir.NoConsent {
		t.Errorf("after the end: %v", err)
	}
	w.sound()
}

// The history tells a look at the copied profile as what it was, and when.
func TestAnOfflineLookAtTheProfileIsTold(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	w.clock.advance(time.Hour)
	read := f.late("", w.clock.now().Add(-10*time.Minute))
	read.Profile = true
	both := f.late(docID("0"), read.At)
	both.Profile = true
	got, err := w.ReportReads(bg, gp(), []fhir.OfflineRead{read, both})
	w.must(err)
	if !got[0].Kept || got[0].Revoked || got[1].Kept || got[1].Code != fhir.Invalid {
		t.Fatalf("%+v", got)
	}
	again, list := read, read
	list.Profile = false // another thing under the same id
	for r, want := range map[fhir.OfflineRead]bool{again: true, list: false} {
		if got, err := w.ReportReads(bg, gp(), []fhir.OfflineRead{r}); err != nil || got[0].Kept != want {
			t.Errorf("again %+v: %+v, %v", r, got, err)
		}
	}
	v := w.lastVisit(t, HistoryQuery{Who: gp().ID})
	if len(v.Acts) != 1 || v.Acts[0].Kind != fhir.KindProfile || !strings.Contains(v.Acts[0].Detail, detailRead) || !v.Offline || !v.Acts[0].At.Equal(read.At) {
		t.Errorf("the history tells %+v", v)
	}
	w.sound()
}
