package record

import (
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// What waits on this computer is sorted by document: the state that asks for somebody
// wins, what is done or another person's is not there.
func TestWhatWaitsByDocument(t *testing.T) {
	const mine = "p1"
	yes := true
	old := &client.Document{ID: "d1"}
	filing := &client.Draft{Title: "CR de biologie", Type: fhir.Coding{Code: "11502-2"}, ActDate: time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)}
	item := func(id string, kind client.OutboxKind, state client.OutboxState, change func(*client.OutboxItem)) client.OutboxItem {
		it := client.OutboxItem{ID: id, Kind: kind, PatientID: mine, State: state}
		change(&it)
		return it
	}
	file := func(it *client.OutboxItem) { it.Draft = filing }
	mask := func(it *client.OutboxItem) { it.Document, it.Change = old, &client.Change{Masked: &yes} }
	for name, row := range map[string]struct {
		items   []client.OutboxItem
		filings int
		waits   map[string]Wait
	}{
		"nothing":         {nil, 0, map[string]Wait{}},
		"a filing":        {[]client.OutboxItem{item("i1", client.OutboxFile, client.OutboxWaiting, file)}, 1, map[string]Wait{client.QueuedID("i1"): WaitsFiling}},
		"leaving":         {[]client.OutboxItem{item("i1", client.OutboxFile, client.OutboxSending, file)}, 1, map[string]Wait{client.QueuedID("i1"): WaitsFiling}},
		"refused":         {[]client.OutboxItem{item("i1", client.OutboxFile, client.OutboxRefused, file)}, 1, map[string]Wait{client.QueuedID("i1"): WaitsChoice}},
		"done":            {[]client.OutboxItem{item("i1", client.OutboxFile, client.OutboxDone, file)}, 0, map[string]Wait{}},
		"a change":        {[]client.OutboxItem{item("i1", client.OutboxChange, client.OutboxPaused, mask)}, 0, map[string]Wait{"d1": WaitsChange}},
		"a withdrawal":    {[]client.OutboxItem{item("i1", client.OutboxUndo, client.OutboxQueued, func(it *client.OutboxItem) { it.Document = old })}, 0, map[string]Wait{"d1": WaitsChange}},
		"a consent":       {[]client.OutboxItem{item("i1", client.OutboxConsent, client.OutboxQueued, func(*client.OutboxItem) {})}, 0, map[string]Wait{}},
		"somebody else's": {[]client.OutboxItem{item("i1", client.OutboxFile, client.OutboxQueued, func(it *client.OutboxItem) { it.Draft, it.PatientID = filing, "p2" })}, 0, map[string]Wait{}},
		"two, one to choose": {[]client.OutboxItem{
			item("i1", client.OutboxChange, client.OutboxConflict, mask), item("i2", client.OutboxChange, client.OutboxQueued, mask),
		}, 0, map[string]Wait{"d1": WaitsChoice}},
	} {
		filings, waits := Waiting(row.items, mine)
		if len(filings) != row.filings || len(waits) != len(row.waits) {
			t.Errorf("%s: %d filings, waits %v", name, len(filings), waits)
		}
		for id, want := range row.waits {
			if waits[id] != want {
				t.Errorf("%s: %s is %d, want %d", name, id, waits[id], want)
			}
		}
		for _, d := range filings {
			if d.Attachment.Title != filing.Title || d.Status != "current" || instant(d.PeriodStart).IsZero() {
				t.Errorf("%s: the row is %+v", name, d)
			}
		}
	}
}
