package e2e

import (
	"encoding/base64"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// report is the content of the n-th document of a lot.
func report(n int) []byte { return fmt.Appendf(nil, "Resultat %d", n) }

// lotOf describes n reports of text for a patient, as edit changes them.
func (w *world) lotOf(n int, patient, author string, edit ...func([]fhir.DocumentReference)) (fhir.SubmissionSet, []fhir.DocumentReference) {
	w.docs++
	at := w.now().UTC().Format(time.RFC3339)
	set := fhir.SubmissionSet{
		UniqueID:  fmt.Sprintf("urn:oid:1.2.250.1.213.1.4.10.4.%d", w.docs),
		PatientID: patient, PatientINS: insOf(patient), Date: at, Source: party(author), Title: "Titre-secret du lot",
	}
	docs := make([]fhir.DocumentReference, n)
	for i := range docs {
		w.docs++
		docs[i] = fhir.DocumentReference{
			UniqueID: fmt.Sprintf("urn:oid:1.2.250.1.213.1.4.10.3.%d", w.docs), Status: "current",
			Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11502-2"}, PatientID: patient, PatientINS: insOf(patient), Date: at,
			Author: party(author), Attachment: fhir.Attachment{ContentType: "text/plain", Language: "fr-FR", Title: "Titre-secret"},
			PeriodStart: at,
		}
	}
	for _, e := range edit {
		e(docs)
	}
	return set, docs
}

// transaction is the Bundle of a set with its contents.
func transaction(set fhir.SubmissionSet, docs []fhir.DocumentReference) string {
	var b strings.Builder
	for i, piece := range fhir.SplitLotJSON(set, docs) {
		b.Write(piece)
		if i < len(docs) {
			b.WriteString(base64.StdEncoding.EncodeToString(report(i)))
		}
	}
	return b.String()
}

func base64Of(s string) string { return base64.StdEncoding.EncodeToString([]byte(s)) }

// submit is a transaction of n reports.
func (w *world) submit(n int, patient, author string, edit ...func([]fhir.DocumentReference)) ask {
	w.Helper()
	return ask{who: author, path: "", body: transaction(w.lotOf(n, patient, author, edit...))}
}

// locations gives what a transaction made, by the order of its entries.
func (w *world) locations(a answer) (out []string) {
	w.Helper()
	for _, e := range w.bundle(a).Entries {
		if e.Status != "201" {
			w.Errorf("an entry answers %q", e.Status)
		}
		location, _, _ := strings.Cut(e.Location, "/_history/")
		out = append(out, location)
	}
	return out
}

// expressions gives the elements that an error names.
func expressions(a answer) (out []string) {
	for _, i := range fhir.ParseOutcome(a.status, []byte(a.body)).Issues {
		out = append(out, i.Expression)
	}
	return out
}

// TestLotIsFiledWhole: a good set is there with all its documents, in the
// transaction's order, logged as an import and document by document.
func TestLotIsFiledWhole(t *testing.T) {
	w := newWorld(t)
	before := len(w.ids(w.do(list(mt, "", alice))))
	got := w.do(w.submit(3, alice, mt))
	locations := w.locations(got)
	if len(locations) != 7 || !strings.HasPrefix(locations[0], "List/") {
		t.Fatalf("the answer is %v", locations)
	}
	for i := range 3 {
		doc, binary := locations[1+2*i], locations[2+2*i]
		id := strings.TrimPrefix(doc, "DocumentReference/")
		if id == doc || binary != "Binary/"+id {
			t.Errorf("entries %q and %q", doc, binary)
		}
		if c := w.do(read(mt, "", id)); c.body != string(report(i)) {
			t.Errorf("content %d is %q", i, c.body)
		}
	}
	if after := len(w.ids(w.do(list(mt, "", alice)))); after != before+3 {
		t.Errorf("%d documents, before %d", after, before)
	}
	want := []string{fhir.KindSubmit, fhir.KindCreate, fhir.KindCreate, fhir.KindCreate}
	if kinds := w.audit(mt, got.request); !slices.Equal(kinds, want) {
		t.Errorf("audit %v, want %v", kinds, want)
	}
	for _, e := range w.bundle(w.do(ask{who: mt, path: "/AuditEvent?_count=20"})).Entries {
		if v, err := fhir.ParseAuditEvent(e.Resource); err == nil && v.Kind == fhir.KindSubmit {
			body := string(e.Resource)
			if !strings.Contains(body, locations[0]) || !strings.Contains(body, "110107") || !strings.Contains(body, "ITI-65") {
				t.Errorf("the import is logged as %s", body)
			}
		}
	}
}

// TestLotRefusals: whatever is wrong with one entry fails all, and is named.
func TestLotRefusals(t *testing.T) {
	w := newWorld(t)
	before := w.ids(w.do(list(mt, "", alice)))
	second := func(f func(*fhir.DocumentReference)) func([]fhir.DocumentReference) {
		return func(docs []fhir.DocumentReference) { f(&docs[1]) }
	}
	const entry = "Bundle.entry[3].resource"
	mixed := func(docs []fhir.DocumentReference) { docs[1].PatientID, docs[1].PatientINS = carol, insOf(carol) }
	good := w.submit(2, alice, mt)
	with := func(old, replacement string) ask {
		a := w.submit(2, alice, mt)
		if !strings.Contains(a.body, old) {
			t.Fatalf("nothing to change: %s", old)
		}
		a.body = strings.Replace(a.body, old, replacement, 1)
		return a
	}
	rows := []struct {
		row
		at []string // elements that are named
	}{
		{row{name: "an unknown type", ask: w.submit(2, alice, mt, second(func(d *fhir.DocumentReference) { d.Type.Code = "0-0" })), status: 422, code: fhir.BadCode}, []string{entry + ".type"}},
		{row{name: "a wrong hash", ask: w.submit(2, alice, mt, second(func(d *fhir.DocumentReference) { d.Attachment.Hash = "A/hMRrv6Y15BjSM8kMLidrz+mHc=" })), status: 422, code: fhir.Invalid}, []string{entry + ".content[0].attachment.hash"}},
		{row{name: "a wrong hash, size and class", ask: w.submit(2, alice, mt, second(func(d *fhir.DocumentReference) {
			d.Attachment.Hash, d.Attachment.Size, d.Category = "A/hMRrv6Y15BjSM8kMLidrz+mHc=", 99, fhir.Coding{System: fhir.SystemClass, Code: "11"}
		})), status: 422, code: fhir.BusinessRule}, []string{entry + ".category[0]", entry + ".content[0].attachment.hash", entry + ".content[0].attachment.size"}},
		{row{name: "a file that is no PDF", ask: w.submit(2, alice, mt, second(func(d *fhir.DocumentReference) { d.Attachment.ContentType = "application/pdf" })), status: 422, code: fhir.Invalid}, []string{"Bundle.entry[4].resource.data"}},
		{row{name: "two faults in two documents", ask: w.submit(2, alice, mt, func(d []fhir.DocumentReference) { d[0].Type.Code, d[1].Attachment.Size = "0-0", 3 }), status: 422, code: fhir.BadCode}, []string{"Bundle.entry[1].resource.type", entry + ".content[0].attachment.size"}},
		{row{name: "two patients", ask: w.submit(2, alice, mt, mixed), status: 422, code: fhir.Invalid}, []string{entry + ".subject"}},
		{row{name: "another author", ask: w.submit(2, alice, mt, second(func(d *fhir.DocumentReference) { d.Author = party(gp) })), status: 422, code: fhir.BusinessRule}, []string{entry + ".author[0]"}},
		{row{name: "one unique id twice", ask: w.submit(2, alice, mt, func(d []fhir.DocumentReference) { d[1].UniqueID = d[0].UniqueID }), status: 422, code: fhir.Invalid}, nil},
		{row{name: "an unknown document to replace", ask: w.submit(2, alice, mt, second(func(d *fhir.DocumentReference) { d.Replaces = []string{"DocumentReference/unknown"} })), status: 422, code: fhir.Invalid}, []string{entry + ".relatesTo[0].target"}},
		{row{name: "51 documents", ask: w.submit(51, alice, mt), status: 422, code: fhir.Invalid}, []string{"Bundle.entry"}},
		{row{name: "over a hundred contents", ask: w.submit(101, alice, mt), status: 413, code: fhir.TooLarge}, []string{"Bundle.entry[202].resource.data"}},
		{row{name: "a truncated body", ask: ask{who: mt, path: "", body: good.body[:len(good.body)*2/3]}, status: 400, code: fhir.Malformed}, nil},
		{row{name: "no base64", ask: with(base64.StdEncoding.EncodeToString(report(1)), "?????"), status: 422, code: fhir.Invalid}, []string{"Bundle.entry[4].resource.data"}},
		{row{name: "an empty content", ask: with(base64.StdEncoding.EncodeToString(report(1)), ""), status: 422, code: fhir.Invalid}, []string{"Bundle.entry[4].resource.data"}},
		{row{name: "another bundle", ask: with(`"type":"transaction"`, `"type":"batch"`), status: 422, code: fhir.Invalid}, []string{"Bundle.type"}},
		{row{name: "another resource", ask: with(`"method":"POST","url":"List"`, `"method":"POST","url":"Patient"`), status: 422, code: fhir.Invalid}, []string{"Bundle.entry[0].request.url", "Bundle.entry"}},
		{row{name: "deletion by transaction", ask: with(`"method":"POST","url":"Binary"`, `"method":"DELETE","url":"Binary/x"`), status: 422, code: fhir.Invalid}, []string{"Bundle.entry[2].request.method", "Bundle.entry[1].resource.content[0].attachment.url"}},
		{row{name: "a closed record", ask: w.submit(2, dan, mt), status: 422, code: fhir.NoRecord}, nil},
		{row{name: "an opposed record", ask: w.submit(2, eve, mt), status: 422, code: fhir.NoRecord}, nil},
		{row{name: "an unknown INS", ask: func() ask {
			a := w.submit(2, alice, mt, func(docs []fhir.DocumentReference) {
				for i := range docs {
					docs[i].PatientID, docs[i].PatientINS.Value = "", "299999999999934"
				}
			})
			return a
		}(), status: 422, code: fhir.NoRecord}, []string{"Bundle.entry[1].resource.subject"}},
		{row{name: "an identity that is not qualified", ask: w.submit(1, gina, mt), status: 422, code: fhir.BusinessRule}, []string{"Bundle.entry[1].resource.subject"}},
		{row{name: "no token", ask: ask{path: "", body: good.body}, status: 401, code: fhir.Unauthenticated}, nil},
		{row{name: "no profession", ask: ask{who: system, path: "", body: good.body}, status: 401, code: fhir.Unauthenticated}, nil},
	}
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := w.do(r.ask)
			if got.status != r.status || got.code() != r.code {
				t.Fatalf("answer %d %s, want %d %s\n%s", got.status, got.code(), r.status, r.code, got.body)
			}
			if named := expressions(got); r.at != nil && !slices.Equal(named, r.at) {
				t.Errorf("names %v, want %v", named, r.at)
			}
			for _, secret := range []string{"Titre-secret", insOf(alice).Value} {
				if strings.Contains(got.body, secret) {
					t.Error("the refusal tells something private")
				}
			}
		})
	}
	if after := w.ids(w.do(list(mt, "", alice))); !slices.Equal(before, after) {
		t.Errorf("refused sets left documents: %v, before %v", after, before)
	}
	if left, err := filepath.Glob(filepath.Join(w.spool, "*")); err != nil || len(left) > 0 {
		t.Errorf("the spool holds %v %v", left, err)
	}
}

// TestPublishedLot: the published example is understood, and refused for its
// mistakes alone, each named.
func TestPublishedLot(t *testing.T) {
	w := newWorld(t)
	data, err := os.ReadFile("../../../../client/fhir/testdata/ans/Bundle-example-td2-iti65-lot-soumission.json")
	w.must(err)
	got := w.do(ask{who: mt, path: "", body: string(data)})
	const entry = "Bundle.entry[1].resource"
	if named, want := expressions(got), []string{entry + ".subject", entry + ".category[0]"}; got.status != 422 || !slices.Equal(named, want) {
		t.Errorf("%d names %v, want %v", got.status, named, want)
	}
	// Put right, it is filed.
	ins := insOf(alice)
	n, err := fhir.Parse([]byte(strings.NewReplacer("urn:oid:1.2.250.1.213.1.4.8\"", ins.System+"\"", "urn:oid:1.2.250.1.213.1.4.8|123456789012345",
		ins.System+"|"+ins.Value, "123456789012345", ins.Value).Replace(string(data))))
	w.must(err)
	n.Get("entry").Items[1].Get("resource").Remove("category")
	got = w.do(ask{who: mt, path: "", body: string(n.AppendJSON(nil))})
	doc := strings.TrimPrefix(w.locations(got)[1], "DocumentReference/")
	if c := w.do(read(mt, "", doc)); !strings.HasPrefix(c.body, "<?xml") {
		t.Errorf("the content is %q", c.body)
	}
}
