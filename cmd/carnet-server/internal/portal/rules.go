package portal

import (
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

func ruleRoutes() []route {
	at := root + "acces"
	return []route{
		{pattern: "GET " + at, who: patients, serve: (*call).rules},
		{pattern: "POST " + at + "/retirer", who: patients, serve: (*call).revoke},
		{pattern: "POST " + at + "/debloquer", who: patients, serve: (*call).unblock},
		{pattern: "POST " + at + "/contester", who: patients, serve: (*call).contest},
		{pattern: "POST " + at + "/repondre", who: patients, serve: (*call).answer},
		{pattern: "POST " + at + "/sans-medecin", who: patients, serve: (*call).noMT},
		{pattern: "GET " + at + "/ajouter", who: patients, serve: (*call).directory},
		{pattern: "POST " + at + "/chercher", who: patients, serve: (*call).searchDirectory},
		{pattern: "POST " + at + "/ajouter", who: patients, serve: (*call).decide},
	}
}

// ruleView is one decision in words.
type ruleView struct {
	record.Rule
	Name, Sub string
	Future    bool
	Ended     bool
	Never     string // why they read nothing all the same, in words; "" they read
}

// never says why somebody reads no record whatever the holder decides; "" when
// they may (contract sections 1 and 5).
func (c *call) never(l record.Listed) string {
	switch {
	case l.Org:
	case l.Profession == doctor && l.Specialty == occupational:
		return c.T("ne lit jamais : médecine du travail")
	case l.Profession != "" && !terminology.CurrentMatrix().HasProfession(l.Profession):
		return c.T("ne lit jamais : ce métier n’a accès à aucun dossier")
	}
	return ""
}

// Codes of who never reads: a doctor (TRE_G15) of occupational medicine
// (TRE_R38).
const (
	doctor       = "10"
	occupational = "SM25"
)

type rulesView struct {
	MT       record.Listed
	Granted  []ruleView
	Team     []ruleView
	Blocked  []ruleView
	Past     []ruleView
	Requests []record.Request
	Periods  []option
	Kin      []kinView // who enters by a mandate
}

// kinView is who may enter the record by a mandate.
type kinView struct {
	record.Representative
	How    string
	Future bool
}

// kin says how somebody may enter a record; keys of the texts.
var kin = map[string]string{
	record.RelationRepresentative: "représentant légal", record.RelationHeir: "héritier, une fois le dossier fermé", record.RelationPartner: "conjoint, une fois le dossier fermé",
}

// kin lists who represents the person of the shown record.
func (c *call) kin() ([]kinView, error) {
	all, err := c.Records.Representatives(c.r.Context(), c.citizen(), c.rec)
	out := make([]kinView, 0, len(all))
	for _, r := range all {
		if r.Name == "" {
			r.Name = c.T("Une personne")
		}
		out = append(out, kinView{r, c.T(kin[r.Relation]), c.Now().Before(r.Start)})
	}
	return out, err
}

// rules shows everything that is decided about who may read.
func (c *call) rules() error { return c.showRules(nil) }

func (c *call) showRules(problems []problem) error {
	all, err := c.Records.Rules(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	v := rulesView{MT: all.MT, Requests: all.Requests, Periods: c.periods(false)}
	if v.Kin, err = c.kin(); err != nil {
		return err
	}
	now := c.Now()
	out := map[string]bool{} // who is blocked, and reads nothing though authorised
	for _, r := range all.Rules {
		out[r.Actor.ID] = out[r.Actor.ID] || r.Kind == record.RuleBlock && r.Active
	}
	for _, r := range all.Rules {
		one := ruleView{Rule: r, Name: r.Actor.Name, Sub: c.words().Listed(r.Actor), Future: now.Before(r.Start), Ended: !r.End.IsZero() && !now.Before(r.End), Never: c.never(r.Actor)}
		if out[r.Actor.ID] || r.Actor.OrgID != "" && out[r.Actor.OrgID] {
			one.Never = c.T("bloqué : ne lit rien")
		}
		switch {
		case !r.Contested.IsZero() || one.Ended || (!r.Active && !one.Future):
			v.Past = append(v.Past, one)
		case r.Kind == record.RuleBlock:
			v.Blocked = append(v.Blocked, one)
		case r.Kind == record.RuleTeam:
			v.Team = append(v.Team, one)
		default:
			v.Granted = append(v.Granted, one)
		}
	}
	return c.show("rules", view{Title: c.T("Qui peut lire"), Nav: "acces", Problems: problems, Form: c.form, V: v})
}

// periods are the lengths of an authorisation.
func (c *call) periods(dated bool) []option {
	all := []option{
		{Value: "3m", Label: c.T("3 mois"), Chosen: true},
		{Value: "1a", Label: c.T("1 an")},
		{Value: "0", Label: c.T("Sans limite, jusqu’à ce que je la retire")},
	}
	if dated {
		all = append(all, option{Value: "date", Label: c.T("Jusqu’à la date ci-dessous")})
	}
	return all
}

// end gives when an authorisation of a chosen length ends, at the end of its
// last day; zero without limit.
func (c *call) end(from time.Time, length string) (time.Time, bool) {
	day := from.In(c.Zone)
	midnight := time.Date(day.Year(), day.Month(), day.Day(), 0, 0, 0, 0, c.Zone)
	switch length {
	case "0":
		return time.Time{}, true
	case "3m":
		return midnight.AddDate(0, 3, 1), true
	case "1a":
		return midnight.AddDate(1, 0, 1), true
	}
	return time.Time{}, false
}

// since reads from when on an authorisation is: now, or the beginning of a day
// to come.
func (c *call) since() (time.Time, []problem) {
	day, problems := c.date("debut")
	now := c.Now()
	switch {
	case len(problems) > 0:
		return day, problems
	case day.IsZero(), c.words().isoDay(day) == c.words().isoDay(now):
		return now, nil
	case day.Before(now):
		return day, []problem{{"debut", c.T("Choisissez aujourd’hui ou une date à venir.")}}
	case day.After(now.AddDate(farthest, 0, 0)):
		return day, []problem{{"debut", c.T("Choisissez une date dans les deux ans.")}}
	}
	return day, nil
}

// farthest is how many years ahead an authorisation may begin: what lies
// farther is a slip of the keyboard.
const farthest = 2

// until reads the end that was chosen, as a length or as a last day.
func (c *call) until(from time.Time) (time.Time, []problem) {
	if c.field("duree") != "date" {
		end, ok := c.end(from, c.field("duree"))
		if !ok {
			return end, []problem{{"duree", c.T("Choisissez pour combien de temps.")}}
		}
		return end, nil
	}
	last, problems := c.date("fin")
	if end := last.AddDate(0, 0, 1); len(problems) > 0 || end.After(from) {
		return end, problems
	}
	if from.After(c.Now()) {
		return last, []problem{{"fin", c.T("La fin est avant le début.")}}
	}
	return last, []problem{{"fin", c.T("Choisissez une date à venir.")}}
}

// period reads from when to when an authorisation is.
func (c *call) period() (from, until time.Time, problems []problem) {
	if from, problems = c.since(); len(problems) > 0 {
		return from, until, problems
	}
	until, problems = c.until(from)
	return from, until, problems
}

func (c *call) revoke() error {
	if err := c.Records.Revoke(c.r.Context(), c.citizen(), c.rec, c.field("regle")); err != nil {
		return err
	}
	return c.done(root+"acces", "Accès retiré : il ne peut plus rien lire dès maintenant.")
}

func (c *call) unblock() error {
	if err := c.Records.Unblock(c.r.Context(), c.citizen(), c.rec, c.field("acteur")); err != nil {
		return err
	}
	return c.done(root+"acces", "Blocage levé. Pour qu’il lise, il faut encore l’autoriser.")
}

// contest contests, in one click, an authorisation that a professional said to
// have had.
func (c *call) contest() error {
	words := c.field("mots")
	if len([]rune(words)) > 1000 {
		words = string([]rune(words)[:1000])
	}
	if err := c.Records.Contest(c.r.Context(), c.citizen(), c.rec, c.field("regle"), words); err != nil {
		return err
	}
	return c.done(root+"acces", "Accord contesté : il a pris fin à l’instant. L’historique en garde la trace.")
}

// answer answers a professional's request.
func (c *call) answer() error {
	accept := c.field("reponse") == "oui"
	until, ok := c.end(c.Now(), c.field("duree"))
	if accept && !ok {
		return c.showRules([]problem{{"duree-" + c.field("demande"), c.T("Choisissez pour combien de temps.")}})
	}
	if err := c.Records.Answer(c.r.Context(), c.citizen(), c.rec, c.field("demande"), record.Reply{Accept: accept, Until: until}); err != nil {
		return err
	}
	if accept {
		return c.done(root+"acces", "Accès accordé.")
	}
	return c.done(root+"acces", "Demande refusée.")
}

func (c *call) noMT() error {
	if err := c.Records.DeclareMT(c.r.Context(), c.citizen(), c.rec, ""); err != nil {
		return err
	}
	return c.done(root+"acces", "Vous n’avez plus de médecin traitant déclaré ici.")
}

type directoryView struct {
	Words    string
	Found    []option
	Full     bool
	Actions  []option
	Periods  []option
	Today    string
	Tomorrow string
}

const directoryPage = 20

// searchDirectory keeps the words in the session, so that no name stands in an
// address.
func (c *call) searchDirectory() error {
	words := c.field("mots")
	if r := []rune(words); len(r) > 100 {
		words = string(r[:100])
	}
	c.s.change(func(s *state) { s.words = words })
	return c.redirect(root + "acces/ajouter")
}

func (c *call) directory() error { return c.showDirectory(nil) }

func (c *call) showDirectory(problems []problem) error {
	v := directoryView{Words: c.s.get().words, Periods: c.periods(true), Today: c.words().isoDay(c.Now()), Tomorrow: c.words().isoDay(c.Now().AddDate(0, 0, 1)), Actions: []option{
		{Value: "autoriser", Label: c.T("L’autoriser à lire mon dossier"), Chosen: true, Hint: c.T("Selon son métier : voir « Qui lit quoi ».")},
		{Value: "equipe", Label: c.T("L’ajouter à mon équipe de soins"), Hint: c.T("Pour une prise en charge en cours : 3 mois, sauf autre choix.")},
		{Value: "traitant", Label: c.T("Le déclarer médecin traitant"), Hint: c.T("Il lit aussi les documents masqués et voit l’historique.")},
		{Value: "bloquer", Label: c.T("Le bloquer"), Hint: c.T("Il ne lit plus rien, même en bris de glace. Il n’en est pas averti.")},
	}}
	if v.Words != "" {
		found, err := c.Records.Directory(c.r.Context(), c.citizen(), v.Words, directoryPage)
		if err != nil {
			return err
		}
		for _, l := range found {
			hint := c.words().Listed(l)
			if never := c.never(l); never != "" {
				hint += " (" + never + ")"
			}
			v.Found = append(v.Found, option{Value: l.ID, Label: l.Name, Hint: hint})
		}
		v.Full = len(found) >= directoryPage
	}
	form := c.form
	if form == nil {
		form = map[string][]string{}
	}
	form["mots"] = []string{v.Words}
	return c.show("directory", view{Title: c.T("Choisir un professionnel ou un établissement"), Nav: "acces", Problems: problems, Form: form, V: v})
}

// decide does what was chosen about somebody of the directory.
func (c *call) decide() error {
	actor := c.field("acteur")
	if actor == "" {
		return c.showDirectory([]problem{{"acteur", c.T("Choisissez de qui il s’agit.")}})
	}
	ctx, who := c.r.Context(), c.citizen()
	var err error
	sentence := "Accès accordé."
	switch c.field("action") {
	case "autoriser", "equipe":
		from, until, problems := c.period()
		if len(problems) > 0 {
			return c.showDirectory(problems)
		}
		kind := record.RuleAuthorisation
		if c.field("action") == "equipe" {
			kind, sentence = record.RuleTeam, "Ajouté à votre équipe de soins."
		}
		if from.After(c.Now()) {
			sentence = "Enregistré : cela vaudra à partir du jour choisi."
		}
		err = c.Records.Allow(ctx, who, c.rec, record.GrantAsked{Actor: actor, Kind: kind, Start: from, End: until})
	case "traitant":
		sentence, err = "Médecin traitant déclaré.", c.Records.DeclareMT(ctx, who, c.rec, actor)
	case "bloquer":
		sentence, err = "Bloqué dès maintenant.", c.Records.Block(ctx, who, c.rec, actor)
	default:
		return c.showDirectory([]problem{{"action", c.T("Choisissez ce que vous voulez faire.")}})
	}
	switch fhir.CodeOf(err) {
	case "":
		c.s.change(func(s *state) { s.words = "" })
		return c.done(root+"acces", sentence)
	case fhir.BusinessRule:
		return c.showDirectory([]problem{{"action", firstOf(c.neverReads(actor), c.T(whyNot[c.field("action")]), c.said(err))}})
	case fhir.NotFound:
		return c.showDirectory([]problem{{"acteur", c.T("Cette personne n’est plus dans l’annuaire. Cherchez de nouveau.")}})
	}
	return err
}

// neverReads explains that authorising somebody is of no use; "" of others than
// those who never read, and of what is not an authorisation.
func (c *call) neverReads(actor string) string {
	if action := c.field("action"); action != "autoriser" && action != "equipe" {
		return ""
	}
	found, err := c.Records.Directory(c.r.Context(), c.citizen(), actor, 1)
	if err != nil || len(found) == 0 || found[0].ID != actor || c.never(found[0]) == "" {
		return ""
	}
	return c.T("Ce métier ne lit jamais les dossiers : l’autoriser n’aurait aucun effet.")
}

// whyNot explains what a rule of the record refuses, and offers the way out.
var whyNot = map[string]string{
	"autoriser": "Vous avez bloqué cette personne ou son établissement : levez d’abord le blocage dans « Qui peut lire ».",
	"equipe":    "Vous avez bloqué cette personne ou son établissement : levez d’abord le blocage dans « Qui peut lire ».",
	"traitant":  "Seul un médecin que vous n’avez pas bloqué peut être médecin traitant.",
	"bloquer":   "Votre médecin traitant ne peut pas être bloqué : il tient votre dossier à jour. Déclarez d’abord un autre médecin traitant, ou retirez-lui ce rôle dans « Qui peut lire » ; vous pourrez ensuite le bloquer.",
}
