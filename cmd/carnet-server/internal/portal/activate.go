package portal

import (
	"net"
	"net/http"
	"strconv"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

func activateRoutes() []route {
	at := root + "activer"
	return []route{
		{pattern: "GET " + at, serve: (*call).activatePage},
		{pattern: "POST " + at, serve: (*call).activate},
		{pattern: "GET " + at + "/code", serve: (*call).renewPage},
		{pattern: "POST " + at + "/code", serve: (*call).renewCode},
		{pattern: "GET " + at + "/compte", serve: (*call).accountPage},
		{pattern: "GET " + at + "/qr", serve: (*call).accountQR},
		{pattern: "POST " + at + "/compte", serve: (*call).makeAccount},
	}
}

// draft is an activation under way: the record is the person's, the account
// is still to be made.
type draft struct {
	person string
	secret string
	addr   string
	png    []byte
	begun  time.Time
}

// activatePage asks for the code of the letter and for the card.
func (c *call) activatePage() error {
	if c.s.visitor().kind != "" {
		return c.redirect(root)
	}
	return c.showActivate(nil)
}

func (c *call) showActivate(problems []problem) error {
	return c.show("activate", view{Title: c.T("Activer mon dossier"), Problems: problems, Form: c.form})
}

// insured reads who somebody says they are: what stands on the card, and the
// birth date.
func (c *call) insured() (ins string, born time.Time, problems []problem) {
	ins = digits(c.field("ins"))
	born, problems = c.date("naissance")
	if born.IsZero() && len(problems) == 0 {
		problems = append(problems, problem{"naissance", c.T("Ce champ est nécessaire.")})
	}
	if len(ins) != 15 {
		problems = append(problems, problem{"ins", c.T("Un numéro de sécurité sociale a 15 caractères avec sa clé.")})
	}
	return ins, born, problems
}

// activate makes the record the person's own. Code and card are checked as
// one: nothing says which of them is wrong.
func (c *call) activate() error {
	ins, born, problems := c.insured()
	code, wrong := c.short("code", 40, true)
	card, wrong2 := c.short("carte", 40, true)
	if problems = append(append(problems, wrong...), wrong2...); len(problems) > 0 {
		return c.showActivate(problems)
	}
	person, err := c.Lifecycle.Activate(c.r.Context(), Activation{
		INS: ins, BirthDate: c.words().isoDay(born), Code: digits(code), Card: digits(card), Peer: peer(c.r),
	})
	switch fhir.CodeOf(err) {
	case "":
		// A new id: whoever planted the one of before must not make the account.
		if c.s, err = c.sessions.renew(c.s, visitor{}, "", ""); err != nil {
			return err
		}
		c.giveCookie()
		begun := c.Now()
		c.s.change(func(s *state) { s.draft = draft{person: person, begun: begun} })
		return c.redirect(root + "activer/compte")
	case fhir.Invalid, fhir.NotFound, fhir.BadValue, fhir.NoRecord, fhir.StateConflict:
		return c.showActivate([]problem{{"", c.T("Ces indications ne vont pas ensemble. Vérifiez chacune sur la lettre et sur la carte ; après plusieurs erreurs il faut attendre.")}})
	case fhir.TokenExpired:
		return c.showActivate([]problem{{"code", c.T("Ce code a plus de six semaines. Demandez-en un nouveau au support.")}})
	}
	return err
}

// peer is the address of who asks, for the throttle alone: the whole /64 of an
// IPv6 one, which a single subscriber has to themselves.
func peer(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	ip := net.ParseIP(host)
	if ip == nil || ip.To4() != nil {
		return host
	}
	return ip.Mask(net.CIDRMask(64, 128)).String()
}

// drafted gives the activation under way; errLeft when there is none.
func (c *call) drafted() (draft, error) {
	d := c.s.get().draft
	if d.person == "" || c.Now().Sub(d.begun) >= anonymousLife {
		return draft{}, errLeft
	}
	return d, nil
}

type accountView struct {
	Secret string
	Addr   string
}

// accountPage asks for a login, a password and the first code of the second
// factor, whose secret it shows as a picture and as text.
func (c *call) accountPage() error { return c.showAccount(nil) }

func (c *call) showAccount(problems []problem) error {
	d, err := c.drafted()
	if err != nil {
		return err
	}
	if d.secret == "" {
		if d.secret, d.addr, d.png, err = c.Accounts.NewSecret("Carnet"); err != nil {
			return err
		}
		c.s.change(func(s *state) { s.draft = d })
	}
	if c.form != nil {
		c.form.Del("code")
	}
	return c.show("account", view{Title: c.T("Votre compte"), Problems: problems, Form: c.form, V: accountView{Secret: grouped(d.secret), Addr: d.addr}})
}

// grouped writes a secret in fours, to be typed by hand.
func grouped(s string) string {
	var out []byte
	for i := range len(s) {
		if i > 0 && i%4 == 0 {
			out = append(out, ' ')
		}
		out = append(out, s[i])
	}
	return string(out)
}

// accountQR is the picture of the secret.
func (c *call) accountQR() error {
	d, err := c.drafted()
	if err != nil {
		return err
	}
	if len(d.png) == 0 {
		return errNowhere
	}
	c.w.Header().Set("Content-Type", "image/png")
	c.w.Header().Set("Content-Length", strconv.Itoa(len(d.png)))
	_, _ = c.w.Write(d.png)
	return nil
}

// makeAccount makes the account and shows its recovery codes, this once.
func (c *call) makeAccount() error {
	d, err := c.drafted()
	if err != nil {
		return err
	}
	login, problems := c.short("identifiant", 64, true)
	password := c.form.Get("passe") // as typed: spaces count
	switch {
	case len([]rune(password)) < 12:
		problems = append(problems, problem{"passe", c.T("Ce mot de passe est trop court : 12 caractères au moins. Quatre mots au hasard font un bon mot de passe.")})
	case len(password) > 256:
		problems = append(problems, problem{"passe", c.T("Ce mot de passe est trop long : 256 caractères au plus.")})
	case password != c.form.Get("encore"):
		problems = append(problems, problem{"encore", c.T("Les deux mots de passe diffèrent.")})
	}
	code := digits(c.field("code"))
	if len(code) != 6 {
		problems = append(problems, problem{"code", c.T("Le code a six chiffres.")})
	}
	if len(problems) > 0 {
		return c.showAccount(problems)
	}
	codes, err := c.create(NewAccount{Login: login, Password: password, Person: d.person, Secret: d.secret, Code: code})
	switch fhir.CodeOf(err) {
	case "":
	case fhir.BusinessRule:
		return c.showAccount([]problem{{"", c.T("Vous avez déjà un compte : connectez-vous avec lui, le dossier s’y trouve.")}})
	case fhir.Duplicate, fhir.StateConflict:
		return c.showAccount([]problem{{"identifiant", c.T("Cet identifiant est déjà pris. Choisissez-en un autre.")}})
	case fhir.Invalid, fhir.BadValue:
		return c.showAccount([]problem{{"code", c.T("Ce code n’est pas le bon : attendez le suivant. Si cela continue, vérifiez l’heure de votre téléphone.")}})
	default:
		return err
	}
	c.s.change(func(s *state) { s.draft = draft{} })
	return c.show("recovery", view{Title: c.T("Vos codes de secours"), V: codes})
}

// create makes the account under the name that the record has: the history
// shows it, so nobody chooses it.
func (c *call) create(n NewAccount) ([]string, error) {
	held, err := c.Records.Held(c.r.Context(), record.Citizen{ID: n.Person, Session: "activation", RequestID: c.request})
	if err != nil {
		return nil, err
	}
	for _, h := range held {
		if h.Relation == record.RelationSelf {
			n.Name = fullName(h.Patient)
		}
	}
	if n.Name == "" && len(held) > 0 { // a parent to whom a child's code was sent, without a record of their own
		n.Name = c.T("représentant de %s", fullName(held[0].Patient))
	}
	return c.Accounts.CreateCitizen(c.r.Context(), n)
}
