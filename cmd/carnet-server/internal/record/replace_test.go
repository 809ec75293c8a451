package record

import (
	"context"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

// A laboratory's program corrects what it filed, though its documents name the
// professional who answers for them; what others filed is unknown to it.
func TestASystemCorrectsWhatItFiled(t *testing.T) {
	w := onePatient(t)
	biologist, lab, other := otherGP(), pharmacist(), pharmacist()
	biologist.OrgID, biologist.OrgName = "1750000077", "Laboratoire du Quai"
	lab.ID, lab.OrgID, lab.OrgName = "carnet-lab-1", biologist.OrgID, biologist.OrgName
	other.ID, other.OrgID, other.OrgName = "carnet-lab-2", biologist.OrgID, biologist.OrgName
	w.seed(func(s *Seeder) { w.must(s.AddListed(listedSeed(biologist))) })
	first, _, err := w.file(lab, newDraft(1, "1", biologist))
	w.must(err)
	own, _, err := w.file(gp(), newDraft(1, "2", gp()))
	w.must(err)

	for name, c := range map[string]struct {
		who Principal
		old string
	}{
		"another system's":         {other, first.ID},
		"a doctor's":               {lab, own.ID},
		"nobody's":                 {lab, "none"},
		"the system's, by another": {pharmacist(), first.ID},
	} {
		author := biologist
		if c.who.ID == pharmacist().ID {
			author = pharmacist()
		}
		d := newDraft(1, "3", author)
		d.Replaces = []string{"DocumentReference/" + c.old}
		if _, _, err := w.file(c.who, d); code(err) != fhir.Invalid {
			t.Errorf("%s: %v", name, err)
		}
	}

	next := newDraft(1, "4", biologist)
	next.Replaces = []string{"DocumentReference/" + first.ID}
	second, _, err := w.file(lab, next)
	w.must(err)
	old, err := w.Document(context.Background(), gp(), "", first.ID)
	w.must(err)
	v, err := fhir.ParseDocumentReference(old.JSON)
	if err != nil || v.Status != "superseded" || v.ReplacedBy != "DocumentReference/"+second.ID {
		t.Errorf("the corrected one: %+v, %v", v, err)
	}
	again := newDraft(1, "5", biologist)
	again.Replaces = next.Replaces
	if _, _, err := w.file(lab, again); code(err) != fhir.StateConflict {
		t.Errorf("correcting the corrected one: %v", err)
	}
}

// Who answers for a laboratory's results has to work there on the day, as the
// directory has it; what they filed before stays, and their own sign-in does not
// lengthen it.
func TestAnActivityEnds(t *testing.T) {
	w := onePatient(t)
	lab := pharmacist()
	biologist := otherGP()
	biologist.OrgID, biologist.OrgName = "1750000077", "Laboratoire du Quai"
	lab.ID, lab.OrgID, lab.OrgName = "carnet-lab-1", biologist.OrgID, biologist.OrgName
	list := func(from, until string) {
		t.Helper()
		_, err := w.ImportDirectory(bg, strings.NewReader(ListedHeader+ListedActivity+
			"\npro,"+biologist.ID+","+biologist.Name+",10,,"+biologist.OrgID+","+biologist.OrgName+",SA25,Lyon,"+from+","+until+"\n"))
		w.must(err)
	}
	number := 10
	files := func() error {
		number++
		_, _, err := w.file(lab, newDraft(1, strconv.Itoa(number), biologist))
		return err
	}
	list("2026-11-01", "2026-11-20") // today
	w.must(files())
	w.must(w.Known(bg, biologist))
	w.clock.advance(13*time.Hour + 59*time.Minute) // 22:59 UTC: 23:59 in France
	w.must(files())
	w.clock.advance(2 * time.Minute)
	err := files()
	if code(err) != fhir.BusinessRule || !strings.Contains(err.Error(), "terminée") {
		t.Errorf("after its end: %v", err)
	}
	list("2026-12-01", "")
	if err := files(); code(err) != fhir.BusinessRule || !strings.Contains(err.Error(), "pas commencé") {
		t.Errorf("before its beginning: %v", err)
	}
	list("", "")
	w.must(files())
}
