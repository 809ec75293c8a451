package e2e

import (
	"context"
	"net/http/httptest"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/clienttest"
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/record"
)

// tokenOf is a TokenSource for somebody who is signed in.
type tokenOf struct {
	w   *world
	who string
}

func (s tokenOf) Token(context.Context) (string, error) {
	if s.who == "" {
		return "", fhir.E(fhir.Unauthenticated, "Connectez-vous.")
	}
	return s.w.token(s.who), nil
}

// TestDesktopClientConforms runs the contract's own suite with the desktop's
// HTTP client on the real server.
func TestDesktopClientConforms(t *testing.T) {
	clienttest.Run(t, openDesktop)
}

// TestDesktopClientSubmits runs the stories of submission sets the same way.
func TestDesktopClientSubmits(t *testing.T) { clienttest.RunSubmitter(t, openDesktop) }

// openDesktop gives the desktop's HTTP client on a server with a world of its
// own.
func openDesktop(t *testing.T) clienttest.Harness {
	_, h := desktopWorld(t)
	return h
}

// desktopWorld is openDesktop with the world behind it.
func desktopWorld(t *testing.T) (*world, clienttest.Harness) {
	w := newWorld(t)
	types := []string{"11488-4", "11502-2", "18748-4", "57833-6", "34112-3"}
	for i := range 62 {
		at := w.now().AddDate(0, 0, -3*i)
		w.queue(alice, nurse, func(d *record.DocumentSeed) {
			d.Type.Code, d.PeriodStart, d.FiledAt, d.Date = types[i%len(types)], at, at, at
		})
	}
	for _, patient := range []string{carol, bob, iris} {
		w.queue(patient, nurse)
	}
	w.queue(alice, nurse, archived)
	w.queue(alice, nurse, masked)
	w.queue(alice, nurse)
	w.document(alice, nurse, func(d *record.DocumentSeed) { d.Replaces = uniqueID(w.docs - 1) })
	w.token(mt) // before many ask at once
	w.token(regulator)

	connect := func(base, who string) client.Records {
		c, err := client.New(client.Config{BaseURL: base, Tokens: tokenOf{w, who}, Timeout: 20 * time.Second})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	gone := httptest.NewServer(nil)
	gone.Close()
	who := func(patient string) client.Patient {
		n := names[patient]
		p := client.Patient{
			ID: patient, INS: insOf(patient), BirthName: n[0], FirstGiven: n[1], Given: n[1:], Gender: "female",
			BirthDate: "1979-03-28", BirthPlace: "51215", Reliability: "QUAL", Active: true,
		}
		if patient == gina {
			p.INS, p.Reliability = fhir.Identifier{}, "PROV"
		}
		return p
	}
	return w, clienttest.Harness{
		Records: connect(w.base, mt), Offline: connect(gone.URL+httpapi.Base, mt), SignedOut: connect(w.base, ""), Regulator: connect(w.base, regulator),
		Mine: who(alice), Name: "pat", Stranger: who(carol), Objects: who(bob), Blocked: who(iris), Closed: who(dan), NoINS: who(gina),
		Forbidden: []string{"PAT-TROIS", "DOMINIQUE", insOf(alice).Value, "Titre-secret", id(mt), "MOREL"},
	}
}
