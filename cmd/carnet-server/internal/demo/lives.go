package demo

import (
	"slices"
	"strings"
	"time"

	"github.com/google/uuid"

	"carnet/cmd/carnet-server/internal/record"
)

// CardOf is the serial number of a fictional person's Carte Vitale: 80250 and
// the five digits of their number, so that whoever tries the activation has it.
func CardOf(patientID string) string {
	digits := "00000" + strings.TrimLeft(patientID, "p")
	return "80250" + digits[len(digits)-5:]
}

// life says where a person's record stands: activated or opened by itself a
// while ago, closed, objected to, or announced twenty days ago. The letter of an
// announced one is still to be sent: the server puts it, with its code, into
// the outbox folder.
func (w *world) life(p person, r record.RecordSeed) record.Life {
	l := record.Life{
		Patient: p.seed.ID, State: record.LifeOpened, Channel: record.ChannelLetter,
		Announced: w.today.AddDate(-2, 0, -100).Add(9 * time.Hour),
	}
	if p.seed.INS.Value != "" {
		l.Card = record.HashCard(p.seed.INS.Value, CardOf(p.seed.ID))
	}
	signsIn := slices.ContainsFunc(citizens, func(c citizen) bool { return c.person == p.seed.ID })
	if p.seed.INS.Value != "" && (signsIn || p.seed.ID[len(p.seed.ID)-1]%5 != 0) { // four of five
		l.State, l.Activated = record.LifeActivated, l.Announced.AddDate(0, 0, 12)
	}
	switch r.State {
	case record.StateClosed:
		l.State, l.Closed = record.LifeClosed, r.ClosedAt
		l.ArchiveEnd = dayAfter(r.ClosedAt.AddDate(10, 0, 0))
		l.Due = l.ArchiveEnd
	case record.StateOpposed:
		l.State, l.Activated = record.LifeOpposed, time.Time{}
	case record.StatePending:
		w.announce(&l)
	}
	return l
}

// announce makes a life that of a record announced twenty days ago.
func (w *world) announce(l *record.Life) {
	code := record.NewCode()
	l.State, l.Activated = record.LifePending, time.Time{}
	l.Announced = w.today.AddDate(0, 0, -20).Add(9 * time.Hour)
	l.ObjectUntil = dayAfter(l.Announced.AddDate(0, 0, 42))
	l.CodeHash, l.CodeUntil = record.HashCode(l.Patient, code), l.ObjectUntil
	l.Letters = []record.Letter{{ID: uuid.NewString(), Kind: "announce", Code: code, Made: l.Announced, By: record.ChannelLetter}}
	l.Due = l.Announced
}

// dayAfter is the beginning of the day after.
func dayAfter(t time.Time) time.Time {
	y, m, d := t.Date()
	return time.Date(y, m, d+1, 0, 0, 0, 0, time.UTC)
}
