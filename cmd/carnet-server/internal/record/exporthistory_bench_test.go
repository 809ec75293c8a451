package record

import (
	"bytes"
	"context"
	"io"
	"strconv"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/audit"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// longLived has a history of about so many entries, of visits of four entries
// by forty professionals; as many entries of another record lie between them.
func longLived(b *testing.B, entries int) *world {
	b.Helper()
	ctx := context.Background()
	w := livedWorld(b)
	var recs [2]*store.Record
	for i := range recs {
		var err error
		if recs[i], err = w.st.RecordOf(ctx, holder(i+1).ID); err != nil {
			b.Fatal(err)
		}
	}
	kinds := []string{fhir.KindOpen, fhir.KindSearch, fhir.KindRead, fhir.KindClose}
	op := store.Op{}
	for n := range entries {
		visit := n / len(kinds)
		for _, rec := range recs {
			p := otherGP()
			p.ID = strconv.Itoa(810000000100 + visit%40)
			e := audit.Entry{
				At: w.clock.now(), Kind: kinds[n%len(kinds)], Mode: fhir.ModeNormal, Basis: fhir.BasisMT, Request: newID(),
				Session: rec.Facts.PatientID + "-" + strconv.Itoa(visit),
				Agent:   audit.Agent{ID: p.ID, Name: p.Name, Role: p.Profession, Specialty: p.Specialty, OrgID: p.OrgID, OrgName: p.OrgName},
			}
			if e.Kind == fhir.KindRead && rec == recs[0] {
				e.Document = docID("a")
			}
			one, err := w.prepare(e, rec)
			if err != nil {
				b.Fatal(err)
			}
			op.Log = append(op.Log, one)
		}
		if n%len(kinds) == 0 {
			w.clock.advance(time.Hour)
		}
		if len(op.Log) >= 2000 || n == entries-1 {
			if err := w.st.Do(ctx, op); err != nil {
				b.Fatal(err)
			}
			op = store.Op{}
		}
	}
	return w
}

// Figures of a history of 100,000 entries: a page of fifty visits, wherever it
// is, the export of all of it, and its check.
func BenchmarkLongHistory(b *testing.B) {
	const entries = 100_000
	ctx := context.Background()
	w := longLived(b, entries)
	now := w.clock.now()
	for name, q := range map[string]HistoryQuery{
		"newest":     {},
		"long ago":   {To: now.Add(-24_000 * time.Hour)},
		"one person": {Who: "810000000107"},
		"rare":       {Only: "emergency"},
	} {
		b.Run("page/"+name, func(b *testing.B) {
			for b.Loop() {
				h, err := w.History(ctx, holder(1), "pat-1", q)
				if err != nil || len(h.Visits) != historyPage && name != "rare" {
					b.Fatal(len(h.Visits), err)
				}
			}
		})
	}
	var file bytes.Buffer
	b.Run("export", func(b *testing.B) {
		for b.Loop() {
			file.Reset()
			if err := w.ExportHistory(ctx, holder(1), "pat-1", &file); err != nil {
				b.Fatal(err)
			}
		}
		b.ReportMetric(float64(file.Len()), "B/file")
	})
	b.Run("verify", func(b *testing.B) {
		for b.Loop() {
			r, err := VerifyExport(ExportCheck{File: bytes.NewReader(file.Bytes())})
			if err != nil || r.Entries < entries {
				b.Fatal(r, err)
			}
		}
	})
	b.Run("verify since", func(b *testing.B) {
		for b.Loop() {
			if _, err := VerifyExport(ExportCheck{File: bytes.NewReader(file.Bytes()), Since: io.NopCloser(bytes.NewReader(file.Bytes()))}); err != nil {
				b.Fatal(err)
			}
		}
	})
}
