package demo

import (
	"os"
	"testing"

	"carnet/client/pdfcheck"
)

// TestMain lets the test binary serve as the PDF gate's worker.
func TestMain(m *testing.M) {
	pdfcheck.RunWorkerIfAsked()
	os.Exit(m.Run())
}
