package ui

import (
	"context"
	"testing"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// pharmacy signs in a pharmacist.
type pharmacy struct{ door client.SignIn }

func (f pharmacy) Accounts(ctx context.Context) ([]client.DemoAccount, error) {
	return f.door.Accounts(ctx)
}
func (f pharmacy) SignOut(ctx context.Context) error { return f.door.SignOut(ctx) }
func (f pharmacy) SignIn(ctx context.Context, account string, show func(string)) (client.Person, error) {
	p, err := f.door.SignIn(ctx, account, show)
	p.Profession, p.Specialty, p.Sector = "21", "G15_21/A", "SA33"
	return p, err
}

// TestAPharmacistBeginsAtTheCounter, and comes back to it by its key; a doctor has
// none.
func TestAPharmacistBeginsAtTheCounter(t *testing.T) {
	s := tellWith(t, "morel", func(c *Config) {
		c.SignIn, c.Profiles = pharmacy{c.SignIn}, c.Records.(*clienttest.Fake)
	})
	s.sees("Comptoir", "Scannez le code de l’attestation INS")
	if s.PageName() != "Comptoir" {
		t.Errorf("on %s", s.PageName())
	}
	s.chord(widget.Alt(fyne.KeyP))
	s.chord(widget.Alt(fyne.KeyC))
	s.sees("Scannez le code de l’attestation INS")
	if least := s.root.MinSize().Width; least > 1024 {
		t.Errorf("the window cannot be narrower than %v", least)
	}
	doctor := tellWith(t, "morel", func(c *Config) { c.Profiles = c.Records.(*clienttest.Fake) })
	doctor.seesNot("Comptoir")
}
