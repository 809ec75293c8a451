package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"carnet/client/advice"
)

// TestTablesOfAFolder: nothing asked for is the embedded tables; a fault is told by its
// line and nothing is taken.
func TestTablesOfAFolder(t *testing.T) {
	if got, err := tablesOf(""); err != nil || got != (advice.Tables{}) {
		t.Errorf("%+v, %v", got, err)
	}
	dir := t.TempDir()
	write := func(name, text string) {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("classes_2023-09.csv", "class,substance\n")
	write("interactions_2023-09.csv", "a,b,level\nwarfarine,ibuprofène,terrible\n")
	if _, err := tablesOf(dir); err == nil || !strings.Contains(err.Error(), "2") {
		t.Errorf("a faulty line: %v", err)
	}
	write("interactions_2023-09.csv", "a,b,level\nwarfarine,ibuprofène,contre-indication\n")
	got, err := tablesOf(dir)
	if err != nil || got.Thesaurus.Edition != "2023-09" {
		t.Errorf("%+v, %v", got, err)
	}
	if _, err := tablesOf(filepath.Join(dir, "elsewhere")); err == nil {
		t.Error("a folder that is not there")
	}
}
