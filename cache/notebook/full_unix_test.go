//go:build unix

package notebook

import (
	"context"
	"fmt"
	"os/signal"
	"strings"
	"syscall"
	"testing"

	"carnet/cache/killtest"
	"carnet/client"
	"carnet/client/fhir"
)

// The disk fills up (files end at so many bytes, in the middle of a write):
// what was acknowledged stays, what was not says so in words and leaves nothing,
// and with room everything goes on.
func TestAFullDisk(t *testing.T) {
	if !killtest.Alone(t) {
		return
	}
	p := newPlace(t)
	n, err := Open(p.c)
	ok(t, "open", err)
	var old syscall.Rlimit
	ok(t, "getrlimit", syscall.Getrlimit(syscall.RLIMIT_FSIZE, &old))
	small := old
	small.Cur = 40_000
	signal.Ignore(syscall.SIGXFSZ)
	defer signal.Reset(syscall.SIGXFSZ)
	ok(t, "setrlimit", syscall.Setrlimit(syscall.RLIMIT_FSIZE, &small))
	kept := 0
	for ; kept < 1000; kept++ {
		if err = n.Put(context.Background(), client.Note{Name: fmt.Sprint(kept), Value: make([]byte, 300)}); err != nil {
			break
		}
	}
	ok(t, "setrlimit", syscall.Setrlimit(syscall.RLIMIT_FSIZE, &old))
	refused(t, "a full disk", err, fhir.Unavailable)
	if err == nil || !strings.Contains(err.Error(), "plein") {
		t.Errorf("the words are %v", err)
	}
	if kept < 5 || len(all(t, n)) != kept {
		t.Fatalf("%d kept, %d there", kept, len(all(t, n)))
	}
	put(t, n, "place", "1")
	ok(t, "close", n.Close())
	again := p.open()
	if r := again.Report(); r.Damaged != 0 || r.Torn != 0 || r.Notes != kept+1 {
		t.Errorf("%d kept, found %+v", kept, r)
	}
}
