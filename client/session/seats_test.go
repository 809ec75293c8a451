package session

import (
	"context"
	"net/http"
	"net/http/httptest"
	"sync"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

const (
	morel  = "899700218896"
	legoff = "899700218904"
)

// counter gives a session in which two people took a seat; the pharmacist is the one
// who is signed in.
func counter(t *testing.T) (*Session, *stub, *clock) {
	t.Helper()
	s, p, c := signedIn(t)
	ctx := context.Background()
	if err := s.Take(ctx, "274913"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.SignIn(ctx, "pharmacist", nil); err != nil {
		t.Fatal(err)
	}
	if err := s.Take(ctx, "605182"); err != nil {
		t.Fatal(err)
	}
	return s, p, c
}

func token(t *testing.T, s *Session) string {
	t.Helper()
	got, err := s.Token(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	return got
}

// TestTwoPeopleShareACounter: each comes back to their own sign-in, by their own code.
func TestTwoPeopleShareACounter(t *testing.T) {
	s, _, _ := counter(t)
	ctx := context.Background()
	seated := s.Seated()
	if len(seated) != 2 || seated[0].Person.ID != morel || seated[1].Person.Name != "Claire LE GOFF" {
		t.Fatalf("%+v", seated)
	}
	if token(t, s) != "access p" {
		t.Fatal("somebody else's token")
	}
	for range 2 {
		who, err := s.Sit(ctx, morel, "274913")
		if err != nil || who.ID != morel || token(t, s) != "access 0" {
			t.Fatalf("%v %+v %s", err, who, token(t, s))
		}
		if _, err := s.Sit(ctx, morel, "605182"); fhir.CodeOf(err) != fhir.Unauthenticated {
			t.Fatalf("another's code: %v", err)
		}
		if who, err := s.Sit(ctx, legoff, "605182"); err != nil || who.ID != legoff || token(t, s) != "access p" {
			t.Fatalf("%v %+v", err, who)
		}
	}
	if err := s.SignOut(ctx); err != nil {
		t.Fatal(err)
	}
	if left := s.Seated(); len(left) != 1 || left[0].Person.ID != morel {
		t.Errorf("after signing out: %+v", left)
	}
	if who, err := s.Sit(ctx, morel, "274913"); err != nil || who.ID != morel {
		t.Errorf("%v", err)
	}
}

// TestGuessing ends the seat, however many guess at once.
func TestGuessing(t *testing.T) {
	s, _, _ := counter(t)
	ctx := context.Background()
	var all sync.WaitGroup
	codes := make([]fhir.Code, 20)
	for i := range codes {
		all.Go(func() {
			_, err := s.Sit(ctx, morel, "11"+string(rune('0'+i%10))+"4"+string(rune('0'+i/10))+"7")
			codes[i] = fhir.CodeOf(err)
		})
	}
	all.Wait()
	wrong := 0
	for _, c := range codes {
		if c == fhir.Unauthenticated {
			wrong++
		} else if c != fhir.Throttled && c != fhir.NotFound {
			t.Errorf("%q", c)
		}
	}
	if wrong >= client.SeatTries {
		t.Errorf("%d guesses were answered", wrong)
	}
	if _, err := s.Sit(ctx, morel, "274913"); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("the right code, too late: %v", err)
	}
	if token(t, s) != "access p" {
		t.Error("who is signed in lost their place over another's")
	}
}

// TestASeatEnds: with the day, when given up, when nobody took one.
func TestASeatEnds(t *testing.T) {
	s, _, c := counter(t)
	ctx := context.Background()
	s.Leave(legoff)
	if _, err := s.Sit(ctx, morel, "274913"); err != nil {
		t.Fatal(err)
	}
	if _, err := s.Sit(ctx, legoff, "605182"); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("a seat that was given up: %v", err)
	}
	c.move(client.SeatLife + time.Minute)
	if len(s.Seated()) != 0 {
		t.Error("a seat outlives the day")
	}
	if _, err := s.Sit(ctx, morel, "274913"); fhir.CodeOf(err) != fhir.NotFound {
		t.Errorf("%v", err)
	}
	if err := New(Config{Base: "http://127.0.0.1:1"}).Take(ctx, "274913"); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("nobody takes a seat: %v", err)
	}
}

// TestCodes: what one tries first is no code.
func TestCodes(t *testing.T) {
	for code, want := range map[string]bool{
		"274913": true, "100000": true, "000000": false, "123456": false, "987654": false, "27491": false, "2749134": false, "27491a": false, "": false, "٢٧٤٩١٣": false,
	} {
		if goodCode(code) != want {
			t.Errorf("%q: %v", code, !want)
		}
	}
}

// TestARefreshUnderWayIsNotLost: a refresh token works once; what it gave goes to the
// one whose it is, also when somebody else sat down meanwhile.
func TestARefreshUnderWayIsNotLost(t *testing.T) {
	s, p, c := counter(t)
	ctx := context.Background()
	p.hold = make(chan struct{})
	c.move(595 * time.Second)
	asked := make(chan error, 1)
	go func() {
		_, err := s.Token(ctx) // the pharmacist's
		asked <- err
	}()
	<-p.arrived
	if _, err := s.Sit(ctx, morel, "274913"); err != nil {
		t.Fatal(err)
	}
	close(p.hold)
	if err := <-asked; fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("a token for somebody who left: %v", err)
	}
	if _, err := s.Sit(ctx, legoff, "605182"); err != nil {
		t.Fatal(err)
	}
	if got := token(t, s); got != "access 1" {
		t.Errorf("%q", got)
	}
}

// TestNothingIsDoneInTheNameOfTheNext: what one person asked for, and the server
// found their token expired for, is not sent again under the token of who sat down
// meanwhile.
func TestNothingIsDoneInTheNameOfTheNext(t *testing.T) {
	s, _, _ := counter(t)
	var mu sync.Mutex
	var under []string
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		under = append(under, r.Header.Get("Authorization"))
		if _, err := s.Sit(r.Context(), morel, "274913"); err != nil {
			t.Error(err)
		}
		w.Header().Set("Content-Type", "application/fhir+json")
		w.WriteHeader(http.StatusUnauthorized)
		_, _ = w.Write((&fhir.Error{Code: fhir.TokenExpired}).OperationOutcome())
	}))
	defer server.Close()
	c, err := client.New(client.Config{BaseURL: server.URL + "/fhir", Tokens: s})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := c.SetReply(context.Background(), "dialogue", client.ReplyEnded); fhir.CodeOf(err) != fhir.Unauthenticated {
		t.Errorf("%v", err)
	}
	if len(under) != 1 || under[0] != "Bearer access p" {
		t.Errorf("asked under %q", under)
	}
}

// TestATurnIsAPersons: it lasts as long as the same person is signed in, whatever
// becomes of their tokens.
func TestATurnIsAPersons(t *testing.T) {
	s, _, c := counter(t)
	ctx := context.Background()
	turn := s.Turn()
	c.move(595 * time.Second)
	token(t, s) // refreshed
	if _, err := s.Sit(ctx, legoff, "605182"); err != nil || s.Turn() != turn {
		t.Errorf("the same person, another turn: %v", err)
	}
	for _, next := range []func() error{
		func() error { _, err := s.Sit(ctx, morel, "274913"); return err },
		func() error { return s.SignOut(ctx) },
		func() error { _, err := s.SignIn(ctx, "pharmacist", nil); return err },
	} {
		if err := next(); err != nil || s.Turn() == turn {
			t.Errorf("somebody else, the same turn: %v", err)
		}
		turn = s.Turn()
	}
}
