package portal

import (
	"embed"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/sirupsen/logrus"
)

//go:embed static templates texts
var files embed.FS

// root is where the pages are mounted.
const root = "/mon/"

// Config is all that the pages need.
type Config struct {
	Records   Records
	Lifecycle Lifecycle
	Accounts  Accounts

	URL      string       // public address of the server, without a path: https://carnet.example
	Issuer   string       // OpenID provider where patients and staff sign in
	ClientID string       // of the portal, a public client with PKCE
	Redirect string       // where the provider sends back to; "": URL + /mon/retour
	HTTP     *http.Client // to reach the provider; nil: a client of its own

	SpoolDir string         // folder of uploads on their way; "": the system's
	Zone     *time.Location // of the dates that people read and type; nil: Europe/Paris
	Now      func() time.Time
	Log      logrus.FieldLogger
	Demo     bool // says on the pages that all people are fictional
}

// portal is the handler's state.
type portal struct {
	Config
	mux      *http.ServeMux
	sessions *sessions
	provider *provider
	pages    *pages
	secure   bool   // the public address is https
	origin   string // scheme://host of the public address
}

// New makes the handler of everything under /mon/. It reaches no network: the
// provider is discovered at the first sign-in.
func New(cfg Config) (http.Handler, error) {
	if cfg.Records == nil || cfg.Lifecycle == nil || cfg.Accounts == nil || cfg.Log == nil {
		return nil, errors.New("portal: records, lifecycle, accounts and log are needed")
	}
	u, err := url.Parse(cfg.URL)
	if err != nil || u.Host == "" {
		return nil, errors.New("portal: the public address must be absolute")
	}
	if cfg.Now == nil {
		cfg.Now = time.Now
	}
	if cfg.Zone == nil {
		cfg.Zone = paris()
	}
	if cfg.Redirect == "" {
		cfg.Redirect = strings.TrimSuffix(cfg.URL, "/") + root + "retour"
	}
	back, err := url.Parse(cfg.Redirect)
	if err != nil || !strings.HasPrefix(back.Path, root) {
		return nil, errors.New("portal: the redirect address must be under /mon/")
	}
	p := &portal{Config: cfg, mux: http.NewServeMux(), secure: u.Scheme == "https", origin: u.Scheme + "://" + u.Host}
	p.sessions = newSessions(cfg.Now, cfg.Accounts)
	p.provider = newProvider(cfg)
	if p.pages, err = newPages(cfg.Zone); err != nil {
		return nil, err
	}
	p.mux.HandleFunc("GET "+root+"static/{name}", p.static)
	for _, rt := range append(routes(), route{pattern: "GET " + back.Path, serve: (*call).back}) {
		p.mux.HandleFunc(rt.pattern, func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, &rt) })
	}
	lost := route{pattern: root, serve: func(c *call) error { return errNowhere }}
	p.mux.HandleFunc(root, func(w http.ResponseWriter, r *http.Request) { p.serve(w, r, &lost) })
	return p.mux, nil
}

// audience is for whom a page is.
type audience int

const (
	everybody audience = iota
	members            // whoever is signed in
	patients
	operators
	officers
)

// route is one address. A POST has a form with the session's token.
type route struct {
	pattern string
	who     audience
	file    bool // the form carries a document
	serve   func(*call) error
}

// routes is the table of all addresses, page after page.
func routes() []route {
	var all []route
	for _, some := range [][]route{
		signInRoutes(), activateRoutes(), homeRoutes(), documentRoutes(), depositRoutes(), ruleRoutes(), matrixRoutes(),
		choiceRoutes(), historyRoutes(), noticeRoutes(), messageRoutes(), profileRoutes(), lifeRoutes(), operatorRoutes(), officerRoutes(),
	} {
		all = append(all, some...)
	}
	return all
}

// paris is the zone of the people whose pages these are; a machine without a
// zone table shows its own.
func paris() *time.Location {
	zone, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		return time.Local
	}
	return zone
}
