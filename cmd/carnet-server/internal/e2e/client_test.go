package e2e

import (
	"bytes"
	"context"
	"fmt"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/sirupsen/logrus"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/record"
)

// TestTheDesktopsClientKeepsTheContract: the conformance suite, with the HTTP
// client before this server, a fresh one for each story.
func TestTheDesktopsClientKeepsTheContract(t *testing.T) {
	clienttest.Run(t, func(t *testing.T) clienttest.Harness { return newClientWorld(t).harness(t) })
}

// clientGP is who is signed in; clientColleague wrote what they did not.
var (
	clientGP        = record.Principal{ID: "899700218896", Name: "Dr Anne MOREL", Profession: "10", Specialty: "SM54", OrgID: "1510000000", OrgName: "Cabinet de la Vesle", Sector: "SA08"}
	clientColleague = fhir.Party{ID: "899700299999", Name: "Dr Yann TESSIER", OrgID: "1510000001", OrgName: "CHU de Reims"}
)

// clientWorld is a server with the few people that the suite asks for.
type clientWorld struct {
	seeder *record.Seeder
	people map[string]client.Patient
	base   string
}

func newClientWorld(t *testing.T) *clientWorld {
	t.Helper()
	log := logrus.New()
	log.SetOutput(&bytes.Buffer{})
	service, err := record.Open(t.Context(), record.Config{Dir: t.TempDir(), Log: log, Gate: beginsAsPDF{}, Demo: true, NoSync: true})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(httpapi.New(httpapi.Config{Records: service, Verifier: onePerson{}, Log: log, Version: "test", Demo: true, SpoolDir: t.TempDir()}))
	t.Cleanup(func() {
		server.Close()
		if err := service.Close(); err != nil {
			t.Error(err)
		}
	})
	w := &clientWorld{people: map[string]client.Patient{}, base: server.URL + httpapi.Base}
	if w.seeder, err = service.Seed(); err != nil {
		t.Fatal(err)
	}
	w.seed(t)
	return w
}

// beginsAsPDF is a gate that looks at the beginning alone: the true one has
// stories of its own.
type beginsAsPDF struct{}

func (beginsAsPDF) CheckPDF(_ context.Context, data []byte) error {
	if !bytes.HasPrefix(data, []byte("%PDF-")) {
		return fhir.E(fhir.Invalid, "Ce fichier n'est pas un PDF.")
	}
	return nil
}

// onePerson knows one token.
type onePerson struct{}

func (onePerson) Verify(_ context.Context, bearer string) (record.Principal, error) {
	if bearer != "gp" {
		return record.Principal{}, fhir.E(fhir.Unauthenticated, "Jeton inconnu.")
	}
	p := clientGP
	p.Session = "sign-in"
	return p, nil
}

// seed makes the people and the documents.
func (w *clientWorld) seed(t *testing.T) {
	t.Helper()
	at := time.Now().UTC().Add(-time.Hour)
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	for i, p := range []struct{ id, birth, given, gender, born string }{
		{"mine", "MARTIN", "Léa", "female", "1979-03-28"},
		{"namesake", "MARTINET", "Paul", "male", "1962-05-05"},
		{"stranger", "BENALI", "Karim", "male", "1984-12-05"},
		{"objects", "LEFÈVRE", "Jean", "male", "1956-06-21"},
		{"blocked", "ROUSSEAU", "Claire", "female", "1969-08-19"},
		{"closed", "CARON", "Simone", "female", "1941-04-11"},
		{"noins", "PROVISOIRE", "Léo", "male", "1990-01-01"},
	} {
		seed := record.PatientSeed{ID: p.id, BirthName: p.birth, Given: []string{p.given}, Gender: p.gender, BirthDate: p.born, Reliability: "QUAL"}
		if p.id == "noins" {
			seed.Reliability = "PROV"
		} else {
			seed.INS = fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("%d%s%s51454%03d00", 1+i%2, p.born[2:4], p.born[5:7], 300+i)}
		}
		must(w.seeder.AddPatient(seed))
		w.people[p.id] = client.Patient{
			ID: p.id, INS: seed.INS, BirthName: p.birth, FirstGiven: p.given, Given: seed.Given, Gender: p.gender, BirthDate: p.born,
		}
	}
	must(w.seeder.SetRecord(record.RecordSeed{PatientID: "mine", MT: clientGP.ID}))
	must(w.seeder.SetRecord(record.RecordSeed{PatientID: "namesake", MT: clientGP.ID}))
	must(w.seeder.SetRecord(record.RecordSeed{PatientID: "noins", MT: clientGP.ID}))
	must(w.seeder.SetRecord(record.RecordSeed{PatientID: "objects", OpposeBreakGlass: true}))
	must(w.seeder.SetRecord(record.RecordSeed{PatientID: "closed", State: record.StateClosed, ClosedAt: at}))
	must(w.seeder.Block(record.BlockSeed{PatientID: "blocked", Actor: clientGP.ID}))
	types := []string{"11502-2", "11488-4", "57833-6", "18748-4"}
	for i := range 64 {
		must(w.seeder.AddDocument(w.document("mine", types[i%4], i, at)))
	}
	old := w.document("mine", "11502-2", 64, at)
	must(w.seeder.AddDocument(old))
	newer := w.document("mine", "11502-2", 65, at)
	newer.Replaces = old.UniqueID
	must(w.seeder.AddDocument(newer))
	for i, id := range []string{"stranger", "objects", "blocked"} {
		must(w.seeder.AddDocument(w.document(id, "11488-4", 100+i, at)))
	}
	must(w.seeder.Close())
}

// document is number i: every third by a colleague, one masked by them, one
// archived.
func (w *clientWorld) document(patient, code string, i int, at time.Time) record.DocumentSeed {
	author := fhir.Party{ID: clientGP.ID, Name: clientGP.Name, OrgID: clientGP.OrgID, OrgName: clientGP.OrgName}
	if i%3 == 0 {
		author = clientColleague
	}
	act := at.AddDate(0, 0, -2*i)
	return record.DocumentSeed{
		UniqueID: fmt.Sprintf("urn:oid:1.2.250.1.213.1.4.10.7.%d", i), PatientID: patient, Type: fhir.Coding{Code: code},
		Title: fmt.Sprintf("Secret %d", i), PeriodStart: act, Author: author, Masked: i == 6, Archived: i == 10,
		ContentType: "application/pdf", Data: fmt.Appendf(nil, "%%PDF-1.4 document %d", i), FiledAt: act,
	}
}

// bearer is a TokenSource; the empty one has nobody signed in.
type bearer string

func (b bearer) Token(context.Context) (string, error) {
	if b == "" {
		return "", fhir.E(fhir.Unauthenticated, "Personne n'est connecté.")
	}
	return string(b), nil
}

// harness gives the suite its three clients.
func (w *clientWorld) harness(t *testing.T) clienttest.Harness {
	t.Helper()
	dial := func(base string, who bearer) client.Records {
		h, err := client.New(client.Config{BaseURL: base, Tokens: who, Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	secrets := []string{"Secret", "Consultation de suivi"}
	for _, p := range w.people {
		secrets = append(secrets, p.BirthName)
		if p.INS.Value != "" {
			secrets = append(secrets, p.INS.Value)
		}
	}
	return clienttest.Harness{
		Records: dial(w.base, "gp"), Offline: dial(gone.URL+httpapi.Base, "gp"), SignedOut: dial(w.base, ""),
		Mine: w.people["mine"], Name: "mart", Stranger: w.people["stranger"], Objects: w.people["objects"],
		Blocked: w.people["blocked"], Closed: w.people["closed"], NoINS: w.people["noins"], Forbidden: secrets,
	}
}
