package ui

import (
	"context"
	"io"
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/batch"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
)

// tray is an outbox in which things wait.
type tray struct {
	client.Outbox
	items []client.OutboxItem
}

func (t tray) List(context.Context) ([]client.OutboxItem, error) { return t.items, nil }
func (t tray) Follow(func(client.OutboxEvent)) (stop func())     { return func() {} }

// drawer is a notebook without pages.
type drawer struct{ client.Notebook }

// stocked is a keep that holds them.
type stocked struct {
	*shelf
	kept Kept
}

func (k stocked) Kept() Kept { return k.kept }

// laboratory signs in somebody of a laboratory.
type laboratory struct{ door client.SignIn }

func (l laboratory) Accounts(ctx context.Context) ([]client.DemoAccount, error) {
	return l.door.Accounts(ctx)
}
func (l laboratory) SignOut(ctx context.Context) error { return l.door.SignOut(ctx) }
func (l laboratory) SignIn(ctx context.Context, account string, show func(string)) (client.Person, error) {
	p, err := l.door.SignIn(ctx, account, show)
	p.Sector, p.OrgID, p.ID = "SA25", "1997000044", "899700000044"
	return p, err
}

func waiting() tray {
	return tray{items: []client.OutboxItem{
		{ID: "1", Kind: client.OutboxConsent, State: client.OutboxWaiting, Created: time.Unix(0, 0)},
		{ID: "2", Kind: client.OutboxRequest, State: client.OutboxRefused, Reason: fhir.Forbidden, Created: time.Unix(0, 0)},
		{ID: "3", Kind: client.OutboxRequest, State: client.OutboxDone, Created: time.Unix(0, 0)},
	}}
}

func TestWhatWaitsIsCountedInTheNavigation(t *testing.T) {
	k := stocked{&shelf{}, Kept{Outbox: waiting()}}
	s := tellWith(t, "morel", func(c *Config) { c.Keep = k })
	s.h.Until("the count", func() bool { return s.root.sends.Waiting == 2 })
	s.sees("Envois 2", "2 envois en attente, dont 1 à voir")
	s.seesNot("Lots")
	s.chord(widget.Alt(fyne.KeyE))
	s.h.Until("the list", func() bool { return s.PageName() == "Envois" && strings.Contains(s.texts(), "Consentement recueilli") })
	s.sees("Consentement recueilli", "Le serveur n’en veut pas tel quel")
	s.press(fyne.KeyF1)
	s.sees("Tout renvoyer maintenant", "Supprimer un envoi")
}

func TestALaboratoryBeginsWithItsLots(t *testing.T) {
	k := stocked{&shelf{}, Kept{Outbox: waiting(), Notes: drawer{}}}
	var asked []string
	s := tellWith(t, "morel", func(c *Config) {
		c.Keep, c.SignIn = k, laboratory{c.SignIn}
		c.Batch = func(_ context.Context, kept Kept, me client.Person, who fhir.Party) (batch.Engine, fhir.Party, error) {
			if kept.Outbox == nil || kept.Notes == nil {
				return nil, who, io.ErrUnexpectedEOF
			}
			asked = append(asked, me.ID)
			return nil, who, fhir.E(fhir.Forbidden, "")
		}
	})
	s.sees("Lots", "n’envoie pas de lots")
	if s.PageName() != "Lots" || len(asked) != 1 || asked[0] != "899700000044" {
		t.Errorf("on %s, asked %v", s.PageName(), asked)
	}
	s.chord(widget.Alt(fyne.KeyP))
	s.sees("MARTIN Léa")
	s.chord(widget.Alt(fyne.KeyL))
	s.sees("n’envoie pas de lots")
	if least := s.root.MinSize().Width; least > 1024 {
		t.Errorf("the window cannot be narrower than %v", least)
	}
}

func TestALaboratoryWithoutAVaultIsToldWhy(t *testing.T) {
	s := tellWith(t, "morel", func(c *Config) {
		c.SignIn = laboratory{c.SignIn}
		c.Batch = func(context.Context, Kept, client.Person, fhir.Party) (batch.Engine, fhir.Party, error) {
			t.Error("an engine over nothing")
			return nil, fhir.Party{}, nil
		}
	})
	s.sees("Ce poste ne garde rien pour l’instant")
	s.seesNot("Envois")
}

// TestWhoSendsLots: laboratories first, health establishments too, practices not.
func TestWhoSendsLots(t *testing.T) {
	for name, row := range map[string]struct {
		p          client.Person
		lab, sends bool
	}{
		"laboratory": {client.Person{Sector: "SA25"}, true, true}, "biologist": {client.Person{Profession: "10", Specialty: "G15_10/SM03"}, true, true},
		"pharmacist biologist": {client.Person{Profession: "21", Specialty: "G15_21/G"}, true, true}, "biologist in a hospital": {client.Person{Sector: "SA01", Specialty: "G15_10/SM03"}, false, true},
		"practice": {client.Person{Sector: "SA07", Profession: "10"}, false, false}, "pharmacy": {client.Person{Sector: "SA33", Profession: "21", Specialty: "G15_21/A"}, false, false}, "unknown": {client.Person{}, false, false},
	} {
		if isLaboratory(row.p) != row.lab || sendsLots(row.p) != row.sends {
			t.Errorf("%s: %v, %v", name, isLaboratory(row.p), sendsLots(row.p))
		}
	}
}
