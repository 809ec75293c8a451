package ui

import (
	"context"

	"carnet/client"
	"carnet/ui/task"
	"carnet/ui/unlock"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// Keep is what this computer keeps for people, sealed: what is still to be sent,
// drafts, results. Nil in Config where nothing is kept.
type Keep interface {
	unlock.Keeper
	// Enter opens what is kept for who has just signed in, or unlocked the screen.
	// It asks the computer itself (its keyring); when the person must be asked, it
	// says for what. An error with Nothing means that nothing can be kept: one works
	// on without. It blocks.
	Enter(ctx context.Context, p client.Person) (unlock.Need, error)
	// Kept gives what the pages use; zero fields while nothing is open.
	Kept() Kept
	// Hide locks with the screen: nothing can be read, what is queued goes on
	// leaving.
	Hide()
	// Leave closes all; somebody else may Enter. It waits for what is being sent.
	Leave()
}

// OfflineKeep is a Keep that can let in again, while the server does not answer, who
// locked the window: by the passphrase that opens what is kept for them. Where the
// system's keyring opens it without asking, that proves nothing of who is there, and
// nobody is let in.
type OfflineKeep interface {
	// MayEnterOffline tells whether that is possible. It is quick.
	MayEnterOffline(p client.Person) bool
	// EnterOffline says what must be asked: nothing on a demonstration server, whose
	// people are fictional, else Ask. It blocks.
	EnterOffline(ctx context.Context, p client.Person) (unlock.Need, error)
}

// withoutServer gives what unlocks the window for who locked it while the server does
// not answer; nil where nothing does.
func (s *Shell) withoutServer(p client.Person, account string) func() {
	k, ok := s.cfg.Keep.(OfflineKeep)
	if !ok || s.locked == nil || p.ID == "" || s.link.state == Expired || !k.MayEnterOffline(p) {
		return nil
	}
	return func() {
		hidden := s.hidden
		task.Run(s.entering, func(ctx ctx) (unlock.Need, error) {
			if hidden != nil {
				<-hidden
			}
			return k.EnterOffline(ctx, p)
		}, func(need unlock.Need, err error) {
			switch {
			case err != nil:
				s.Present(err, nil)
			case need == unlock.Nothing:
				s.admit(p, account)
			default:
				s.askOffline(p, account)
			}
		})
	}
}

// askOffline asks for the passphrase that alone unlocks the window now.
func (s *Shell) askOffline(p client.Person, account string) {
	s.closeGate()
	scope := s.scope.Scope()
	s.openGate(scope, unlock.New(unlock.Config{
		Scope: scope, Keeper: s.cfg.Keep, Shell: s, Person: p, Need: unlock.Ask, Only: true,
		Done: func() { s.admit(p, account) },
		Later: func() {
			s.closeGate()
			s.showGate(lang.L("Carnet est verrouillé."), p, account)
		},
	}))
}

// Kept are the stores of who is signed in; pages get them from their desk.
type Kept struct {
	Outbox client.Outbox
	Notes  client.Notebook
	// Records stand before the server: with copies for when it does not answer, and a
	// queue for what is written. Nil: there is nothing before it.
	Records client.Records
	// Profiles are Records' side of the health profile. Nil: nothing is before the
	// server's.
	Profiles client.Profiles
	Copies   Copies      // what Records keep; nil: nothing
	Found    CopiesFound // told once
}

// kept gives the stores of who is signed in.
func (s *Shell) kept() Kept {
	if s.cfg.Keep == nil {
		return Kept{}
	}
	return s.cfg.Keep.Kept()
}

// signedIn lets in who signed in, once what this computer keeps for them is
// open. Where nothing can be kept, people work on without.
func (s *Shell) signedIn(person client.Person, account string) {
	if s.cfg.Keep == nil {
		s.admit(person, account)
		return
	}
	hidden := s.hidden
	task.Run(s.entering, func(ctx ctx) (unlock.Need, error) {
		if hidden != nil {
			<-hidden // what is locked is not opened before it is locked
		}
		return s.cfg.Keep.Enter(ctx, person)
	}, func(need unlock.Need, err error) {
		if need == unlock.Nothing {
			s.admit(person, account)
			if err != nil {
				s.sayUnkept(err)
			}
			return
		}
		s.askSecret(person, account, need, err)
	})
}

// askSecret asks for the passphrase before the desk is opened.
func (s *Shell) askSecret(person client.Person, account string, need unlock.Need, why error) {
	s.closeGate()
	in := func() { s.admit(person, account) }
	scope := s.scope.Scope()
	s.openGate(scope, unlock.New(unlock.Config{
		Scope: scope, Keeper: s.cfg.Keep, Shell: s, Person: person, Need: need, Err: why, Done: in, Later: in,
	}))
}

// sayUnkept tells that nothing is kept on this computer for now.
func (s *Shell) sayUnkept(err error) {
	text := lang.L("Rien n’est gardé sur ce poste pour l’instant : tout part directement au serveur.")
	s.Toast(widget.Toast{Icon: widget.IconInfo, Tone: widget.Attention, Text: text, Action: lang.L("Pourquoi ?"), Do: func() { s.Present(err, nil) }})
}

// hideKept locks what is kept, behind the locked screen.
func (s *Shell) hideKept() {
	if s.cfg.Keep == nil {
		return
	}
	done := make(chan struct{})
	s.hidden = done
	task.Run(s.scope, func(ctx) (struct{}, error) {
		defer close(done)
		s.cfg.Keep.Hide()
		return struct{}{}, nil
	}, func(struct{}, error) {})
}
