package record

import (
	"fmt"
	"testing"
	"time"

	"carnet/client/fhir"
)

// filled seeds documents of pat-1: seen by all, masked, archived, waiting for
// its announcement, hidden from representatives, deposited by the holder.
func filled(w *world, s *Seeder) {
	for i, change := range []func(*DocumentSeed){
		func(*DocumentSeed) {},
		func(d *DocumentSeed) { d.Masked = true },
		func(d *DocumentSeed) { d.Archived = true },
		func(d *DocumentSeed) { d.HiddenPat = true },
		func(d *DocumentSeed) { d.HiddenReps = true },
		func(d *DocumentSeed) { d.Title, d.Type.Code = "Échographie cardiaque", "18748-4" },
	} {
		d := w.documentSeed("pat-1", fmt.Sprint(i))
		d.PeriodStart = d.FiledAt.Add(time.Duration(i) * time.Minute)
		change(&d)
		w.must(s.AddDocument(d))
	}
}

// represent makes pat-2 the representative of pat-1.
func (w *world) represent() {
	w.t.Helper()
	w.must(w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-2", Relation: RelationRepresentative}))
}

func operator() LifeBy { return LifeBy{Staff: Staff{ID: "op", Name: "Support", Role: StaffOperator}} }

func titles(list HeldDocuments) (out []string) {
	for _, d := range list.Items {
		out = append(out, d.Attachment.Title)
	}
	return out
}

func TestAHolderSeesTheirDocuments(t *testing.T) {
	w := heldWorld(t, filled)
	w.represent()
	for name, tt := range map[string]struct {
		who  Citizen
		q    HeldQuery
		want []string
	}{
		"all":                       {zoe(), HeldQuery{}, []string{"Échographie cardiaque", "Consultation 4", "Consultation 1", "Consultation 0"}},
		"archived":                  {zoe(), HeldQuery{Archived: true}, []string{"Consultation 2"}},
		"by word":                   {zoe(), HeldQuery{Words: "echo CARD"}, []string{"Échographie cardiaque"}},
		"by type":                   {zoe(), HeldQuery{Words: "imagerie"}, []string{"Échographie cardiaque"}},
		"by author":                 {zoe(), HeldQuery{Words: "vidal 4"}, []string{"Consultation 4"}},
		"by the middle of a word":   {zoe(), HeldQuery{Words: "cardiaq raphie"}, nil},
		"what waits, by word":       {zoe(), HeldQuery{Words: "3"}, nil},
		"by id":                     {zoe(), HeldQuery{ID: docID("2")}, []string{"Consultation 2"}},
		"what waits, by id":         {zoe(), HeldQuery{ID: docID("3")}, nil},
		"a representative":          {mother(), HeldQuery{}, []string{"Échographie cardiaque", "Consultation 1", "Consultation 0"}},
		"hidden from them, by word": {mother(), HeldQuery{Words: "consultation 4"}, nil},
		"hidden from them, by id":   {mother(), HeldQuery{ID: docID("4")}, nil},
	} {
		for range 2 { // from the store, then from what is remembered
			got := w.heldList(tt.who, tt.q)
			if fmt.Sprint(titles(got)) != fmt.Sprint(tt.want) || got.Total != len(tt.want) {
				t.Errorf("%s: %d %v, want %v", name, got.Total, titles(got), tt.want)
			}
		}
	}
	first := w.heldList(zoe(), HeldQuery{Limit: 3})
	rest := w.heldList(zoe(), HeldQuery{Cursor: first.Next})
	if len(first.Items) != 3 || len(rest.Items) != 1 || rest.Next != "" || first.Total != 4 {
		t.Errorf("pages of %d and %d", len(first.Items), len(rest.Items))
	}
	if _, err := w.HeldDocuments(bg, mother(), "pat-1", HeldQuery{Cursor: first.Next}); code(err) != fhir.BadValue {
		t.Errorf("a link of another sign-in: %v", err)
	}
}

func TestAHolderReadsWhatTheyMay(t *testing.T) {
	w := heldWorld(t, filled)
	w.represent()
	for _, tt := range []struct {
		who  Citizen
		doc  string
		want fhir.Code
	}{
		{zoe(), "0", ""},
		{zoe(), "1", ""},
		{zoe(), "2", ""},
		{zoe(), "3", fhir.NotFound},
		{zoe(), "4", ""},
		{zoe(), "nothing", fhir.NotFound},
		{mother(), "0", ""},
		{mother(), "4", fhir.NotFound},
	} {
		got, err := w.heldBytes(tt.who, "pat-1", docID(tt.doc))
		w.wants(tt.who.Name+" "+tt.doc, err, tt.want)
		if err == nil && got != "contenu de "+tt.doc {
			t.Errorf("read %q", got)
		}
	}
}

func TestAHolderMasksAndAltersNothing(t *testing.T) {
	w := heldWorld(t, filled)
	w.represent()
	w.allow(gp())
	yes, no := true, false
	w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{Masked: &yes}))
	w.must(w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{Masked: &yes}))
	if _, err := w.content(gp(), "", docID("0")); code(err) != fhir.NotFound {
		t.Errorf("a masked document: %v", err)
	}
	if got := w.heldList(zoe(), HeldQuery{ID: docID("0")}).Items[0]; !got.Masked || got.Version != "2" {
		t.Errorf("masked %v, version %s", got.Masked, got.Version)
	}
	w.must(w.HeldPatch(bg, mother(), "pat-1", docID("0"), HeldChange{Masked: &no}))
	if _, err := w.content(gp(), "", docID("0")); err != nil {
		t.Errorf("an unmasked document: %v", err)
	}
	w.wants("delete a professional's", w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{Delete: true}), fhir.Forbidden)
	w.wants("archive a professional's", w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{Archived: &yes}), fhir.Forbidden)
	w.wants("hide a professional's", w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{HiddenReps: &yes}), fhir.Forbidden)
	w.wants("two at once", w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{Masked: &yes, Delete: true}), fhir.Invalid)
	w.wants("none", w.HeldPatch(bg, zoe(), "pat-1", docID("0"), HeldChange{}), fhir.Invalid)
	w.wants("what waits", w.HeldPatch(bg, zoe(), "pat-1", docID("3"), HeldChange{Masked: &yes}), fhir.NotFound)
	w.sound()
}

// sound verifies all that is stored.
func (w *world) sound() {
	w.t.Helper()
	report, err := Verify(bg, w.dir)
	w.must(err)
	for _, p := range report.Problems {
		w.t.Errorf("verify: %d %s", p.Place, p.What)
	}
}
