//go:build unix

package outbox

import (
	"bytes"
	"context"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"

	"carnet/cache/killtest"
	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// limit makes files end at so many bytes, as a full disk does (a write stops in
// its middle), until restore.
func limit(t *testing.T, bytes uint64) (restore func()) {
	t.Helper()
	var old syscall.Rlimit
	ok(t, "getrlimit", syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old))
	small := old
	small.Cur = bytes
	signal.Ignore(syscall.SIGXFSZ)
	ok(t, "setrlimit", syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small))
	return func() {
		ok(t, "setrlimit", syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old))
		signal.Reset(syscall.SIGXFSZ)
	}
}

// The disk fills up: what was acknowledged stays, what was not says so in words
// and leaves nothing, and with room everything goes on.
func TestAFullDisk(t *testing.T) {
	if !killtest.Alone(t) {
		return
	}
	p := newPlace(t)
	o, err := Open(p.config())
	ok(t, "open", err)
	ctx := context.Background()
	restore := limit(t, 40_000)
	var kept []string
	for len(kept) < 1000 {
		it, err := o.Put(ctx, consent(clienttest.PatientStranger), nil)
		if err != nil {
			want(t, "put on a full disk", err, fhir.Unavailable)
			if !strings.Contains(err.Error(), "plein") {
				t.Errorf("the words are %q", err)
			}
			break
		}
		kept = append(kept, it.ID)
	}
	_, err = o.Put(ctx, filing("A"), bytes.NewReader(make([]byte, 300_000)))
	want(t, "a content on a full disk", err, fhir.Unavailable)
	restore()
	if len(kept) < 5 || len(kept) == 1000 || len(list(t, o)) != len(kept) {
		t.Fatalf("%d kept, %d listed", len(kept), len(list(t, o)))
	}
	if left, _ := os.ReadDir(filepath.Join(p.dir, contentDir)); len(left) != 0 {
		t.Errorf("%d files stay of what was not kept", len(left))
	}
	kept = append(kept, put(t, o, filing("B")).ID)
	ok(t, "close", o.Close())
	again := p.open()
	if r := again.Report(); r.Damaged != 0 || r.Items != len(kept) {
		t.Errorf("%d kept, found %+v", len(kept), r)
	}
	for _, id := range kept {
		state(t, again, id, client.OutboxQueued, "")
	}
}

// Nothing is sent that could not be noted, and when the end of an attempt
// cannot be noted, it is asked again with the same key: one effect.
func TestSendingOnAFullDisk(t *testing.T) {
	if !killtest.Alone(t) {
		return
	}
	signal.Reset(syscall.SIGXFSZ) // who waits for signals begins outside the bubble
	p := newPlace(t)
	synctest.Test(t, func(t *testing.T) {
		o, err := Open(p.config())
		ok(t, "open", err)
		gate := p.fake.Hold(clienttest.OpSending)
		it := put(t, o, filing("A"))
		stop := run(t, o)
		<-gate.Entered()
		info, err := os.Stat(filepath.Join(p.dir, format.File))
		ok(t, "stat", err)
		restore := limit(t, uint64(info.Size())+10)
		gate.Release()
		synctest.Wait()
		if got := state(t, o, it.ID, client.OutboxWaiting, fhir.Unavailable); !got.Uncertain {
			t.Errorf("%+v", got)
		}
		n := p.fake.Count(clienttest.OpFile)
		later(longest)
		if p.fake.Count(clienttest.OpFile) != n {
			t.Error("something was sent that could not be noted")
		}
		restore()
		later(2 * longest)
		synctest.Wait()
		stop()
		state(t, o, it.ID, client.OutboxDone, "")
		page, err := p.fake.Documents(t.Context(), client.Access{PatientID: clienttest.PatientLea}, client.DocumentQuery{})
		ok(t, "documents", err)
		mine := 0
		for _, d := range page.Documents {
			if d.UniqueID == "urn:uuid:"+it.ID {
				mine++
			}
		}
		if mine != 1 {
			t.Errorf("%d effects", mine)
		}
		ok(t, "close", o.Close())
	})
}
