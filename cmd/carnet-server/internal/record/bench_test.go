//go:build unix

package record

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// The benchmarks run on a store of their own, as durable as in production, at
// a size that is quick to fill; CARNET_BENCH_PATIENTS=10000 gives the size of
// the published figures (20 documents a patient).
var benchWorld = sync.OnceValues(fillBench)

type bench struct {
	*Service
	patients int
	pdfs     []string
}

func fillBench() (*bench, error) {
	b := &bench{patients: 1000}
	if n, err := strconv.Atoi(os.Getenv("CARNET_BENCH_PATIENTS")); err == nil {
		b.patients = n
	}
	dir, err := os.MkdirTemp("", "carnet-bench")
	if err != nil {
		return nil, err
	}
	b.Service, err = Open(context.Background(), Config{Dir: dir, Demo: true, Gate: gateFunc(acceptPDF)})
	if err != nil {
		return nil, err
	}
	return b, b.fill()
}

func (b *bench) fill() error {
	s, err := b.Seed()
	if err != nil {
		return err
	}
	began := time.Now()
	small, large := make([]byte, 1<<10), make([]byte, 100<<10)
	for _, data := range [][]byte{small, large} {
		copy(data, "%PDF-1.7\n")
		for i := 9; i < len(data); i++ {
			data[i] = byte(rand.IntN(256))
		}
	}
	types := terminology.CurrentMatrix().Column("10")
	for i := range b.patients {
		p := patientSeed(i, benchFamilies[i%len(benchFamilies)]+" "+benchFamilies[i/7%len(benchFamilies)], "Zoé", "Anne")
		_ = s.AddPatient(p)
		_ = s.SetRecord(RecordSeed{PatientID: p.ID, MT: gp().ID})
		for j := range benchDocs(i) {
			unique := fmt.Sprintf("urn:oid:1.2.3.%d.%d", i, j)
			d := DocumentSeed{
				UniqueID: unique, PatientID: p.ID, Type: fhir.Coding{Code: types[(i+j)%len(types)]}, Title: "Document " + strconv.Itoa(j),
				Author:      fhir.Party{ID: otherGP().ID, Name: otherGP().Name, OrgID: otherGP().OrgID, OrgName: otherGP().OrgName},
				ContentType: "application/pdf", Data: small, FiledAt: began.Add(-time.Duration(j) * time.Hour),
			}
			if j == 0 && i%5 == 0 {
				d.Data = large
				b.pdfs = append(b.pdfs, seedID("document", unique))
			}
			_ = s.AddDocument(d)
		}
	}
	err = s.Close()
	fmt.Fprintf(os.Stderr, "seeded %d patients in %s\n", b.patients, time.Since(began))
	return err
}

var benchFamilies = []string{"MARTIN", "BERNARD", "PETIT", "ROBERT", "MOREAU", "LEFÈVRE", "ROUX", "GARCIA", "FAURE", "MERCIER", "BLANC"}

// benchDocs: a fifth of the patients has sixty documents, the others ten.
func benchDocs(i int) int {
	if i%5 == 0 {
		return 60
	}
	return 10
}

// parallel runs f from 16 callers at a time.
func parallel(b *testing.B, f func(w *bench, i int) error) {
	w, err := benchWorld()
	if err != nil {
		b.Fatal(err)
	}
	var n atomic.Int64
	b.SetParallelism(8) // × GOMAXPROCS
	before := cpuTime()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			if err := f(w, int(n.Add(1))); err != nil {
				b.Error(err)
				return
			}
		}
	})
	b.ReportMetric(float64((cpuTime()-before).Microseconds())/float64(b.N), "cpu-µs/op")
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "op/s")
}

func BenchmarkMyPatients(b *testing.B) {
	texts := []string{"mar", "le", "pet zoe", "garc", "", "bl", "fau ann"}
	parallel(b, func(w *bench, i int) error {
		_, err := w.MyPatients(context.Background(), gp(), PatientQuery{Text: texts[i%len(texts)], Limit: 20})
		return err
	})
}

func BenchmarkListOfFifty(b *testing.B) {
	parallel(b, func(w *bench, i int) error {
		page, err := w.SearchDocuments(context.Background(), gp(), "", DocumentQuery{
			PatientID: fmt.Sprintf("pat-%d", i*5%w.patients/5*5), Statuses: []string{"current"}, Limit: 50,
		})
		if err == nil && len(page.Items) != 50 {
			err = fmt.Errorf("%d rows", len(page.Items))
		}
		return err
	})
}

func BenchmarkRetrieve100KiB(b *testing.B) {
	parallel(b, func(w *bench, i int) error {
		c, err := w.Content(context.Background(), gp(), "", w.pdfs[i%len(w.pdfs)])
		if err != nil {
			return err
		}
		n, err := io.Copy(io.Discard, c.Reader)
		_ = c.Reader.Close() // all was read
		if n != 100<<10 {
			return fmt.Errorf("%d bytes", n)
		}
		return err
	})
}

func BenchmarkCreate100KiB(b *testing.B) {
	data := make([]byte, 100<<10)
	for i := range data {
		data[i] = byte(rand.IntN(256))
	}
	copy(data, "%PDF-1.7\n")
	run := rand.Int64()
	parallel(b, func(w *bench, i int) error {
		d := newDraft(i%w.patients, fmt.Sprintf("%d.%d", run, i), gp())
		d.Attachment.ContentType, d.data = "application/pdf", data
		_, _, err := w.File(context.Background(), gp(), "", d.upload(b))
		return err
	})
}
