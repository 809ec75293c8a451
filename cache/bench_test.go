package cache

import (
	"bytes"
	"context"
	"crypto/sha1"
	"encoding/base64"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// many is a server's side of copies that makes its documents up: people with so
// many documents of so many bytes.
type many struct {
	people, documents, size int
	now                     func() time.Time
	requests                int
}

func (m *many) person(i int) client.Patient {
	names := []string{"MARTIN", "LEFÈVRE", "ŒUVRARD", "BENALI", "DUBOIS-GARÇON", "N’DIAYE", "ROUSSEAU", "PETIT"}
	given := []string{"Léa", "Noé", "Hélène", "Anaïs", "Jean-François", "Inès", "Zoé"}
	return client.Patient{
		ID: "p" + strconv.Itoa(i), BirthName: fmt.Sprintf("%s%04d", names[i%len(names)], i/len(names)), FirstGiven: given[i%len(given)], Given: []string{given[i%len(given)], "Marie"},
		Gender: "female", BirthDate: fmt.Sprintf("%04d-%02d-%02d", 1930+i%90, 1+i%12, 1+i%28),
		INS: fhir.Identifier{System: "urn:oid:1.2.250.1.213.1.4.10", Value: fmt.Sprintf("2%014d", i)}, Active: true, Relation: fhir.BasisMT,
	}
}

func (m *many) bytesOf(id string) []byte { return bytes.Repeat([]byte(id), m.size/len(id)+1)[:m.size] }

func (m *many) document(patient string, i int) client.Document {
	id := fmt.Sprintf("%s-%05d-0000-4000-8000-000000000000", patient, i)
	sum := sha1.Sum(m.bytesOf(id))
	return client.Document{
		ID: id, Version: "1", UniqueID: "urn:uuid:" + id, Status: "current", PatientID: patient,
		Type:     fhir.Coding{System: "http://loinc.org", Code: "11502-2", Display: "CR d’examens biologiques"},
		Category: fhir.Coding{System: "https://mos.esante.gouv.fr/NOS/TRE_A03-ClasseDocument/FHIR/TRE-A03-ClasseDocument", Code: "11", Display: "Analyses"},
		Author:   fhir.Party{ID: "899700218896", Name: "Dr Anne MOREL", Specialty: "SM54", OrgID: "499700218896000", OrgName: "Cabinet médical de la Vesle"},
		Date:     m.now().Format(time.RFC3339), PeriodStart: m.now().Add(-time.Duration(i) * time.Hour).Format(time.RFC3339),
		Attachment: fhir.Attachment{ContentType: "application/pdf", Language: "fr-FR", URL: "Binary/" + id, Size: int64(m.size), Hash: base64.StdEncoding.EncodeToString(sum[:]), Title: "Bilan sanguin"},
	}
}

func (m *many) TakeCopy(_ context.Context, a client.Access) (client.Lease, error) {
	m.requests++
	return client.Lease{ID: a.PatientID, PatientID: a.PatientID, Until: m.now().Add(72 * time.Hour), Stamp: "s"}, nil
}

func (m *many) CheckCopies(_ context.Context, held []client.CopyCheck) ([]client.CopyState, error) {
	m.requests++
	out := make([]client.CopyState, len(held))
	for i, h := range held {
		out[i] = client.CopyState{Lease: h.Lease, Runs: true, Until: m.now().Add(72 * time.Hour), Stamp: "s"}
	}
	return out, nil
}

func (m *many) CopyChanges(_ context.Context, lease, since string) (client.CopyChanges, error) {
	m.requests++
	from, _ := strconv.Atoi(since)
	to := min(from+client.CopyBatch, m.documents)
	out := client.CopyChanges{Stamp: "s", More: to < m.documents}
	for i := from; i < to; i++ {
		out.Documents = append(out.Documents, m.document(lease, i))
	}
	if out.More {
		out.Stamp = strconv.Itoa(to)
	}
	return out, nil
}

func (m *many) CopyContent(_ context.Context, _ string, d client.Document) (client.Content, error) {
	m.requests++
	return client.Content{Type: "application/pdf", Bytes: m.bytesOf(d.ID)}, nil
}

func (m *many) ReturnCopy(context.Context, string) error { return nil }

func (m *many) ReportReads(_ context.Context, reads []client.OfflineRead) ([]client.ReadReceipt, error) {
	out := make([]client.ReadReceipt, len(reads))
	for i, r := range reads {
		out[i] = client.ReadReceipt{ID: r.ID, Kept: true}
	}
	return out, nil
}

// crowd gives a cache with copies of people that the fake does not know.
func crowd(b *testing.B, m *many) *bench {
	b.Helper()
	x := newBench(b, clienttest.Options{})
	m.now = x.clock.now
	ok(b, "shut", x.Shut())
	x.cfg.Copies = m
	x.open()
	x.want(m)
	x.sync()
	return x
}

// want asks for copies of everybody, as if their records had been opened.
func (b *bench) want(m *many) {
	b.mu.Lock()
	defer b.mu.Unlock()
	for i := range m.people {
		p := m.person(i)
		b.people[p.ID] = p
		b.wanted = append(b.wanted, client.Access{PatientID: p.ID, Mode: fhir.ModeNormal, Basis: fhir.BasisMT, Rights: []string{fhir.RightRead, fhir.RightUpload}})
	}
}

// quantiles reports the median and the 99th percentile of durations.
func quantiles(b *testing.B, name string, all []time.Duration) {
	slices.Sort(all)
	b.ReportMetric(float64(all[len(all)/2].Microseconds())/1000, name+"-p50-ms")
	b.ReportMetric(float64(all[len(all)*99/100].Microseconds())/1000, name+"-p99-ms")
}

// An offline record of 500 documents: entering it and its list, then the bytes of
// one document of 200 KiB, with the journal's fsync.
func BenchmarkOfflineRecordOf500(b *testing.B) {
	ctx := context.Background()
	m := &many{people: 1, documents: 500, size: 200 << 10}
	x := crowd(b, m)
	x.offline(true)
	var lists, contents []time.Duration
	for b.Loop() {
		start := time.Now()
		a, err := x.Cache.Open(ctx, "p0", client.OpenRequest{})
		ok(b, "open", err)
		page, err := x.Documents(ctx, a, client.DocumentQuery{})
		ok(b, "documents", err)
		lists = append(lists, time.Since(start))
		start = time.Now()
		_, err = x.Content(ctx, a, page.Documents[len(lists)%len(page.Documents)])
		ok(b, "content", err)
		contents = append(contents, time.Since(start))
	}
	quantiles(b, "list", lists)
	quantiles(b, "content", contents)
}

// Searching 20,000 copied patients, one document each; a cold start with them, and
// what that holds in memory, in a process of its own.
func BenchmarkTwentyThousand(b *testing.B) {
	ctx := context.Background()
	m := &many{people: 20_000, documents: 1, size: 64}
	x := newBench(b, clienttest.Options{})
	m.now = x.clock.now
	x.seed(m)
	ok(b, "shut", x.Shut())
	tell := measure(b, x.cfg.Dir)
	x.open()
	x.offline(true)
	texts := []string{"lefevre", "LEA mart", "oeuvrard", "1987", "12/03/1987", "20000000", "jean francois", "n’diaye 0042", ""}
	var all []time.Duration
	for b.Loop() {
		start := time.Now()
		_, err := x.MyPatients(ctx, client.PatientQuery{Text: texts[len(all)%len(texts)]})
		ok(b, "find", err)
		all = append(all, time.Since(start))
	}
	quantiles(b, "search", all)
	tell()
}

// A cold start with 20,000 documents of 200 patients, and what it holds in memory.
func BenchmarkTwentyThousandDocuments(b *testing.B) {
	m := &many{people: 200, documents: 100, size: 64}
	x := newBench(b, clienttest.Options{})
	m.now = x.clock.now
	x.seed(m)
	ok(b, "shut", x.Shut())
	tell := measure(b, x.cfg.Dir)
	x.open()
	ctx := context.Background()
	x.offline(true)
	for b.Loop() {
		_, err := x.Documents(ctx, client.Access{PatientID: "p7"}, client.DocumentQuery{})
		ok(b, "documents", err)
	}
	tell()
}

// measure opens a cache in a process of its own; tell reports what that cost.
func measure(b *testing.B, dir string) (tell func()) {
	b.Helper()
	exe, err := os.Executable()
	ok(b, "executable", err)
	cmd := exec.CommandContext(b.Context(), exe)
	cmd.Env = append(os.Environ(), "CARNET_CACHE_CHILD=measure", "CARNET_CACHE_DIR="+filepath.Dir(dir))
	out, err := cmd.Output()
	ok(b, "measure", err)
	var cold, heap, resident, cpu float64
	_, err = fmt.Sscan(string(out), &cold, &cpu, &heap, &resident)
	ok(b, string(out), err)
	return func() {
		b.ReportMetric(cold, "cold-start-ms")
		b.ReportMetric(cpu, "cold-cpu-ms")
		b.ReportMetric(heap, "heap-MiB")
		b.ReportMetric(resident, "rss-MiB")
	}
}

// childMeasure opens a cache, reads every list of at most 200 records, and tells
// what it cost.
func childMeasure(dir string) int {
	start := time.Now()
	b, err := world(dir)
	if err != nil {
		fmt.Fprintln(os.Stderr, "open:", err)
		return 3
	}
	cold := time.Since(start)
	cpu := processCPU()
	b.offline(true)
	for i := range 200 {
		if _, err := b.Documents(context.Background(), client.Access{PatientID: "p" + strconv.Itoa(i)}, client.DocumentQuery{}); err != nil {
			fmt.Fprintln(os.Stderr, "documents:", err)
			return 4
		}
	}
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	fmt.Println(cold.Milliseconds(), cpu.Milliseconds(), float64(mem.HeapAlloc)/(1<<20), rss())
	return 0
}

// processCPU is the processor time that this process used so far; 0 where that is
// not told.
func processCPU() time.Duration {
	data, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), ") ")
	f := strings.Fields(rest)
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * 10 * time.Millisecond // 100 ticks a second
}

// seed writes copies without a server, many at once.
func (b *bench) seed(m *many) {
	b.t.Helper()
	var names []string
	for i := range m.people {
		name, err := b.recordName(m.person(i).ID)
		ok(b.t, "name", err)
		names = append(names, name)
	}
	ok(b.t, "keys", b.keys.add(names...))
	var all []*entry
	txn := b.db.NewTransaction(true)
	for i, name := range names {
		p := m.person(i)
		h := head{
			Patient: p, Lease: client.Lease{ID: p.ID, PatientID: p.ID, Until: m.now().Add(72 * time.Hour), Stamp: "s"},
			Access: client.Access{PatientID: p.ID, Rights: []string{fhir.RightRead}}, AsOf: m.now(), Opened: m.now().Add(-time.Duration(i) * time.Minute), Whole: true,
		}
		for j := range m.documents {
			d := m.document(p.ID, j)
			h.Documents = append(h.Documents, d.ID)
			ok(b.t, "document", b.putDocument(txn, name, d))
		}
		all = append(all, newEntry(name, h))
		if i%500 == 499 || m.documents > 1 {
			ok(b.t, "commit", txn.Commit())
			txn = b.db.NewTransaction(true)
		}
	}
	ok(b.t, "commit", txn.Commit())
	ok(b.t, "heads", b.putHeads(all))
	now := m.now()
	ok(b.t, "clock", b.Cache.clock.told(now.Add(time.Second)))
	ok(b.t, "clock", b.Cache.clock.write(now))
}

// rss is what the process holds of memory, in MiB; 0 where that is not told.
func rss() float64 {
	data, err := os.ReadFile("/proc/self/status")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	kib, _ := strconv.Atoi(strings.Fields(rest)[0])
	return float64(kib) / 1024
}

// The first copy of 200 records of 50 documents of 20 KiB, and a second round in
// which nothing changed.
func BenchmarkSync200Of50(b *testing.B) {
	for b.Loop() {
		m := &many{people: 200, documents: 50, size: 20 << 10}
		start := time.Now()
		x := crowd(b, m)
		first := time.Since(start)
		b.ReportMetric(float64(first.Milliseconds()), "first-ms")
		b.ReportMetric(float64(m.requests), "first-requests")
		m.requests = 0
		start = time.Now()
		r := x.sync()
		b.ReportMetric(float64(time.Since(start).Microseconds())/1000, "second-ms")
		b.ReportMetric(float64(r.Requests), "second-requests")
	}
}
