package ui

import (
	"context"
	"slices"
	"sync"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/unlock"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// shelf is a computer's keep whose answers the test gives.
type shelf struct {
	mu     sync.Mutex
	need   unlock.Need
	err    error
	phrase string
	calls  []string
}

func (k *shelf) called(what string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.calls = append(k.calls, what)
}

func (k *shelf) Enter(_ context.Context, p client.Person) (unlock.Need, error) {
	k.called("enter " + p.Name)
	return k.need, k.err
}

func (k *shelf) Choose(_ context.Context, p []byte) error {
	k.called("choose")
	k.phrase = string(p)
	return nil
}

func (k *shelf) Unlock(_ context.Context, p []byte) error {
	k.called("unlock")
	if string(p) != k.phrase {
		return fhir.E(fhir.Forbidden, "Ce n’est pas le bon secret.")
	}
	return nil
}

func (k *shelf) Forget(context.Context) (unlock.Need, error) {
	k.called("forget")
	return unlock.Choose, nil
}
func (k *shelf) MayEnterOffline(client.Person) bool { return k.phrase != "" }

func (k *shelf) EnterOffline(_ context.Context, p client.Person) (unlock.Need, error) {
	k.called("enter offline " + p.Name)
	return unlock.Ask, nil
}

func (k *shelf) Kept() Kept { return Kept{} }
func (k *shelf) Hide()      { k.called("hide") }
func (k *shelf) Leave()     { k.called("leave") }

// did fails the test unless these were the last calls.
func (k *shelf) did(t *testing.T, want ...string) {
	t.Helper()
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.calls) < len(want) || !slices.Equal(k.calls[len(k.calls)-len(want):], want) {
		t.Fatalf("the keep was asked %q, want at the end %q", k.calls, want)
	}
	k.calls = nil
}

func keeping(t *testing.T, k *shelf) *story {
	t.Helper()
	return tellWith(t, "morel", func(c *Config) { c.Keep = k })
}

func (s *story) types(words string) {
	test.Type(s.win.Canvas().Focused(), words)
	s.press(fyne.KeyReturn)
}

// A computer with a keyring asks nothing; the screen's lock locks what is kept,
// and signing out closes it.
func TestWhatIsKeptOpensAndClosesWithThePerson(t *testing.T) {
	k := &shelf{}
	s := keeping(t, k)
	s.sees("MARTIN Léa")
	k.did(t, "enter Dr Anne MOREL")
	s.lockNow()
	s.h.Settle()
	k.did(t, "hide")
	s.press(fyne.KeyReturn)
	s.sees("MARTIN Léa")
	k.did(t, "enter Dr Anne MOREL")
	s.signOut()
	s.pass(time.Second)
	k.did(t, "leave")
	s.sees("Se connecter avec le navigateur")
}

// Without a keyring a passphrase is chosen, and asked for behind the lock; what
// was on the screen comes back only then.
func TestAPassphraseStandsBetweenTheSignInAndTheDesk(t *testing.T) {
	k := &shelf{need: unlock.Choose}
	s := keeping(t, k)
	s.sees("Choisissez une phrase secrète pour ce poste")
	s.seesNot("MARTIN")
	s.chord(widget.Ctrl(fyne.KeyK))
	s.seesNot("MARTIN")
	s.types("la mer est calme")
	s.types("la mer est calme")
	s.sees("MARTIN Léa")
	k.did(t, "choose")

	k.need = unlock.Ask
	s.lockNow()
	s.h.Settle()
	s.press(fyne.KeyReturn)
	s.sees("Votre phrase secrète pour ce poste")
	s.seesNot("MARTIN")
	s.types("la mer est agitée")
	s.sees("Ce n’est pas la bonne phrase")
	s.types("la mer est calme")
	s.sees("MARTIN Léa")
}

// The screen locks while the server is away: the passphrase unlocks it, and nothing else
// does; without one, nobody gets in.
func TestUnlockingWithoutTheServerTakesThePassphrase(t *testing.T) {
	k := &shelf{}
	s := keeping(t, k)
	s.fake.SetOffline(true)
	s.lockNow()
	s.h.Settle()
	s.press(fyne.KeyReturn)
	s.sees("Le serveur ne répond pas", "Sans le serveur, seule")
	s.seesNot("Déverrouiller sans le serveur", "MARTIN")

	k.phrase = "la mer est calme"
	s.press(fyne.KeyReturn)
	s.press(fyne.KeyReturn)
	s.sees("Déverrouiller sans le serveur")
	s.win.Canvas().FocusNext()
	s.press(fyne.KeyReturn)
	k.did(t, "enter offline Dr Anne MOREL")
	s.sees("elle seule déverrouille ce poste", "Revenir")
	s.seesNot("MARTIN", "Phrase oubliée", "Plus tard")
	s.types("la mer est agitée")
	s.sees("Ce n’est pas la bonne phrase")
	s.press(fyne.KeyEscape)
	s.sees("Déverrouiller", "Carnet est verrouillé.")
	s.seesNot("MARTIN")
	s.press(fyne.KeyReturn)
	s.win.Canvas().FocusNext()
	s.press(fyne.KeyReturn)
	s.types("la mer est calme")
	s.sees("MARTIN Léa", "Hors ligne depuis")
}

// Who will not choose one works on.
func TestGoingOnWithNothingKept(t *testing.T) {
	s := keeping(t, &shelf{need: unlock.Choose})
	s.press(fyne.KeyEscape)
	s.sees("MARTIN Léa")
}

// A disk that does not let itself be written keeps nobody from working, and
// says so.
func TestAComputerThatCannotKeep(t *testing.T) {
	s := keeping(t, &shelf{err: fhir.E(fhir.Unavailable, "Le disque est plein. Faites de la place.")})
	s.sees("MARTIN Léa", "Rien n’est gardé sur ce poste", "Pourquoi ?")
}
