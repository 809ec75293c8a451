package e2e

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/cache/outbox"
	"carnet/client"
	"carnet/client/fhir"
)

// write is one thing that a desktop sends: the items of one attempt, with their bytes.
type write struct {
	its  []client.OutboxItem
	text string
}

// TestEveryWriteTakesEffectOnceOverABadLine: submission sets, messages, dispensings,
// vaccinations, consents and changes of documents, each tried over a faulty line and then
// again over a good one by what sends the desktop's queue: nothing is there twice,
// nothing half.
func TestEveryWriteTakesEffectOnceOverABadLine(t *testing.T) {
	w := newWorld(t)
	n := 0
	for name, toxic := range faults {
		n++
		t.Run(name, func(t *testing.T) {
			l := w.through(t)
			bad, good := l.sender(gp, patience), l.sender(gp, 30*time.Second)
			writes := l.writes(n)
			before := l.counts()
			l.ails(toxic)
			failed := l.all(t, bad, writes, true)
			l.heals()
			l.all(t, good, writes, false)
			l.all(t, good, writes, false) // an answer that was lost after all
			after := l.counts()
			for what, want := range map[string]int{"documents": 3 + 1 + 1, "dialogues": 1, "vaccinations": 1, "consents": 1, "masked": 1} {
				if got := after[what] - before[what]; got != want {
					t.Errorf("%d %s more, want %d", got, what, want)
				}
			}
			if left, err := os.ReadDir(l.spool); err != nil || len(left) > 0 {
				t.Errorf("the spool holds %d files, %v", len(left), err)
			}
			if failed == 0 && !slices.Contains(gentle, name) {
				t.Error("nothing was kept from being done")
			}
		})
	}
}

// sender is what sends the queue of somebody over the line.
func (l *line) sender(who string, wait time.Duration) outbox.LotSender {
	l.Helper()
	h := l.desktop(who, wait)
	kinds := outbox.SendItems(h)
	kinds[client.OutboxMessage] = outbox.SendMessage(h)
	s, ok := outbox.NewSender(h, kinds).(outbox.LotSender)
	if !ok {
		l.Fatal("the desktop's client sends no lots")
	}
	return s
}

// writes are one of each kind, for bob, whose médecin traitant writes them.
func (l *line) writes(n int) map[string]write {
	l.Helper()
	yes := true
	body := func(v any) json.RawMessage {
		data, err := json.Marshal(v)
		l.must(err)
		return data
	}
	item := func(kind client.OutboxKind, edit func(*client.OutboxItem)) write {
		it := client.OutboxItem{ID: uuid.NewString(), Kind: kind, PatientID: bob}
		edit(&it)
		return write{its: []client.OutboxItem{it}}
	}
	filing := func(code, text string) client.OutboxItem {
		return client.OutboxItem{ID: uuid.NewString(), Kind: client.OutboxFile, PatientID: bob, Draft: &client.Draft{
			PatientINS: insOf(bob), Type: fhir.Coding{System: fhir.SystemLOINC, Code: code}, Title: "Consultation",
			ActDate: l.now().Add(-time.Hour), ContentType: "text/plain", Author: party(gp), Size: int64(len(text)),
		}}
	}
	text := strings.Repeat(uuid.NewString()+"\n", 3000) // 108 KiB
	doc, err := l.world.desktop(gp).File(context.Background(), client.Access{PatientID: bob}, func() client.Draft {
		d := *filing("11488-4", "x").Draft
		d.ID, d.PatientID, d.Content = uuid.NewString(), bob, strings.NewReader("x")
		return d
	}(), nil)
	l.must(err)
	return map[string]write{
		"set":        {its: []client.OutboxItem{filing("11502-2", text), filing("11502-2", text), filing("11502-2", text)}, text: text},
		"report":     {its: []client.OutboxItem{filing("11488-4", text)}, text: text},
		"dispensing": {its: []client.OutboxItem{filing("60593-1", text)}, text: text},
		"message": item(client.OutboxMessage, func(it *client.OutboxItem) {
			it.Body = body(client.Outgoing{PatientID: bob, Subject: "Sujet-secret", Text: text[:9000]})
		}),
		"vaccination": item(client.OutboxItemKeep, func(it *client.OutboxItem) {
			it.Body = body(client.Item{Resource: "Immunization", Text: "Grippe saisonnière", Status: "completed", Start: "2026-11-20", Lot: fmt.Sprint("LOT", n), Dose: 1})
		}),
		"consent": item(client.OutboxConsent, func(it *client.OutboxItem) {
			it.PatientID = carol
			it.Consent = &client.ConsentDeclaration{PatientID: carol, Form: "oral", End: l.now().AddDate(0, n, 0).UTC().Truncate(time.Second)}
		}),
		"change": item(client.OutboxChange, func(it *client.OutboxItem) { it.Document, it.Change = &doc, &client.Change{Masked: &yes} }),
	}
}

// all makes one attempt of each, side by side, and counts those that failed. Over a bad
// line each may fail, but for no other reason than the line.
func (l *line) all(t *testing.T, to outbox.LotSender, writes map[string]write, bad bool) (failed int) {
	t.Helper()
	ctx, stop := context.WithTimeout(context.Background(), 30*time.Second)
	if bad { // a set may be checked for long: its patience is not that of the rest
		ctx, stop = context.WithTimeout(context.Background(), 5*patience)
	}
	defer stop()
	var mu sync.Mutex
	var trying sync.WaitGroup
	for name, one := range writes {
		trying.Go(func() {
			err := one.send(ctx, to)
			code := fhir.CodeOf(err)
			mu.Lock()
			defer mu.Unlock()
			if err != nil {
				failed++
			}
			if err != nil && (!bad || code != fhir.Offline && code != fhir.Canceled) {
				t.Errorf("%s: %v", name, err)
			}
		})
	}
	trying.Wait()
	return failed
}

func (w write) send(ctx context.Context, to outbox.LotSender) error {
	if len(w.its) == 1 {
		var content io.ReadSeeker
		if w.text != "" {
			content = strings.NewReader(w.text)
		}
		it := w.its[0]
		if it.Draft != nil { // the queue gives a copy each time
			d := *it.Draft
			it.Draft = &d
		}
		_, err := to.Send(ctx, it, content, nil)
		return err
	}
	contents := make([]io.ReadSeeker, len(w.its))
	for i := range contents {
		contents[i] = strings.NewReader(w.text)
	}
	_, err := to.SendLot(ctx, w.its, contents, nil)
	return err
}

// counts says how much there is of what the writes make.
func (l *line) counts() map[string]int {
	l.Helper()
	ctx := context.Background()
	h := l.world.desktop(gp)
	out := map[string]int{}
	q := client.DocumentQuery{}
	for more := true; more; more = q.Page != "" {
		page, err := h.Documents(ctx, client.Access{PatientID: bob}, q)
		l.must(err)
		for _, d := range page.Documents {
			out["documents"]++
			if d.Masked {
				out["masked"]++
			}
		}
		q.Page = page.Next
	}
	talks := client.DialogueQuery{}
	for more := true; more; more = talks.Page != "" {
		page, err := h.Dialogues(ctx, talks)
		l.must(err)
		out["dialogues"] += len(page.Dialogues)
		talks.Page = page.Next
	}
	items := client.ItemQuery{Resources: []string{"Immunization"}}
	for more := true; more; more = items.Page != "" {
		page, err := h.Items(ctx, client.Access{PatientID: bob}, items)
		l.must(err)
		out["vaccinations"] += len(page.Items)
		items.Page = page.Next
	}
	out["consents"] = l.bundle(l.do(ask{who: gp, path: "/Consent/_search", form: "patient=Patient/" + carol})).Total
	return out
}
