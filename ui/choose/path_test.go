package choose

import "testing"

// TestPaths: as people paste them.
func TestPaths(t *testing.T) {
	for text, want := range map[string]string{
		" /tmp/a b.pdf ": "/tmp/a b.pdf", `"C:\x.pdf"`: `C:\x.pdf`, "'/tmp/é.pdf'": "/tmp/é.pdf", "file:///tmp/a%20b%C3%A9.pdf": "/tmp/a bé.pdf", "": "", "file:": "file:",
	} {
		if got := CleanPath(text); got != want {
			t.Errorf("%q gives %q, want %q", text, got, want)
		}
	}
}
