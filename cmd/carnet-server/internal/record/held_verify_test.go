package record

import "testing"

// What holders decide and keep lies under the seals, too: whoever edits it
// behind the server's back is noticed.
func TestVerifyNoticesEditsOfWhatHoldersDecide(t *testing.T) {
	w := heldWorld(t, nil)
	w.represent()
	w.must(w.AddMandate(bg, operator(), Mandate{Patient: "pat-1", Person: "pat-3", Relation: RelationHeir, End: w.clock.now().Add(day(9))}))
	w.must(w.Choose(bg, zoe(), "pat-1", Choices{NoOffline: true, Email: "zoe@example.org"}))
	_, err := w.KeepItem(bg, zoe(), "pat-1", items()["an allergy"])
	w.must(err)
	_, err = w.KeepItem(bg, zoe(), "pat-1", items()["a condition"])
	w.must(err)
	w.must(w.RequestAccess(bg, otherGP(), "pat-1", "bonjour"))
	w.must(w.RequestAccess(bg, optician(), "pat-1", "bonsoir"))
	w.must(w.Block(bg, zoe(), "pat-1", optician().ID))
	w.sound()
	for name, edit := range map[string]string{
		"a mandate's end":      `UPDATE mandate SET ends = 0 WHERE bond = 2`,
		"a mandate's person":   `UPDATE mandate SET person = 'pat-3' WHERE bond = 1`,
		"a mandate's bond":     `UPDATE mandate SET bond = 1`,
		"a mandate ended":      `UPDATE mandate SET ended = 1`,
		"a mandate gone":       `DELETE FROM mandate WHERE bond = 2`,
		"a mandate more":       `INSERT INTO mandate (id, patient, person, bond, starts, ends, ended, author) VALUES ('x', 2, 'pat-3', 1, 0, 0, 0, '')`,
		"offline copies":       `UPDATE choice SET no_offline = 0`,
		"every visit":          `UPDATE choice SET every_visit = 1`,
		"no choice":            `DELETE FROM choice`,
		"an address":           `UPDATE choice SET email = zeroblob(length(email))`,
		"a block undone":       `UPDATE provision SET active = 0`,
		"an item unmasked":     `UPDATE item SET masked = 1 WHERE n = 1`,
		"an item's author":     `UPDATE item SET author = 'x' WHERE n = 1`,
		"an item's kind":       `UPDATE item SET kind = 'Immunization' WHERE n = 1`,
		"an item gone":         `DELETE FROM item WHERE n = 1`,
		"an item's content":    `UPDATE item SET body = (SELECT body FROM item WHERE n = 2) WHERE n = 1`,
		"the words of a wish":  `UPDATE wish SET words = zeroblob(length(words))`,
		"a wish of another":    `UPDATE wish SET patient = 2`,
		"a mandate of another": `UPDATE mandate SET patient = 3 WHERE bond = 1`,
	} {
		t.Run(name, func(t *testing.T) {
			copied := t.TempDir() + "/copy"
			w.must(Backup(bg, w.dir, copied))
			execute(t, copied, edit)
			report, err := Verify(bg, copied)
			if err != nil || len(report.Problems) == 0 {
				t.Errorf("%+v, %v", report, err)
			}
		})
	}
}
