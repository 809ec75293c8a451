package portal

import (
	"net/mail"

	"carnet/cmd/carnet-server/internal/record"
)

func choiceRoutes() []route {
	return []route{
		{pattern: "GET " + root + "reglages", who: patients, serve: (*call).choices},
		{pattern: "POST " + root + "reglages", who: patients, serve: (*call).saveChoices},
		{pattern: "GET " + root + "copies", who: patients, serve: (*call).copies},
	}
}

// switches are the fields of the form, by their switch.
func switches(ch *record.Choices) map[string]*bool {
	return map[string]*bool{
		"bris": &ch.OpposeBreakGlass, "centre15": &ch.OpposeCentre15, "masques": &ch.MaskedEmergency,
		"horsligne": &ch.NoOffline, "visites": &ch.EveryVisit,
	}
}

func (c *call) choices() error {
	rules, err := c.Records.Rules(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	form := map[string][]string{"courriel": {rules.Choices.Email}}
	for name, on := range switches(&rules.Choices) {
		if *on {
			form[name] = []string{"1"}
		}
	}
	return c.show("choices", view{Title: c.T("Urgence et réglages"), Nav: "reglages", Form: form})
}

func (c *call) saveChoices() error {
	ch := record.Choices{Email: c.field("courriel")}
	for name, on := range switches(&ch) {
		*on = c.form.Has(name)
	}
	if ch.Email != "" && !isMail(ch.Email) {
		return c.show("choices", view{
			Title: c.T("Urgence et réglages"), Nav: "reglages", Form: c.form,
			Problems: []problem{{"courriel", c.T("Cette adresse n’est pas complète : il faut un @ et un domaine, par exemple prenom@exemple.fr.")}},
		})
	}
	if err := c.Records.Choose(c.r.Context(), c.citizen(), c.rec, ch); err != nil {
		return err
	}
	return c.done(root+"reglages", "Réglages enregistrés : ils valent dès maintenant.")
}

// isMail tells an address that can be written to, and nothing beside it.
func isMail(s string) bool {
	a, err := mail.ParseAddress(s)
	return err == nil && a.Address == s && a.Name == "" && len(s) <= 254
}

type copiesView struct {
	Leases  []leaseView
	Refused bool
}

type leaseView struct {
	record.Lease
	Sub  string
	Over bool
}

// copies lists who holds an offline copy, and until when.
func (c *call) copies() error {
	leases, err := c.Records.Leases(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	rules, err := c.Records.Rules(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	v := copiesView{Refused: rules.Choices.NoOffline}
	for _, l := range leases {
		v.Leases = append(v.Leases, leaseView{Lease: l, Sub: c.words().Listed(l.Who), Over: !c.Now().Before(l.Until)})
	}
	return c.show("copies", view{Title: c.T("Copies hors ligne"), Nav: "copies", V: v})
}
