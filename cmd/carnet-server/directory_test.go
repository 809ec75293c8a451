package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/cmd/carnet-server/internal/record"
)

func TestDirectoryImport(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if _, err := run(t, "", "init", "-data", data); err != nil {
		t.Fatal(err)
	}
	list := record.ListedHeader + "\norg,1997000011,Cabinet du Port,,,,,SA08,Nantes\npro,899700000011,Dr Anne MOREL,10,SM54,1997000011,Cabinet du Port,SA08,Nantes\n"
	file := filepath.Join(t.TempDir(), "list.csv")
	if err := os.WriteFile(file, []byte(list), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, from := range []string{file, "-"} {
		if out, err := run(t, list, "directory", "import", "-data", data, from); err != nil || !strings.Contains(out, ": 2") {
			t.Errorf("%s: %s %v", from, out, err)
		}
	}
	for name, args := range map[string][]string{
		"no file":       {"-data", data},
		"a missing one": {"-data", data, filepath.Join(data, "none.csv")},
		"no directory":  {file},
		"another one":   {"-data", t.TempDir(), file},
	} {
		if out, err := run(t, "", append([]string{"directory", "import"}, args...)...); err == nil {
			t.Errorf("%s: %s", name, out)
		}
	}
	if out, err := run(t, "kind,id\n", "directory", "import", "-data", data, "-"); err == nil {
		t.Errorf("a list with another header: %s", out)
	}
}

// TestImportsSayThatAServerRuns: and what to do about it.
func TestImportsSayThatAServerRuns(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	if _, err := run(t, "", "init", "-data", data); err != nil {
		t.Fatal(err)
	}
	service, err := record.Open(t.Context(), record.Config{Dir: data})
	if err != nil {
		t.Fatal(err)
	}
	for _, args := range [][]string{
		{"directory", "import", "-data", data, "-"},
		{"insured", "import", "-data", data, "-"},
		{"import-dmp", "-data", data, "-from", t.TempDir()},
	} {
		if out, err := run(t, "279035121518989\n", args...); err == nil || !strings.Contains(err.Error(), "stop it") || !strings.Contains(err.Error(), "again") {
			t.Errorf("%v: %s %v", args, out, err)
		}
	}
	if err := service.Close(); err != nil {
		t.Fatal(err)
	}
	if out, err := run(t, record.ListedHeader+"\n", "directory", "import", "-data", data, "-"); err != nil {
		t.Errorf("once it is stopped: %s %v", out, err)
	}
}
