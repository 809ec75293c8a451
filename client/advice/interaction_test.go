package advice

import (
	"slices"
	"strings"
	"testing"
)

// cases are what a pharmacist expects at the counter, by name, with the level of
// the edition of September 2019.
var cases = []struct {
	a, b   string
	levels []Level // nil: no rule is expected
}{
	{"warfarine", "ibuprofène", []Level{NotAdvised}},
	{"fluindione", "kétoprofène", []Level{NotAdvised}},
	{"acénocoumarol", "miconazole", []Level{Contraindicate}},
	{"warfarine", "aspirine", []Level{Contraindicate, NotAdvised, Consider}},
	{"fluindione", "amiodarone", []Level{Caution}},
	{"warfarine", "clarithromycine", []Level{Caution}},
	{"warfarine", "ciprofloxacine", []Level{Caution}},
	{"warfarine", "paracétamol", []Level{Caution}},
	{"warfarine", "millepertuis", []Level{Contraindicate}},
	{"warfarine", "cotrimoxazole", []Level{NotAdvised}},
	{"rivaroxaban", "diclofénac", []Level{NotAdvised}},
	{"apixaban", "kétoconazole", []Level{NotAdvised, Consider}},
	{"dabigatran étexilate", "dronédarone", []Level{Contraindicate}},
	{"apixaban", "sertraline", []Level{Consider}},
	{"ramipril", "chlorure de potassium", []Level{NotAdvised, Consider}},
	{"périndopril", "spironolactone", []Level{NotAdvised, Caution, Consider}},
	{"énalapril", "ibuprofène", []Level{Caution, Consider}},
	{"ramipril", "lithium", []Level{NotAdvised}},
	{"valsartan", "potassium", []Level{NotAdvised, Consider}},
	{"irbésartan", "naproxène", []Level{Caution, Consider}},
	{"méthotrexate", "triméthoprime", []Level{Contraindicate}},
	{"méthotrexate", "cotrimoxazole", []Level{Contraindicate}},
	{"méthotrexate", "amoxicilline", []Level{NotAdvised}},
	{"méthotrexate", "ibuprofène", []Level{NotAdvised, Caution}},
	{"méthotrexate", "oméprazole", []Level{NotAdvised, Consider}},
	{"méthotrexate", "acide acétylsalicylique", []Level{Contraindicate, Caution}},
	{"méthotrexate", "probénécide", []Level{Contraindicate}},
	{"sildénafil", "trinitrine", []Level{Contraindicate}},
	{"tadalafil", "dinitrate d’isosorbide", []Level{Contraindicate}},
	{"vardénafil", "nicorandil", []Level{Contraindicate}},
	{"sildénafil", "riociguat", []Level{Contraindicate}},
	{"ergotamine", "clarithromycine", []Level{Contraindicate, Consider}},
	{"dihydroergotamine", "josamycine", []Level{Contraindicate}},
	{"ergotamine (tartrate d’)", "sumatriptan", []Level{Contraindicate}},
	{"bromocriptine", "érythromycine", []Level{NotAdvised}},
	{"lithium", "ibuprofène", []Level{NotAdvised}},
	{"lithium", "hydrochlorothiazide", []Level{NotAdvised}},
	{"lithium", "furosémide", []Level{NotAdvised}},
	{"carbonate de lithium", "halopéridol", []Level{Caution}},
	{"iproniazide", "péthidine", []Level{Contraindicate, Consider}},
	{"iproniazide", "fluoxétine", []Level{Contraindicate, Consider}},
	{"moclobémide", "tramadol", []Level{NotAdvised, Consider}},
	{"moclobémide", "sumatriptan", []Level{Contraindicate}},
	{"sélégiline", "péthidine", []Level{Contraindicate}},
	{"linézolide", "citalopram", []Level{NotAdvised, Consider}},
	{"tramadol", "sertraline", []Level{Consider}},
	{"tramadol", "paroxétine", []Level{Consider}},
	{"simvastatine", "itraconazole", []Level{Contraindicate, Consider}},
	{"simvastatine", "clarithromycine", []Level{Contraindicate, Consider}},
	{"atorvastatine", "jus de pamplemousse", []Level{Consider}},
	{"colchicine", "clarithromycine", []Level{Contraindicate, NotAdvised}},
	{"colchicine", "pristinamycine", []Level{Contraindicate}},
	{"allopurinol", "azathioprine", []Level{Contraindicate}},
	{"clopidogrel", "oméprazole", nil}, // told by others, not by this edition: silence is not safety
	{"spironolactone", "amiloride", []Level{Contraindicate, Consider}},
	{"digoxine", "amiodarone", []Level{Caution, Consider}},
	{"vérapamil", "bisoprolol", []Level{NotAdvised, Consider}},
	{"lamotrigine", "acide valproïque", []Level{NotAdvised}},
	{"carbamazépine", "éthinylestradiol", []Level{NotAdvised}},
	{"rifampicine", "lévothyroxine", []Level{Caution}},
	{"dompéridone", "clarithromycine", []Level{Contraindicate, Caution}},
	{"citalopram", "amiodarone", []Level{Contraindicate, NotAdvised, Caution}},
	{"ciclosporine", "rosuvastatine", []Level{Contraindicate}},
	{"tacrolimus", "ciclosporine", []Level{Consider}},
	{"lévodopa", "halopéridol", []Level{NotAdvised}},
	{"méthadone", "buprénorphine", []Level{Contraindicate, NotAdvised, Consider}},
	{"diazépam", "alcool", []Level{NotAdvised}},
	{"amoxicilline", "paracétamol", nil},
	{"metformine", "paracétamol", nil},
}

func TestWhatAPharmacistKnows(t *testing.T) {
	th := CurrentThesaurus()
	for _, c := range cases {
		t.Run(c.a+"+"+c.b, func(t *testing.T) {
			for _, order := range [][]string{{c.a, c.b}, {c.b, c.a}} {
				r := th.Check(order)
				if len(r.Unverified) != 0 {
					t.Fatalf("not verified: %+v", r.Unverified)
				}
				if c.levels == nil {
					if len(r.Warnings) != 0 {
						t.Fatalf("warned: %+v", r.Warnings)
					}
					continue
				}
				if len(r.Warnings) == 0 {
					t.Fatal("no warning")
				}
				if w := r.Warnings[0]; !slices.Equal(w.Levels, c.levels) {
					t.Errorf("levels %v, want %v: %+v", w.Levels, c.levels, w.Rules)
				}
			}
		})
	}
}

func TestOneSubstanceWrittenInManyWays(t *testing.T) {
	th := CurrentThesaurus()
	for want, all := range map[string][]string{
		"acide acetylsalicylique":  {"Acide acétylsalicylique", "ACIDE ACETYLSALICYLIQUE", "acétylsalicylique (acide)", "Aspirine", "acide acétylsalicylique 75 mg, sachet"},
		"sodium (bicarbonate de)":  {"bicarbonate de sodium", "Sodium (bicarbonate de)", "sodium bicarbonate de"},
		"metformine":               {"Metformine", "chlorhydrate de metformine", "METFORMINE (CHLORHYDRATE)", "metformine (chlorhydrate de) 500 mg", "Metformine 1000mg, comprimé pelliculé"},
		"candesartan cilexetil":    {"candésartan", "Candésartan cilexétil 8 mg"},
		"levothyroxine":            {"lévothyroxine sodique", "L-thyroxine", "LEVOTHYROXINE 75 µg"},
		"acide alendronique":       {"alendronique (acide)", "acide alendronique", "alendronate de sodium"},
		"périndopril":              {"perindopril arginine", "Périndopril tert-butylamine 4 mg", "périndopril"},
		"potassium":                {"chlorure de potassium", "potassium (chlorure de)", "Potassium chlorure 600 mg LP"},
		"cyanocobalamine":          {"vitamine B12", "Cyanocobalamine"},
		"estradiol":                {"œstradiol", "Estradiol", "oestradiol"},
		"enoxaparine":              {"énoxaparine sodique", "Énoxaparine 4000 UI/0,4 mL"},
		"diméthyle ( fumarate de)": {"fumarate de diméthyle", "diméthyle (fumarate de)"},
	} {
		for _, written := range all {
			k, u := th.recognise(0, written)
			if len(u) > 0 || len(k) != 1 || th.heads[k[0].head] != want && !(want == "périndopril" && strings.HasPrefix(th.heads[k[0].head], "perindopril")) {
				var got []string
				for _, x := range k {
					got = append(got, th.heads[x.head])
				}
				t.Errorf("%q: %v %+v, want %q", written, got, u, want)
			}
		}
	}
}

func TestWhatIsNotKnownIsSaid(t *testing.T) {
	th := CurrentThesaurus()
	for written, want := range map[string]Reason{
		"Doliprane":         BrandName,
		"DOLIPRANE 1000 mg": BrandName,
		"Kardégic 75":       BrandName,
		"ibuprofene1":       UnknownName,
		"ibuproféne 400":    "", // another accent is the same substance
		"ibuprofenne":       UnknownName,
		"zibulomab":         UnknownName,
		"":                  EmptyName,
		" ":                 EmptyName,
		"500 mg":            UnknownName,
		"étoricoxib":        UnknownName, // came into use, and is not in this edition
		"ricin":             "",
		"<script>x":         UnknownName,
	} {
		r := th.Check([]string{written, "warfarine"})
		var got Reason
		if len(r.Unverified) == 1 {
			got = r.Unverified[0].Reason
		}
		if got != want || len(r.Unverified) > 1 {
			t.Errorf("%q: %+v, want %q", written, r.Unverified, want)
		}
	}
	r := th.Check([]string{"amoxicilline + zibulomab", "méthotrexate"})
	if len(r.Warnings) != 1 || len(r.Unverified) != 1 || r.Unverified[0].Written != "zibulomab" {
		t.Errorf("a combination with an unknown part: %+v", r)
	}
	if u := th.Check([]string{"Augmentin"}).Unverified[0]; u.Hint == "" || len(th.Check([]string{"Augmentin", "méthotrexate"}).Warnings) != 1 {
		t.Errorf("a brand was not hinted, or not compared: %+v", u)
	}
	if r := th.Check([]string{"macrogol"}); len(r.Unverified) != 1 || r.Unverified[0].Reason != NoRules || len(r.Unverified[0].Classes) != 1 {
		t.Errorf("a class without rules: %+v", r.Unverified)
	}
}

func TestAWarningTellsAllThatThePersonNeeds(t *testing.T) {
	w := CurrentThesaurus().Check([]string{"Metformine", "Warfarine 5 mg", "acétylsalicylique (acide) 75 mg"}).Warnings[0]
	if w.A.Index != 1 || w.B.Index != 2 || w.A.Written != "Warfarine 5 mg" || w.A.Name != "warfarine" || w.A.Group != "anticoagulants oraux" || w.B.Name != "acide acetylsalicylique" {
		t.Errorf("sides %+v %+v", w.A, w.B)
	}
	if w.Cite.Edition != "2019-09" || !strings.Contains(w.Cite.Source, "ANSM") || len(w.Rules) < 2 || w.Rules[0].Table != TableThesaurus {
		t.Errorf("%+v", w)
	}
	if w.Label("fr") != "Contre-indication" || !strings.Contains(w.Detail("fr"), "anticoagulants oraux") || !strings.Contains(w.Detail("fr"), "Association déconseillée") {
		t.Errorf("%q %q", w.Label("fr"), w.Detail("fr"))
	}
}

func TestTheWorstIsTold(t *testing.T) {
	r := CurrentThesaurus().Check([]string{"tramadol", "sertraline", "sildénafil", "trinitrine", "warfarine", "ibuprofène"})
	for i := 1; i < len(r.Warnings); i++ {
		if r.Warnings[i].Worst() > r.Warnings[i-1].Worst() {
			t.Fatalf("%d comes after %d", r.Warnings[i].Worst(), r.Warnings[i-1].Worst())
		}
	}
	if r.Warnings[0].A.Name != "sildenafil" {
		t.Errorf("%+v", r.Warnings[0])
	}
}

func TestASubstanceIsNotAgainstItself(t *testing.T) {
	r := CurrentThesaurus().Check([]string{"spironolactone", "spironolactone 25 mg", "Spironolactone"})
	if len(r.Warnings) != 0 {
		t.Errorf("%+v", r.Warnings) // its class is against itself: that is for two substances
	}
	r = CurrentThesaurus().Check([]string{"AINS", "lithium", "furosémide"})
	if len(r.Warnings) != 3 {
		t.Errorf("a class as a treatment: %+v", r.Warnings)
	}
}

// twenty are the treatments of one old patient.
var twenty = []string{
	"warfarine 5 mg", "bisoprolol 2,5 mg", "ramipril 5 mg", "furosémide 40 mg", "spironolactone 25 mg", "atorvastatine 40 mg", "metformine 1000 mg",
	"oméprazole 20 mg", "paracétamol 1 g", "tramadol 50 mg", "sertraline 50 mg", "zopiclone 7,5 mg", "lévothyroxine 75 µg", "allopurinol 100 mg",
	"acide alendronique 70 mg", "amiodarone 200 mg", "digoxine 0,25 mg", "prégabaline 75 mg", "macrogol 10 g", "cholécalciférol 100 000 UI",
}

func BenchmarkCheckTwentyTreatments(b *testing.B) {
	th := CurrentThesaurus()
	b.ResetTimer()
	for b.Loop() {
		if r := Join(th.Check(twenty), th.Duplicates(twenty), th.Allergies([]Allergy{{Names: []string{"pénicilline"}}}, twenty)); len(r.Warnings) < 10 {
			b.Fatal(len(r.Warnings))
		}
	}
}

func BenchmarkOpenThesaurus(b *testing.B) {
	for b.Loop() {
		bu := newBuilder(EmbeddedEdition)
		if err := bu.read(openTable("interactions_2019_09.csv"), openTable("classes_2019_09.csv"), TableThesaurus); err != nil {
			b.Fatal(err)
		}
		bu.finish()
	}
}
