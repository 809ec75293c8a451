package record

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

func views(t *testing.T, p Page, err error) []fhir.Patient {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	var out []fhir.Patient
	for _, r := range p.Items {
		v, err := fhir.ParsePatient(r.JSON)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, v)
	}
	return out
}

func ids(vs []fhir.Patient) (out []string) {
	for _, v := range vs {
		out = append(out, v.ID)
	}
	return out
}

// town has patients of the GP whose names are hard to type.
func town(t *testing.T) *world {
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		for i, name := range [][]string{
			1: {"LEFÈVRE", "Zoé", "Anne-Lise"}, 2: {"LE GUEN", "Maël"}, 3: {"D'ŒUVRE", "Çelik"}, 4: {"MARTIN", "Lena"}, 5: {"MARTIN", "Lena"},
			6: {"ÉTRANGER", "Noé"},
		} {
			if i == 0 {
				continue
			}
			_ = s.AddPatient(patientSeed(i, name[0], name[1:]...))
			if i < 6 {
				_ = s.SetRecord(RecordSeed{PatientID: fmt.Sprintf("pat-%d", i), MT: gp().ID})
			}
		}
	})
	return w
}

func TestFindingMyPatients(t *testing.T) {
	w := town(t)
	for _, c := range []struct {
		q    PatientQuery
		want []string
	}{
		{PatientQuery{}, []string{"pat-3", "pat-2", "pat-1", "pat-4", "pat-5"}},
		{PatientQuery{Text: "lefe"}, []string{"pat-1"}},
		{PatientQuery{Text: "ZOÉ lef"}, []string{"pat-1"}},
		{PatientQuery{Text: "lise"}, []string{"pat-1"}},
		{PatientQuery{Text: "oeuv"}, []string{"pat-3"}},
		{PatientQuery{Text: "d'œ"}, []string{"pat-3"}},
		{PatientQuery{Text: "cel"}, []string{"pat-3"}},
		{PatientQuery{Text: "gu"}, []string{"pat-2"}},
		{PatientQuery{Text: "uen"}, nil},
		{PatientQuery{Text: "etranger"}, nil},
		{PatientQuery{Text: "martin"}, []string{"pat-4", "pat-5"}},
		{PatientQuery{Text: "martin 1945"}, []string{"pat-5"}},
		{PatientQuery{Text: "06031945"}, []string{"pat-5"}},
		{PatientQuery{Text: "06/03/45"}, []string{"pat-5"}},
		{PatientQuery{Text: "1945-03-06"}, []string{"pat-5"}},
		{PatientQuery{Text: "1 62 03 75 000 004"}, []string{"pat-4"}},
		{PatientQuery{Names: []string{"mart", "le"}, BirthDate: "1944"}, []string{"pat-4"}},
		{PatientQuery{ID: "pat-2"}, []string{"pat-2"}},
		{PatientQuery{Text: "%"}, []string{"pat-3", "pat-2", "pat-1", "pat-4", "pat-5"}},
	} {
		page, err := w.MyPatients(context.Background(), gp(), c.q)
		got := ids(views(t, page, err))
		if !slices.Equal(got, c.want) || page.Total != len(c.want) {
			t.Errorf("%+v: %v (total %d), want %v", c.q, got, page.Total, c.want)
		}
	}
}

func TestPatientsLastVisitedComeFirst(t *testing.T) {
	ctx := context.Background()
	w := town(t)
	for _, id := range []string{"pat-4", "pat-2"} {
		if _, err := w.OpenAccess(ctx, gp(), id, "", ""); err != nil {
			t.Fatal(err)
		}
		w.clock.advance(time.Minute)
	}
	if _, _, err := w.file(otherGP(), newDraft(4, "1", otherGP())); err != nil {
		t.Fatal(err)
	}
	page, err := w.MyPatients(ctx, gp(), PatientQuery{Limit: 3})
	got := views(t, page, err)
	if !slices.Equal(ids(got), []string{"pat-2", "pat-4", "pat-3"}) || page.Total != 5 {
		t.Errorf("%v of %d", ids(got), page.Total)
	}
	if got[1].New != 1 || got[0].New != 0 || got[1].LastVisit.IsZero() || got[1].Relation != fhir.BasisMT {
		t.Errorf("%+v", got[1])
	}
	next, err := w.MyPatients(ctx, gp(), PatientQuery{Cursor: page.Next})
	if got := ids(views(t, next, err)); !slices.Equal(got, []string{"pat-1", "pat-5"}) || next.Next != "" {
		t.Errorf("next page: %v", got)
	}
	stolen := gp()
	stolen.Session = "another sign-in"
	if _, err := w.MyPatients(ctx, stolen, PatientQuery{Cursor: page.Next}); code(err) != fhir.BadValue {
		t.Errorf("a link of another sign-in: %v", err)
	}
	if _, err := w.SearchDocuments(ctx, gp(), "", DocumentQuery{Cursor: page.Next}); code(err) != fhir.BadValue {
		t.Errorf("a link of another list: %v", err)
	}
}

// New documents that the caller may not read do not count.
func TestNewCountsOnlyWhatOneMayRead(t *testing.T) {
	ctx := context.Background()
	w := town(t)
	w.provide(store.KindAuthorisation, "pat-4", pharmacist().ID)
	if _, err := w.OpenAccess(ctx, pharmacist(), "pat-4", "", ""); err != nil {
		t.Fatal(err)
	}
	w.clock.advance(time.Minute)
	d := newDraft(4, "1", otherGP())
	d.Masked = true
	if _, _, err := w.file(otherGP(), d); err != nil {
		t.Fatal(err)
	}
	own := newDraft(4, "2", pharmacist()) // one's own is no news
	if _, _, err := w.file(pharmacist(), own); err != nil {
		t.Fatal(err)
	}
	page, err := w.MyPatients(ctx, pharmacist(), PatientQuery{})
	if got := views(t, page, err); len(got) != 1 || got[0].New != 0 {
		t.Errorf("%+v", got)
	}
	w.provide(store.KindBlock, "pat-4", pharmacist().OrgID)
	if page, err := w.MyPatients(ctx, pharmacist(), PatientQuery{}); err != nil || page.Total != 0 {
		t.Errorf("after the block: %+v, %v", page, err)
	}
}

func TestLookingUpSomeoneElse(t *testing.T) {
	ctx := context.Background()
	w := town(t)
	if _, err := w.Patient(ctx, gp(), "pat-6"); code(err) != fhir.NotFound {
		t.Errorf("by id, not looked up: %v", err)
	}
	six := ins(6)
	page, err := w.MyPatients(ctx, gp(), PatientQuery{Identifier: &six})
	if got := ids(views(t, page, err)); !slices.Equal(got, []string{"pat-6"}) {
		t.Fatal(got)
	}
	if _, err := w.Patient(ctx, gp(), "pat-6"); err != nil {
		t.Errorf("by id, looked up: %v", err)
	}
	again := gp()
	again.Session = "next day"
	if _, err := w.Patient(ctx, again, "pat-6"); code(err) != fhir.NotFound {
		t.Errorf("by id, in another sign-in: %v", err)
	}
	// One line in that person's history, none for one's own patient.
	for n, want := range map[int]int{6: 1, 1: 0} {
		id := ins(n)
		if _, err := w.MyPatients(ctx, pharmacist(), PatientQuery{Identifier: &id}); n == 6 && err != nil {
			t.Fatal(err)
		}
		if _, err := w.MyPatients(ctx, gp(), PatientQuery{Identifier: &id}); err != nil {
			t.Fatal(err)
		}
		rec, err := w.st.RecordOf(ctx, fmt.Sprintf("pat-%d", n))
		if err != nil {
			t.Fatal(err)
		}
		lines, err := w.st.Entries(ctx, store.EntryQuery{Record: rec.N, Actor: gp().ID, Limit: 9})
		if err != nil || n == 1 && lines.Total != want || n == 6 && lines.Total != 2 {
			t.Errorf("patient %d: %d lines, %v", n, lines.Total, err)
		}
	}
}

func TestMatchingStrictTraits(t *testing.T) {
	ctx := context.Background()
	w := town(t)
	zoe := fhir.Traits{BirthName: "Lefevre", FirstGiven: "ZOE", Sex: "F", BirthDate: patientSeed(1, "").BirthDate}
	page, err := w.Match(ctx, pharmacist(), zoe)
	if got := ids(views(t, page, err)); !slices.Equal(got, []string{"pat-1"}) {
		t.Error(got)
	}
	for name, change := range map[string]func(x *fhir.Traits){
		"another birth name": func(x *fhir.Traits) { x.BirthName = "Lefe" },
		"another sex":        func(x *fhir.Traits) { x.Sex = "M" },
		"another day":        func(x *fhir.Traits) { x.BirthDate = "1941-03-03" },
		"another given name": func(x *fhir.Traits) { x.FirstGiven = "Anne-Lise" },
	} {
		other := zoe
		change(&other)
		if page, err := w.Match(ctx, pharmacist(), other); err != nil || page.Total != 0 {
			t.Errorf("%s: %+v, %v", name, page, err)
		}
	}
	zoe.BirthDate = "1941"
	if _, err := w.Match(ctx, pharmacist(), zoe); code(err) != fhir.Required {
		t.Errorf("half a birth date: %v", err)
	}
}

// Twins with the same traits are no certain match.
func TestTwinsAreNoMatch(t *testing.T) {
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		for i := range 2 {
			p := patientSeed(i+1, "JUMEAU", "Lou")
			p.BirthDate = "2001-01-01"
			_ = s.AddPatient(p)
		}
	})
	page, err := w.Match(context.Background(), gp(), fhir.Traits{BirthName: "Jumeau", FirstGiven: "Lou", Sex: "F", BirthDate: "2001-01-01"})
	if err != nil || page.Total != 0 {
		t.Errorf("%+v, %v", page, err)
	}
}

func TestLookupsAreThrottled(t *testing.T) {
	ctx := context.Background()
	w := town(t)
	six := ins(6)
	var err error
	n := 0
	for ; err == nil && n < 1000; n++ {
		_, err = w.MyPatients(ctx, pharmacist(), PatientQuery{Identifier: &six})
	}
	if code(err) != fhir.Throttled || n != lookupBurst+1 {
		t.Errorf("after %d: %v", n, err)
	}
	if _, err := w.MyPatients(ctx, gp(), PatientQuery{Identifier: &six}); err != nil {
		t.Errorf("somebody else: %v", err)
	}
	w.clock.advance(lookupEvery)
	if _, err := w.MyPatients(ctx, pharmacist(), PatientQuery{Identifier: &six}); err != nil {
		t.Errorf("later: %v", err)
	}
}

func TestTheEmergencyCentreSearchesEveryone(t *testing.T) {
	ctx := context.Background()
	w := town(t)
	if _, err := w.EmergencySearch(ctx, gp(), "", PatientQuery{Names: []string{"martin"}}); code(err) != fhir.Forbidden {
		t.Errorf("a GP: %v", err)
	}
	if _, err := w.EmergencySearch(ctx, regulator(), "", PatientQuery{Names: []string{"m"}}); code(err) != fhir.Required {
		t.Errorf("browsing: %v", err)
	}
	page, err := w.EmergencySearch(ctx, regulator(), "", PatientQuery{Names: []string{"martin", "lena"}, BirthDate: "1944-03-05"})
	if got := ids(views(t, page, err)); !slices.Equal(got, []string{"pat-4"}) {
		t.Error(got)
	}
	if _, err := w.Patient(ctx, regulator(), "pat-4"); err != nil {
		t.Errorf("by id, shown before: %v", err)
	}
}

// A record's outer state as one who has the INS sees it.
func TestClosedRecordsShowAsClosed(t *testing.T) {
	ctx := context.Background()
	w := newWorld(t)
	closed := w.clock.now().Add(-time.Hour)
	w.seed(func(s *Seeder) {
		_ = s.AddPatient(patientSeed(1, "FERMÉ", "Guy"))
		_ = s.SetRecord(RecordSeed{PatientID: "pat-1", State: StateClosed, ClosedAt: closed, MT: gp().ID})
	})
	one := ins(1)
	page, err := w.MyPatients(ctx, gp(), PatientQuery{Identifier: &one})
	got := views(t, page, err)
	if len(got) != 1 || got[0].Active || !got[0].ClosedAt.Equal(closed) {
		t.Errorf("%+v", got)
	}
	if _, err := w.OpenAccess(ctx, gp(), "pat-1", "", ""); code(err) != fhir.NoRecord {
		t.Errorf("open: %v", err)
	}
	if _, err := w.list(gp(), "", "pat-1"); code(err) != fhir.NoRecord {
		t.Errorf("list: %v", err)
	}
}

func TestFold(t *testing.T) {
	for in, want := range map[string]string{
		"LEFÈVRE": "lefevre", "L'Hœr-Élysée": "l hoer elysee", "  a  b ": "a b", "Straße": "strasse", "Ørsted Æ": "orsted ae", "": "", "--": "",
	} {
		if got := fold(in); got != want {
			t.Errorf("%q: %q, want %q", in, got, want)
		}
	}
}

func FuzzFold(f *testing.F) {
	f.Add("L'Hœr-Élysée")
	f.Fuzz(func(t *testing.T, s string) {
		once := fold(s)
		if fold(once) != once {
			t.Errorf("%q folds to %q, which folds on", s, once)
		}
		if strings.TrimSpace(once) != once || strings.Contains(once, "  ") {
			t.Errorf("%q: loose spaces", once)
		}
	})
}
