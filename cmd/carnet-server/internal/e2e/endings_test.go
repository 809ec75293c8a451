package e2e

import (
	"context"
	"fmt"
	"net/http"
	"sync/atomic"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/record"
)

// target is what readers read: one document, as those who have a right to it.
type target struct {
	doc     string
	readers []reader
}

// reader is one who has a right, by token and by access session.
type reader struct{ token, session string }

// sight is what 64 look at, which the story turns to another when it likes.
type sight struct {
	*world
	at   atomic.Pointer[target]
	turn atomic.Int64
}

// read retrieves the content as one of those who had the right.
func (s *sight) read() outcome {
	at := s.at.Load()
	who := at.readers[int(s.turn.Add(1))%len(at.readers)]
	r, err := http.NewRequest("GET", s.base+"/Binary/"+at.doc, nil)
	if err != nil {
		return unknown
	}
	r.Header.Set("Authorization", "Bearer "+who.token)
	if who.session != "" {
		r.Header.Set(fhir.HeaderSession, who.session)
	}
	res, err := traffic.Do(r)
	if err != nil {
		return unknown
	}
	_ = res.Body.Close()
	return outcomeOf(res.StatusCode)
}

// turnTo makes a document the one that is read.
func (s *sight) turnTo(doc string, readers ...reader) {
	s.at.Store(&target{doc, readers})
}

// fresh gives somebody a new access token.
func (w *world) fresh(who string) string {
	w.Helper()
	delete(w.tokens, who)
	return w.token(who)
}

// few bounds the trials of stories whose trials are long; the figures take as
// many as they ask for.
func few(n int) int {
	if *revocations > 24 {
		return *revocations
	}
	return n
}

// TestNoEmergencyReadAfterAnOpposition: a patient opposes an emergency mode on
// their pages while somebody reads in it.
func TestNoEmergencyReadAfterAnOpposition(t *testing.T) {
	w := newWorld(t)
	w.pages()
	doc := w.document(carol, nurse)
	page := w.enters(carol)
	page.get("/mon/reglages")
	s := &sight{world: w}
	modes := []struct{ field, who, mode string }{{"bris", stranger, fhir.ModeBreakGlass}, {"centre15", regulator, fhir.ModeCentre15}}
	open := func(i int) {
		m := modes[i%len(modes)]
		s.turnTo(doc, reader{w.fresh(m.who), w.session(m.who, carol, m.mode)})
	}
	open(0)
	noneLate(t, s.read, few(2), func(i int) way {
		return way{
			name: modes[i%len(modes)].mode,
			take: func() outcome { return page.post("/mon/reglages", modes[i%len(modes)].field, "1").done() },
			give: func() outcome {
				o := page.post("/mon/reglages").done()
				open(i + 1)
				return o
			},
		}
	})
}

// TestNoReadAfterAClosing: a patient closes their record on their pages while a
// professional reads, and opens it again.
func TestNoReadAfterAClosing(t *testing.T) {
	w := newWorld(t)
	w.pages()
	s := &sight{world: w}
	s.turnTo(w.document(alice, nurse), reader{token: w.token(gp)}, reader{token: w.token(mt)})
	page := w.enters(alice)
	page.get("/mon/dossier")
	noneLate(t, s.read, few(2), func(int) way {
		return way{
			name: "closing",
			take: func() outcome { return page.post("/mon/dossier/fermer", "sur", "1").done() },
			give: func() outcome { return page.post("/mon/dossier/rouvrir").done() },
		}
	})
}

// TestNoReadAfterAnErasure: a patient erases their closed record while they
// themself and an heir read it.
func TestNoReadAfterAnErasure(t *testing.T) {
	trials := few(2)
	w := newWorld(t, spares(trials+1)...)
	w.pages()
	s := &sight{world: w}
	var page *visitor
	next := func(i int) {
		who := w.closedRecord(i)
		page = w.enters(who)
		page.get("/mon/dossier")
		s.turnTo(w.document(who, nurse), reader{token: w.token(who)}, reader{token: w.fresh(bob)})
	}
	next(0)
	noneLate(t, s.read, trials, func(i int) way {
		return way{
			name: "erasing",
			take: func() outcome { return page.post("/mon/dossier/effacer", "mot", "EFFACER").done() },
			give: func() outcome { next(i + 1); return yes },
		}
	})
}

// spares are accounts of people who are put in when a story needs them.
func spares(n int) (out []idp.Account) {
	for i := range n {
		out = append(out, idp.Account{ID: spare(i), Claims: idp.Claims{Kind: idp.KindPatient, Person: spare(i), Name: "Camille RESERVE"}})
	}
	return out
}

func spare(i int) string { return fmt.Sprintf("pat-spare-%d", i) }

// closedRecord puts the i-th spare in, with a record that they closed and of
// which bob is an heir.
func (w *world) closedRecord(i int) (patient string) {
	w.Helper()
	patient = spare(i)
	ago := w.now().AddDate(0, -1, 0)
	w.must(w.seeder.AddPatient(record.PatientSeed{
		ID: patient, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: fmt.Sprintf("1620375124%05d", i)},
		BirthName: "RESERVE", Given: []string{"CAMILLE"}, Gender: "female", BirthDate: "1962-03-28", BirthPlace: "51215", City: "Reims",
	}))
	w.must(w.seeder.SetRecord(record.RecordSeed{PatientID: patient, State: record.StateClosed, ClosedAt: ago}))
	w.must(w.seeder.SetLife(record.Life{Patient: patient, State: record.LifeClosed, Activated: ago.AddDate(0, -6, 0), Closed: ago}))
	w.must(w.seeder.AddMandate(record.Mandate{Patient: patient, Person: bob, Relation: record.RelationHeir, End: w.now().Add(30 * day)}))
	w.must(w.seeder.Flush())
	return patient
}

// support is who ends mandates.
func support() record.LifeBy {
	return record.LifeBy{Staff: record.Staff{ID: operator, Name: "Opératrice", Role: record.StaffOperator, Session: "desk"}}
}

// represents makes bob carol's representative.
func (w *world) represents(id string, end time.Time) {
	w.Helper()
	w.must(w.svc.AddMandate(context.Background(), support(), record.Mandate{
		ID: id, Patient: carol, Person: bob, Relation: record.RelationRepresentative, End: end,
	}))
}

// TestNoReadAfterAMandateIsEnded: support, the holder and the representative
// themself end it in turn.
func TestNoReadAfterAMandateIsEnded(t *testing.T) {
	w := newWorld(t)
	s := &sight{world: w}
	doc := w.document(carol, nurse)
	by := []record.LifeBy{support(), {Citizen: citizen(carol)}, {Citizen: citizen(bob)}}
	name := func(i int) string { return fmt.Sprintf("mandate-%d", i) }
	w.represents(name(0), time.Time{})
	s.turnTo(doc, reader{token: w.token(bob)})
	noneLate(t, s.read, few(3), func(i int) way {
		return way{
			name: "ending a mandate",
			take: func() outcome {
				if err := w.svc.EndMandate(context.Background(), by[i%len(by)], carol, name(i)); err != nil {
					return no
				}
				return yes
			},
			give: func() outcome {
				w.represents(name(i+1), time.Time{})
				s.turnTo(doc, reader{token: w.fresh(bob)})
				return yes
			},
		}
	})
}

// TestNoReadAfterTheTimeOfARight: mandates, authorisations and emergency
// sessions end by the clock alone: nobody does anything.
func TestNoReadAfterTheTimeOfARight(t *testing.T) {
	w := newWorld(t)
	w.pages()
	s := &sight{world: w}
	doc := w.document(carol, nurse)
	const step = 2 * time.Minute
	rights := []func(i int){
		func(i int) {
			w.represents(fmt.Sprintf("timed-%d", i), w.now().Add(step/2))
			s.turnTo(doc, reader{token: w.fresh(bob)})
		},
		func(int) {
			consent := fhir.Consent{Status: "active", PatientID: carol, DateTime: w.now(), Form: "oral", End: w.now().Add(step / 2)}
			if a := w.do(ask{token: w.fresh(gp), path: "/Consent", body: string(consent.JSON())}); a.status != http.StatusCreated && a.status != http.StatusOK {
				t.Fatalf("%d %s", a.status, a.body)
			}
			s.turnTo(doc, reader{token: w.fresh(gp)})
		},
		func(int) {
			w.fresh(stranger)
			s.turnTo(doc, reader{token: w.fresh(stranger), session: w.session(stranger, carol, fhir.ModeBreakGlass)})
		},
	}
	rights[0](0)
	noneLate(t, s.read, few(3), func(i int) way {
		return way{
			name: "time",
			take: func() outcome {
				if i%len(rights) == 2 { // the session ends after an hour; who reads is still signed in
					w.offset.Add(int64(61 * time.Minute))
					at := s.at.Load()
					s.turnTo(doc, reader{token: w.fresh(stranger), session: at.readers[0].session})
				} else {
					w.offset.Add(int64(step))
				}
				return yes
			},
			give: func() outcome { rights[(i+1)%len(rights)](i + 1); return yes },
		}
	})
}
