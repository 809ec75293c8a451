package record

import (
	"archive/zip"
	"bytes"
	"io"
	"strings"
	"testing"

	"carnet/client/fhir"
)

// writesLetter sends a message of the general practitioner, with a file when there
// are bytes.
func (w *world) writesLetter(dialogue, text string, file []byte) fhir.Communication {
	w.t.Helper()
	c := fhir.Communication{PartOf: dialogue, PatientID: "pat-1", Topic: "Vos résultats", Payload: []fhir.Payload{{Text: text}}}
	u := Upload{Idempotency: newID()}
	if file != nil {
		c.Payload = append(c.Payload, fhir.Payload{Attachment: &fhir.Attachment{ContentType: "text/plain", Title: "lettre.txt"}})
		before, after := c.SplitJSON(nil)
		split, err := fhir.SplitMessage(strings.NewReader(string(before)+"Qm9uam91cg=="+string(after)), fhir.DefaultSplitLimits())
		w.must(err)
		u.Body, u.Data, u.Size, u.SHA1, u.SHA256 = split.Body, split.Data, split.Size, split.SHA1, split.SHA256
	} else {
		u.Body = c.JSON()
	}
	r, created, err := w.SendMessage(bg, gp(), u, file != nil)
	w.must(err)
	if !created {
		w.t.Fatal("a new message was there before")
	}
	m, err := fhir.ParseCommunication(r.JSON)
	w.must(err)
	return m
}

// letterWorld has an exchange of two messages, one with a file.
func letterWorld(t *testing.T) (*world, string) {
	w := heldWorld(t, func(w *world, s *Seeder) { w.must(s.Authorise(AuthorisationSeed{PatientID: "pat-1", Actor: gp().ID})) })
	m := w.writesLetter("", "Texte secret.", []byte("Bonjour"))
	_, err := w.HeldAnswer(bg, zoe(), "pat-1", HeldMessage{Dialogue: m.PartOf, Text: "Réponse secrète.", Once: "un"})
	w.must(err)
	return w, m.PartOf
}

// TestVerifyNoticesEditsOfMessages: whoever edits messages behind the server's
// back is noticed, and what lies on the disk is sealed.
func TestVerifyNoticesEditsOfMessages(t *testing.T) {
	w, _ := letterWorld(t)
	w.sound()
	for name, edit := range map[string]string{
		"the rule":             `UPDATE dialogue SET reply = 1`,
		"a member more":        `INSERT INTO dialogue_member (dialogue, patient, actor, since, until) SELECT n, patient, 'x', 0, 0 FROM dialogue`,
		"a member out":         `UPDATE dialogue_member SET until = 1`,
		"a message gone":       `DELETE FROM message WHERE n = (SELECT max(n) FROM message)`,
		"a message of another": `UPDATE message SET sender = 'Patient/pat-2' WHERE n = (SELECT max(n) FROM message)`,
		"a text":               `UPDATE message SET body = zeroblob(length(body))`,
		"a text of another":    `UPDATE message SET body = (SELECT body FROM message ORDER BY n LIMIT 1)`,
		"a subject":            `UPDATE dialogue SET body = zeroblob(length(body))`,
		"a file":               `UPDATE message SET sha256 = zeroblob(32)`,
		"when it was sent":     `UPDATE message SET sent = sent + 1`,
		"the chain gone":       `DELETE FROM message_chain`,
		"a chain of less":      `UPDATE message_chain SET count = count - 1`,
		"a chain and the last": `UPDATE message_chain SET count = count - 1; DELETE FROM message WHERE n = (SELECT max(n) FROM message)`,
		"all of it gone":       `DELETE FROM message_read; DELETE FROM dialogue_words; DELETE FROM message_chain; DELETE FROM message; DELETE FROM dialogue_member; DELETE FROM dialogue`,
		"words":                `UPDATE dialogue_words SET body = zeroblob(length(body))`,
		"words of another":     `UPDATE dialogue_words SET part = part + 1`,
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

// TestMessagesGoWithTheirRecord: an erased record leaves no message, file or
// dialogue, and the store is sound.
func TestMessagesGoWithTheirRecord(t *testing.T) {
	w, dialogue := letterWorld(t)
	w.must(w.erase("pat-1"))
	w.sound()
	if _, err := w.Messages(bg, gp(), dialogue, ""); code(err) != fhir.NotFound {
		t.Errorf("a dialogue of an erased record: %v", err)
	}
	list, err := w.Dialogues(bg, gp(), DialogueQuery{})
	if err != nil || list.Total != 0 || list.Unread != 0 {
		t.Errorf("a list after the erasure: %+v, %v", list, err)
	}
}

// TestAnExportHoldsMessages: as texts, as resources, with the files.
func TestAnExportHoldsMessages(t *testing.T) {
	w, _ := letterWorld(t)
	var out bytes.Buffer
	w.must(w.ExportRecord(bg, zoe(), "pat-1", &out))
	z, err := zip.NewReader(bytes.NewReader(out.Bytes()), int64(out.Len()))
	w.must(err)
	got := map[string]string{}
	for _, f := range z.File {
		r, err := f.Open()
		w.must(err)
		data, err := io.ReadAll(r)
		w.must(err)
		got[f.Name] = string(data)
	}
	text := got["messages/0001.txt"]
	if !strings.Contains(text, "Texte secret.") || !strings.Contains(text, "Réponse secrète.") || strings.Index(text, "Texte") > strings.Index(text, "Réponse") {
		t.Errorf("the text of the exchange: %q", text)
	}
	if got["messages/fichier-file-0001.txt"] != "Bonjour" || !strings.Contains(got["fhir/Communication/0001-0002.json"], "Réponse secrète.") {
		t.Errorf("the export holds no file, or no resource: %d entries", len(got))
	}
}

// TestTheHistoryTellsOfMessages: reading and writing are acts of their own
// kinds, and say nothing of what was written.
func TestTheHistoryTellsOfMessages(t *testing.T) {
	w, dialogue := letterWorld(t)
	_, err := w.Messages(bg, gp(), dialogue, "")
	w.must(err)
	h, err := w.History(bg, zoe(), "pat-1", HistoryQuery{})
	w.must(err)
	kinds := map[string]int{}
	for _, v := range h.Visits {
		for _, a := range v.Acts {
			kinds[a.Kind]++
			if strings.Contains(a.Detail+a.Title, "ecret") {
				t.Error("the history tells what was written")
			}
		}
	}
	if kinds[fhir.KindMessageSent] != 2 || kinds[fhir.KindMessage] != 1 {
		t.Errorf("the history has %v", kinds)
	}
	told, err := w.Notices(bg, zoe(), "pat-1", 10)
	w.must(err)
	if len(told) == 0 || told[0].Kind != noticeMessage || told[0].Dialogue != dialogue || strings.Contains(told[0].Detail+told[0].Title, "ecret") {
		t.Errorf("the patient is told %+v", told)
	}
}

// TestADamagedMessageDoesNotHideTheOthers: the list lives, the exchange says which
// message cannot be read, one may write on, and verify tells.
func TestADamagedMessageDoesNotHideTheOthers(t *testing.T) {
	w, dialogue := letterWorld(t)
	other := w.writesLetter("", "Un autre sujet.", nil)
	execute(t, w.dir, `UPDATE message SET body = zeroblob(length(body)) WHERE sender LIKE 'Patient/%'`)
	list, err := w.Dialogues(bg, gp(), DialogueQuery{})
	w.must(err)
	held, err := w.HeldDialogues(bg, zoe(), "pat-1", DialogueQuery{})
	w.must(err)
	for _, items := range [][]fhir.Communication{list.Items, held.Items} {
		if len(items) != 2 || items[0].Damaged || items[0].ID != other.PartOf || !items[1].Damaged || items[1].Topic != "Vos résultats" || items[1].LastFrom != "" {
			t.Errorf("the list: %+v", items)
		}
	}
	page, err := w.Messages(bg, gp(), dialogue, "")
	w.must(err)
	if len(page.Items) != 2 || !page.Items[0].Damaged || len(page.Items[0].Payload) != 0 || page.Items[1].Damaged || page.Items[1].Payload[0].Text != "Texte secret." {
		t.Errorf("the messages: %+v", page.Items)
	}
	sent, err := fhir.ParseCommunication(page.Items[0].JSON())
	if err != nil || !sent.Damaged || !sent.FromPatient {
		t.Errorf("on the wire: %+v, %v", sent, err)
	}
	w.writesLetter(dialogue, "Pouvez-vous l’écrire de nouveau ?", nil)
	list, err = w.Dialogues(bg, gp(), DialogueQuery{Words: "nouveau"})
	w.must(err)
	if len(list.Items) != 1 || list.Items[0].Damaged {
		t.Errorf("with a message more: %+v", list.Items)
	}
	w.must(w.ExportRecord(bg, zoe(), "pat-1", io.Discard))
	w.verifyTells("a message does not open")
}

// verifyTells wants a problem of verify.
func (w *world) verifyTells(what string) {
	w.t.Helper()
	report, err := Verify(bg, w.dir)
	w.must(err)
	for _, p := range report.Problems {
		if p.What == what {
			return
		}
	}
	w.t.Errorf("verify tells %+v", report.Problems)
}

// TestADamagedSubject: the exchange is there, and can be written in; its rule, whose
// change would write its subject anew, stays.
func TestADamagedSubject(t *testing.T) {
	w, dialogue := letterWorld(t)
	execute(t, w.dir, `UPDATE dialogue SET body = zeroblob(length(body))`)
	list, err := w.Dialogues(bg, gp(), DialogueQuery{})
	w.must(err)
	if len(list.Items) != 1 || !list.Items[0].Damaged || list.Items[0].Topic != "" {
		t.Errorf("the list: %+v", list.Items)
	}
	w.writesLetter(dialogue, "Encore un mot.", nil)
	for _, rule := range []string{"none", "ended"} {
		if _, err := w.SetReply(bg, gp(), dialogue, rule); code(err) != fhir.Unavailable {
			t.Errorf("%s: %v", rule, err)
		}
	}
	w.verifyTells("the subject of a dialogue does not open")
}
