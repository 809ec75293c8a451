package client_test

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"runtime"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// TestUpload: what the server receives is a PDSm comprehensive
// DocumentReference with the bytes inside, announced with its length and key.
func TestUpload(t *testing.T) {
	for _, size := range []int{1, 2, 3, 24 << 10, 24<<10 + 1, 100_003} {
		var got struct {
			ResourceType     string
			MasterIdentifier struct{ System, Value string }
			Status           string
			Subject          struct{ Reference string }
			SecurityLabel    []struct{ Coding []struct{ Code string } }
			RelatesTo        []struct {
				Code   string
				Target struct{ Reference string }
			}
			Content []struct {
				Attachment struct {
					ContentType, Language, Hash, Title, Creation string
					Size                                         int64
					Data                                         []byte
				}
				Format struct{ Code string }
			}
			Context struct{ Period struct{ Start string } }
		}
		d, data := report(size)
		d.Masked, d.Replaces = true, &client.Document{ID: "d0"}
		s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err != nil || int64(len(body)) != r.ContentLength || json.Unmarshal(body, &got) != nil {
				t.Errorf("%d bytes: the body is %d of %d bytes: %v", size, len(body), r.ContentLength, err)
			}
			if r.Header.Get(fhir.HeaderIdempotency) != d.ID || r.Header.Get(fhir.HeaderSession) != "s1" {
				t.Error("a header is missing")
			}
			w.Header().Set("Location", "DocumentReference/d1")
			answer(w, 201, `{"resourceType":"DocumentReference","id":"d1"}`)
		})
		var last int64
		kept, err := s.File(t.Context(), client.Access{Session: "s1"}, d, func(sent, total int64) { last = sent })
		if err != nil || kept.ID != "d1" || last != d.Size {
			t.Fatalf("%d bytes: got %q, %v, progress %d", size, kept.ID, err, last)
		}
		a := got.Content[0].Attachment
		want := described(data).Attachment
		if !bytes.Equal(a.Data, data) || a.Size != want.Size || a.Hash != want.Hash || a.Title != d.Title || a.Language != "fr-FR" || a.Creation == "" {
			t.Errorf("%d bytes: the attachment differs", size)
		}
		if got.MasterIdentifier.Value != "urn:uuid:"+d.ID || got.Subject.Reference != "Patient/p1" || len(got.SecurityLabel) != 2 ||
			got.RelatesTo[0].Target.Reference != "DocumentReference/d0" || got.Content[0].Format.Code == "" || got.Context.Period.Start == "" {
			t.Errorf("%d bytes: the description differs: %+v", size, got.MasterIdentifier)
		}
	}
}

// TestUploadMemory: a document of 24 MiB leaves without a copy of it being made.
func TestUploadMemory(t *testing.T) {
	s := play(t, 30*time.Second, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, 201, `{"resourceType":"DocumentReference","id":"d1"}`)
	})
	d, _ := report(24 << 20)
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	if _, err := s.File(t.Context(), client.Access{}, d, nil); err != nil {
		t.Fatal(err)
	}
	runtime.ReadMemStats(&after)
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("sending 24 MiB allocated %d KiB", used>>10)
	}
}

// failing is a content whose second reading fails.
type failing struct {
	*bytes.Reader
	rewound int
}

func (f *failing) Seek(offset int64, whence int) (int64, error) {
	f.rewound++
	return f.Reader.Seek(offset, whence)
}

func (f *failing) Read(p []byte) (int, error) {
	if f.rewound > 1 {
		return 0, io.ErrUnexpectedEOF
	}
	return f.Reader.Read(p)
}

// TestUploadFile: a file that is not what was chosen is not sent.
func TestUploadFile(t *testing.T) {
	s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		answer(w, 201, `{"resourceType":"DocumentReference","id":"d1"}`)
	})
	d, _ := report(5000)
	d.Size = 4999
	_, err := s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "grown", err, fhir.Invalid)
	d.Size = 5001
	_, err = s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "shrunk", err, fhir.Invalid)
	d.Size = client.MaxDocument + 1
	_, err = s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "too large", err, fhir.TooLarge)
	if s.count() != 0 {
		t.Error("something was sent")
	}
	d, data := report(5000)
	d.Content = &failing{Reader: bytes.NewReader(data)}
	_, err = s.File(t.Context(), client.Access{}, d, nil)
	wantCode(t, "gone while it was sent", err, fhir.Invalid)
}

// TestUploadProven: the hash that a draft carries is believed until the bytes
// have left, and what has another never arrives whole; alone as in a lot.
func TestUploadProven(t *testing.T) {
	for _, size := range []int{1, 5000, 24 << 10, 100_003} {
		d, data := report(size)
		d.Hash = described(data).Attachment.Hash
		reads := &counting{Reader: bytes.NewReader(data)}
		d.Content = reads
		whole := 0
		s := play(t, 5*time.Second, func(w http.ResponseWriter, r *http.Request) {
			body, err := io.ReadAll(r.Body)
			if err == nil && int64(len(body)) == r.ContentLength {
				whole++
			}
			if bytes.Contains(body, []byte(`"transaction"`)) {
				answer(w, 200, accepted(1))
				return
			}
			answer(w, 201, `{"resourceType":"DocumentReference","id":"d1"}`)
		})
		file := func(d client.Draft) error {
			_, err := s.File(t.Context(), client.Access{}, d, nil)
			return err
		}
		submit := func(d client.Draft) error {
			_, err := s.Submit(t.Context(), client.Lot{ID: d.ID, Drafts: []client.Draft{d}})
			return err
		}
		for name, send := range map[string]func(client.Draft) error{"alone": file, "in a lot": submit} {
			whole, reads.read = 0, 0
			if err := send(d); err != nil || whole != 1 || reads.read != size {
				t.Errorf("%d bytes %s: %v, %d arrived, %d bytes were read", size, name, err, whole, reads.read)
			}
			other := d
			changed := bytes.Clone(data)
			changed[size-1] ^= 1
			other.Content, whole = bytes.NewReader(changed), 0
			if err := send(other); fhir.CodeOf(err) != fhir.Invalid || whole != 0 {
				t.Errorf("%d other bytes %s: %v, %d arrived", size, name, err, whole)
			}
		}
	}
}

// counting counts what is read.
type counting struct {
	*bytes.Reader
	read int
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.Reader.Read(p)
	c.read += n
	return n, err
}
