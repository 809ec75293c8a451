package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

// gp is the doctor of the demo account "gp", whose patients are searched.
const gp = "899700000011"

// ownPatients of all patients have gp as their médecin traitant.
const ownPatients = 1000

// layout changes with where the server keeps things: a store of before would be
// read in place, and measured as it was.
const layout = "contents in files"

// store is what the workloads have to know of the store that was built.
type store struct {
	Dir      string    `json:"-"`
	Patients []subject // gp's own
	PDFs     []string  // logical ids of 100 KiB documents that gp may read
	Shape    string    // of what was asked for: another one is built anew
}

type subject struct {
	ID  string
	INS string
}

// dataset builds the store, or finds the one built before.
func dataset(ctx context.Context, o options) (store, error) {
	s := store{Dir: filepath.Join(o.dir, "data"), Shape: fmt.Sprint(layout, "/", o.patients, "/", o.documents, "/", o.pdfs)}
	index := filepath.Join(o.dir, "index.json")
	if data, err := os.ReadFile(index); err == nil && !o.fresh {
		found := store{}
		if json.Unmarshal(data, &found) == nil && found.Shape == s.Shape {
			found.Dir = s.Dir
			return found, nil
		}
	}
	if err := errors.Join(os.RemoveAll(s.Dir), os.RemoveAll(index), os.MkdirAll(s.Dir, 0o700)); err != nil {
		return s, err
	}
	began := time.Now()
	if err := s.build(ctx, o); err != nil {
		return s, err
	}
	fmt.Fprintf(os.Stderr, "store built in %s\n", time.Since(began).Round(time.Second))
	if err := reportRoom(os.Stderr, s.Dir, o.documents); err != nil {
		return s, err
	}
	data, err := json.Marshal(s)
	if err != nil {
		return s, err
	}
	return s, os.WriteFile(index, data, 0o600)
}

func (s *store) build(ctx context.Context, o options) error {
	service, err := record.Open(ctx, record.Config{Dir: s.Dir, Demo: true})
	if err != nil {
		return err
	}
	seeder, err := service.Seed()
	if err == nil {
		err = s.fill(seeder, o)
		err = errors.Join(err, seeder.Close())
	}
	// The server starts on it as on a demo that is complete.
	return errors.Join(err, service.Close(), os.WriteFile(filepath.Join(s.Dir, "kind"), []byte("demo\n"), 0o600))
}

// fill adds patients, then documents: sixty to each of gp's own patients, the
// rest spread over the others; the PDF files to gp's own.
func (s *store) fill(seeder *record.Seeder, o options) error {
	r := rand.New(rand.NewPCG(1, 2))
	own := min(ownPatients, o.patients)
	for i := range o.patients {
		p := patient(r, i)
		if err := seeder.AddPatient(p); err != nil {
			return err
		}
		mt := fmt.Sprintf("8997%08d", 1000+i%50)
		if i < own {
			mt = gp
			s.Patients = append(s.Patients, subject{ID: p.ID, INS: p.INS.Value})
		}
		if err := seeder.SetRecord(record.RecordSeed{PatientID: p.ID, MT: mt}); err != nil {
			return err
		}
	}
	f := newFiles()
	types := terminology.Types()
	for i := range o.documents {
		to := i % own
		if i >= min(o.pdfs, o.documents)+60*own && o.patients > own {
			to = own + i%(o.patients-own)
		}
		d := document(i, patientID(to), types[i%len(types)])
		if i < o.pdfs {
			d.Type = fhir.Coding{System: fhir.SystemLOINC, Code: "11502-2"}
			d.ContentType, d.Data = "application/pdf", f.pdf(uint64(i))
			s.PDFs = append(s.PDFs, d.ID)
		} else {
			d.ContentType, d.Data = "text/plain", f.text(uint64(i))
		}
		if err := seeder.AddDocument(d); err != nil {
			return err
		}
	}
	return nil
}

func patientID(i int) string { return fmt.Sprintf("bench-%06d", i) }

var (
	families = []string{"MARTIN", "BERNARD", "PETIT", "ROBERT", "MOREAU", "LEFÈVRE", "ROUX", "GARCIA", "LE GOFF", "FAURE", "MERCIER", "BLANC", "GUÉRIN", "MULLER", "HENRY", "ROUSSEL", "NICOLAS", "PERRIN", "MATHIEU", "CLÉMENT", "GAUTHIER", "DUMONT", "LOPEZ", "FONTAINE", "CHEVALIER", "ROBIN", "MASSON", "SANCHEZ", "GÉRARD", "NGUYEN"}
	givens   = []string{"Marie", "Jean", "Françoise", "Élodie", "Karim", "Inès", "Léa", "Hugo", "Zoé", "Anne-Lise", "Noël", "Chloé", "Paul", "Nadia", "Émile", "Jules", "Agnès", "Loïc", "Salomé", "Théo"}
)

// patient makes a fictional person with a test INS.
func patient(r *rand.Rand, i int) record.PatientSeed {
	gender, sex := "female", 2
	if i%2 == 0 {
		gender, sex = "male", 1
	}
	born := time.Date(1930+r.IntN(90), time.Month(1+r.IntN(12)), 1+r.IntN(28), 0, 0, 0, 0, time.UTC)
	return record.PatientSeed{
		ID:        patientID(i),
		INS:       fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("%d%02d%02d%08d%02d", sex, born.Year()%100, born.Month(), i, i%97)},
		BirthName: families[r.IntN(len(families))] + fmt.Sprintf(" %c%c", 'A'+i%26, 'A'+i/26%26), Given: []string{givens[r.IntN(len(givens))], givens[r.IntN(len(givens))]},
		Gender: gender, BirthDate: born.Format("2006-01-02"), BirthPlace: "44109", City: "Nantes",
	}
}

// document describes the i-th document.
func document(i int, patient string, t terminology.Type) record.DocumentSeed {
	at := time.Date(2024, 1, 1, 8, 0, 0, 0, time.UTC).Add(time.Duration(i) * 5 * time.Minute)
	return record.DocumentSeed{
		ID: fmt.Sprintf("bench-doc-%07d", i), UniqueID: fmt.Sprintf("urn:oid:1.2.250.1.213.99.%d", i+1), PatientID: patient,
		Type: fhir.Coding{System: t.System, Code: t.Code}, Title: "Compte rendu", Date: at, FiledAt: at,
		Author: fhir.Party{ID: gp, Name: "Dr Anne MOREL", Specialty: "SM54", OrgID: "1997000011", OrgName: "Cabinet médical du Port"},
	}
}
