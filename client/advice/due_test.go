package advice

import (
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
)

func day(s string) time.Time {
	t, err := time.Parse(time.DateOnly, s)
	if err != nil {
		panic(err)
	}
	return t
}

func shot(code, text, on string) fhir.Item {
	return fhir.Item{Resource: "Immunization", Status: "completed", Code: fhir.Coding{Code: code}, Text: text, Start: on}
}

func TestVaccinationsDue(t *testing.T) {
	hexa := func(on string) fhir.Item { return shot("J07CA09", "", on) }
	for _, c := range []struct {
		name, birth, on string
		recorded        []fhir.Item
		vaccine, series string
		want            DueState // "": the series is not told
		dose            int
		due             string
	}{
		{"an infant of one month", "2026-10-20", "2026-11-22", nil, "dtp", "nourrisson", DueSoon, 1, "2026-12-20"},
		{"an infant of two months and nothing recorded", "2026-09-20", "2026-11-22", nil, "dtp", "nourrisson", DueUnknown, 1, "2026-11-20"},
		{"one dose, the second is near", "2026-08-22", "2026-11-22", []fhir.Item{hexa("2026-10-22")}, "dtp", "nourrisson", DueSoon, 2, "2026-12-22"},
		{"one dose, the second is due", "2026-07-22", "2026-11-22", []fhir.Item{hexa("2026-09-22")}, "dtp", "nourrisson", DueNow, 2, "2026-11-22"},
		{"one dose, the second is late", "2026-05-01", "2026-11-22", []fhir.Item{hexa("2026-07-01")}, "dtp", "nourrisson", DueLate, 2, "2026-09-01"},
		{"the third waits five months after the second", "2025-12-01", "2026-11-22", []fhir.Item{hexa("2026-05-01"), hexa("2026-09-01")}, "dtp", "nourrisson", DueSoon, 3, "2027-02-01"},
		{"two doses, the third far away", "2026-06-01", "2026-11-22", []fhir.Item{hexa("2026-08-01"), hexa("2026-10-01")}, "dtp", "nourrisson", DueDone, 2, ""},
		{"all three", "2025-06-01", "2026-11-22", []fhir.Item{hexa("2025-08-01"), hexa("2025-10-01"), hexa("2026-05-02")}, "dtp", "nourrisson", DueDone, 3, ""},
		{"the same day twice is one dose", "2026-05-01", "2026-11-22", []fhir.Item{hexa("2026-07-01"), shot("", "Hexyon", "2026-07-01")}, "dtp", "nourrisson", DueLate, 2, "2026-09-01"},
		{"entered in error does not count", "2026-09-20", "2026-11-22", []fhir.Item{{Resource: "Immunization", Status: "entered-in-error", Code: fhir.Coding{Code: "J07CA09"}, Start: "2026-11-20"}}, "dtp", "nourrisson", DueUnknown, 1, "2026-11-20"},
		{"born in 2025: meningococcus B is compulsory", "2025-01-01", "2025-05-01", []fhir.Item{shot("", "Bexsero", "2025-04-02")}, "menb", "nourrisson", DueSoon, 2, "2025-06-02"},
		{"born in 2025: ACWY at six months", "2025-05-22", "2025-11-22", nil, "menacwy", "nourrisson", DueUnknown, 1, "2025-11-22"},
		{"born in 2024: C or ACWY", "2024-06-01", "2025-07-15", []fhir.Item{shot("J07AH07", "", "2024-11-05")}, "menc", "nourrisson", DueNow, 2, "2025-06-01"},
		{"born in 2024: not the ACWY of 2025", "2024-06-01", "2025-07-15", nil, "menacwy", "nourrisson", "", 0, ""},
		{"measles at 12 months", "2025-11-22", "2026-11-22", []fhir.Item{shot("", "ROR (Priorix)", "2026-11-01")}, "ror", "enfant", DueDone, 1, ""},
		{"measles, the second dose", "2025-05-22", "2026-11-22", []fhir.Item{shot("J07BD52", "", "2026-05-25")}, "ror", "enfant", DueNow, 2, "2026-09-22"},
		{"an adult born in 1979 is not asked", "1979-12-31", "2026-11-22", nil, "ror", "adulte", "", 0, ""},
		{"an adult born in 1980 is", "1980-01-01", "2026-11-22", nil, "ror", "adulte", DueUnknown, 1, "1998-01-01"},
		{"six years", "2020-11-01", "2026-11-22", []fhir.Item{hexa("2021-01-01")}, "dtp", "6 ans", DueNow, 1, "2026-11-01"},
		{"eleven years, a booster at six", "2015-11-01", "2026-11-22", []fhir.Item{shot("J07CA02", "", "2021-11-10")}, "dtp", "11-13 ans", DueNow, 1, "2026-11-01"},
		{"fourteen and a half", "2012-05-01", "2026-11-22", []fhir.Item{shot("J07CA02", "", "2018-05-10")}, "dtp", "11-13 ans", DueLate, 1, "2023-05-01"},
		{"twenty-five, a booster at twelve", "2001-11-01", "2026-11-22", []fhir.Item{shot("", "Repevax", "2013-11-10")}, "dtp", "25 ans", DueNow, 1, "2026-11-01"},
		{"twenty-five, a booster at twenty-three", "2001-11-01", "2026-11-22", []fhir.Item{shot("", "Revaxis", "2024-11-10")}, "dtp", "25 ans", DueDone, 1, ""},
		{"forty-four and ten months", "1982-01-20", "2026-11-22", []fhir.Item{shot("", "DTP", "2007-01-10")}, "dtp", "45 ans", DueSoon, 1, "2027-01-20"},
		{"forty-six", "1980-06-01", "2026-11-22", []fhir.Item{shot("", "DTPolio", "2005-01-10")}, "dtp", "45 ans", DueLate, 1, "2025-06-01"},
		{"forty-five and nothing recorded", "1981-06-01", "2026-11-22", nil, "dtp", "45 ans", DueUnknown, 1, "2026-06-01"},
		{"forty-four and vaccinated at forty-two", "1982-01-01", "2026-11-22", []fhir.Item{shot("", "Revaxis", "2024-01-10")}, "dtp", "45 ans", DueDone, 1, ""},
		{"sixty-five", "1961-11-01", "2026-11-22", []fhir.Item{shot("J07CA01", "", "2006-11-10")}, "dtp", "65 ans", DueNow, 1, "2026-11-01"},
		{"seventy-eight", "1948-05-01", "2026-11-22", []fhir.Item{shot("J07CA01", "", "2013-06-10")}, "dtp", "75 ans", DueLate, 1, "2023-05-01"},
		{"flu in November, last year's shot", "1950-01-01", "2026-11-22", []fhir.Item{shot("", "Grippe, Efluelda", "2025-10-20")}, "grippe", "saison", DueNow, 1, "2026-10-15"},
		{"flu of this season", "1950-01-01", "2026-11-22", []fhir.Item{shot("J07BB02", "", "2026-10-20")}, "grippe", "saison", DueDone, 1, ""},
		{"flu of this season in January", "1950-01-01", "2027-01-20", []fhir.Item{shot("J07BB02", "", "2026-10-20")}, "grippe", "saison", DueDone, 1, ""},
		{"flu never recorded", "1950-01-01", "2026-11-22", nil, "grippe", "saison", DueUnknown, 1, "2026-10-15"},
		{"flu in June", "1950-01-01", "2026-06-22", nil, "grippe", "saison", "", 0, ""},
		{"flu at sixty-four", "1962-06-01", "2026-11-22", nil, "grippe", "saison", "", 0, ""},
		{"covid in spring at eighty", "1940-01-01", "2026-05-02", []fhir.Item{shot("", "Comirnaty", "2025-11-02")}, "covid", "printemps", DueNow, 1, "2026-04-14"},
		{"covid in spring at seventy", "1955-01-01", "2026-05-02", nil, "covid", "printemps", "", 0, ""},
		{"zoster, first dose", "1961-06-01", "2026-11-22", []fhir.Item{shot("", "Shingrix", "2026-10-20")}, "zona", "65 ans", DueSoon, 2, "2026-12-20"},
		{"pneumococcus at sixty-five, 20-valent", "1960-06-01", "2026-11-22", []fhir.Item{shot("", "Prevenar 20", "2025-10-20")}, "pneumo20", "65 ans", DueDone, 1, ""},
		{"pneumococcus, an older vaccine", "1955-06-01", "2026-11-22", []fhir.Item{shot("", "Pneumovax", "2021-10-20")}, "pneumo20", "65 ans", DueLate, 1, "2022-10-20"},
		{"RSV at seventy-four", "1952-06-01", "2026-11-22", nil, "vrs", "75 ans", "", 0, ""},
		{"RSV at seventy-five", "1951-06-01", "2026-11-22", nil, "vrs", "75 ans", DueUnknown, 1, "2026-06-01"},
		{"HPV at twelve, one dose", "2014-06-01", "2026-11-22", []fhir.Item{shot("", "Gardasil 9", "2026-05-02")}, "hpv", "11-14 ans", DueNow, 2, "2026-11-02"},
		{"HPV at sixteen", "2010-06-01", "2026-11-22", []fhir.Item{shot("", "HPV", "2022-05-02")}, "hpv", "11-14 ans", DueLate, 2, "2022-11-02"},
		{"HPV at twenty", "2006-06-01", "2026-11-22", nil, "hpv", "11-14 ans", "", 0, ""},
		{"ACWY at seventeen", "2009-06-01", "2026-11-22", nil, "menacwy", "11-14 ans", DueUnknown, 1, "2020-06-01"},
		{"a leap day", "2024-02-29", "2025-02-28", []fhir.Item{shot("", "ROR", "2025-02-27")}, "ror", "enfant", DueDone, 1, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			all, _ := CurrentCalendar().Due(c.birth, c.recorded, day(c.on))
			var got *Vaccination
			for i := range all {
				if all[i].Vaccine == c.vaccine && all[i].Series == c.series {
					got = &all[i]
				}
			}
			switch {
			case c.want == "" && got != nil:
				t.Fatalf("told: %+v", *got)
			case c.want == "":
			case got == nil:
				t.Fatalf("not told: %+v", all)
			case got.State != c.want || got.Dose != c.dose || (c.due != "") != !got.Due.IsZero() || c.due != "" && !got.Due.Equal(day(c.due)):
				t.Errorf("%s, dose %d, due %s", got.State, got.Dose, got.Due.Format(time.DateOnly))
			case got.Cite.Edition != "2025" || got.Cite.Note == "" || got.Label("fr") == "" || (got.Doses > 1) != strings.Contains(got.Detail("fr"), "dose"):
				t.Errorf("words: %+v", *got)
			}
		})
	}
}

func TestNothingRecordedIsNeverDone(t *testing.T) {
	for year := 1930; year <= 2026; year++ {
		birth := time.Date(year, 5, 17, 0, 0, 0, 0, time.UTC).Format(time.DateOnly)
		for _, month := range []time.Month{1, 5, 6, 11} {
			on := time.Date(2026, month, 22, 0, 0, 0, 0, time.UTC)
			all, unverified := CurrentCalendar().Due(birth, nil, on)
			unknown := 0
			for _, v := range all {
				if v.State == DueDone || v.State == DueLate || v.State == DueNow {
					t.Fatalf("born %s: %+v", birth, v)
				}
				if v.State == DueUnknown {
					unknown++
				}
			}
			if unknown != len(unverified) && birth < on.Format(time.DateOnly) {
				t.Fatalf("born %s: %d not verified, %d told", birth, unknown, len(unverified))
			}
		}
	}
}

func TestABirthDateThatIsNotKnown(t *testing.T) {
	for _, birth := range []string{"", "1950", "1950-06", "2030-01-01", "31/12/1950"} {
		all, unverified := CurrentCalendar().Due(birth, nil, day("2026-11-22"))
		if len(all) != 0 || len(unverified) != 1 || unverified[0].Reason != NoBirthDate {
			t.Errorf("%q: %v %v", birth, all, unverified)
		}
	}
}

func TestAnInjectionWithoutItsDay(t *testing.T) {
	all, _ := CurrentCalendar().Due("1981-06-01", []fhir.Item{shot("", "DTP", "2025")}, day("2026-11-22"))
	for _, v := range all {
		if v.Vaccine == "dtp" && (!v.Undated || v.State != DueUnknown || !strings.Contains(v.Detail("fr"), "sans date")) {
			t.Errorf("%+v", v)
		}
	}
}

func TestABadCalendarIsRefused(t *testing.T) {
	head := strings.Join(calendarHeading, ",") + "\n"
	for name, table := range map[string]string{
		"empty": "", "no rows": head,
		"vaccine": head + "peste,x,1,2m,3m,3y,0m,5y,0m,,,,obligatoire,c\n",
		"age":     head + "dtp,x,1,2 mois,3m,3y,0m,5y,0m,,,,obligatoire,c\n",
		"old":     head + "dtp,x,1,2m,3m,999y,0m,5y,0m,,,,obligatoire,c\n",
		"order":   head + "dtp,x,1,2m,1m,3y,0m,5y,0m,,,,obligatoire,c\n",
		"dose":    head + "dtp,x,2,2m,3m,3y,0m,5y,0m,,,,obligatoire,c\n",
		"number":  head + "dtp,x,un,2m,3m,3y,0m,5y,0m,,,,obligatoire,c\n",
		"born":    head + "dtp,x,1,2m,3m,3y,0m,5y,0m,2025,,,obligatoire,c\n",
		"season":  head + "dtp,x,1,2m,3m,3y,0m,5y,0m,,,02-30:13-01,obligatoire,c\n",
		"basis":   head + "dtp,x,1,2m,3m,3y,0m,5y,0m,,,,conseillée,c\n",
		"cite":    head + "dtp,x,1,2m,3m,3y,0m,5y,0m,,,,obligatoire,\n",
	} {
		if _, err := LoadCalendar("2026", strings.NewReader(table)); err == nil {
			t.Errorf("%s was taken", name)
		}
	}
	if _, err := LoadCalendar("MMXXVI", strings.NewReader(head+"dtp,x,1,2m,3m,3y,0m,5y,0m,,,,obligatoire,c\n")); err == nil {
		t.Error("a year in letters was taken")
	}
}

func TestAnExaminationDoneAgain(t *testing.T) {
	on := day("2026-11-22")
	doc := func(typ, title, date string) fhir.DocumentReference {
		return fhir.DocumentReference{Status: "current", Type: fhir.Coding{Code: typ}, PeriodStart: date, Attachment: fhir.Attachment{Title: title}}
	}
	event := doc("18748-4", "Compte rendu", "2025-12-01")
	event.Event = []fhir.Coding{{Code: "24606-6"}}
	wrong := doc("11502-2", "HbA1c", "2026-11-01")
	wrong.Status = "entered-in-error"
	for _, c := range []struct {
		name, kind string
		done       Done
		want       Kind
		unverified int
	}{
		{"last month", "hba1c", Done{Documents: []fhir.DocumentReference{doc("11502-2", "Hémoglobine glyquée", "2026-10-20")}}, SameExamination, 0},
		{"four months ago", "hba1c", Done{Documents: []fhir.DocumentReference{doc("11502-2", "HbA1c", "2026-07-20")}}, "", 0},
		{"another examination", "hba1c", Done{Documents: []fhir.DocumentReference{doc("11502-2", "TSH", "2026-10-20")}}, "", 0},
		{"a letter that speaks of it", "hba1c", Done{Documents: []fhir.DocumentReference{doc("11488-4", "Votre HbA1c", "2026-10-20")}}, LookAlike, 0},
		{"an event code", "mammographie", Done{Documents: []fhir.DocumentReference{event}}, SameExamination, 0},
		{"by accents", "mammographie", Done{Documents: []fhir.DocumentReference{doc("18748-4", "MAMMOGRAPHIE bilatérale", "2025-12-01")}}, SameExamination, 0},
		{"a word inside a word", "psa", Done{Documents: []fhir.DocumentReference{doc("11502-2", "capsaicine", "2026-10-01")}}, "", 0},
		{"withdrawn", "hba1c", Done{Documents: []fhir.DocumentReference{wrong}}, "", 0},
		{"without a day", "hba1c", Done{Documents: []fhir.DocumentReference{doc("11502-2", "HbA1c", "2026")}}, "", 1},
		{"a measure", "hba1c", Done{Measures: []fhir.Item{{Resource: "Observation", Code: fhir.Coding{Code: "4548-4"}, Start: "2026-10-20T08:30:00+02:00"}}}, SameExamination, 0},
		{"an old measure", "hba1c", Done{Measures: []fhir.Item{{Resource: "Observation", Code: fhir.Coding{Code: "4548-4"}, Start: "2025-10-20"}}}, "", 0},
	} {
		var kind Examination
		for _, e := range Examinations() {
			if e.ID == c.kind {
				kind = e
			}
		}
		r := Again(kind, c.done, on)
		if len(r.Unverified) != c.unverified || (c.want == "") != (len(r.Warnings) == 0) || c.want != "" && (r.Warnings[0].Kind != c.want || r.Warnings[0].Date == "" || !strings.Contains(r.Warnings[0].Detail("fr"), "mois")) {
			t.Errorf("%s: %+v", c.name, r)
		}
	}
	if all := RecogniseExamination("Radiographie du thorax de face"); len(all) != 1 || all[0].ID != "radio-thorax" {
		t.Errorf("%+v", all)
	}
}

func TestWhichTreatmentsAreCurrent(t *testing.T) {
	on := day("2026-11-22")
	for end, want := range map[string]bool{"": true, "2026-11-22": true, "2026-11-21": false, "2027": true, "2026": true, "2025": false, "2026-10": false, "2026-11": true, "bientôt": true} {
		if got := Current(fhir.Item{Resource: "MedicationStatement", Status: "active", End: end}, on); got != want {
			t.Errorf("end %q: %v", end, got)
		}
	}
	for status, want := range map[string]bool{"active": true, "": true, "intended": true, "on-hold": true, "completed": false, "stopped": false, "entered-in-error": false} {
		if got := Current(fhir.Item{Resource: "MedicationStatement", Status: status}, on); got != want {
			t.Errorf("status %q: %v", status, got)
		}
	}
	if Current(fhir.Item{Resource: "Condition"}, on) {
		t.Error("a disease is no treatment")
	}
	if Live(fhir.Item{Status: "resolved"}) || Live(fhir.Item{Status: "entered-in-error"}) || !Live(fhir.Item{Status: "active"}) {
		t.Error("what is resolved lives, or what is active does not")
	}
	if TreatmentOf(fhir.Item{Code: fhir.Coding{Display: "ramipril"}, Text: "x"}) != "ramipril" || TreatmentOf(fhir.Item{Text: "x"}) != "x" {
		t.Error("the code's words come before the text")
	}
	if got := TreatmentOf(fhir.Item{Text: "Augmentin", Code: fhir.Coding{Display: "x"}, Substances: []fhir.Coding{{Display: "amoxicilline"}, {Display: "acide clavulanique"}}}); got != "amoxicilline + acide clavulanique" {
		t.Error(got)
	}
}
