package upload

import (
	"os"
	"testing"

	"carnet/client/pdfcheck"
)

// TestMain lets the test binary serve as the process that turns pictures into
// PDFs.
func TestMain(m *testing.M) {
	pdfcheck.RunWorkerIfAsked()
	os.Exit(m.Run())
}
