package client_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
)

// lotOf makes a lot of n drafts of a size.
func lotOf(n, size int) client.Lot {
	lot := client.Lot{ID: uuid.NewString()}
	for range n {
		d, _ := report(size)
		d.ID = uuid.NewString()
		lot.Drafts = append(lot.Drafts, d)
	}
	return lot
}

// accepted is the answer of a server that files everything.
func accepted(n int) string {
	b := fhir.Bundle{Type: fhir.BundleResponse, Entries: []fhir.Entry{{Status: "201", Location: "List/l1"}}}
	for i := range n {
		b.Entries = append(b.Entries,
			fhir.Entry{Status: "201", Location: fmt.Sprintf("DocumentReference/d%d/_history/1", i)}, fhir.Entry{Status: "201", Location: "Binary/x"})
	}
	return string(b.JSON())
}

// TestSubmit: what the server receives is a transaction of which the documents,
// the contents and the List fit together, announced with its length.
func TestSubmit(t *testing.T) {
	for _, sizes := range [][]int{{1}, {1, 2, 3}, {24 << 10, 24<<10 + 1, 100_003}} {
		lot := client.Lot{ID: uuid.NewString()}
		var contents [][]byte
		for _, size := range sizes {
			d, data := report(size)
			d.ID = uuid.NewString()
			lot.Drafts, contents = append(lot.Drafts, d), append(contents, data)
		}
		s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || int64(len(body)) != r.ContentLength || r.Header.Get(fhir.HeaderIdempotency) == "" {
				t.Errorf("the body is %d of %d bytes: %v", len(body), r.ContentLength, err)
			}
			split, err := fhir.SplitLot(bytes.NewReader(body), fhir.DefaultLotLimits())
			if err != nil {
				t.Fatal(err)
			}
			defer split.Close()
			n, err := fhir.Parse(split.Body)
			if err != nil {
				t.Fatal(err)
			}
			asked, issues := fhir.ReadTransaction(n)
			if len(issues) > 0 || len(asked.Documents) != len(sizes) {
				t.Fatalf("%d documents, %v", len(asked.Documents), issues)
			}
			for i, d := range asked.Documents {
				part := split.Parts[asked.Binaries[d.Binary].Part]
				got := make([]byte, part.Size)
				if _, err := part.Data.ReadAt(got, 0); err != nil || !bytes.Equal(got, contents[i]) {
					t.Errorf("content %d differs: %v", i, err)
				}
			}
			answer(w, 200, accepted(len(sizes)))
		})
		var last, total int64
		lot.Progress = func(sent, of int64) { last, total = sent, of }
		results, err := s.Submit(t.Context(), lot)
		if err != nil || last != total || len(results) != len(sizes) {
			t.Fatalf("%v: progress %d of %d, %+v", err, last, total, results)
		}
		for i, r := range results {
			if r.DocumentID != fmt.Sprintf("d%d", i) || r.Existed || r.Err != nil {
				t.Errorf("result %d is %+v", i, r)
			}
		}
	}
}

// endless is a file of a size, without the memory of one.
type endless struct{ size, at int64 }

func (e *endless) Seek(int64, int) (int64, error) { e.at = 0; return 0, nil }

func (e *endless) Read(p []byte) (int, error) {
	if e.at == e.size {
		return 0, io.EOF
	}
	n := min(int64(len(p)), e.size-e.at)
	clear(p[:n])
	e.at += n
	return int(n), nil
}

// TestSubmitMemory: the largest lot leaves with the memory of a small one.
func TestSubmitMemory(t *testing.T) {
	s := play(t, time.Minute, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, 200, accepted(50))
	})
	lot := lotOf(50, 1)
	for i := range lot.Drafts {
		lot.Drafts[i].Size = 1 << 20
		lot.Drafts[i].Content = &endless{size: 1 << 20}
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.Submit(t.Context(), lot); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 8<<20 {
		t.Errorf("sending 50 MiB allocated %d KiB", used>>10)
	}
}

// TestSubmitNone: what is no lot is not sent.
func TestSubmitNone(t *testing.T) {
	s := play(t, 5*time.Second, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, accepted(1)) })
	for name, c := range map[string]struct {
		edit func(*client.Lot)
		code fhir.Code
	}{
		"nothing":           {func(l *client.Lot) { l.Drafts = nil }, fhir.Required},
		"too many":          {func(l *client.Lot) { *l = lotOf(51, 1) }, fhir.TooLarge},
		"two patients":      {func(l *client.Lot) { l.Drafts[1].PatientID = "p2" }, fhir.Invalid},
		"one draft twice":   {func(l *client.Lot) { l.Drafts[1].ID = l.Drafts[0].ID }, fhir.Invalid},
		"a large document":  {func(l *client.Lot) { l.Drafts[1].Size = client.MaxDocument + 1 }, fhir.TooLarge},
		"a file that grew":  {func(l *client.Lot) { l.Drafts[1].Size-- }, fhir.Invalid},
		"a file that is no": {func(l *client.Lot) { l.Drafts[1].Content = nil }, fhir.Required},
	} {
		lot := lotOf(2, 100)
		c.edit(&lot)
		_, err := s.Submit(t.Context(), lot)
		wantCode(t, name, err, c.code)
	}
	lot := lotOf(11, 1)
	for i := range lot.Drafts {
		lot.Drafts[i].Size = 24 << 20
	}
	_, err := s.Submit(t.Context(), lot)
	wantCode(t, "too large in all", err, fhir.TooLarge)
	if s.count() != 0 {
		t.Error("something was sent")
	}
	d := lotOf(2, 5000)
	d.Drafts[1].Content = &failing{Reader: bytes.NewReader(make([]byte, 5000))}
	_, err = s.Submit(t.Context(), d)
	wantCode(t, "gone while it was sent", err, fhir.Invalid)
}

// TestSubmitForeign: an answer that does not fit is no success.
func TestSubmitForeign(t *testing.T) {
	for _, body := range []string{accepted(1), `{"resourceType":"Bundle","type":"searchset"}`, `{}`} {
		s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
			_, _ = io.Copy(io.Discard, r.Body)
			answer(w, 200, body)
		})
		_, err := s.Submit(t.Context(), lotOf(2, 10))
		wantCode(t, body, err, fhir.Malformed)
	}
}
