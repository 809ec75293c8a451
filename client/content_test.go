package client_test

import (
	"bytes"
	"encoding/base64"
	"net/http"
	"strconv"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// TestContent: each way in which bytes can differ from their description.
func TestContent(t *testing.T) {
	data := bytes.Repeat([]byte("%PDF page "), 20000)
	flipped := bytes.Clone(data)
	flipped[777] ^= 1
	quit := make(chan struct{})
	raw := func(b []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", "application/pdf")
			_, _ = w.Write(b)
		}
	}
	binary := func(w http.ResponseWriter, _ *http.Request) {
		answer(w, 200, `{"resourceType":"Binary","contentType":"application/pdf","data":"`+base64.StdEncoding.EncodeToString(data)+`"}`)
	}
	scenes := map[string]struct {
		scene http.HandlerFunc
		code  fhir.Code
	}{
		"whole":           {raw(data), ""},
		"as a Binary":     {binary, ""},
		"one bit flipped": {raw(flipped), fhir.Invalid},
		"one byte short":  {raw(data[1:]), fhir.Invalid},
		"one byte more":   {raw(append(bytes.Clone(data), 'x')), fhir.Invalid},
		"deleted since":   {func(w http.ResponseWriter, _ *http.Request) { answer(w, 410, `{}`) }, fhir.Withdrawn},
		"hidden":          {func(w http.ResponseWriter, _ *http.Request) { answer(w, 404, `{}`) }, fhir.NotFound},
		"cut in the middle": {func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:1000])
			drop(w, r)
		}, fhir.Offline},
		"stalled in the middle": {func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Length", strconv.Itoa(len(data)))
			_, _ = w.Write(data[:1000])
			w.(http.Flusher).Flush()
			<-quit
		}, fhir.Offline},
	}
	for name, c := range scenes {
		t.Run(name, func(t *testing.T) {
			s := play(t, 200*time.Millisecond, c.scene)
			if name == "stalled in the middle" {
				t.Cleanup(func() { close(quit) })
			}
			got, err := s.Content(t.Context(), client.Access{}, described(data))
			if c.code != "" {
				wantCode(t, "content", err, c.code)
				return
			}
			if err != nil || !bytes.Equal(got.Bytes, data) || got.Type != "application/pdf" || got.AsOf.IsZero() {
				t.Errorf("got %d bytes of %q, %v", len(got.Bytes), got.Type, err)
			}
		})
	}
}

// TestContentElsewhere: a description that leads to another server gets no
// request and no token.
func TestContentElsewhere(t *testing.T) {
	other := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") })
	s := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) { answer(w, 200, "{}") })
	for _, address := range []string{other.url + "/fhir/Binary/d1", "//evil.example/Binary/1", "../admin", s.url + "/admin", "", "file:///etc/passwd"} {
		d := described([]byte("x"))
		d.Attachment.URL = address
		_, err := s.Content(t.Context(), client.Access{}, d)
		wantCode(t, address, err, fhir.Invalid)
	}
	if other.count()+s.count() != 0 {
		t.Error("something was asked")
	}
}
