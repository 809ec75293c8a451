package record

import (
	"testing"

	"carnet/client/fhir"
)

// TestACorrespondenceHasAnEnd: nobody fills a record with messages until each
// further one keeps everybody waiting; what is there is kept.
func TestACorrespondenceHasAnEnd(t *testing.T) {
	w, dialogue := letterWorld(t)
	execute(t, w.dir, `UPDATE message_chain SET count = 10000`)
	_, err := w.HeldAnswer(bg, zoe(), "pat-1", HeldMessage{Dialogue: dialogue, Text: "Encore.", Once: "deux"})
	w.wants("the patient's", err, fhir.BusinessRule)
	for _, c := range []fhir.Communication{{PartOf: dialogue}, {PatientID: "pat-1", Topic: "Sujet"}} {
		c.Payload = []fhir.Payload{{Text: "Encore."}}
		_, _, err = w.SendMessage(bg, gp(), Upload{Body: c.JSON(), Idempotency: "deux"}, false)
		w.wants("a professional's", err, fhir.BusinessRule)
	}
	unread, err := w.HeldUnread(bg, zoe(), "pat-1")
	w.must(err)
	if unread != 1 {
		t.Errorf("%d unread", unread)
	}
}
