package e2e

import (
	"bytes"
	"context"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// crowd puts people in whose médecin traitant is the general practitioner of the
// stories, each with documents of a size.
func (w *world) crowd(people, documents, size int) (ids []string) {
	w.Helper()
	data := bytes.Repeat([]byte("0123456789abcde\n"), size/16)
	for i := range people {
		p := fmt.Sprintf("pat-crowd-%d", i)
		w.must(w.seeder.AddPatient(record.PatientSeed{
			ID: p, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("2790351%06d10", i)},
			BirthName: "FOULE", Given: []string{"CAMILLE"}, Gender: "female", BirthDate: "1979-03-28",
		}))
		w.must(w.seeder.SetRecord(record.RecordSeed{PatientID: p, MT: id(mt)}))
		w.must(w.seeder.SetLife(record.Life{Patient: p, State: record.LifeActivated, Activated: w.now().AddDate(0, -6, 0)}))
		for d := range documents {
			w.queue(p, nurse, func(s *record.DocumentSeed) { s.Data, s.FiledAt = data, w.now().AddDate(0, 0, -d) })
		}
		ids = append(ids, p)
	}
	w.must(w.seeder.Flush())
	return ids
}

// served sums a metric over the routes of offline work.
func (w *world) served(metric string) (sum float64) {
	w.Helper()
	a := w.do(ask{path: strings.TrimSuffix(w.base, "/fhir") + "/metrics"})
	for line := range strings.Lines(a.body) {
		for _, route := range []string{"copy-take", "copy-check", "copy-changes", "content-read"} {
			if strings.HasPrefix(line, metric) && strings.Contains(line, `route="`+route+`"`) {
				n, err := strconv.ParseFloat(strings.TrimSpace(line[strings.LastIndexByte(line, ' '):]), 64)
				w.must(err)
				sum += n
			}
		}
	}
	return sum
}

// take takes copies of many records, one after the other as a desktop does.
func (w *world) take(c *client.HTTP, people []string, contents bool) (held []client.CopyCheck) {
	w.Helper()
	ctx := context.Background()
	for _, p := range people {
		l, err := c.TakeCopy(ctx, client.Access{PatientID: p})
		w.must(err)
		at := client.CopyChanges{More: true}
		for at.More {
			at, err = c.CopyChanges(ctx, l.ID, at.Stamp)
			w.must(err)
			for _, d := range at.Documents {
				if contents {
					_, err := c.CopyContent(ctx, l.ID, d)
					w.must(err)
				}
			}
		}
		held = append(held, client.CopyCheck{Lease: l.ID, Stamp: at.Stamp})
	}
	return held
}

// BenchmarkFirstCopyOf200 takes copies of 200 records of 50 documents, with and
// without their contents of 20 KiB.
func BenchmarkFirstCopyOf200(b *testing.B) {
	for _, contents := range []bool{false, true} {
		b.Run(fmt.Sprintf("contents=%v", contents), func(b *testing.B) {
			w := newWorld(b)
			people := w.crowd(200, 50, 20<<10)
			c := w.desktop(mt)
			for b.Loop() {
				requests, size := w.served("carnet_http_requests_total"), w.served("carnet_http_response_bytes_total")
				w.take(c, people, contents)
				b.ReportMetric(w.served("carnet_http_requests_total")-requests, "requests/op")
				b.ReportMetric(w.served("carnet_http_response_bytes_total")-size, "bytes/op")
			}
		})
	}
}

// BenchmarkCheckOf200 asks about 200 copies that did not change: one request.
func BenchmarkCheckOf200(b *testing.B) {
	w := newWorld(b)
	c := w.desktop(mt)
	held := w.take(c, w.crowd(200, 50, 1<<10), false)
	check := func(b *testing.B) {
		states, err := c.CheckCopies(context.Background(), held)
		w.must(err)
		for i, s := range states {
			if !s.Runs || s.Stamp != held[i].Stamp {
				b.Fatalf("%+v", s)
			}
		}
	}
	b.Run("unchanged", func(b *testing.B) {
		for b.Loop() {
			check(b)
		}
	})
	b.Run("renewed", func(b *testing.B) { // as once an hour
		for b.Loop() {
			w.later(61 * time.Minute)
			w.token(mt)
			check(b)
		}
	})
}
