package demo

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// lives are health profiles, one item a line: whose (a person, or all of a
// profile of people), who wrote it ("" the patient, else a key of cast), kind,
// since when (years before today, or a date), what, then what the kind has:
//
//	A  allergy       category | criticality | reaction | substances
//	C  disease       end (years before today; "" it lasts)
//	F  of the family relation (v3-RoleCode) and its word
//	T  treatment     end | dosage | substances
//	V  injection     lot | number in the series
//
// A line with "!" after its kind is masked. Everything is invented.
const lives = `
p001|gp|A|1998|Pénicilline|medication|high|urticaire géante|amoxicilline
p001||A|1962|Arachide|food|high|œdème des lèvres|
p001|gp|C|2009|Diabète de type 2|
p001|gp|C|2012|Hypertension artérielle|
p001|cardiologist|C|2021|Fibrillation atriale|
p001|surgeon|C|2017|Prothèse totale de hanche droite|2017
p001|gp2|C!|2015|Épisode dépressif majeur|2016
p001||F||Infarctus du myocarde à 58 ans|FTH|père
p001||F||Cancer du sein|SIS|sœur
p001|gp|T|2010|Metformine 1000 mg||1 comprimé matin et soir|metformine
p001|gp|T|2013|Ramipril 5 mg||1 comprimé le matin|ramipril
p001|cardiologist|T|2021|Apixaban 5 mg||1 comprimé matin et soir|apixaban
p001|gp|T|2014|Atorvastatine 20 mg||1 comprimé le soir|atorvastatine
p001||T|2025|Ibuprofène 400 mg, sans ordonnance||en cas de douleur de hanche|ibuprofène
p001|gp|T|2011|Glibenclamide 5 mg|2016|1 comprimé le matin|glibenclamide
p001|gp|V|2016-04-12|Diphtérie, tétanos, poliomyélite (DTP)|R3F21V|6
p001|pharmacist|V|2024-10-14|Grippe saisonnière|V2A771|
p001|pharmacist|V|2025-10-20|Grippe saisonnière|W1B402|
p001|nurse|V|2021-03-02|Covid-19 (ARN messager)|EX7823|1
p001|nurse|V|2021-04-06|Covid-19 (ARN messager)|EY0572|2
p008|gp|A|2003|Produits de contraste iodés|medication|high|malaise|
p008|cardiologist|C|2018|Insuffisance cardiaque|
p008|gp|C|1999|Bronchopneumopathie chronique obstructive|
p008|cardiologist|T|2018|Warfarine 5 mg||1 comprimé le soir, selon l’INR|warfarine
p008|cardiologist|T|2019|Amiodarone 200 mg||1 comprimé le matin, 5 jours sur 7|amiodarone
p008|gp|T|2018|Furosémide 40 mg||1 comprimé le matin|furosémide
p008|gp|T|2019|Bisoprolol 2,5 mg||1 comprimé le matin|bisoprolol
diabetic|gp|C|2011|Diabète de type 2|
diabetic|gp|T|2012|Metformine 850 mg||1 comprimé aux trois repas|metformine
diabetic|gp|T|2015|Gliclazide 30 mg LM||1 comprimé le matin|gliclazide
diabetic||F||Diabète de type 2|MTH|mère
senior|gp|C|2008|Hypertension artérielle|
senior|gp|T|2009|Amlodipine 5 mg||1 comprimé le matin|amlodipine
senior|gp|T|2010|Paracétamol 1 g||en cas de douleur, 3 par jour au plus|paracétamol
senior|pharmacist|V|2025-10-17|Grippe saisonnière|W1B388|
senior|gp|V|2013-05-21|Diphtérie, tétanos, poliomyélite (DTP)|R1C090|
adult|gp|C|1996|Rhinite allergique|
adult||A|1996|Pollens de graminées|environment|low|rhinite|
adult||T|2022|Cétirizine 10 mg||au printemps|cétirizine
adult|gp|V|2014-09-09|Diphtérie, tétanos, coqueluche, poliomyélite (dTcaP)|P7K311|
woman|gp|T|2021|Lévonorgestrel et éthinylestradiol||1 comprimé par jour, 21 jours sur 28|lévonorgestrel, éthinylestradiol
woman||A||Latex|environment|low|eczéma des mains|
woman|gp|V|2012-03-14|Papillomavirus humain (HPV)|H5J204|3
mother|midwife|C|2022|Diabète gestationnel|2023
mother|gp|T|2023|Lévothyroxine 75 µg||1 comprimé le matin à jeun|lévothyroxine
mother|midwife|V|2022-11-03|Coqueluche (dTcaP)|P9M118|
child|paediatrician|A|2022|Œuf|food|low|éruption du visage|
child|paediatrician|C|2021|Asthme|
child|gp|T|2021|Salbutamol 100 µg, aérosol||1 à 2 bouffées en cas de gêne|salbutamol
child|paediatrician|V|2019-01-15|Rougeole, oreillons, rubéole (ROR)|S4D560|1
`

const roleSystem = "http://terminology.hl7.org/CodeSystem/v3-RoleCode"

// seedItems writes the health profiles.
func (w *world) seedItems(seeder *record.Seeder) error {
	all, err := w.items()
	if err != nil {
		return err
	}
	for _, i := range all {
		if err := seeder.AddItem(i); err != nil {
			return err
		}
	}
	return nil
}

// items gives the health profiles of everybody who has documents.
func (w *world) items() ([]record.ItemSeed, error) {
	var all []record.ItemSeed
	for i, p := range w.people {
		if !w.rel.hasDocuments(p) {
			continue
		}
		n := 0
		add := func(author string, at time.Time, item fhir.Item) {
			n++
			seed := record.ItemSeed{PatientID: p.seed.ID, ID: fmt.Sprintf("%s-item-%04d", p.seed.ID, n), Item: item, At: at}
			if who, ok := cast[author]; ok {
				o := orgs[who.where]
				seed.By = fhir.Party{ID: who.id, Name: who.name, OrgID: o.id, OrgName: o.name}
			}
			all = append(all, seed)
		}
		for line := range strings.SplitSeq(strings.TrimSpace(lives), "\n") {
			f := strings.Split(line, "|")
			own := f[0] == p.seed.ID
			if !own && (f[0] != p.profile || p.seed.ID == richest || p.seed.ID == longest && f[0] != "senior") {
				continue
			}
			item, err := lifeItem(f)
			if err != nil {
				return nil, err
			}
			if begun := fhir.ParseTime(item.Start); item.Start != "" && begun.Before(p.born.AddDate(0, 3, 0)) {
				continue // before they were born
			}
			add(f[1], w.today.AddDate(-1, 0, -n), item)
		}
		w.measures(i, p, add)
	}
	return all, nil
}

// lifeItem reads a line of lives.
func lifeItem(f []string) (fhir.Item, error) {
	kind, masked := strings.CutSuffix(f[2], "!")
	want, ok := map[string]int{"A": 9, "C": 6, "F": 7, "T": 8, "V": 7}[kind]
	if !ok || len(f) != want {
		return fhir.Item{}, fmt.Errorf("demo: a line of lives has %d fields: %s", len(f), f[4])
	}
	v := fhir.Item{Text: f[4], Start: f[3], Masked: masked, Status: "active"}
	substances := func(names string) {
		for name := range strings.SplitSeq(names, ", ") {
			if name != "" {
				v.Substances = append(v.Substances, fhir.Coding{Display: name})
			}
		}
	}
	switch kind {
	case "A":
		v.Resource, v.Category, v.Criticality, v.Reaction = "AllergyIntolerance", f[5], f[6], f[7]
		substances(f[8])
	case "C":
		v.Resource, v.End = "Condition", f[5]
		if v.End != "" {
			v.Status = "resolved"
		}
	case "F":
		v.Resource, v.Status, v.Relation = "FamilyMemberHistory", "completed", fhir.Coding{System: roleSystem, Code: f[5], Display: f[6]}
	case "T":
		v.Resource, v.End, v.Dosage = "MedicationStatement", f[5], f[6]
		if v.End != "" {
			v.Status = "completed"
		}
		substances(f[7])
	case "V":
		v.Resource, v.Status, v.Lot = "Immunization", "completed", f[5]
		v.Dose, _ = strconv.Atoi(f[6]) // "" is not said
	}
	return v, nil
}

// measures adds three years of measures to a profile; those of a child are of a
// child.
func (w *world) measures(i int, p person, add func(author string, at time.Time, item fhir.Item)) {
	rnd := source(i, 1<<19)
	quantity := func(code, label, value, unit string, day time.Time) fhir.Item {
		return fhir.Item{
			Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: code, Display: label}, Text: label, Status: "final",
			Start: day.Format(time.DateOnly), Value: value, Unit: unit,
		}
	}
	weight, height := 52+rnd.Float64()*38, 152+rnd.IntN(34)
	high, low, steps := 118+rnd.IntN(14), 70+rnd.IntN(10), 12
	hypertensive := p.profile == "senior" || p.profile == "diabetic"
	if hypertensive {
		high, low, steps = high+16, low+8, 36
	}
	for n := range steps {
		day := w.today.AddDate(0, -36+(n+1)*36/steps, -rnd.IntN(9)-1)
		years := p.years(day)
		author := [...]string{"gp", "", "nurse"}[rnd.IntN(3)]
		if years < 1 {
			continue
		}
		if years < 18 {
			weight = 8 + float64(years)*2.6 + float64(day.Month())/5
			if n%3 == 0 {
				add("gp", day, quantity(fhir.MeasureHeight, "Taille", strconv.Itoa(74+years*6), "cm", day))
			}
		} else {
			weight += rnd.Float64()*1.6 - 0.8
			add(author, day, pressure(high+rnd.IntN(19)-8-n/6, low+rnd.IntN(13)-6, day))
		}
		if n%2 == 0 || years < 18 {
			add(author, day, quantity(fhir.MeasureWeight, "Poids", strconv.FormatFloat(weight, 'f', 1, 64), "kg", day))
		}
		if p.profile == "diabetic" && n%3 == 0 {
			add("biologist", day, quantity(fhir.MeasureHbA1c, "HbA1c", strconv.FormatFloat(6.6+rnd.Float64()*1.5, 'f', 1, 64), "%", day))
			add("biologist", day, quantity("1558-6", "Glycémie à jeun", strconv.FormatFloat(1.15+rnd.Float64()*0.6, 'f', 2, 64), "g/L", day))
		}
		if hypertensive && n%12 == 6 {
			add("biologist", day, quantity(fhir.MeasureCholesterol, "Cholestérol total", strconv.FormatFloat(1.7+rnd.Float64()*0.6, 'f', 2, 64), "g/L", day))
		}
		if n == steps-1 && years >= 18 {
			add("nurse", day, quantity(fhir.MeasureHeight, "Taille", strconv.Itoa(height), "cm", day))
			add("nurse", day, quantity(fhir.MeasureHeartRate, "Fréquence cardiaque", strconv.Itoa(62+rnd.IntN(20)), "/min", day))
		}
	}
}

// pressure is a blood pressure: one measure of two values.
func pressure(high, low int, day time.Time) fhir.Item {
	part := func(code, label string, value int) fhir.Part {
		return fhir.Part{Code: fhir.Coding{System: fhir.SystemLOINC, Code: code, Display: label}, Value: strconv.Itoa(value), Unit: "mm[Hg]"}
	}
	const label = "Tension artérielle"
	return fhir.Item{
		Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureBloodPressure, Display: label}, Text: label, Status: "final",
		Start: day.Format(time.DateOnly), Parts: []fhir.Part{
			part(fhir.MeasureSystolic, "Systolique", high), part(fhir.MeasureDiastolic, "Diastolique", low),
		},
	}
}
