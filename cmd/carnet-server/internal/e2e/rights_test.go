package e2e

import (
	"net/http"
	"slices"
	"testing"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestRightsDeclaredByOpen holds the functional-rights table (contract section
// 5), column by column, as $open tells it to clients.
func TestRightsDeclaredByOpen(t *testing.T) {
	w := newWorld(t)
	professional := []string{
		fhir.RightRead, fhir.RightReadMaskedOwn, fhir.RightUpload, fhir.RightDeclareConsent, fhir.RightWithdrawOwn, fhir.RightMask,
		fhir.RightUnmaskOwn, fhir.RightShowPatient, fhir.RightArchiveOwn, fhir.RightDeleteOwn, fhir.RightTracesOwn, fhir.RightBreakGlass,
	}
	without := []string{ // no relation: filing, protecting the patient, asking
		fhir.RightUpload, fhir.RightDeclareConsent, fhir.RightWithdrawOwn, fhir.RightMask, fhir.RightDeleteOwn, fhir.RightTracesOwn, fhir.RightBreakGlass,
	}
	for _, c := range []struct {
		name, who, patient, mode, basis, refusal string
		rights                                   []string
	}{
		{"professional, not a doctor", pharmacist, alice, fhir.ModeNormal, fhir.BasisAuthorised, "", professional},
		{"care team", nurse, alice, fhir.ModeNormal, fhir.BasisCareTeam, "", professional},
		{"doctor, not the médecin traitant", gp, alice, fhir.ModeNormal, fhir.BasisAuthorised, "", professional},
		{"médecin traitant", mt, alice, fhir.ModeNormal, fhir.BasisMT, "", append([]string{
			fhir.RightReadMaskedAll, fhir.RightUnmaskAll, fhir.RightArchiveAll, fhir.RightManagePatient, fhir.RightTracesAll,
		}, professional...)},
		{"médecin traitant whom the patient blocked", mt, hugo, fhir.ModeNormal, fhir.BasisMT, "", append([]string{
			fhir.RightReadMaskedAll, fhir.RightUnmaskAll, fhir.RightArchiveAll, fhir.RightManagePatient, fhir.RightTracesAll,
		}, professional...)},
		{"occupational doctor", occupational, alice, fhir.ModeNormal, "", "profession", []string{
			fhir.RightUpload, fhir.RightMask, fhir.RightUnmaskOwn, fhir.RightShowPatient, fhir.RightArchiveOwn, fhir.RightDeleteOwn, fhir.RightTracesOwn,
		}},
		{"break-glass", stranger, alice, fhir.ModeBreakGlass, fhir.BasisEmergency, "", []string{
			fhir.RightRead, fhir.RightUpload, fhir.RightArchiveOwn, fhir.RightDeleteOwn,
		}},
		{"break-glass, not a doctor", pharmacist, carol, fhir.ModeBreakGlass, fhir.BasisEmergency, "", []string{
			fhir.RightRead, fhir.RightReadMaskedAll, fhir.RightUpload, fhir.RightDeleteOwn,
		}},
		{"centre 15, masked documents allowed", regulator, carol, fhir.ModeCentre15, fhir.BasisEmergency, "", []string{
			fhir.RightRead, fhir.RightReadMaskedAll, fhir.RightUpload, fhir.RightArchiveOwn, fhir.RightDeleteOwn,
		}},
		{"nobody's doctor", stranger, alice, fhir.ModeNormal, "", "no-consent", without},
		{"blocked: as nobody's doctor", blocked, alice, fhir.ModeNormal, "", "no-consent", without},
		{"authorisation over", gp, hugo, fhir.ModeNormal, "", "no-consent", without},
		{"regulator", regulator, alice, fhir.ModeNormal, "", "no-consent", append([]string{fhir.RightCentre15}, without...)},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := w.open(c.who, c.patient, c.mode, "motif")
			got, want := slices.Sorted(slices.Values(a.Rights)), slices.Sorted(slices.Values(c.rights))
			if !slices.Equal(got, want) || a.Basis != c.basis || a.Refusal != c.refusal || a.Session == "" || a.End.IsZero() {
				t.Errorf("basis %q refusal %q rights\n got %v\nwant %v", a.Basis, a.Refusal, got, want)
			}
		})
	}
}

// column is who asks, and how: a column of the functional-rights table.
type column struct{ who, mode string }

// The columns.
var (
	professional = column{pharmacist, fhir.ModeNormal}
	doctor       = column{gp, fhir.ModeNormal}
	treating     = column{mt, fhir.ModeNormal}
	work         = column{occupational, fhir.ModeNormal}
	emergency    = column{regulator, fhir.ModeCentre15}
	glass        = column{stranger, fhir.ModeBreakGlass}
)

const (
	ok        = http.StatusOK
	created   = http.StatusCreated
	forbidden = http.StatusForbidden
	absent    = http.StatusNotFound
)

// TestFunctionalRightsTable does each function as each column of the table, on
// one's own document and on somebody else's.
func TestFunctionalRightsTable(t *testing.T) {
	w := newWorld(t)
	// want: professional, doctor, médecin traitant, occupational, centre 15, break-glass
	codes := map[int]fhir.Code{forbidden: fhir.Forbidden, absent: fhir.NotFound}
	columns := []column{professional, doctor, treating, work, emergency, glass}
	type setup = func(c column) ask
	own := func(edit ...func(*record.DocumentSeed)) func(c column) string {
		return func(c column) string { return w.document(alice, c.who, edit...) }
	}
	foreign := func(edit ...func(*record.DocumentSeed)) func(c column) string {
		return func(column) string { return w.document(alice, nurse, edit...) }
	}
	session := func(c column) string { return w.session(c.who, alice, c.mode) }
	patching := func(doc func(column) string, ops string) setup {
		return func(c column) ask { return patch(c.who, session(c), doc(c), ops) }
	}
	reading := func(doc func(column) string) setup {
		return func(c column) ask { return read(c.who, session(c), doc(c)) }
	}
	for _, f := range []struct {
		function string
		do       setup
		want     [6]int
	}{
		{"upload", func(c column) ask { return w.file(c.who, session(c), alice) }, [6]int{created, created, created, created, created, created}},
		{"list", func(c column) ask { return list(c.who, session(c), alice) }, [6]int{ok, ok, ok, forbidden, ok, ok}},
		{"read non-masked", reading(foreign()), [6]int{ok, ok, ok, absent, ok, ok}},
		{"read masked, own", reading(own(masked)), [6]int{ok, ok, ok, absent, absent, absent}},
		{"read masked, another's", reading(foreign(masked)), [6]int{absent, absent, ok, absent, absent, absent}},
		{"mask another's", patching(foreign(), labels(fhir.LabelMasked)), [6]int{ok, ok, ok, absent, forbidden, forbidden}},
		{"mask own", patching(own(), labels(fhir.LabelMasked)), [6]int{ok, ok, ok, ok, forbidden, forbidden}},
		{"unmask own", patching(own(masked), labels()), [6]int{ok, ok, ok, ok, forbidden, forbidden}},
		{"unmask another's", patching(foreign(masked), labels()), [6]int{absent, absent, ok, absent, absent, absent}},
		{"make visible to the patient", patching(own(hiddenPat), labels()), [6]int{ok, ok, ok, ok, forbidden, forbidden}},
		{"archive own", patching(own(), archive(true)), [6]int{ok, ok, ok, ok, ok, ok}},
		{"unarchive own", patching(own(archived), archive(false)), [6]int{ok, ok, ok, ok, ok, ok}},
		{"archive another's", patching(foreign(), archive(true)), [6]int{forbidden, forbidden, ok, absent, forbidden, forbidden}},
		{"delete own", patching(own(), remove), [6]int{ok, ok, ok, ok, ok, ok}},
		{"delete another's", patching(foreign(), remove), [6]int{forbidden, forbidden, forbidden, absent, forbidden, forbidden}},
		{"delete the patient's", patching(foreign(byPatient), remove), [6]int{forbidden, forbidden, ok, absent, forbidden, forbidden}},
		{"archive the patient's", patching(foreign(byPatient), archive(true)), [6]int{forbidden, forbidden, ok, absent, forbidden, forbidden}},
		{"declare consent", func(c column) ask {
			body := fhir.Consent{Status: "active", PatientID: carol, DateTime: w.now(), Form: "oral", Source: fhir.SourceProfessional}
			return ask{who: c.who, path: "/Consent", body: string(body.JSON())}
		}, [6]int{created, created, created, forbidden, created, created}}, // a session has no part in it
		{"see own traces", func(c column) ask { return ask{who: c.who, path: "/AuditEvent?patient=" + alice} }, [6]int{ok, ok, ok, ok, ok, ok}},
	} {
		for i, c := range columns {
			w.play(t, []row{{name: f.function + " as " + c.who, ask: f.do(c), status: f.want[i], code: codes[f.want[i]]}})
		}
	}
}

func TestTracesOfOthersAreForTheTreatingDoctor(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	if a := w.do(read(gp, "", doc)); a.status != ok {
		t.Fatal(a.body)
	}
	agents := func(who string) map[string]bool {
		out := map[string]bool{}
		for _, e := range w.bundle(w.do(ask{who: who, path: "/AuditEvent?patient=" + alice})).Entries {
			v, err := fhir.ParseAuditEvent(e.Resource)
			w.must(err)
			out[v.AgentID] = true
		}
		return out
	}
	if got := agents(mt); !got[id(gp)] {
		t.Errorf("the médecin traitant sees %v", got)
	}
	if got := agents(gp); !got[id(gp)] || len(got) != 1 {
		t.Errorf("another doctor sees %v", got)
	}
	w.play(t, []row{{name: "another's, asked for", ask: ask{who: gp, path: "/AuditEvent?patient=" + alice + "&agent=" + id(mt)}, status: forbidden, code: fhir.Forbidden}})
}
