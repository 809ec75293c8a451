package layout

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"strings"
	"testing"
)

// pkg is what `go list` tells of a package.
type pkg struct {
	ImportPath   string
	Standard     bool
	Imports      []string
	TestImports  []string
	XTestImports []string
}

func packages(t *testing.T) []pkg {
	t.Helper()
	cmd := exec.Command("go", "list", "-json", "-tags", "x11,ci", "carnet/...")
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("go list: %v", err)
	}
	var all []pkg
	dec := json.NewDecoder(strings.NewReader(string(out)))
	for {
		var p pkg
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			return all
		} else if err != nil {
			t.Fatal(err)
		}
		all = append(all, p)
	}
}

func TestWhoImportsWhom(t *testing.T) {
	for _, p := range packages(t) {
		from := Room(p.ImportPath)
		if from == "" {
			t.Errorf("%s stands in no room of the house: give it one in rooms.go", p.ImportPath)
			continue
		}
		for _, imp := range p.Imports {
			if reason := Refuse(p.ImportPath, imp); reason != "" {
				t.Errorf("%s imports %s: %s", p.ImportPath, imp, reason)
			}
		}
		for _, imp := range append(p.TestImports, p.XTestImports...) {
			if reason := RefuseInTest(p.ImportPath, imp); reason != "" {
				t.Errorf("the tests of %s import %s: %s", p.ImportPath, imp, reason)
			}
		}
	}
}

func TestTheTableRefuses(t *testing.T) {
	rows := []struct {
		from, to string
		refused  bool
	}{
		{"carnet/ui/patients", "carnet/client", false},
		{"carnet/ui/patients", "carnet/cache", true},
		{"carnet/ui/patients", "net/http", true},
		{"carnet/ui/patients", "carnet/ui/record", true},
		{"carnet/ui/widget", "carnet/client", true},
		{"carnet/client/fhir", "github.com/sirupsen/logrus", true},
		{"carnet/client/fhir", "encoding/json", false},
		{"carnet/client", "carnet/ui", true},
		{"carnet/client/batch", "carnet/cache", true},
		{"carnet/cmd/carnet-server/internal/httpapi", "carnet/cmd/carnet-server/internal/idp", true},
		{"carnet/cmd/carnet-server/internal/httpapi", "carnet/cmd/carnet-server/internal/record", false},
		{"carnet/cmd/carnet-server/internal/record", "carnet/client", true},
		{"carnet/cmd/carnet-server/internal/record", "fyne.io/fyne/v2", true},
		{"carnet/cmd/carnet", "fyne.io/fyne/v2", false},
		{"carnet/cache", "fyne.io/fyne/v2/widget", true},
		{"carnet/client", "carnet/cmd/internal/logging", true},
	}
	for _, r := range rows {
		if got := Refuse(r.from, r.to) != ""; got != r.refused {
			t.Errorf("%s → %s: refused %v, want %v", r.from, r.to, got, r.refused)
		}
	}
}
