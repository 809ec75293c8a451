package portal

import (
	"context"
	"net/http"
	"slices"
	"testing"
	"time"

	"carnet/client/fhir"
)

// BenchmarkLongHistory measures the pages of a history of 10,000 acts over the
// real record: the list, a page of a month on paper, the whole as a table.
func BenchmarkLongHistory(b *testing.B) {
	s, service := realSite(b)
	ctx := context.Background()
	access, err := service.OpenAccess(ctx, gp(), lea, fhir.ModeNormal, "")
	if err != nil {
		b.Fatal(err)
	}
	who := s.lea()
	who.get("/mon/documents")
	var doc string
	for _, a := range find(who.page, "a") {
		if text(a) == "Radio du genou" {
			doc = attr(a, "href")[len("/mon/documents/"):]
		}
	}
	for range 10_000 {
		content, err := service.Content(ctx, gp(), access.Session, doc)
		if err != nil {
			b.Fatal(err)
		}
		_ = content.Reader.Close()
	}
	for name, path := range map[string]string{
		"list": "/mon/historique", "months": "/mon/historique/imprimer", "month": "/mon/historique/imprimer?mois=2026-11", "older": "/mon/historique/imprimer?mois=2026-03",
	} {
		b.Run(name, func(b *testing.B) {
			var took []time.Duration
			for b.Loop() {
				start := time.Now()
				who.get(path).sees(http.StatusOK)
				took = append(took, time.Since(start))
			}
			slices.Sort(took)
			b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
			b.ReportMetric(float64(len(who.body)), "bytes")
		})
	}
}
