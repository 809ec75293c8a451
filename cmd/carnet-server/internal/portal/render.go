package portal

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"html/template"
	"io/fs"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"strings"
	"time"

	"carnet/cmd/carnet-server/internal/record"
	"carnet/cmd/carnet-server/internal/web"
)

// pages are the compiled templates, a set for each language, and the static
// files.
type pages struct {
	sets   map[string]map[string]*template.Template // language, page
	icons  map[string]string                        // symbol by name
	static map[string]staticFile
}

type staticFile struct {
	body []byte
	kind string
	hash string
}

// view is what a page of ours gives to be shown.
type view struct {
	Title    string
	Nav      string // path of the line of the menu that is current
	Problems []problem
	Form     url.Values // what was typed, or what the form begins with
	Public   bool       // no menu even when signed in
	V        any        // what the page's own template shows
}

// page is what templates see.
type page struct {
	view
	Lang, Other string
	Here        string // path without query, for the other language
	Who         string
	Kind        string // "", patient, operator, dpo
	CSRF, Rec   string
	Held        []holding
	Acting      holding
	Flash       string
	Request     string
	Demo        bool
	Menu        []entry
	Waiting     int // all counts of the menu
}

// holding is a record in the chooser.
type holding struct {
	ID, Name string
	Self     bool
	Relation string
	Until    time.Time
	State    string
	Chosen   bool
	Reads    bool // its messages, too: an heir does not
}

// entry is a line of the menu.
type entry struct {
	Path, Icon, Label string
	Count             int
}

// newPages compiles everything once.
func newPages(zone *time.Location) (*pages, error) {
	p := &pages{sets: map[string]map[string]*template.Template{}, icons: map[string]string{}, static: map[string]staticFile{}}
	if err := p.loadStatic(); err != nil {
		return nil, err
	}
	for _, lang := range languages {
		set, err := p.compile(words{lang, zone})
		if err != nil {
			return nil, err
		}
		p.sets[lang] = set
	}
	return p, nil
}

func (p *pages) compile(w words) (map[string]*template.Template, error) {
	base, err := template.New("layout.html").Funcs(p.funcs(w)).ParseFS(files, "templates/layout.html", "templates/parts.html")
	if err != nil {
		return nil, err
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		return nil, err
	}
	set := map[string]*template.Template{}
	for _, name := range names {
		short := strings.TrimSuffix(path.Base(name), ".html")
		if short == "layout" || short == "parts" {
			continue
		}
		clone, err := base.Clone()
		if err == nil {
			clone, err = clone.ParseFS(files, name)
		}
		if err != nil {
			return nil, err
		}
		set[short] = clone
	}
	return set, nil
}

var symbol = regexp.MustCompile(`(?s)<symbol id="([a-z-]+)".*?</symbol>`)

// tight takes the spaces out of a style sheet that only people need; no string in
// ours has any of these.
var tight = strings.NewReplacer("; }", "}", "; ", ";", ": ", ":", " { ", "{", ", ", ",")

// loadStatic reads the style sheet, the typeface and the icons.
func (p *pages) loadStatic() error {
	kinds := map[string]string{".css": "text/css; charset=utf-8", ".woff2": "font/woff2", ".svg": "image/svg+xml"}
	entries, err := fs.ReadDir(files, "static")
	if err != nil {
		return err
	}
	for _, e := range entries {
		body, err := files.ReadFile("static/" + e.Name())
		if err != nil {
			return err
		}
		if path.Ext(e.Name()) == ".css" {
			body = []byte(tight.Replace(string(body)))
		}
		if kind := kinds[path.Ext(e.Name())]; kind != "" {
			sum := sha256.Sum256(body)
			p.static[e.Name()] = staticFile{body, kind, hex.EncodeToString(sum[:6])}
		}
	}
	for _, m := range symbol.FindAllSubmatch(p.static["icons.svg"].body, -1) {
		p.icons[string(m[1])] = string(m[0])
	}
	css := p.static["portal.css"]
	for name, f := range p.static { // the faces' addresses change with their bytes
		css.body = bytes.ReplaceAll(css.body, []byte("url("+name+")"), []byte("url("+name+"?v="+f.hash+")"))
	}
	p.static["portal.css"] = css
	return nil
}

// static serves the files of the pages' look: no secret, kept for a year under
// the hash that the pages name.
func (p *portal) static(w http.ResponseWriter, r *http.Request) {
	f, ok := p.pages.static[r.PathValue("name")]
	p.headers(w.Header(), web.RequestID(r, referenceBytes))
	if !ok {
		http.Error(w, "not found", http.StatusNotFound)
		return
	}
	w.Header().Set("Content-Type", f.kind)
	w.Header().Set("Cache-Control", "no-cache")
	if r.URL.Query().Get("v") == f.hash {
		w.Header().Set("Cache-Control", "public, max-age=31536000, immutable")
	}
	_, _ = w.Write(f.body)
}

// funcs are the templates' functions in one language.
func (p *pages) funcs(w words) template.FuncMap {
	return template.FuncMap{
		"t":      w.T,
		"date":   w.Date,
		"until":  w.Until,
		"clock":  w.Clock,
		"moment": w.Moment,
		"size":   w.Size,
		"listed": w.Listed,
		"field":  field,
		"choice": choice,
		"icon":   icon,
		"arg":    func(p page, v any) part { return part{p, v} },
		"static": func(name string) string { return root + "static/" + name + "?v=" + p.static[name].hash },
		"oq":     func() string { return w.sign("«\u00a0", "“") },
		"cq":     func() string { return w.sign("\u00a0»", "”") },
		"colon":  func() string { return w.sign("\u00a0: ", ": ") },
	}
}

// part hands the page and one thing to a template of its own.
type part struct {
	P page
	V any
}

// icon refers to a symbol that render puts at the end of the page. An icon
// always stands beside a word, so it is hidden from who listens.
func icon(name string) template.HTML {
	return template.HTML(`<svg class="i" aria-hidden="true"><use href="#i-` + template.HTMLEscapeString(name) + `"/></svg>`)
}

var used = regexp.MustCompile(`<use href="#i-([a-z-]+)"/>`)

// withIcons puts in the symbols that a page uses, each once.
func (p *pages) withIcons(html []byte) []byte {
	var defs strings.Builder
	seen := map[string]bool{}
	for _, m := range used.FindAllSubmatch(html, -1) {
		if name := string(m[1]); !seen[name] {
			seen[name] = true
			defs.WriteString(strings.Replace(p.icons[name], `id="`, `id="i-`, 1))
		}
	}
	if defs.Len() == 0 {
		return html
	}
	return bytes.Replace(html, []byte("</body>"), []byte("<svg hidden>"+defs.String()+"</svg></body>"), 1)
}

var blank = regexp.MustCompile(`\n\s*`)

// render answers with a page.
func (c *call) render(status int, name string, v view) error {
	html, err := c.html(name, v)
	if err != nil {
		return err
	}
	c.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	c.w.WriteHeader(status)
	_, _ = c.w.Write(html)
	return nil
}

// html makes a page.
func (c *call) html(name string, v view) ([]byte, error) {
	t := c.pages.sets[c.lang][name]
	if t == nil {
		return nil, fmt.Errorf("portal: no template %s", name)
	}
	who := c.s.visitor()
	if v.Form == nil {
		v.Form = url.Values{}
	}
	p := page{
		view: v, Lang: c.lang, Other: other(c.lang), Here: c.here(), CSRF: c.s.token, Rec: c.rec,
		Request: c.request, Demo: c.Demo, Who: who.citizen.Name + who.staff.Name, Kind: kindOf(who),
	}
	c.fillHolders(&p)
	if flash := c.s.get().flash; flash != "" && len(v.Problems) == 0 && name != "error" {
		p.Flash = c.T(flash)
		c.s.change(func(s *state) { s.flash = "" })
	}
	var out bytes.Buffer
	if err := t.Execute(&out, p); err != nil {
		return nil, err
	}
	if bytes.Contains(out.Bytes(), []byte(`name="csrf"`)) {
		if err := c.keepSession(); err != nil { // a form's token is worth something only if the session is kept
			c.Log.WithField("request_id", c.request).WithError(err).Warn("a visit could not be kept")
		}
	}
	return c.pages.withIcons(blank.ReplaceAll(out.Bytes(), []byte("\n"))), nil
}

// here is the page's own address for the switch of language; a page that
// answers a form goes back to the form's page.
func (c *call) here() string {
	if c.r.Method == http.MethodPost {
		return root
	}
	return c.r.URL.EscapedPath()
}

// show is render with status 200, or 422 when something was typed wrong.
func (c *call) show(name string, v view) error {
	if len(v.Problems) > 0 {
		return c.render(http.StatusUnprocessableEntity, name, v)
	}
	return c.render(http.StatusOK, name, v)
}

// fillHolders says in whose name one acts, and whose records there are.
func (c *call) fillHolders(p *page) {
	for _, h := range c.held {
		one := holding{
			ID: h.Patient.ID, Name: fullName(h.Patient), Self: h.Relation == record.RelationSelf, Relation: c.T(relations[h.Relation]),
			Until: h.Until, State: h.Life.State, Chosen: h.Patient.ID == c.rec,
			Reads: h.Relation == record.RelationSelf || h.Relation == record.RelationRepresentative,
		}
		if one.Chosen {
			p.Acting = one
		}
		p.Held = append(p.Held, one)
	}
	p.Menu = c.menu(p.Kind, p.Acting)
	for _, e := range p.Menu {
		p.Waiting += e.Count
	}
}

// kindOf names the side of the pages that a visitor sees.
func kindOf(v visitor) string {
	if v.kind == kindStaff {
		return v.staff.Role
	}
	return v.kind
}

// done goes back to a page after an action, with one sentence about it.
func (c *call) done(to, sentence string) error {
	c.sessions.held.Remove(c.s.key)
	c.s.change(func(s *state) { s.flash = sentence })
	return c.redirect(to)
}

// redirect leads to a page of ours, once what it is to remember is kept.
func (c *call) redirect(to string) error {
	if c.s.err != nil {
		return c.s.err
	}
	http.Redirect(c.w, c.r, to, http.StatusSeeOther)
	return nil
}
