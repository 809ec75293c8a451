package unlock

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

// keeper is a computer that keeps things under a passphrase.
type keeper struct {
	phrase string
	err    error // of the next call
	forgot int
}

func (k *keeper) fails() error {
	err := k.err
	k.err = nil
	return err
}

func (k *keeper) Choose(_ context.Context, p []byte) error {
	if err := k.fails(); err != nil {
		return err
	}
	k.phrase = string(p)
	return nil
}

func (k *keeper) Unlock(_ context.Context, p []byte) error {
	if err := k.fails(); err != nil {
		return err
	}
	if string(p) != k.phrase {
		return fhir.E(fhir.Forbidden, "Ce n’est pas le bon secret.")
	}
	return nil
}

func (k *keeper) Forget(context.Context) (Need, error) {
	k.forgot++
	return Choose, k.fails()
}

// scene is the page in a window.
type scene struct {
	*widgettest.Desk
	page        *Page
	done, later int
}

func (s *scene) Explain(err error) widget.Problem {
	return widget.Problem{Title: "code " + string(fhir.CodeOf(err)) + ".", Next: "Réessayez."}
}

func play(t *testing.T, k *keeper, n Need) *scene {
	t.Helper()
	s := &scene{Desk: widgettest.New(t)}
	s.page = New(Config{
		Scope: s.Scope(), Keeper: k, Shell: s, Person: client.Person{Name: "Dr Anne MOREL"}, Need: n,
		Done: func() { s.done++ }, Later: func() { s.later++ },
	})
	s.Window().SetContent(s.page.Content())
	s.Window().Resize(fyne.NewSize(1000, 800))
	s.page.Shown()
	return s
}

// enter types a passphrase into the field that has the keyboard, and Return.
func (s *scene) enter(words string) {
	e := s.Window().Canvas().Focused().(*widget.Entry)
	test.Type(e, words)
	e.TypedKey(&fyne.KeyEvent{Name: fyne.KeyReturn})
	s.Settle()
}

// The first time on a computer without a keyring: a phrase that is too short, a
// repetition that differs, then the right ones, by keyboard alone.
func TestChoosingAPassphrase(t *testing.T) {
	k := &keeper{}
	s := play(t, k, Choose)
	s.enter("court")
	s.enter("court")
	s.Sees("au moins 8 caractères")
	s.page.view.clear()
	s.enter("la mer est calme")
	s.enter("la mer est agitée")
	s.Sees("Les deux phrases diffèrent")
	if s.Window().Canvas().Focused() != s.page.view.again {
		t.Fatal("the keyboard is not where the mistake is")
	}
	s.page.view.again.SetText("")
	s.enter("la mer est calme")
	if s.done != 1 || k.phrase != "la mer est calme" {
		t.Fatalf("done %d, chosen %v", s.done, k.phrase != "")
	}
	if s.page.view.phrase.Text+s.page.view.again.Text != "" {
		t.Fatal("what was typed is still in the fields")
	}
}

// The next days: a slip of the finger, then a disk that does not answer, then in.
func TestTypingThePassphrase(t *testing.T) {
	k := &keeper{phrase: "la mer est calme"}
	s := play(t, k, Ask)
	s.enter("")
	s.Sees("Saisissez la phrase secrète.")
	s.enter("la mer est calmr")
	s.Sees("Ce n’est pas la bonne phrase")
	if s.page.view.phrase.Text != "" {
		t.Fatal("a wrong phrase stays in the field")
	}
	k.err = fhir.E(fhir.Throttled, "Trop d’essais.")
	s.enter("la mer est calme")
	s.Sees("code throttled. Réessayez.")
	s.enter("la mer est calme")
	if s.done != 1 {
		t.Fatal("the right phrase did not open")
	}
}

// Who forgot the phrase is told what is lost before anything is erased.
func TestAForgottenPassphrase(t *testing.T) {
	k := &keeper{phrase: "la mer est calme"}
	s := play(t, k, Ask)
	s.page.forget()
	s.Sees("Ce qui attend d’être envoyé")
	s.Tap("Revenir")
	if k.forgot != 0 {
		t.Fatal("going back erased")
	}
	s.page.forget()
	s.Tap("Effacer et recommencer")
	if k.forgot != 1 {
		t.Fatal("nothing was given up")
	}
	s.Sees("Choisissez une phrase secrète pour ce poste")
}

// A key that is gone leaves one way, and the way on without.
func TestALostKey(t *testing.T) {
	s := play(t, &keeper{}, Lost)
	s.Sees("ne peut plus être ouvert")
	s.page.submit() // Return somewhere: nothing to submit
	for _, sc := range s.page.Shortcuts() {
		if sc.ID == "unlock-later" {
			sc.Do()
		}
	}
	if s.later != 1 || s.done != 0 {
		t.Fatalf("later %d, done %d", s.later, s.done)
	}
}

func TestCheck(t *testing.T) {
	for _, row := range []struct {
		need          Need
		phrase, again string
		want          Fault
	}{
		{Choose, "", "", Empty},
		{Choose, "sept ca", "sept ca", Short},
		{Choose, "éééééééé", "éééééééé", Fine},
		{Choose, "huit car", "huit caR", Differ},
		{Ask, "", "", Empty},
		{Ask, "x", "", Fine},
	} {
		if got := Check(row.need, row.phrase, row.again); got != row.want {
			t.Errorf("%s %q %q: %q, want %q", row.need, row.phrase, row.again, got, row.want)
		}
	}
}
