package portal

import (
	"io"
	"slices"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

func lifeRoutes() []route {
	at := root + "dossier"
	return []route{
		{pattern: "GET " + at, who: patients, serve: (*call).lifePage},
		{pattern: "POST " + at + "/exporter", who: patients, serve: (*call).exportRecord},
		{pattern: "POST " + at + "/fermer", who: patients, serve: (*call).closeRecord},
		{pattern: "POST " + at + "/rouvrir", who: patients, serve: (*call).reopenRecord},
		{pattern: "POST " + at + "/effacer", who: patients, serve: (*call).eraseRecord},
		{pattern: "GET " + root + "connexions", who: members, serve: (*call).signIns},
		{pattern: "POST " + root + "connexions/fermer", who: members, serve: (*call).signOutEverywhere},
	}
}

type lifeView struct {
	Life   record.Life
	Open   bool
	Closed bool
	Self   bool
	Word   string // to be typed before the record is deleted
	// Ends are the mandates that end with the record: erasing asks for a second yes.
	Ends  []record.RepresentedPerson
	Alone bool // nobody else represents one of them
}

// eraseWord is what one types to delete a record: a gesture that no slip makes.
func (c *call) eraseWord() string { return c.T("EFFACER") }

func (c *call) lifePage() error { return c.showLife(nil) }

func (c *call) showLife(problems []problem) error {
	l := c.life()
	v := lifeView{Life: l, Open: c.open(), Closed: l.State == record.LifeClosed, Self: c.self(), Word: c.eraseWord()}
	if v.Self && v.Closed {
		var err error
		if v.Ends, err = c.Records.Represented(c.r.Context(), c.citizen()); err != nil {
			return err
		}
		v.Alone = slices.ContainsFunc(v.Ends, func(p record.RepresentedPerson) bool { return p.Others == 0 })
	}
	return c.show("life", view{Title: c.T("Vie du dossier"), Nav: "dossier", Problems: problems, Form: c.form, V: v})
}

// exportRecord gives everything at once, as long as the record is there.
func (c *call) exportRecord() error {
	return c.stream("dossier.zip", "application/zip", func(w io.Writer, who record.Citizen) error {
		return c.Records.ExportRecord(c.r.Context(), who, c.rec, w)
	})
}

func (c *call) closeRecord() error {
	if !c.form.Has("sur") {
		return c.showLife([]problem{{"sur", c.T("Cochez la case pour confirmer la fermeture.")}})
	}
	if err := c.Lifecycle.Close(c.r.Context(), c.citizen(), c.rec); err != nil {
		return err
	}
	return c.done(root+"dossier", "Dossier fermé : plus aucun professionnel ne peut le lire ni y déposer.")
}

func (c *call) reopenRecord() error {
	if err := c.Lifecycle.Reopen(c.r.Context(), c.citizen(), c.rec); err != nil {
		return err
	}
	return c.done(root+"dossier", "Dossier rouvert, avec vos décisions d’avant la fermeture.")
}

// eraseRecord deletes a closed record for good, once the word is typed.
func (c *call) eraseRecord() error {
	if terminology.Fold(c.field("mot")) != terminology.Fold(c.eraseWord()) {
		return c.showLife([]problem{{"mot", c.T("Pour effacer le dossier, écrivez le mot %s.", c.eraseWord())}})
	}
	if !c.form.Has("mandats") { // only who represents somebody is asked for it
		ends, err := c.Records.Represented(c.r.Context(), c.citizen())
		if err != nil {
			return err
		}
		if len(ends) > 0 {
			return c.showLife([]problem{{"mandats", c.T("Effacer votre dossier met fin à vos mandats : cochez la case si c’est bien ce que vous voulez.")}})
		}
	}
	err := c.Lifecycle.Erase(c.r.Context(), c.citizen(), c.rec)
	if fhir.CodeOf(err) == fhir.StateConflict {
		return c.showLife([]problem{{"mot", c.T("Un dossier doit être fermé avant d’être effacé.")}})
	}
	if err != nil {
		return err
	}
	c.sessions.held.Remove(c.s.key) // there may be no record left to go back to
	c.s.change(func(s *state) { s.rec = "" })
	c.held, c.rec = nil, ""
	return c.show("erased", view{Title: c.T("Dossier effacé"), Public: true})
}

type signInsView struct {
	Items []signInView
}

type signInView struct {
	Started, Seen time.Time
	Agent         string
	Current       bool
}

// agent says a browser and its system in words: "Firefox sur Android".
func (c *call) agent(agent string) string {
	browser, system, both := strings.Cut(strings.TrimSpace(agent), ", ")
	if !both {
		return browser
	}
	return c.T("%s sur %s", browser, system)
}

// signIns lists where the person is signed in.
func (c *call) signIns() error {
	v := c.s.visitor()
	all, err := c.signInsOf(v)
	if err != nil {
		return err
	}
	var out signInsView
	for _, in := range all {
		out.Items = append(out.Items, signInView{in.Started, in.Seen, c.agent(in.Agent), in.Current || in.ID == v.signIn})
	}
	return c.show("signins", view{Title: c.T("Mes connexions"), Nav: "connexions", V: out})
}

// signOutEverywhere ends every sign-in of the person, this one too.
func (c *call) signOutEverywhere() error {
	v := c.s.visitor()
	end := c.Accounts.SignOutEverywhere
	if v.kind == kindStaff {
		end = c.Accounts.SignOutStaff
	}
	err := end(c.r.Context(), v.person())
	if err == nil { // also those of a provider that lists none
		err = c.Accounts.EndVisits(c.r.Context(), v.owner())
	}
	if err != nil {
		return err
	}
	return c.gone("Toutes vos connexions sont fermées, celle-ci comprise.")
}
