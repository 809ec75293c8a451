package fhir

import (
	"bytes"
	"encoding/base64"
	"os"
	"slices"
	"strings"
	"testing"
)

// lotBody is a transaction of contents.
func lotBody(contents ...[]byte) []byte {
	docs := make([]DocumentReference, len(contents))
	for i := range docs {
		docs[i] = DocumentReference{
			UniqueID: "urn:oid:1.2." + string(rune('1'+i)), Status: "current", Type: Coding{System: SystemLOINC, Code: "11502-2"},
			Attachment: Attachment{ContentType: "text/plain", Title: "Résultat"}, PeriodStart: "2026-11-20T08:30:00Z",
		}
	}
	var body []byte
	set := SubmissionSet{UniqueID: "urn:oid:1.2.9", PatientINS: Identifier{System: SystemINSTest, Value: "1"}, Date: "2026-11-20T08:30:00Z"}
	for i, piece := range SplitLotJSON(set, docs) {
		body = append(body, piece...)
		if i < len(contents) {
			body = base64.StdEncoding.AppendEncode(body, contents[i])
		}
	}
	return body
}

// Contents come out one after the other, in order, and the rest hangs together.
func TestLotComesApart(t *testing.T) {
	contents := [][]byte{[]byte("a"), bytes.Repeat([]byte("bé"), 50_000), []byte("ccc")}
	split, err := SplitLot(bytes.NewReader(lotBody(contents...)), DefaultLotLimits())
	if err != nil {
		t.Fatal(err)
	}
	defer split.Close()
	n, err := Parse(split.Body)
	if err != nil {
		t.Fatal(err)
	}
	asked, issues := ReadTransaction(n)
	if len(issues) > 0 || len(asked.Documents) != 3 || asked.Parts != 3 || asked.Entries != 7 || asked.SetEntry != 0 {
		t.Fatalf("%+v %v", asked, issues)
	}
	for i, d := range asked.Documents {
		part := split.Parts[asked.Binaries[d.Binary].Part]
		got := make([]byte, part.Size)
		if _, err := part.Data.ReadAt(got, 0); err != nil || !bytes.Equal(got, contents[i]) || LotEntryOf(d.Entry) != i {
			t.Errorf("document %d: %d bytes, %v", i, len(got), err)
		}
	}
	if len(split.Body) > 8<<10 || LotEntryOf(0) != -1 {
		t.Errorf("the body is %d bytes", len(split.Body))
	}
}

// What is wrong with the structure is named by entry.
func TestLotFindings(t *testing.T) {
	good := string(lotBody([]byte("a"), []byte("b")))
	for name, c := range map[string]struct {
		body string
		code Code
		at   []string
	}{
		"no base64":     {strings.Replace(good, `"Yg=="`, `"?"`, 1), Invalid, []string{"Bundle.entry[4].resource.data"}},
		"empty":         {strings.Replace(good, `"Yg=="`, `""`, 1), Invalid, []string{"Bundle.entry[4].resource.data"}},
		"cut":           {good[:len(good)-9], Malformed, nil},
		"another type":  {strings.Replace(good, `"transaction"`, `"batch"`, 1), Invalid, []string{"Bundle.type"}},
		"another media": {strings.Replace(good, `"Binary","contentType":"text/plain"`, `"Binary","contentType":"text/xml"`, 1), Invalid, []string{"Bundle.entry[2].resource.contentType"}},
		"an unlisted one": {
			strings.Replace(good, `,{"item":{"reference":"`+urlOf("document", "urn:oid:1.2.2")+`"}}`, "", 1),
			Invalid,
			[]string{"Bundle.entry[3]"},
		},
		"an unknown element": {strings.Replace(good, `"status":"current","type"`, `"statut":"current","type"`, 1), Malformed, nil},
		"another resource":   {strings.ReplaceAll(good, `"List"`, `"Patient"`), Malformed, nil},
		"no request":         {strings.Replace(good, `,"request":{"method":"POST","url":"List"}`, "", 1), Required, []string{"Bundle.entry[0].request"}},
	} {
		err := func() error {
			split, err := SplitLot(strings.NewReader(c.body), DefaultLotLimits())
			if err != nil {
				return err
			}
			defer split.Close()
			n, err := Parse(split.Body)
			if err != nil {
				return err
			}
			_, issues := ReadTransaction(n)
			return Refuse(issues)
		}()
		var at []string
		if e, ok := err.(*Error); ok {
			for _, i := range e.Issues {
				at = append(at, i.Expression)
			}
		}
		if CodeOf(err) != c.code || c.at != nil && !slices.Equal(at, c.at) {
			t.Errorf("%s: %v at %v, want %s at %v", name, err, at, c.code, c.at)
		}
	}
}

// A refusal tells where existing documents are, and is read again the same.
func TestOutcomeTellsExisting(t *testing.T) {
	e := &Error{Code: Duplicate, Message: "Déjà là.", Issues: []Issue{
		{Duplicate, "Bundle.entry[1].resource.masterIdentifier", "Déjà là."}, {StateConflict, "Bundle.entry[3].resource.masterIdentifier", "Autre contenu."},
	}, Existing: map[string]string{"Bundle.entry[1].resource.masterIdentifier": "DocumentReference/d1"}}
	body := e.OperationOutcome()
	n, err := Parse(body)
	if err != nil || len(Check(n)) > 0 {
		t.Fatal(err, Check(n))
	}
	got := ParseOutcome(409, body)
	if len(got.Existing) != 1 || got.Existing["Bundle.entry[1].resource.masterIdentifier"] != "DocumentReference/d1" || got.Issues[1].Code != StateConflict {
		t.Errorf("%+v", got)
	}
}

// FuzzSplitLot: whatever comes, it ends in an error or in contents that are as
// many as the body names.
func FuzzSplitLot(f *testing.F) {
	f.Add(lotBody([]byte("a"), []byte("bb")))
	if sample, err := os.ReadFile("testdata/ans/Bundle-example-td2-iti65-lot-soumission.json"); err == nil {
		f.Add(sample)
	}
	f.Add([]byte(`{"entry":[{"resource":{"data":"YQ==","data":"YQ=="}}]}`))
	f.Add([]byte(`{"entry":{"resource":[{"data":"YQ=="},{"data":"YQ=="}]}}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		split, err := SplitLot(bytes.NewReader(body), SplitLimits{Data: 1 << 16, Body: 1 << 16, Dir: t.TempDir()})
		if err != nil {
			return
		}
		defer split.Close()
		n, err := Parse(split.Body)
		if err != nil {
			return
		}
		asked, issues := ReadTransaction(n)
		if len(issues) == 0 && asked.Parts != len(split.Parts) {
			t.Errorf("%d contents, %d named", len(split.Parts), asked.Parts)
		}
	})
}
