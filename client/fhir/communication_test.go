package fhir

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

// TestCommunicationIsReadAsWritten: a dialogue and a message are valid FHIR and
// lose nothing on their way.
func TestCommunicationIsReadAsWritten(t *testing.T) {
	at := time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)
	for name, c := range map[string]Communication{
		"a dialogue": {
			ID: "d", Version: "2", PatientID: "p", PatientName: "Léa MARTIN", Topic: "<b>Vos résultats</b>", Sent: at, Reply: "ended", EndedBy: "Dr Anne MOREL",
			Unread: 3, LastFrom: "Léa", Mine: true, Members: []Party{{ID: "899700218896", Name: "Dr Anne MOREL"}},
		},
		"a message": {
			ID: "m", Version: "1", PatientID: "p", PartOf: "d", InReplyTo: "l", From: Party{ID: "899700218896", Name: "Dr Anne MOREL"}, FromName: "Dr Anne MOREL",
			Sent: at, Received: at.Add(time.Second), ReadAt: at.Add(time.Minute), State: "read", Read: true, Payload: []Payload{
				{Text: "Une\nautre \"ligne\""},
				{Document: "doc", Title: "Compte rendu", ContentType: "application/pdf", Size: 12},
				{Document: "hidden"},
				{Attachment: &Attachment{ContentType: "image/png", URL: "Communication/d/$content/m", Size: 5, Title: "photo.png"}},
			},
		},
		"an answer": {ID: "a", PatientID: "p", PartOf: "d", FromPatient: true, FromName: "Léa", Payload: []Payload{{Text: "Merci"}}},
	} {
		data := c.JSON()
		n, err := Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if issues := CheckAs(n, "Communication"); len(issues) > 0 {
			t.Errorf("%s is no FHIR: %v", name, issues)
		}
		got, err := ParseCommunication(data)
		if err != nil || !reflect.DeepEqual(got, c) {
			t.Errorf("%s: read %+v, %v; wrote %+v", name, got, err, c)
		}
	}
}

// TestAFileLeavesAndArrives: with the file in a payload, or as a document that
// the message contains, the body is FHIR and its bytes are found.
func TestAFileLeavesAndArrives(t *testing.T) {
	c := Communication{PartOf: "d", Payload: []Payload{{Text: "Voici."}, {Attachment: &Attachment{ContentType: "text/plain", Title: "lettre.txt"}}}}
	as := c
	as.Payload = []Payload{{Text: "Voici."}, {Document: "#" + DocumentOfMessage}}
	doc := DocumentReference{
		UniqueID: "urn:uuid:1", Status: "current", PatientINS: Identifier{SystemINSTest, "279035121518989"}, Author: Party{ID: "899700218896", Name: "Dr Anne MOREL"},
		Attachment: Attachment{ContentType: "text/plain"},
	}
	for name, pair := range map[string][2][]byte{"alone": pieces(c.SplitJSON(nil)), "as a document": pieces(as.SplitJSON(&doc))} {
		body := string(pair[0]) + "Qm9uam91cg==" + string(pair[1])
		split, err := SplitMessage(strings.NewReader(body), DefaultSplitLimits())
		if err != nil || !split.HasData || split.Size != 7 {
			t.Fatalf("%s: %+v, %v", name, split, err)
		}
		n, err := Parse(split.Body)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if issues := CheckAs(n, "Communication"); len(issues) > 0 {
			t.Errorf("%s is no FHIR: %v", name, issues)
		}
	}
}

func pieces(before, after []byte) [2][]byte { return [2][]byte{before, after} }

// FuzzCommunication: no bytes make the readers panic, and what is read is
// written so that it reads the same.
func FuzzCommunication(f *testing.F) {
	f.Add([]byte(`{"resourceType":"Communication","status":"completed","payload":[{"contentString":"a"}]}`))
	f.Add(Communication{ID: "d", Reply: "open", Members: []Party{{ID: "1"}}}.JSON())
	f.Add(LetterEvent{Dialogue: "d", Unread: 2}.JSON())
	f.Fuzz(func(t *testing.T, data []byte) {
		if e, err := ParseLetterEvent(data); err == nil {
			if again, err := ParseLetterEvent(e.JSON()); err != nil || again != e {
				t.Errorf("%+v becomes %+v (%v)", e, again, err)
			}
		}
		c, err := ParseCommunication(data)
		if err != nil {
			return
		}
		if _, err := ParseCommunication(c.JSON()); err != nil {
			t.Errorf("%+v does not read again: %v", c, err)
		}
	})
}

func TestCheckMessageText(t *testing.T) {
	for text, good := range map[string]bool{
		"Bonjour.\nÀ demain 👋🏽": true, "<b>": true, "": false, " \n": false, "a\tb": false, "a\rb": false, "a\x00": false, "a\u202eb": false, "a\u2066b": false, "\xff": false,
	} {
		if err := CheckMessageText(text); (err == nil) != good {
			t.Errorf("%q: %v", text, err)
		}
	}
}
