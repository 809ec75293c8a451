package ui

import (
	"context"
	"strings"
	"testing"
	"time"

	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// copies are a computer's copies, as the test says.
type copies struct {
	held    CopiesHeld
	hurried int
	cleared int
}

func (c *copies) Held() CopiesHeld { return c.held }
func (c *copies) Hurry()           { c.hurried++ }
func (c *copies) Clear(context.Context) error {
	c.cleared++
	c.held = CopiesHeld{}
	return nil
}

// copying is a keep that has copies.
type copying struct {
	shelf
	copies *copies
	found  CopiesFound
}

func (k *copying) Kept() Kept { return Kept{Copies: k.copies, Found: k.found} }

// The word of the connection explains what opens without the server; what was damaged is
// told once; the server's return hurries the copies; they are erased on purpose only.
func TestTheConnectionSaysWhatOpensWithoutIt(t *testing.T) {
	k := &copying{found: FoundRuined, copies: &copies{held: CopiesHeld{Records: 12, Untold: 3, LastTime: time.Date(2026, 11, 25, 11, 38, 0, 0, time.Local)}}}
	s := tellWith(t, "morel", func(c *Config) { c.Keep = k })
	s.sees("Les copies de ce poste étaient abîmées")
	s.fake.SetOffline(true)
	s.pass(2 * calm)
	s.sees("Hors ligne depuis")
	s.seesNot("sans copies")
	s.explainLink()
	s.sees("12 dossiers copiés sur ce poste", "jusqu’au 25 nov. 2026, 11 h 38", "3 lectures hors ligne seront transmises", "Interroger maintenant")
	s.press(fyne.KeyEscape)
	s.fake.SetOffline(false)
	s.until(lastRetry, "La connexion est rétablie.")
	if k.copies.hurried == 0 {
		t.Error("the copies were not told that the server is back")
	}
	s.chord(widget.Alt(fyne.KeyR))
	s.sees("Sans le serveur", "12 dossiers copiés", "Effacer les copies…")
	s.askClear()
	s.sees("Effacer les copies de ce poste ?", "Vos envois en attente")
	s.press(fyne.KeyReturn)
	if k.copies.cleared != 0 {
		t.Fatal("a habit erased the copies")
	}
	s.askClear()
	s.win.Canvas().FocusNext()
	s.press(fyne.KeyReturn)
	s.sees("Les copies de ce poste sont effacées.")
	if k.copies.cleared != 1 {
		t.Errorf("erased %d times", k.copies.cleared)
	}
}

// What waited to be sent and is gone from the disk is told, and nobody reads that all
// has arrived.
func TestAQueueThatIsGoneIsTold(t *testing.T) {
	s := tellWith(t, "morel", func(c *Config) { c.Keep = &copying{found: FoundQueue, copies: &copies{}} })
	s.sees("n’est peut-être pas parti", "Regardez Envois")
}

// Where nothing is kept the word says it.
func TestTheConnectionSaysThatNothingOpensWithoutIt(t *testing.T) {
	s := tell(t, "morel")
	s.fake.SetOffline(true)
	s.pass(2 * calm)
	s.sees("sans copies")
	s.explainLink()
	s.sees("aucun dossier ne s’ouvre")
	if strings.Contains(s.texts(), "dossiers copiés") {
		t.Error("copies where there are none")
	}
}

// Copies that could not be opened are told, with why and what to do, and can be erased;
// a disk that fills up is told in the status bar.
func TestCopiesInTroubleAreTold(t *testing.T) {
	k := &copying{found: FoundNoRoom, copies: &copies{held: CopiesHeld{Trouble: CopiesNoRoom}}}
	s := tellWith(t, "morel", func(c *Config) { c.Keep = k })
	s.sees("les copies restent fermées", "verrouillez et déverrouillez Carnet", "Disque presque plein")
	s.fake.SetOffline(true)
	s.pass(2 * calm)
	s.sees("sans copies")
	s.fake.SetOffline(false)
	s.chord(widget.Alt(fyne.KeyR))
	s.sees("Sans le serveur", "sans le serveur aucun dossier ne s’ouvre", "Effacer les copies…")
	s.askClear()
	s.win.Canvas().FocusNext()
	s.press(fyne.KeyReturn)
	if k.copies.cleared != 1 {
		t.Errorf("erased %d times", k.copies.cleared)
	}

	short := &copying{copies: &copies{held: CopiesHeld{Records: 2, Trouble: CopiesShort}}}
	s = tellWith(t, "morel", func(c *Config) { c.Keep = short })
	s.sees("Disque presque plein")
	s.chord(widget.Alt(fyne.KeyR))
	s.sees("2 dossiers copiés sur ce poste", "plus aucun dossier n’y est copié")

	closed := &copying{found: FoundClosed, copies: &copies{held: CopiesHeld{Trouble: CopiesClosed}}}
	s = tellWith(t, "morel", func(c *Config) { c.Keep = closed })
	s.sees("Les copies de ce poste ne s’ouvrent pas", "Copies fermées")
}
