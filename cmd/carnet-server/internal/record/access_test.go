package record

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// noticeKinds lists what a patient is to be told, in order.
func (w *world) noticeKinds(t *testing.T) string {
	t.Helper()
	var out []string
	execRows(t, w.dir, `SELECT kind FROM notice ORDER BY n`, func(s string) { out = append(out, s) })
	return strings.Join(out, " ")
}

func TestOpeningARecord(t *testing.T) {
	ctx := context.Background()
	for name, c := range map[string]struct {
		who          Principal
		mode, reason string
		record       RecordSeed
		want         fhir.Code
		basis        string
		refusal      string
		reads        bool
		notices      string
	}{
		"médecin traitant":           {who: gp(), record: RecordSeed{MT: gp().ID}, basis: fhir.BasisMT, reads: true, notices: "first-access"},
		"a stranger":                 {who: pharmacist(), refusal: "no-consent"},
		"break-glass":                {who: otherGP(), mode: fhir.ModeBreakGlass, reason: "coma", basis: fhir.BasisEmergency, reads: true, notices: "emergency"},
		"break-glass, no reason":     {who: otherGP(), mode: fhir.ModeBreakGlass, reason: "  ", want: fhir.Required},
		"break-glass, opposed":       {who: otherGP(), mode: fhir.ModeBreakGlass, reason: "coma", record: RecordSeed{OpposeBreakGlass: true}, want: fhir.NoConsent},
		"centre 15":                  {who: regulator(), mode: fhir.ModeCentre15, reason: "coma", basis: fhir.BasisEmergency, reads: true, notices: "emergency"},
		"centre 15 for a GP":         {who: otherGP(), mode: fhir.ModeCentre15, reason: "coma", want: fhir.Forbidden},
		"centre 15, opposed":         {who: regulator(), mode: fhir.ModeCentre15, reason: "coma", record: RecordSeed{OpposeCentre15: true}, want: fhir.NoConsent},
		"a mode that does not exist": {who: gp(), mode: "magic", want: fhir.Forbidden},
		"an opposed record":          {who: gp(), record: RecordSeed{State: StateOpposed, MT: gp().ID}, want: fhir.NoRecord},
		"nobody":                     {who: Principal{}, want: fhir.Unauthenticated},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.seed(func(s *Seeder) {
				_ = s.AddPatient(patientSeed(1, "LEFÈVRE", "Zoé"))
				c.record.PatientID = "pat-1"
				_ = s.SetRecord(c.record)
			})
			a, err := w.OpenAccess(ctx, c.who, "pat-1", c.mode, c.reason)
			if code(err) != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if a.Basis != c.basis || a.Refusal != c.refusal || slices.Contains(a.Rights, fhir.RightRead) != c.reads {
				t.Errorf("%+v", a)
			}
			if err == nil && (a.Session == "" || !a.End.After(w.clock.now()) || !slices.Contains(a.Rights, fhir.RightUpload)) {
				t.Errorf("%+v", a)
			}
			if got := w.noticeKinds(t); got != c.notices {
				t.Errorf("notices %q, want %q", got, c.notices)
			}
		})
	}
}

func TestAnAccessIsBoundAndEnds(t *testing.T) {
	ctx := context.Background()
	w := secretWorld(t)
	open := func() string {
		a, err := w.OpenAccess(ctx, regulator(), "pat-1", fhir.ModeCentre15, "coma")
		if err != nil {
			t.Fatal(err)
		}
		return a.Session
	}
	session := open()
	if _, err := w.content(regulator(), session, docID("open")); err != nil {
		t.Fatal(err)
	}
	if _, err := w.content(regulator(), "", docID("open")); code(err) != fhir.NotFound {
		t.Errorf("without the session: %v", err)
	}
	if _, err := w.content(regulator(), session, docID("elsewhere")); code(err) != fhir.NotFound {
		t.Errorf("in another record: %v", err)
	}
	thief := regulator()
	thief.Session = "another sign-in"
	for name, who := range map[string]Principal{"another person": otherGP(), "another sign-in": thief} {
		if _, err := w.content(who, session, docID("open")); code(err) != fhir.Forbidden {
			t.Errorf("%s: %v", name, err)
		}
		if err := w.CloseAccess(ctx, who, session); err != nil {
			t.Errorf("%s closes: %v", name, err)
		}
	}
	if _, err := w.content(regulator(), session, docID("open")); err != nil {
		t.Errorf("somebody else closed it: %v", err)
	}
	for range 2 {
		if err := w.CloseAccess(ctx, regulator(), session); err != nil {
			t.Error(err)
		}
	}
	if _, err := w.content(regulator(), session, docID("open")); code(err) != fhir.Forbidden {
		t.Errorf("after closing: %v", err)
	}
	late := open()
	w.clock.advance(consent.EmergencyTime)
	if _, err := w.content(regulator(), late, docID("open")); code(err) != fhir.Forbidden {
		t.Errorf("after its end: %v", err)
	}
}

func consentBody(patient string, c fhir.Consent) []byte {
	c.PatientID, c.Status, c.Source = patient, "active", fhir.SourceProfessional
	if c.Form == "" {
		c.Form = formOral
	}
	return c.JSON()
}

func TestDeclaringAConsent(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	body := consentBody("pat-1", fhir.Consent{ActorID: pharmacist().ID, DateTime: w.clock.now(), End: w.clock.now().Add(72 * time.Hour)})
	first, err := w.DeclareConsent(ctx, pharmacist(), body)
	if err != nil {
		t.Fatal(err)
	}
	if again, err := w.DeclareConsent(ctx, pharmacist(), body); err != nil || again.ID != first.ID {
		t.Errorf("declared twice: %+v, %v", again, err)
	}
	if got := w.noticeKinds(t); got != "consent" {
		t.Errorf("notices: %q", got)
	}
	a, err := w.OpenAccess(ctx, pharmacist(), "pat-1", "", "")
	if err != nil || a.Basis != fhir.BasisAuthorised || !a.Until.Equal(w.clock.now().Add(72*time.Hour)) {
		t.Errorf("%+v, %v", a, err)
	}
	if page, err := w.MyPatients(ctx, pharmacist(), PatientQuery{}); err != nil || page.Total != 1 {
		t.Errorf("my patients: %+v, %v", page, err)
	}
	if err := w.WithdrawOwn(ctx, pharmacist(), "pat-1"); err != nil {
		t.Fatal(err)
	}
	if _, err := w.list(pharmacist(), "", "pat-1"); code(err) != fhir.NoConsent {
		t.Errorf("after withdrawing: %v", err)
	}
	mine, err := w.Consents(ctx, pharmacist(), "pat-1", "")
	if err != nil || mine.Total != 1 {
		t.Fatalf("%+v, %v", mine, err)
	}
	if v, err := fhir.ParseConsent(mine.Items[0].JSON); err != nil || v.Status != "inactive" {
		t.Errorf("%+v, %v", v, err)
	}
	if theirs, err := w.Consents(ctx, gp(), "pat-1", ""); err != nil || theirs.Total != 0 {
		t.Errorf("somebody else's: %+v, %v", theirs, err)
	}
	w.clock.advance(time.Hour)
	if _, err := w.DeclareConsent(ctx, pharmacist(), body); err != nil {
		t.Errorf("declared anew: %v", err)
	}
	w.clock.advance(72 * time.Hour)
	if _, err := w.list(pharmacist(), "", "pat-1"); code(err) != fhir.NoConsent {
		t.Errorf("after its end: %v", err)
	}
}

func TestConsentsThatAreRefused(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	w.provide(store.KindBlock, "pat-1", otherGP().ID)
	occupational := otherGP()
	occupational.ID, occupational.Specialty = "810000000006", "SM25"
	now := w.clock.now()
	for name, c := range map[string]struct {
		who  Principal
		body []byte
		want fhir.Code
	}{
		"not JSON":             {pharmacist(), []byte("{"), fhir.Malformed},
		"no such patient":      {pharmacist(), consentBody("none", fhir.Consent{DateTime: now}), fhir.NotFound},
		"for somebody else":    {pharmacist(), consentBody("pat-1", fhir.Consent{ActorID: otherGP().ID, DateTime: now}), fhir.BusinessRule},
		"that is over":         {pharmacist(), consentBody("pat-1", fhir.Consent{DateTime: now, End: now.Add(-time.Hour)}), fhir.Invalid},
		"that lifts a block":   {otherGP(), consentBody("pat-1", fhir.Consent{DateTime: now}), fhir.NoConsent},
		"for an employer":      {occupational, consentBody("pat-1", fhir.Consent{DateTime: now}), fhir.Forbidden},
		"without its form":     {pharmacist(), []byte(strings.Replace(string(consentBody("pat-1", fhir.Consent{DateTime: now})), formOral, "crié", 1)), fhir.Required},
		"that denies somebody": {pharmacist(), []byte(strings.Replace(string(consentBody("pat-1", fhir.Consent{DateTime: now})), `"permit"`, `"deny"`, 1)), fhir.Invalid},
	} {
		if _, err := w.DeclareConsent(ctx, c.who, c.body); code(err) != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
	if _, err := w.list(otherGP(), "", "pat-1"); code(err) != fhir.NoConsent {
		t.Errorf("the block was lifted: %v", err)
	}
}

// A blocked professional files, and reads nothing of it.
func TestABlockedProfessionalFiles(t *testing.T) {
	w := onePatient(t)
	w.provide(store.KindBlock, "pat-1", pharmacist().ID)
	r, created, err := w.file(pharmacist(), newDraft(1, "1", pharmacist()))
	if err != nil || !created {
		t.Fatal(err)
	}
	if _, err := w.content(pharmacist(), "", r.ID); code(err) != fhir.NotFound {
		t.Errorf("reads it: %v", err)
	}
	if _, err := w.content(gp(), "", r.ID); err != nil {
		t.Errorf("the médecin traitant: %v", err)
	}
}

func TestChangingADocument(t *testing.T) {
	ctx := context.Background()
	yes, no := true, false
	labels := func(codes ...string) []fhir.Coding {
		out := []fhir.Coding{}
		for _, c := range codes {
			out = append(out, fhir.LabelCoding(c))
		}
		return out
	}
	for name, c := range map[string]struct {
		who   Principal
		patch Patch
		match string
		want  fhir.Code
		check func(v fhir.DocumentReference) bool
	}{
		"mask":               {who: gp(), patch: Patch{Labels: labels("N", fhir.LabelMasked)}, check: func(v fhir.DocumentReference) bool { return v.Masked && v.Confidential == "N" }},
		"the author hides":   {who: otherGP(), patch: Patch{Labels: labels("N", fhir.LabelHiddenPatient)}, check: func(v fhir.DocumentReference) bool { return v.HiddenPatient }},
		"another hides":      {who: gp(), patch: Patch{Labels: labels("N", fhir.LabelHiddenPatient)}, want: fhir.Forbidden},
		"archive":            {who: gp(), patch: Patch{Archived: &yes}, check: func(v fhir.DocumentReference) bool { return v.Archived }},
		"archived already":   {who: gp(), patch: Patch{Archived: &no}, check: func(v fhir.DocumentReference) bool { return !v.Archived && v.Version == "1" }},
		"the author deletes": {who: otherGP(), patch: Patch{Status: consent.StatusWithdrawn}, check: func(v fhir.DocumentReference) bool { return v.Status == consent.StatusWithdrawn }},
		"another deletes":    {who: gp(), patch: Patch{Status: consent.StatusWithdrawn}, want: fhir.Forbidden},
		"supersede":          {who: gp(), patch: Patch{Status: "superseded"}, want: fhir.PatchRefused},
		"level":              {who: gp(), patch: Patch{Labels: labels("R")}, want: fhir.PatchRefused},
		"unknown label":      {who: gp(), patch: Patch{Labels: labels("SECRET")}, want: fhir.BadCode},
		"an old version":     {who: gp(), patch: Patch{Archived: &yes}, match: "7", want: fhir.VersionConflict},
		"this version":       {who: gp(), patch: Patch{Archived: &yes}, match: "1", check: func(v fhir.DocumentReference) bool { return v.Version == "2" }},
	} {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t)
			w.seed(func(s *Seeder) {
				_ = s.AddPatient(patientSeed(1, "LEFÈVRE", "Zoé"))
				_ = s.SetRecord(RecordSeed{PatientID: "pat-1", MT: gp().ID})
				_ = s.Authorise(AuthorisationSeed{PatientID: "pat-1", Actor: otherGP().ID})
				_ = s.AddDocument(w.documentSeed("pat-1", "1"))
			})
			c.patch.Ops = []byte(`[]`)
			r, err := w.PatchDocument(ctx, c.who, "", PatchTarget{UniqueID: "urn:oid:1.2.3.1", IfMatch: c.match}, c.patch)
			if code(err) != c.want {
				t.Fatalf("got %v, want %q", err, c.want)
			}
			if err != nil {
				return
			}
			v, err := fhir.ParseDocumentReference(r.JSON)
			if err != nil || !c.check(v) {
				t.Errorf("%s, %v", r.JSON, err)
			}
		})
	}
}

// What is hidden until the announcement consultation is announced to the
// patient when it is shown.
func TestHiddenUntilAnnounced(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	d := newDraft(1, "1", gp())
	d.HiddenPatient = true
	r, _, err := w.file(gp(), d)
	if err != nil {
		t.Fatal(err)
	}
	if got := w.noticeKinds(t); got != "" {
		t.Errorf("announced at once: %q", got)
	}
	shown := Patch{Labels: []fhir.Coding{fhir.LabelCoding("N")}, Ops: []byte(`[]`)}
	if _, err := w.PatchDocument(ctx, gp(), "", PatchTarget{ID: r.ID}, shown); err != nil {
		t.Fatal(err)
	}
	if got := w.noticeKinds(t); got != noticeDocument {
		t.Errorf("when shown: %q", got)
	}
}

func TestUndoingAMisfiledDocument(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	r, _, err := w.file(gp(), newDraft(1, "1", gp()))
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := w.Undo(ctx, gp(), "", r.ID); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := w.content(gp(), "", r.ID); code(err) != fhir.Withdrawn {
		t.Errorf("its content: %v", err)
	}
	if page, err := w.list(gp(), "", "pat-1"); err != nil || page.Total != 0 {
		t.Errorf("listed: %+v, %v", page, err)
	}
	if _, err := w.content(pharmacist(), "", r.ID); code(err) != fhir.NotFound {
		t.Errorf("a stranger: %v", err)
	}
	if got := w.noticeKinds(t); got != "document document first-access" {
		t.Errorf("notices: %q", got)
	}
}

// A link to a hidden document is none.
func TestLinksDoNotShowHiddenDocuments(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
	w.provide(store.KindAuthorisation, "pat-1", pharmacist().ID)
	first, _, err := w.file(gp(), newDraft(1, "1", gp()))
	if err != nil {
		t.Fatal(err)
	}
	next := newDraft(1, "2", gp())
	next.Replaces = []string{"DocumentReference/" + first.ID}
	second, _, err := w.file(gp(), next)
	if err != nil {
		t.Fatal(err)
	}
	hide := Patch{Labels: []fhir.Coding{fhir.LabelCoding("N"), fhir.LabelCoding(fhir.LabelMasked)}, Ops: []byte(`[]`)}
	if _, err := w.PatchDocument(ctx, gp(), "", PatchTarget{ID: first.ID}, hide); err != nil {
		t.Fatal(err)
	}
	r, err := w.Document(ctx, pharmacist(), "", second.ID)
	if err != nil || strings.Contains(string(r.JSON), first.ID) {
		t.Errorf("%s, %v", r.JSON, err)
	}
	page, err := w.list(pharmacist(), "", "pat-1")
	if err != nil || page.Total != 1 || strings.Contains(string(page.Items[0].JSON), first.ID) {
		t.Errorf("%+v, %v", page, err)
	}
	if r, err := w.Document(ctx, gp(), "", second.ID); err != nil || !strings.Contains(string(r.JSON), first.ID) {
		t.Errorf("who may see it: %s, %v", r.JSON, err)
	}
}
