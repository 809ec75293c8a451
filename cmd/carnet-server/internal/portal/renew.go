package portal

import (
	"carnet/client/fhir"
)

// renewPage asks for what a new code needs: of who lost theirs, or whose code
// is too old.
func (c *call) renewPage() error {
	if c.s.visitor().kind != "" {
		return c.redirect(root)
	}
	return c.showRenew(nil)
}

func (c *call) showRenew(problems []problem) error {
	return c.show("renew", view{Title: c.T("Recevoir un nouveau code"), Problems: problems, Form: c.form, V: false})
}

// renewCode has a new code sent to the address that is on file. The answer is
// the same whether there is such a person or not, and whether all fits or not.
func (c *call) renewCode() error {
	ins, born, problems := c.insured()
	card, wrong := c.short("carte", 40, true)
	if problems = append(problems, wrong...); len(problems) > 0 {
		return c.showRenew(problems)
	}
	err := c.Lifecycle.RenewCode(c.r.Context(), Renewal{INS: ins, BirthDate: c.words().isoDay(born), Card: digits(card), Peer: peer(c.r)})
	if fhir.CodeOf(err) != "" {
		return err
	}
	c.form = nil
	return c.show("renew", view{Title: c.T("Recevoir un nouveau code"), V: true})
}
