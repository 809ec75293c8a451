package pdfcheck

import (
	"os"
	"testing"
)

// TestMain lets the test binary serve as its own worker.
func TestMain(m *testing.M) {
	RunWorkerIfAsked()
	quiet()
	os.Exit(m.Run())
}
