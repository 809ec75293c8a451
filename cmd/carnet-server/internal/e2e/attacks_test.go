package e2e

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/uuid"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// writes is a message on its way, under a key.
func writes(who, key string, c fhir.Communication) ask {
	return ask{who: who, path: "/Communication", body: string(c.JSON()), header: map[string]string{fhir.HeaderIdempotency: key}}
}

// theSay is what both sides, and a colleague, are shown of a dialogue.
func (w *world) theSay(who, dialogue string) string {
	w.Helper()
	got := w.do(ask{who: who, path: "/Communication/_search", form: "part-of=" + dialogue})
	if got.status != 200 {
		w.Fatalf("%d %s", got.status, got.body)
	}
	return got.body
}

// TestAKeyNeverSwallowsAnotherMessage: a message under a key that served before
// is the same one in all that it says, or it is refused; one that answered as
// sent without being sent would be a patient who is told nothing.
func TestAKeyNeverSwallowsAnotherMessage(t *testing.T) {
	w := newWorld(t)
	doc := w.document(alice, mt)
	say := func(patient, subject, text string, docs ...string) fhir.Communication {
		c := fhir.Communication{PatientID: patient, Topic: subject, Payload: []fhir.Payload{{Text: text}}}
		for _, d := range docs {
			c.Payload = append(c.Payload, fhir.Payload{Document: d})
		}
		return c
	}
	key := uuid.NewString()
	first := w.do(writes(mt, key, say(alice, "Vos résultats", "Ils sont normaux.")))
	if first.status != 201 {
		t.Fatalf("%d %s", first.status, first.body)
	}
	m, err := fhir.ParseCommunication([]byte(first.body))
	w.must(err)
	if again := w.do(writes(mt, key, say(alice, "Vos résultats", "Ils sont normaux."))); again.status != 200 || again.body != first.body {
		t.Errorf("sent again: %d %s", again.status, again.body)
	}
	answer := say("", "", "Ils sont normaux.")
	answer.PartOf = m.PartOf
	for name, other := range map[string]fhir.Communication{
		"to another patient":    say(hugo, "Vos résultats", "Ils sont normaux."),
		"about something else":  say(alice, "Rendez-vous", "Ils sont normaux."),
		"with a document":       say(alice, "Vos résultats", "Ils sont normaux.", doc),
		"that does not open it": answer,
	} {
		if got := w.do(writes(mt, key, other)); got.status != 409 || got.code() != fhir.StateConflict {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
	if got := w.do(writes(gp, key, say(alice, "Vos résultats", "Ils sont normaux."))); got.status != 201 { // a key is its sender's
		t.Errorf("somebody else's key: %d %s", got.status, got.body)
	}
	with := uuid.NewString()
	answer.Payload = append(answer.Payload, fhir.Payload{Document: doc})
	if got := w.do(writes(mt, with, answer)); got.status != 201 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	answer.Payload = answer.Payload[:1]
	if got := w.do(writes(mt, with, answer)); got.status != 409 {
		t.Errorf("without its document: %d %s", got.status, got.body)
	}
	once := record.HeldMessage{Dialogue: m.PartOf, Text: "Merci.", Documents: []string{doc}, Once: "une fois"}
	_, err = w.svc.HeldAnswer(t.Context(), citizenOf(alice), alice, once)
	w.must(err)
	once.Documents = nil
	if _, err = w.svc.HeldAnswer(t.Context(), citizenOf(alice), alice, once); fhir.CodeOf(err) != fhir.StateConflict {
		t.Errorf("the patient's key, without the document: %v", err)
	}
}

// TestAMessageNamesNoHiddenDocument: a document that came with a message and is
// masked since is, for who may not read it, not even an id.
func TestAMessageNamesNoHiddenDocument(t *testing.T) {
	w := newWorld(t)
	w.session(nurse, alice, fhir.ModeNormal) // who signed in is in the directory
	doc, other := w.document(alice, mt), w.document(carol, nurse)
	m, err := w.messages(mt).SendMessage(t.Context(), client.Outgoing{
		ID: uuid.NewString(), PatientID: alice, Subject: "Compte rendu", Text: "Le voici.", Documents: []string{doc}, Members: []string{id(nurse)},
	}, nil)
	w.must(err)
	if before := w.theSay(nurse, m.Dialogue); !strings.Contains(before, doc) {
		t.Fatalf("a colleague sees what came with it: %s", before)
	}
	if got := w.do(patch(mt, "", doc, labels(fhir.LabelMasked))); got.status != 200 {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if after := w.theSay(nurse, m.Dialogue); strings.Contains(after, doc) || strings.Contains(after, "Titre-secret") {
		t.Errorf("a colleague is told of a masked document: %s", after)
	}
	if one := w.do(ask{who: nurse, path: "/Communication/" + m.ID}); one.status != 200 || strings.Contains(one.body, doc) {
		t.Errorf("by the message's id: %d %s", one.status, one.body)
	}
	if own := w.theSay(mt, m.Dialogue); !strings.Contains(own, doc) {
		t.Errorf("its author sees it: %s", own)
	}
	for name, a := range map[string]ask{
		"another patient's document": writes(mt, uuid.NewString(), fhir.Communication{PartOf: m.Dialogue, Payload: []fhir.Payload{{Text: "Voici."}, {Document: other}}}),
		"one that is masked":         writes(nurse, uuid.NewString(), fhir.Communication{PartOf: m.Dialogue, Payload: []fhir.Payload{{Text: "Voici."}, {Document: doc}}}),
		"one that never was":         writes(nurse, uuid.NewString(), fhir.Communication{PartOf: m.Dialogue, Payload: []fhir.Payload{{Text: "Voici."}, {Document: "doc-999"}}}),
	} {
		if got := w.do(a); got.status != 404 {
			t.Errorf("%s: %d %s", name, got.status, got.body)
		}
	}
}

// TestAProfileNamesNoDocumentHiddenFromItsPatient: an item that was drawn from a
// document which awaits its consultation says nothing of that document to the
// patient, on the screen and in what they take away.
func TestAProfileNamesNoDocumentHiddenFromItsPatient(t *testing.T) {
	w := newWorld(t)
	hidden := w.document(alice, mt, hiddenPat)
	one := disease("Asthme")
	one.Source = hidden
	w.keeps(mt, alice, one)
	items, err := w.svc.Profile(t.Context(), citizenOf(alice), alice)
	w.must(err)
	if len(items) != 1 || bytes.Contains(items[0].JSON, []byte(hidden)) || items[0].View.Source != "" {
		t.Errorf("the profile names what is hidden: %+v %s", items, items[0].JSON)
	}
	var out bytes.Buffer
	w.must(w.svc.ExportRecord(t.Context(), citizenOf(alice), alice, &out))
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	w.must(err)
	for _, f := range z.File {
		r, err := f.Open()
		w.must(err)
		data, err := io.ReadAll(r)
		w.must(err)
		if bytes.Contains(data, []byte(hidden)) {
			t.Errorf("%s of an export names what is hidden: %s", f.Name, data)
		}
	}
	if seen := w.do(profileOf(gp, alice)); !strings.Contains(seen.body, hidden) {
		t.Errorf("a professional sees the source: %s", seen.body)
	}
}

// TestAPatientMasksWhatAProfessionalWrote: each resource can be masked; what is
// masked is there for its author and the médecin traitant, for nobody else, and
// it counts nowhere; nothing else of it changes.
func TestAPatientMasksWhatAProfessionalWrote(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.AddMandate(record.Mandate{Patient: alice, Person: bob, Relation: record.RelationRepresentative, End: w.now().Add(30 * day)}))
	w.must(w.seeder.Flush())
	one := w.keeps(nurse, alice, disease("Titre-secret"))
	mask := func(c record.Citizen, rec string, version int64, on bool) fhir.Code {
		return fhir.CodeOf(w.svc.MaskItem(t.Context(), c, rec, record.ProfileItem{ID: one.ID, Version: version, Masked: on}))
	}
	for name, got := range map[string]fhir.Code{
		"a stranger":               mask(citizenOf(carol), alice, 1, true),
		"in a record of one's own": mask(citizenOf(carol), carol, 1, true),
	} {
		if got != fhir.NotFound {
			t.Errorf("%s: %s", name, got)
		}
	}
	if got := mask(citizenOf(alice), alice, 7, true); got != fhir.VersionConflict {
		t.Errorf("another version: %s", got)
	}
	before := w.do(readItem(nurse, one)).body
	if got := mask(citizenOf(alice), alice, 1, true); got != "" {
		t.Fatalf("mask: %s", got)
	}
	if got := mask(citizenOf(alice), alice, 2, true); got != "" { // as it is already
		t.Errorf("mask twice: %s", got)
	}
	if got := w.do(profileOf(gp, alice)); got.status != 200 || !strings.Contains(got.body, `"total":0`) || strings.Contains(got.body, "Titre-secret") {
		t.Errorf("masked: %d %s", got.status, got.body)
	}
	if got := w.do(readItem(gp, one)); got.status != 404 {
		t.Errorf("masked, by its id: %d", got.status)
	}
	for _, who := range []string{nurse, mt} {
		if got := w.do(readItem(who, one)); got.status != 200 || !strings.Contains(got.body, fhir.LabelMasked) {
			t.Errorf("%s: %d %s", who, got.status, got.body)
		}
	}
	items, err := w.svc.Profile(t.Context(), citizenOf(alice), alice)
	w.must(err)
	if len(items) != 1 || !items[0].Masked || items[0].By != professionals[nurse].Name || items[0].Version != 2 {
		t.Errorf("the patient sees %+v", items)
	}
	if got := mask(citizenOf(bob), alice, 2, false); got != "" { // who represents them
		t.Fatalf("unmask: %s", got)
	}
	after := w.do(readItem(gp, one))
	plain := func(s string) string { // without meta
		head, rest, _ := strings.Cut(s, `"meta":`)
		_, tail, _ := strings.Cut(rest, "}")
		return head + tail
	}
	if after.status != 200 || plain(after.body) != plain(before) {
		t.Errorf("unmasked: %d\n%s\nbefore\n%s", after.status, after.body, before)
	}
	if err := w.svc.DropItem(t.Context(), citizenOf(alice), alice, one.ID, 3); fhir.CodeOf(err) != fhir.Forbidden {
		t.Errorf("its words stay its author's: %v", err)
	}
	w.later(31 * day)
	if got := mask(citizenOf(bob), alice, 3, true); got != fhir.NotFound {
		t.Errorf("after the mandate: %s", got)
	}
}

// TestAnEndedMandateReadsNoMessages: neither reads, counts, looks for, answers
// nor takes a file.
func TestAnEndedMandateReadsNoMessages(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.AddMandate(record.Mandate{Patient: alice, Person: bob, Relation: record.RelationRepresentative, End: w.now().Add(day)}))
	w.must(w.seeder.Flush())
	dialogue := w.opens(mt, alice)
	if n, err := w.svc.HeldUnread(t.Context(), citizenOf(bob), alice); err != nil || n != 1 {
		t.Fatalf("%d %v", n, err)
	}
	w.later(2 * day)
	c := citizenOf(bob)
	ctx := t.Context()
	_, lists := w.svc.HeldDialogues(ctx, c, alice, record.DialogueQuery{Words: "secret"})
	_, counts := w.svc.HeldUnread(ctx, c, alice)
	_, reads := w.svc.HeldMessages(ctx, c, alice, dialogue, "")
	_, file := w.svc.HeldMessageContent(ctx, c, alice, dialogue, dialogue)
	watches := w.svc.WatchHeldMessages(ctx, c, alice, func(fhir.LetterEvent) error { t.Error("told"); return nil })
	for name, err := range map[string]error{"lists": lists, "counts": counts, "reads": reads, "file": file, "watches": watches, "answers": w.answers(c, alice, dialogue, "Bonjour.")} {
		if fhir.CodeOf(err) != fhir.NotFound {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestWhoIsLetInAndBlockedIsOutAtOnce: of a dialogue that a member may no longer
// read, or left, nothing is counted, found or told, whatever they know of it.
func TestWhoIsLetInAndBlockedIsOutAtOnce(t *testing.T) {
	w := newWorld(t)
	w.session(nurse, alice, fhir.ModeNormal) // who signed in is in the directory
	w.session(gp, alice, fhir.ModeNormal)
	m, err := w.messages(mt).SendMessage(t.Context(), client.Outgoing{
		ID: uuid.NewString(), PatientID: alice, Subject: "Sujet-secret", Text: "Texte-secret", Members: []string{id(nurse), id(gp)},
	}, nil)
	w.must(err)
	found := func(who, form string) (total int, unread string) {
		got := w.do(ask{who: who, path: "/Communication/_search", form: form})
		return w.bundle(got).Total, got.header.Get(fhir.MessageUnread)
	}
	for _, who := range []string{nurse, gp} {
		if n, unread := found(who, "_text=secret"); n != 1 || unread != "1" {
			t.Fatalf("%s finds %d, %s unread", who, n, unread)
		}
	}
	w.must(w.seeder.Block(record.BlockSeed{PatientID: alice, Actor: id(nurse)}))
	w.must(w.seeder.Flush())
	w.must(w.messages(gp).LeaveDialogue(t.Context(), m.Dialogue))
	w.must(w.answers(citizenOf(alice), alice, m.Dialogue, "Réponse-secrète"))
	for _, who := range []string{nurse, gp} {
		for _, form := range []string{"_text=secret", "unread=true", "subject=" + alice} {
			if n, unread := found(who, form); n != 0 || unread != "0" {
				t.Errorf("%s finds %d by %s, %s unread", who, n, form, unread)
			}
		}
		if event := w.do(ask{who: who, path: "/Communication/$events", header: map[string]string{"Accept": "application/fhir+json"}}); strings.Contains(event.body, m.Dialogue) {
			t.Errorf("%s is told %s", who, event.body)
		}
	}
	read := w.do(ask{who: nurse, path: "/Communication/" + m.ID})
	if read.status != 403 || strings.Contains(read.body, "secret") || strings.Contains(read.body, "bloqu") {
		t.Errorf("the blocked reads: %d %s", read.status, read.body)
	}
	if left := w.do(ask{who: gp, path: "/Communication/" + m.ID}); left.status != 404 {
		t.Errorf("who left reads: %d %s", left.status, left.body)
	}
	w.must(w.messages(nurse).LeaveDialogue(t.Context(), m.Dialogue)) // out of what one cannot read any more
}

// TestAnEmergencyOfAProfileEndsWithItsHour: what was read in an emergency is not
// read in it afterwards, nor under a session of somebody else.
func TestAnEmergencyOfAProfileEndsWithItsHour(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.Authorise(record.AuthorisationSeed{PatientID: carol, Actor: id(nurse), Form: "ecrit"}))
	w.must(w.seeder.Flush())
	w.keeps(nurse, carol, disease("Asthme-secret"))
	asked := func(who, session string) answer {
		a := profileOf(who, carol)
		a.session = session
		return w.do(a)
	}
	access := w.open(stranger, carol, fhir.ModeBreakGlass, "Patient inconscient")
	if got := asked(stranger, access.Session); got.status != 200 || !strings.Contains(got.body, "Asthme-secret") {
		t.Fatalf("%d %s", got.status, got.body)
	}
	if got := asked(gp, access.Session); got.status < 400 || strings.Contains(got.body, "secret") {
		t.Errorf("somebody else's session: %d %s", got.status, got.body)
	}
	other := profileOf(stranger, alice)
	other.session = access.Session
	if got := w.do(other); got.status < 400 {
		t.Errorf("another record: %d %s", got.status, got.body)
	}
	w.later(time.Until(access.End) + time.Minute)
	for _, session := range []string{access.Session, ""} {
		if got := asked(stranger, session); got.status < 400 || strings.Contains(got.body, "secret") {
			t.Errorf("after its hour: %d %s", got.status, got.body)
		}
	}
}

// TestAnItemsKeyIsItsSendersAndItsRecords: nobody reaches what another one added
// by their key, and a key that served in one record adds nothing in another.
func TestAnItemsKeyIsItsSendersAndItsRecords(t *testing.T) {
	w := newWorld(t)
	w.must(w.seeder.Authorise(record.AuthorisationSeed{PatientID: carol, Actor: id(nurse), Form: "ecrit"}))
	w.must(w.seeder.Flush())
	add := func(who, patient, key string) answer {
		return w.do(ask{who: who, path: "/Condition", body: string(disease("Asthme").JSON(patient)), header: map[string]string{fhir.HeaderIdempotency: key}})
	}
	key := uuid.NewString()
	first := add(nurse, alice, key)
	if first.status != 201 {
		t.Fatalf("%d %s", first.status, first.body)
	}
	if got := add(gp, alice, key); got.status != 201 || got.header.Get("Location") == first.header.Get("Location") {
		t.Errorf("somebody else's: %d %s", got.status, got.header.Get("Location"))
	}
	if got := add(nurse, carol, key); got.status != 409 {
		t.Errorf("another record: %d %s", got.status, got.body)
	}
	if got := add(nurse, alice, key); got.status != 200 || got.header.Get("Location") != first.header.Get("Location") {
		t.Errorf("again: %d %s", got.status, got.body)
	}
}
