package batch

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
)

// evening sends what a manifest of a few lines names, and gives the engine.
func (p *place) evening(name string, lines ...string) *Engine {
	p.t.Helper()
	lea := p.fake.Patient(clienttest.PatientLea)
	text := "fichier;ins;type;date_acte;remplace\n"
	for _, l := range lines {
		file, replaces, _ := strings.Cut(l, " < ")
		text += file + ";" + lea.INS.Value + ";11502-2;21/11/2026;" + replaces + "\n"
	}
	path := p.write(name+".csv", []byte(text))
	e := p.engine(func(c *Config) { c.Name = name })
	running(p.t, e)
	ok(p.t, "add", e.Add(p.t.Context(), path))
	settled(p.t, e)
	_, err := e.Send(p.t.Context())
	ok(p.t, "send", err)
	settled(p.t, e)
	return e
}

// What corrects a file of another evening finds it by its name, or by what lies
// beside; nothing is sent in place of what nobody knows, and what is corrected
// already is told as such.
func TestACorrectionOfAnotherEvening(t *testing.T) {
	p := newPlace(t)
	running(t, p.box)
	lea := p.fake.Patient(clienttest.PatientLea)
	write := func(name string) { p.write(name, pdf(report(lea, name))) }
	write("first.pdf")
	write("beside.pdf")
	monday := p.evening("monday", "first.pdf", "beside.pdf")
	first, beside := stands(t, monday, "first.pdf", Sent), stands(t, monday, "beside.pdf", Sent)
	ok(t, "clear", monday.Clear(t.Context()))
	ok(t, "close", monday.Close())
	ok(t, "move away", os.Remove(filepath.Join(p.dir, "first.pdf")))

	write("second.pdf")
	write("third.pdf")
	write("fourth.pdf")
	tuesday := p.evening("tuesday", "second.pdf < first.pdf", "third.pdf < elsewhere/beside.pdf", "fourth.pdf < never.pdf")
	for _, c := range []struct {
		name string
		was  Row
	}{{"second.pdf", first}, {"third.pdf", beside}} {
		r := stands(t, tuesday, c.name, Sent)
		d, err := p.fake.Document(t.Context(), client.Access{PatientID: lea.ID}, c.was.DocumentID)
		ok(t, "document", err)
		if d.Status != "superseded" || d.ReplacedBy != "DocumentReference/"+r.DocumentID {
			t.Errorf("%s: the original is %s, replaced by %s", c.name, d.Status, d.ReplacedBy)
		}
	}
	stands(t, tuesday, "fourth.pdf", Fix, NoOriginal)

	write("fifth.pdf")
	wednesday := p.evening("wednesday", "fifth.pdf < first.pdf")
	r := stands(t, wednesday, "fifth.pdf", Fix, Superseded)
	if !strings.Contains(r.Explain("fr"), "déjà été remplacé") || !strings.Contains(r.Explain("en"), "replaced already") {
		t.Errorf("it says %q", r.Explain("fr"))
	}
}

// A name that several documents bore means none of them; a file that was sent by
// nobody here is known by its bytes; and a name is forgotten after a time.
func TestNamesOfDocuments(t *testing.T) {
	p := newPlace(t)
	now := p.now()
	e := p.engine(func(c *Config) { c.Now = func() time.Time { return now } })
	ins, other := fhir.Identifier{System: "s", Value: "1"}, fhir.Identifier{System: "s", Value: "2"}
	keep := func(all ...filing) { ok(t, "put", p.notes.Put(t.Context(), e.remember(t.Context(), all)...)) }
	keep(filing{e.filedName(ins, "1.pdf"), "urn:a"})
	keep(filing{e.filedName(ins, "1.pdf"), "urn:a"})
	want := func(what string, ins fhir.Identifier, file, unique string) {
		t.Helper()
		if got := e.formerly(t.Context(), ins, p.dir, file); got != unique {
			t.Errorf("%s: %q, want %q", what, got, unique)
		}
	}
	want("one", ins, "1.pdf", "urn:a")
	want("in another folder", ins, `old\1.pdf`, "urn:a")
	want("of another patient", other, "1.pdf", "")
	keep(filing{e.filedName(ins, "1.pdf"), "urn:b"})
	want("several", ins, "1.pdf", "")
	keep(filing{e.filedName(other, "2.pdf"), "urn:c"}, filing{e.filedName(other, "2.pdf"), "urn:d"})
	want("several at once", other, "2.pdf", "")
	keep(filing{e.filedName(other, "3.pdf"), "urn:e"})
	now = now.Add(filedFor + time.Second)
	want("long ago", other, "3.pdf", "")
	again := p.engine(func(c *Config) { c.Name, c.Now = "again", func() time.Time { return now } })
	ok(t, "close", again.Close())
	if left, err := p.notes.List(t.Context(), filedNotes); err != nil || len(left) != 0 {
		t.Errorf("%d names are kept for ever: %v", len(left), err)
	}
	p.write("4.pdf", []byte("bytes"))
	want("by its bytes", ins, "4.pdf", documentID(e.c.Sender, ins, digestOf("bytes")))
	want("outside", ins, "../4.pdf", "")
	for replaces, file := range map[string]bool{"a.pdf": true, "A.TIF": true, "d/x": true, `d\x`: true, "mon fichier": true, "urn:oid:1.2.pdf": false, "0193-ab": false, "é": true} {
		if namesFile(replaces) != file {
			t.Errorf("%q names a file: %v", replaces, !file)
		}
	}
}

// What a server says reaches the row, and nothing in it tells of a person.
func TestWhatTheServerSays(t *testing.T) {
	lea := &client.Patient{BirthName: "LEFÈBVRE-MARTIN", Given: []string{"Léa"}}
	for said, want := range map[string]string{
		"Le document à remplacer est introuvable : vérifiez la référence.":   "Le document à remplacer est introuvable : vérifiez la référence.",
		"MARTIN Lea, née le 28/03/1979, INS 2 79 03 51 454 301 31":           "… …, née le …, INS …",
		"see DocumentReference/ab-12 at https://x.example/a?b of a@b.fr":     "see … at … of …",
		"urn:uuid:0d1f0d0e-6d1c-4c8f-9a39-3d9c2b2f7c11 twice\n\tor\x00 more": "… twice or more",
		"id 0d1f0d0e-6d1c-4c8f-9a39-3d9c2b2f7c11, error 422, page 12":        "id …, error 422, page 12",
		"lefebvre martin's": "… …'s",
		"":                  "",
	} {
		if got := sanitised(said, lea); got != want {
			t.Errorf("%q became %q, want %q", said, got, want)
		}
	}
	if got := sanitised(strings.Repeat("é ", 1000), nil); len([]rune(got)) != maxSaid+1 {
		t.Errorf("%d characters", len([]rune(got)))
	}
	r := Row{State: Refused, Reason: fhir.Invalid, Said: "Non."}
	if got := r.Explain("fr"); !strings.HasSuffix(got, " Le serveur dit\u00a0: «\u00a0Non.\u00a0»") {
		t.Errorf("it says %q", got)
	}
	if line := strings.Join(csvLine(&r, "en"), ";"); !strings.Contains(line, "The server says: “Non.”") {
		t.Errorf("the line is %q", line)
	}
}

// FuzzSanitised: whatever a server says, no long number comes through.
func FuzzSanitised(f *testing.F) {
	for _, s := range []string{"", "2 79 03 51 454 301 31", "12.34.56", "a\xff1234567", "é123 456", "1-2-3-4-5-6-7"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, said string) {
		got := sanitised(said, &client.Patient{BirthName: "MARTIN"})
		digits := 0
		for _, c := range got {
			if c < '0' || c > '9' {
				digits = 0
				continue
			}
			if digits++; digits >= 6 {
				t.Fatalf("%q became %q", said, got)
			}
		}
	})
}
