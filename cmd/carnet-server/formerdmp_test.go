package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/lifecycle"
)

// TestImportDMP: a record that its person did not activate takes nothing over,
// and what was refused is told.
func TestImportDMP(t *testing.T) {
	data, from := filepath.Join(t.TempDir(), "data"), t.TempDir()
	if _, err := run(t, "", "init", "-data", data); err != nil {
		t.Fatal(err)
	}
	if _, err := run(t, insuredHeader+"\n"+insuredLine+"\n", "insured", "import", "-data", data, "-"); err != nil {
		t.Fatal(err)
	}
	const ins = "279035121518989"
	if out, err := run(t, ins+"\n", "import-dmp", "-data", data, "-from", from); err != nil || !strings.Contains(out, "filed: 0") {
		t.Errorf("without a folder: %s %v", out, err)
	}
	folder := filepath.Join(from, lifecycle.FolderOf(ins))
	if err := os.Mkdir(folder, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(folder, "lot.json"), []byte(`{"resourceType":"Bundle"`), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := run(t, ins+"\n", "import-dmp", "-data", data, "-from", from)
	if err == nil || !strings.Contains(out, "refused: lot.json") || !strings.Contains(out, "refused: 1") || strings.Contains(out+err.Error(), ins) {
		t.Errorf("a bundle that does not read: %s %v", out, err)
	}
	for name, c := range map[string]struct {
		stdin string
		args  []string
	}{
		"nobody's INS":   {"279035121518990\n", []string{"-data", data, "-from", from}},
		"no INS":         {"", []string{"-data", data, "-from", from}},
		"no folder":      {ins + "\n", []string{"-data", data}},
		"no data":        {ins + "\n", []string{"-from", from}},
		"INS in command": {"", []string{"-data", data, "-from", from, ins}},
	} {
		if out, err := run(t, c.stdin, append([]string{"import-dmp"}, c.args...)...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
}
