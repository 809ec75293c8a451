package summary

import (
	"cmp"
	"strings"
	"time"

	"carnet/client"
	"carnet/client/advice"
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/ui/choose"
	"carnet/ui/widget"

	"fyne.io/fyne/v2/lang"
)

// headWords name a section.
func headWords(r Row) string {
	name := map[Section]string{
		Allergies:  lang.L("Allergies et effets indésirables"),
		Warnings:   lang.L("À vérifier (aide à la décision)"),
		Treatments: lang.L("Traitements en cours"),
		Conditions: lang.L("Problèmes et antécédents"),
		Family:     lang.L("Antécédents familiaux"),
		Due:        lang.L("Vaccinations attendues (aide)"),
		Vaccines:   lang.L("Vaccinations enregistrées"),
		Measures:   lang.L("Dernières mesures"),
		Documents:  lang.L("Derniers documents"),
		Team:       lang.L("Médecin traitant et équipe de soins"),
	}[r.Section]
	if r.Count == 0 {
		return name
	}
	return name + widget.Nbsp + "(" + widget.FormatNumber(r.Count) + ")"
}

// noneWords say that nothing is recorded, which is no statement about the person.
func noneWords(r Row) string {
	switch r.Section {
	case Allergies:
		return lang.L("Aucune allergie enregistrée : cela ne veut pas dire « aucune allergie ». Demandez.")
	case Warnings:
		if r.Count == 0 {
			return lang.L("Aucun traitement en cours à comparer.")
		}
		return lang.L("Aucune règle ne parle de ces traitements ; ce n’est pas une garantie.")
	case Treatments:
		return lang.L("Aucun traitement en cours enregistré.")
	case Conditions:
		return lang.L("Aucun problème ni antécédent enregistré.")
	case Family:
		return lang.L("Aucun antécédent familial enregistré.")
	case Due:
		return lang.L("Les règles simples n’attendent rien ; le reste n’est pas vérifié.")
	case Vaccines:
		return lang.L("Aucune vaccination enregistrée.")
	case Measures:
		return lang.L("Aucune mesure enregistrée.")
	case Documents:
		return lang.L("Aucun document à lire.")
	}
	return lang.L("Personne n’est déclaré.")
}

// foldWords offer what is past.
func foldWords(r Row) string {
	n := map[string]any{"N": widget.FormatNumber(r.Count)}
	switch {
	case r.Open:
		return lang.L("Replier")
	case r.Section == Treatments:
		return lang.L("Traitements terminés : {{.N}}", n)
	case r.Section == Vaccines:
		return lang.L("Autres vaccinations : {{.N}}", n)
	}
	return lang.L("Anciens ou résolus : {{.N}}", n)
}

// face is how a row looks: icon and word and colour together.
type face struct {
	icon widget.IconName
	tone widget.Tone
	word string // beside the icon; empty for a plain row
}

// warningFace is a warning's level.
func warningFace(w advice.Warning) face {
	icon, tone := choose.Alert(w)
	return face{icon, tone, w.Label(choose.Language())}
}

// dueFace is the state of a vaccination.
func dueFace(v advice.Vaccination) face {
	f := face{widget.IconVaccine, widget.Secondary, v.State.Label(choose.Language())}
	switch v.State {
	case advice.DueLate, advice.DueNow, advice.DueUnknown:
		f.tone = widget.Attention
	}
	if v.State == advice.DueUnknown {
		f.icon = widget.IconInfo
	}
	return f
}

// itemFace is how an item looks.
func itemFace(i client.Item) face {
	switch i.Resource {
	case "AllergyIntolerance":
		f := face{icon: widget.IconAllergy, tone: widget.Danger}
		switch {
		case !advice.Live(i):
			f.tone = widget.Secondary
		case i.Criticality == "high":
			f.word = lang.L("Grave")
		}
		return f
	case "MedicationStatement":
		return face{icon: widget.IconPrescription, tone: widget.Secondary}
	case "FamilyMemberHistory":
		return face{icon: widget.IconPeople, tone: widget.Secondary}
	case "Immunization":
		return face{icon: widget.IconVaccine, tone: widget.Secondary}
	case "Observation":
		return face{icon: widget.IconLab, tone: widget.Secondary}
	}
	return face{icon: widget.IconConsultation, tone: widget.Secondary}
}

// titleWords say what an item is, with what belongs to it.
func titleWords(i client.Item) string {
	t := nameOf(i)
	switch i.Resource {
	case "AllergyIntolerance":
		if i.Reaction != "" {
			t += " — " + i.Reaction
		}
	case "MedicationStatement":
		if i.Dosage != "" {
			t += " — " + i.Dosage
		}
	case "FamilyMemberHistory":
		if who := relationWords(i.Relation); who != "" {
			t = who + widget.Nbsp + ": " + t
		}
	case "Immunization":
		if i.Dose > 0 {
			t += ", " + lang.L("dose {{.N}}", map[string]any{"N": i.Dose})
		}
	}
	return t
}

// relations are the members of a family that can be chosen (v3-RoleCode).
func relations() []fhir.Coding {
	of := func(code, word string) fhir.Coding {
		return fhir.Coding{System: "http://terminology.hl7.org/CodeSystem/v3-RoleCode", Code: code, Display: word}
	}
	return []fhir.Coding{
		of("MTH", lang.L("mère")), of("FTH", lang.L("père")), of("SIS", lang.L("sœur")), of("BRO", lang.L("frère")),
		of("DAUC", lang.L("fille")), of("SONC", lang.L("fils")), of("GRMTH", lang.L("grand-mère")), of("GRFTH", lang.L("grand-père")),
		of("AUNT", lang.L("tante")), of("UNCLE", lang.L("oncle")), of("FAMMEMB", lang.L("famille")),
	}
}

func relationWords(c fhir.Coding) string {
	for _, r := range relations() {
		if r.Code == c.Code {
			return upperFirst(r.Display)
		}
	}
	return upperFirst(c.Display)
}

func upperFirst(s string) string {
	for i, r := range s {
		return strings.ToUpper(string(r)) + s[i+len(string(r)):]
	}
	return s
}

// sourceWords say who wrote an item and when: each item says where it comes from.
func sourceWords(i client.Item, me string, zone *time.Location) string {
	who := i.Author.Name
	switch {
	case i.ByHolder || i.Author.ID == "":
		who = lang.L("le patient")
	case i.Author.ID == me:
		who = lang.L("vous")
	case i.Author.OrgName != "":
		who += ", " + i.Author.OrgName
	}
	s := lang.L("Noté par {{.Who}}", map[string]any{"Who": who})
	if !i.Updated.IsZero() {
		s += " " + lang.L("le {{.Date}}", map[string]any{"Date": widget.FormatDate(i.Updated.In(zone))})
	}
	if i.Source != "" {
		s += " · " + lang.L("tiré d’un document")
	}
	if i.Masked {
		s += " · " + lang.L("masqué aux professionnels")
	}
	return s
}

// whenWords say since when an item holds, or on which day it was.
func whenWords(i client.Item) string {
	start, end := dateWords(i.Start), dateWords(i.End)
	switch {
	case start == "" && end == "":
		return ""
	case i.Resource == "Immunization" || i.Resource == "Observation":
		return start
	case end == "":
		return lang.L("depuis {{.Date}}", map[string]any{"Date": start})
	case start == "":
		return lang.L("jusqu’à {{.Date}}", map[string]any{"Date": end})
	}
	return start + " – " + end
}

// dateWords write a date as exactly as it is known.
func dateWords(s string) string {
	switch {
	case s == "":
		return ""
	case len(s) == len("2006"):
		return s
	case len(s) == len("2006-01"):
		return s[5:] + "/" + s[:4]
	}
	if t := fhir.ParseTime(s); !t.IsZero() {
		return widget.FormatDate(t)
	}
	return s
}

// underWords is the second line of an item.
func underWords(r Row, me string, zone *time.Location) string {
	i := r.Item
	if r.Waits {
		return join(lang.L("en attente d’envoi"), whenWords(i))
	}
	return join(whenWords(i), sourceWords(i, me, zone))
}

// join sets what is there side by side.
func join(all ...string) string {
	var out []string
	for _, s := range all {
		if s != "" {
			out = append(out, s)
		}
	}
	return strings.Join(out, " · ")
}

// dueWords is the second line of a vaccination that is due.
func dueWords(v advice.Vaccination) string {
	due, last := "", ""
	if !v.Due.IsZero() {
		day := map[string]any{"Date": widget.FormatDate(v.Due)}
		switch due = lang.L("attendue depuis le {{.Date}}", day); {
		case v.State == advice.DueSoon:
			due = lang.L("attendue le {{.Date}}", day)
		case v.State == advice.DueUnknown && v.Age > 0: // a day would say more than is known
			due = lang.L("attendue dès {{.Age}}", map[string]any{"Age": ageWords(v.Age)})
		}
	}
	if !v.Last.IsZero() {
		last = lang.L("dernière le {{.Date}}", map[string]any{"Date": widget.FormatDate(v.Last)})
	}
	return join(due, last, lang.L("calendrier {{.Year}}", map[string]any{"Year": v.Cite.Edition}), v.Detail(choose.Language()))
}

// ageWords say an age of so many months.
func ageWords(months int) string {
	if months%12 == 0 && months > 23 {
		return widget.Plural(months/12, lang.L("%d an"), lang.L("%d ans"))
	}
	return widget.Plural(months, lang.L("%d mois"), lang.L("%d mois"))
}

// memberWords are the two lines of somebody who cares for the patient.
func memberWords(m client.CareMember) (title, under string) {
	title = m.Name
	role := ""
	if m.Profession != "" {
		role = terminology.ProfessionLabel(m.Profession)
	}
	if m.MT {
		role = lang.L("Médecin traitant")
	}
	until := ""
	if !m.Until.IsZero() {
		until = lang.L("jusqu’au {{.Date}}", map[string]any{"Date": widget.FormatDate(m.Until)})
	}
	return title, join(role, m.OrgName, until)
}

// documentWords are the two lines of a document.
func documentWords(d client.Document) (title, under string) {
	kind := d.Type.Display
	if t, ok := terminology.TypeByCode(d.Type.Code); ok {
		if kind = t.Short; choose.Language() == "en" {
			kind = t.LabelEN
		}
	}
	title = cmp.Or(d.Attachment.Title, kind)
	if title == kind {
		kind = ""
	}
	return title, join(dateWords(cmp.Or(d.PeriodStart, d.Date)), kind, d.Author.Name, d.Author.OrgName)
}

// alertWords are what the band of identity says of allergies: three names, and how
// many more.
func alertWords(names []string) string {
	if len(names) == 0 {
		return ""
	}
	const most = 3
	said := strings.Join(names[:min(len(names), most)], ", ")
	if more := len(names) - most; more > 0 {
		said += " +" + widget.FormatNumber(more)
	}
	return lang.L("Allergies : {{.Names}}", map[string]any{"Names": said})
}

// citeWords say in short where a rule comes from: the sheet of a warning says it
// whole.
func citeWords(c advice.Citation) string {
	source, _, _ := strings.Cut(c.Source, ",")
	return advice.Citation{Source: source, Edition: c.Edition}.Text(choose.Language())
}

// troubleWords say that the team did not come.
func troubleWords() string {
	return lang.L("L’équipe de soins n’a pas pu être lue. Entrée : réessayer.")
}
