package pdfcheck

import (
	"slices"

	"carnet/client/pdfcheck/internal/pattern"
)

// refinements tell what a sheet with no title but "Ordonnance" prescribes, which
// makes its type; the first that fits counts.
var refinements = [][2]string{
	{"PRESC-AAT", `\barret de travail (?:jusqu|du|de)\b|\barret (?:initial|de prolongation)\b`},
	{"PRESC-ORTHOPHO", `\b(?:bilan|seances?|reeducation) (?:d'|de )?(?:reeducation )?orthophoni\w+|\borthophoniste\b`},
	{"PRESC-ORTHOPTIE", `\b(?:bilan|seances?|reeducation) (?:d'|de )?(?:reeducation )?orthopti\w+|\borthoptiste\b`},
	{"PRESC-PEDI", `\b(?:soins|bilan|seances?) (?:de |par )?(?:pedicur\w+|podolog\w+)|\bpedicure-?podologue\b`},
	{"PRESC-KINE", `\bkine(?:sitherap\w+|s?)?\b|\bseances? de (?:re-?education|massages?|drainage|balneotherapie)\b|\bre-?education (?:du|de la|de l'|des|fonctionnelle|respiratoire|perineale|proprioceptive)`},
	{"PRESC-INF", `\b(?:infirmiere?s?|ide|idel)\b|\bsoins (?:infirmiers|a domicile)\b|\b(?:pansements?|ablation (?:des )?(?:fils|agrafes)|refection)\b`},
	{"PRESC-BIO", `\b(?:prise de sang|bilan (?:sanguin|biologique|lipidique|hepatique|thyroidien|martial|renal|inflammatoire)|dosages? (?:de|du|des)|au laboratoire|ecbu|nfs|numeration|ionogramme|hemogramme|creatinine\w*|glycemie|hba1c|\btsh\b|\bcrp\b|\binr\b|ferritine|serologies?|proteinurie)\b`},
	{"55115-0", `\b(?:radiographies?|radio|echographie|echo-?doppler|doppler|scanner|tdm|irm|mammographie|panoramique dentaire|osteodensitometrie|scintigraphie)\b`},
	{"57828-6", `\b(?:lunettes|verres correcteurs|semelles orthopediques|orthese|attelle|bas de contention|deambulateur|fauteuil roulant|lit medicalise|appareillage)\b`},
}

var refinedForms = func() *pattern.Family {
	var exprs []string
	for _, r := range refinements {
		exprs = append(exprs, r[1])
	}
	return pattern.NewFamily(exprs...)
}()

// medicine is what only a prescription of medicines holds.
var medicine = pattern.NewForm(`\b(?:comprimes?|cp|cps|gelules?|sachets?|ampoules?|gouttes|bouffees?|sirop|suppositoires?|posologie|non substituable|qsp|matin et soir|\d ?(?:mg|µg|mcg)\b)`)

// refined gives the type of a sheet whose title says no more than that it is a
// prescription, by what it prescribes. What is prescribed for a nurse or with
// medicines may name samples and examinations.
func refined(text string) string {
	found := ""
	if i := slices.Index(refinedForms.Which(text), true); i >= 0 {
		found = refinements[i][0]
	}
	if medicine.In(text) && found != "PRESC-KINE" && found != "PRESC-INF" && found != "PRESC-AAT" {
		return "57833-6"
	}
	if found == "" {
		return "57833-6"
	}
	return found
}
