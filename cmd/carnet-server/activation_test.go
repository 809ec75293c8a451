package main

import (
	"bytes"
	"image/png"
	"io"
	"mime"
	"mime/quotedprintable"
	"net/http"
	"net/mail"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pquerna/otp/totp"

	"carnet/cmd/carnet-server/internal/demo"
)

// announced is the person of the demonstration whose letter is on its way.
const announced = "p022"

// letterTo waits for the letter to a person and gives its text.
func letterTo(t *testing.T, outbox, name string) string {
	t.Helper()
	look := time.NewTicker(20 * time.Millisecond)
	defer look.Stop()
	for deadline := time.After(20 * time.Second); ; {
		files, err := filepath.Glob(filepath.Join(outbox, "*.eml"))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			m, err := mail.ReadMessage(bytes.NewReader(data))
			if err != nil {
				t.Fatal(err)
			}
			to, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("X-Letter-To"))
			if err != nil || !strings.Contains(to, name) {
				continue
			}
			text, err := io.ReadAll(quotedprintable.NewReader(m.Body))
			if err != nil {
				t.Fatal(err)
			}
			return string(text)
		}
		select {
		case <-look.C:
		case <-deadline:
			t.Fatal("no letter came")
		}
	}
}

var (
	csrfField = regexp.MustCompile(`name="csrf" value="([^"]+)"`)
	codeLine  = regexp.MustCompile(`[0-9A-Z]{4}-[0-9A-Z]{4}-[0-9A-Z]{4}`)
	otpKey    = regexp.MustCompile(`(?:[A-Z2-7]{4} ){7}[A-Z2-7]{4}`)
	spare     = regexp.MustCompile(`<li>([A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4}-[A-Z2-7]{4})</li>`)
)

// fill posts a form of a page that was just shown.
func (b browser) fill(address, page string, fields url.Values) (at *url.URL, next string) {
	b.t.Helper()
	token := csrfField.FindStringSubmatch(page)
	if token == nil {
		b.t.Fatalf("no form on the page: %.1500s", page)
	}
	fields.Set("csrf", token[1])
	return b.open(b.PostForm(address, fields))
}

// TestFromTheLetterToThePages: a person makes their record their own with the
// letter's code and their card, makes an account, and signs in with it; the
// code that confirmed the second factor does not work again.
func TestFromTheLetterToThePages(t *testing.T) {
	outbox := filepath.Join(t.TempDir(), "outbox")
	s := startHere(t, "-demo", "-addr", "127.0.0.1:0", "-outbox", outbox)
	people, err := demo.Patients()
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range people {
		if p.ID != announced {
			continue
		}
		letter := letterTo(t, outbox, p.BirthName)
		b := newBrowser(t)
		_, page := b.open(b.Get(s.base + portalPath + "activer"))
		at, page := b.fill(s.base+portalPath+"activer", page, url.Values{
			"ins": {p.INS.Value}, "naissance": {p.BirthDate}, "code": {codeLine.FindString(letter)}, "carte": {demo.CardOf(p.ID)},
		})
		if at.Path != portalPath+"activer/compte" {
			t.Fatalf("after the code: %s %.3000s", at.Path, page)
		}
		b.takesOver(s.base, page)
		secret := strings.ReplaceAll(otpKey.FindString(page), " ", "")
		code, err := totp.GenerateCode(secret, time.Now())
		if err != nil {
			t.Fatalf("secret %q: %v", secret, err)
		}
		const password = "quatre mots au hasard"
		_, page = b.fill(s.base+portalPath+"activer/compte", page, url.Values{
			"identifiant": {"noemie"}, "passe": {password}, "encore": {password}, "code": {code},
		})
		recovery := spare.FindAllStringSubmatch(page, -1)
		if len(recovery) != 10 {
			t.Fatalf("%d recovery codes: %.3000s", len(recovery), page)
		}
		b.signsInWith(s.base, url.Values{"login": {"noemie"}, "password": {password}}, code, recovery[4][1], p.BirthName)
	}
}

// takesOver looks at the picture that a telephone photographs.
func (b browser) takesOver(base, page string) {
	b.t.Helper()
	if !strings.Contains(page, portalPath+"activer/qr") {
		b.t.Error("no picture of the secret")
	}
	res, err := b.Get(base + portalPath + "activer/qr")
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = res.Body.Close() }()
	if _, err := png.Decode(res.Body); err != nil {
		b.t.Errorf("the picture of the secret: %v", err)
	}
}

// signsInWith signs in by password and second factor: with a used code, which
// is refused, then with a recovery code.
func (b browser) signsInWith(base string, first url.Values, used, recovery, name string) {
	b.t.Helper()
	at, _ := b.open(b.Get(base + portalPath + "connexion"))
	first.Set("request", at.Query().Get("request"))
	at, page := b.open(b.PostForm(at.String(), first))
	if !strings.Contains(page, `autocomplete="one-time-code"`) {
		b.t.Fatalf("no second step: %.2000s", page)
	}
	second := url.Values{"request": {at.Query().Get("request")}, "code": {used}}
	res, err := b.PostForm(at.String(), second)
	if err != nil {
		b.t.Fatal(err)
	}
	_ = res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized {
		b.t.Errorf("the code that was used: %d", res.StatusCode)
	}
	second.Set("code", recovery)
	at, page = b.open(b.PostForm(at.String(), second))
	if !strings.HasPrefix(at.Path, portalPath) || at.Path == portalBack || !strings.Contains(page, name) {
		b.t.Errorf("signed in to %s: %.2000s", at, page)
	}
}
