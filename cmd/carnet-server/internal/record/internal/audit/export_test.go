package audit

import (
	"bytes"
	"encoding/base64"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// Wherever the entries of a record lie in the tree, whatever its size and from
// whatever leaf on they are numbered and tagged.
func TestEveryShapeOfHistoryHolds(t *testing.T) {
	for size := range 34 {
		for _, shape := range []string{"r", "o", "ro", "or", "oor", "rrrro", "oooooor"} {
			leaves := strings.Repeat(shape, size)[:size]
			for _, pattern := range []string{"t" + leaves, leaves[:size/3] + "n" + leaves[size/3:size/2] + "t" + leaves[size/2:]} {
				for _, after := range []string{"", "o", "ooooo"} {
					c := newChronicle(t, pattern)
					e, err := CheckExport(strings.NewReader(c.export(t, after)), false)
					bare := int64(0)
					for _, one := range c.entries {
						if one.Form == FormBare {
							bare++
						}
					}
					if err != nil || e.Entries != int64(len(c.entries)) || e.Unproved != bare {
						t.Fatalf("%s+%s: %+v, %v", pattern, after, e, err)
					}
				}
			}
		}
	}
}

// A file of before leaves had tags is still checked, and nothing of now passes
// for one.
func TestAFileOfBeforeHolds(t *testing.T) {
	for pattern, holds := range map[string]bool{"rorn": true, "rornorr": true, "nrro": true, "rornorrt": false, "tro": false} {
		c := newChronicle(t, pattern)
		c.late = true
		text := asBefore(c.export(t, "oo"))
		if _, err := CheckExport(strings.NewReader(text), false); (err == nil) != holds || err != nil && !errors.Is(err, ErrExport) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
}

// Entries of before the numbering are as many as the first number says.
func TestOldEntriesAreCounted(t *testing.T) {
	c := newChronicle(t, "rorornrrot")
	text := c.export(t, "oo")
	e, err := CheckExport(strings.NewReader(text), false)
	if err != nil || e.Unproved != 3 || e.Entries != 6 {
		t.Fatalf("%+v, %v", e, err)
	}
	all := c.entries
	for i := range all {
		c = newChronicle(t, "")
		for j, one := range all {
			if j == i { // a server that leaves one out, and signs
				continue
			}
			one.Seq = c.tree.Size()
			c.entries = append(c.entries, one)
			c.stored = append(c.stored, c.tree.Append(one.leaf(tagOf("p1")))...)
		}
		if _, err := CheckExport(strings.NewReader(c.written(t, c.entries)), false); !errors.Is(err, ErrExport) {
			t.Errorf("without entry %d: %v", i+1, err)
		}
	}
}

// A server that hides an entry of the record, and gives an entry of another one
// in its place as withheld, in whatever words, is caught. Before leaves had tags
// it was not.
func TestNoOtherRecordsEntryStandsInForAWithheldOne(t *testing.T) {
	for _, form := range []int{FormNumbered, FormTagged} {
		c := newChronicle(t, "")
		c.form = form
		for i, what := range "roorrroo" {
			c.add(Entry{At: time.Unix(int64(i), 0), Kind: fhir.KindRead}, what == 'r')
		}
		c.form = FormTagged
		honest := c.export(t, "o")
		if _, err := CheckExport(strings.NewReader(honest), false); err != nil {
			t.Fatal(err)
		}
		hidden := slices.IndexFunc(c.entries, func(e ExportEntry) bool { return e.Number == 2 })
		lent := c.others[1] // number 2 as well, and between the neighbours
		for _, other := range []ExportEntry{lent, {Seq: lent.Seq, Form: FormNumbered, Number: 2}, {Seq: lent.Seq, Form: FormTagged, Number: 2}} {
			other.Commitment, other.Entry = Commit(lent.Salt, lent.Entry), nil
			forged := slices.Clone(c.entries)
			forged[hidden] = other
			e, err := CheckExport(strings.NewReader(c.written(t, forged)), false)
			switch {
			case form == FormNumbered && other.Form == FormNumbered: // nothing in the leaf tells them apart
				if err != nil || e.Untagged != 1 {
					t.Errorf("form %d as %d: %+v, %v", form, other.Form, e, err)
				}
			case !errors.Is(err, ErrExport):
				t.Errorf("form %d as %d: %v", form, other.Form, err)
			}
		}
	}
}

// What is done to the tag, the form or the number of a tagged leaf shows, also
// when the server signs what it did.
func TestATagCannotBeChanged(t *testing.T) {
	c := newChronicle(t, "tororrroor")
	text := c.export(t, "oo")
	other := base64.StdEncoding.EncodeToString(func() []byte { s := saltOf("p2"); return s[:] }())
	mine := base64.StdEncoding.EncodeToString(func() []byte { s := saltOf("p1"); return s[:] }())
	for what, changed := range map[string]string{
		"the salt of another record": strings.Replace(text, mine, other, 1),
		"no salt":                    strings.Replace(text, `"salt":"`+mine+`",`, "", 1),
		"a short salt":               strings.Replace(text, mine, mine[4:], 1),
		"an older form":              strings.Replace(text, `"form":3,"number":2,`, `"form":2,"number":2,`, 1),
		"the oldest form":            strings.Replace(text, `"form":3,"number":2,`, `"form":1,`, 1),
		"a form that is none":        strings.Replace(text, `"form":3,"number":2,`, `"form":4,"number":2,`, 1),
		"no form":                    strings.Replace(text, `"form":3,"number":2,`, `"number":2,`, 1),
		"a number that jumps":        strings.Replace(text, `"number":2,`, `"number":3,`, 1),
		"a file of before":           asBefore(text),
		"the format of before alone": strings.Replace(text, ExportFormat, formatBefore, 1),
	} {
		if changed == text {
			t.Fatalf("%s: nothing was changed", what)
		}
		if _, err := CheckExport(strings.NewReader(changed), false); !errors.Is(err, ErrExport) {
			t.Errorf("%s: %v", what, err)
		}
	}
	own := len(c.entries) - 1
	for what, forge := range map[string]func(e []ExportEntry) []ExportEntry{
		"one removed":       func(e []ExportEntry) []ExportEntry { return slices.Delete(e, 1, 2) },
		"the first removed": func(e []ExportEntry) []ExportEntry { return e[1:] },
		"two change places": func(e []ExportEntry) []ExportEntry {
			e[1], e[2] = e[2], e[1]
			e[1].Seq, e[2].Seq = e[2].Seq, e[1].Seq
			return e
		},
		"all in an old form": func(e []ExportEntry) []ExportEntry { return reform(e, FormNumbered) },
		"one in an old form": func(e []ExportEntry) []ExportEntry { reform(e[:1], FormNumbered); return e },
		"a number skipped":   func(e []ExportEntry) []ExportEntry { e[own].Number++; return e },
	} {
		forged := forge(slices.Clone(c.entries))
		if _, err := CheckExport(strings.NewReader(c.written(t, forged)), false); !errors.Is(err, ErrExport) {
			t.Errorf("%s: %v", what, err)
		}
	}
}

// reform gives entries another form.
func reform(e []ExportEntry, form int) []ExportEntry {
	for i := range e {
		e[i].Form = form
	}
	return e
}

// A log that goes back to an older form after it had tags is caught, although
// its server signed each leaf as it stands.
func TestALogDoesNotGoBackToAnOlderForm(t *testing.T) {
	for _, pattern := range []string{"rtrnr", "trornrrt", "nrtronrt"} {
		c := newChronicle(t, pattern)
		if _, err := CheckExport(strings.NewReader(c.export(t, "o")), false); !errors.Is(err, ErrExport) {
			t.Errorf("%s: %v", pattern, err)
		}
	}
	c := newChronicle(t, "nrror") // never a tag, in a file that promises them
	if _, err := CheckExport(strings.NewReader(c.export(t, "o")), false); !errors.Is(err, ErrExport) {
		t.Errorf("no tags: %v", err)
	}
}

// One record has one tag, in all of its exports.
func TestTwoExportsGiveOneTag(t *testing.T) {
	c := newChronicle(t, "rntror")
	older, err := CheckExport(strings.NewReader(c.export(t, "o")), true)
	if err != nil {
		t.Fatal(err)
	}
	newer := older
	newer.Header.Salt = "x"
	if err := newer.Continues(older, nil); !errors.Is(err, ErrExport) {
		t.Errorf("another tag: %v", err)
	}
	if err := older.Continues(older, nil); err != nil {
		t.Error(err)
	}
}

// What a reader may not know is withheld and still counted and proved.
func TestWithheldEntriesCount(t *testing.T) {
	c := newChronicle(t, "torrorro")
	secret := string(c.entries[1].Entry)
	c.entries[1].Commitment, c.entries[1].Entry = Commit(c.entries[1].Salt, c.entries[1].Entry), nil
	text := c.export(t, "")
	e, err := CheckExport(strings.NewReader(text), false)
	if err != nil || e.Withheld != 1 || e.Untagged != 0 || e.Entries != 5 {
		t.Fatalf("%+v, %v", e, err)
	}
	if strings.Contains(text, secret) {
		t.Error("it is told")
	}
}

// An export stops at what breaks: entries out of order, or past the head.
func TestAnExportIsInOrder(t *testing.T) {
	c := newChronicle(t, "trr")
	for _, wrong := range [][]ExportEntry{{c.entries[1], c.entries[0]}, {{Seq: 99}}} {
		head := HeadOf("carnet-log", &c.tree, time.Unix(1, 0))
		err := WriteExport(&bytes.Buffer{}, ExportHeader{}, head, func(yield func(ExportEntry, error) bool) {
			for _, e := range wrong {
				if !yield(e, nil) {
					return
				}
			}
		}, c)
		if err == nil {
			t.Errorf("%+v is written", wrong)
		}
	}
}

// Numbers of a record count up, and forms never go back: verify notices.
func TestVerifyNoticesNumbersAndForms(t *testing.T) {
	row := func(seq, record, number int64, form int) Row {
		body := Entry{At: time.Unix(seq, 0), Kind: fhir.KindRead, Agent: Agent{ID: "a"}}.Encode()
		return Row{Seq: seq, Entry: body, At: time.Unix(seq, 0), Actor: "a", Record: record, Number: number, Form: form, Tag: tagOf("p1")}
	}
	for name, c := range map[string]struct {
		rows [][3]int64 // record, number, form
		want bool
	}{
		"counting up":               {[][3]int64{{1, 1, 2}, {2, 1, 3}, {1, 2, 2}, {0, 0, 1}, {2, 2, 3}, {1, 3, 3}}, true},
		"old ones first":            {[][3]int64{{1, 0, 1}, {1, 0, 1}, {2, 1, 2}, {1, 3, 2}, {1, 4, 3}}, true},
		"a gap":                     {[][3]int64{{1, 1, 3}, {1, 3, 3}}, false},
		"twice":                     {[][3]int64{{1, 1, 3}, {1, 1, 3}}, false},
		"beginning late":            {[][3]int64{{1, 2, 3}}, false},
		"one old one left out":      {[][3]int64{{1, 0, 1}, {1, 3, 2}}, false},
		"without one after one":     {[][3]int64{{1, 1, 2}, {1, 0, 1}}, false},
		"about no record, numbered": {[][3]int64{{0, 1, 2}}, false},
		"numbered without a number": {[][3]int64{{1, 0, 3}}, false},
		"an older form again":       {[][3]int64{{1, 1, 3}, {1, 2, 2}}, false},
		"a form that is none":       {[][3]int64{{1, 1, 4}}, false},
	} {
		var tree Tree
		var rows []Row
		for i, n := range c.rows {
			r := row(int64(i), n[0], n[1], int(n[2]))
			r.Hashes = tree.Append(Leaf{r.Form, Commit(r.Salt, r.Entry), r.Number, r.Tag})
			rows = append(rows, r)
		}
		report, err := Verify(func(yield func(Row, error) bool) {
			for _, r := range rows {
				if !yield(r, nil) {
					return
				}
			}
		}, HeadOf("x", &tree, time.Unix(9, 0)))
		if err != nil || (len(report.Problems) == 0) != c.want {
			t.Errorf("%s: %+v, %v", name, report.Problems, err)
		}
	}
}

// FuzzCheckExport feeds files that came from anywhere: the check ends, and
// what passes it is, byte for byte, a file that the log wrote.
func FuzzCheckExport(f *testing.F) {
	c := newChronicle(f, "rornotrroooooor")
	text := c.export(f, "oo")
	lines := strings.SplitAfter(text, "\n")
	f.Add(text)
	f.Add("")
	f.Add(lines[0])
	f.Add(lines[0] + lines[len(lines)-2])
	f.Add(strings.Join(lines[1:], ""))
	f.Add(strings.ReplaceAll(text, `"number":2`, `"number":9007199254740993`))
	f.Add(strings.ReplaceAll(text, `"leaf":`, `"leaf":-`))
	f.Add(lines[0] + `{"hashes":[]}` + "\n" + `{"end":0}` + "\n")
	f.Add(fmt.Sprintf("%s%s", lines[0], strings.Repeat(`{"hashes":["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="]}`+"\n", 200)))
	f.Fuzz(func(t *testing.T, file string) {
		e, err := CheckExport(strings.NewReader(file), true)
		if err == nil && e.Header.Key == strings.TrimSpace(strings.SplitN(string(c.key), "\n", 2)[1]) && file != text {
			t.Errorf("a changed file passes: %q", file)
		}
	})
}
