package record

import "testing"

// TestVerifyNoticesEditsOfItemsAndCopies: a row of each table that decides who
// sees what, damaged by hand.
func TestVerifyNoticesEditsOfItemsAndCopies(t *testing.T) {
	w := heldWorld(t, filled)
	w.allow(gp())
	_, err := w.KeepItem(bg, zoe(), "pat-1", items()["an allergy"])
	w.must(err)
	_, err = w.TakeCopy(bg, gp(), "", "pat-1")
	w.must(err)
	w.sound()
	for name, edit := range map[string]string{
		"an item unmasked":         `UPDATE item SET masked = 1 - masked`,
		"an item of another":       `UPDATE item SET author = 'x'`,
		"an item brought back":     `UPDATE item SET removed = 1 - removed`,
		"an item's text":           `UPDATE item SET body = zeroblob(length(body)) WHERE removed = 0`,
		"an item gone":             `DELETE FROM item`,
		"a lease that runs longer": `UPDATE lease SET until = until + 1`,
		"a lease of another":       `UPDATE lease SET actor = 'x'`,
		"a lease begun anew":       `UPDATE lease SET ended = 1`,
		"what a lease is":          `UPDATE lease SET body = zeroblob(length(body))`,
		"a lease gone":             `DELETE FROM copied; DELETE FROM lease`,
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
