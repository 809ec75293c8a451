package fhir

import (
	"encoding/json"
	"os"
	"path/filepath"
	"reflect"
	"testing"
	"time"
)

var noon = time.Date(2026, 6, 12, 12, 30, 15, 250e6, time.UTC)

func fullPatient() Patient {
	return Patient{
		ID: "p1", Version: "3", LastUpdated: noon, INS: Identifier{SystemINSTest, "279035121518989"},
		BirthName: "D'ARTAGNAN-ÉLAN", UsedName: "CŒUR", Given: []string{"ZOÉ", "MARIE-LOU"}, FirstGiven: "ZOÉ",
		Gender: "female", BirthDate: "1979-03-28", BirthPlace: "51215", City: "Sainte-Menehould", Reliability: "QUAL",
		Active: true, ClosedAt: noon, Relation: BasisCareTeam, RelationEnd: noon, LastVisit: noon, New: 4,
	}
}

func fullDocument() DocumentReference {
	return DocumentReference{
		ID: "d1", Version: "2", LastUpdated: noon, UniqueID: "urn:oid:1.2.250.1.213.1.4.10.99999.1", Status: "current",
		Type: Coding{SystemLOINC, "11502-2", "CR d'examens biologiques"}, Category: Coding{SystemClass, "10", "Compte rendu"},
		PatientID: "p1", PatientINS: Identifier{SystemINSTest, "279035121518989"}, Date: "2026-06-12T10:00:00+02:00",
		Author:    Party{ID: "899700218896", Name: "Dr Anne \"MOREL\"", Specialty: "G15_10/SM54", OrgID: "1750000001", OrgName: "Cabinet"},
		Custodian: Party{OrgID: "1750000001", OrgName: "Cabinet\tMOREL"}, Description: "Ligne 1\nLigne 2",
		Confidential: "N", Masked: true, HiddenPatient: true, HiddenReps: true, Archived: true,
		Attachment: Attachment{
			ContentType: "application/pdf", Language: "fr-FR", URL: "Binary/d1", Size: 4096,
			Hash: "A/hMRrv6Y15BjSM8kMLidrz+mHc=", Title: "Biologie \\ 12 juin", Creation: "2026-06-12T10:00:00+02:00",
		},
		Format:      Coding{"http://ihe.net/fhir/ihe.formatcode.fhir/CodeSystem/formatcode", "urn:ihe:iti:xds:2017:mimeTypeSufficient", ""},
		PeriodStart: "2026-06-12T08:00:00+02:00", PeriodEnd: "2026-06-12T09:00:00+02:00",
		Facility: Coding{"https://x.example", "SA07", "Cabinet individuel"}, Practice: Coding{"https://x.example", "AMBULATOIRE", ""},
		Event: []Coding{{"https://x.example", "E1", ""}}, Replaces: []string{"DocumentReference/d0"}, ReplacedBy: "DocumentReference/d2",
	}
}

func fullAudit() AuditEvent {
	return AuditEvent{
		ID: "a1", Recorded: noon, Kind: KindRead, Action: "R", Outcome: "0", OutcomeDesc: "lu",
		AgentID: "899700218896", AgentName: "Dr Anne MOREL", AgentRole: "10", OrgID: "1750000001", OrgName: "Cabinet",
		Mode: ModeBreakGlass, Reason: "Patient inconscient", PatientID: "p1", PatientName: "ZOÉ", DocumentID: "d1",
		DocumentTitle: "Biologie", RequestID: "r-1", Query: "status=current",
	}
}

// roundTrip holds that what is built passes the strict reader and the check,
// and reads back as it was.
func roundTrip[T any](t *testing.T, name string, v T, data []byte, parse func([]byte) (T, error)) {
	t.Helper()
	n, err := Parse(data)
	if err != nil {
		t.Fatalf("%s: %v\n%s", name, err, data)
	}
	for _, i := range Check(n) {
		t.Errorf("%s: %s: %s", name, i.Expression, i.Message)
	}
	got, err := parse(data)
	if err != nil || !reflect.DeepEqual(got, v) {
		t.Errorf("%s: %v\n got %+v\nwant %+v", name, err, got, v)
	}
}

func TestViewsPassTheCheckAndReadBack(t *testing.T) {
	roundTrip(t, "patient", fullPatient(), fullPatient().JSON(), ParsePatient)
	roundTrip(t, "patient, little known", Patient{Active: false}, Patient{}.JSON(), ParsePatient)
	roundTrip(t, "document", fullDocument(), fullDocument().JSON(), ParseDocumentReference)
	set := SubmissionSet{
		ID: "s1", UniqueID: "urn:oid:1.2.3", PatientID: "p1", Date: "2026-06-12T10:00:00Z", Title: "Lot",
		Source: Party{ID: "899700218896", Name: "Dr X"}, Entries: []string{"DocumentReference/d1"},
	}
	roundTrip(t, "submission set", set, set.JSON(), ParseSubmissionSet)
	consent := Consent{
		ID: "c1", Version: "1", Status: "active", PatientID: "p1", DateTime: noon, Form: "oral", Source: SourceProfessional,
		ActorID: "899700218896", ActorName: "Dr Anne MOREL", Start: noon, End: noon.AddDate(0, 1, 0), Visit: true,
	}
	roundTrip(t, "consent", consent, consent.JSON(), ParseConsent)
	consent.Source, consent.ActorID = SourcePatient, "1750000001"
	roundTrip(t, "consent of the patient", consent, consent.JSON(), ParseConsent)
	declared := Consent{Status: "active", PatientID: "p1", DateTime: noon, Form: "oral", Source: SourceProfessional, Visit: true}
	roundTrip(t, "consent as declared", declared, declared.JSON(), ParseConsent)
	access := Access{
		Session: "s", PatientID: "p1", Mode: ModeNormal, Basis: BasisMT, Until: noon, End: noon,
		Rights: []string{RightRead, RightUpload}, Refusal: "no-consent", LastVisit: noon,
	}
	roundTrip(t, "access", access, access.JSON(), ParseAccess)
	bundle := Bundle{
		Type: BundleSearchset, Total: 2, Links: []Link{{"self", "https://x.example/fhir"}, {"next", "https://x.example/fhir?page=abc"}},
		Entries: []Entry{{FullURL: "https://x.example/fhir/Patient/p1", Resource: fullPatient().JSON(), Mode: "match"}},
	}
	roundTrip(t, "bundle", bundle, bundle.JSON(), ParseBundle)
	roundTrip(t, "empty bundle", Bundle{Type: BundleSearchset}, Bundle{Type: BundleSearchset}.JSON(), ParseBundle)
	capability := Capability{
		Name: "Carnet", Version: "1", Demo: true, Date: noon, URL: "https://x.example/fhir",
		Resources: []CapabilityResource{{
			Type: "Patient", Interactions: []string{"read"}, SearchParams: []CapabilityParam{{Name: "name", Type: "string"}},
			Operations: []CapabilityOperation{{"match", "http://hl7.org/fhir/OperationDefinition/Patient-match"}}, ConditionalPatch: true,
		}},
	}
	roundTrip(t, "capability", capability, capability.JSON(), ParseCapability)
}

func TestEveryKindOfAuditEntryPassesTheCheck(t *testing.T) {
	for _, kind := range []string{
		KindSearch, KindSearchSets, KindRead, KindReadMeta, KindCreate, KindSubmit, KindPatch, KindReplace, KindUndo,
		KindOpen, KindClose, KindConsent, KindDenial, KindMiss, KindHistory, KindLookup, KindPatientQuery,
	} {
		a := fullAudit()
		a.Kind = kind
		roundTrip(t, kind, a, a.JSON(), ParseAuditEvent)
	}
}

func TestParametersOfTheOperationsReadBack(t *testing.T) {
	traits := Traits{BirthName: "É", FirstGiven: "ZOÉ", Sex: "F", BirthDate: "1979-03-28", BirthPlace: "51215"}
	roundTrip(t, "match", traits, traits.MatchParameters(), ParseMatch)
	for _, missing := range []Traits{{}, {BirthName: "É", FirstGiven: "Z", Sex: "F", BirthDate: "1979"}, {BirthName: "É", FirstGiven: "Z", BirthDate: "1979-03-28"}} {
		if _, err := ParseMatch(missing.MatchParameters()); CodeOf(err) != Required {
			t.Errorf("%+v: %v", missing, err)
		}
	}
	args, err := ParseArguments(OpenParameters(ModeCentre15, "appel au 15"))
	if err != nil || args["mode"] != ModeCentre15 || args["reason"] != "appel au 15" {
		t.Errorf("%v, %v", args, err)
	}
	if args, err := ParseArguments(CloseParameters("s1")); err != nil || args["session"] != "s1" {
		t.Errorf("%v, %v", args, err)
	}
	if _, err := ParseArguments([]byte(`{"resourceType":"Parameters","parameter":[{"name":"mode","valueCode":"a"},{"name":"mode","valueCode":"b"}]}`)); CodeOf(err) != Malformed {
		t.Errorf("a parameter twice: %v", err)
	}
}

func TestSplitJSONLeavesRoomForTheContent(t *testing.T) {
	before, after := fullDocument().SplitJSON()
	whole := append(append(before, "YWJj"...), after...)
	var r struct {
		Content []struct{ Attachment struct{ Data, Title string } }
	}
	if err := json.Unmarshal(whole, &r); err != nil || r.Content[0].Attachment.Data != "YWJj" || r.Content[0].Attachment.Title == "" {
		t.Fatalf("%v: %s", err, whole)
	}
	if n, err := Parse(whole); err != nil || len(Check(n)) > 0 {
		t.Fatal(err, Check(n))
	}
}

func TestErrorsTravel(t *testing.T) {
	for _, e := range []*Error{
		{Code: NoConsent, Message: "Le patient ne vous a pas autorisé.", RequestID: "abc"},
		{Code: NotFound},
		{Code: PatchRefused, Message: "Non.", RequestID: "r1"},
		{Code: Invalid, Message: "Refusé.", RequestID: "r2", Issues: []Issue{
			{BadCode, "DocumentReference.status", "Code inconnu."}, {Required, "DocumentReference.content", "Manque."},
		}},
	} {
		n, err := Parse(e.OperationOutcome())
		if err != nil || len(Check(n)) > 0 {
			t.Errorf("%s: %v %v", e.Code, err, Check(n))
		}
		if got := ParseOutcome(e.Code.Status(), e.OperationOutcome()); !reflect.DeepEqual(got, e) {
			t.Errorf("got %+v\nwant %+v", got, e)
		}
	}
	foreign := []byte(`{"resourceType":"OperationOutcome","issue":[{"severity":"error","code":"expired","diagnostics":"x"}]}`)
	if e := ParseOutcome(401, foreign); e.Code != TokenExpired || e.Message != "x" {
		t.Errorf("%+v", e)
	}
	for _, body := range []string{"", "<html>", `{"resourceType":"Patient"}`} {
		if e := ParseOutcome(404, []byte(body)); e.Code != NotFound || e.Message != "" {
			t.Errorf("%q: %+v", body, e)
		}
	}
}

func TestPublishedExamplesRead(t *testing.T) {
	for _, name := range []string{"DocumentReference-doc-x-id", "DocumentReference-example-td2-iti105-publication-simplifiee"} {
		d, err := ParseDocumentReference(sample(t, "ans/"+name+".json"))
		if err != nil || d.Type.Code != "11488-4" || d.PatientINS != (Identifier{SystemINSNIR, "123456789012345"}) || d.Author.ID != "899700218896" {
			t.Errorf("%s: %v %+v", name, err, d)
		}
	}
	for name, want := range map[string]int{"searchset-documentreferences": 2, "fhir-document": 3} {
		b, err := ParseBundle(sample(t, "ans/Bundle-example-annexe-"+name+".json"))
		if err != nil || len(b.Entries) != want {
			t.Fatalf("%s: %v, %d entries", name, err, len(b.Entries))
		}
		for _, e := range b.Entries {
			if d, err := ParseDocumentReference(e.Resource); ResourceType(e.Resource) == "DocumentReference" &&
				(err != nil || d.UniqueID == "" || d.Confidential != "N" || d.Author.ID != "899700218896") {
				t.Errorf("%v %+v", err, d)
			}
		}
	}
	for _, name := range []string{"1-remplacement", "iti65-lot-soumission"} {
		b, err := ParseBundle(sample(t, "ans/Bundle-example-td2-"+name+".json"))
		if err != nil || b.Type != BundleTransaction || b.Entries[0].Method != "POST" {
			t.Fatalf("%s: %v %+v", name, err, b)
		}
		set, err := ParseSubmissionSet(b.Entries[0].Resource)
		if err != nil || len(set.Entries) != 1 || set.Source.ID != "899700218896" {
			t.Errorf("%s: %v %+v", name, err, set)
		}
		for _, e := range b.Entries {
			if ResourceType(e.Resource) == "Binary" {
				if typ, content, err := ParseBinary(e.Resource); err != nil || typ != "application/xml" || len(content) == 0 {
					t.Errorf("%s: %v", name, err)
				}
			}
		}
	}
}

func TestIHECapabilityStatementsReadAndLackOnlyTheirDate(t *testing.T) {
	files, err := filepath.Glob("testdata/ihe/*.json")
	if err != nil || len(files) != 4 {
		t.Fatal(files, err)
	}
	for _, f := range files {
		data, err := os.ReadFile(f)
		if err != nil {
			t.Fatal(err)
		}
		c, err := ParseCapability(data)
		if err != nil || len(c.Resources) == 0 && len(data) > 1500 {
			t.Errorf("%s: %v %+v", f, err, c)
		}
		n, err := Parse(data)
		if err != nil {
			t.Errorf("%s: %v", f, err)
			continue
		}
		// the publisher of these guides adds the date when it renders them
		if issues := Check(n); len(issues) != 1 || issues[0].Expression != "CapabilityStatement.date" || issues[0].Code != Required {
			t.Errorf("%s: %+v", f, issues)
		}
	}
}

func sample(t testing.TB, name string) []byte {
	t.Helper()
	data, err := os.ReadFile("testdata/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

func BenchmarkBundleOf50Documents(b *testing.B) {
	bundle := Bundle{Type: BundleSearchset, Total: 50}
	doc := fullDocument().JSON()
	for range 50 {
		bundle.Entries = append(bundle.Entries, Entry{FullURL: "https://x.example/fhir/DocumentReference/d1", Resource: doc, Mode: "match"})
	}
	b.ReportAllocs()
	for b.Loop() {
		b.SetBytes(int64(len(bundle.JSON())))
	}
}

func BenchmarkBuildDocument(b *testing.B) {
	d := fullDocument()
	buf := make([]byte, 0, 8192)
	b.ReportAllocs()
	for b.Loop() {
		buf = d.AppendJSON(buf[:0])
	}
}

func BenchmarkBuildPatient(b *testing.B) {
	p := fullPatient()
	buf := make([]byte, 0, 8192)
	b.ReportAllocs()
	for b.Loop() {
		buf = p.AppendJSON(buf[:0])
	}
}

func BenchmarkReadDocument(b *testing.B) {
	data := fullDocument().JSON()
	b.SetBytes(int64(len(data)))
	for b.Loop() {
		if _, err := ParseDocumentReference(data); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkParseAndCheckDocument(b *testing.B) {
	data := fullDocument().JSON()
	b.SetBytes(int64(len(data)))
	b.ReportAllocs()
	for b.Loop() {
		n, err := Parse(data)
		if err != nil || len(Check(n)) > 0 {
			b.Fatal(err)
		}
	}
}
