package record

import (
	"context"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

func officer() Staff {
	return Staff{ID: "dpo-1", Name: "Jeanne AUBRY", Role: StaffDPO, Session: "s", RequestID: "req-dpo"}
}

// lastVisit gives the last visit of a professional in a history.
func (w *world) lastVisit(t *testing.T, q HistoryQuery) Visit {
	t.Helper()
	h := w.history(t, holder(1), q)
	if len(h.Visits) == 0 {
		t.Fatal("no visit")
	}
	return h.Visits[0]
}

func TestContestingAnEmergencyAccess(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	a, err := w.OpenAccess(ctx, otherGP(), "pat-1", fhir.ModeBreakGlass, "douleur thoracique")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.content(otherGP(), a.Session, docID("a")); err != nil {
		t.Fatal(err)
	}
	w.lives(t, 1)
	emergency := w.lastVisit(t, HistoryQuery{Only: "emergency"})
	normal := w.lastVisit(t, HistoryQuery{Who: gp().ID})
	act := emergency.Acts[0].Seq
	for name, c := range map[string]struct {
		act   int64
		words string
		want  fhir.Code
	}{
		"no words":            {act, " \n", fhir.Required},
		"too many":            {act, strings.Repeat("é", maxWords+1), fhir.Invalid},
		"not an emergency":    {normal.Acts[0].Seq, "non", fhir.BusinessRule},
		"nothing there":       {1 << 40, "non", fhir.NotFound},
		"of another record":   {normal.Acts[len(normal.Acts)-1].Seq + 1, "non", fhir.NotFound},
		"before the log":      {-1, "non", fhir.NotFound},
		"the emergency":       {act, " Je n’étais pas là. ", ""},
		"again, by its visit": {emergency.Acts[1].Seq, "encore", ""},
	} {
		if err := w.ContestAccess(ctx, holder(1), "pat-1", c.act, c.words); code(err) != c.want {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := w.ContestAccess(ctx, holder(2), "pat-1", act, "non"); code(err) != fhir.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	for _, who := range []Staff{{}, {ID: "x", Role: StaffOperator}, {Role: StaffDPO}} {
		if _, err := w.Contested(ctx, who); code(err) != fhir.Unauthenticated {
			t.Errorf("%+v: %v", who, err)
		}
	}
	all, err := w.Contested(ctx, officer())
	if err != nil || len(all) != 1 {
		t.Fatalf("%+v, %v", all, err)
	}
	c := all[0]
	if c.Who.ID != otherGP().ID || c.Mode != fhir.ModeBreakGlass || c.Reason != "douleur thoracique" || c.Act != act || c.Patient == "" || !c.Answered.IsZero() {
		t.Errorf("%+v", c)
	}
	if c.Words != "Je n’étais pas là." && c.Words != "encore" { // the map's order decides which came first
		t.Errorf("words %q", c.Words)
	}
	if err := w.AnswerComplaint(ctx, officer(), c.ID, "Nous avons interrogé le médecin."); err != nil {
		t.Fatal(err)
	}
	if err := w.AnswerComplaint(ctx, officer(), c.ID, "encore"); code(err) != fhir.BusinessRule {
		t.Errorf("answered twice: %v", err)
	}
	if err := w.AnswerComplaint(ctx, officer(), "nobody", "non"); code(err) != fhir.NotFound {
		t.Errorf("an unknown one: %v", err)
	}
	told, err := w.Notices(ctx, holder(1), "pat-1", 1)
	if err != nil || len(told) != 1 || told[0].Kind != noticeComplaint || told[0].Detail != "Nous avons interrogé le médecin." || told[0].Act != act {
		t.Errorf("%+v, %v", told, err)
	}
	h := w.history(t, holder(1), HistoryQuery{Limit: 3})
	if got := strings.Join(shortVisits(h), "\n"); !strings.Contains(got, StaffDPO) || !strings.Contains(got, fhir.KindComplaint) {
		t.Errorf("the history does not tell of it:\n%s", got)
	}
}

func TestOfflineCopies(t *testing.T) {
	ctx := context.Background()
	w := livedWorld(t)
	leases := func() []Lease {
		t.Helper()
		all, err := w.Leases(ctx, holder(1), "pat-1")
		if err != nil {
			t.Fatal(err)
		}
		return all
	}
	if _, err := w.TakeCopy(ctx, pharmacist(), "", "pat-1"); code(err) != fhir.NoConsent {
		t.Errorf("who may not read: %v", err)
	}
	l, err := w.TakeCopy(ctx, gp(), "", "pat-1")
	if err != nil || !l.Until.Equal(w.clock.now().Add(leaseTime)) {
		t.Fatalf("%+v, %v", l, err)
	}
	if got := w.noticeKinds(t); got != "" {
		t.Errorf("a working copy is no access: %q", got)
	}
	v := w.lastVisit(t, HistoryQuery{Who: gp().ID})
	if !v.Copy || v.Refused || v.Acts[0].Kind != fhir.KindCopy {
		t.Errorf("%+v", v)
	}
	renewed, err := w.TakeCopy(ctx, gp(), "", "pat-1")
	if err != nil {
		t.Fatal(err)
	}
	if all := leases(); len(all) != 1 || all[0].ID != renewed.ID || all[0].Who.Name != gp().Name {
		t.Errorf("%+v", all)
	}
	may := func(lease string) bool {
		t.Helper()
		ok, err := w.MayKeep(ctx, gp(), lease)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if may(l.ID) || !may(renewed.ID) {
		t.Error("the renewed one is kept, the former is not")
	}
	if ok, err := w.MayKeep(ctx, otherGP(), renewed.ID); ok || err != nil {
		t.Errorf("another's: %v %v", ok, err)
	}
	w.clock.advance(leaseTime - time.Millisecond)
	if !may(renewed.ID) {
		t.Error("it ended before its time")
	}
	w.clock.advance(time.Millisecond)
	if may(renewed.ID) || len(leases()) != 0 {
		t.Error("it is past its time")
	}

	third, err := w.TakeCopy(ctx, gp(), "", "pat-1")
	if err != nil {
		t.Fatal(err)
	}
	if err := w.ReturnCopy(ctx, otherGP(), third.ID); err != nil || !may(third.ID) {
		t.Errorf("another returned it: %v", err)
	}
	if err := w.ReturnCopy(ctx, gp(), third.ID); err != nil || may(third.ID) {
		t.Errorf("returned: %v", err)
	}

	// Who may no longer read keeps nothing, and does not get it back either.
	a, err := w.OpenAccess(ctx, otherGP(), "pat-1", fhir.ModeBreakGlass, "coma")
	if err != nil {
		t.Fatal(err)
	}
	urgent, err := w.TakeCopy(ctx, otherGP(), a.Session, "pat-1")
	if err != nil || !urgent.Until.Equal(a.End) {
		t.Errorf("an emergency's ends with it: %+v, %v", urgent, err)
	}
	kept, err := w.TakeCopy(ctx, gp(), "", "pat-1")
	if err != nil || len(leases()) != 2 {
		t.Fatal(err)
	}
	if err := w.DeclareMT(ctx, holder(1), "pat-1", ""); err != nil {
		t.Fatal(err)
	}
	if all := leases(); len(all) != 1 || all[0].ID != urgent.ID {
		t.Errorf("%+v", all)
	}
	if err := w.Choose(ctx, holder(1), "pat-1", Choices{NoOffline: true}); err != nil {
		t.Fatal(err)
	}
	if len(leases()) != 0 || may(kept.ID) {
		t.Error("no copies are wished")
	}
	if _, err := w.TakeCopy(ctx, otherGP(), a.Session, "pat-1"); code(err) != fhir.BusinessRule {
		t.Errorf("no copies are wished: %v", err)
	}
	if err := w.Choose(ctx, holder(1), "pat-1", Choices{}); err != nil {
		t.Fatal(err)
	}
	if len(leases()) != 0 {
		t.Error("what ended came back")
	}
}

// Until when a copy may be kept, and what was contested, lies under the seals.
func TestVerifyNoticesEditsOfLeasesAndComplaints(t *testing.T) {
	w := livedWorld(t)
	_, err := w.TakeCopy(bg, gp(), "", "pat-1")
	w.must(err)
	w.must(w.ContestAccess(bg, holder(1), "pat-1", w.emergency(t), "Pourquoi ?"))
	w.sound()
	for name, edit := range map[string]string{
		"a lease made longer":   `UPDATE lease SET until = until + 1`,
		"a lease of another":    `UPDATE lease SET patient = 2`,
		"a lease gone":          `DELETE FROM lease`,
		"a complaint gone":      `DELETE FROM complaint`,
		"a complaint answered":  `UPDATE complaint SET answered = 1`,
		"an entry's number":     `UPDATE entry SET number = number + 1 WHERE patient = 1`,
		"an entry's number off": `UPDATE entry SET number = 0 WHERE patient = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir() + "/copy"
			w.must(Backup(bg, w.dir, copied))
			execute(t, copied, edit)
			report, err := Verify(bg, copied)
			if err != nil || len(report.Problems) == 0 {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
}
