package advice

import (
	"io/fs"
	"testing"
	"testing/fstest"

	"carnet/client/fhir"
)

// TestTablesOfAnAdministrator: the newest of each kind is in force, what is not given
// is the embedded one, and a folder with a fault gives nothing.
func TestTablesOfAnAdministrator(t *testing.T) {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s)} }
	pairs, classes := file("a,b,level\nwarfarine,zztest,contre-indication\n"), file("class,substance\n")
	calendar, err := fs.ReadFile(data, "data/calendar_2025.csv")
	if err != nil {
		t.Fatal(err)
	}
	got, err := LoadTables(fstest.MapFS{
		"interactions_2023-09.csv": pairs, "classes_2023-09.csv": classes, "interactions_2022-01.csv": file("broken"), "calendar_2026.csv": file(string(calendar)), "lisez-moi.txt": file("x"),
	})
	if err != nil || got.Thesaurus.Edition != "2023-09" || got.Calendar.Edition != "2026" {
		t.Fatalf("%+v, %v", got, err)
	}
	if r := got.Thesaurus.Check([]string{"warfarine", "zztest"}); len(r.Warnings) != 1 || r.Warnings[0].Cite.Edition != "2023-09" {
		t.Errorf("%+v", r)
	}
	part, err := LoadTables(fstest.MapFS{"calendar_2026.csv": file(string(calendar))})
	if all := part.InForce(); err != nil || all.Thesaurus != CurrentThesaurus() || all.Calendar.Edition != "2026" {
		t.Errorf("%+v, %v", all, err)
	}
	for name, c := range map[string]struct {
		dir  fstest.MapFS
		want fhir.Code
	}{
		"nothing":         {fstest.MapFS{"notes.csv": file("x")}, fhir.NotFound},
		"without classes": {fstest.MapFS{"interactions_2023-09.csv": pairs}, fhir.NotFound},
		"a faulty line":   {fstest.MapFS{"interactions_2023-09.csv": file("a,b,level\nwarfarine,zztest,terrible\n"), "classes_2023-09.csv": classes}, fhir.Malformed},
		"a faulty one of two": {fstest.MapFS{
			"interactions_2023-09.csv": pairs, "classes_2023-09.csv": classes, "calendar_2026.csv": file("no heading\n"),
		}, fhir.Malformed},
	} {
		if got, err := LoadTables(c.dir); fhir.CodeOf(err) != c.want || got != (Tables{}) {
			t.Errorf("%s: %+v, %v", name, got, err)
		}
	}
	if all := (Tables{}).InForce(); all.Thesaurus != CurrentThesaurus() || all.Calendar != CurrentCalendar() {
		t.Error("nothing given is the embedded tables")
	}
}
