package e2e

import (
	"bytes"
	"context"
	"fmt"
	"maps"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/Shopify/toxiproxy/v2"
	"github.com/google/uuid"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/rs/zerolog"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/record"
)

// faults are what lines do. Each is a toxic of the proxy between the desktop's
// client and the real server.
var faults = map[string]string{
	"latency":                            `{"type":"latency","attributes":{"latency":100,"jitter":50}}`,
	"latency beyond patience":            `{"type":"latency","attributes":{"latency":5000}}`,
	"cut on the way there":               `{"type":"reset_peer","stream":"upstream","attributes":{"timeout":0}}`,
	"cut on the way back":                `{"type":"reset_peer","attributes":{"timeout":0}}`,
	"half-open: nothing arrives":         `{"type":"timeout","stream":"upstream","attributes":{"timeout":0}}`,
	"half-open: no answer comes":         `{"type":"timeout","attributes":{"timeout":0}}`,
	"slow close":                         `{"type":"slow_close","attributes":{"delay":300}}`,
	"reset in the middle of an upload":   `{"type":"limit_data","stream":"upstream","attributes":{"bytes":90000}}`,
	"reset in the head of an answer":     `{"type":"limit_data","attributes":{"bytes":120}}`,
	"reset in the middle of an answer":   `{"type":"limit_data","attributes":{"bytes":9000}}`,
	"answers in crumbs":                  `{"type":"slicer","attributes":{"average_size":700,"size_variation":500,"delay":10}}`,
	"a slow line, cut in a later answer": `{"type":"limit_data","attributes":{"bytes":60000}}`,
}

// gentle are the faults that a client may well get through; each other one must
// keep something from being done, or the story would tell nothing.
var gentle = []string{"latency", "slow close", "answers in crumbs", "a slow line, cut in a later answer"}

// patience is how long the client over a faulty line waits for an answer.
const patience = 300 * time.Millisecond

// line is a proxy in front of the server.
type line struct {
	*world
	proxy  *toxiproxy.Proxy
	failed int // tries
}

// through puts a proxy in front of the server, without faults yet.
func (w *world) through(t *testing.T) *line {
	t.Helper()
	server := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(prometheus.NewRegistry()), zerolog.Nop())
	host := strings.TrimSuffix(strings.TrimPrefix(w.base, "http://"), httpapi.Base)
	l := &line{world: w, proxy: toxiproxy.NewProxy(server, "line", "127.0.0.1:0", host)}
	w.must(l.proxy.Start())
	t.Cleanup(l.proxy.Stop)
	return l
}

// desktop is somebody's client over the line.
func (l *line) desktop(who string, wait time.Duration) *client.HTTP {
	l.Helper()
	l.token(who)
	c, err := client.New(client.Config{BaseURL: "http://" + l.proxy.Listen + httpapi.Base, Tokens: tokenOf{l.world, who}, Timeout: wait, Now: l.now})
	l.must(err)
	return c
}

// ails makes the line faulty; heals ends that, and every connection with it.
func (l *line) ails(toxic string) {
	l.Helper()
	_, err := l.proxy.Toxics.AddToxicJson(strings.NewReader(toxic))
	l.must(err)
}

func (l *line) heals() { l.proxy.Toxics.ResetToxics(context.Background()) }

// under fails unless an error is one that a bad line gives.
func (l *line) under(t *testing.T, what string, err error) {
	t.Helper()
	if err != nil {
		l.failed++
	}
	if err != nil && fhir.CodeOf(err) != fhir.Offline {
		t.Errorf("%s: %v", what, err)
	}
}

// TestNothingTwiceAndNothingHalfOverABadLine: copies, contents, reads handed in
// and filings, each tried over a faulty line and then again over a good one, as
// a desktop does: all is there once, and whole.
func TestNothingTwiceAndNothingHalfOverABadLine(t *testing.T) {
	w := newWorld(t)
	want := map[string][]byte{}
	for i := range 30 {
		data := bytes.Repeat(fmt.Appendf(nil, "ligne %d\n", i), 1500)
		want[w.queue(alice, nurse, func(d *record.DocumentSeed) { d.Data = data })] = data
	}
	w.must(w.seeder.Flush())
	for name, toxic := range faults {
		t.Run(name, func(t *testing.T) {
			l := w.through(t)
			bad, good := l.desktop(pharmacist, patience), l.desktop(pharmacist, 30*time.Second)
			k := &kept{line: l, docs: map[string]client.Document{}, bytes: map[string][]byte{}}
			l.ails(toxic)
			l.under(t, "copy", k.sync(bad))
			l.heals()
			w.must(k.sync(good))
			for id, data := range want {
				if !bytes.Equal(k.bytes[id], data) {
					t.Fatalf("a content has %d bytes of %d", len(k.bytes[id]), len(data))
				}
			}
			if len(k.bytes) != len(want) {
				t.Errorf("%d documents of %d", len(k.bytes), len(want))
			}
			reads := []client.OfflineRead{k.read(""), k.read(slices.Sorted(maps.Keys(want))[0])}
			before := k.told()
			l.ails(toxic)
			_, err := bad.ReportReads(context.Background(), reads)
			l.under(t, "report", err)
			l.heals()
			receipts, err := good.ReportReads(context.Background(), reads)
			w.must(err)
			for _, r := range receipts {
				if !r.Kept || r.Revoked {
					t.Errorf("the receipt is %+v", r)
				}
			}
			if after := k.told(); after != before+2 {
				t.Errorf("two reads, %d in the history", after-before)
			}
			l.filedOnce(t, toxic)
			if l.failed == 0 && !slices.Contains(gentle, name) {
				t.Error("nothing was kept from being done")
			}
		})
	}
}

// kept is what a desktop keeps, over however many tries.
type kept struct {
	*line
	lease client.Lease
	whole bool
	docs  map[string]client.Document
	bytes map[string][]byte
}

// sync goes on from where the last try ended.
func (k *kept) sync(c *client.HTTP) (err error) {
	ctx := context.Background()
	if k.lease.ID == "" {
		if k.lease, err = c.TakeCopy(ctx, client.Access{PatientID: alice}); err != nil {
			return err
		}
		k.lease.Stamp = ""
	}
	for !k.whole {
		got, err := c.CopyChanges(ctx, k.lease.ID, k.lease.Stamp)
		if err != nil {
			return err
		}
		for _, d := range got.Documents {
			if k.docs[d.ID].ID != "" {
				return fmt.Errorf("a document is told twice from one stamp on")
			}
			k.docs[d.ID] = d
		}
		k.lease.Stamp, k.whole = got.Stamp, !got.More
	}
	for id, d := range k.docs {
		if k.bytes[id] != nil {
			continue
		}
		got, err := c.CopyContent(ctx, k.lease.ID, d)
		if err != nil {
			return err
		}
		k.bytes[id] = got.Bytes
	}
	return nil
}

func (k *kept) read(doc string) client.OfflineRead {
	return client.OfflineRead{
		ID: uuid.NewString(), Lease: k.lease.ID, PatientID: alice, DocumentID: doc, At: k.now().UTC().Truncate(time.Millisecond), Mode: fhir.ModeNormal,
	}
}

// told counts the offline reads that the patient's history tells.
func (k *kept) told() (n int) {
	k.Helper()
	h, err := k.svc.History(context.Background(), holder(alice), alice, record.HistoryQuery{Who: id(pharmacist), Limit: 500})
	k.must(err)
	for _, v := range h.Visits {
		for _, a := range v.Acts {
			if v.Offline {
				n += a.Count
			}
		}
	}
	return n
}

// filedOnce files a document over the faulty line, then again over a good one:
// it is there once, byte for byte, and nothing else is left of it.
func (l *line) filedOnce(t *testing.T, toxic string) {
	t.Helper()
	ctx := context.Background()
	bad, good := l.desktop(gp, patience), l.desktop(gp, 30*time.Second)
	data := bytes.Repeat([]byte("compte rendu, "+uuid.NewString()+"\n"), 3000) // 150 KiB
	draft := client.Draft{
		ID: uuid.NewString(), PatientID: bob, PatientINS: insOf(bob), Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4"},
		Title: "Consultation", ActDate: l.now().Add(-time.Hour), ContentType: "text/plain", Content: bytes.NewReader(data), Size: int64(len(data)), Author: party(gp),
	}
	before := l.bundle(l.do(list(gp, "", bob))).Total
	l.ails(toxic)
	_, err := bad.File(ctx, client.Access{PatientID: bob}, draft, nil)
	l.under(t, "file", err)
	l.heals()
	d, err := good.File(ctx, client.Access{PatientID: bob}, draft, nil)
	l.must(err)
	if after := l.bundle(l.do(list(gp, "", bob))).Total; after != before+1 {
		t.Errorf("one filing, and %d documents more", after-before)
	}
	got, err := good.Content(ctx, client.Access{PatientID: bob}, d)
	l.must(err)
	if !bytes.Equal(got.Bytes, data) {
		t.Errorf("filed %d bytes, %d came back", len(data), len(got.Bytes))
	}
	if left, err := os.ReadDir(l.spool); err != nil || len(left) > 0 {
		t.Errorf("the spool holds %d files, %v", len(left), err)
	}
}
