package record

import (
	"slices"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

func TestWhatACopyIsTold(t *testing.T) {
	now := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	w := copyWindow{acts: now.AddDate(-2, 0, 0), filed: now}
	doc := func(n, version int64, edit ...func(*store.DocMark)) store.DocMark {
		m := store.DocMark{N: n, Version: version, Start: now.AddDate(0, -1, 0), Filed: now.Add(-time.Hour), Type: "11488-4", Current: true}
		for _, e := range edit {
			e(&m)
		}
		return m
	}
	old := func(m *store.DocMark) { m.Start = now.AddDate(-3, 0, 0) }
	vaccination := func(m *store.DocMark) { m.Type = "87273-9" }
	filedSince := func(m *store.DocMark) { m.Filed = now.Add(time.Hour) }
	superseded := func(m *store.DocMark) { m.Current = false }
	has := func(n, version, batch int64) store.Copied { return store.Copied{N: n, Version: version, Batch: batch} }
	upTo := func(from, batch int64) copyStamp { return copyStamp{From: from, Batch: batch} }
	for name, c := range map[string]struct {
		marks      []store.DocMark
		held       []store.Copied
		at         copyStamp
		send, gone []int64
	}{
		"all of the last two years":              {marks: []store.DocMark{doc(1, 1), doc(2, 1, old)}, send: []int64{1}},
		"every vaccination":                      {marks: []store.DocMark{doc(1, 1, old, vaccination)}, send: []int64{1}},
		"an old act that was filed since":        {marks: []store.DocMark{doc(1, 1, old, filedSince)}, send: []int64{1}},
		"no superseded one that it never had":    {marks: []store.DocMark{doc(1, 2, superseded)}},
		"nothing that it has":                    {marks: []store.DocMark{doc(1, 1)}, held: []store.Copied{has(1, 1, 1)}, at: upTo(1, 1)},
		"a description that changed":             {marks: []store.DocMark{doc(1, 2)}, held: []store.Copied{has(1, 1, 1)}, at: upTo(1, 1), send: []int64{1}},
		"one that was superseded":                {marks: []store.DocMark{doc(1, 2, superseded)}, held: []store.Copied{has(1, 1, 1)}, at: upTo(1, 1), send: []int64{1}},
		"a change of an old one that it has":     {marks: []store.DocMark{doc(1, 2, old)}, held: []store.Copied{has(1, 1, 1)}, at: upTo(1, 1), send: []int64{1}},
		"what an answer said that was lost":      {marks: []store.DocMark{doc(1, 1), doc(2, 1)}, held: []store.Copied{has(1, 1, 1), has(2, 1, 2)}, at: upTo(1, 1), send: []int64{2}},
		"all again to a copy that begins anew":   {marks: []store.DocMark{doc(1, 1), doc(2, 1)}, held: []store.Copied{has(1, 1, 1), has(2, 1, 2)}, send: []int64{1, 2}},
		"the rest to one that began anew":        {marks: []store.DocMark{doc(1, 1), doc(2, 1)}, held: []store.Copied{has(1, 1, 3), has(2, 1, 2)}, at: upTo(3, 3), send: []int64{2}},
		"what is hidden now":                     {held: []store.Copied{has(1, 1, 1)}, at: upTo(1, 1), gone: []int64{1}},
		"not twice that it is gone":              {held: []store.Copied{has(1, 0, 2)}, at: upTo(1, 2)},
		"that it is gone, when that was lost":    {held: []store.Copied{has(1, 0, 2)}, at: upTo(1, 1), gone: []int64{1}},
		"one that is shown again":                {marks: []store.DocMark{doc(1, 3)}, held: []store.Copied{has(1, 0, 2)}, at: upTo(1, 2), send: []int64{1}},
		"nothing of what it never had: no trace": {at: upTo(1, 1)},
	} {
		t.Run(name, func(t *testing.T) {
			got := differ(c.marks, c.held, c.at, w)
			var send, gone []int64
			for _, m := range got.send {
				send = append(send, m.N)
			}
			for _, h := range got.gone {
				gone = append(gone, h.N)
			}
			if !slices.Equal(send, c.send) || !slices.Equal(gone, c.gone) {
				t.Errorf("sends %v, gone %v", send, gone)
			}
		})
	}
}

// follower is a copy as its desktop keeps it.
type follower struct {
	*world
	p     Principal
	lease Lease
	stamp string
}

func (w *world) copyOf(p Principal) *follower {
	w.t.Helper()
	l, err := w.TakeCopy(bg, p, "", "pat-1")
	w.must(err)
	f := &follower{world: w, p: p, lease: l}
	f.follow()
	return f
}

// follow takes all changes and gives how many came, and what went.
func (f *follower) follow() (came int, gone []string) {
	f.t.Helper()
	for {
		got, err := f.CopyChanges(bg, f.p, f.lease.ID, f.stamp)
		f.must(err)
		came, gone, f.stamp = came+len(got.Documents), append(gone, got.Gone...), got.Stamp
		if !got.More {
			return came, gone
		}
	}
}

func (f *follower) state() fhir.CopyState {
	f.t.Helper()
	got, err := f.CheckCopies(bg, f.p, []fhir.CopyCheck{{Lease: f.lease.ID, Stamp: f.stamp}})
	f.must(err)
	return got[0]
}

// moved tells whether the stamp is another one, and follows.
func (f *follower) moved() bool {
	f.t.Helper()
	s := f.state()
	if !s.Runs {
		f.t.Fatal("the copy ended")
	}
	before := f.stamp
	f.follow()
	return s.Stamp != before
}

// shelf is a world to which documents are added.
type shelf struct {
	*world
	people map[string]*seededPerson
}

// copyWorld has five documents in the record of pat-1, which the general
// practitioner may read.
func copyWorld(t *testing.T) *shelf {
	w := &shelf{}
	w.world = heldWorld(t, func(w2 *world, s *Seeder) {
		for _, n := range []string{"0", "1", "2", "3", "4"} {
			w2.must(s.AddDocument(w2.documentSeed("pat-1", n)))
		}
		w.people = s.people
	})
	w.allow(gp())
	return w
}

// add adds a document as edit changes it.
func (w *shelf) add(unique string, edit func(*DocumentSeed)) {
	w.t.Helper()
	s, err := w.Seed()
	w.must(err)
	s.people = w.people
	d := w.documentSeed("pat-1", unique)
	d.FiledAt = w.clock.now()
	edit(&d)
	w.must(s.AddDocument(d))
	w.must(s.Close())
}

func nothing(*DocumentSeed) {}

// A stamp moves with what its reader may see, and with nothing else.
func TestAStampTellsNothingOfWhatIsHidden(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	yes, no := true, false
	for _, c := range []struct {
		name  string
		do    func()
		moves bool
	}{
		{"nothing", func() {}, false},
		{"a masked document comes", func() { w.add("5", func(d *DocumentSeed) { d.Masked = true }) }, false},
		{"a document of a type for others comes", func() {
			w.add("6", func(d *DocumentSeed) { d.Type.Code = "DOCPAT07"; d.ByPatient = true; d.Masked = true })
		}, false},
		{"a masked one is hidden from the patient's representatives too", func() { w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("5"), HeldChange{Masked: &yes})) }, false},
		{"somebody else is blocked", func() { w.must(w.Block(bg, zoe(), "pat-1", optician().ID)) }, false},
		{"somebody else is let in", func() { w.allow(pharmacist()) }, false},
		{"a document comes", func() { w.add("7", nothing) }, true},
		{"one is masked", func() { w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("7"), HeldChange{Masked: &yes})) }, true},
		{"it is shown again", func() { w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("7"), HeldChange{Masked: &no})) }, true},
		{"the reader becomes médecin traitant", func() { w.must(w.DeclareMT(bg, zoe(), "pat-1", gp().ID)) }, true},
	} {
		c.do()
		if f.moved() != c.moves {
			t.Errorf("%s: the stamp moved %v", c.name, !c.moves)
		}
	}
	w.sound()
}

// A masked document goes, and is not told of once more; what was never given is
// never told to be gone.
func TestGoneIsToldOfWhatWasGiven(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	yes := true
	w.add("5", func(d *DocumentSeed) { d.Masked = true })
	w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("1"), HeldChange{Masked: &yes}))
	if came, gone := f.follow(); came != 0 || !slices.Equal(gone, []string{docID("1")}) {
		t.Errorf("%d came, gone %v", came, gone)
	}
	if _, err := w.CopyContent(bg, gp(), f.lease.ID, docID("1")); code(err) != fhir.NotFound {
		t.Errorf("a content that is masked: %v", err)
	}
	if got, err := w.CopyChanges(bg, gp(), f.lease.ID, ""); err != nil || len(got.Documents) != 4 {
		t.Errorf("anew: %d documents, %v", len(got.Documents), err)
	}
}

// A lease is renewed by asking, never beyond what the right lasts.
func TestCopiesAreRenewedByAsking(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	at := func() time.Duration { return f.state().Until.Sub(w.clock.now()) }
	w.clock.advance(renewStep / 2)
	if at() != leaseTime-renewStep/2 {
		t.Errorf("it was written for %v", renewStep/2)
	}
	w.clock.advance(20 * time.Hour)
	if at() != leaseTime {
		t.Errorf("it runs for %v", at())
	}
	w.clock.advance(leaseTime)
	if f.state().Runs {
		t.Error("it came back after its time")
	}
	w.letsIn(RuleTeam, 0)
	limited := copyWorld(t)
	limited.must(limited.Revoke(bg, zoe(), "pat-1", limited.ruleID(RuleAuthorisation)))
	limited.letsIn(RuleAuthorisation, 30*time.Hour)
	f = limited.copyOf(gp())
	end := limited.clock.now().Add(30 * time.Hour)
	limited.clock.advance(10 * time.Hour)
	if s := f.state(); !s.Runs || !s.Until.Equal(end) {
		t.Errorf("a right until %v: %+v", end, s)
	}
	limited.clock.advance(20 * time.Hour)
	if f.state().Runs {
		t.Error("it outlives the right")
	}
}

// told counts what the history tells of working copies.
func (w *world) toldCopies(who string) (n int) {
	w.t.Helper()
	h, err := w.History(bg, zoe(), "pat-1", HistoryQuery{Who: who})
	w.must(err)
	for _, v := range h.Visits {
		for _, a := range v.Acts {
			if a.Kind == fhir.KindCopy {
				n += a.Count
			}
		}
	}
	return n
}

func TestTheHistoryTellsOfACopyOnceADay(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	for range 3 {
		f = w.copyOf(gp())
		f.state()
		c, err := w.CopyContent(bg, gp(), f.lease.ID, docID("0"))
		w.must(err)
		w.must(c.Reader.Close())
		w.clock.advance(time.Minute)
	}
	if n := w.toldCopies(gp().ID); n != 1 {
		t.Errorf("%d on the first day", n)
	}
	w.clock.advance(day(1))
	f.state()
	if f.follow(); w.toldCopies(gp().ID) != 1 {
		t.Error("a copy that is given nothing is told")
	}
	w.add("5", nothing)
	f.follow()
	w.add("6", nothing)
	f.follow()
	if n := w.toldCopies(gp().ID); n != 2 {
		t.Errorf("%d on two days", n)
	}
	w.must(w.ReturnCopy(bg, gp(), f.lease.ID))
	w.copyOf(gp())
	if n := w.toldCopies(gp().ID); n != 4 {
		t.Errorf("a return and a new copy: %d", n)
	}
	if got := w.noticeKinds(t); got != "" {
		t.Errorf("copies were told as visits: %q", got)
	}
}

// A right given to an establishment: each member has a lease of their own, in
// their own name, that shows what they may read.
func TestMembersShareACopyEachInTheirOwnName(t *testing.T) {
	w := copyWorld(t)
	colleague := pharmacist()
	colleague.ID, colleague.Name, colleague.Session = "810000000009", "Lise GARNIER", "signin-lise"
	w.add("5", func(d *DocumentSeed) { d.Type.Code = "15508-5" }) // of a birth
	assistant := colleague
	assistant.ID, assistant.Name, assistant.Session, assistant.Profession = "810000000010", "Tom ADAM", "signin-tom", "28"
	w.must(w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: pharmacist().OrgID, Kind: RuleAuthorisation}))
	given := map[string][]fhir.Entry{}
	leases := map[string]Lease{}
	for _, p := range []Principal{pharmacist(), colleague, assistant} {
		l, err := w.TakeCopy(bg, p, "", "pat-1")
		w.must(err)
		if !l.Shared || l.Basis != fhir.BasisAuthorised {
			t.Errorf("%s: %+v", p.Name, l)
		}
		got, err := w.CopyChanges(bg, p, l.ID, "")
		w.must(err)
		given[p.ID], leases[p.ID] = got.Documents, l
	}
	if l, err := w.TakeCopy(bg, gp(), "", "pat-1"); err != nil || l.Shared {
		t.Errorf("a right of one's own: %+v, %v", l, err)
	}
	for _, p := range []Principal{pharmacist(), colleague, assistant} {
		page, err := w.list(p, "", "pat-1")
		w.must(err)
		if len(page.Items) != len(given[p.ID]) {
			t.Errorf("%s reads %d and is given %d", p.Name, len(page.Items), len(given[p.ID]))
		}
	}
	if len(given[assistant.ID]) >= len(given[colleague.ID]) {
		t.Errorf("an optician is given %d, a pharmacist %d", len(given[assistant.ID]), len(given[colleague.ID]))
	}
	states := func(p Principal) (runs []bool) {
		var ask []fhir.CopyCheck
		for _, q := range []Principal{pharmacist(), colleague, assistant} {
			ask = append(ask, fhir.CopyCheck{Lease: leases[q.ID].ID})
		}
		got, err := w.CheckCopies(bg, p, ask)
		w.must(err)
		for _, s := range got {
			runs = append(runs, s.Runs)
		}
		return runs
	}
	if got := states(colleague); !slices.Equal(got, []bool{false, true, false}) {
		t.Errorf("a colleague's leases: %v", got)
	}
	w.provide(store.KindBlock, "pat-1", colleague.ID)
	if got := states(colleague); got[1] {
		t.Error("blocked, and the copy runs")
	}
	if got := states(pharmacist()); !got[0] {
		t.Error("a colleague was blocked, and one's own copy ended")
	}
	w.must(w.Revoke(bg, zoe(), "pat-1", w.ruleOf(pharmacist().OrgID)))
	if got := states(pharmacist()); got[0] {
		t.Error("the establishment's right ended, and the copy runs")
	}
}

// ruleOf is the id of the rule in force about an actor.
func (w *world) ruleOf(actor string) string {
	w.t.Helper()
	for _, r := range w.rulesOf(zoe()).Rules {
		if r.Active && r.Actor.ID == actor && r.Kind == RuleAuthorisation {
			return r.ID
		}
	}
	w.t.Fatal("no such rule")
	return ""
}

// Somebody who works in two places takes a copy in each: one place's right does
// not follow them to the other.
func TestACopyIsOfOnePlaceOfWork(t *testing.T) {
	w := copyWorld(t)
	w.must(w.Allow(bg, zoe(), "pat-1", GrantAsked{Actor: pharmacist().OrgID, Kind: RuleAuthorisation}))
	f := w.copyOf(pharmacist())
	elsewhere := f.p
	elsewhere.OrgID, elsewhere.Session = optician().OrgID, "signin-2"
	got, err := w.CheckCopies(bg, elsewhere, []fhir.CopyCheck{{Lease: f.lease.ID}})
	if err != nil || got[0].Runs {
		t.Errorf("elsewhere: %+v, %v", got, err)
	}
	if _, err := w.CopyChanges(bg, elsewhere, f.lease.ID, ""); code(err) != fhir.NoConsent {
		t.Errorf("elsewhere: %v", err)
	}
	again := f.p
	again.Session = "signin-tomorrow"
	if got, err := w.CheckCopies(bg, again, []fhir.CopyCheck{{Lease: f.lease.ID}}); err != nil || !got[0].Runs {
		t.Errorf("signed in anew at the same place: %+v, %v", got, err)
	}
}

// late is a read of a document under a copy.
func (f *follower) late(document string, at time.Time) fhir.OfflineRead {
	return fhir.OfflineRead{ID: uuid.NewString(), Lease: f.lease.ID, PatientID: "pat-1", DocumentID: document, At: at, Mode: fhir.ModeNormal}
}

// Whatever became of the document meanwhile, the answer is the same, and a read
// of what is not of the record names nothing.
func TestReceiptsTellNothingOfDocuments(t *testing.T) {
	w := copyWorld(t)
	w.add("other", func(d *DocumentSeed) { d.PatientID = "pat-2" })
	f := w.copyOf(gp())
	yes := true
	w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("1"), HeldChange{Masked: &yes}))
	w.add("5", func(d *DocumentSeed) { d.Status = "entered-in-error" })
	var reads []fhir.OfflineRead
	for _, d := range []string{docID("0"), docID("1"), docID("5"), docID("other"), "unknown", ""} {
		reads = append(reads, f.late(d, w.clock.now()))
	}
	got, err := w.ReportReads(bg, gp(), reads)
	w.must(err)
	for i, r := range got {
		if r != (fhir.ReadReceipt{ID: reads[i].ID, Kept: true}) {
			t.Errorf("%q: %+v", reads[i].DocumentID, r)
		}
	}
	named := 0
	for _, a := range w.lastVisit(t, HistoryQuery{Who: gp().ID}).Acts {
		if a.Document == docID("other") {
			t.Error("a document of another record is named")
		}
		if a.Document != "" {
			named++
		}
	}
	if named != 2 { // one of them is withdrawn
		t.Errorf("%d documents are named", named)
	}
	w.sound()
}

// An offline read is an access: the first one is told, and each visit to who
// wishes so; taking a copy is none.
func TestOfflineReadsAreToldAsVisits(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	report := func(ago time.Duration) {
		t.Helper()
		got, err := w.ReportReads(bg, gp(), []fhir.OfflineRead{f.late(docID("0"), w.clock.now().Add(-ago)), f.late("", w.clock.now().Add(-ago))})
		w.must(err)
		if !got[0].Kept || got[0].Revoked {
			t.Fatalf("%+v", got)
		}
	}
	if got := w.noticeKinds(t); got != "" {
		t.Errorf("before: %q", got)
	}
	w.clock.advance(time.Hour)
	report(time.Minute)
	if got := w.noticeKinds(t); got != noticeFirstAccess {
		t.Errorf("after the first read: %q", got)
	}
	w.clock.advance(5 * time.Hour)
	report(time.Minute)
	if got := w.noticeKinds(t); got != noticeFirstAccess {
		t.Errorf("who does not wish to know is told: %q", got)
	}
	w.must(w.Choose(bg, zoe(), "pat-1", Choices{EveryVisit: true}))
	report(time.Minute)
	if got := w.noticeKinds(t); got == noticeFirstAccess {
		t.Error("who wishes to know of each visit is not told")
	}
}

// A read under a lease that another one took the place of is none after the end.
func TestARenewedCopyDoesNotMakeReadsLate(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	w.clock.advance(time.Hour)
	w.copyOf(gp())
	w.clock.advance(time.Hour)
	r := f.late(docID("0"), w.clock.now().Add(-time.Minute))
	if got, err := w.ReportReads(bg, gp(), []fhir.OfflineRead{r}); err != nil || !got[0].Kept || got[0].Revoked {
		t.Errorf("%+v, %v", got, err)
	}
	w.must(w.Block(bg, zoe(), "pat-1", gp().ID))
	w.clock.advance(time.Hour)
	r = f.late(docID("0"), w.clock.now())
	if got, err := w.ReportReads(bg, gp(), []fhir.OfflineRead{r}); err != nil || !got[0].Kept || !got[0].Revoked {
		t.Errorf("after the block: %+v, %v", got, err)
	}
}

// A clock that is wrong, or was made so, hides no access: the read is told at the time
// that it can have been, as uncertain.
func TestAWrongClockHidesNoRead(t *testing.T) {
	w := copyWorld(t)
	f := w.copyOf(gp())
	taken := w.clock.now()
	w.clock.advance(time.Hour)
	for i, c := range []struct {
		told, heard time.Time
		detail      string
	}{
		{w.clock.now().Add(8 * time.Minute), w.clock.now(), detailUnsure},
		{w.clock.now().AddDate(3, 0, 0), w.clock.now(), detailUnsure},
		{taken.Add(-time.Hour), taken, detailUnsure},
		{time.Time{}, taken, detailUnsure},
		{w.clock.now().Add(4 * time.Minute), w.clock.now().Add(4 * time.Minute), ""},
	} {
		r := f.late(docID("0"), c.told)
		for range 2 { // handed in again it is the same one
			got, err := w.ReportReads(bg, gp(), []fhir.OfflineRead{r})
			w.must(err)
			if got[0] != (fhir.ReadReceipt{ID: r.ID, Kept: true}) {
				t.Errorf("%d: %+v", i, got)
			}
		}
		found := 0
		for _, v := range w.history(t, holder(1), HistoryQuery{Who: gp().ID}).Visits {
			for _, a := range v.Acts {
				if a.At.Equal(c.heard) && a.Detail == c.detail && a.Document == docID("0") {
					found++
				}
			}
		}
		if found == 0 {
			t.Errorf("%d: the history does not tell it at %v", i, c.heard)
		}
	}
	w.sound()
}

// Too many at once are refused, not cut.
func TestTooManyAtOnce(t *testing.T) {
	w := copyWorld(t)
	if _, err := w.CheckCopies(bg, gp(), make([]fhir.CopyCheck, maxCopyChecks+1)); code(err) != fhir.BadValue {
		t.Errorf("checks: %v", err)
	}
	if _, err := w.ReportReads(bg, gp(), make([]fhir.OfflineRead, maxOfflineReads+1)); code(err) != fhir.BadValue {
		t.Errorf("reads: %v", err)
	}
}
