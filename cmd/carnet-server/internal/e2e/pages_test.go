package e2e

import (
	"context"
	"io"
	"net/http"
	"net/http/cookiejar"
	"net/url"
	"regexp"
	"strings"

	"github.com/sirupsen/logrus"

	"carnet/cmd/carnet-server/internal/httpapi"
	"carnet/cmd/carnet-server/internal/idp"
	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/portal"
	"carnet/cmd/carnet-server/internal/record"
)

// engine is the lifecycle as the pages ask for it; main has the same adapter.
type engine struct{ *lifecycle.Engine }

func (e engine) Activate(ctx context.Context, a portal.Activation) (string, error) {
	return e.Engine.Activate(ctx, lifecycle.Activation(a))
}

func (e engine) RenewCode(ctx context.Context, r portal.Renewal) error {
	return e.Engine.RenewCode(ctx, lifecycle.Renewal(r))
}

// pageAccounts is the provider as the pages ask for it; main has the same adapter.
type pageAccounts struct{ *idp.Provider }

func (a pageAccounts) CreateCitizen(ctx context.Context, n portal.NewAccount) ([]string, error) {
	return a.Provider.CreateCitizen(ctx, idp.NewCitizen{Login: n.Login, Password: n.Password, Person: n.Person, Name: n.Name, Secret: n.Secret, Code: n.Code})
}

func (a pageAccounts) Sessions(ctx context.Context, person string) ([]portal.SignIn, error) {
	list, err := a.Provider.Sessions(ctx, person)
	return signIns(list), err
}

func (a pageAccounts) StaffSessions(ctx context.Context, account string) ([]portal.SignIn, error) {
	list, err := a.Provider.StaffSessions(ctx, account)
	return signIns(list), err
}

func signIns(list []idp.SignIn) (out []portal.SignIn) {
	for _, in := range list {
		out = append(out, portal.SignIn{ID: in.ID, Started: in.Started, Seen: in.Seen, Agent: in.Agent})
	}
	return out
}

// pages puts the patients' pages beside the FHIR routes, on the same listener.
func (w *world) pages() {
	w.Helper()
	log := logrus.New()
	log.SetOutput(w.log)
	origin := strings.TrimSuffix(w.base, httpapi.Base)
	handler, err := portal.New(portal.Config{
		Records: w.svc, Lifecycle: engine{lifecycle.New(lifecycle.Config{Records: w.svc, Now: w.now, Log: log})}, Accounts: pageAccounts{w.idp},
		URL: origin, Issuer: origin + "/oidc", ClientID: idp.PortalClient, SpoolDir: w.spool, Now: w.now, Log: log, Demo: true,
	})
	w.must(err)
	w.mux.Handle("/mon/", handler)
}

// visitor is somebody before the patients' pages.
type visitor struct {
	*world
	client    *http.Client
	csrf, rec string // of the forms of the page shown last
}

// page is what came back.
type page struct {
	status int
	at     *url.URL
	header http.Header
	body   string
}

var hidden = regexp.MustCompile(`<input type="hidden" name="(csrf|rec)" value="([^"]*)">`)

// enters signs somebody in to their pages, as a browser does.
func (w *world) enters(who string) *visitor {
	w.Helper()
	jar, err := cookiejar.New(nil)
	w.must(err)
	v := &visitor{world: w, client: &http.Client{Jar: jar, Transport: traffic.Transport}}
	login := v.get("/mon/connexion")
	home := v.keep(v.client.PostForm(login.at.String(), url.Values{"request": {login.at.Query().Get("request")}, "account": {who}}))
	if home.status != http.StatusOK || !strings.HasPrefix(home.at.Path, "/mon/") {
		w.Fatalf("%s signs in: %d at %s", who, home.status, home.at.Path)
	}
	return v
}

// get opens a page.
func (v *visitor) get(path string) page {
	v.Helper()
	return v.keep(v.client.Get(strings.TrimSuffix(v.base, httpapi.Base) + path))
}

// post sends a form of the page shown last: pairs of names and values.
func (v *visitor) post(path string, fields ...string) page {
	v.Helper()
	return v.keep(v.send(path, fields...))
}

// send is post from any goroutine.
func (v *visitor) send(path string, fields ...string) (*http.Response, error) {
	form := url.Values{"csrf": {v.csrf}, "rec": {v.rec}}
	for i := 0; i+1 < len(fields); i += 2 {
		form.Add(fields[i], fields[i+1])
	}
	return v.client.PostForm(strings.TrimSuffix(v.base, httpapi.Base)+path, form)
}

// keep reads an answer, and what its forms hold.
func (v *visitor) keep(res *http.Response, err error) page {
	v.Helper()
	v.must(err)
	p, err := readPage(res)
	v.must(err)
	for _, m := range hidden.FindAllStringSubmatch(p.body, -1) {
		if m[1] == "csrf" {
			v.csrf = m[2]
		} else {
			v.rec = m[2]
		}
	}
	return p
}

func readPage(res *http.Response) (page, error) {
	defer func() { _ = res.Body.Close() }()
	body, err := io.ReadAll(res.Body)
	return page{res.StatusCode, res.Request.URL, res.Header, string(body)}, err
}

// choose turns to the record of somebody whom the visitor represents.
func (v *visitor) choose(patient string) *visitor {
	v.Helper()
	v.get("/mon/")
	v.post("/mon/dossier/choisir", "choix", patient)
	if v.rec != patient {
		v.Fatalf("the pages show %s, not %s", v.rec, patient)
	}
	return v
}

// done tells how what a form asked for ended.
func (p page) done() outcome {
	switch {
	case p.status == http.StatusOK && !strings.Contains(p.body, `class="wrong"`):
		return yes
	case p.status < http.StatusInternalServerError:
		return no
	}
	return unknown
}

// citizen is a patient as the door knows them.
func citizen(who string) record.Citizen {
	return record.Citizen{ID: who, Name: strings.Join(names[who], " "), Session: "at home"}
}
