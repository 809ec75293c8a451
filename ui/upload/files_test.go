package upload

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/client/fhir"
)

// TestDisk: whole files, and errors that do not repeat a file's name, which
// often holds a patient's.
func TestDisk(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "MARTIN Léa 1979.pdf")
	if err := os.WriteFile(path, []byte("0123456789"), 0o600); err != nil {
		t.Fatal(err)
	}
	got, err := Disk{}.Read(t.Context(), path, 10)
	if err != nil || !bytes.Equal(got, []byte("0123456789")) {
		t.Fatalf("%q, %v", got, err)
	}
	ended, cancel := context.WithCancel(t.Context())
	cancel()
	for name, c := range map[string]struct {
		ctx   context.Context
		path  string
		limit int64
		code  fhir.Code
	}{
		"too large":      {t.Context(), path, 9, fhir.TooLarge},
		"gone":           {t.Context(), path + "x", 10, fhir.NotFound},
		"a folder":       {t.Context(), dir, 10, fhir.Invalid},
		"a device":       {t.Context(), os.DevNull, 10, fhir.Invalid},
		"given up":       {ended, path, 10, fhir.Canceled},
		"an odd address": {t.Context(), "MARTIN\x00", 10, fhir.Invalid},
	} {
		_, err := Disk{}.Read(c.ctx, c.path, c.limit)
		if fhir.CodeOf(err) != c.code {
			t.Errorf("%s: %v", name, err)
		}
		if err != nil && strings.Contains(err.Error(), "MARTIN") {
			t.Errorf("%s: the error repeats the name", name)
		}
	}
}
