package main

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/go-jose/go-jose/v4/jwt"
	"github.com/google/uuid"
)

// system is a laboratory's system with a key of its own.
type system struct {
	t       *testing.T
	private *ecdsa.PrivateKey
	kid     string
	file    string // its public half
}

func newSystem(t *testing.T, kid string) system {
	t.Helper()
	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	set, err := json.Marshal(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{Key: private.Public(), KeyID: kid, Algorithm: "ES256", Use: "sig"}}})
	file := filepath.Join(t.TempDir(), "keys.json")
	if err == nil {
		err = os.WriteFile(file, set, 0o600)
	}
	if err != nil {
		t.Fatal(err)
	}
	return system{t, private, kid, file}
}

// signIn asks a server for an access token; "" when it refuses.
func (s system) signIn(base string) string {
	s.t.Helper()
	signer, err := jose.NewSigner(jose.SigningKey{Algorithm: jose.ES256, Key: jose.JSONWebKey{Key: s.private, KeyID: s.kid}}, nil)
	if err != nil {
		s.t.Fatal(err)
	}
	assertion, err := jwt.Signed(signer).Claims(jwt.Claims{
		Issuer: "labo", Subject: "labo", Audience: jwt.Audience{base + "/oidc"}, ID: uuid.NewString(), Expiry: jwt.NewNumericDate(time.Now().Add(time.Minute)),
	}).Serialize()
	if err != nil {
		s.t.Fatal(err)
	}
	res, err := http.PostForm(base+"/oidc/token", url.Values{
		"grant_type": {"client_credentials"}, "client_assertion": {assertion}, "client_assertion_type": {"urn:ietf:params:oauth:client-assertion-type:jwt-bearer"},
	})
	if err != nil {
		s.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	var tok struct {
		AccessToken string `json:"access_token"`
	}
	if res.StatusCode != http.StatusOK {
		return ""
	}
	if err := json.NewDecoder(res.Body).Decode(&tok); err != nil {
		s.t.Fatal(err)
	}
	return tok.AccessToken
}

// TestClients is what an administrator does about a laboratory beside the server
// that runs: a token that was given before is refused as soon as the command ends.
func TestClients(t *testing.T) {
	data := filepath.Join(t.TempDir(), "data")
	s := startHere(t, "-demo", "-addr", "127.0.0.1:0", "-data", data)
	first, second, third := newSystem(t, "first"), newSystem(t, "second"), newSystem(t, "third")
	does := func(args ...string) string {
		t.Helper()
		out, err := run(t, "", append([]string{"client", args[0], "-data", data}, args[1:]...)...)
		if err != nil {
			t.Fatalf("%v: %v", args, err)
		}
		return out
	}
	good := func(token string) bool {
		t.Helper()
		status, _ := get(t, http.DefaultClient, s.base+"/fhir/Patient?identifier=urn:oid:1.2.250.1.213.1.4.10%7C279035121518989", token)
		return token != "" && status == http.StatusOK
	}
	does("add", "-client", "labo", "-keys", first.file, "-name", "Laboratoire du Port", "-profession", "21", "-org", "1750000018", "-org-name", "Laboratoire du Port")
	token := first.signIn(s.base)
	if !good(token) {
		t.Fatal("the token is refused")
	}
	does("disable", "-client", "labo")
	if good(token) || first.signIn(s.base) != "" {
		t.Error("a disabled client gets in")
	}
	if out := does("list"); !strings.Contains(out, "labo\tdisabled since") || !strings.Contains(out, "key first") {
		t.Error(out)
	}
	does("enable", "-client", "labo")
	if good(token) || !good(first.signIn(s.base)) {
		t.Error("an enabled client signs in anew")
	}
	does("rotate", "-client", "labo", "-keys", second.file)
	if !good(first.signIn(s.base)) || !good(second.signIn(s.base)) {
		t.Error("both keys open meanwhile")
	}
	token = second.signIn(s.base)
	does("rotate", "-client", "labo", "-keys", third.file, "-overlap", "0")
	if good(token) || first.signIn(s.base) != "" || second.signIn(s.base) != "" || !good(third.signIn(s.base)) {
		t.Error("the keys of before open, or the new one does not")
	}
	var listed []shownClient
	if err := json.Unmarshal([]byte(does("list", "-json")), &listed); err != nil || len(listed) != 1 || len(listed[0].Keys) != 3 || listed[0].Keys[1].Ends.IsZero() || !listed[0].Keys[2].Ends.IsZero() {
		t.Errorf("%+v %v", listed, err)
	}
	token = third.signIn(s.base)
	does("remove", "-client", "labo")
	if good(token) || third.signIn(s.base) != "" || does("list") != "" {
		t.Error("a removed client gets in")
	}
	for _, args := range [][]string{
		{"disable", "-client", "labo"},
		{"enable", "-client", "nobody"},
		{"remove"},
		{"rotate", "-client", "labo", "-keys", first.file},
		{"rotate", "-client", "labo", "-keys", "none.json"},
		{"add", "-client", "labo", "-keys", first.file, "-name", "L", "-profession", "21"},
	} {
		if out, err := run(t, "", append([]string{"client", args[0], "-data", data}, args[1:]...)...); err == nil {
			t.Errorf("%v: %s", args, out)
		}
	}
}
