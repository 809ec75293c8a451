package portal

import (
	"carnet/client/fhir"

	"carnet/cmd/carnet-server/internal/record"
)

func homeRoutes() []route {
	return []route{
		{pattern: "GET " + root + "{$}", serve: (*call).home},
		{pattern: "POST " + root + "dossier/choisir", who: patients, serve: (*call).choose},
	}
}

// homeView is what the first page shows: what is new, and what waits.
type homeView struct {
	Open     bool
	Life     record.Life
	Notices  []told
	Unread   int
	Letters  int // messages unread
	Requests int
	Visits   []visitView
	MT       record.Listed
}

// home is the first page of each side: the way in for who has not signed in.
func (c *call) home() error {
	switch kindOf(c.s.visitor()) {
	case "":
		return c.show("landing", view{Title: c.T("Votre dossier de santé, sous votre clé")})
	case record.StaffOperator:
		return c.redirect(root + "support")
	case record.StaffDPO:
		return c.redirect(root + "dpo")
	}
	if err := c.enter(); err != nil {
		return err
	}
	h := homeView{Life: c.life(), Open: c.open()}
	if h.Open {
		if err := c.fillHome(&h); err != nil {
			return err
		}
	}
	return c.show("home", view{Title: c.T("Bonjour %s", c.s.visitor().citizen.Name), V: h})
}

func (c *call) fillHome(h *homeView) error {
	ctx, who := c.r.Context(), c.citizen()
	notices, err := c.Records.Notices(ctx, who, c.rec, 20)
	if err != nil {
		return err
	}
	for _, n := range notices {
		if !n.Read {
			h.Unread++
		}
	}
	h.Notices = c.told(notices[:min(len(notices), 5)])
	rules, err := c.Records.Rules(ctx, who, c.rec)
	if err != nil {
		return err
	}
	if h.Letters, err = c.unread(); err != nil {
		return err
	}
	h.MT, h.Requests = rules.MT, len(rules.Requests)
	hist, err := c.Records.History(ctx, who, c.rec, record.HistoryQuery{Only: "reads", Limit: 10})
	if err != nil {
		return err
	}
	for _, v := range c.visits(hist.Visits) {
		if v.Pro != "" && len(h.Visits) < 3 {
			h.Visits = append(h.Visits, v)
		}
	}
	return nil
}

// life is where the shown record stands in its life.
func (c *call) life() record.Life {
	for _, h := range c.held {
		if h.Patient.ID == c.rec {
			return h.Life
		}
	}
	return record.Life{}
}

// open tells whether the shown record is in use, rather than closed or not yet
// made.
func (c *call) open() bool {
	switch c.life().State {
	case record.LifeClosed, record.LifeErased, record.LifeOpposed, record.LifePending:
		return false
	}
	return true
}

// choose opens another record that the citizen may enter.
func (c *call) choose() error {
	asked := c.field("choix")
	for _, h := range c.held {
		if h.Patient.ID == asked && h.Waits { // their account came with a child's code
			return fhir.E(fhir.Forbidden, "Votre propre dossier n’est pas encore activé\u00a0: activez-le avec le code reçu à votre nom et votre carte Vitale, ou demandez un code au support.")
		}
		if h.Patient.ID == asked {
			c.s.change(func(s *state) {
				s.rec, s.docs, s.history, s.letters = asked, record.HeldQuery{}, historyFilter{}, ""
			})
			return c.redirect(root)
		}
	}
	return fhir.E(fhir.NotFound, "")
}
