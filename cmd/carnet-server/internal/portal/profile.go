package portal

import (
	"slices"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

func profileRoutes() []route {
	at := root + "profil"
	return []route{
		{pattern: "GET " + root + "mesures", who: patients, serve: (*call).measures},
		{pattern: "GET " + at, who: patients, serve: (*call).profile},
		{pattern: "GET " + at + "/{section}", who: patients, serve: (*call).editItem},
		{pattern: "POST " + at + "/{section}", who: patients, serve: (*call).keepItem},
		{pattern: "POST " + at + "/retirer", who: patients, serve: (*call).dropItem},
		{pattern: "POST " + at + "/masque", who: patients, serve: (*call).maskItem},
	}
}

// section is one chapter of the health profile.
type section struct {
	Name     string // in addresses
	Resource string
	Icon     string
	Title    string // keys of the texts
	Add      string
	What     string // label of the text
	Example  string
	When     string // label of the date
	Statuses []choiceWord
}

type choiceWord struct{ value, label string }

var sections = []section{
	{"allergies", "AllergyIntolerance", "allergy", "Allergies et intolérances", "Ajouter une allergie", "À quoi êtes-vous allergique ?", "Par exemple : pénicilline, arachide", "Depuis quand", []choiceWord{{"active", "Toujours actuelle"}, {"resolved", "Disparue"}}},
	{"antecedents", "Condition", "consultation", "Maladies et antécédents", "Ajouter un antécédent", "Quelle maladie, opération ou accident ?", "Par exemple : asthme, appendicite opérée", "Depuis quand", []choiceWord{{"active", "En cours"}, {"resolved", "Guéri ou terminé"}}},
	{"famille", "FamilyMemberHistory", "people", "Antécédents familiaux", "Ajouter un antécédent familial", "Quelle maladie, et chez qui ?", "Par exemple : diabète chez ma mère", "", nil},
	{"traitements", "MedicationStatement", "prescription", "Traitements", "Ajouter un traitement", "Quel médicament ou soin ?", "Par exemple : lévothyroxine 75 µg, un comprimé le matin", "Depuis quand", []choiceWord{{"active", "En cours"}, {"completed", "Terminé"}}},
	{"vaccinations", "Immunization", "vaccine", "Vaccinations", "Ajouter une vaccination", "Quel vaccin ?", "Par exemple : tétanos, grippe", "Date de l’injection", nil},
	{"mesures", "Observation", "lab", "Mesures", "Ajouter une mesure", "", "", "Date de la mesure", nil},
}

func sectionOf(name, resource string) (section, bool) {
	for _, s := range sections {
		if s.Name == name || (resource != "" && s.Resource == resource) {
			return s, true
		}
	}
	return section{}, false
}

// itemView is an item of the profile in words.
type itemView struct {
	record.ProfileItem
	Section      string
	Name, Amount string
	When, State  string
	Grave        bool   // an allergy that is
	More         string // what else was written of it: a reaction, how it is taken, a lot
}

type chapter struct {
	section
	Items []itemView
}

func (c *call) profile() error {
	all, err := c.Records.Profile(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	var v []chapter
	newest := c.newestMeasures(all)
	for _, s := range sections {
		ch := chapter{section: s}
		for _, it := range all {
			if it.Resource == s.Resource && (s.Resource != "Observation" || newest[it.ID]) {
				ch.Items = append(ch.Items, c.item(s, it))
			}
		}
		v = append(v, ch)
	}
	return c.show("profile", view{Title: c.T("Profil de santé"), Nav: "profil", V: v})
}

func (c *call) item(s section, it record.ProfileItem) itemView {
	v := itemView{ProfileItem: it, Section: s.Name, Name: firstOf(it.Text, it.Code.Display), When: c.words().DayText(it.Date)}
	if s.Resource == "Observation" {
		v.Name, v.Amount = c.measureWords(it)
	}
	v.Grave, v.More = it.View.Criticality == "high", c.moreWords(it.View)
	for _, w := range s.Statuses {
		if w.value == it.Status && it.Status != "active" {
			v.State = c.T(w.label)
		}
	}
	return v
}

// moreWords say what else was written of an item: the patient reads all that their
// professionals do.
func (c *call) moreWords(i fhir.Item) string {
	var all []string
	add := func(s string) {
		if s != "" {
			all = append(all, s)
		}
	}
	add(firstOf(i.Relation.Display, i.Relation.Code))
	add(i.Reaction)
	add(i.Dosage)
	for _, s := range i.Substances {
		if !strings.Contains(terminology.Fold(i.Text), terminology.Fold(s.Display)) {
			add(s.Display)
		}
	}
	if i.Dose > 0 {
		add(c.T("dose n° %d", i.Dose))
	}
	if i.Lot != "" {
		add(c.T("lot %s", i.Lot))
	}
	if i.End != "" {
		add(c.T("jusqu’à : %s", c.words().DayText(i.End)))
	}
	return strings.Join(all, " · ")
}

type itemForm struct {
	section
	Measure measureForm // of a measure
	States  []option
	Today   string
	New     bool
}

// editItem shows the form of a new item; POST without a value to keep shows
// that of an old one (an address holds no item).
func (c *call) editItem() error {
	s, ok := sectionOf(c.r.PathValue("section"), "")
	if !ok {
		return errNowhere
	}
	form := map[string][]string{"etat": {"active"}}
	if s.Resource == "Observation" || s.Resource == "Immunization" {
		form["date"] = []string{c.words().isoDay(c.Now())}
	}
	return c.showItem(s, form, nil)
}

func (c *call) showItem(s section, form map[string][]string, problems []problem) error {
	v := itemForm{section: s, Today: c.words().isoDay(c.Now()), New: len(form["id"]) == 0 || form["id"][0] == ""}
	if s.Resource == "Observation" {
		v.Measure = c.measureForm(form, problems)
	}
	for _, w := range s.Statuses {
		v.States = append(v.States, option{Value: w.value, Label: c.T(w.label)})
	}
	title := firstOf(v.Measure.Name, c.T(s.Add))
	if !v.New {
		title = c.T("Modifier")
	}
	return c.show("item", view{Title: title, Nav: "profil", Form: form, Problems: problems, V: v})
}

// keepItem keeps a new or a changed item, or opens one to be changed.
func (c *call) keepItem() error {
	s, ok := sectionOf(c.r.PathValue("section"), "")
	if !ok {
		return errNowhere
	}
	if c.form.Has("ouvrir") {
		return c.openItem(s)
	}
	if s.Resource == "Observation" && !c.form.Has("valeur") {
		return c.chooseMeasure(s)
	}
	it, problems := c.readItem(s)
	if len(problems) > 0 {
		return c.showItem(s, c.form, problems)
	}
	if err := c.whole(&it); err != nil {
		return err
	}
	_, err := c.Records.KeepItem(c.r.Context(), c.citizen(), c.rec, it)
	switch fhir.CodeOf(err) {
	case "":
		if s.Resource == "Observation" {
			return c.done(root+"mesures", "Mesure enregistrée.")
		}
		return c.done(root+"profil", "Profil enregistré.")
	case fhir.Invalid, fhir.BadCode, fhir.BadValue, fhir.Required:
		return c.showItem(s, c.form, []problem{{"", firstOf(c.said(err), c.T("Une de ces valeurs n’est pas acceptée. Vérifiez-les, puis recommencez."))}})
	}
	return err
}

// whole keeps of an item that is changed what the form does not ask: a reaction, how it
// is taken, its substances. Of something else than before, these go.
func (c *call) whole(it *record.ProfileItem) error {
	if it.ID == "" || it.Resource == "Observation" {
		return nil
	}
	all, err := c.Records.Profile(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	at := slices.IndexFunc(all, func(o record.ProfileItem) bool { return o.ID == it.ID && o.View.Resource == it.Resource })
	if at < 0 {
		return nil // KeepItem says what is wrong
	}
	v := all[at].View
	if v.Text != it.Text {
		v.Substances, v.Code, v.Dosage, v.Reaction, v.Lot = nil, fhir.Coding{}, "", "", ""
	}
	if it.Status == "active" && v.Status != "active" {
		v.End = ""
	}
	v.Text, v.Start, v.Note, v.Status = it.Text, it.Date, it.Note, firstOf(it.Status, v.Status)
	it.View = v
	return nil
}

// openItem fills the form with an item of the record.
func (c *call) openItem(s section) error {
	all, err := c.Records.Profile(c.r.Context(), c.citizen(), c.rec)
	if err != nil {
		return err
	}
	for _, it := range all {
		if it.ID == c.field("ouvrir") && it.Resource == s.Resource {
			masked := ""
			if it.Masked {
				masked = "1"
			}
			if s.Resource == "Observation" {
				return c.showItem(s, c.openMeasure(it, masked), nil)
			}
			return c.showItem(s, map[string][]string{
				"id": {it.ID}, "version": {strconv.FormatInt(it.Version, 10)}, "quoi": {it.Text}, "date": {it.Date}, "etat": {firstOf(it.Status, "active")},
				"note": {it.Note}, "masque": {masked},
			}, nil)
		}
	}
	return fhir.E(fhir.NotFound, "")
}

// readItem reads and checks the form of an item.
func (c *call) readItem(s section) (record.ProfileItem, []problem) {
	note, problems := c.short("note", 500, false)
	it := record.ProfileItem{ID: c.field("id"), Resource: s.Resource, Note: note, Status: "active", Masked: c.form.Has("masque")}
	it.Version, _ = strconv.ParseInt(c.field("version"), 10, 64)
	for _, w := range s.Statuses {
		if w.value == c.field("etat") {
			it.Status = w.value
		}
	}
	if len(s.Statuses) == 0 {
		it.Status = ""
	}
	if s.Resource == "Observation" {
		problems = append(problems, c.readMeasure(&it)...)
	} else {
		text, wrong := c.short("quoi", 200, true)
		it.Text, problems = text, append(problems, wrong...)
	}
	problems = append(problems, c.readItemDate(s, &it)...)
	if s.Resource == "Observation" {
		problems = append(problems, c.readClock(&it)...)
	}
	return it, problems
}

// readItemDate reads when it was: a year, a month or a day, never to come.
func (c *call) readItemDate(s section, it *record.ProfileItem) []problem {
	typed := c.field("date")
	needed := s.Resource == "Observation" || s.Resource == "Immunization"
	if typed == "" {
		if needed {
			return []problem{{"date", c.T("Dites de quel jour il s’agit.")}}
		}
		return nil
	}
	for _, layout := range []string{"2006", "2006-01", "01/2006"} {
		if t, err := time.ParseInLocation(layout, typed, c.Zone); err == nil && !needed && t.Year() > 1850 && !t.After(c.Now()) {
			it.Date = typed
			if layout == "01/2006" {
				it.Date = t.Format("2006-01")
			}
			return nil
		}
	}
	day, problems := c.date("date")
	switch {
	case len(problems) > 0:
		return problems
	case day.After(c.Now()):
		return []problem{{"date", c.T("Cette date est dans le futur.")}}
	}
	it.Date = c.words().isoDay(day)
	return nil
}

func (c *call) dropItem() error {
	version, err := parseSeq(c.field("version"))
	if err != nil {
		return fhir.E(fhir.BadValue, "")
	}
	if err := c.Records.DropItem(c.r.Context(), c.citizen(), c.rec, c.field("id"), version); err != nil {
		return err
	}
	return c.done(root+"profil", "Retiré de votre profil.")
}

// maskItem masks an item, or unmasks it, whoever wrote it.
func (c *call) maskItem() error {
	version, err := parseSeq(c.field("version"))
	if err != nil {
		return fhir.E(fhir.BadValue, "")
	}
	id, masked, sentence := c.field("masquer"), true, "Masqué : seuls son auteur et votre médecin traitant le voient."
	if id == "" {
		id, masked, sentence = c.field("demasquer"), false, "Démasqué : les professionnels que vous autorisez le voient."
	}
	if err := c.Records.MaskItem(c.r.Context(), c.citizen(), c.rec, record.ProfileItem{ID: id, Version: version, Masked: masked}); err != nil {
		return err
	}
	return c.done(root+"profil", sentence)
}
