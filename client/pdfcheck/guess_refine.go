package pdfcheck

import "regexp"

// refinement is what a prescription prescribes, which makes its type.
type refinement struct {
	code string
	form *regexp.Regexp
}

// refinements tell what a sheet with no title but "Ordonnance" prescribes; the
// first that fits counts.
var refinements = []refinement{
	{"PRESC-AAT", regexp.MustCompile(`\barret de travail (?:jusqu|du|de)\b|\barret (?:initial|de prolongation)\b`)},
	{"PRESC-ORTHOPHO", regexp.MustCompile(`\b(?:bilan|seances?|reeducation) (?:d'|de )?(?:reeducation )?orthophoni\w+|\borthophoniste\b`)},
	{"PRESC-ORTHOPTIE", regexp.MustCompile(`\b(?:bilan|seances?|reeducation) (?:d'|de )?(?:reeducation )?orthopti\w+|\borthoptiste\b`)},
	{"PRESC-PEDI", regexp.MustCompile(`\b(?:soins|bilan|seances?) (?:de |par )?(?:pedicur\w+|podolog\w+)|\bpedicure-?podologue\b`)},
	{"PRESC-KINE", regexp.MustCompile(`\bkine(?:sitherap\w+|s?)?\b|\bseances? de (?:re-?education|massages?|drainage|balneotherapie)\b|\bre-?education (?:du|de la|de l'|des|fonctionnelle|respiratoire|perineale|proprioceptive)`)},
	{"PRESC-INF", regexp.MustCompile(`\b(?:infirmiere?s?|ide|idel)\b|\bsoins (?:infirmiers|a domicile)\b|\b(?:pansements?|ablation (?:des )?(?:fils|agrafes)|refection)\b`)},
	{"PRESC-BIO", regexp.MustCompile(`\b(?:prise de sang|bilan (?:sanguin|biologique|lipidique|hepatique|thyroidien|martial|renal|inflammatoire)|dosages? (?:de|du|des)|au laboratoire|ecbu|nfs|numeration|ionogramme|hemogramme|creatinine\w*|glycemie|hba1c|\btsh\b|\bcrp\b|\binr\b|ferritine|serologies?|proteinurie)\b`)},
	{"55115-0", regexp.MustCompile(`\b(?:radiographies?|radio|echographie|echo-?doppler|doppler|scanner|tdm|irm|mammographie|panoramique dentaire|osteodensitometrie|scintigraphie)\b`)},
	{"57828-6", regexp.MustCompile(`\b(?:lunettes|verres correcteurs|semelles orthopediques|orthese|attelle|bas de contention|deambulateur|fauteuil roulant|lit medicalise|appareillage)\b`)},
}

// medicine is what only a prescription of medicines holds.
var medicine = regexp.MustCompile(`\b(?:comprimes?|cp|cps|gelules?|sachets?|ampoules?|gouttes|bouffees?|sirop|suppositoires?|posologie|non substituable|qsp|matin et soir|\d ?(?:mg|µg|mcg)\b)`)

// refined gives the type of a sheet whose title says no more than that it is a
// prescription, by what it prescribes. What is prescribed for a nurse or with
// medicines may name samples and examinations.
func refined(text string) string {
	found := ""
	for _, r := range refinements {
		if r.form.MatchString(text) {
			found = r.code
			break
		}
	}
	if medicine.MatchString(text) && found != "PRESC-KINE" && found != "PRESC-INF" && found != "PRESC-AAT" {
		return "57833-6"
	}
	if found == "" {
		return "57833-6"
	}
	return found
}
