package portal

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record"
)

// measured fills the record of Léa with n blood pressures, a month apart, and a
// few other measures: hers, a professional's, a laboratory's.
func measured(s *site, n int) {
	keep := func(id, by string, v fhir.Item) {
		v.Resource, v.Status = "Observation", "final"
		s.world.records[lea].items = append(s.world.records[lea].items, record.ProfileItem{ID: id, Version: 1, Resource: v.Resource, By: by, Code: v.Code, Date: v.Start, View: v})
	}
	code := func(c, display string) fhir.Coding {
		return fhir.Coding{System: fhir.SystemLOINC, Code: c, Display: display}
	}
	for i := range n {
		by := ""
		if i%3 == 0 {
			by = "Paul ROCHE"
		}
		keep(fmt.Sprint("bp", i), by, fhir.Item{Code: code("85354-9", ""), Start: now.AddDate(0, -i, -2).Format(time.RFC3339), Parts: []fhir.Part{
			{Code: code("8480-6", ""), Value: strconv.Itoa(128 + i*7%23), Unit: "mm[Hg]"}, {Code: code("8462-4", ""), Value: strconv.Itoa(78 + i*5%15), Unit: "mm[Hg]"},
		}})
	}
	keep("g1", "Laboratoire des Sacres", fhir.Item{Code: code("14771-0", ""), Start: "2026-10-02", Value: "5.6", Unit: "mmol/L"})
	keep("g2", "", fhir.Item{Code: code("1558-6", ""), Start: "2026-09-02", Value: "1.04", Unit: "g/L", Note: "<script>alert(1)</script>"})
	keep("h1", "", fhir.Item{Code: code("8302-2", ""), Start: "2026-03-01", Value: "168", Unit: "cm"})
	keep("x1", "Laboratoire des Sacres", fhir.Item{Code: code("2160-0", "Créatinine"), Start: "2026-10-02", Value: "71", Unit: "umol/L"})
}

func TestCurvesAreDrawnByTheServer(t *testing.T) {
	s := newSite(t)
	measured(s, 20)
	b := s.lea().get("/mon/mesures")
	b.sees(http.StatusOK, "Tension artérielle", "Systolique", "HAS et SFHTA 2016", "Paul ROCHE", "vous, ou qui vous représente",
		"Glycémie à jeun", "converti ; saisi : 5,6 mmol/L", "1,01 g/L", "Créatinine", "71 umol/L", "Laboratoire des Sacres",
		"Indice de masse corporelle", "25,7 kg/m²", "La courbe commence à la deuxième valeur", "calculé de 72,5 kg, 168 cm (taille du 1 mars 2026)").never("<script", "alert(1)<")
	svgs := 0
	for _, svg := range find(b.page, "svg") {
		if !strings.HasPrefix(attr(svg, "class"), "curve") {
			continue
		}
		svgs++
		ids := strings.Fields(attr(svg, "aria-labelledby"))
		if attr(svg, "role") != "img" || len(ids) != 2 || len(find(svg, "title")) == 0 || len(find(svg, "desc")) != 1 {
			t.Errorf("a curve without a title and a description: %s", attr(svg, "aria-labelledby"))
		}
	}
	if tables := len(find(b.page, "table")); svgs != 4 || tables != 6 {
		t.Errorf("%d drawings, %d tables: the two with several values are drawn twice, for a telephone and a desk", svgs, tables)
	}
	if strings.Contains(b.body, "NaN") || strings.Contains(b.body, "Inf") {
		t.Error("a drawing with numbers that are none")
	}
	year := strings.Count(b.body, "mmHg</strong>")
	b.get("/mon/mesures?periode=tout")
	if all := strings.Count(b.body, "mmHg</strong>"); year >= all || all != 21 {
		t.Errorf("%d readings of a year, %d in all", year, all)
	}
	b.get("/mon/mesures?periode=3m").sees(http.StatusOK, "Aussi mesuré, avant cette période", "Taille")
	b.get("/mon/mesures?lang=en").sees(http.StatusOK, "Blood pressure", "Systolic", "Glucose, fasting", "converted; entered: 5.6")
}

func TestAMeasureIsWeighedBeforeItIsKept(t *testing.T) {
	s := newSite(t)
	b := s.lea().get("/mon/mesures").submit("/mon/profil/mesures", "mesure=85354-9", "choisir=1")
	b.sees(http.StatusOK, "Systolique", "Diastolique", "mmHg")
	b.submit("/mon/profil/mesures", "valeur=13", "seconde=8").sees(http.StatusUnprocessableEntity, "n’est pas possible", "Vouliez-vous dire 130/80 mmHg ?")
	if !strings.Contains(b.body, `name="propose" value="130/80 mm[Hg]"`) {
		t.Error("what was meant is no button")
	}
	b.submit("/mon/profil/mesures", "propose=130/80 mm[Hg]").sees(http.StatusOK, "Mesure enregistrée.", "130/80 mmHg")
	b.submit("/mon/profil/mesures", "mesure=85354-9", "choisir=1").submit("/mon/profil/mesures", "valeur=80", "seconde=130").sees(http.StatusUnprocessableEntity, "Le chiffre du haut est le plus grand")
	b.submit("/mon/profil/mesures", "valeur=130", "seconde=").sees(http.StatusUnprocessableEntity, "Écrivez un nombre")
	b.submit("/mon/profil/mesures", "valeur=230", "seconde=110").sees(http.StatusUnprocessableEntity, "inhabituelle", "J’ai vérifié cette valeur")
	b.submit("/mon/profil/mesures", "valeur=230", "seconde=110", "sur=1", "heure=07:05").sees(http.StatusOK, "Mesure enregistrée.", "230/110 mmHg", "7 h 05")
	items := s.world.records[lea].items
	kept := items[len(items)-1]
	if kept.View.Code.Code != "85354-9" || len(kept.View.Parts) != 2 || kept.View.Parts[1].Value != "110" || kept.View.Parts[1].Unit != "mm[Hg]" || !strings.HasSuffix(kept.View.Start, "T07:05:00+01:00") {
		t.Errorf("%+v", kept.View)
	}
	b.submit("/mon/profil/mesures", "mesure=29463-7", "choisir=1").submit("/mon/profil/mesures", "valeur=160,50", "unite=[lb_av]").
		sees(http.StatusOK, "72,8 kg", "converti ; saisi : 160,50 lb")
	items = s.world.records[lea].items
	if kept := items[len(items)-1].View; kept.Value != "160.50" || kept.Unit != "[lb_av]" {
		t.Errorf("what was typed became %+v", kept)
	}
	b.submit("/mon/profil/mesures", "ouvrir="+items[len(items)-1].ID).sees(http.StatusOK, "Modifier", "Poids")
	if !strings.Contains(b.body, `value="160,50"`) || !strings.Contains(b.body, `value="[lb_av]" selected`) {
		t.Error("the form does not hold what was entered")
	}
	b.submit("/mon/profil/mesures", "valeur=161").sees(http.StatusOK, "73,0 kg", "saisi : 161 lb").never("160,50")
}

// TestALongCurveStaysLight: the curve of years of daily measures is no heavier
// than its picture is wide.
func TestALongCurveStaysLight(t *testing.T) {
	s := newSite(t)
	for i := range 2000 {
		v := fhir.Item{Resource: "Observation", Code: fhir.Coding{Code: "29463-7"}, Start: now.AddDate(0, 0, -i).Format(time.DateOnly), Value: fmt.Sprintf("%d.%d", 70+i%9, i%10), Unit: "kg"}
		s.world.records[lea].items = append(s.world.records[lea].items, record.ProfileItem{ID: fmt.Sprint("w", i), Version: 1, Resource: v.Resource, View: v})
	}
	b := s.lea().get("/mon/mesures?periode=tout").sees(http.StatusOK, "La courbe montre aussi 1901 valeurs plus anciennes")
	if len(b.body) > 220<<10 {
		t.Errorf("%d bytes for 2,000 measures", len(b.body))
	}
	t.Logf("%d bytes for 2,000 measures", len(b.body))
}
