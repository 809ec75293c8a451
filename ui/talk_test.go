package ui

import (
	"testing"

	"carnet/client/clienttest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

// TestAMessageArrivesWhileOneIsElsewhere: the navigation counts it, the system's
// notice says neither who nor what, and the page has it when one goes there by key.
func TestAMessageArrivesWhileOneIsElsewhere(t *testing.T) {
	s := tellWith(t, "morel", func(c *Config) { c.Messages = c.Records.(*clienttest.Fake) })
	item := func() string { return s.root.navItems[sectionMessages].Label() }
	s.h.Until("the count of what is unread", func() bool { return item() == "Messages 1" })
	notice := fyne.NewNotification("Carnet", "Vous avez un nouveau message.")
	test.AssertNotificationSent(t, notice, func() {
		if err := s.fake.PatientWrites(clienttest.DialogueNoah, "Encore une question sur la piqûre"); err != nil {
			t.Fatal(err)
		}
		s.h.Until("the message is counted", func() bool { return item() == "Messages 2" })
	})
	s.chord(widget.Alt(fyne.KeyM))
	s.h.Settle()
	s.sees("Vaccination de Noah")
	s.press(fyne.KeyReturn) // the one that moved last is in hand
	s.sees("Encore une question sur la piqûre")
	s.h.Until("it counts as read", func() bool { return item() == "Messages 1" })
}

// TestTheNoticeOfAMessageLeadsToIt: what tells of a message over another page goes to
// its dialogue, whichever is first in the list.
func TestTheNoticeOfAMessageLeadsToIt(t *testing.T) {
	s := tellWith(t, "morel", func(c *Config) { c.Messages = c.Records.(*clienttest.Fake) })
	s.h.Until("the count of what is unread", func() bool { return s.root.navItems[sectionMessages].Label() == "Messages 1" })
	if err := s.fake.PatientWrites(clienttest.DialogueNoah, "Encore une question sur la piqûre"); err != nil {
		t.Fatal(err)
	}
	s.h.Until("it is told", func() bool { return s.undo != nil })
	s.sees("Vous avez un nouveau message.")
	s.sees("Lire")
	s.undo()
	s.h.Settle()
	s.sees("Encore une question sur la piqûre")
	if s.undo != nil {
		t.Error("it is still told")
	}
}
