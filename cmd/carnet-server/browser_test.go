//go:build browser

package main

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	cdp "github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/pquerna/otp/totp"

	"carnet/cmd/carnet-server/internal/demo"
)

// screen is a real browser in front of the whole server.
type screen struct {
	t    *testing.T
	ctx  context.Context
	base string
	kept string      // folder of what it downloads
	done chan string // names of downloads that are whole
}

// newScreen starts Chromium without a window.
func newScreen(t *testing.T, base string) *screen {
	t.Helper()
	s := &screen{t: t, base: base, kept: t.TempDir(), done: make(chan string, 8)}
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "fr"), chromedp.Flag("disable-dev-shm-usage", true), chromedp.WSURLReadTimeout(time.Minute))
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	t.Cleanup(stop)
	ctx, end := chromedp.NewContext(alloc)
	t.Cleanup(end)
	ctx, cancel := context.WithTimeout(ctx, 2*time.Minute)
	t.Cleanup(cancel)
	s.ctx = ctx
	chromedp.ListenTarget(ctx, func(event any) {
		if e, ok := event.(*cdp.EventDownloadProgress); ok && e.State == cdp.DownloadProgressStateCompleted {
			s.done <- e.GUID
		}
	})
	s.do("start", chromedp.Navigate("about:blank"),
		cdp.SetDownloadBehavior(cdp.SetDownloadBehaviorBehaviorAllowAndName).WithDownloadPath(s.kept).WithEventsEnabled(true))
	return s
}

// do runs actions that end on a page of the patients' side or of the provider.
func (s *screen) do(step string, actions ...chromedp.Action) {
	s.t.Helper()
	if err := chromedp.Run(s.ctx, actions...); err != nil {
		var page string
		_ = chromedp.Run(s.ctx, chromedp.Text("body", &page, chromedp.ByQuery))
		s.t.Fatalf("%s: %v\n%.1500s", step, err, page)
	}
}

// look does something, and looks at the page it leads to at the widths of a
// telephone and of a desk: nothing stands wider than the window. CARNET_PICTURES
// names a folder for pictures to be looked at.
func (s *screen) look(step string, actions ...chromedp.Action) {
	s.t.Helper()
	s.do(step, actions...)
	for _, width := range []int64{1280, 360} {
		var wide int64
		var png []byte
		s.do(step, emulation.SetDeviceMetricsOverride(width, 900, 1, width < 600), chromedp.WaitReady("main"),
			chromedp.Evaluate("document.documentElement.scrollWidth", &wide))
		if wide > width {
			s.t.Errorf("%s is %d wide in a window of %d", step, wide, width)
		}
		if dir := os.Getenv("CARNET_PICTURES"); dir != "" {
			s.do(step, chromedp.FullScreenshot(&png, 100))
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", step, width)), png, 0o600); err != nil {
				s.t.Error(err)
			}
		}
	}
}

func (s *screen) open(path string) chromedp.Action { return chromedp.Navigate(s.base + path) }

// press presses a button and waits for what the next page shows.
func press(button, next string) chromedp.Action {
	return chromedp.Tasks{chromedp.Click(button, chromedp.ByQuery, chromedp.NodeVisible), chromedp.WaitVisible(next, chromedp.ByQuery)}
}

// says makes sure that the page says something.
func (s *screen) says(step string, words ...string) {
	s.t.Helper()
	var page string
	s.do(step, chromedp.Text("body", &page, chromedp.ByQuery))
	page = strings.NewReplacer("\u00a0", " ", "\u202f", " ").Replace(page)
	for _, w := range words {
		if !strings.Contains(page, w) {
			s.t.Errorf("%s does not say %q: %.1500s", step, w, page)
		}
	}
}

// download presses a button and gives the file that it makes.
func (s *screen) download(button string) string {
	s.t.Helper()
	s.do("download", chromedp.Click(button, chromedp.ByQuery, chromedp.NodeVisible))
	select {
	case name := <-s.done:
		return filepath.Join(s.kept, name)
	case <-s.ctx.Done():
		s.t.Fatal("nothing was downloaded")
	}
	return ""
}

// TestPagesInChromium takes people through the pages of the real server in a
// real browser: a record activated with its letter, and a day in the life of a
// record that professionals read.
func TestPagesInChromium(t *testing.T) {
	outbox := filepath.Join(t.TempDir(), "outbox")
	server := startHere(t, "-demo", "-addr", "127.0.0.1:0", "-outbox", outbox)
	s := newScreen(t, server.base)
	s.activates(outbox)
	s.decides()
	s.looksBack()
	s.contests()
	s.closes()
}

// activates goes from the letter to the first page, by a password, the second
// factor and one of its recovery codes.
func (s *screen) activates(outbox string) {
	people, err := demo.Patients()
	if err != nil {
		s.t.Fatal(err)
	}
	p := people[0]
	for _, one := range people {
		if one.ID == announced {
			p = one
		}
	}
	letter := letterTo(s.t, outbox, p.BirthName)
	typed := func(code string) chromedp.Action {
		return chromedp.Tasks{
			chromedp.SetValue("#f-ins", p.INS.Value), chromedp.SetValue("#f-naissance", p.BirthDate), chromedp.SetValue("#f-code", code), chromedp.SetValue("#f-carte", demo.CardOf(p.ID)),
		}
	}
	s.do("in French", s.open("/mon/?lang=fr"))
	s.look("activate", s.open("/mon/activer"))
	s.look("wrong-code", typed("0000-0000-0000"), press("form[action='/mon/activer'] button", ".note.bad"))
	var page string
	s.look("account", typed(codeLine.FindString(letter)), press("form[action='/mon/activer'] button", ".qr"), chromedp.OuterHTML("main", &page, chromedp.ByQuery))
	secret := strings.ReplaceAll(otpKey.FindString(page), " ", "")
	code, err := totp.GenerateCode(secret, time.Now())
	if err != nil {
		s.t.Fatal(err)
	}
	const password = "quatre mots au hasard"
	s.look("recovery", chromedp.SetValue("#f-identifiant", "noemie"), chromedp.SetValue("#f-passe", password), chromedp.SetValue("#f-encore", password),
		chromedp.SetValue("#f-code", code), press("form[action$=compte] > button", ".codes"), chromedp.OuterHTML("main", &page, chromedp.ByQuery))
	recovery := regexp.MustCompile(`<li>([A-Z2-7-]{19})</li>`).FindStringSubmatch(page)
	if recovery == nil {
		s.t.Fatalf("no recovery code: %s", page)
	}
	s.look("sign-in", s.open("/mon/connexion"), chromedp.WaitVisible("#login"))
	s.look("second-factor", chromedp.SetValue("#login", "noemie"), chromedp.SetValue("#password", password), press("form[aria-labelledby=signin] button", "#code"))
	s.look("first-home", chromedp.SetValue("#code", recovery[1]), press("form[aria-labelledby=second] button", "form[action$=deconnexion]"))
	s.says("first-home", p.BirthName)
	s.do("sign out", press("form[action$=deconnexion] button", "a[href$=connexion]"))
}

// as signs a person of the demonstration in.
func (s *screen) as(account string) {
	s.do("sign in", s.open("/mon/connexion"), press("button[name=account][value="+account+"]", "form[action$=deconnexion]"))
}

// decides grants, blocks, masks and switches.
func (s *screen) decides() {
	s.as("helene")
	s.look("home")
	s.says("home", "Dernières lectures", "Dr Anne MOREL", "a lu votre dossier pour la première fois")
	find := func(name, id string) chromedp.Action {
		return chromedp.Tasks{
			s.open("/mon/acces/ajouter"), chromedp.SetValue("#f-mots", name), press("form[role=search] button", "input[name=acteur][value='"+id+"']"),
			chromedp.Click("input[name=acteur][value='"+id+"']", chromedp.ByQuery),
		}
	}
	const confirm = "form.card:not([role]) > button"
	s.look("found", find("bensaid", "899700000022"))
	s.look("granted", chromedp.SetValue("#f-debut", time.Now().AddDate(0, 0, 3).Format("2006-01-02")), press(confirm, ".note.good"))
	s.says("granted", "À partir du", "ne lit jamais : médecine du travail")
	s.look("mt-not-blocked", find("morel", "899700000011"), chromedp.Click("input[value=bloquer]", chromedp.ByQuery), press(confirm, ".note.bad"))
	s.look("blocked", find("giraud", "899700000055"), chromedp.Click("input[value=bloquer]", chromedp.ByQuery), press(confirm, ".note.good"))
	s.look("masked", s.open("/mon/documents"), press("button[name=masquer]", ".note.good"))
	s.look("switched", s.open("/mon/reglages"), chromedp.Click("#f-bris", chromedp.ByQuery), press("form[action$=reglages] > button", ".note.good"))
	s.look("matrix", s.open("/mon/habilitations?metier=28"))
	s.look("profile", s.open("/mon/profil"))
	s.look("sign-ins", s.open("/mon/connexions"))
	s.says("sign-ins", "Chrome sur Linux")
}

// looksBack reads the history and takes it away with its proofs, which hold.
func (s *screen) looksBack() {
	s.look("history", s.open("/mon/historique"), chromedp.Click("main li summary", chromedp.ByQuery))
	s.says("history", "Nadia ROUX", "Claire LE GOFF")
	s.look("visit", press("a[href*='/visite/']", "section.card h2"))
	s.says("visit", "blocage", "masqué aux professionnels", "autorisation donnée")
	s.do("back", s.open("/mon/historique"))
	file := s.download("form[action$=preuves] button")
	out, err := run(s.t, "", "verify-export", file)
	if err != nil {
		s.t.Errorf("the exported history does not hold: %v %s", err, out)
	}
	data, err := os.ReadFile(file)
	if err != nil {
		s.t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(strings.Replace(string(data), "block", "allow", 1)), 0o600); err != nil {
		s.t.Fatal(err)
	}
	if out, err := run(s.t, "", "verify-export", file); err == nil {
		s.t.Errorf("an altered history holds: %s", out)
	}
	s.do("sign out", press("form[action$=deconnexion] button", "a[href$=connexion]"))
}

// contests an emergency access, which reaches the data-protection officer.
func (s *screen) contests() {
	s.as("elodie")
	s.look("emergency", s.open("/mon/historique"), chromedp.Evaluate("document.querySelector('form[action$=contester]').closest('details').open = true", nil),
		chromedp.SendKeys("textarea[name=mots]", "Je n’étais pas à Nantes."))
	s.look("contested", press("form[action$=contester] button", ".note.good"))
	s.do("sign out", press("form[action$=deconnexion] button", "a[href$=connexion]"))
	s.as("dpo")
	s.look("dpo")
	s.says("dpo", "Je n’étais pas à Nantes.", "Dr Julie ASTIER")
	s.do("sign out", press("form[action$=deconnexion] button", "a[href$=connexion]"))
}

// closes takes a record away and closes it: it stays to be read by its holder.
func (s *screen) closes() {
	s.as("helene")
	s.do("life", s.open("/mon/dossier"))
	zip := s.download("form[action$=exporter] button")
	if data, err := os.ReadFile(zip); err != nil || !strings.HasPrefix(string(data), "PK") {
		s.t.Errorf("the record taken away is no ZIP: %v", err)
	}
	s.look("closed", s.open("/mon/dossier"), chromedp.Click("#f-sur", chromedp.ByQuery), press("form[action$=fermer] button", "form[action$=rouvrir]"))
	s.says("closed", "Ce dossier est fermé depuis le")
	s.look("closed-home", s.open("/mon/"))
	s.says("closed-home", "Aucun professionnel ne peut le lire.")
}
