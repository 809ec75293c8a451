package demo

import (
	"time"

	"carnet/cmd/carnet-server/internal/record"
)

// exchange is one exchange of messages; everybody in it is fictional.
type exchange struct {
	id, patient, subject, reply string
	members                     []string // keys of cast; the first one opened it
	letters                     []letterLine
}

// letterLine is one message: by a key of cast, or, "", by a person of the
// patient's side.
type letterLine struct {
	by, person, text string
	hours            int // before today's start
	read             bool
}

// exchanges are three, by when their last message came: one that was ended, one
// about a child, one that waits for an answer.
var exchanges = []exchange{
	{"demo-dialogue-3", richest, "Renouvellement d’ordonnance", "ended", []string{"gp"}, []letterLine{
		{by: "gp", text: "Bonjour, votre ordonnance est au secrétariat.", hours: 400, read: true},
		{person: richest, text: "Merci, je l’ai bien reçue.", hours: 390, read: true},
	}},
	{"demo-dialogue-2", twins[0], "Rappel de vaccination", "open", []string{"gp"}, []letterLine{
		{by: "gp", text: "Bonjour, le rappel de Léa est à faire ce mois-ci. Mercredi après-midi vous conviendrait-il ?", hours: 82, read: true},
		{person: parentOfTwins, text: "Bonjour docteur, mercredi à 15 heures nous convient très bien.", hours: 77},
	}},
	{"demo-dialogue-1", richest, "Vos résultats de biologie", "open", []string{"gp", "pharmacist"}, []letterLine{
		{by: "gp", text: "Bonjour Madame,\nvos résultats sont normaux. Nous gardons le même traitement.\nDr Morel", hours: 63, read: true},
		{person: richest, text: "Merci docteur. Faut-il revenir avant le mois prochain ?", hours: 54, read: true},
		{by: "gp", text: "Non, nous nous voyons comme prévu. La pharmacie du Port est dans cet échange pour votre renouvellement.", hours: 31, read: true},
		{by: "pharmacist", text: "Bonjour, votre traitement est prêt : vous pouvez passer dès demain.", hours: 15},
	}},
}

// seedMessages writes the exchanges.
func (w *world) seedMessages(seeder *record.Seeder) error {
	for _, x := range exchanges {
		d := record.DialogueSeed{ID: x.id, PatientID: x.patient, Subject: x.subject, Reply: x.reply}
		if x.reply == "ended" {
			d.EndedBy = cast[x.members[0]].name
		}
		for _, key := range x.members {
			d.Members = append(d.Members, cast[key].id)
		}
		for _, l := range x.letters {
			m := record.MessageSeed{Person: l.person, Text: l.text, At: w.today.Add(-time.Duration(l.hours) * time.Hour), Read: l.read}
			if l.by != "" {
				m.By, m.Name = cast[l.by].id, cast[l.by].name
			}
			for _, p := range w.people {
				if m.Name == "" && p.seed.ID == l.person {
					m.Name = nameOf(p)
				}
			}
			d.Messages = append(d.Messages, m)
		}
		if err := seeder.AddDialogue(d); err != nil {
			return err
		}
	}
	return nil
}

// nameOf names a person as their account does.
func nameOf(p person) string {
	if p.seed.UsedName != "" {
		return p.seed.Given[0] + " " + p.seed.UsedName
	}
	return p.seed.Given[0] + " " + p.seed.BirthName
}
