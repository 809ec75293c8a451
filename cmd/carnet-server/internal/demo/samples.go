package demo

import (
	"fmt"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// Sample names a document for trying to file something.
type Sample string

// The samples: a good one, and one for each common reason of a refusal.
const (
	SampleReport    Sample = "report"    // today's laboratory report; passes the gate
	SampleTruncated Sample = "truncated" // the same, cut in the middle as by a broken transfer
	SampleEncrypted Sample = "encrypted" // needs a password
	SampleScripted  Sample = "scripted"  // runs JavaScript when it is opened
	SampleRenamed   Sample = "renamed"   // a web page called .pdf
	SampleEmpty     Sample = "empty"     // no bytes
)

// Samples lists the samples, the good one first.
func Samples() []Sample {
	return []Sample{SampleReport, SampleTruncated, SampleEncrypted, SampleScripted, SampleRenamed, SampleEmpty}
}

// LabReport draws a fictional laboratory report of a day about a person, as a
// laboratory would send it. The same person and day give the same bytes.
func LabReport(who fhir.Patient, day time.Time) ([]byte, error) { return Draw(SampleReport, who, day) }

// Draw gives the bytes of a sample about a person. Errors are of drawing alone.
func Draw(kind Sample, who fhir.Patient, day time.Time) ([]byte, error) {
	switch kind {
	case SampleEmpty:
		return []byte{}, nil
	case SampleRenamed:
		return []byte("<!doctype html><title>Résultats</title><p>Veuillez vous connecter pour voir vos résultats.</p>\n"), nil
	case SampleReport, SampleTruncated, SampleEncrypted, SampleScripted:
	default:
		return nil, fmt.Errorf("demo: no sample is called %q", kind)
	}
	s, err := labSheet(personOf(who), day)
	if err != nil {
		return nil, err
	}
	switch kind {
	case SampleEncrypted:
		s.pdf.SetProtection(0, "secret", "proprietaire")
	case SampleScripted:
		s.pdf.SetJavascript("app.alert('Bonjour');")
	}
	data, err := s.bytes()
	if err == nil && kind == SampleTruncated {
		data = data[:len(data)/2]
	}
	return data, err
}

// personOf takes an identity as the record shows it.
func personOf(p fhir.Patient) person {
	given := p.Given
	if len(given) == 0 {
		given = []string{p.FirstGiven}
	}
	return person{born: fhir.ParseTime(p.BirthDate), profile: "adult", seed: record.PatientSeed{
		ID: p.ID, INS: p.INS, BirthName: p.BirthName, UsedName: p.UsedName, Given: given,
		Gender: p.Gender, BirthDate: p.BirthDate, City: p.City,
	}}
}

// labSheet is a full blood count with chemistry, from the first model.
func labSheet(p person, day time.Time) (*sheet, error) {
	models, err := readLetters()
	if err != nil {
		return nil, err
	}
	who, l := cast["biologist"], models[0]
	s := newSheet(paper{title: l.title, author: who, org: orgs[who.where], day: day, pdfA: true})
	s.patient(p, day)
	s.title(l.title, "Acte du "+frenchDate(day))
	l.draw(s, newFiller(source(day.Year(), day.YearDay()), p, day))
	s.signature(who, day)
	return s, nil
}
