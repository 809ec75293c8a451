package ui

import (
	"context"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// stools are the seats of a counter at which the person of a fake and a pharmacist work.
type stools struct {
	me    client.Person
	seats []client.Seat
	codes map[string]string
	sat   []string
}

func (b *stools) Take(_ context.Context, code string) error {
	b.codes[b.me.ID] = code
	b.seats = append(b.seats, client.Seat{Person: b.me})
	return nil
}
func (b *stools) Seated() []client.Seat { return b.seats }
func (b *stools) Leave(string)          {}

func (b *stools) Check(_ context.Context, id, code string) error {
	if b.codes[id] != code {
		return fhir.E(fhir.Unauthenticated, "wrong")
	}
	return nil
}

func (b *stools) Sit(ctx context.Context, id, code string) (client.Person, error) {
	b.sat = append(b.sat, id)
	for _, s := range b.seats {
		if s.Person.ID == id {
			return s.Person, b.Check(ctx, id, code)
		}
	}
	return client.Person{}, fhir.E(fhir.NotFound, "gone")
}

// shared is a desktop with a record open, at which a pharmacist took a seat before.
func shared(t *testing.T) (*story, *stools) {
	t.Helper()
	b := &stools{codes: map[string]string{"899700218904": "605182"}, seats: []client.Seat{{Person: client.Person{
		ID: "899700218904", Name: "Paul GARNIER", Profession: "21", Specialty: "G15_21/A", Sector: "SA33",
	}}}}
	s := tellWith(t, "morel", func(c *Config) { c.Seats, c.Profiles = b, c.Records.(*clienttest.Fake) })
	b.me = s.Person()
	test.Type(s.win.Canvas().Focused(), "mart")
	s.pass(time.Second)
	s.press(fyne.KeyDown, fyne.KeyReturn)
	s.sees("MARTIN Léa")
	if s.fake.Count(clienttest.OpOpen) == 0 {
		t.Fatal("no record is open")
	}
	return s, b
}

// digits types a code as a hand does.
func (s *story) digits(code string) {
	s.Helper()
	test.Type(s.win.Canvas().Focused(), code)
	s.h.Settle()
}

func TestSomebodyElseTakesOver(t *testing.T) {
	s, b := shared(t)
	s.chord(changeKeys) // without a code one could not come back: it is chosen first
	s.sees("Choisir mon code sur ce poste")
	s.digits("274913")
	s.win.Canvas().FocusNext()
	s.digits("274913")
	s.press(fyne.KeyReturn)
	s.sees("Votre code est pris")
	s.chord(changeKeys)
	s.sees("Qui êtes-vous ?", "Paul GARNIER")
	s.seesNot("MARTIN Léa")
	s.press(fyne.KeyUp, fyne.KeyUp)
	s.digits("274913") // of the other
	s.sees("Ce n’est pas le bon code.")
	s.digits("605182")
	s.pass(farewell)
	s.h.Until("the counter", func() bool { return s.PageName() == "Comptoir" })
	s.sees("Paul GARNIER", "Comptoir")
	s.seesNot("MARTIN Léa", "Anne MOREL")
	s.chord(widget.Alt(fyne.KeyLeft)) // nothing to go back to
	s.seesNot("MARTIN Léa")
	s.chord(changeKeys)
	s.press(fyne.KeyDown)
	s.digits("274913")
	s.pass(farewell)
	s.h.Until("the doctor's desk", func() bool { return s.Person().ID == b.me.ID })
	s.sees("Anne MOREL")
	s.seesNot("Comptoir")
}

// Who has no code here chooses an account: the one of before is not signed in again,
// which would put their record back on the screen.
func TestWhoHasNoCodeSignsIn(t *testing.T) {
	s, b := shared(t)
	b.codes[b.me.ID] = "274913"
	b.seats = append(b.seats, client.Seat{Person: b.me})
	s.chord(changeKeys)
	s.win.Canvas().FocusNext()
	s.press(fyne.KeyReturn)
	s.h.Settle()
	s.seesNot("Qui êtes-vous ?", "MARTIN Léa")
	if s.gate == nil {
		t.Error("somebody is signed in whom nobody chose")
	}
}

func TestALockedCounterLetsEitherIn(t *testing.T) {
	s, b := shared(t)
	b.codes[b.me.ID] = "274913"
	b.seats = append(b.seats, client.Seat{Person: b.me})
	s.chord(lockKeys)
	s.sees("Qui êtes-vous ?", "verrouillé")
	s.seesNot("MARTIN Léa")
	s.digits("274913") // whoever locked it is in hand
	s.h.Until("the record again", func() bool { return s.PageName() != "change" })
	s.sees("MARTIN Léa") // exactly where one was
}

// TestNothingOfWhoLeftIsSentAsWhoCame: a request that is still on its way when the
// farewell ends is given up before the other's sign-in is taken.
func TestNothingOfWhoLeftIsSentAsWhoCame(t *testing.T) {
	s, b := shared(t)
	b.codes[b.me.ID] = "274913"
	b.seats = append(b.seats, client.Seat{Person: b.me})
	gate := s.fake.Hold(clienttest.OpClose)
	defer gate.Release()
	s.chord(changeKeys)
	s.press(fyne.KeyUp, fyne.KeyUp)
	test.Type(s.win.Canvas().Focused(), "605182")
	s.h.Until("the desk is closed", func() bool { return s.desk == nil })
	<-gate.Entered()
	if len(b.sat) != 0 {
		t.Error("the other sits while the record is being closed")
	}
	s.h.Advance(farewell)
	s.h.Settle() // which would wait for what is still under way
	s.sees("Paul GARNIER", "Comptoir")
}

// TestWhoComesAfterALockTellsNothingForTheOther: their sign-in is there before the desk
// of who locked it is closed, so that nothing of it is sent any more.
func TestWhoComesAfterALockTellsNothingForTheOther(t *testing.T) {
	s, _ := shared(t)
	gate := s.fake.Hold(clienttest.OpClose)
	defer gate.Release()
	s.chord(lockKeys)
	s.admit(client.Person{ID: "899700218904", Name: "Paul GARNIER", Profession: "21"}, "")
	s.h.Settle()
	s.sees("Paul GARNIER")
	select {
	case <-gate.Entered():
		t.Error("an access of the one before is closed by the next")
	default:
	}
}
