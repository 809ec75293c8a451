package batch

import (
	"fmt"
	"runtime"
	"testing"

	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// many gives an engine of n rows as a big evening leaves them.
func many(b *testing.B, n int) *Engine {
	b.Helper()
	p := newPlace(b)
	e := p.engine()
	people := []string{clienttest.PatientLea, clienttest.PatientStranger, clienttest.PatientGisele, clienttest.PatientNoah}
	e.mu.Lock()
	defer e.mu.Unlock()
	e.closed = true // nothing is kept: the notebook has benchmarks of its own
	for i := range n {
		x := newEntry(p.dir, fmt.Sprintf("20261121-%05d.pdf", i))
		who := p.fake.Patient(people[i%4])
		x.row.Patient, x.row.State, x.row.Type = &who, []State{Ready, Sent, Fix, Queued}[i%4], fhir.Coding{Code: "11502-2", Display: "CR d’examens biologiques"}
		x.row.Findings = []pdfcheck.Finding{{Code: pdfcheck.CodeNoPDFA, Severity: pdfcheck.Remark}}
		x.index()
		e.insert(x)
	}
	return e
}

// BenchmarkRowsPage gives a screen of 10,000 rows, filtered by state and text.
func BenchmarkRowsPage(b *testing.B) {
	e := many(b, 10_000)
	for b.Loop() {
		if rows, total := e.Rows(Query{States: []State{Fix}, Text: "oeuvrard gis", Limit: 50}); len(rows) != 50 || total != 2500 {
			b.Fatal(len(rows), total)
		}
	}
}

// BenchmarkRowsAll gives all of 10,000 rows.
func BenchmarkRowsAll(b *testing.B) {
	e := many(b, 10_000)
	for b.Loop() {
		e.Rows(Query{})
	}
}

// BenchmarkCounts counts 10,000 rows.
func BenchmarkCounts(b *testing.B) {
	e := many(b, 10_000)
	for b.Loop() {
		e.Counts()
	}
}

// BenchmarkUpdate changes one of 10,000 rows, followed.
func BenchmarkUpdate(b *testing.B) {
	e := many(b, 10_000)
	defer e.Follow(func(Event) {})()
	i := 0
	for b.Loop() {
		x := e.order[i%10_000]
		i++
		e.mu.Lock()
		e.update(x, func(r *Row) { r.Bytes++ })
		e.mu.Unlock()
	}
}

// BenchmarkMemory says what a row costs.
func BenchmarkMemory(b *testing.B) {
	var before, after runtime.MemStats
	for b.Loop() {
		runtime.GC()
		runtime.ReadMemStats(&before)
		e := many(b, 10_000)
		runtime.GC()
		runtime.ReadMemStats(&after)
		b.ReportMetric(float64(after.HeapAlloc-before.HeapAlloc)/10_000, "B/row")
		runtime.KeepAlive(e)
	}
}

// BenchmarkRecognise reads the identity and the type out of a usual report, and
// compares it.
func BenchmarkRecognise(b *testing.B) {
	who := clienttest.New(clienttest.Options{Documents: 1}).Patient(clienttest.PatientLea)
	text := report(who, "")
	for b.Loop() {
		asked := pdfcheck.NewText(text)
		asked.Identity()
		asked.Type()
		asked.Compare(identity(&who))
	}
}

// BenchmarkManifest reads 200,000 lines.
func BenchmarkManifest(b *testing.B) {
	text := []byte("fichier;ins;nom_naissance;type;date_acte\n")
	for i := range 200_000 {
		text = fmt.Appendf(text, "r%06d.pdf;279035145430020;MARTIN;11502-2;21/11/2026\n", i)
	}
	for b.Loop() {
		if all, _, err := lines(text); err != nil || len(all) != 200_000 {
			b.Fatal(err)
		}
	}
}
