package ui

import (
	"strings"
	"testing"
	"time"

	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/ui/settings"
	"carnet/ui/task/tasktest"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/driver/desktop"
	"fyne.io/fyne/v2/test"
)

// story is the whole desktop in front of a fake server, played by its keys.
type story struct {
	*testing.T
	*Shell
	h     *tasktest.Harness
	fake  *clienttest.Fake
	marks []string
}

func (s *story) Mark(name string, _ time.Duration) { s.marks = append(s.marks, name) }

// tell opens the desktop; account signs in at once.
func tell(t *testing.T, account string) *story { return tellWith(t, account, func(*Config) {}) }

// tellWith changes what the desktop is made of.
func tellWith(t *testing.T, account string, change func(*Config)) *story {
	t.Helper()
	s := &story{T: t, h: tasktest.New(t), fake: clienttest.New(clienttest.Options{})}
	values := settings.Default()
	values.Mode = widget.Light
	config := Config{
		App: test.NewTempApp(t), Runner: s.h.Runner, Records: s.fake, SignIn: s.fake, Marks: s, Settings: values,
		Server: "http://127.0.0.1:8443", Version: "test", Account: account, Chance: func() float64 { return 0.5 },
		Parts: Parts{NewID: func() string { return "11111111-2222-4333-8444-555555555555" }},
	}
	change(&config)
	s.Shell = New(config)
	s.win.Resize(usualSize)
	s.h.Settle()
	return s
}

// press types keys as the window would deliver them.
func (s *story) press(names ...fyne.KeyName) {
	for _, name := range names {
		c, ev := s.win.Canvas(), &fyne.KeyEvent{Name: name}
		if f := c.Focused(); f != nil {
			f.TypedKey(ev)
		} else if listen := c.OnTypedKey(); listen != nil {
			listen(ev)
		}
		s.h.Settle()
	}
}

// chord types a key with modifiers; a field with the focus sees it first.
func (s *story) chord(k widget.Keys) {
	sc := &desktop.CustomShortcut{KeyName: k.Name, Modifier: k.Modifier}
	if f, ok := s.win.Canvas().Focused().(fyne.Shortcutable); ok {
		f.TypedShortcut(sc)
	} else {
		s.root.TypedShortcut(sc)
	}
	s.h.Settle()
}

// pass lets time go by, in steps small enough for work to end in its time.
func (s *story) pass(d time.Duration) {
	for ; d > 0; d -= time.Second {
		s.h.Advance(min(d, time.Second))
		s.h.Settle()
	}
}

// until lets time go by until a text is shown, at most d.
func (s *story) until(d time.Duration, text string) {
	s.Helper()
	for ; d > 0 && !strings.Contains(s.texts(), text); d -= time.Second {
		s.pass(time.Second)
	}
	s.sees(text)
}

// texts gives every text on the screen, sheets included.
func (s *story) texts() string {
	var all []string
	c := s.win.Canvas()
	for _, top := range append([]fyne.CanvasObject{c.Content()}, c.Overlays().List()...) {
		all = append(all, widgettest.Words(top)...)
	}
	return strings.ReplaceAll(strings.Join(all, "\n"), widget.Nbsp, " ")
}

func (s *story) sees(texts ...string) {
	s.Helper()
	all := s.texts()
	for _, text := range texts {
		if !strings.Contains(all, text) {
			s.Errorf("the window does not show %q; it shows:\n%s", text, all)
		}
	}
}

func (s *story) seesNot(texts ...string) {
	s.Helper()
	all := s.texts()
	for _, text := range texts {
		if strings.Contains(all, text) {
			s.Errorf("the window shows %q", text)
		}
	}
}

func TestSignInByReturnAndWalkByKeys(t *testing.T) {
	s := tell(t, "")
	s.sees("Dr Anne MOREL", "Se connecter avec le navigateur")
	s.press(fyne.KeyReturn)
	s.sees("MARTIN Léa", "En ligne", "Raccourcis")
	if s.PageName() != "patients" && s.PageName() == "" {
		t.Errorf("on page %q", s.PageName())
	}
	s.chord(widget.Alt(fyne.KeyR))
	s.sees("Taille des textes")
	s.chord(widget.Alt(fyne.KeyLeft))
	s.sees("MARTIN Léa")
	s.chord(widget.Alt(fyne.KeyRight))
	s.sees("Taille des textes")
	s.chord(widget.Ctrl(fyne.KeyK))
	s.sees("MARTIN Léa")
}

func TestHelpListsTheShortcutsOfThePage(t *testing.T) {
	s := tell(t, "morel")
	s.press(fyne.KeyF1)
	s.sees("Raccourcis du clavier", "Sur cette page", "Ctrl N", "Partout", "Verrouiller")
	s.chord(widget.Alt(fyne.KeyR))
	s.seesNot("Taille des textes")
	s.press(fyne.KeyF1)
	s.seesNot("Raccourcis du clavier")
}

func TestLostServerIsAStateAndItsReturnIsNoticed(t *testing.T) {
	s := tell(t, "morel")
	s.fake.SetOffline(true)
	s.pass(calm * 2)
	s.sees("Hors ligne depuis")
	s.fake.SetOffline(false)
	s.until(lastRetry, "La connexion est rétablie.")
	s.sees("En ligne")
}

func TestAPagesFailureShowsAtOnceInTheBar(t *testing.T) {
	s := tell(t, "morel")
	s.fake.SetOffline(true)
	test.Type(s.win.Canvas().Focused(), "mart")
	s.pass(time.Second)
	s.sees("Hors ligne depuis")
}

func TestIdleLockHidesEverythingAndGivesItBack(t *testing.T) {
	s := tell(t, "morel")
	s.press(fyne.KeyF1)
	s.pass(s.values.LockAfter + lockLook)
	s.sees("Déverrouiller", "Dr Anne MOREL")
	s.seesNot("MARTIN", "Raccourcis du clavier")
	s.chord(widget.Ctrl(fyne.KeyK))
	s.chord(widget.Alt(fyne.KeyLeft))
	s.press(fyne.KeyEscape)
	s.seesNot("MARTIN")
	s.press(fyne.KeyReturn)
	s.sees("MARTIN Léa", "Raccourcis du clavier")
	s.press(fyne.KeyEscape)
	s.seesNot("Raccourcis du clavier")
}

func TestKeysKeepTheWindowOpen(t *testing.T) {
	s := tell(t, "morel")
	for range 4 {
		s.pass(s.values.LockAfter - time.Minute)
		test.Type(s.win.Canvas().Focused(), "m")
		s.h.Settle()
	}
	s.seesNot("Déverrouiller")
}

func TestSomebodyElseFindsNothingOfWhoLocked(t *testing.T) {
	s := tell(t, "morel")
	s.help()
	s.lockNow()
	s.desk.person.ID = "somebody else"
	s.press(fyne.KeyReturn)
	s.sees("MARTIN Léa")
	s.seesNot("Raccourcis du clavier")
	if s.desk.person.ID == "somebody else" {
		t.Error("the desk of who locked is still there")
	}
}

func TestExpiredSessionLocksAndSignInGoesOn(t *testing.T) {
	s := tell(t, "morel")
	s.fake.FailNext(clienttest.OpMyPatients, fhir.E(fhir.TokenExpired, ""))
	test.Type(s.win.Canvas().Focused(), "mart")
	s.pass(time.Second)
	s.sees("Votre session a expiré", "Déverrouiller")
	s.press(fyne.KeyReturn)
	s.sees("MARTIN Léa", "En ligne")
}

func TestSignOutForgets(t *testing.T) {
	s := tell(t, "morel")
	s.personMenu()
	s.sees("Votre session", "Se déconnecter")
	s.press(fyne.KeyEscape)
	s.signOut()
	s.pass(time.Second)
	s.sees("Se connecter avec le navigateur")
	s.seesNot("MARTIN")
	if s.fake.Count(clienttest.OpSignOut) != 1 || s.Person().ID != "" {
		t.Error("still signed in")
	}
}

func TestAFailedActionIsPresentedWithItsReference(t *testing.T) {
	s := tell(t, "morel")
	tries := 0
	s.Present(&fhir.Error{Code: fhir.Unavailable, RequestID: "req-42"}, func() { tries++ })
	s.sees("Cela n’a pas abouti", "Réessayez dans une minute", "req-42")
	s.press(fyne.KeyTab) // no control uses it
	s.press(fyne.KeyReturn)
	s.seesNot("req-42")
	if tries != 0 {
		t.Error("Return tried again although “Compris” had the focus")
	}
}

// What waits for the server is no failure.
func TestWhatIsQueuedIsToldInALine(t *testing.T) {
	s := tell(t, "morel")
	s.Present(fhir.E(fhir.Queued, ""), nil)
	s.sees("C’est gardé sur ce poste.")
	s.seesNot("Cela n’a pas abouti")
}

func TestToastOffersAWayBackAndGoes(t *testing.T) {
	s := tell(t, "morel")
	undone := 0
	s.Toast(widget.Toast{Text: "Document déposé.", Action: "Annuler le dépôt", Do: func() { undone++ }})
	s.sees("Document déposé.", "Annuler le dépôt", "Ctrl Z")
	s.pass(11 * time.Second)
	s.seesNot("Document déposé.")
	s.Toast(widget.Toast{Text: "Document déposé.", Action: "Annuler le dépôt", Do: func() { undone++ }})
	s.chord(widget.Alt(fyne.KeyR)) // no field has the focus there
	s.seesNot("Document déposé.")
	s.chord(widget.Ctrl(fyne.KeyZ))
	if undone != 0 {
		t.Error("what is not in front any more was undone")
	}
	s.Toast(widget.Toast{Text: "Document déposé.", Action: "Annuler le dépôt", Do: func() { undone++ }})
	s.chord(widget.Ctrl(fyne.KeyZ))
	s.chord(widget.Ctrl(fyne.KeyZ))
	if undone != 1 {
		t.Errorf("undone %d times", undone)
	}
	s.seesNot("Document déposé.")
}

func TestFilesDroppedNowhereAreAnswered(t *testing.T) {
	s := tell(t, "morel")
	s.chord(widget.Alt(fyne.KeyR))
	s.dropped([]fyne.URI{nil})
	s.sees("Ouvrez d’abord le dossier d’un patient")
}

func TestSettingsAreAppliedAndKept(t *testing.T) {
	s := tell(t, "morel")
	v := s.values
	v.Mode, v.Scale, v.LockAfter = widget.Dark, 1.3, 2*time.Minute
	s.apply(v)
	if got := settings.Load(s.cfg.App.Preferences()); got != v {
		t.Errorf("kept %+v, want %+v", got, v)
	}
	if !s.cfg.App.Settings().Theme().(*widget.Theme).IsDark(0) {
		t.Error("the theme is not dark")
	}
}
