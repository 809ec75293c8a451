package record

import (
	"testing"

	"carnet/client/fhir"
)

// TestACorrespondenceHasAnEnd: nobody fills a record with messages until each
// further one keeps everybody waiting; what is there is kept.
func TestACorrespondenceHasAnEnd(t *testing.T) {
	w, dialogue := letterWorld(t)
	execute(t, w.dir, `WITH RECURSIVE k(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM k WHERE i < 9998)
		INSERT INTO message (id, dialogue, patient, sender, key, sent, delivered, read, size, sha256, segment, start, head, body)
		SELECT 'm' || i, d.n, d.patient, 'x', 'k' || i, 0, 0, 0, 0, zeroblob(32), 0, 0, 0, x'' FROM k, dialogue d`)
	_, err := w.HeldAnswer(bg, zoe(), "pat-1", HeldMessage{Dialogue: dialogue, Text: "Encore.", Once: "deux"})
	w.wants("the patient's", err, fhir.BusinessRule)
	for _, c := range []fhir.Communication{{PartOf: dialogue}, {PatientID: "pat-1", Topic: "Sujet"}} {
		c.Payload = []fhir.Payload{{Text: "Encore."}}
		_, _, err = w.SendMessage(bg, gp(), Upload{Body: c.JSON(), Idempotency: "deux"}, false)
		w.wants("a professional's", err, fhir.BusinessRule)
	}
	unread, err := w.HeldUnread(bg, zoe(), "pat-1")
	w.must(err)
	if unread != 1+9998 {
		t.Errorf("%d unread", unread)
	}
}
