package main

import (
	"bytes"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/record"
)

// A wrecked store is told in a few lines, with how much more there is.
func TestVerifyTellsTheFirstProblems(t *testing.T) {
	for n, want := range map[int]string{0: "", 20: "", 21: "… and 1 more\n", 500: "… and 480 more\n"} {
		var out bytes.Buffer
		m := &Main{Stdout: &out}
		err := m.printVerified(record.VerifyReport{Problems: make([]record.VerifyProblem, n)})
		if (err != nil) != (n > 0) {
			t.Errorf("%d problems: %v", n, err)
		}
		lines := strings.Count(out.String(), "problem at ")
		if lines != min(n, 20) || !strings.HasSuffix(out.String(), want) || strings.Contains(out.String(), "more") != (want != "") {
			t.Errorf("%d problems: %s", n, out.String())
		}
	}
}
