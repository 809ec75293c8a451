package clienttest

import (
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

// The dialogues of the fictional world, and the colleague who may be let into
// one.
const (
	DialogueLea     = "dlg-lea"    // open; Léa answered, one message unread
	DialogueGisele  = "dlg-gisele" // without reply
	DialogueHelene  = "dlg-helene" // ended
	DialogueNoah    = "dlg-noah"   // open; the child's mother writes
	ColleagueID     = "899700218904"
	ColleagueName   = "Paul GARNIER"
	RepresentingOne = "Linh N'GUYEN" // writes for PatientNoah
)

// dialogueRow is a line of the table of dialogues: its messages are written in
// turns, "<" before what the patient's side wrote.
type dialogueRow struct {
	id, patient, subject string
	reply                client.Reply
	read                 bool
	texts                []string
}

func dialogueTable() []dialogueRow {
	return []dialogueRow{
		{DialogueHelene, PatientHelene, "Renouvellement", client.ReplyEnded, true, []string{
			"Bonjour, votre renouvellement est prêt au cabinet.", "<Merci docteur, je passe demain.", "Bonne journée.",
		}},
		{DialogueGisele, PatientGisele, "Congés du cabinet", client.ReplyNone, true, []string{
			"Le cabinet est fermé du 24 au 31 décembre. En cas d’urgence, composez le 15.",
		}},
		{DialogueNoah, PatientNoah, "Vaccination de Noah", client.ReplyOpen, true, []string{
			"Bonjour, le rappel de Noah est à faire ce mois-ci.", "<Bonjour, mercredi nous irait bien.",
		}},
		{DialogueLea, PatientLea, "Vos résultats", client.ReplyOpen, false, []string{
			"Bonjour, vos résultats sont normaux. Nous nous revoyons dans six mois.",
			"<Merci docteur. Faut-il continuer le traitement d’ici là ?",
		}},
	}
}

// letters fills the mailbox with the dialogues of the world.
func (f *Fake) letters() {
	at := f.now().AddDate(0, 0, -6)
	for _, r := range dialogueTable() {
		p := f.person(r.patient)
		d := &dialogue{opener: f.me.ID, Dialogue: client.Dialogue{
			ID: r.id, PatientID: p.ID, PatientName: nameOf(p), Subject: r.subject, Reply: r.reply, Members: []fhir.Party{f.mine()},
		}}
		if r.reply == client.ReplyEnded {
			d.EndedBy = f.me.Name
		}
		for _, text := range r.texts {
			at = at.Add(5 * time.Hour)
			if text[0] == '<' {
				d.messages = append(d.messages, f.fromPatient(d, text[1:], at))
				continue
			}
			d.messages = append(d.messages, &message{
				by: f.me.ID, listed: map[string]bool{"": true}, readBy: map[string]bool{"": true}, readAt: at.Add(time.Hour),
				Message: client.Message{ID: f.box.id("msg"), Dialogue: d.ID, Sent: at, From: f.mine(), FromName: f.me.Name, Text: text},
			})
		}
		if r.read {
			d.markRead(f.me.ID, at)
		}
		f.box.all = append(f.box.all, d)
	}
}

// fromPatient makes a message of the patient's side.
func (f *Fake) fromPatient(d *dialogue, text string, at time.Time) *message {
	name := d.PatientName
	if d.PatientID == PatientNoah {
		name = RepresentingOne
	}
	return &message{
		listed: map[string]bool{}, readBy: map[string]bool{},
		Message: client.Message{ID: f.box.id("msg"), Dialogue: d.ID, Sent: at, FromPatient: true, FromName: name, Text: text},
	}
}

// Beside gives a fake of the same dialogues for somebody else, whom the same
// patients let in, as a member of their care team. Records are each one's own.
func (f *Fake) Beside(me client.Person) *Fake {
	out := New(Options{Now: f.now, Me: me})
	out.box = f.box
	for _, p := range out.people {
		if p.relation == fhir.BasisMT {
			p.relation, p.Relation = fhir.BasisCareTeam, fhir.BasisCareTeam
		}
		for _, d := range p.documents {
			d.byMe = false
		}
	}
	return out
}

// dialogueOf finds a dialogue. The lock of the mailbox is held.
func (b *mailbox) dialogue(id string) *dialogue {
	for _, d := range b.all {
		if d.ID == id {
			return d
		}
	}
	return nil
}

// PatientWrites is the patient's side answering. Errors: Forbidden where only
// professionals write, StateConflict after the end, NotFound.
func (f *Fake) PatientWrites(dialogue, text string) error {
	defer f.locked()()
	d := f.box.dialogue(dialogue)
	switch {
	case d == nil:
		return fhir.E(fhir.NotFound, "no such dialogue")
	case d.Reply == client.ReplyEnded:
		return fhir.E(fhir.StateConflict, "this exchange was ended")
	case d.Reply == client.ReplyNone:
		return fhir.E(fhir.BusinessRule, "this exchange takes no reply")
	}
	d.messages = append(d.messages, f.fromPatient(d, text, f.now()))
	f.box.stir(dialogue)
	return nil
}

// PatientLists is the patient's side looking at the list of dialogues: it gives
// how many messages are unread.
func (f *Fake) PatientLists(patientID string) int {
	defer f.locked()()
	n := 0
	for _, d := range f.box.all {
		if d.PatientID != patientID {
			continue
		}
		for _, m := range d.messages {
			m.listed[""] = true
		}
		n += d.unread("")
	}
	return n
}

// PatientReads is the patient's side opening a dialogue; it gives the texts,
// oldest first.
func (f *Fake) PatientReads(dialogue string) ([]string, error) {
	defer f.locked()()
	d := f.box.dialogue(dialogue)
	if d == nil {
		return nil, fhir.E(fhir.NotFound, "no such dialogue")
	}
	d.markRead("", f.now())
	f.box.stir(dialogue)
	var out []string
	for _, m := range d.messages {
		out = append(out, m.Text)
	}
	return out, nil
}
