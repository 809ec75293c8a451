package signin

import (
	"context"
	"errors"
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/ui/task/tasktest"
	"carnet/ui/widget"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/canvas"
	"fyne.io/fyne/v2/test"
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
	*testing.T
	page   *Page
	h      *tasktest.Harness
	canvas fyne.Canvas
	copied string
	done   []string
}

func (s *scene) Explain(err error) widget.Problem {
	return widget.Problem{Title: "code " + string(fhir.CodeOf(err)), Next: "Réessayez."}
}
func (s *scene) Copy(text string)       { s.copied = text }
func (s *scene) Focus(f fyne.Focusable) { s.canvas.Focus(f) }

func play(t *testing.T, p *provider, change func(*Config)) *scene {
	t.Helper()
	test.NewTempApp(t)
	s := &scene{T: t, h: tasktest.New(t)}
	w := test.NewTempWindow(t, nil)
	s.canvas = w.Canvas()
	c := Config{
		Scope: s.h.Scope(), SignIn: p, Shell: s, Server: "https://carnet.example",
		Done: func(_ client.Person, account string) { s.done = append(s.done, account) },
	}
	if change != nil {
		change(&c)
	}
	s.page = New(c)
	w.SetContent(s.page.Content())
	w.Resize(fyne.NewSize(1000, 800))
	s.canvas.SetOnTypedKey(func(ev *fyne.KeyEvent) {
		for _, sc := range s.page.Shortcuts() {
			if sc.Matches(widget.Key(ev.Name)) {
				sc.Do()
			}
		}
	})
	s.page.Shown()
	return s
}

func (s *scene) press(names ...fyne.KeyName) {
	for _, name := range names {
		ev := &fyne.KeyEvent{Name: name}
		if f := s.canvas.Focused(); f != nil {
			f.TypedKey(ev)
		} else {
			s.canvas.OnTypedKey()(ev)
		}
	}
}

func (s *scene) sees(texts ...string) {
	s.Helper()
	all := textsOf(s.page.Content())
	for _, text := range texts {
		if !strings.Contains(all, text) {
			s.Errorf("the page does not show %q: %s", text, all)
		}
	}
}

func textsOf(o fyne.CanvasObject) string {
	if o == nil || !o.Visible() {
		return ""
	}
	var b strings.Builder
	switch t := o.(type) {
	case *canvas.Text:
		b.WriteString(t.Text + "\n")
	case *fyne.Container:
		for _, child := range t.Objects {
			b.WriteString(textsOf(child))
		}
	case fyne.Widget:
		for _, child := range test.WidgetRenderer(t).Objects() {
			b.WriteString(textsOf(child))
		}
	}
	return b.String()
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
	s.h.Settle()
	s.sees("Dr Anne MOREL", "Claire LE GOFF", "Médecin traitant.", "Se connecter avec le navigateur")
	s.press(fyne.KeyRight)
	s.sees("Ordonnances.")
	s.press(fyne.KeyLeft, fyne.KeyDown)
	s.sees("Peu de types.")
	s.press(fyne.KeyDown, fyne.KeyReturn)
	s.h.Settle()
	if len(s.done) != 1 || s.done[0] != "optician" {
		t.Errorf("signed in with %q", s.done)
	}
}

func TestBrowserSignInShowsTheAddressAndCanBeLeft(t *testing.T) {
	p := &provider{address: "https://carnet.example/oidc/authorize", release: make(chan struct{})}
	s := play(t, p, nil)
	s.h.Settle()
	s.press(fyne.KeyReturn)
	for s.page.state.Address == "" { // the work runs on its goroutine; each round lets it speak
		s.h.Drain()
	}
	s.sees("Terminez la connexion dans votre navigateur.", "https://carnet.example/oidc/authorize")
	s.page.cfg.Shell.Copy(s.page.state.Address)
	if s.copied != p.address {
		t.Errorf("copied %q", s.copied)
	}
	s.press(fyne.KeyEscape)
	s.h.Settle()
	s.sees("Se connecter avec le navigateur")
	if s.page.state.Phase != Choosing || len(s.done) != 0 {
		t.Errorf("phase %d, done %q", s.page.state.Phase, s.done)
	}
}

func TestASilentServerIsAskedAgainUntilItAnswers(t *testing.T) {
	p := demo()
	p.err = fhir.E(fhir.Offline, "")
	s := play(t, p, nil)
	s.h.Settle()
	s.sees("code offline", "Réessayer")
	p.err = nil
	s.h.Advance(retryAfter)
	s.h.Settle()
	s.sees("Dr Anne MOREL")
}

func TestAFailedSignInSaysSoAndOffersTheWayBack(t *testing.T) {
	p := demo()
	s := play(t, p, nil)
	s.h.Settle()
	p.err = fhir.E(fhir.Throttled, "")
	s.press(fyne.KeyReturn)
	s.h.Settle()
	s.sees("code throttled")
	p.err = nil
	s.press(fyne.KeyReturn)
	s.h.Settle()
	s.sees("Claire LE GOFF")
}

func TestAccountOnTheCommandLineSignsInAtOnce(t *testing.T) {
	p := demo()
	s := play(t, p, func(c *Config) { c.Account = "gp" })
	s.h.Settle()
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
	s.h.Settle()
	s.sees("Carnet est verrouillé.", "Dr Anne MOREL", "Déverrouiller")
	if len(p.asked) != 0 {
		t.Error("the lock opened itself")
	}
	s.press(fyne.KeyReturn)
	s.h.Settle()
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
