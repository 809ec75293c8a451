package portal

import (
	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

func officerRoutes() []route {
	return []route{
		{pattern: "GET " + root + "dpo", who: officers, serve: (*call).complaints},
		{pattern: "POST " + root + "dpo", who: officers, serve: (*call).answerComplaint},
	}
}

type complaintView struct {
	record.Complaint
	Sub, How string
}

type complaintsView struct{ Waiting, Answered []complaintView }

// complaints lists the accesses that patients contest, those that wait first.
func (c *call) complaints() error { return c.showComplaints(nil) }

func (c *call) showComplaints(problems []problem) error {
	all, err := c.Records.Contested(c.r.Context(), c.staff())
	if err != nil {
		return err
	}
	var v complaintsView
	for _, k := range all {
		one := complaintView{k, c.words().Listed(k.Who), c.words().Mode(k.Mode)}
		if k.Answered.IsZero() {
			v.Waiting = append(v.Waiting, one)
		} else {
			v.Answered = append(v.Answered, one)
		}
	}
	return c.show("dpo", view{Title: c.T("Accès contestés"), Nav: "dpo", Problems: problems, Form: c.form, V: v})
}

func (c *call) answerComplaint() error {
	id := c.field("plainte")
	words, problems := c.short("reponse", 4000, true)
	if len(problems) > 0 {
		return c.showComplaints([]problem{{"reponse-" + fhirID(id), problems[0].Text}})
	}
	err := c.Records.AnswerComplaint(c.r.Context(), c.staff(), id, words)
	if code := fhir.CodeOf(err); code == fhir.StateConflict || code == fhir.BusinessRule {
		return c.done(root+"dpo", "Une réponse avait déjà été envoyée.")
	}
	if err != nil {
		return err
	}
	return c.done(root+"dpo", "Réponse envoyée : la personne la trouvera dans ses avis.")
}
