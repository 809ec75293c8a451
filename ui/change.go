package ui

import (
	"carnet/client"
	"carnet/ui/seats"
	"carnet/ui/task"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/lang"
)

// changeKeys let somebody else of a shared computer take over.
var changeKeys = widget.Keys{Name: fyne.KeyP, Modifier: fyne.KeyModifierControl | fyne.KeyModifierShift}

// seated tells whether anybody may come back here by a code.
func (s *Shell) seated() bool { return s.cfg.Seats != nil && len(s.cfg.Seats.Seated()) > 0 }

// takeSeat lets who is signed in choose a code.
func (s *Shell) takeSeat() {
	if s.cfg.Seats == nil || s.desk == nil {
		return
	}
	seats.ChooseCode(s.desk.scope, s.cfg.Seats, s, func() {
		s.Toast(widget.Toast{Icon: widget.IconCheck, Text: lang.L("Votre code est pris : vous revenez ici en un instant, jusqu’à ce soir.")})
	})
}

// changePerson hides the desk and asks who sits down. Without a seat of one's own one
// could not come back: a code is chosen first.
func (s *Shell) changePerson() {
	if s.cfg.Seats == nil || s.desk == nil || s.gate != nil {
		return
	}
	mine := false
	for _, seat := range s.cfg.Seats.Seated() {
		mine = mine || seat.Person.ID == s.desk.person.ID
	}
	if !mine {
		s.takeSeat()
		return
	}
	s.hideToast()
	s.locked = park(s.win.Canvas(), s.typedKey)
	s.hideKept()
	s.askWho("", "")
}

// askWho shows who may sit down, in the place of the desk, which is hidden.
func (s *Shell) askWho(reason, expected string) {
	scope := s.scope.Scope()
	s.openGate(scope, seats.New(seats.Config{
		Scope: scope, Seats: s.cfg.Seats, Shell: s, Reason: reason, Expected: expected, Sit: s.sit,
		SignIn: func() {
			s.closeGate()
			expected, account := client.Person{}, ""
			if s.desk != nil && reason != "" { // a lock: who comes back is offered first
				expected, account = s.desk.person, s.desk.account
			}
			s.signInGate(reason, expected, account)
		},
	}))
}

// sit makes who gave their code the one who is signed in. What the one before had open
// is given back under their own name first; then nothing of it is on the screen.
func (s *Shell) sit(p client.Person, code string) {
	take := func(leave bool) {
		task.Run(s.scope, func(ctx ctx) (client.Person, error) {
			if leave && s.cfg.Keep != nil {
				s.cfg.Keep.Leave()
			}
			return s.cfg.Seats.Sit(ctx, p.ID, code)
		}, func(who client.Person, err error) {
			if err != nil {
				s.closeGate()
				s.signInGate(Explain(err).Title, client.Person{}, "")
				return
			}
			s.signedIn(who, "")
		})
	}
	if s.desk != nil && s.desk.person.ID == p.ID {
		take(false)
		return
	}
	if s.desk != nil {
		s.desk.close()
		s.locked.forget(s.win.Canvas())
		s.desk, s.locked = nil, nil
	}
	s.afterFarewell(func() { take(true) })
}
