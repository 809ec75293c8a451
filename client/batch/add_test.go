package batch

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// An evening with a manifest, and everything that can be wrong with one.
func TestAManifestSaysOfWhichFileIsWhose(t *testing.T) {
	p := newPlace(t)
	lea, karim := p.fake.Patient(clienttest.PatientLea), p.fake.Patient(clienttest.PatientStranger)
	p.result("a.pdf", clienttest.PatientLea)
	p.result("b.pdf", clienttest.PatientStranger)
	p.result("wrong.pdf", clienttest.PatientStranger)
	p.write("scan.pdf", pdf(""))
	p.result("key.pdf", clienttest.PatientLea)
	p.result("nobody.pdf", clienttest.PatientLea)
	p.result("name.pdf", clienttest.PatientLea)
	p.result("future.pdf", clienttest.PatientLea)
	p.result("type.pdf", clienttest.PatientLea)
	p.result("two.pdf", clienttest.PatientLea)
	p.result("same.pdf", clienttest.PatientLea)
	p.result("forgotten.pdf", clienttest.PatientLea)
	p.write(".hidden.pdf", pdf("x"))
	p.write("../outside.pdf", pdf("x"))
	nobody := "100010100100197"
	var m strings.Builder
	fmt.Fprintln(&m, "fichier;ins;nom_naissance;prenoms;sexe;date_naissance;type;date_acte;service")
	for _, l := range []string{
		"a.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;x",
		"b.pdf;;BENALI;Karim;M;05/12/1984;11502-2;21/11/2026;",
		"wrong.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;",
		"scan.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;",
		"key.pdf;27903514543002;;;;;11502-2;21/11/2026;",
		"nobody.pdf;" + nobody + ";;;;;11502-2;21/11/2026;",
		"name.pdf;" + lea.INS.Value + ";DUPONT;;;;11502-2;21/11/2026;",
		"future.pdf;" + lea.INS.Value + ";;;;;11502-2;22/11/2026;",
		"type.pdf;" + lea.INS.Value + ";;;;;99999-9;21/11/2026;",
		"missing.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;",
		"../outside.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;",
		"two.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;",
		"two.pdf;" + karim.INS.Value + ";;;;;11502-2;21/11/2026;",
		"same.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;",
		"same.pdf;" + lea.INS.Value + ";;;;;11502-2;21/11/2026;",
	} {
		fmt.Fprintln(&m, l)
	}
	path := p.write("manifest.csv", []byte(m.String()))
	e := p.engine()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), path))
	settled(t, e)
	for name, want := range map[string]struct {
		state    State
		problems []Problem
	}{
		"a.pdf": {Ready, nil}, "b.pdf": {Ready, nil}, "same.pdf": {Ready, nil},
		"wrong.pdf": {Fix, []Problem{Mismatch}}, "scan.pdf": {Fix, []Problem{Unsure}}, "key.pdf": {Fix, []Problem{BadINS}},
		"nobody.pdf": {Fix, []Problem{UnknownPatient}}, "name.pdf": {Fix, []Problem{Mismatch}}, "future.pdf": {Fix, []Problem{BadDate}},
		"type.pdf": {Fix, []Problem{BadType}}, "missing.pdf": {Fix, []Problem{Missing}}, "../outside.pdf": {Fix, []Problem{Outside}},
		"two.pdf": {Fix, []Problem{Ambiguous}},
	} {
		stands(t, e, name, want.state, want.problems...)
	}
	if r := row(t, e, "b.pdf"); r.Line != 3 || r.PatientFrom != ByManifest || r.Type.Code != "11502-2" || r.DateFrom != ByManifest || r.ActDate.Day() != 21 {
		t.Errorf("%+v", r)
	}
	want := []Notice{
		{Kind: ExtraColumn, Path: path, Line: 1, Name: "service"},
		{Kind: ListedTwice, Path: "same.pdf", Line: 16},
		{Kind: Ignored, Path: ".hidden.pdf"},
		{Kind: NotListed, Path: "forgotten.pdf"},
	}
	for _, n := range e.Notices() {
		if !slices.Contains(want, n) || n.Message("fr") == "" || n.Message("en") == "" {
			t.Errorf("told: %+v", n)
		}
	}
	for _, n := range want {
		if !slices.Contains(e.Notices(), n) {
			t.Errorf("not told: %+v", n)
		}
	}
	trusting := p.engine(func(c *Config) { c.Trust, c.Name = true, "trusting" })
	running(t, trusting)
	ok(t, "add", trusting.Add(t.Context(), path))
	settled(t, trusting)
	stands(t, trusting, "scan.pdf", Ready)
	stands(t, trusting, "wrong.pdf", Fix, Mismatch)
}

// A manifest that cannot be read leaves nothing behind.
func TestABrokenManifestAddsNothing(t *testing.T) {
	p := newPlace(t)
	p.result("a.pdf", clienttest.PatientLea)
	path := p.write("list.csv", []byte("fichier;ins\na.pdf;\n;1\n"))
	e := p.engine()
	fails(t, "add", e.Add(t.Context(), path), fhir.Required)
	if c := e.Counts(); c.Total != 0 {
		t.Errorf("%+v", c)
	}
	fails(t, "no manifest", e.Add(t.Context(), filepath.Join(p.dir, "none.csv")), fhir.NotFound)
}

// A result, and its correction in the same manifest: the old one is superseded.
func TestACorrectionSupersedesItsOriginal(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	p.write("z-first.pdf", pdf(report(lea, "first")))
	p.write("a-second.pdf", pdf(report(lea, "second")))
	path := p.write("m.csv", []byte("fichier;ins;type;date_acte;remplace\na-second.pdf;"+lea.INS.Value+";11502-2;21/11/2026;z-first.pdf\nz-first.pdf;"+lea.INS.Value+";11502-2;21/11/2026;\n"))
	e := p.engine()
	running(t, e)
	running(t, p.box)
	ok(t, "add", e.Add(t.Context(), path))
	settled(t, e)
	n, err := e.Send(t.Context())
	ok(t, "send", err)
	if n != 2 {
		t.Errorf("%d sent", n)
	}
	settled(t, e)
	first, second := stands(t, e, "z-first.pdf", Sent), stands(t, e, "a-second.pdf", Sent)
	d, err := p.fake.Document(t.Context(), client.Access{PatientID: lea.ID}, first.DocumentID)
	ok(t, "document", err)
	if d.Status != "superseded" || d.ReplacedBy != "DocumentReference/"+second.DocumentID {
		t.Errorf("%s, replaced by %s, want %s", d.Status, d.ReplacedBy, second.DocumentID)
	}
}

// Names that no program expects are files as any other.
func TestNamesOfAllKinds(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	names := []string{`a "quoted" 'name'.pdf`, "two\nlines.pdf", "tab\there.pdf", strings.Repeat("x", 251) + ".pdf", "latin-\xe9t\xe9.pdf", `back\slash.pdf`, "=1+1.pdf", "-rf.pdf", "…été.PDF", "noext"}
	for i, name := range names {
		p.write(name, pdf(report(lea, fmt.Sprint(i))))
	}
	e := p.engine()
	running(t, e)
	running(t, p.box)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	if _, err := e.Send(t.Context()); err != nil {
		t.Fatal(err)
	}
	settled(t, e)
	if c := e.Counts(); c.By[Sent] != len(names) || c.Total != len(names) {
		t.Errorf("%+v", c)
	}
	again := p.engine() // the same notes: paths survive, those that are no UTF-8 too
	for _, name := range names {
		stands(t, again, shown(name), Sent)
		if again.byPath[filepath.Join(p.dir, name)] == nil {
			t.Errorf("%q is not found again", name)
		}
	}
}

// Links that leave the folder, or run in a circle, are told and not followed;
// what is no file is not waited for.
func TestLinksAreNotFollowed(t *testing.T) {
	p := newPlace(t)
	p.result("a.pdf", clienttest.PatientLea)
	outside := p.write("../outside.pdf", pdf("secret"))
	for name, to := range map[string]string{"out.pdf": outside, "loop": ".", "self.pdf": "self.pdf", "gone.pdf": "nowhere.pdf", "inside.pdf": "a.pdf", "up": "..", "one": "two", "two": "one"} {
		ok(t, "link", os.Symlink(to, filepath.Join(p.dir, name)))
	}
	e := p.engine()
	running(t, e)
	ok(t, "add", e.Add(t.Context(), p.dir))
	settled(t, e)
	stands(t, e, "a.pdf", Ready)
	for _, name := range []string{"out.pdf", "self.pdf", "up", "one", "two"} {
		stands(t, e, name, Fix, Unreadable)
	}
	stands(t, e, "gone.pdf", Fix, Missing)
	if c := e.Counts(); c.Total != 7 {
		t.Errorf("%+v: links within are those files", c)
	}
	ok(t, "again", e.Again(t.Context()))
	settled(t, e)
	stands(t, e, "out.pdf", Fix, Unreadable)

	// Somebody puts a link in a file's place before it is sent.
	ok(t, "remove", os.Remove(filepath.Join(p.dir, "a.pdf")))
	ok(t, "link", os.Symlink(outside, filepath.Join(p.dir, "a.pdf")))
	n, err := e.Send(t.Context())
	ok(t, "send", err)
	settled(t, e)
	if n != 0 {
		t.Error("what the link leads to was sent")
	}
	stands(t, e, "a.pdf", Fix, Unreadable)
}

// Adding the same folder again adds nothing; a file that became another one is
// read again, and is a new row once the old one was sent.
func TestAddingAgain(t *testing.T) {
	p := newPlace(t)
	lea := p.fake.Patient(clienttest.PatientLea)
	p.result("a.pdf", clienttest.PatientLea)
	p.write("b.pdf", pdf("rien"))
	e := p.engine()
	running(t, e)
	running(t, p.box)
	add := func() {
		t.Helper()
		ok(t, "add", e.Add(t.Context(), p.dir))
		settled(t, e)
	}
	add()
	add()
	if c := e.Counts(); c.Total != 2 || p.check.count() != 2 {
		t.Errorf("%+v, %d read", c, p.check.count())
	}
	p.write("b.pdf", pdf(report(lea, "b, finished now")))
	add()
	stands(t, e, "b.pdf", Ready)
	_, err := e.Send(t.Context())
	ok(t, "send", err)
	settled(t, e)
	add()
	if c := e.Counts(); c.Total != 2 {
		t.Errorf("%+v", c)
	}
	p.write("b.pdf", pdf(report(lea, "b, another result")))
	add()
	stands(t, e, "b.pdf", Ready)
	if c := e.Counts(); c.Total != 3 || c.By[Sent] != 2 {
		t.Errorf("%+v", c)
	}
}
