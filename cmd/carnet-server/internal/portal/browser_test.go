//go:build browser

package portal

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"

	"carnet/cmd/carnet-server/internal/record"
)

// shot is a page to be looked at: how to come to it, and under which name its
// picture is kept.
type shot struct {
	name string
	path string
	do   []chromedp.Action
}

// TestPagesInChromium drives every page in a real browser, at the width of a
// telephone and of a desk, and fails when a page is wider than its window.
// PORTAL_PICTURES names a folder for pictures to be looked at. It needs
// Chromium: go test -tags browser.
func TestPagesInChromium(t *testing.T) {
	for _, width := range []int64{360, 1280} {
		t.Run(fmt.Sprint(width), func(t *testing.T) { drive(t, width) })
	}
}

func drive(t *testing.T, width int64) {
	s := newSite(t)
	opts := append(chromedp.DefaultExecAllocatorOptions[:], chromedp.NoSandbox, chromedp.Flag("lang", "fr"), chromedp.Flag("disable-dev-shm-usage", true))
	if os.Getenv("PORTAL_DARK") != "" {
		opts = append(opts, chromedp.Flag("force-dark-mode", true), chromedp.Flag("enable-features", "WebContentsForceDark"))
	}
	alloc, stop := chromedp.NewExecAllocator(context.Background(), opts...)
	defer stop()
	ctx, end := chromedp.NewContext(alloc)
	defer end()
	ctx, cancel := context.WithTimeout(ctx, 4*time.Minute)
	defer cancel()
	look := func(sh shot) {
		t.Helper()
		var wide, inner int64
		var png []byte
		actions := []chromedp.Action{emulation.SetDeviceMetricsOverride(width, 900, 1, width < 600)}
		if sh.path != "" {
			actions = append(actions, chromedp.Navigate(s.url+sh.path))
		}
		actions = append(actions, sh.do...)
		actions = append(actions, chromedp.WaitReady("main"), chromedp.Evaluate("document.documentElement.scrollWidth", &wide), chromedp.Evaluate("window.innerWidth", &inner),
			chromedp.FullScreenshot(&png, 100))
		if err := chromedp.Run(ctx, actions...); err != nil {
			t.Fatalf("%s: %v", sh.name, err)
		}
		if wide > width {
			t.Errorf("%s is %d wide in a window of %d", sh.name, wide, width)
		}
		if dir := os.Getenv("PORTAL_PICTURES"); dir != "" {
			if err := os.WriteFile(filepath.Join(dir, fmt.Sprintf("%s-%d.png", sh.name, width)), png, 0o600); err != nil {
				t.Error(err)
			}
		}
	}
	press := func(sel string) chromedp.Action { return chromedp.Click(sel, chromedp.NodeVisible) }
	look(shot{name: "landing", path: "/mon/?lang=fr"})
	look(shot{name: "activate", path: "/mon/activer", do: []chromedp.Action{
		chromedp.SetValue("#f-ins", "2 79 03 51 215 189 89"), chromedp.SetValue("#f-naissance", "1979-03-28"), chromedp.SetValue("#f-code", "WRONG"), chromedp.SetValue("#f-carte", "1"), press("main form button"), chromedp.WaitVisible(".note.bad"),
	}})
	look(shot{name: "account", do: []chromedp.Action{chromedp.SetValue("#f-code", "ABCD2345"), chromedp.SetValue("#f-carte", "1234567890"), press("main form button"), chromedp.WaitVisible(".qr")}})
	look(shot{name: "recovery", do: []chromedp.Action{
		chromedp.SetValue("#f-identifiant", "lea"), chromedp.SetValue("#f-passe", "quatre mots au hasard"), chromedp.SetValue("#f-encore", "quatre mots au hasard"), chromedp.SetValue("#f-code", "123456"), press("main form > button"), chromedp.WaitVisible(".codes"),
	}})
	s.issuer.claims = patient(lea, "Léa MARTIN")
	look(shot{name: "home", path: "/mon/connexion"})
	look(shot{name: "documents", path: "/mon/documents", do: []chromedp.Action{press("button[name=masquer]"), chromedp.WaitVisible(".note.good")}})
	look(shot{name: "document", path: "/mon/documents/" + lea[:8] + "-d1"})
	look(shot{name: "deposit", path: "/mon/documents/ajouter"})
	look(shot{name: "rules", path: "/mon/acces"})
	look(shot{name: "directory", path: "/mon/acces/ajouter", do: []chromedp.Action{chromedp.SetValue("#f-mots", "reims"), press("form[role=search] button"), chromedp.WaitVisible("input[name=acteur]")}})
	look(shot{name: "blocked", do: []chromedp.Action{press("input[value='810000000001']"), press("input[value=bloquer]"), press("form.card:not([role]) > button"), chromedp.WaitVisible(".note.bad")}})
	look(shot{name: "granted", do: []chromedp.Action{press("input[value='1510000002']"), press("input[value=autoriser]"), press("form.card:not([role]) > button"), chromedp.WaitVisible(".note.good")}})
	look(shot{name: "matrix", path: "/mon/habilitations?metier=28"})
	look(shot{name: "choices", path: "/mon/reglages", do: []chromedp.Action{press("#f-bris"), press("main form > button"), chromedp.WaitVisible(".note.good")}})
	look(shot{name: "copies", path: "/mon/copies"})
	look(shot{name: "history", path: "/mon/historique", do: []chromedp.Action{press("main li:nth-child(2) summary")}})
	look(shot{name: "historymonths", path: "/mon/historique/imprimer"})
	look(shot{name: "historyprint", path: "/mon/historique/imprimer?mois=2026-11"})
	look(shot{name: "notices", path: "/mon/avis"})
	look(shot{name: "profile", path: "/mon/profil"})
	s.world.mu.Lock()
	measured(s, 20)
	s.world.mu.Unlock()
	look(shot{name: "measures", path: "/mon/mesures", do: []chromedp.Action{press(".measure summary")}})
	look(shot{name: "measuresall", path: "/mon/mesures?periode=tout"})
	look(shot{name: "item", path: "/mon/profil/mesures", do: []chromedp.Action{press("main form > button"), chromedp.WaitVisible("#f-seconde"), chromedp.SetValue("#f-valeur", "13"), chromedp.SetValue("#f-seconde", "8"), press("main form > button"), chromedp.WaitVisible(".note.bad")}})
	look(shot{name: "life", path: "/mon/dossier"})
	s.world.mu.Lock()
	s.world.represented = []record.RepresentedPerson{{Patient: tom, Name: "Tom MARTIN", Until: now.AddDate(5, 0, 0)}, {Patient: "x", Name: "Jean PETIT", Others: 1}}
	s.world.mu.Unlock()
	look(shot{name: "closed", do: []chromedp.Action{press("#f-sur"), press("form[action$=fermer] button"), chromedp.WaitVisible("form[action$=rouvrir]")}})
	look(shot{name: "reopened", do: []chromedp.Action{press("form[action$=rouvrir] button"), chromedp.WaitVisible("form[action$=fermer]")}})
	look(shot{name: "contested", path: "/mon/historique", do: []chromedp.Action{
		press("main li:nth-child(2) details:nth-of-type(2) summary"), chromedp.SendKeys("textarea[name=mots]", "Je n’étais pas là."), press("form[action$=contester] button"), chromedp.WaitVisible(".note.good"),
	}})
	look(shot{name: "longvisit", do: []chromedp.Action{press("main li:nth-child(7) summary"), press("a[href*='/visite/']"), chromedp.WaitVisible("section.card h2")}})
	look(shot{name: "signins", path: "/mon/connexions"})
	look(shot{name: "lost", path: "/mon/nulle-part"})
	look(shot{name: "behalf", path: "/mon/", do: []chromedp.Action{chromedp.SetValue("#choisir", tom), press(".acting button"), chromedp.WaitVisible(".behalf")}})
	look(shot{name: "english", path: "/mon/historique?lang=en"})
	look(shot{name: "out", path: "/mon/?lang=fr", do: []chromedp.Action{press("form[action$=deconnexion] button"), chromedp.WaitVisible("a[href$=connexion]")}})
	s.issuer.claims = staff("operator")
	look(shot{name: "support", path: "/mon/connexion", do: []chromedp.Action{chromedp.SetValue("#f-ins", "279035121518989"), press("form.card button"), chromedp.WaitVisible("dl.facts")}})
	look(shot{name: "served", do: []chromedp.Action{press("form[action$=deconnexion] button"), chromedp.WaitVisible("a[href$=connexion]")}})
	s.issuer.claims = staff("dpo")
	look(shot{name: "dpo", path: "/mon/connexion"})
	look(shot{name: "staffsignins", path: "/mon/connexions"})
}
