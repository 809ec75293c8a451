package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

const day = 24 * time.Hour

// world is a server with people in it.
type world struct {
	testing.TB
	svc    *record.Service
	seeder *record.Seeder
	base   string // of FHIR
	log    *syncBuffer
	spool  string
	dir    string // what the server keeps
	api    *httpapi.API
	mux    *http.ServeMux
	idp    *idp.Provider

	offset atomic.Int64 // of the server's clock
	tokens map[string]string
	docs   int
}

// syncBuffer is a log that may be read while it is written.
type syncBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *syncBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *syncBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

// now is the server's clock: the real one, moved by what a test adds.
func (w *world) now() time.Time {
	return time.Now().Add(time.Duration(w.offset.Load()))
}

// later moves the server's clock; everyone signs in again.
func (w *world) later(d time.Duration) {
	w.offset.Add(int64(d))
	w.tokens = map[string]string{}
}

func (w *world) must(err error) {
	w.Helper()
	if err != nil {
		w.Fatal(err)
	}
}

// gate is the server's check of documents, reduced to what a story needs.
type gate struct{}

func (gate) CheckPDF(_ context.Context, file io.ReaderAt, _ int64) error {
	var head [5]byte
	if n, _ := file.ReadAt(head[:], 0); string(head[:n]) != "%PDF-" {
		return fhir.E(fhir.Invalid, "Ce fichier n'est pas un PDF.")
	}
	return nil
}

// newWorld starts a server, with further accounts beside those of its people.
func newWorld(t testing.TB, more ...idp.Account) *world {
	t.Helper()
	w := &world{TB: t, log: &syncBuffer{}, tokens: map[string]string{}, spool: t.TempDir()}
	dir := t.TempDir()
	w.dir = dir
	copyTemplate(t, dir)
	ctx := context.Background()
	log := logrus.New()
	log.SetOutput(w.log)
	log.SetFormatter(&logrus.JSONFormatter{})
	svc, err := record.Open(ctx, record.Config{
		Dir: dir, Now: w.now, Log: log, Gate: gate{}, Demo: true, NoSync: true,
		Intake: record.Intake{SenderRate: 1_000_000}, // benchmarks send all from one account
	})
	w.must(err)
	w.svc = svc
	w.seeder, err = svc.Seed()
	w.must(err)
	w.fill()

	mux := http.NewServeMux()
	server := httptest.NewUnstartedServer(mux)
	origin := "http://" + server.Listener.Addr().String()
	var accounts []idp.Account
	for name, c := range professionals {
		accounts = append(accounts, idp.Account{ID: name, Role: name, Claims: c})
	}
	accounts = append(append(accounts, citizens()...), more...)
	provider, err := idp.Open(ctx, idp.Config{Issuer: origin + "/oidc", Dir: dir, Demo: accounts, Portal: origin + "/mon/retour", Now: w.now, Log: log})
	w.must(err)
	w.mux, w.idp = mux, provider
	mux.Handle("/oidc/", http.StripPrefix("/oidc", provider.Handler()))
	mux.Handle("/demo/", provider.DemoHandler())
	w.api = httpapi.New(httpapi.Config{
		Records: svc, Holders: svc, Letters: svc, Verifier: provider.Verifier(), Log: log, Now: w.now, URL: origin, Version: "test", Demo: true, SpoolDir: w.spool,
	})
	mux.Handle("/", w.api)
	server.Start()
	w.base = origin + httpapi.Base
	t.Cleanup(func() {
		server.Close()
		if err := provider.Close(); err != nil {
			t.Error(err)
		}
		if err := svc.Close(); err != nil {
			t.Error(err)
		}
	})
	return w
}

// token signs somebody in, once.
func (w *world) token(who string) string {
	w.Helper()
	if t := w.tokens[who]; t != "" || who == "" {
		return t
	}
	res, err := http.PostForm(strings.TrimSuffix(w.base, httpapi.Base)+"/demo/token", url.Values{"account": {who}})
	w.must(err)
	defer res.Body.Close()
	var answer struct {
		AccessToken string `json:"access_token"`
	}
	w.must(json.NewDecoder(res.Body).Decode(&answer))
	w.tokens[who] = answer.AccessToken
	return answer.AccessToken
}

// document adds a document of an author and gives its id. It is a consultation
// report of text unless edit says otherwise.
func (w *world) document(patient, author string, edit ...func(*record.DocumentSeed)) string {
	w.Helper()
	doc := w.queue(patient, author, edit...)
	w.must(w.seeder.Flush())
	return doc
}

// uniqueID is that of the n-th document.
func uniqueID(n int) string { return fmt.Sprintf("urn:oid:1.2.250.1.213.1.4.10.1.%d", n) }

// queue adds a document that is there with the next one.
func (w *world) queue(patient, author string, edit ...func(*record.DocumentSeed)) string {
	w.Helper()
	w.docs++
	n := w.docs
	d := record.DocumentSeed{
		ID: fmt.Sprintf("doc-%d", n), UniqueID: uniqueID(n), PatientID: patient,
		Type: fhir.Coding{Code: "11488-4"}, Title: fmt.Sprintf("Titre-secret-%d", n), Author: party(author),
		ContentType: "text/plain", Data: fmt.Appendf(nil, "contenu %d", n), FiledAt: w.now().Add(-time.Hour),
	}
	for _, e := range edit {
		e(&d)
	}
	w.must(w.seeder.AddDocument(d))
	return d.ID
}

// What a document can be.
func masked(d *record.DocumentSeed)    { d.Masked = true }
func hiddenPat(d *record.DocumentSeed) { d.HiddenPat = true }
func archived(d *record.DocumentSeed)  { d.Archived = true }
func byPatient(d *record.DocumentSeed) {
	d.ByPatient, d.Author, d.Type.Code = true, fhir.Party{ID: "patient"}, "DOCPAT03"
}
func withdrawn(d *record.DocumentSeed)   { d.Status = "entered-in-error" }
func birthReport(d *record.DocumentSeed) { d.Type.Code = "15508-5" }

// ask is a request.
type ask struct {
	who     string // "" sends no token
	token   string // in place of who's
	session string
	method  string // "" means GET, or POST where there is a body
	path    string // below the base
	body    string
	form    string // a POST _search
	header  map[string]string
}

// answer is what came back.
type answer struct {
	status  int
	header  http.Header
	body    string
	request string // its id
}

// do asks.
func (w *world) do(a ask) answer {
	w.Helper()
	method, body, kind := a.method, a.body, "application/fhir+json"
	if a.form != "" {
		method, body, kind = "POST", a.form, "application/x-www-form-urlencoded"
	}
	switch {
	case method == "PATCH":
		kind = "application/json-patch+json"
	case method == "" && body != "":
		method = "POST"
	case method == "":
		method = "GET"
	}
	address := a.path
	if !strings.HasPrefix(address, "http") {
		address = w.base + a.path
	}
	r, err := http.NewRequest(method, address, strings.NewReader(body))
	w.must(err)
	if a.who != "" {
		r.Header.Set("Authorization", "Bearer "+w.token(a.who))
	}
	if a.token != "" {
		r.Header.Set("Authorization", "Bearer "+a.token)
	}
	if body != "" {
		r.Header.Set("Content-Type", kind)
	}
	if a.session != "" {
		r.Header.Set(fhir.HeaderSession, a.session)
	}
	for k, v := range a.header {
		r.Header.Set(k, v)
	}
	res, err := http.DefaultTransport.RoundTrip(r) // follows no redirect
	w.must(err)
	defer res.Body.Close()
	data, err := io.ReadAll(res.Body)
	w.must(err)
	return answer{res.StatusCode, res.Header, string(data), res.Header.Get(fhir.HeaderRequestID)}
}

// code is the code of an error.
func (a answer) code() fhir.Code {
	if a.status < 400 {
		return ""
	}
	return fhir.ParseOutcome(a.status, []byte(a.body)).Code
}

// bundle reads a searchset.
func (w *world) bundle(a answer) fhir.Bundle {
	w.Helper()
	b, err := fhir.ParseBundle([]byte(a.body))
	if err != nil || a.status != 200 {
		w.Fatalf("%d %v: %s", a.status, err, a.body)
	}
	return b
}

// ids gives the ids of a searchset, sorted.
func (w *world) ids(a answer) []string {
	w.Helper()
	out := []string{}
	for _, e := range w.bundle(a).Entries {
		var r struct{ ID string }
		w.must(json.Unmarshal(e.Resource, &r))
		out = append(out, r.ID)
	}
	slices.Sort(out)
	return out
}

// open opens a record and gives the access.
func (w *world) open(who, patient, mode, reason string) fhir.Access {
	w.Helper()
	a := w.do(ask{who: who, path: "/Patient/" + patient + "/$open", body: string(fhir.OpenParameters(mode, reason))})
	access, err := fhir.ParseAccess([]byte(a.body))
	if err != nil || a.status != 200 {
		w.Fatalf("%s opens %s in mode %s: %d %s", who, patient, mode, a.status, a.body)
	}
	return access
}

// session opens a record and gives the session.
func (w *world) session(who, patient, mode string) string {
	w.Helper()
	return w.open(who, patient, mode, "Patient inconscient").Session
}

// audit gives the kinds of the entries that a request left, in their order, as
// its caller's own history shows them.
func (w *world) audit(who, request string) []string {
	w.Helper()
	var kinds []string
	for _, e := range w.bundle(w.do(ask{who: who, path: "/AuditEvent?_count=8"})).Entries {
		v, err := fhir.ParseAuditEvent(e.Resource)
		w.must(err)
		if v.RequestID == request {
			kinds = append(kinds, v.Kind)
		}
	}
	slices.Reverse(kinds)
	return kinds
}

// row is a scenario.
type row struct {
	name string
	ask
	status int
	code   fhir.Code
	has    []string // in the body
	hasNot []string
	audit  []string // kinds of audit entries; nil: not looked at, empty: none
}

// play runs scenarios in their order.
func (w *world) play(t *testing.T, rows []row) {
	t.Helper()
	for _, r := range rows {
		t.Run(r.name, func(t *testing.T) {
			got := w.do(r.ask)
			if got.status != r.status || got.code() != r.code {
				t.Fatalf("answer %d %s, want %d %s\n%s", got.status, got.code(), r.status, r.code, got.body)
			}
			for _, s := range r.has {
				if !strings.Contains(got.body, s) {
					t.Errorf("the body lacks %q: %s", s, got.body)
				}
			}
			for _, s := range r.hasNot {
				if strings.Contains(got.body, s) {
					t.Errorf("the body holds %q: %s", s, got.body)
				}
			}
			if r.audit != nil {
				if kinds := w.audit(r.who, got.request); !slices.Equal(kinds, r.audit) {
					t.Errorf("audit %v, want %v", kinds, r.audit)
				}
			}
		})
	}
}

// list is the search of a record's current documents.
func list(who, session, patient string) ask {
	return ask{who: who, session: session, path: "/DocumentReference/_search", form: "status=current&patient=" + patient}
}

// read is the retrieve of a content.
func read(who, session, doc string) ask {
	return ask{who: who, session: session, path: "/Binary/" + doc}
}

// patch is a JSON Patch of a document.
func patch(who, session, doc, ops string) ask {
	return ask{who: who, session: session, method: "PATCH", path: "/DocumentReference/" + doc, body: ops}
}

// Patches.
func labels(codes ...string) string {
	var b strings.Builder
	for _, c := range append([]string{"N"}, codes...) {
		l := fhir.LabelCoding(c)
		fmt.Fprintf(&b, `,{"coding":[{"system":"%s","code":"%s"}]}`, l.System, l.Code)
	}
	return `[{"op":"replace","path":"/securityLabel","value":[` + b.String()[1:] + `]}]`
}

func archive(on bool) string {
	return fmt.Sprintf(`[{"op":"add","path":"/extension","value":[{"url":"%s","valueBoolean":%v}]}]`, fhir.ExtIsArchived, on)
}

const remove = `[{"op":"replace","path":"/status","value":"entered-in-error"}]`

// filing is the body of a report of one line, as edit changes it.
func (w *world) filing(patient, author string, edit ...func(*fhir.DocumentReference)) string {
	w.Helper()
	w.docs++
	n := w.docs
	at := w.now().UTC().Format(time.RFC3339)
	d := fhir.DocumentReference{
		UniqueID: fmt.Sprintf("urn:oid:1.2.250.1.213.1.4.10.2.%d", n), Status: "current",
		Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4"}, PatientID: patient, PatientINS: insOf(patient), Date: at,
		Author: party(author), Attachment: fhir.Attachment{ContentType: "text/plain", Language: "fr-FR", Title: "Titre-secret"},
		PeriodStart: at,
	}
	for _, e := range edit {
		e(&d)
	}
	before, after := d.SplitJSON()
	return string(before) + "Qm9uam91cg==" + string(after) // Bonjour
}

// file is a create.
func (w *world) file(who, session, patient string, edit ...func(*fhir.DocumentReference)) ask {
	w.Helper()
	return ask{who: who, session: session, path: "/DocumentReference", body: w.filing(patient, who, edit...)}
}
