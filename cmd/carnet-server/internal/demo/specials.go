package demo

import (
	"fmt"
	"slices"
	"time"

	"carnet/client/fhir"
)

// special is a document that shows one rule or one format.
type special struct {
	patient, author string
	typ, title      string
	days            int // before today
	change          func(*document)
	body            func(s *sheet, p person, day time.Time) // nil: a model of the type, or a short note
	replaces        int                                     // index of an earlier special, plus one
}

// specials are, in order, those of everybody; a special that replaces another
// names it by its place in this list.
func specialList() []special {
	masked := func(d *document) { d.seed.Masked = true }
	return []special{
		{patient: richest, author: "gp2", typ: "11488-4", title: "Consultation de second avis", days: 40, change: masked},
		{patient: richest, author: "gp", typ: "68599-0", title: "Synthèse psychiatrique", days: 130, change: masked, body: psychiatric},
		{
			patient: richest, author: "pathologist", typ: "60568-3", title: "Compte rendu d’anatomie pathologique – biopsie mammaire", days: 2,
			change: func(d *document) { d.seed.HiddenPat = true }, body: announcement,
		},
		{patient: richest, author: "biologist", typ: "11502-2", title: "Ionogramme sanguin – résultats provisoires", days: 12, body: ions(1)},
		{patient: richest, author: "biologist", typ: "11502-2", title: "Ionogramme sanguin – résultats complétés", days: 11, replaces: 4, body: ions(2)},
		{patient: richest, author: "biologist", typ: "11502-2", title: "Ionogramme sanguin – résultats définitifs", days: 10, replaces: 5, body: ions(3)},
		{
			patient: richest, author: "gp", typ: "57833-6", title: "Ordonnance – ancien traitement", days: 900,
			change: func(d *document) { d.seed.Archived = true },
		},
		{
			patient: richest, author: "gp", typ: "89601-9", title: "Certificat médical – établi par erreur", days: 60,
			change: func(d *document) { d.seed.Status = "entered-in-error" },
		},
		{patient: richest, author: "physician", typ: "34112-3", title: "Compte rendu d’hospitalisation détaillé", days: 75, body: longReport(11)},
		{patient: richest, author: "gp", typ: "52040-3", title: "Photographie d’une lésion de l’avant-bras", days: 33, change: picture("image/png", lesionPNG)},
		{patient: richest, author: "radiologist", typ: "18748-4", title: "Radiographie de la main, cliché", days: 210, change: picture("image/jpeg", handJPEG)},
		{patient: richest, author: "nurse", typ: "29274-8", title: "Automesures de la tension artérielle", days: 15, change: plain(bloodPressure)},
		{patient: richest, author: "gp", typ: "DOCPAT02", title: "Mes médicaments et mes questions", days: 25, change: deposited(ownDrugs)},
		{patient: "p008", author: "physician", typ: "34112-3", title: "Dossier complet du séjour (200 pages)", days: 50, body: longReport(199)},
		{patient: "p014", author: "occupational", typ: "89601-9", title: "Attestation de suivi en santé au travail", days: 20},
		{patient: "p015", author: "gp2", typ: "68599-0", title: "Synthèse psychiatrique", days: 100, change: masked, body: psychiatric},
		{patient: "p015", author: "cardiologist", typ: "11488-4", title: "Consultation de cardiologie", days: 30},
		{patient: "p018", author: "gp", typ: "11488-4", title: "Consultation avant le blocage", days: 400},
		{patient: "p019", author: "pharmacist", typ: "60593-1", title: "Dispensation déposée malgré le blocage", days: 8},
		{patient: "p005", author: "gp", typ: "DOCPAT09", title: "Autorisation parentale", days: 70, change: deposited(parental)},
		{
			patient: "p020", author: "gp", typ: "60591-5", title: "Volet de synthèse médicale", days: 200,
		},
		{
			patient: "p040", author: "gp", typ: "18776-5", title: "Projet d’accueil, volet confidentiel", days: 44,
			change: func(d *document) { d.seed.HiddenReps = true },
		},
	}
}

// specials gives a person theirs, and to some a photograph or a note of their
// own.
func (w *world) specials(i int, p person) {
	for j, sp := range specialList() {
		if sp.patient == p.seed.ID {
			w.add(w.special(i, j, p, sp))
		}
	}
	sp := special{author: "gp", days: 30 + 3*i}
	switch i % 5 {
	case 1:
		sp.typ, sp.title, sp.change = "52040-3", "Photographie d’une lésion cutanée", picture("image/jpeg", lesionJPEG(i))
	case 3:
		sp.typ, sp.title, sp.change = "DOCPAT02", "Notes déposées avant la consultation", deposited(notes)
	default:
		return
	}
	w.add(w.special(i, len(specialList()), p, sp))
}

// firstSpecial numbers specials apart from ordinary documents.
const firstSpecial = 5000

func (w *world) special(i, j int, p person, sp special) document {
	who := cast[sp.author]
	day := w.today.AddDate(0, 0, -sp.days)
	d := w.base(p, who, sp.typ, sp.title, day.Add(9*time.Hour+30*time.Minute))
	d.seed.UniqueID = uniqueID(i, firstSpecial+j)
	if sp.replaces > 0 {
		d.seed.Replaces = uniqueID(i, firstSpecial+sp.replaces-1)
	}
	body := sp.body
	if body == nil {
		body = w.modelBody(sp)
	}
	d.draw = func() ([]byte, error) {
		s := newSheet(paper{title: sp.title, author: who, org: orgs[who.where], day: day, embed: true})
		s.patient(p, day)
		s.title(sp.title, "Acte du "+frenchDate(day))
		body(s, p, day)
		s.signature(who, day)
		return s.bytes()
	}
	if sp.change != nil {
		sp.change(&d)
	}
	return d
}

// modelBody finds a model of the special's type, best by its author.
func (w *world) modelBody(sp special) func(*sheet, person, time.Time) {
	found := slices.IndexFunc(w.letters, func(l letter) bool { return l.typ == sp.typ && slices.Contains(l.authors, sp.author) })
	if found < 0 {
		found = slices.IndexFunc(w.letters, func(l letter) bool { return l.typ == sp.typ })
	}
	if found < 0 {
		return shortNote
	}
	return func(s *sheet, p person, day time.Time) {
		w.letters[found].draw(s, newFiller(source(sp.days, found), p, day))
	}
}

// ions is a result in its first, second or last state.
func ions(state int) func(*sheet, person, time.Time) {
	return func(s *sheet, _ person, _ time.Time) {
		rows := [][]string{
			{"Sodium", "138", "mmol/L", "136 à 145", ""},
			{"Potassium", "5,4", "mmol/L", "3,5 à 5,1", "*élevé"},
			{"Chlorures", "102", "mmol/L", "98 à 107", ""},
			{"Bicarbonates", "24", "mmol/L", "22 à 29", ""},
		}
		switch state {
		case 1:
			rows = rows[:2]
		case 3:
			rows[1] = []string{"Potassium (contrôlé sur nouveau prélèvement)", "4,6", "mmol/L", "3,5 à 5,1", ""}
		}
		s.heading("Ionogramme sanguin")
		s.results(rows)
		s.para([...]string{
			"Résultats partiels, transmis sans attendre. La suite vous parviendra dans la journée.",
			"Résultats complets. Potassium élevé, hémolyse possible : contrôle demandé. Remplace le compte rendu provisoire.",
			"Résultats définitifs après contrôle. Remplace les deux comptes rendus précédents.",
		}[state-1])
	}
}

func psychiatric(s *sheet, p person, _ time.Time) {
	s.heading("Histoire")
	s.para(fmt.Sprintf("%s %s est suivi%s pour un épisode dépressif d’intensité moyenne, dans un contexte de deuil. Pas d’idée suicidaire.", p.civility(), p.display(), p.e()))
	s.heading("Évolution")
	s.para("Amélioration du sommeil et de l’appétit en six semaines. Reprise progressive des activités. Bonne alliance.")
	s.heading("Projet")
	s.bullet("Entretiens toutes les trois semaines ; traitement maintenu six mois.")
	s.bullet("Document masqué aux autres professionnels à la demande de la personne.")
}

func shortNote(s *sheet, p person, _ time.Time) {
	s.heading("Observation")
	s.para(fmt.Sprintf("%s %s a été vu%s ce jour. L’entretien et l’examen n’appellent pas de mesure immédiate ; la conduite tenue a été expliquée et comprise.", p.civility(), p.display(), p.e()))
	s.heading("Suite")
	s.bullet("Réévaluation lors de la prochaine consultation.")
	s.bullet("Transmission au médecin traitant.")
}

func announcement(s *sheet, _ person, _ time.Time) {
	s.heading("Renseignements")
	s.para("Microbiopsies échoguidées du sein gauche, quatre fragments de 12 à 16 mm.")
	s.heading("Examen microscopique")
	s.para("Prolifération épithéliale infiltrante de type non spécifique, grade II (architecture 3, noyaux 2, mitoses 1). Récepteurs aux œstrogènes 90 %, à la progestérone 70 %, HER2 score 1+, Ki67 à 15 %.")
	s.heading("Conclusion")
	s.para("Carcinome infiltrant de type non spécifique. Résultat à remettre lors d’une consultation d’annonce : ce document n’est pas visible par la patiente avant celle-ci.")
}

// longReport fills pages, for reading and for measuring memory.
func longReport(pages int) func(*sheet, person, time.Time) {
	return func(s *sheet, p person, day time.Time) {
		rnd := source(7, pages)
		fill := newFiller(rnd, p, day)
		for n := 1; s.pdf.PageNo() <= pages; n++ {
			on := day.AddDate(0, 0, n/3-5*pages/3) // three notes a day, some five a page
			s.heading(fmt.Sprintf("Note %d – %s, équipe %s", n, frenchDate(on), [...]string{"du matin", "du soir", "de nuit"}[n%3]))
			s.para(fill.text("{Nuit calme|Nuit agitée, un lever|Sommeil fractionné}. Douleur {0-5}/10. Température {n:36.4-38.1} °C, pression artérielle {n:108-148}/{n:62-88} mmHg, saturation {n:94-99} %. {Transit présent|Transit ralenti}. Diurèse {n:900-2100} mL. Examen : auscultation {libre|avec crépitants des bases}, abdomen souple, {pas d'œdème|œdèmes discrets des chevilles}."))
			s.results([][]string{
				fill.measure([]string{"Créatinine", "58-118", "µmol/L", "50-104"}),
				fill.measure([]string{"Potassium", "3.3-5.2", "mmol/L", "3.5-5.1"}),
				fill.measure([]string{"CRP", "2-64", "mg/L", "0-5"}),
			})
			s.bullet(fill.text("{Poursuite du traitement.|Adaptation des diurétiques.|Relais par voie orale.|Kinésithérapie : marche dans le couloir.}"))
		}
	}
}

// picture makes a document an image.
func picture(contentType string, draw func() ([]byte, error)) func(*document) {
	return func(d *document) { d.seed.ContentType, d.draw = contentType, draw }
}

// plain makes a document a text.
func plain(write func(d *document) string) func(*document) {
	return func(d *document) {
		d.seed.ContentType = "text/plain"
		d.draw = func() ([]byte, error) { return []byte(write(d)), nil }
	}
}

func bloodPressure(d *document) string {
	rnd := source(1, 4242)
	fill := newFiller(rnd, person{}, d.seed.Date)
	out := "Automesures de la tension artérielle (mmHg), trois matins et trois soirs\n\n"
	for day := range 3 {
		on := d.seed.Date.AddDate(0, 0, day-3)
		for _, moment := range []string{"matin", "soir "} {
			out += fmt.Sprintf("%-18s %s   %s   pouls %s\n", frenchDate(on), moment, fill.text("{n:124-148}/{n:70-88}"), fill.text("{n:62-82}"))
		}
	}
	return out + "\nMoyenne à reporter lors de la consultation.\n"
}

// deposited makes a document the patient's own, as a text.
func deposited(text string) func(*document) {
	return func(d *document) {
		d.seed.ByPatient = true
		d.seed.Author = fhir.Party{ID: d.seed.PatientID, Name: "Déposé par le patient"}
		d.seed.Facility, d.seed.Practice = fhir.Coding{Code: "EXP_PATIENT"}, fhir.Coding{Code: "EXP_PATIENT"}
		d.seed.ContentType = "text/plain"
		d.draw = func() ([]byte, error) { return []byte(text), nil }
	}
}

const ownDrugs = `Mes médicaments et mes questions

Matin : metformine, périndopril.
Soir : metformine, atorvastatine.

Questions pour la prochaine consultation :
- Puis-je prendre de l'ibuprofène pour mon genou ?
- Quand refaire le fond d'œil ?
`

const notes = `Notes pour la prochaine consultation

- Tension prise à la pharmacie la semaine dernière : 13/8.
- Depuis quinze jours, sommeil plus léger ; pas de changement de traitement.
- Le renouvellement de l'ordonnance arrive à son terme en fin de mois.
`

const parental = `Autorisation parentale

Nous autorisons notre enfant à participer au séjour de découverte de l'école,
et le responsable à faire donner les soins urgents nécessaires.

Allergies connues : aucune. Vaccinations à jour.
`
