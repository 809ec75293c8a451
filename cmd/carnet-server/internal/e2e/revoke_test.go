package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"carnet/client/fhir"
)

// TestRevokedMeansNow: while many read a document, its mask is acknowledged;
// no read that starts after that succeeds (invariant 4).
func TestRevokedMeansNow(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	w.token(gp)
	w.token(mt)
	// The moment, always growing: mod 4 it is 0 readable, 2 masked and
	// acknowledged, odd between the two.
	var state atomic.Int64
	var readers sync.WaitGroup
	done := make(chan struct{})
	var read200, read404 atomic.Int64
	for range 6 {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
				}
				before := state.Load()
				got := w.do(read(gp, "", doc))
				after := state.Load()
				switch {
				case got.status == http.StatusOK:
					read200.Add(1)
				case got.status == http.StatusNotFound:
					read404.Add(1)
				}
				if before != after { // it changed meanwhile: either answer is right
					continue
				}
				if before%4 == 2 && got.status != http.StatusNotFound {
					t.Errorf("moment %d, answer %d", before, got.status)
				}
			}
		})
	}
	for range 15 {
		for _, mask := range []string{labels(fhir.LabelMasked), labels()} {
			state.Add(1)
			if a := w.do(patch(mt, "", doc, mask)); a.status != http.StatusOK {
				t.Errorf("%d %s", a.status, a.body)
			}
			masked := state.Add(1)%4 == 2
			if a := w.do(read(gp, "", doc)); masked && a.status != http.StatusNotFound {
				t.Errorf("right after the mask: %d", a.status)
			}
		}
	}
	close(done)
	readers.Wait()
	if read200.Load() == 0 || read404.Load() == 0 {
		t.Errorf("the readers saw %d and %d", read200.Load(), read404.Load())
	}
}

// TestAnUploadThatBreaksOffLeavesNothing: the line drops in the middle of a
// document; nothing is kept, neither in the record nor in the spool.
func TestAnUploadThatBreaksOffLeavesNothing(t *testing.T) {
	w := newWorld(t)
	body := strings.Replace(w.filing(alice, gp), "Qm9uam91cg==", strings.Repeat("QUFB", 1<<20), 1)
	host := strings.TrimSuffix(strings.TrimPrefix(w.base, "http://"), "/fhir")
	conn, err := net.Dial("tcp", host)
	w.must(err)
	_, err = fmt.Fprintf(conn, "POST /fhir/DocumentReference HTTP/1.1\r\nHost: %s\r\nAuthorization: Bearer %s\r\nContent-Type: application/fhir+json\r\nContent-Length: %d\r\n\r\n%s",
		host, w.token(gp), len(body), body[:3<<20])
	w.must(err)
	half, ok := conn.(*net.TCPConn)
	if !ok {
		t.Fatal("not TCP")
	}
	w.must(half.CloseWrite())
	answer := make([]byte, 512)
	n, err := conn.Read(answer) // the server has seen the end
	w.must(err)
	w.must(conn.Close())
	if text := string(answer[:n]); !strings.HasPrefix(text, "HTTP/1.1 400") {
		t.Errorf("%s", text)
	}
	if total := w.bundle(w.do(list(gp, "", alice))).Total; total != 0 {
		t.Errorf("%d documents were kept", total)
	}
	if left, err := os.ReadDir(w.spool); err != nil || len(left) != 0 {
		t.Errorf("the spool keeps %d files (%v)", len(left), err)
	}
}
