package record

import (
	"bytes"
	"context"
	"crypto/sha1"
	"crypto/sha256"
	"encoding/base64"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// draft is a document that a test files.
type draft struct {
	fhir.DocumentReference
	data []byte
	key  string
}

func newDraft(patient int, unique string, by Principal) draft {
	kind, _ := terminology.TypeByCode("11488-4")
	return draft{
		DocumentReference: fhir.DocumentReference{
			UniqueID: "urn:oid:1.2.9." + unique, Status: "current", Type: fhir.Coding{System: kind.System, Code: kind.Code},
			PatientINS: ins(patient), Date: "2026-11-20T08:30:00+01:00",
			Author:     fhir.Party{ID: by.ID, Name: by.Name, OrgID: by.OrgID, OrgName: by.OrgName},
			Attachment: fhir.Attachment{ContentType: "text/plain", Title: "Consultation du jour"},
		},
		data: []byte("Tout va bien. " + unique),
	}
}

// upload is the draft as it arrives, through the reader of ITI-105.
func (d draft) upload(t testing.TB) Upload {
	t.Helper()
	before, after := d.SplitJSON()
	body := append(append(before, base64.StdEncoding.EncodeToString(d.data)...), after...)
	return uploadOf(t, body, d.key)
}

func uploadOf(t testing.TB, body []byte, key string) Upload {
	t.Helper()
	split, err := fhir.SplitData(bytes.NewReader(body), fhir.DefaultSplitLimits())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = split.Close() })
	return Upload{Body: split.Body, Data: split.Data, File: split.File, Size: split.Size, SHA1: split.SHA1, SHA256: split.SHA256, Idempotency: key}
}

func (w *world) file(p Principal, d draft) (Resource, bool, error) {
	return w.File(context.Background(), p, "", d.upload(w.t))
}

// onePatient is a world with one patient whose médecin traitant is the GP.
func onePatient(t testing.TB) *world {
	w := newWorld(t)
	w.seed(func(s *Seeder) {
		_ = s.AddPatient(patientSeed(1, "LEFÈVRE", "Zoé"))
		_ = s.SetRecord(RecordSeed{PatientID: "pat-1", MT: gp().ID})
	})
	return w
}

func TestFilingADocument(t *testing.T) {
	w := onePatient(t)
	r, created, err := w.file(gp(), newDraft(1, "1", gp()))
	if err != nil || !created {
		t.Fatal(created, err)
	}
	v, err := fhir.ParseDocumentReference(r.JSON)
	if err != nil {
		t.Fatal(err)
	}
	n, err := fhir.Parse(r.JSON)
	if err != nil {
		t.Fatal(err)
	}
	if issues := fhir.CheckStored(n); len(issues) > 0 {
		t.Errorf("what is stored is not a PDSm document: %+v", issues)
	}
	sum := sha1.Sum([]byte("Tout va bien. 1"))
	if v.PatientID != "pat-1" || v.Version != "1" || v.Attachment.Hash != base64.StdEncoding.EncodeToString(sum[:]) || v.Category.Code == "" {
		t.Errorf("served: %+v", v)
	}
	got, err := w.content(gp(), "", r.ID)
	if err != nil || got != "Tout va bien. 1" {
		t.Errorf("content: %q, %v", got, err)
	}
	page, err := w.list(gp(), "", "pat-1")
	if err != nil || page.Total != 1 || !bytes.Equal(page.Items[0].JSON, r.JSON) {
		t.Errorf("list: %+v, %v", page, err)
	}
}

func TestWhatIsFiledOnceTakesEffectOnce(t *testing.T) {
	w := onePatient(t)
	d := newDraft(1, "1", gp())
	d.key = "key-1"
	first, created, err := w.file(gp(), d)
	if err != nil || !created {
		t.Fatal(err)
	}
	again, created, err := w.file(gp(), d)
	if err != nil || created || again.ID != first.ID || !bytes.Equal(again.JSON, first.JSON) {
		t.Errorf("the same again: %s, created %v, %v", again.JSON, created, err)
	}
	other := newDraft(1, "2", gp())
	other.key = "key-1"
	if _, _, err := w.file(gp(), other); code(err) != fhir.StateConflict {
		t.Errorf("another document under the same key: %v", err)
	}
	d.key = "key-2"
	_, _, err = w.file(gp(), d)
	if code(err) != fhir.Duplicate || err.(*fhir.Error).Location != "DocumentReference/"+first.ID {
		t.Errorf("the same unique id: %v", err)
	}
	theirs := newDraft(1, "1", pharmacist())
	_, _, err = w.file(pharmacist(), theirs)
	if code(err) != fhir.Duplicate || err.(*fhir.Error).Location != "" {
		t.Errorf("somebody else's unique id: %+v", err)
	}
}

func TestWhatIsRefusedAtFiling(t *testing.T) {
	w := onePatient(t)
	w.seed(func(s *Seeder) {
		for i, state := range map[int]string{2: StateClosed, 3: StateOpposed, 4: StatePending} {
			_ = s.AddPatient(patientSeed(i, "ÉTAT", "Un"))
			_ = s.SetRecord(RecordSeed{PatientID: patientSeed(i, "", "").ID, State: state})
		}
		unqualified := patientSeed(5, "PROVISOIRE", "Un")
		unqualified.Reliability = "PROV"
		_ = s.AddPatient(unqualified)
	})
	for name, c := range map[string]struct {
		change func(d *draft)
		want   fhir.Code
		at     string
	}{
		"closed record":            {func(d *draft) { d.PatientINS = ins(2) }, fhir.NoRecord, ""},
		"opposed record":           {func(d *draft) { d.PatientINS = ins(3) }, fhir.NoRecord, ""},
		"pending record":           {func(d *draft) { d.PatientINS = ins(4) }, fhir.NoRecord, ""},
		"unknown person":           {func(d *draft) { d.PatientINS = ins(99) }, fhir.NoRecord, ""},
		"identity not qualified":   {func(d *draft) { d.PatientINS = ins(5) }, fhir.BusinessRule, "subject"},
		"two identities":           {func(d *draft) { d.PatientID = "pat-2" }, fhir.Invalid, "subject"},
		"unknown type":             {func(d *draft) { d.Type.Code = "18842-5" }, fhir.BadCode, "type"},
		"class of another type":    {func(d *draft) { d.Category = fhir.Coding{System: fhir.SystemClass, Code: "31"} }, fhir.BusinessRule, "category[0]"},
		"somebody else's name":     {func(d *draft) { d.Author = fhir.Party{ID: pharmacist().ID, OrgID: pharmacist().OrgID} }, fhir.BusinessRule, "author[0]"},
		"somebody else's keeping":  {func(d *draft) { d.Custodian = fhir.Party{OrgID: "1750009999"} }, fhir.BusinessRule, "custodian"},
		"hash of other bytes":      {func(d *draft) { d.Attachment.Hash = "AAAAAAAAAAAAAAAAAAAAAAAAAAA=" }, fhir.Invalid, "content[0].attachment.hash"},
		"size of other bytes":      {func(d *draft) { d.Attachment.Size = 3 }, fhir.Invalid, "content[0].attachment.size"},
		"archived at once":         {func(d *draft) { d.Archived = true }, fhir.Invalid, "extension"},
		"unknown format":           {func(d *draft) { d.Attachment.ContentType = "application/zip" }, fhir.BadCode, "content[0].attachment.contentType"},
		"not the image it says":    {func(d *draft) { d.Attachment.ContentType = "image/png" }, fhir.Invalid, "content[0].attachment.contentType"},
		"a text with zeros":        {func(d *draft) { d.data = []byte("a\x00b") }, fhir.Invalid, "content[0].attachment.contentType"},
		"not the PDF it says":      {func(d *draft) { d.Attachment.ContentType = "application/pdf" }, fhir.Invalid, ""},
		"replaces nothing":         {func(d *draft) { d.Replaces = []string{"DocumentReference/none"} }, fhir.Invalid, "relatesTo[0].target"},
		"a status that is not new": {func(d *draft) { d.Status = "superseded" }, fhir.Invalid, "status"},
	} {
		t.Run(name, func(t *testing.T) {
			d := newDraft(1, "9", gp())
			c.change(&d)
			_, _, err := w.file(gp(), d)
			if code(err) != c.want {
				t.Fatalf("got %v, want %s", err, c.want)
			}
			if c.at != "" && !strings.HasSuffix(err.(*fhir.Error).Issues[0].Expression, c.at) {
				t.Errorf("names %q, want %q", err.(*fhir.Error).Issues[0].Expression, c.at)
			}
		})
	}
	if page, err := w.list(gp(), "", "pat-1"); err != nil || page.Total != 0 {
		t.Errorf("something was filed: %+v, %v", page, err)
	}
}

// What a client stored comes back element for element.
func TestWhatIsStoredComesBackWhole(t *testing.T) {
	w := onePatient(t)
	v := newDraft(1, "77", gp())
	data := base64.StdEncoding.EncodeToString(v.data)
	before, after := v.SplitJSON()
	body := string(before) + data + string(after)
	body = strings.Replace(body, `"status":"current"`, `"status":"current","_status":{"extension":[{"url":"http://example.org/d","valueDecimal":1.500}]}`, 1)
	r, _, err := w.File(context.Background(), gp(), "", uploadOf(t, []byte(body), ""))
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(r.JSON), `"_status":{"extension":[{"url":"http://example.org/d","valueDecimal":1.500}]}`) {
		t.Errorf("a primitive's extension or a decimal's digits are lost: %s", r.JSON)
	}
	if strings.Contains(string(r.JSON), data) {
		t.Error("the content is in the description")
	}
	sum := sha256.Sum256(v.data)
	if strings.Contains(string(r.JSON), base64.StdEncoding.EncodeToString(sum[:])) {
		t.Error("the mark in place of the content is served")
	}
}

func TestReplacingADocument(t *testing.T) {
	ctx := context.Background()
	w := onePatient(t)
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
	old, err := w.Document(ctx, gp(), "", first.ID)
	if err != nil {
		t.Fatal(err)
	}
	v, err := fhir.ParseDocumentReference(old.JSON)
	if err != nil || v.Status != "superseded" || v.Version != "2" || v.ReplacedBy != "DocumentReference/"+second.ID {
		t.Errorf("the replaced one: %+v, %v", v, err)
	}
	page, err := w.list(gp(), "", "pat-1")
	if err != nil || page.Total != 1 || page.Items[0].ID != second.ID {
		t.Errorf("current ones: %+v, %v", page, err)
	}
	again := newDraft(1, "3", gp())
	again.Replaces = next.Replaces
	if _, _, err := w.file(gp(), again); code(err) != fhir.StateConflict {
		t.Errorf("replacing the replaced one: %v", err)
	}
}

// The same filing sent by several callers at once takes effect once.
func TestTheSameFilingAtOnce(t *testing.T) {
	w := onePatient(t)
	d := newDraft(1, "1", gp())
	d.key = "key-1"
	var callers sync.WaitGroup
	var created atomic.Int64
	var first sync.Map
	for range 8 {
		u := d.upload(t)
		callers.Go(func() {
			r, fresh, err := w.File(context.Background(), gp(), "", u)
			if err != nil {
				t.Error(err)
			}
			if fresh {
				created.Add(1)
			}
			first.Store(r.ID, true)
		})
	}
	callers.Wait()
	n := 0
	first.Range(func(any, any) bool { n++; return true })
	if created.Load() != 1 || n != 1 {
		t.Errorf("created %d times, as %d documents", created.Load(), n)
	}
	if page, err := w.list(gp(), "", "pat-1"); err != nil || page.Total != 1 {
		t.Errorf("%+v, %v", page, err)
	}
}
