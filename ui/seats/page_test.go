package seats

import (
	"context"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// bench is seats of which each has one code.
type bench struct {
	seats []client.Seat
	codes map[string]string
	wrong map[string]int
	taken string
}

func (b *bench) Take(_ context.Context, code string) error {
	if code == "111111" {
		return fhir.E(fhir.Invalid, "guessed")
	}
	b.taken = code
	return nil
}
func (b *bench) Seated() []client.Seat { return b.seats }
func (b *bench) Leave(string)          {}
func (b *bench) Sit(ctx context.Context, id, code string) (client.Person, error) {
	return client.Person{ID: id}, b.Check(ctx, id, code)
}

func (b *bench) Check(_ context.Context, id, code string) error {
	if b.codes[id] == code {
		return nil
	}
	if b.wrong[id]++; b.wrong[id] < client.SeatTries {
		return fhir.E(fhir.Unauthenticated, "wrong")
	}
	for i, s := range b.seats {
		if s.Person.ID == id {
			b.seats = append(b.seats[:i:i], b.seats[i+1:]...)
		}
	}
	return fhir.E(fhir.Throttled, "too many")
}

// scene is the page in a window.
type scene struct {
	*widgettest.Desk
	*Page
	bench              *bench
	sat, code          string
	signedIn, wentBack int
}

func play(t *testing.T) *scene {
	t.Helper()
	s := &scene{Desk: widgettest.New(t), bench: &bench{
		codes: map[string]string{"anne": "274913", "paul": "605182"}, wrong: map[string]int{},
		seats: []client.Seat{{Person: client.Person{ID: "anne", Name: "Anne MOREL"}}, {Person: client.Person{ID: "paul", Name: "Paul GARNIER"}}},
	}}
	s.Page = New(Config{
		Scope: s.Scope(), Seats: s.bench, Shell: s.Desk, Expected: "anne", Reason: "Carnet est verrouillé.",
		Sit:    func(p client.Person, code string) { s.sat, s.code = p.ID, code },
		SignIn: func() { s.signedIn++ }, Back: func() { s.wentBack++ },
	})
	s.Window().SetContent(s.Content())
	s.Window().Resize(fyne.NewSize(1000, 760))
	s.Focus(s.InitialFocus())
	return s
}

// digits types a code as a hand does.
func (s *scene) digits(code string) {
	s.Helper()
	test.Type(s.Window().Canvas().Focused(), code)
	s.Settle()
}

func TestOneComesBackBySixDigits(t *testing.T) {
	s := play(t)
	s.Sees("Qui êtes-vous ?", "Carnet est verrouillé.", "Anne MOREL", "Paul GARNIER")
	s.Press(fyne.KeyDown)
	s.digits("605182")
	if s.sat != "paul" || s.code != "605182" {
		t.Errorf("%q sat down by %q", s.sat, s.code)
	}
	s.SeesNot("605182")
}

func TestWrongCodesCloseTheSeat(t *testing.T) {
	s := play(t)
	for range client.SeatTries - 2 {
		s.digits("605182") // the other's
		s.Sees("Ce n’est pas le bon code.")
	}
	s.digits("000001")
	s.Sees("Il reste un essai.")
	s.digits("000002")
	s.Sees("cette place est fermée")
	s.SeesNot("Anne MOREL")
	if s.sat != "" {
		t.Errorf("%q sat down", s.sat)
	}
	s.Tap("Paul GARNIER")
	s.digits("605182")
	if s.sat != "paul" {
		t.Errorf("%q sat down", s.sat)
	}
}

func TestOtherWaysOut(t *testing.T) {
	s := play(t)
	s.Press(fyne.KeyEscape)
	s.Tap("Se connecter autrement")
	if s.wentBack != 1 || s.signedIn != 1 {
		t.Errorf("back %d, sign-in %d", s.wentBack, s.signedIn)
	}
	s.digits("27x9")
	if s.sat != "" || s.bench.wrong["anne"] != 0 {
		t.Error("half a code was tried")
	}
}

func TestACodeIsChosen(t *testing.T) {
	d := widgettest.New(t)
	b := &bench{}
	taken := 0
	d.Window().SetContent(widget.NewText("", widget.Style{}))
	d.Window().Resize(fyne.NewSize(900, 700))
	ChooseCode(d.Scope(), b, d, func() { taken++ })
	typed := func(first, second string) {
		t.Helper()
		test.Type(d.Window().Canvas().Focused(), first)
		d.Window().Canvas().FocusNext()
		test.Type(d.Window().Canvas().Focused(), second)
		d.Press(fyne.KeyReturn)
	}
	d.Press(fyne.KeyReturn)
	d.Sees("Un code compte six chiffres.")
	typed("111111", "111111")
	d.Sees("Ce code se devine")
	typed("274913", "274914")
	d.Sees("Les deux codes diffèrent")
	test.Type(d.Window().Canvas().Focused(), "274913")
	d.Press(fyne.KeyReturn)
	if taken != 1 || b.taken != "274913" {
		t.Errorf("%d %q\n%s", taken, b.taken, d.Screen())
	}
}
