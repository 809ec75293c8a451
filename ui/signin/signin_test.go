package signin

import (
	"context"
	"errors"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
)

// provider is a sign-in whose answers the test gives.
type provider struct {
	accounts []client.DemoAccount
	err      error
	address  string
	release  chan struct{} // SignIn waits for it when set
	asked    []string
}

func (p *provider) Accounts(context.Context) ([]client.DemoAccount, error) { return p.accounts, p.err }

func (p *provider) SignIn(ctx context.Context, account string, show func(string)) (client.Person, error) {
	p.asked = append(p.asked, account)
	if p.address != "" {
		show(p.address)
	}
	if p.release != nil {
		select {
		case <-p.release:
		case <-ctx.Done():
			return client.Person{}, fhir.Wrap(fhir.Canceled, ctx.Err())
		}
	}
	if p.err != nil {
		return client.Person{}, p.err
	}
	return client.Person{ID: "8997", Name: "Dr Anne MOREL"}, nil
}

func (p *provider) SignOut(context.Context) error { return nil }

// scene is the page in a window.
type scene struct {
	*widgettest.Desk
	page *Page
	done []string
}

func (s *scene) Explain(err error) widget.Problem {
	return widget.Problem{Title: "code " + string(fhir.CodeOf(err)), Next: "Réessayez."}
}

func play(t *testing.T, p *provider, change func(*Config)) *scene {
	t.Helper()
	s := &scene{Desk: widgettest.New(t)}
	c := Config{
		Scope: s.Scope(), SignIn: p, Shell: s, Server: "https://carnet.example",
		Done: func(_ client.Person, account string) { s.done = append(s.done, account) },
	}
	if change != nil {
		change(&c)
	}
	s.page = New(c)
	s.Window().SetContent(s.page.Content())
	s.Window().Resize(fyne.NewSize(1000, 800))
	s.Window().Canvas().SetOnTypedKey(func(ev *fyne.KeyEvent) {
		for _, sc := range s.page.Shortcuts() {
			if sc.Matches(widget.Key(ev.Name)) {
				sc.Do()
			}
		}
	})
	s.page.Shown()
	return s
}

func demo() *provider {
	return &provider{accounts: []client.DemoAccount{
		{ID: "gp", Name: "Dr Anne MOREL", Role: "Médecine générale", GoodTo: "Médecin traitant."},
		{ID: "pharmacist", Name: "Claire LE GOFF", Role: "Pharmacienne", GoodTo: "Ordonnances."},
		{ID: "optician", Name: "Paul GIRAUD", Role: "Opticien", GoodTo: "Peu de types."},
	}}
}

func TestDemonstrationAccountsByKeys(t *testing.T) {
	p := demo()
	s := play(t, p, nil)
	s.Settle()
	s.Sees("Dr Anne MOREL", "Claire LE GOFF", "Médecin traitant.", "Se connecter avec le navigateur")
	s.Strike(fyne.KeyRight)
	s.Sees("Ordonnances.")
	s.Strike(fyne.KeyLeft, fyne.KeyDown)
	s.Sees("Peu de types.")
	s.Strike(fyne.KeyDown, fyne.KeyReturn)
	s.Settle()
	if len(s.done) != 1 || s.done[0] != "optician" {
		t.Errorf("signed in with %q", s.done)
	}
}

func TestBrowserSignInShowsTheAddressAndCanBeLeft(t *testing.T) {
	p := &provider{address: "https://carnet.example/oidc/authorize", release: make(chan struct{})}
	s := play(t, p, nil)
	s.Settle()
	s.Strike(fyne.KeyReturn)
	for s.page.state.Address == "" { // the work runs on its goroutine; each round lets it speak
		s.Drain()
	}
	s.Sees("Terminez la connexion dans votre navigateur.", "https://carnet.example/oidc/authorize")
	s.page.cfg.Shell.Copy(s.page.state.Address)
	if s.Copied != p.address {
		t.Errorf("copied %q", s.Copied)
	}
	s.Strike(fyne.KeyEscape)
	s.Settle()
	s.Sees("Se connecter avec le navigateur")
	if s.page.state.Phase != Choosing || len(s.done) != 0 {
		t.Errorf("phase %d, done %q", s.page.state.Phase, s.done)
	}
}

func TestASilentServerIsAskedAgainUntilItAnswers(t *testing.T) {
	p := demo()
	p.err = fhir.E(fhir.Offline, "")
	s := play(t, p, nil)
	s.Settle()
	s.Sees("code offline", "Réessayer")
	p.err = nil
	s.Advance(retryAfter)
	s.Settle()
	s.Sees("Dr Anne MOREL")
}

func TestAFailedSignInSaysSoAndOffersTheWayBack(t *testing.T) {
	p := demo()
	s := play(t, p, nil)
	s.Settle()
	p.err = fhir.E(fhir.Throttled, "")
	s.Strike(fyne.KeyReturn)
	s.Settle()
	s.Sees("code throttled")
	p.err = nil
	s.Strike(fyne.KeyReturn)
	s.Settle()
	s.Sees("Claire LE GOFF")
}

func TestAccountOnTheCommandLineSignsInAtOnce(t *testing.T) {
	p := demo()
	s := play(t, p, func(c *Config) { c.Account = "gp" })
	s.Settle()
	if len(s.done) != 1 || s.done[0] != "gp" {
		t.Errorf("signed in with %q", s.done)
	}
}

func TestLockAsksForTheSamePerson(t *testing.T) {
	p := demo()
	s := play(t, p, func(c *Config) {
		c.Account, c.Reason = "gp", "Carnet est verrouillé."
		c.Expected = client.Person{ID: "8997", Name: "Dr Anne MOREL", OrgName: "Cabinet du Port"}
	})
	s.Settle()
	s.Sees("Carnet est verrouillé.", "Dr Anne MOREL", "Déverrouiller")
	if len(p.asked) != 0 {
		t.Error("the lock opened itself")
	}
	s.Strike(fyne.KeyReturn)
	s.Settle()
	if len(s.done) != 1 || s.done[0] != "gp" {
		t.Errorf("signed in with %q", s.done)
	}
}

func TestStates(t *testing.T) {
	failed := State{}.Failed(errors.New("x"), false)
	if got := failed.Asking(); got.Phase != Broken {
		t.Error("asking again takes the words of the failure away before there is an answer")
	}
	if got := (State{Phase: Waiting}).Failed(fhir.E(fhir.Canceled, ""), true); got.Phase != Choosing {
		t.Error("giving up is shown as a failure")
	}
	if got := (State{}).Failed(fhir.E(fhir.Canceled, ""), false); got.Phase != Broken {
		t.Error("a list that never came is shown as an empty one")
	}
	if got := (State{}).Lasts(0); !got.Busy {
		t.Error("what lasts is not said")
	}
}

// While the server is known to be away, what unlocks without it is offered at once, also
// beside a browser that waits; with the server it is not.
func TestUnlockingWithoutTheServerIsOfferedBeforeAnythingFails(t *testing.T) {
	p := &provider{address: "https://carnet.example/oidc/authorize", release: make(chan struct{})}
	away, opened := false, 0
	s := play(t, p, func(c *Config) {
		c.Expected = client.Person{ID: "8997", Name: "Dr Anne MOREL"}
		c.Away = func() bool { return away }
		c.Without = func() func() { return func() { opened++ } }
	})
	s.Settle()
	s.SeesNot("Déverrouiller sans le serveur")
	away = true
	s.Advance(2 * retryAfter)
	s.Sees("Déverrouiller", "Déverrouiller sans le serveur")
	s.Strike(fyne.KeyReturn)
	for s.page.state.Address == "" {
		s.Drain()
	}
	s.Sees("Terminez la connexion dans votre navigateur.", "Déverrouiller sans le serveur", "peut ne jamais s’ouvrir")
	s.page.without()()
	s.Settle()
	if opened != 1 || s.page.state.Phase != Choosing || len(s.done) != 0 {
		t.Errorf("opened %d times, phase %d, done %q", opened, s.page.state.Phase, s.done)
	}
	away = false
	s.Advance(2 * retryAfter)
	s.SeesNot("Déverrouiller sans le serveur")
}

// A sign-in that failed without the server is not begun again by itself, and does not
// say that it is.
func TestASignInThatFailedSaysWhoTriesAgain(t *testing.T) {
	p := demo()
	p.err = fhir.E(fhir.Offline, "")
	s := play(t, p, func(c *Config) { c.Account = "gp" })
	s.Settle()
	s.Sees("code offline", "Vérifiez la connexion au réseau, puis réessayez.", "Réessayer")
	s.Advance(10 * retryAfter)
	if len(p.asked) != 1 {
		t.Errorf("asked %d times", len(p.asked))
	}
}
