package session

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"carnet/client/fhir"
)

// clock is a time that tests move.
type clock struct {
	mu sync.Mutex
	t  time.Time
}

func (c *clock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.t
}

func (c *clock) move(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.t = c.t.Add(d)
}

// signedIn gives a session with a demo account, its provider and its clock.
func signedIn(t *testing.T) (*Session, *stub, *clock) {
	t.Helper()
	p, c := newStub(t), &clock{t: time.Now()}
	s := New(Config{Base: p.URL, Now: c.now})
	if _, err := s.SignIn(context.Background(), "gp", nil); err != nil {
		t.Fatal(err)
	}
	return s, p, c
}

func TestSignInThroughTheBrowser(t *testing.T) {
	p := newStub(t)
	var shown string
	s := New(Config{Base: p.URL + "/", Browser: p.browser(nil)})
	person, err := s.SignIn(context.Background(), "", func(a string) { shown = a })
	if err != nil {
		t.Fatal(err)
	}
	if person.ID != "899700218896" || person.Name != "Anne MOREL" || person.Profession != "10" || person.OrgName != "" || person.Sector != "SA07" || person.Expires.IsZero() {
		t.Errorf("person = %+v", person)
	}
	q, err := url.Parse(shown)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"state", "nonce", "code_challenge", "redirect_uri"} {
		if q.Query().Get(want) == "" {
			t.Errorf("the address lacks %s", want)
		}
	}
	if m := q.Query().Get("code_challenge_method"); m != "S256" {
		t.Errorf("challenge method %q", m)
	}
	if tok, err := s.Token(context.Background()); err != nil || tok != "access 0" {
		t.Errorf("token %q, %v", tok, err)
	}
}

func TestAnAnswerThatIsNotToBeTrusted(t *testing.T) {
	for wrong, want := range map[string]fhir.Code{
		"nonce": fhir.Invalid, "audience": fhir.Invalid, "expired": fhir.Invalid, "signature": fhir.Invalid, "hash": fhir.Invalid,
		"userinfo": fhir.Invalid, "issuer": fhir.Invalid, "exchange": fhir.Unauthenticated,
	} {
		t.Run(wrong, func(t *testing.T) {
			p := newStub(t)
			p.be(wrong)
			s := New(Config{Base: p.URL, Browser: p.browser(nil)})
			if _, err := s.SignIn(context.Background(), "", nil); fhir.CodeOf(err) != want {
				t.Errorf("error %v, want %s", err, want)
			}
			if _, err := s.Token(context.Background()); fhir.CodeOf(err) != fhir.Unauthenticated {
				t.Errorf("a token was kept: %v", err)
			}
		})
	}
}

func TestTheLoopbackAddressTakesNoForgedAnswer(t *testing.T) {
	p := newStub(t)
	answers := make(chan int, 4)
	get := func(address string) {
		res, err := http.Get(address)
		if err != nil {
			t.Error(err)
			return
		}
		_ = res.Body.Close()
		answers <- res.StatusCode
	}
	s := New(Config{Base: p.URL, Browser: func(address string) error {
		u, _ := url.Parse(address)
		back := u.Query().Get("redirect_uri")
		p.mu.Lock()
		p.nonce = u.Query().Get("nonce")
		p.mu.Unlock()
		go func() {
			get(back + "?code=stolen&state=forged")
			get(back + "?code=stolen")
			get(strings.Replace(back, "/callback", "/other", 1) + "?code=x&state=" + url.QueryEscape(u.Query().Get("state")))
			get(back + "?code=right&state=" + url.QueryEscape(u.Query().Get("state")))
		}()
		return nil
	}})
	if _, err := s.SignIn(context.Background(), "", nil); err != nil {
		t.Fatal(err)
	}
	for _, want := range []int{http.StatusBadRequest, http.StatusBadRequest, http.StatusNotFound, http.StatusOK} {
		if got := <-answers; got != want {
			t.Errorf("status %d, want %d", got, want)
		}
	}
}

func TestThePageSaysToReturn(t *testing.T) {
	for lang, want := range map[string]string{"fr": "revenez à l&#39;application", "en": "go back to the Carnet application"} {
		b, err := listen(context.Background(), "the state", lang)
		if err != nil {
			t.Fatal(err)
		}
		res, err := http.Get(b.address + "?state=the+state&code=c")
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(res.Body)
		_ = res.Body.Close()
		if err != nil || !strings.Contains(string(body), want) {
			t.Errorf("%s: %s (%v)", lang, body, err)
		}
		again, err := http.Get(b.address + "?state=the+state&code=c")
		if err != nil {
			t.Fatal(err)
		}
		_ = again.Body.Close()
		if again.StatusCode != http.StatusGone {
			t.Errorf("the same answer again: %d", again.StatusCode)
		}
		b.close()
		if res, err := http.Get(b.address); err == nil {
			_ = res.Body.Close()
			t.Error("the address is still open after the sign-in")
		}
	}
}

func TestGivingUp(t *testing.T) {
	t.Run("in the browser", func(t *testing.T) {
		p := newStub(t)
		s := New(Config{Base: p.URL, Browser: p.browser(func(q url.Values) { q.Del("code"); q.Set("error", "access_denied") })})
		if _, err := s.SignIn(context.Background(), "", nil); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Error(err)
		}
	})
	t.Run("in the application", func(t *testing.T) {
		p := newStub(t)
		ctx, cancel := context.WithCancel(context.Background())
		s := New(Config{Base: p.URL, Browser: func(string) error { cancel(); return errors.New("no browser here") }})
		if _, err := s.SignIn(ctx, "", nil); fhir.CodeOf(err) != fhir.Canceled {
			t.Error(err)
		}
	})
}

func TestManyCallersRefreshOnce(t *testing.T) {
	s, p, c := signedIn(t)
	p.hold = make(chan struct{})
	c.move(595 * time.Second)
	var wg sync.WaitGroup
	for range 16 {
		wg.Go(func() {
			if tok, err := s.Token(context.Background()); err != nil || tok != "access 1" {
				t.Errorf("token %q, %v", tok, err)
			}
		})
	}
	<-p.arrived
	// One who gives up does not take the others' answer with them.
	gone, cancel := context.WithCancel(context.Background())
	cancel()
	if _, err := s.Token(gone); fhir.CodeOf(err) != fhir.Canceled {
		t.Error(err)
	}
	close(p.hold)
	wg.Wait()
	if n := p.refreshes.Load(); n != 1 {
		t.Errorf("%d refreshes", n)
	}
}

func TestARefreshThatFails(t *testing.T) {
	ctx := context.Background()
	t.Run("the provider is down but the token still runs", func(t *testing.T) {
		s, p, c := signedIn(t)
		p.be("broken")
		c.move(595 * time.Second)
		if tok, err := s.Token(ctx); err != nil || tok != "access 0" {
			t.Errorf("token %q, %v", tok, err)
		}
	})
	t.Run("the provider is down and the token is over", func(t *testing.T) {
		s, p, c := signedIn(t)
		p.Close()
		c.move(time.Hour)
		if _, err := s.Token(ctx); fhir.CodeOf(err) != fhir.Offline {
			t.Error(err)
		}
	})
	t.Run("the provider refuses: the sign-in is over for good", func(t *testing.T) {
		s, p, c := signedIn(t)
		p.be("refused")
		c.move(time.Hour)
		if _, err := s.Token(ctx); fhir.CodeOf(err) != fhir.TokenExpired {
			t.Error(err)
		}
		p.be("")
		if _, err := s.Token(ctx); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Error(err)
		}
	})
}

func TestATokenThatTheServerRefusedIsNotGivenAgain(t *testing.T) {
	ctx := context.Background()
	s, p, _ := signedIn(t)
	s.Invalidate("another token")
	if tok, err := s.Token(ctx); err != nil || tok != "access 0" {
		t.Errorf("token %q, %v", tok, err)
	}
	s.Invalidate("access 0")
	if tok, err := s.Token(ctx); err != nil || tok != "access 1" {
		t.Errorf("token %q, %v", tok, err)
	}
	p.be("broken")
	s.Invalidate("access 1")
	if tok, err := s.Token(ctx); fhir.CodeOf(err) != fhir.Offline {
		t.Errorf("token %q, %v", tok, err)
	}
}

func TestSignOut(t *testing.T) {
	ctx := context.Background()
	s, p, _ := signedIn(t)
	if err := s.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	if p.revoked.Load() != 1 {
		t.Error("the provider was not told")
	}
	if _, err := s.Token(ctx); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Error(err)
	}
	if err := s.SignOut(ctx); err != nil {
		t.Errorf("signing out twice: %v", err)
	}
}

func TestSignOutDuringARefreshStays(t *testing.T) {
	ctx := context.Background()
	s, p, c := signedIn(t)
	p.hold = make(chan struct{})
	c.move(time.Hour)
	result := make(chan error, 1)
	go func() { _, err := s.Token(ctx); result <- err }()
	<-p.arrived
	if err := s.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	close(p.hold)
	if err := <-result; fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("the waiting caller got %v", err)
	}
	if _, err := s.Token(ctx); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("the refresh brought the sign-in back: %v", err)
	}
}

func TestNothingAnswers(t *testing.T) {
	p := newStub(t)
	s := New(Config{Base: p.URL})
	p.Close()
	ctx := context.Background()
	if _, err := s.SignIn(ctx, "", nil); fhir.CodeOf(err) != fhir.Offline {
		t.Error(err)
	}
	if _, err := s.Accounts(ctx); fhir.CodeOf(err) != fhir.Offline {
		t.Error(err)
	}
	for _, err := range []error{func() error { _, err := s.SignIn(ctx, "gp", nil); return err }()} {
		if strings.Contains(err.Error(), "127.0.0.1") {
			t.Errorf("an address in the text: %v", err)
		}
	}
}
