package portal

import (
	"io"
	"net/http"
	"strings"
	"testing"

	"golang.org/x/net/html"
)

// maxPage is what a page may weigh with all that it needs, uncompressed.
const maxPage = 50 << 10

// everyPage names the addresses of each side.
var everyPage = map[string][]string{
	"nobody": {"/mon/", "/mon/activer", "/mon/activer/code"},
	"patient": {
		"/mon/", "/mon/documents", "/mon/documents?page=after-12", "/mon/documents/" + lea[:8] + "-d1", "/mon/documents/" + lea[:8] + "-d5", "/mon/documents/ajouter",
		"/mon/acces", "/mon/acces/ajouter", "/mon/habilitations", "/mon/habilitations?metier=28", "/mon/habilitations?metier=10", "/mon/habilitations?type=11502-2",
		"/mon/reglages", "/mon/copies", "/mon/historique", "/mon/historique?page=after-15", "/mon/historique/imprimer", "/mon/historique/imprimer?mois=2026-11", "/mon/avis", "/mon/messages", "/mon/messages/" + lea[:8] + "-x1", "/mon/messages/" + lea[:8] + "-x2", "/mon/messages/" + lea[:8] + "-x3", "/mon/profil", "/mon/mesures",
		"/mon/profil/allergies", "/mon/profil/antecedents", "/mon/profil/famille", "/mon/profil/traitements", "/mon/profil/vaccinations", "/mon/profil/mesures",
		"/mon/dossier", "/mon/connexions", "/mon/nulle-part",
	},
	"operator": {"/mon/support", "/mon/connexions"},
	"dpo":      {"/mon/dpo", "/mon/connexions"},
}

// visitors gives a browser of each side.
func visitors(s *site) map[string]*browser {
	op := s.as(staff("operator"))
	op.get("/mon/support").submit("/mon/support", "ins=279035121518989").sees(http.StatusOK, "Personne trouvée")
	return map[string]*browser{"nobody": s.browser(), "patient": s.lea(), "operator": op, "dpo": s.as(staff("dpo"))}
}

func TestEveryPageIsWellMadeInBothLanguages(t *testing.T) {
	s := newSite(t)
	seen := map[string]bool{}
	for side, b := range visitors(s) {
		for _, lang := range languages {
			b.get("/mon/?lang=" + lang)
			for _, path := range everyPage[side] {
				b.get(path)
				if b.page == nil {
					t.Fatalf("%s is no page", path)
				}
				wellMade(t, lang+" "+path, b, lang)
				for _, a := range find(b.page, "a") {
					if to := attr(a, "href"); strings.HasPrefix(to, "/mon/") && !strings.Contains(to, "lang=") && !strings.HasSuffix(to, "/direct") && side == "patient" {
						seen[strings.Split(to, "#")[0]] = true
					}
				}
			}
		}
	}
	b := s.lea()
	for to := range seen {
		if b.get(to); b.status != http.StatusOK {
			t.Errorf("a link leads to %s: %d", to, b.status)
		}
	}
	if len(seen) < 40 {
		t.Errorf("only %d links were followed", len(seen))
	}
}

func TestEveryPageIsLight(t *testing.T) {
	s := newSite(t)
	heaviest, where := 0, ""
	for side, b := range visitors(s) {
		for _, path := range everyPage[side] {
			weight := len(b.get(path).body)
			for _, to := range needs(b) {
				weight += len(b.fetch(to))
			}
			if weight > maxPage {
				t.Errorf("%s weighs %d bytes, %d of them HTML", path, weight, len(b.body))
			}
			if weight > heaviest {
				heaviest, where = weight, path
			}
		}
	}
	t.Logf("the heaviest page is %s: %d bytes", where, heaviest)
}

// needs lists what a page makes a browser load: style, faces, pictures that
// are not the patient's own.
func needs(b *browser) []string {
	seen := map[string]bool{}
	for _, l := range find(b.page, "link") {
		seen[attr(l, "href")] = true
		if attr(l, "rel") == "stylesheet" {
			for _, part := range strings.Split(b.fetch(attr(l, "href")), "url(")[1:] {
				seen["/mon/static/"+strings.Split(part, ")")[0]] = true
			}
		}
	}
	for _, i := range find(b.page, "img") {
		if !strings.HasPrefix(attr(i, "src"), "/mon/documents/") {
			seen[attr(i, "src")] = true
		}
	}
	var out []string
	for to := range seen {
		out = append(out, to)
	}
	return out
}

// fetch gets a file of the pages' look.
func (b *browser) fetch(path string) string {
	b.t.Helper()
	resp, err := b.client.Get(b.url + path)
	if err != nil {
		b.t.Fatal(err)
	}
	defer func() { _ = resp.Body.Close() }()
	data, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK {
		b.t.Fatalf("%s: %d, %v", path, resp.StatusCode, err)
	}
	return string(data)
}

// wellMade holds what every page has to be.
func wellMade(t *testing.T, name string, b *browser, lang string) {
	t.Helper()
	balanced(t, name, b.body)
	ids := map[string]bool{}
	labels := map[string]bool{}
	for d := range b.page.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		if id := attr(d, "id"); id != "" {
			if ids[id] {
				t.Errorf("%s: id %s twice", name, id)
			}
			ids[id] = true
		}
		if to := attr(d, "for"); to != "" {
			labels[to] = true
		}
		for _, a := range d.Attr {
			if strings.HasPrefix(a.Key, "on") || a.Key == "style" || strings.HasPrefix(a.Val, "javascript:") {
				t.Errorf("%s: inline %s", name, a.Key)
			}
		}
	}
	for _, tag := range []string{"script", "style", "iframe", "base", "object"} {
		if len(find(b.page, tag)) > 0 {
			t.Errorf("%s has a %s", name, tag)
		}
	}
	if n := len(find(b.page, "h1")); n != 1 {
		t.Errorf("%s has %d h1", name, n)
	}
	if got := attr(find(b.page, "html")[0], "lang"); got != lang {
		t.Errorf("%s says lang=%s", name, got)
	}
	if attr(find(b.page, "main")[0], "id") != "contenu" || !strings.Contains(b.body, `href="#contenu"`) {
		t.Errorf("%s has no way to skip to the content", name)
	}
	references(t, name, b, ids)
	for _, f := range find(b.page, "form") {
		if attr(f, "method") == "post" && !strings.Contains(inner(f), `name="csrf"`) {
			t.Errorf("%s: form %s has no token", name, attr(f, "action"))
		}
	}
	for _, tag := range []string{"input", "select", "textarea"} {
		for _, in := range find(b.page, tag) {
			if attr(in, "type") != "hidden" && !labels[attr(in, "id")] && !inLabel(in) {
				t.Errorf("%s: %s %s has no label", name, tag, attr(in, "name"))
			}
		}
	}
	for _, img := range find(b.page, "img") {
		if !has(img, "alt") {
			t.Errorf("%s: a picture has no words", name)
		}
	}
	for _, button := range find(b.page, "button") {
		if strings.TrimSpace(text(button)) == "" {
			t.Errorf("%s: a button has no words", name)
		}
	}
	if strings.Contains(b.body, "ZgotmplZ") || strings.Contains(b.body, "%!") || strings.Contains(b.body, "<no value>") {
		t.Errorf("%s holds a fault of its template", name)
	}
}

// references follows what points within a page.
func references(t *testing.T, name string, b *browser, ids map[string]bool) {
	t.Helper()
	for d := range b.page.Descendants() {
		if d.Type != html.ElementNode {
			continue
		}
		if to, ok := strings.CutPrefix(attr(d, "href"), "#"); ok && !ids[to] {
			t.Errorf("%s: #%s leads nowhere", name, to)
		}
		for _, to := range strings.Fields(attr(d, "aria-describedby")) {
			if !ids[to] {
				t.Errorf("%s: described by %s, which is not there", name, to)
			}
		}
	}
}

func inner(n *html.Node) string {
	var out strings.Builder
	_ = html.Render(&out, n)
	return out.String()
}

func inLabel(n *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.Data == "label" {
			return true
		}
	}
	return false
}

// balanced fails where a lenient parser would guess.
func balanced(t *testing.T, name, body string) {
	t.Helper()
	void := map[string]bool{"meta": true, "link": true, "input": true, "img": true, "br": true, "hr": true}
	var open []string
	z := html.NewTokenizer(strings.NewReader(body))
	for {
		switch z.Next() {
		case html.ErrorToken:
			if len(open) > 0 {
				t.Errorf("%s leaves %v open", name, open)
			}
			return
		case html.StartTagToken:
			if tag, _ := z.TagName(); !void[string(tag)] {
				if string(tag) != "html" && len(open) == 0 {
					t.Errorf("%s: %s outside", name, tag)
				}
				open = append(open, string(tag))
			}
		case html.EndTagToken:
			tag, _ := z.TagName()
			if len(open) == 0 || open[len(open)-1] != string(tag) {
				t.Errorf("%s: </%s> closes %v", name, tag, open)
				return
			}
			open = open[:len(open)-1]
		}
	}
}
