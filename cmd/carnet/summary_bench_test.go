package main

import (
	"fmt"
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui"
	"carnet/ui/summary"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"github.com/google/uuid"
)

// glance is a page of the health summary before the real server.
type glance struct {
	*widgettest.Desk
	*summary.Page
	shown bool
}

func (d *glance) Explain(err error) widget.Problem { return ui.Explain(err) }
func (d *glance) Mark(name string)                 { d.shown = d.shown || name == "summary-shown" }

// newGlance makes the page, in a window that is there.
func newGlance(b *testing.B, records *client.HTTP, who client.Patient) *glance {
	a, err := records.Open(b.Context(), who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	must(b, a, err)
	d := &glance{Desk: widgettest.New(b)}
	d.Page = summary.New(summary.Config{
		Scope: d.Scope(), Profiles: records, Access: func() client.Access { return a }, Patient: who, Me: client.Person{ID: "899700000011"}, Shell: d, NewID: uuid.NewString,
	})
	d.Window().SetContent(d.Page.Content())
	d.Window().Resize(fyne.NewSize(1180, 760))
	return d
}

// look asks for the profile and waits until its picture is on the page and drawn.
func (d *glance) look(b *testing.B) time.Duration {
	d.shown = false
	begun := time.Now()
	d.Page.Changed()
	d.Page.Shown()
	d.Until("shown", func() bool { return d.shown })
	if d.Window().Canvas().Capture().Bounds().Empty() {
		b.Fatal("nothing is drawn")
	}
	return time.Since(begun)
}

// fill writes a profile of n items over HTTP: most are measures, as in a life.
func fill(b *testing.B, records *client.HTTP, who client.Patient, n int) {
	a, err := records.Open(b.Context(), who.ID, client.OpenRequest{Mode: fhir.ModeNormal})
	must(b, a, err)
	substances := []string{"metformine", "ramipril", "apixaban", "atorvastatine", "paracétamol", "bisoprolol", "furosémide", "lévothyroxine"}
	day := time.Date(2026, 11, 1, 8, 0, 0, 0, time.UTC)
	for i := range n {
		item := client.Item{
			Resource: "Observation", Status: "final", Text: "Poids", Start: day.AddDate(0, 0, -i).Format(time.DateOnly), Value: fmt.Sprintf("%d.%d", 70+i%5, i%10), Unit: "kg",
			Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureWeight, Display: "Poids"},
		}
		switch i % 20 {
		case 0:
			s := substances[i/20%len(substances)]
			item = client.Item{Resource: "MedicationStatement", Status: "active", Text: s + " " + fmt.Sprint(i), Substances: []fhir.Coding{{Display: s}}, Dosage: "1 comprimé le matin"}
			if i > 400 {
				item.Status = "completed"
			}
		case 1:
			item = client.Item{Resource: "Condition", Status: "resolved", Text: "Maladie " + fmt.Sprint(i)}
		case 2:
			item = client.Item{Resource: "Immunization", Status: "completed", Text: "Grippe saisonnière", Start: day.AddDate(0, -i, 0).Format(time.DateOnly)}
		}
		kept, err := records.KeepItem(b.Context(), a, uuid.NewString(), item)
		must(b, kept, err)
	}
}

// BenchmarkSummaryOf2000 opens the summary of a patient with 2,000 items: the real
// server in its own process, HTTP, decided and logged, parsed, judged by the tables, on
// the page and drawn in software. "cold" is the first look after the server and the
// program have started; the rest is warm.
func BenchmarkSummaryOf2000(b *testing.B) {
	server := demoServer(b)
	records := doctor(b, server, "gp")
	page, err := records.MyPatients(b.Context(), client.PatientQuery{Text: "lefebvre"})
	who := must(b, page, err).Patients[0]
	had, err := records.Items(b.Context(), client.Access{PatientID: who.ID}, client.ItemQuery{Limit: 1})
	fill(b, records, who, 2000-must(b, had, err).Total)
	d := newGlance(b, doctor(b, server, "gp"), who) // a connection of its own
	cold := d.look(b)
	var took []time.Duration
	for b.Loop() {
		took = append(took, d.look(b))
	}
	slices.Sort(took)
	b.ReportMetric(float64(cold.Microseconds())/1000, "cold-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
}
