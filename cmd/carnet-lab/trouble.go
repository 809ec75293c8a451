package main

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net/http"
	"sync"
	"time"

	"carnet/client/fhir"
)

// clockLimit is how far this machine's clock may be from the server's before a
// refused sign-in is put down to it. An assertion is good for two minutes.
const clockLimit = 45 * time.Second

// trouble is what is wrong on the way to the server that its answers do not say:
// the clock of this machine, a certificate that nobody vouches for. It looks on
// while the program signs in, which it does every few minutes.
type trouble struct {
	next http.RoundTripper
	now  func() time.Time

	mu       sync.Mutex
	ahead    time.Duration // of this machine's clock; negative: behind
	stranger bool          // the server's certificate was refused
}

// RoundTrip passes a request on and looks at what came of it.
func (t *trouble) RoundTrip(r *http.Request) (*http.Response, error) {
	begun := t.now()
	res, err := t.next.RoundTrip(r)
	ended := t.now()
	var bad *tls.CertificateVerificationError
	t.mu.Lock()
	defer t.mu.Unlock()
	t.stranger = errors.As(err, &bad)
	if err != nil {
		return res, err
	}
	if date, err := http.ParseTime(res.Header.Get("Date")); err == nil {
		t.ahead = begun.Add(ended.Sub(begun) / 2).Sub(date)
	}
	return res, nil
}

// words say a code by what is known to be wrong; empty when nothing is.
func (t *trouble) words(l lang, c fhir.Code) string {
	if t == nil {
		return ""
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	minutes := fmt.Sprintf("%d min", int(t.ahead.Abs().Round(time.Minute).Minutes()))
	switch {
	case c == fhir.Offline && t.stranger:
		return l.say("Le certificat du serveur n’est pas reconnu. Vérifiez l’adresse (-server), ou donnez le certificat de son autorité par -ca.",
			"The server’s certificate is not trusted. Check the address (-server), or give the certificate of its authority with -ca.")
	case !refusedSignIn(c) || t.ahead.Abs() < clockLimit:
		return ""
	case t.ahead > 0:
		return l.say("Connexion refusée : l’horloge de cette machine avance de "+minutes+" sur celle du serveur. Mettez-la à l’heure ; l’envoi reprend ensuite.",
			"Sign-in refused: this machine’s clock is "+minutes+" ahead of the server’s. Set it right; sending then goes on.")
	}
	return l.say("Connexion refusée : l’horloge de cette machine retarde de "+minutes+" sur celle du serveur. Mettez-la à l’heure ; l’envoi reprend ensuite.",
		"Sign-in refused: this machine’s clock is "+minutes+" behind the server’s. Set it right; sending then goes on.")
}

// refusedSignIn tells the codes of a server that does not let this system in.
func refusedSignIn(c fhir.Code) bool { return c == fhir.Unauthenticated || c == fhir.TokenExpired }

// explained gives a refused sign-in the laboratory's words.
func (l *lab) explained(err error) error {
	code := fhir.CodeOf(err)
	if !refusedSignIn(code) {
		return err
	}
	return &fhir.Error{Code: code, Message: l.reason(code), Err: told{err}}
}

// told marks an error whose words are in the language asked for already.
type told struct{ error }

func (t told) Unwrap() error { return t.error }
