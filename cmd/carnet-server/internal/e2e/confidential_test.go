package e2e

import (
	"database/sql"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	_ "modernc.org/sqlite" // reads what the server keeps

	"carnet/client/fhir"
)

// tables counts the rows of every table of every database in the data
// directory.
func (w *world) tables() map[string]int {
	w.Helper()
	out := map[string]int{}
	files, err := filepath.Glob(filepath.Join(w.dir, "*.db"))
	w.must(err)
	if len(files) == 0 {
		w.Fatal("no database")
	}
	for _, f := range files {
		db, err := sql.Open("sqlite", "file:"+f+"?mode=ro&_pragma=busy_timeout(5000)")
		w.must(err)
		rows, err := db.Query(`SELECT name FROM sqlite_master WHERE type = 'table'`)
		w.must(err)
		var names []string
		for rows.Next() {
			var n string
			w.must(rows.Scan(&n))
			names = append(names, n)
		}
		w.must(rows.Err())
		for _, n := range names {
			var count int
			w.must(db.QueryRow(`SELECT count(*) FROM "` + n + `"`).Scan(&count))
			out[filepath.Base(f)+" "+n] = count
		}
		w.must(db.Close())
	}
	return out
}

// files gives the sizes of what lies beside the databases, and in the spool.
func (w *world) files() map[string]int64 {
	w.Helper()
	out := map[string]int64{}
	for _, root := range []string{w.dir, w.spool} {
		w.must(filepath.Walk(root, func(path string, info os.FileInfo, err error) error {
			if err == nil && !info.IsDir() && !strings.Contains(filepath.Base(path), ".db") {
				out[path] = info.Size()
			}
			return err
		}))
	}
	return out
}

// counters gives the metrics that requests and the writer move, but for the
// asking itself.
func (w *world) counters() string {
	w.Helper()
	var kept []string
	for line := range strings.Lines(w.do(ask{path: strings.TrimSuffix(w.base, "/fhir") + "/metrics"}).body) {
		if strings.HasPrefix(line, "carnet_") && !strings.Contains(line, `route="metrics"`) {
			kept = append(kept, line)
		}
	}
	return strings.Join(kept, "")
}

// TestConfidentialCareLeavesNoTrace: whatever says of itself that it is care
// that a minor keeps confidential is refused, whoever sends it and however it
// says so; afterwards there is nothing: no row in any table, no byte in a file,
// no line of log, no metric, no entry in anybody's history.
func TestConfidentialCareLeavesNoTrace(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	body := w.filing(alice, gp)
	label := `{"system":"` + fhir.SystemConfidentialCare + `","code":"` + fhir.ConfidentialMinor + `"}`
	inMeta := strings.Replace(body, `"meta":{`, `"meta":{"security":[`+label+`],`, 1)
	if inMeta == body {
		t.Fatalf("no place for a label in %.80s", body)
	}
	header := map[string]string{fhir.HeaderConfidentialCare: fhir.ConfidentialMinor}
	w.token(gp)
	w.token(mt)
	w.bundle(w.do(list(gp, "", alice)))
	asks := map[string]ask{
		"a document, by header":           {who: gp, path: "/DocumentReference", body: body, header: header},
		"a document, by its meta":         {who: gp, path: "/DocumentReference", body: inMeta},
		"a document, by an escaped label": {who: gp, path: "/DocumentReference", body: strings.Replace(inMeta, "confidential-care", `\u0063onfidential-care`, 1)},
		"a large document, by its meta":   {who: gp, path: "/DocumentReference", body: strings.Replace(inMeta, "Qm9uam91cg==", strings.Repeat("QUFB", 1<<19), 1)},
		"a patch":                         patch(mt, "", doc, `[{"op":"replace","path":"/securityLabel","value":[{"coding":[`+label+`]}]}]`),
		"a consent":                       {who: gp, path: "/Consent", body: `{"resourceType":"Consent","meta":{"security":[` + label + `]}}`},
		"an opening, by header":           {who: gp, path: "/Patient/" + alice + "/$open", body: string(fhir.OpenParameters("normal", "")), header: header},
		"a transaction, where none is":    {who: gp, method: "POST", path: "", body: `{"resourceType":"Bundle","type":"transaction"}`, header: header},
		"a reading, by header":            {who: gp, path: "/Binary/" + doc, header: header},
		"somebody without a token":        {path: "/DocumentReference", body: body, header: header},
		"another value of the header":     {who: gp, path: "/DocumentReference", body: body, header: map[string]string{fhir.HeaderConfidentialCare: "yes"}},
		"an address where nothing is":     {who: gp, path: "/Dispensation", body: body, header: header},
		"a kind that is not served (yet)": {who: gp, path: "/Communication", body: body, header: header},
	}
	tables, files, metrics := w.tables(), w.files(), w.counters()
	log := w.log.String()
	for name, a := range asks {
		got := w.do(a)
		if got.status != 422 || got.code() != fhir.Invalid || !strings.Contains(got.body, "hors du dossier") {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if now := w.log.String(); now != log {
		t.Errorf("the log says %s", strings.TrimPrefix(now, log))
	}
	if now := w.tables(); !maps.Equal(now, tables) {
		t.Errorf("tables: %v, before %v", now, tables)
	}
	if now := w.files(); !maps.Equal(now, files) {
		t.Errorf("files: %v, before %v", now, files)
	}
	if now := w.counters(); now != metrics {
		t.Errorf("metrics: %s\nbefore: %s", now, metrics)
	}
	if said := w.do(ask{path: "/metadata"}).body; !strings.Contains(said, fhir.HeaderConfidentialCare) || !strings.Contains(said, fhir.SystemConfidentialCare) {
		t.Error("the CapabilityStatement does not say how")
	}
	if got := w.do(ask{who: gp, path: "/DocumentReference", body: body}); got.status != 201 {
		t.Errorf("the same without a flag: %d %s", got.status, got.body)
	}
}
