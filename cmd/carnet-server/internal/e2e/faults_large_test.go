package e2e

import (
	"bytes"
	"context"
	"os"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

const large = 20 << 20

// watched is a content that tells how far it was read.
type watched struct {
	*bytes.Reader
	at      int64 // of bytes read, when reached is closed
	read    int64
	gone    bool
	reached chan struct{}
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.Reader.Read(p)
	if w.read += int64(n); w.read >= w.at && !w.gone {
		w.gone = true
		close(w.reached)
	}
	return n, err
}

// largeDraft is a document of 20 MiB for bob, of his médecin traitant.
func (l *line) largeDraft() (client.Draft, []byte) {
	data := bytes.Repeat([]byte(uuid.NewString()+"\n"), large/37+1)[:large]
	return client.Draft{
		ID: uuid.NewString(), PatientID: bob, PatientINS: insOf(bob), Type: fhir.Coding{System: fhir.SystemLOINC, Code: "11488-4"},
		Title: "Consultation", ActDate: l.now().Add(-time.Hour), ContentType: "text/plain", Size: large, Author: party(gp),
	}, data
}

// TestALargeFilingIsCutAndBegunAnew: 20 MiB whose line is reset in the middle of the
// upload, and then in the answer, begin anew with the same key and are there once, byte
// for byte; nothing holds a copy of them meanwhile, and nothing is left on the disk.
func TestALargeFilingIsCutAndBegunAnew(t *testing.T) {
	w := newWorld(t)
	l := w.through(t)
	c := l.desktop(gp, 20*time.Second)
	ctx, a := context.Background(), client.Access{PatientID: bob}
	d, data := l.largeDraft()
	before := l.bundle(l.do(list(gp, "", bob))).Total
	var mem runtime.MemStats
	runtime.ReadMemStats(&mem)
	allocated := mem.TotalAlloc
	for name, toxic := range map[string]string{
		"the upload": `{"type":"limit_data","stream":"upstream","attributes":{"bytes":9000000}}`,
		"the answer": `{"type":"limit_data","attributes":{"bytes":120}}`,
	} {
		l.ails(toxic)
		d.Content = bytes.NewReader(data)
		if _, err := c.File(ctx, a, d, nil); fhir.CodeOf(err) != fhir.Offline {
			t.Errorf("cut in %s: %v", name, err)
		}
		l.heals()
	}
	d.Content = bytes.NewReader(data)
	kept, err := c.File(ctx, a, d, nil)
	w.must(err)
	runtime.ReadMemStats(&mem)
	// client, proxy and server are all in this process
	if used := mem.TotalAlloc - allocated; used > 6*large {
		t.Errorf("three attempts of %d MiB allocated %d MiB", large>>20, used>>20)
	} else {
		t.Logf("three attempts of %d MiB allocated %d MiB in client, proxy and server", large>>20, used>>20)
	}
	if after := l.bundle(l.do(list(gp, "", bob))).Total; after != before+1 {
		t.Errorf("one filing, and %d documents more", after-before)
	}
	got, err := c.Content(ctx, a, kept)
	w.must(err)
	if !bytes.Equal(got.Bytes, data) {
		t.Errorf("filed %d bytes, %d came back", len(data), len(got.Bytes))
	}
	if left, err := os.ReadDir(w.spool); err != nil || len(left) > 0 {
		t.Errorf("the spool holds %d files, %v", len(left), err)
	}
}

// TestALargeFilingIsCanceledAtOnce: who cancels in the middle of 20 MiB over a slow line
// has the keyboard back within the second, and the content with it.
func TestALargeFilingIsCanceledAtOnce(t *testing.T) {
	w := newWorld(t)
	l := w.through(t)
	c := l.desktop(gp, 20*time.Second)
	l.ails(`{"type":"bandwidth","stream":"upstream","attributes":{"rate":4000}}`)
	d, data := l.largeDraft()
	content := &watched{Reader: bytes.NewReader(data), at: large + 1<<20, reached: make(chan struct{})} // the first 20 are for its hash
	d.Content = content
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() {
		_, err := c.File(ctx, client.Access{PatientID: bob}, d, nil)
		ended <- err
	}()
	<-content.reached
	began := time.Now()
	cancel()
	err := <-ended
	if took := time.Since(began); fhir.CodeOf(err) != fhir.Canceled || took > time.Second {
		t.Errorf("canceled with %v after %v", err, took)
	}
	if n := l.bundle(l.do(list(gp, "", bob))).Total; n != 0 {
		t.Errorf("%d documents are there", n)
	}
}
