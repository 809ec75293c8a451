package client_test

import (
	"net/http"
	"testing"
	"time"

	"carnet/client/fhir"
)

// TestADamagedFileOfAMessageIsRefused: bytes that are not those of their tag
// are no file.
func TestADamagedFileOfAMessageIsRefused(t *testing.T) {
	h := play(t, time.Second, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/plain")
		w.Header().Set("ETag", `"2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824"`) // of "hello"
		_, _ = w.Write([]byte("hallo"))
	})
	if _, err := h.MessageContent(t.Context(), "d-1", "m-1"); fhir.CodeOf(err) != fhir.Invalid {
		t.Errorf("a damaged file: %v", err)
	}
	for _, id := range []string{"", "..", "a/b"} {
		if _, err := h.MessageContent(t.Context(), "d-1", id); fhir.CodeOf(err) != fhir.NotFound {
			t.Errorf("content %q: %v", id, err)
		}
		if _, err := h.Messages(t.Context(), id, ""); fhir.CodeOf(err) != fhir.NotFound {
			t.Errorf("dialogue %q: %v", id, err)
		}
	}
}
