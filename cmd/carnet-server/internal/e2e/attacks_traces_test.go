package e2e

import (
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// TestNothingOfWhatWasWrittenIsInTheLog: after a morning of messages, items,
// dispensations and copies, and of everything about them that is refused, the
// server's log holds no name, no number of a person, and no word that one wrote;
// no answer to a refusal and no address does either.
func TestNothingOfWhatWasWrittenIsInTheLog(t *testing.T) {
	w := newWorld(t)
	const word = "Zyxomanie"
	ins := insOf(alice).Value
	known := []string{word, ins, names[alice][0], names[alice][1], "Anne MOREL", "ROUXEL", "Titre-secret", "inconscient-" + word}
	var answers []answer
	try := func(a ask) answer {
		got := w.do(a)
		answers = append(answers, got)
		return got
	}
	say := func(c fhir.Communication, text string) fhir.Communication {
		c.Payload = append([]fhir.Payload{{Text: text}}, c.Payload...)
		return c
	}
	opened := w.do(writes(mt, uuid.NewString(), say(fhir.Communication{PatientID: alice, Topic: word}, word)))
	m, err := fhir.ParseCommunication([]byte(opened.body))
	w.must(err)
	key := uuid.NewString()
	w.do(writes(mt, key, say(fhir.Communication{PartOf: m.PartOf}, word)))
	try(writes(mt, key, say(fhir.Communication{PartOf: m.PartOf}, word+" bis")))
	try(writes(mt, uuid.NewString(), say(fhir.Communication{PartOf: m.PartOf}, word+"\x07")))
	try(writes(mt, uuid.NewString(), say(fhir.Communication{PartOf: m.PartOf}, strings.Repeat(word, 5000))))
	try(writes(mt, uuid.NewString(), say(fhir.Communication{PartOf: word}, word)))
	try(writes(mt, word, fhir.Communication{PatientID: ins, Topic: word, Payload: []fhir.Payload{{Text: word}}}))
	try(writes(mt, uuid.NewString(), say(fhir.Communication{PatientID: dan, Topic: word}, word)))
	try(writes(gp, uuid.NewString(), say(fhir.Communication{PartOf: m.PartOf, Payload: []fhir.Payload{{Document: word}}}, word)))
	try(ask{who: mt, path: "/Communication/_search", form: "part-of=" + word})
	try(ask{who: mt, path: "/Communication/_search", form: word + "=" + word})
	w.do(ask{who: mt, path: "/Communication/_search", form: "_text=" + word})
	_, err = w.svc.HeldAnswer(t.Context(), citizenOf(alice), alice, record.HeldMessage{Dialogue: m.PartOf, Text: word, Once: word})
	w.must(err)
	one := w.keeps(mt, alice, disease(word))
	_ = w.do(profileOf(mt, alice))
	wrong := disease(word)
	wrong.Status = word
	post := func(who, patient string, i client.Item) ask {
		return ask{who: who, path: "/Condition", body: string(i.JSON(patient)), header: map[string]string{fhir.HeaderIdempotency: uuid.NewString()}}
	}
	try(post(mt, alice, wrong))
	try(post(stranger, alice, disease(word)))
	try(post(mt, ins, disease(word)))
	try(post(mt, alice, disease(strings.Repeat(word, 200))))
	try(put(gp, alice, one, "1"))
	try(ask{who: mt, path: "/Condition?patient=" + alice + "&" + word + "=1"})
	try(ask{who: mt, path: "/Patient/" + alice + "/$profile", body: `{"resourceType":"Parameters","parameter":[{"name":"` + word + `","valueString":"` + word + `"}]}`})
	w.open(stranger, carol, fhir.ModeBreakGlass, "inconscient-"+word)
	lease := w.copies(gp, alice).lease.ID
	try(fetched(gp, lease, word))
	try(fetched(gp, word, "doc-1"))
	for _, path := range []string{"/$check-copies", "/$offline-reads", "/$copy-changes"} {
		try(ask{who: gp, path: path, body: `{"resourceType":"Parameters","parameter":[{"name":"` + word + `","valueString":"` + word + `"}]}`})
	}
	for _, a := range answers {
		for _, k := range known {
			if a.status >= 400 && strings.Contains(a.body, k) || strings.Contains(strings.Join(a.header.Values("Location"), ""), k) {
				t.Errorf("an answer tells %q: %d %s", k, a.status, a.body)
			}
		}
		if a.status >= 500 {
			t.Errorf("%d %s", a.status, a.body)
		}
	}
	log := w.log.String()
	for _, k := range known {
		if at := strings.Index(log, k); at >= 0 {
			t.Errorf("the log holds %q: …%s…", k, log[max(0, at-200):min(len(log), at+100)])
		}
	}
	if !strings.Contains(log, "message-send") {
		t.Errorf("no log to look at: %s", log)
	}
}

// TestOfflineWorkTakesNoMoreThanItsShare: bodies, lists and reads that nobody can
// have had.
func TestOfflineWorkTakesNoMoreThanItsShare(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, nurse)
	f := w.copies(gp, alice)
	read := func(lease, patient, doc string, at time.Time) fhir.OfflineRead {
		return fhir.OfflineRead{ID: uuid.NewString(), Lease: lease, PatientID: patient, DocumentID: doc, At: at, Mode: fhir.ModeNormal}
	}
	hand := func(who string, reads ...fhir.OfflineRead) answer {
		return w.do(ask{who: who, path: "/$offline-reads", body: string(fhir.OfflineReadsJSON(reads))})
	}
	now := w.now()
	if got := hand(gp, read(f.lease.ID, alice, doc, now)); got.status != 200 || !strings.Contains(got.body, `"kept","valueBoolean":true`) {
		t.Fatalf("%d %s", got.status, got.body)
	}
	for name, got := range map[string]answer{
		"another's lease": hand(mt, read(f.lease.ID, alice, doc, now)),
		"another patient": hand(gp, read(f.lease.ID, carol, doc, now)),
		"no lease at all": hand(gp, read("none", alice, doc, now)),
	} {
		if got.status >= 500 || strings.Contains(got.body, `"kept","valueBoolean":true`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	// a wrong clock hides nothing: these are told, at a time that can be
	for name, at := range map[string]time.Time{"in the future": now.Add(time.Hour), "before its lease": now.Add(-time.Hour), "a year that is no": time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)} {
		if got := hand(gp, read(f.lease.ID, alice, doc, at)); got.status != 200 || !strings.Contains(got.body, `"kept","valueBoolean":true`) {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	many := make([]fhir.OfflineRead, 501)
	for i := range many {
		many[i] = read(f.lease.ID, alice, doc, now)
	}
	for range 5 {
		if got := hand(gp, many...); got.status != 400 && got.status != 413 {
			t.Errorf("%d %s", got.status, got.body)
		}
	}
	for range 500 {
		if got := w.do(ask{who: gp, path: "/$check-copies", body: `{"resourceType":"Parameters","parameter":[` + strings.Repeat(" ", 300<<10) + `]}`}); got.status != 413 && got.status != 429 {
			t.Fatalf("%d %s", got.status, got.body)
		}
	}
}
