package httpapi

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// fake is Records of which a test sets what it needs; the rest is the embedded
// nil interface and would panic, which the API contains.
type fake struct {
	Records
	patients func(context.Context, record.PatientQuery) (record.Page, error)
	content  func() (record.Content, error)
	document func(id string) (record.Resource, error)
	patched  func(record.PatchTarget, record.Patch) (record.Resource, error)
	filed    func(record.Upload) (record.Resource, bool, error)
	admit    func(who string, bytes int64) (func(), error)
	ready    error
}

func (f *fake) MyPatients(ctx context.Context, _ record.Principal, q record.PatientQuery) (record.Page, error) {
	return f.patients(ctx, q)
}

func (f *fake) Content(context.Context, record.Principal, string, string) (record.Content, error) {
	return f.content()
}

func (f *fake) Document(_ context.Context, _ record.Principal, _, id string) (record.Resource, error) {
	return f.document(id)
}

func (f *fake) PatchDocument(_ context.Context, _ record.Principal, _ string, t record.PatchTarget, p record.Patch) (record.Resource, error) {
	return f.patched(t, p)
}

func (f *fake) File(_ context.Context, _ record.Principal, _ string, u record.Upload) (record.Resource, bool, error) {
	return f.filed(u)
}
func (f *fake) Ready(context.Context) error { return f.ready }
func (f *fake) Stats() record.Stats         { return record.Stats{Queue: 3} }

func (f *fake) Admit(who string, bytes int64) (func(), error) {
	if f.admit == nil {
		return func() {}, nil
	}
	return f.admit(who, bytes)
}

func (f *fake) IntakeStats() record.IntakeStats {
	return record.IntakeStats{Filings: 5, Bytes: 700, Waiting: 4, Checks: 2, Refused: map[string]int64{"bytes": 6}}
}

// anyone verifies every token.
type anyone struct{}

func (anyone) Identify(_ context.Context, bearer string) (any, error) {
	switch bearer {
	case "patient":
		return record.Citizen{ID: "p001", Session: "s"}, nil
	case "operator":
		return record.Staff{ID: "operator", Role: record.StaffOperator, Session: "s"}, nil
	case "nobody":
		return nil, nil
	}
	return record.Principal{ID: "810000000001", Profession: "10", Session: "s"}, nil
}

func newTestAPI(t testing.TB, f *fake) (*API, *bytes.Buffer) {
	t.Helper()
	out := &bytes.Buffer{}
	log := logrus.New()
	log.SetOutput(out)
	log.SetLevel(logrus.DebugLevel)
	return New(Config{Records: f, Verifier: anyone{}, Log: log, URL: "https://carnet.example", SpoolDir: t.TempDir()}), out
}

// get asks the API.
func get(a http.Handler, method, path, body string, headers ...string) *httptest.ResponseRecorder {
	r := httptest.NewRequest(method, path, strings.NewReader(body))
	r.Header.Set("Authorization", "Bearer x")
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	return w
}

func TestAPanicIsContainedAndTellsNothing(t *testing.T) {
	f := &fake{patients: func(context.Context, record.PatientQuery) (record.Page, error) { panic("DUPONT 279035121518989") }}
	a, log := newTestAPI(t, f)
	w := get(a, "GET", "/fhir/Patient", "")
	if w.Code != 500 || !strings.Contains(w.Body.String(), w.Header().Get(fhir.HeaderRequestID)) {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	if text := log.String() + w.Body.String(); strings.Contains(text, "DUPONT") || strings.Contains(text, "2790") || !strings.Contains(text, "panic") {
		t.Error(text)
	}
	if m := get(a, "GET", "/metrics", "").Body.String(); !strings.Contains(m, "carnet_http_panics_total 1") || !strings.Contains(m, "carnet_writer_queue 3") {
		t.Error(m)
	}
}

func TestFaultsOfOursAreAReferenceAndNoWords(t *testing.T) {
	for _, c := range []struct {
		err    error
		status int
	}{
		{errors.New("open /data/279035121518989.db: denied"), 500},
		{fhir.Wrap(fhir.Internal, errors.New("DUPONT")), 500},
		{context.DeadlineExceeded, 503},
		{fhir.Wrap(fhir.Unavailable, errors.New("disk full on /data/DUPONT")), 503},
	} {
		f := &fake{patients: func(context.Context, record.PatientQuery) (record.Page, error) { return record.Page{}, c.err }}
		a, _ := newTestAPI(t, f)
		w := get(a, "GET", "/fhir/Patient", "")
		if w.Code != c.status || strings.Contains(w.Body.String(), "DUPONT") || strings.Contains(w.Body.String(), "/data") ||
			!strings.Contains(w.Body.String(), w.Header().Get(fhir.HeaderRequestID)) {
			t.Errorf("%v: %d %s", c.err, w.Code, w.Body)
		}
	}
}

func TestEveryRequestHasAnEnd(t *testing.T) {
	f := &fake{patients: func(ctx context.Context, _ record.PatientQuery) (record.Page, error) {
		if at, ok := ctx.Deadline(); !ok || time.Until(at) > timeout {
			t.Error("no deadline")
		}
		return record.Page{}, nil
	}}
	a, _ := newTestAPI(t, f)
	get(a, "GET", "/fhir/Patient", "")
}

func TestHealthTellsWhenNothingCanBeWritten(t *testing.T) {
	a, _ := newTestAPI(t, &fake{ready: fhir.E(fhir.Unavailable, "Le disque est plein.")})
	if w := get(a, "GET", "/healthz", ""); w.Code != 503 {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

// failing gives a few bytes and then an error.
type failing struct{ io.Reader }

func (failing) Close() error { return nil }

func TestHalfAContentIsCutOff(t *testing.T) {
	f := &fake{content: func() (record.Content, error) {
		broken := io.MultiReader(strings.NewReader("half"), &errorReader{})
		return record.Content{Type: "text/plain", Size: 8, Reader: failing{broken}}, nil
	}}
	a, _ := newTestAPI(t, f)
	server := httptest.NewServer(a)
	defer server.Close()
	for _, accept := range []string{"*/*", "application/fhir+json"} {
		r, _ := http.NewRequest("GET", server.URL+"/fhir/Binary/b", nil)
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Accept", accept)
		res, err := http.DefaultTransport.RoundTrip(r)
		if err == nil {
			_, err = io.ReadAll(res.Body)
			res.Body.Close()
		}
		if err == nil {
			t.Errorf("%s: half a content looked whole", accept)
		}
	}
}

type errorReader struct{}

func (*errorReader) Read([]byte) (int, error) { return 0, errors.New("the disk failed") }

func TestNegotiation(t *testing.T) {
	f := &fake{patients: func(context.Context, record.PatientQuery) (record.Page, error) { return record.Page{}, nil }}
	a, _ := newTestAPI(t, f)
	for accept, status := range map[string]int{
		"": 200, "*/*": 200, "application/fhir+json": 200, "application/json": 200, "application/fhir+json; fhirVersion=4.0": 200,
		"text/html,application/xhtml+xml,*/*;q=0.8": 200, "application/fhir+xml": 406, "application/fhir+xml, application/fhir+json;q=0.1": 200,
		"application/fhir+json;q=0": 406, "text/html": 406, "application/*": 200,
	} {
		headers := []string{"Accept", accept}
		if accept == "" {
			headers = nil
		}
		if w := get(a, "GET", "/fhir/Patient", "", headers...); w.Code != status {
			t.Errorf("%q: %d", accept, w.Code)
		}
	}
	for format, status := range map[string]int{"json": 200, "application/fhir%2Bjson": 200, "application/fhir+json": 200, "xml": 406, "ttl": 406} {
		if w := get(a, "GET", "/fhir/Patient?_format="+format, "", "Accept", "application/fhir+xml"); w.Code != status {
			t.Errorf("%q: %d", format, w.Code)
		}
	}
}

func TestSearchOfPeopleIsReadAsWritten(t *testing.T) {
	var got record.PatientQuery
	f := &fake{patients: func(_ context.Context, q record.PatientQuery) (record.Page, error) {
		got = q
		return record.Page{}, nil
	}}
	a, _ := newTestAPI(t, f)
	w := get(a, "POST", "/fhir/Patient/_search?_count=7", "name=a%20b&name=c&birthdate=1979-03&_text=dup&given=", "Content-Type", "application/x-www-form-urlencoded")
	if w.Code != 200 || len(got.Names) != 2 || got.BirthDate != "1979-03" || got.Text != "dup" || got.Limit != 7 {
		t.Errorf("%d %+v", w.Code, got)
	}
	if strings.Contains(w.Body.String(), "dup") || !strings.Contains(w.Body.String(), "_count=7") {
		t.Errorf("self link: %s", w.Body)
	}
	for _, bad := range []string{"_count=-1", "_count=x", "birthdate=ge1979", "birthdate=1979-13", "identifier=12", "name:exact=x", "%zz"} {
		if w := get(a, "GET", "/fhir/Patient?"+bad, ""); w.Code != 400 {
			t.Errorf("%s: %d", bad, w.Code)
		}
	}
}

func TestPatchesAreReducedToWhatMayChange(t *testing.T) {
	doc := fhir.DocumentReference{ID: "d", Status: "current", Masked: true, HiddenPatient: true}
	var target record.PatchTarget
	var got record.Patch
	f := &fake{
		document: func(id string) (record.Resource, error) {
			return record.Resource{ID: id, Version: "4", JSON: doc.JSON()}, nil
		},
		patched: func(t record.PatchTarget, p record.Patch) (record.Resource, error) {
			target, got = t, p
			return record.Resource{ID: "d", Version: "5", JSON: doc.JSON()}, nil
		},
	}
	a, _ := newTestAPI(t, f)
	yes, codes := true, func(p record.Patch) (out string) {
		for _, l := range p.Labels {
			out += l.Code + " "
		}
		return out
	}
	for name, c := range map[string]struct {
		ops     string
		want    record.Patch
		labels  string
		version string // what the change is bound to
	}{
		"whole":          {`[{"op":"add","path":"/status","value":"entered-in-error"},{"op":"replace","path":"/securityLabel","value":[{"coding":[{"code":"R"},{"code":"NOPAT"}]}]}]`, record.Patch{Status: "entered-in-error"}, "R NOPAT ", ""},
		"archive":        {`[{"op":"add","path":"/extension/-","value":{"url":"` + fhir.ExtIsArchived + `","valueBoolean":true}}]`, record.Patch{Archived: &yes}, "", ""},
		"label by place": {`[{"op":"remove","path":"/securityLabel/1"}]`, record.Patch{}, "N INVISIBLE_PATIENT ", "4"},
		"label added":    {`[{"op":"add","path":"/securityLabel/-","value":{"coding":[{"code":"INVISIBLE_REPRESENTANTS_LEGAUX"}]}}]`, record.Patch{}, "N MASQUE_PS INVISIBLE_PATIENT INVISIBLE_REPRESENTANTS_LEGAUX ", "4"},
		"label in place": {`[{"op":"replace","path":"/securityLabel/0/coding/0/code","value":"V"}]`, record.Patch{}, "V MASQUE_PS INVISIBLE_PATIENT ", "4"},
		"tested":         {`[{"op":"test","path":"/status","value":"current"},{"op":"replace","path":"/status","value":"entered-in-error"}]`, record.Patch{Status: "entered-in-error"}, "", "4"},
	} {
		got = record.Patch{}
		w := get(a, "PATCH", "/fhir/DocumentReference/d", c.ops, "Content-Type", typePatch)
		archived := (got.Archived == nil) == (c.want.Archived == nil) && (got.Archived == nil || *got.Archived)
		if w.Code != 200 || got.Status != c.want.Status || !archived || codes(got) != c.labels || target.IfMatch != c.version || string(got.Ops) != c.ops {
			t.Errorf("%s: %d %+v bound to %q: %s", name, w.Code, got, target.IfMatch, w.Body)
		}
	}
	for ops, status := range map[string]int{
		`[]`: 400, `[{}]`: 400, `[{"op":"add","path":"status","value":1}]`: 400, `[{"op":"turn","path":"/status","value":1}]`: 400,
		`[{"op":"add","path":"/type","value":1}]`: 405, `[{"op":"move","from":"/a","path":"/status"}]`: 405,
		`[{"op":"remove","path":"/extension/0"}]`: 422, `[{"op":"remove","path":"/status"}]`: 422, `[{"op":"add","path":"/securityLabel/9","value":{}}]`: 422,
		`[{"op":"add","path":"/securityLabel/01","value":{}}]`: 422, `[{"op":"add","path":"/extension/-","value":{"url":"u:x","valueString":"x"}}]`: 405,
		`[{"op":"replace","path":"/securityLabel","value":[]}]`: 422, `[{"op":"replace","path":"/securityLabel","value":[{"coding":[{"code":"N"},{"code":"R"}]}]}]`: 422,
		`[{"op":"test","path":"/status","value":"x"}]`: 412,
	} {
		if w := get(a, "PATCH", "/fhir/DocumentReference/d", ops, "Content-Type", typePatch); w.Code != status {
			t.Errorf("%s: %d, want %d %s", ops, w.Code, status, w.Body)
		}
	}
	if w := get(a, "PATCH", "/fhir/DocumentReference/d", `[{"op":"test","path":"/status","value":"current"}]`, "Content-Type", typePatch, "If-Match", `W/"3"`); w.Code != 412 {
		t.Errorf("If-Match of another version: %d", w.Code)
	}
}

func TestWhatIsMarked(t *testing.T) {
	for _, c := range []struct {
		header, tag string
		want        bool
	}{
		{"", `W/"1"`, false}, {`W/"1"`, `W/"1"`, true}, {`"1"`, `W/"1"`, true}, {`W/"2", W/"1"`, `W/"1"`, true}, {"*", `"x"`, true}, {`W/"11"`, `W/"1"`, false},
	} {
		if matches(c.header, c.tag) != c.want {
			t.Errorf("%q against %q", c.header, c.tag)
		}
	}
}

// FuzzRequests: whatever comes, the API answers FHIR, never a fault of ours.
func FuzzRequests(f *testing.F) {
	f.Add("PATCH", "DocumentReference/d", "", `[{"op":"replace","path":"/securityLabel/0/coding/0","value":{"code":"V"}}]`, typePatch)
	f.Add("GET", "DocumentReference", "patient=p&status=current&date=ge2024&isArchived=true,false&type=a|b", "", "")
	f.Add("POST", "Patient/_search", "", "identifier=urn:oid:1.2.250.1.213.1.4.10|279035121518989&_count=3", "application/x-www-form-urlencoded")
	f.Add("POST", "DocumentReference", "", `{"resourceType":"DocumentReference","content":[{"attachment":{"data":"YQ=="}}]}`, "application/fhir+json")
	f.Add("GET", "", "page=pxyz", "", "")
	records := &fake{
		patients: func(context.Context, record.PatientQuery) (record.Page, error) { return record.Page{}, nil },
		document: func(string) (record.Resource, error) {
			return record.Resource{Version: "1", JSON: fhir.DocumentReference{Status: "current", Archived: true}.JSON()}, nil
		},
		patched: func(record.PatchTarget, record.Patch) (record.Resource, error) {
			return record.Resource{JSON: []byte("{}")}, nil
		},
		filed: func(record.Upload) (record.Resource, bool, error) {
			return record.Resource{JSON: []byte("{}")}, true, nil
		},
	}
	searched := &everything{records}
	log := logrus.New()
	log.SetOutput(io.Discard)
	a := New(Config{Records: searched, Verifier: anyone{}, Log: log, URL: "https://carnet.example", SpoolDir: f.TempDir()})
	f.Fuzz(func(t *testing.T, method, path, query, body, kind string) {
		r, err := http.NewRequest(method, "https://carnet.example/fhir/", strings.NewReader(body))
		if err != nil {
			return
		}
		r.URL = &url.URL{Path: "/fhir/" + path, RawQuery: query}
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", kind)
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code == 500 {
			t.Fatalf("%s %q?%q %q: %s", method, path, query, body, w.Body)
		}
	})
}

// everything answers all that is searched.
type everything struct{ *fake }

func (everything) EmergencySearch(context.Context, record.Principal, string, record.PatientQuery) (record.Page, error) {
	return record.Page{}, nil
}

func (everything) SearchDocuments(context.Context, record.Principal, string, record.DocumentQuery) (record.Page, error) {
	return record.Page{}, nil
}

func (everything) SearchSets(context.Context, record.Principal, string, record.SetQuery) (record.Page, error) {
	return record.Page{}, nil
}

func (everything) Consents(context.Context, record.Principal, string, string) (record.Page, error) {
	return record.Page{}, nil
}

func (everything) Audit(context.Context, record.Principal, record.AuditQuery) (record.Page, error) {
	return record.Page{}, nil
}

func (everything) Patient(context.Context, record.Principal, string) (record.Resource, error) {
	return record.Resource{JSON: []byte("{}")}, nil
}

func (everything) Match(context.Context, record.Principal, fhir.Traits) (record.Page, error) {
	return record.Page{}, nil
}

func (everything) OpenAccess(context.Context, record.Principal, string, string, string) (fhir.Access, error) {
	return fhir.Access{}, nil
}
func (everything) CloseAccess(context.Context, record.Principal, string) error  { return nil }
func (everything) Undo(context.Context, record.Principal, string, string) error { return nil }
func (everything) WithdrawOwn(context.Context, record.Principal, string) error  { return nil }
func (everything) DeclareConsent(context.Context, record.Principal, []byte) (record.Resource, error) {
	return record.Resource{JSON: []byte("{}")}, nil
}
func (everything) Head(context.Context) ([]byte, error) { return nil, nil }
func (everything) Content(context.Context, record.Principal, string, string) (record.Content, error) {
	return record.Content{Type: "text/plain", Size: 1, Reader: io.NopCloser(strings.NewReader("x"))}, nil
}

func BenchmarkListOf50(b *testing.B) {
	page := record.Page{Total: 50}
	for range 50 {
		page.Items = append(page.Items, record.Resource{ID: "d", JSON: bytes.Repeat([]byte("x"), 3500)})
	}
	f := &fake{patients: func(context.Context, record.PatientQuery) (record.Page, error) { return page, nil }}
	log := logrus.New()
	log.SetOutput(io.Discard)
	a := New(Config{Records: f, Verifier: anyone{}, Log: log, URL: "https://carnet.example"})
	b.ReportAllocs()
	for b.Loop() {
		if w := get(a, "GET", "/fhir/Patient", ""); w.Code != 200 {
			b.Fatal(w.Code)
		}
	}
}

// Who is refused before the body is read is told when to come back, and nothing
// of the body is taken in; a full disk is told apart.
func TestFilingsAreAdmitted(t *testing.T) {
	var asked []int64
	f := &fake{filed: func(record.Upload) (record.Resource, bool, error) {
		return record.Resource{}, false, &fhir.Error{Code: fhir.Unavailable, Err: fmt.Errorf("write the segment: %w", &os.PathError{Op: "write", Err: syscall.ENOSPC})}
	}}
	a, _ := newTestAPI(t, f)
	left := 0
	f.admit = func(who string, bytes int64) (func(), error) {
		if who != "810000000001" {
			t.Errorf("admitted as %q", who)
		}
		asked = append(asked, bytes)
		return func() { left++ }, nil
	}
	body := `{"resourceType":"DocumentReference","content":[{"attachment":{"data":"` + strings.Repeat("QUJD", 1000) + `"}}]}`
	w := get(a, "POST", "/fhir/DocumentReference", body, "Content-Type", "application/fhir+json")
	if w.Code != http.StatusInsufficientStorage || w.Header().Get("Retry-After") == "" || left != 1 {
		t.Errorf("a full disk: %d %v %s", w.Code, w.Header(), w.Body)
	}
	if e := fhir.ParseOutcome(w.Code, w.Body.Bytes()); e.Code != fhir.Unavailable || strings.Contains(w.Body.String(), "segment") {
		t.Errorf("a full disk: %s", w.Body)
	}
	if len(asked) != 1 || asked[0] < 3000 || asked[0] > int64(len(body)) {
		t.Errorf("asked for %d bytes", asked)
	}
	f.admit = func(string, int64) (func(), error) {
		return nil, &fhir.Error{Code: fhir.Throttled, Message: "Plus tard.", RetryAfter: 2500 * time.Millisecond}
	}
	for _, path := range []string{"/fhir/DocumentReference", "/fhir"} {
		r := httptest.NewRequest("POST", path, unread{t})
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", "application/fhir+json")
		r.Header.Set("Expect", "100-continue")
		w := httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != http.StatusTooManyRequests || w.Header().Get("Retry-After") != "3" {
			t.Errorf("%s: %d %v", path, w.Code, w.Header())
		}
		// Who sends without asking is heard to the end, and then told.
		late := strings.NewReader(strings.Repeat(" ", 100<<10))
		r = httptest.NewRequest("POST", path, late)
		r.Header.Set("Authorization", "Bearer x")
		r.Header.Set("Content-Type", "application/fhir+json")
		w = httptest.NewRecorder()
		a.ServeHTTP(w, r)
		if w.Code != http.StatusTooManyRequests || late.Len() > 0 {
			t.Errorf("%s, sent at once: %d, %d bytes left", path, w.Code, late.Len())
		}
	}
	m := get(a, "GET", "/metrics", "").Body.String()
	for _, line := range []string{"carnet_intake_filings 5", "carnet_intake_bytes 700", "carnet_intake_check_queue 4", "carnet_intake_checks 2", `carnet_intake_refused_total{reason="bytes"} 6`} {
		if !strings.Contains(m, line+"\n") {
			t.Errorf("the metrics lack %s", line)
		}
	}
}

// unread is a body that nobody may read.
type unread struct{ t *testing.T }

func (u unread) Read([]byte) (int, error) {
	u.t.Error("the body of a refused filing is read")
	return 0, io.EOF
}
