package portal

import (
	"strings"
	"time"
	"unicode"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

func operatorRoutes() []route {
	at := root + "support"
	return []route{
		{pattern: "GET " + at, who: operators, serve: (*call).support},
		{pattern: "POST " + at, who: operators, serve: (*call).findPerson},
		{pattern: "POST " + at + "/opposer", who: operators, serve: (*call).objectFor},
		{pattern: "POST " + at + "/code", who: operators, serve: (*call).codeFor},
		{pattern: "POST " + at + "/fermer", who: operators, serve: (*call).closeFor},
		{pattern: "POST " + at + "/archive", who: operators, serve: (*call).archiveFor},
	}
}

// served is the person at the counter or on the telephone, in the session
// alone: no address and no page carries the INS back.
type served struct {
	ins  string
	life record.Life
	at   time.Time
}

// servedLife is how long a person stays found: the next caller must not find
// the one before.
const servedLife = 15 * time.Minute

type supportView struct {
	Found    bool
	Life     record.Life
	State    string
	Pending  bool
	Open     bool
	Closed   bool
	CodeLeft bool
	Channels []option
	Kin      []option
	Today    string
}

// stateWords say where a record stands; keys of the texts.
var stateWords = map[string]string{
	record.LifePending: "annoncé, en attente d’une opposition éventuelle", record.LifeOpposed: "la personne s’est opposée : aucun dossier",
	record.LifeOpened: "ouvert, pas encore activé par son titulaire", record.LifeActivated: "ouvert et activé par son titulaire",
	record.LifeClosed: "fermé et archivé", record.LifeErased: "effacé",
}

func (c *call) support() error { return c.showSupport(nil) }

func (c *call) showSupport(problems []problem) error {
	v := supportView{Today: c.words().isoDay(c.Now())}
	if s := c.s.get().served; s.ins != "" && c.Now().Sub(s.at) < servedLife {
		l := s.life
		v.Found, v.Life, v.State = true, l, c.T(stateWords[l.State])
		v.Pending, v.Closed = l.State == record.LifePending, l.State == record.LifeClosed
		v.Open = l.State == record.LifeOpened || l.State == record.LifeActivated
		v.CodeLeft = c.Now().Before(l.CodeUntil)
	}
	v.Channels = []option{{Value: "letter", Label: c.T("Par lettre, à l’adresse connue"), Chosen: true}, {Value: "email", Label: c.T("Par courriel, à l’adresse connue")}}
	v.Kin = []option{{Value: record.RelationHeir, Label: c.T("Héritier")}, {Value: record.RelationPartner, Label: c.T("Conjoint, partenaire ou concubin")}}
	return c.show("support", view{Title: c.T("Support"), Nav: "support", Problems: problems, Form: c.form, V: v})
}

// digits keeps what an INS is made of: people type it in groups.
func digits(s string) string {
	return strings.ToUpper(strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || r == '.' || r == '-' {
			return -1
		}
		return r
	}, s))
}

// findPerson finds a person by the INS that they say, posted and never in an
// address.
func (c *call) findPerson() error {
	c.s.change(func(s *state) { s.served = served{} })
	if c.form.Has("fini") {
		return c.redirect(root + "support")
	}
	ins := digits(c.field("ins"))
	if missing := c.find(ins); missing != nil {
		if missing.err != nil {
			return missing.err
		}
		c.form.Del("ins")
		return c.showSupport([]problem{{"ins", missing.text}})
	}
	return c.redirect(root + "support")
}

// notFound is why somebody was not found: in words, or an error.
type notFound struct {
	text string
	err  error
}

// find asks for a person and keeps them in the session.
func (c *call) find(ins string) *notFound {
	if len(ins) != 15 {
		return &notFound{text: c.T("Un numéro INS a 15 caractères.")}
	}
	life, err := c.Lifecycle.Find(c.r.Context(), c.staff(), ins)
	switch fhir.CodeOf(err) {
	case "":
	case fhir.NotFound, fhir.Invalid, fhir.BadValue:
		return &notFound{text: c.T("Aucune personne avec ce numéro. Faites-le répéter, chiffre par chiffre.")}
	default:
		return &notFound{err: err}
	}
	now := c.Now()
	c.s.change(func(s *state) { s.served = served{ins, life, now} })
	return nil
}

// patient is the person found, of whom the form must speak.
func (c *call) patient() (string, error) {
	s := c.s.get().served
	if s.ins == "" || c.Now().Sub(s.at) >= servedLife || c.field("personne") != s.life.Patient {
		return "", errOtherRecord
	}
	return s.life.Patient, nil
}

// served again, after an act, so that the page shows what has become of it.
func (c *call) servedDone(sentence string) error {
	if nf := c.find(c.s.get().served.ins); nf != nil && nf.err != nil {
		return nf.err
	}
	return c.done(root+"support", sentence)
}

// cannot shows the person again with why it is not possible.
func (c *call) cannot(err error) error {
	if said := c.said(err); said != "" {
		c.form.Del("ins-proche")
		return c.showSupport([]problem{{"", said}})
	}
	return err
}

// reason reads how the operator made sure of the person, and why.
func (c *call) reason(name string) (string, []problem) { return c.short(name, 500, true) }

func (c *call) objectFor() error {
	patient, err := c.patient()
	if err != nil {
		return err
	}
	words, problems := c.reason("motif-opposer")
	if len(problems) > 0 {
		return c.showSupport(problems)
	}
	if err := c.Lifecycle.Object(c.r.Context(), c.staff(), patient, words); err != nil {
		return c.cannot(err)
	}
	return c.servedDone("Opposition enregistrée. La personne en est avertie.")
}

func (c *call) codeFor() error {
	patient, err := c.patient()
	if err != nil {
		return err
	}
	channel := c.field("voie")
	if channel != "letter" && channel != "email" {
		return c.showSupport([]problem{{"voie", c.T("Choisissez comment envoyer le code.")}})
	}
	if err := c.Lifecycle.NewCode(c.r.Context(), c.staff(), patient, channel); err != nil {
		return c.cannot(err)
	}
	return c.servedDone("Un nouveau code part. Il vaut six semaines ; l’ancien ne vaut plus rien.")
}

func (c *call) closeFor() error {
	patient, err := c.patient()
	if err != nil {
		return err
	}
	words, problems := c.reason("motif-fermer")
	if len(problems) > 0 {
		return c.showSupport(problems)
	}
	if err := c.Lifecycle.CloseFor(c.r.Context(), c.staff(), patient, words); err != nil {
		return c.cannot(err)
	}
	return c.servedDone("Dossier fermé à la demande de la personne. Elle en est avertie.")
}

// archiveFor lets an heir or the partner reach a closed record for a time.
func (c *call) archiveFor() error {
	patient, err := c.patient()
	if err != nil {
		return err
	}
	words, problems := c.reason("motif-archive")
	until, wrong := c.date("fin")
	problems = append(problems, wrong...)
	if len(wrong) == 0 && !until.After(c.Now()) {
		problems = append(problems, problem{"fin", c.T("Choisissez une date à venir.")})
	}
	relation := c.field("lien")
	if relation != record.RelationHeir && relation != record.RelationPartner {
		problems = append(problems, problem{"lien", c.T("Choisissez le lien avec la personne.")})
	}
	ins := digits(c.field("ins-proche"))
	if len(ins) != 15 {
		problems = append(problems, problem{"ins-proche", c.T("Un numéro INS a 15 caractères.")})
	}
	if len(problems) > 0 {
		c.form.Del("ins-proche")
		return c.showSupport(problems)
	}
	kin, err := c.Lifecycle.Find(c.r.Context(), c.staff(), ins)
	if fhir.CodeOf(err) == fhir.NotFound {
		c.form.Del("ins-proche")
		return c.showSupport([]problem{{"ins-proche", c.T("Aucune personne avec ce numéro. Faites-le répéter, chiffre par chiffre.")}})
	}
	if err == nil {
		m := record.Mandate{Patient: patient, Person: kin.Patient, Relation: relation, Start: c.Now(), End: until.AddDate(0, 0, 1)}
		err = c.Lifecycle.OpenArchive(c.r.Context(), c.staff(), m, words)
	}
	if err != nil {
		return c.cannot(err)
	}
	return c.servedDone("Accès à l’archive ouvert jusqu’à la date choisie.")
}
