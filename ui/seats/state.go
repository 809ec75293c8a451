package seats

import (
	"strings"

	"carnet/client"
	"carnet/client/fhir"

	"fyne.io/fyne/v2/lang"
)

// State is the page without its looks.
type State struct {
	Seats  []client.Seat
	Chosen int // of Seats; -1 none
	Busy   bool
	Err    error
	Wrong  int // codes that were wrong, of the one chosen
}

// Begin shows who may come back, the one expected in hand.
func Begin(all []client.Seat, expected string) State {
	s := State{Seats: all, Chosen: -1}
	for i, seat := range all {
		if seat.Person.ID == expected || s.Chosen < 0 {
			s.Chosen = i
		}
	}
	return s
}

// Choose takes another person.
func (s State) Choose(i int) State {
	if i < 0 || i >= len(s.Seats) || i == s.Chosen {
		return s
	}
	s.Chosen, s.Err, s.Wrong = i, nil, 0
	return s
}

// Person gives the one chosen, the zero Person for none.
func (s State) Person() client.Person {
	if s.Chosen < 0 || s.Chosen >= len(s.Seats) {
		return client.Person{}
	}
	return s.Seats[s.Chosen].Person
}

// Answered takes the answer to a code; left are the seats there are now.
func (s State) Answered(err error, left []client.Seat) State {
	id := s.Person().ID
	s.Busy, s.Err = false, err
	if fhir.CodeOf(err) == fhir.Unauthenticated {
		s.Wrong++
	}
	s.Seats, s.Chosen = left, -1
	for i, seat := range left {
		if seat.Person.ID == id {
			s.Chosen = i
		}
	}
	return s
}

// Complete tells a code that can be tried.
func Complete(code string) bool {
	return len(code) == client.SeatCode && strings.Trim(code, "0123456789") == ""
}

// words says what is wrong and what to do; empty when nothing is.
func (s State) words() string {
	switch fhir.CodeOf(s.Err) {
	case "":
		return ""
	case fhir.Unauthenticated:
		if left := client.SeatTries - s.Wrong; left == 1 {
			return lang.L("Ce n’est pas le bon code. Il reste un essai.")
		}
		return lang.L("Ce n’est pas le bon code.")
	case fhir.Throttled:
		return lang.L("Trop de codes faux : cette place est fermée. Connectez-vous.")
	case fhir.NotFound:
		return lang.L("Cette place n’existe plus. Connectez-vous.")
	}
	return lang.L("Le changement n’a pas abouti. Essayez encore, ou connectez-vous.")
}
