package record

import (
	"fmt"
	"os"
	"strconv"
	"testing"
	"time"
)

// correspondence is a service in which one professional has many dialogues, with some
// patients, of twenty messages each; CARNET_BENCH_MESSAGES=100 gives longer ones.
func correspondence(b *testing.B, dialogues, patients int) *world {
	b.Helper()
	w := newWorld(b)
	messages := 20
	if n, err := strconv.Atoi(os.Getenv("CARNET_BENCH_MESSAGES")); err == nil {
		messages = n
	}
	w.seed(func(s *Seeder) {
		w.must(s.AddListed(listedSeed(gp())))
		for i := range dialogues {
			p := patientSeed(i%patients+1, benchFamilies[i%len(benchFamilies)], "Zoé")
			if i < patients {
				w.must(s.AddPatient(p))
				w.must(s.SetRecord(RecordSeed{PatientID: p.ID, MT: gp().ID}))
			}
			seed := DialogueSeed{ID: fmt.Sprintf("dialogue-%d", i), PatientID: p.ID, Subject: "Vos résultats", Reply: "open", Members: []string{gp().ID}}
			for j := range messages {
				m := MessageSeed{
					By: gp().ID, Name: gp().Name, At: w.Service.now().Add(time.Duration(j) * time.Minute), Read: true,
					Text: fmt.Sprintf("Bonjour, votre bilan n° %d est normal : la glycémie est à l’équilibre, le contrôle se fera dans six mois. Bien à vous, Dr Anne Morel.", i*100+j),
				}
				if j%2 == 1 {
					m.By, m.Person, m.Name = "", p.ID, "Zoé"
				}
				seed.Messages = append(seed.Messages, m)
			}
			w.must(s.AddDialogue(seed))
		}
	})
	return w
}

// BenchmarkSearchOfMessages: a word that one message of a thousand dialogues has,
// as the first search after a start (cold), and as one goes on typing (warm).
func BenchmarkSearchOfMessages(b *testing.B) {
	w := correspondence(b, 1000, 1000)
	q := DialogueQuery{Words: "99910", Limit: 20}
	search := func(b *testing.B, words string, want int) {
		q.Words = words
		out, err := w.Dialogues(bg, gp(), q)
		if err != nil || out.Total != want {
			b.Fatalf("%d found, %v", out.Total, err)
		}
	}
	b.Run("list", func(b *testing.B) {
		for b.Loop() {
			search(b, "", 1000)
		}
	})
	b.Run("warm", func(b *testing.B) {
		for b.Loop() {
			search(b, "99910", 1)
		}
	})
	b.Run("none", func(b *testing.B) {
		for b.Loop() {
			search(b, "introuvable", 0)
		}
	})
}

// BenchmarkUnreadOfAPage: the count that each page of a patient's side shows, with two
// hundred dialogues in the record.
func BenchmarkUnreadOfAPage(b *testing.B) {
	w := correspondence(b, 200, 1)
	for b.Loop() {
		if _, err := w.HeldUnread(bg, zoe(), "pat-1"); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkOneMessageMore: what an answer costs in a record of four thousand.
func BenchmarkOneMessageMore(b *testing.B) {
	w := correspondence(b, 200, 1)
	list, err := w.HeldDialogues(bg, zoe(), "pat-1", DialogueQuery{Limit: 1})
	w.must(err)
	for i := 0; b.Loop(); i++ {
		_, err := w.HeldAnswer(bg, zoe(), "pat-1", HeldMessage{Dialogue: list.Items[0].ID, Text: "Merci.", Once: strconv.Itoa(i)})
		w.must(err)
	}
}
