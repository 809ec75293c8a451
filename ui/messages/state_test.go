package messages

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

var now = time.Date(2026, time.November, 21, 11, 40, 0, 0, time.FixedZone("Paris", 3600))

func dialogue(id string, unread int) client.Dialogue {
	return client.Dialogue{ID: id, PatientName: "MARTIN Léa", Unread: unread, Reply: client.ReplyOpen}
}

// TestTheListKeepsWhatItShows: a failure takes nothing away, pages join without
// doubles, and an empty answer says whether one had narrowed.
func TestTheListKeepsWhatItShows(t *testing.T) {
	var s State
	s.Ask()
	if s.Phase != Loading || !s.Busy {
		t.Fatalf("%+v", s)
	}
	s.Answer(client.DialoguePage{}, fhir.E(fhir.Offline, ""), false)
	if s.Phase != Failed {
		t.Fatal("a failure with nothing to show")
	}
	s.Answer(client.DialoguePage{Dialogues: []client.Dialogue{dialogue("a", 2), dialogue("b", 0)}, Total: 3, Unread: 2, Next: "n"}, nil, false)
	s.Answer(client.DialoguePage{Dialogues: []client.Dialogue{dialogue("b", 0), dialogue("c", 0)}, Total: 3, Unread: 2}, nil, true)
	if s.Phase != Shown || len(s.Dialogues) != 3 || s.Next != "" || s.Unread != 2 {
		t.Fatalf("%+v", s)
	}
	s.Answer(client.DialoguePage{}, fhir.E(fhir.Unavailable, ""), false)
	if s.Phase != Shown || s.Err == nil || len(s.Dialogues) != 3 {
		t.Fatal("a failure took the rows away")
	}
	s.Opened(dialogue("a", 0))
	if s.Unread != 0 || s.Dialogues[0].Unread != 0 {
		t.Fatalf("%d unread after reading", s.Unread)
	}
	s.Text = " zzz "
	if q := s.Query(false); q.Text != "zzz" {
		t.Errorf("asks %q", q.Text)
	}
	if s.Answer(client.DialoguePage{}, nil, false); s.Phase != NoMatch {
		t.Errorf("phase %d", s.Phase)
	}
	s.Text = ""
	if s.Answer(client.DialoguePage{}, nil, false); s.Phase != Empty {
		t.Errorf("phase %d", s.Phase)
	}
}

func message(id string) client.Message { return client.Message{ID: id, Text: id} }

func ids(t Thread) string {
	var all []string
	for _, m := range t.Messages {
		all = append(all, m.ID)
	}
	return strings.Join(all, " ")
}

// TestAThreadJoinsItsPages: older pages go before, the newest one after; where a
// newest page does not reach what is shown, the gap is not papered over.
func TestAThreadJoinsItsPages(t *testing.T) {
	newest := func(next string, all ...string) client.MessagePage {
		p := client.MessagePage{Dialogue: dialogue("d", 0), Next: next}
		for _, id := range all {
			p.Messages = append(p.Messages, message(id))
		}
		return p
	}
	var th Thread
	th.Open(dialogue("d", 1))
	th.Ask()
	th.Answer(newest("older", "6", "5", "4"), nil, false)
	th.Answer(newest("", "3", "2", "1"), nil, true)
	if ids(th) != "1 2 3 4 5 6" || th.Next != "" {
		t.Fatalf("%s, next %q", ids(th), th.Next)
	}
	th.Answer(newest("older", "7", "6", "5"), nil, false)
	if ids(th) != "1 2 3 4 5 6 7" || th.Next != "" {
		t.Fatalf("%s, next %q", ids(th), th.Next)
	}
	th.Answer(newest("older", "12", "11", "10"), nil, false)
	if ids(th) != "10 11 12" || th.Next != "older" {
		t.Fatalf("a gap is hidden: %s, next %q", ids(th), th.Next)
	}
	th.Answer(client.MessagePage{}, fhir.E(fhir.Offline, ""), false)
	if th.Phase != Shown || ids(th) != "10 11 12" {
		t.Error("a failure took the messages away")
	}
}

// TestWhatLeftIsShownOnce: a message of the queue goes when the server shows it.
func TestWhatLeftIsShownOnce(t *testing.T) {
	var th Thread
	th.Open(dialogue("d", 0))
	th.Answer(client.MessagePage{Dialogue: dialogue("d", 0)}, nil, false)
	th.Queue([]Leaving{{ID: "x"}, {ID: "y"}})
	th.Answer(client.MessagePage{Dialogue: dialogue("d", 0), Messages: []client.Message{message("x")}}, nil, false)
	if len(th.Leaving) != 1 || th.Leaving[0].ID != "y" {
		t.Fatalf("%+v", th.Leaving)
	}
	th.Queue([]Leaving{{ID: "x"}, {ID: "y"}}) // the queue tells late
	if len(th.Leaving) != 1 {
		t.Fatalf("%+v", th.Leaving)
	}
}

// TestWritable: after the end nobody writes.
func TestWritable(t *testing.T) {
	for reply, want := range map[client.Reply]bool{client.ReplyOpen: true, client.ReplyNone: true, client.ReplyEnded: false} {
		d := dialogue("d", 0)
		d.Reply = reply
		th := Thread{ID: "d", Phase: Shown, Dialogue: d}
		if th.Writable() != want {
			t.Errorf("%s: %v", reply, th.Writable())
		}
	}
	if (&Thread{}).Writable() {
		t.Error("one writes into nothing")
	}
}

// TestWhyADraftDoesNotLeave.
func TestWhyADraftDoesNotLeave(t *testing.T) {
	lea := client.Patient{ID: "lea"}
	many := make([]Reference, client.MaxAttached+1)
	for name, c := range map[string]struct {
		d     Draft
		first bool
		want  Fault
	}{
		"nobody":            {Draft{Text: "a", Subject: "s"}, true, FaultNobody},
		"about nothing":     {Draft{Text: "a", Patient: lea, Subject: " "}, true, FaultSubject},
		"nothing":           {Draft{Text: " \n\t"}, false, FaultNothing},
		"a field open":      {Draft{Text: "Vos résultats (‹examen›)"}, false, FaultField},
		"half a field":      {Draft{Text: "Vos résultats (examen›)"}, false, FaultField},
		"a field in a name": {Draft{Text: "a", Subject: "‹objet›", Patient: lea}, true, FaultField},
		"too long":          {Draft{Text: strings.Repeat("é", client.MaxMessageText+1)}, false, FaultLong},
		"just fits":         {Draft{Text: strings.Repeat("é", client.MaxMessageText)}, false, FaultNone},
		"a control":         {Draft{Text: "a\x07b"}, false, FaultControl},
		"turned round":      {Draft{Text: "a\u202eb"}, false, FaultControl},
		"html is text":      {Draft{Text: "<script>alert(1)</script>"}, false, FaultNone},
		"lines and tabs":    {Draft{Text: "a\r\n\tb"}, false, FaultNone},
		"a document alone":  {Draft{Documents: many[:1]}, false, FaultNothing},
		"too many":          {Draft{Text: "a", Documents: many}, false, FaultMany},
		"a file too many":   {Draft{Text: "a", Documents: many[1:], Path: "/a"}, false, FaultMany},
		"a first one":       {Draft{Text: "a", Patient: lea, Subject: "s"}, true, FaultNone},
	} {
		if got := c.d.Check(c.first); got != c.want {
			t.Errorf("%s: %d, want %d", name, got, c.want)
		}
		if c.want != FaultNone && faultWords(c.want) == "" {
			t.Errorf("%s: no words", name)
		}
	}
}

// TestOutgoing: what leaves is tidy, and only a first message names whom and what.
func TestOutgoing(t *testing.T) {
	d := Draft{Text: " e\u0301t\u0301\r\nb\r ", Subject: "s", Patient: client.Patient{ID: "lea"}, Members: []string{"m"}, NoReply: true, Documents: []Reference{{ID: "d1"}}}
	first := d.Outgoing("id", "", "")
	if first.PatientID != "lea" || first.Subject != "s" || first.Reply != client.ReplyNone || !slices.Equal(first.Members, []string{"m"}) || first.ID != "id" {
		t.Errorf("%+v", first)
	}
	if !strings.HasPrefix(first.Text, "ét") || !strings.HasSuffix(first.Text, "\nb") {
		t.Errorf("%q", first.Text)
	}
	later := d.Outgoing("id", "dlg", "lea")
	if later.Subject != "" || later.Members != nil || later.Reply != "" || later.Dialogue != "dlg" || !slices.Equal(later.Documents, []string{"d1"}) {
		t.Errorf("%+v", later)
	}
}

// TestADraftComesBackAsItWas: also a damaged page is no draft, and no panic.
func TestADraftComesBackAsItWas(t *testing.T) {
	d := Draft{Text: "é\n‹x›", Subject: "s", Documents: []Reference{{"a", "b"}}, Path: "/p/é.pdf", Name: "é.pdf"}
	if got := readDraft(d.page("n").Value); got.Text != d.Text || got.Path != d.Path || len(got.Documents) != 1 {
		t.Errorf("%+v", got)
	}
	if n := (Draft{Text: "  "}).page("n"); n.Value != nil {
		t.Error("nothing is kept as something")
	}
	if !readDraft([]byte(`{"Text":`)).Empty() {
		t.Error("half a draft is one")
	}
}

// TestTemplates: what is known is filled in, what is not is left open and keeps the
// message from leaving; a template goes after what was written.
func TestTemplates(t *testing.T) {
	all := templates(Filling{Me: "Dr Anne MOREL", Now: now})
	if len(all) < 5 {
		t.Fatalf("%d templates", len(all))
	}
	for _, tpl := range all {
		d := Draft{}.place(tpl, true)
		if d.Subject == "" || !strings.Contains(d.Text, "Dr Anne MOREL") || strings.Contains(d.Text, "{{") || strings.Contains(d.Text, "<no value>") {
			t.Errorf("%+v", d)
		}
		d.Patient.ID = "lea"
		if d.Check(true) != FaultField {
			t.Errorf("%q could leave as it is", tpl.Title)
		}
		for range 10 {
			from, to, ok := nextField(d.Text)
			if !ok {
				break
			}
			r := []rune(d.Text)
			d.Text = string(r[:from]) + "x" + string(r[to:])
		}
		if d.Check(true) != FaultNone {
			t.Errorf("%q cannot leave filled in: %q", tpl.Title, d.Text)
		}
	}
	d := Draft{Text: "Bonjour.\n\n", Subject: "mine"}.place(all[0], true)
	if !strings.HasPrefix(d.Text, "Bonjour.\n\n") || strings.HasPrefix(d.Text, "Bonjour.\n\n\n") || d.Subject != "mine" {
		t.Errorf("%+v", d)
	}
}
