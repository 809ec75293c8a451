package pdfcheck

import (
	"math"
	"strings"

	"carnet/client/pdfcheck/internal/pattern"
)

// clue is a wording that speaks for a type. Titles stand on the first lines and
// weigh more there.
type clue struct {
	code   string
	weight float64
}

// clues are the wordings of the frequent types (ASS_X16; labels of the contract,
// section 15), over plain text.
var clues, clueForms = compileClues(map[string][]string{
	"11502-2": { // CR d'examens biologiques
		`4 examens? (?:de )?biolog(?:ie|iques?)( medicale)?`, `2 laboratoire(s)? (?:de |d'analyses (?:de )?)?(?:biologie|medicales)`, `3 compte[- ]rendu d'analyses?`, `2 resultats? d'analyses?`, `2 valeurs? de reference`, `2 \bbiologiste`,
		`1 hemogramme|hematies|leucocytes|plaquettes`, `1 glycemie|hemoglobine|creatinine|cholesterol|\btsh\b|\bcrp\b`, `1 \b(?:g|mg|mmol|umol|ui|mui)/l\b|\bg/dl\b`, `1 prelevement`, `1 hematologie|biochimie|serologie`,
	},
	"18748-4": { // CR d'imagerie médicale
		`4 compte[- ]rendu (?:d'imagerie|de (?:scanner|radio\w*|mammo\w*)|d'(?:irm|echo\w*))`, `3 imagerie medicale|\bradiologie\b`, `3 \b(?:irm|scanner|tomodensitometrie|echographie|radiographie|mammographie|\btdm\b|doppler)\b`, `1 \bradiologue`, `1 technique ?:`, `1 indication ?:`, `1 injection|coupes|sequences|incidences?|produit de contraste`,
	},
	"34874-8":    {`5 compte[- ]rendu operatoire|\bcro\b`, `2 intervention ?:|operateur ?:|aide operatoire`, `1 incision|fermeture|champ operatoire|bloc operatoire`, `1 anesthesie (?:generale|locale|locoregionale)`},
	"34112-3":    {`5 compte[- ]rendu (?:d'hospitalisation|hospitalier|de sejour|de fin d'hospitalisation)`, `2 (?:a ete |est )?hospitalisee? (?:du|dans)`, `1 motif d'hospitalisation|histoire de la maladie|evolution dans le service`, `1 date d'entree|date de sortie`},
	"11490-0":    {`6 lettre de liaison`, `3 traitement de sortie|a la sortie|courrier de sortie`, `1 hospitalisee? du`, `1 date de sortie`},
	"15507-7":    {`5 (?:compte[- ]rendu|fiche) (?:de )?passage aux urgences|\brpu\b`, `3 service (?:d'accueil )?(?:des|d')\s?urgences|\bsau\b`, `1 motif de (?:venue|recours)|orientation|heure d'arrivee`},
	"15508-5":    {`5 compte[- ]rendu d'accouchement`, `2 accouchement|voie basse|cesarienne`, `1 apgar|delivrance|nouveau-ne|perinee`},
	"11488-4":    {`5 compte[- ]rendu de (?:la )?consultation|fiche de consultation`, `2 (?:vu|recu|examine)e? (?:ce jour |aujourd'hui )?en consultation`, `1 \bconsultation\b`, `1 motif ?:|examen clinique|conduite a tenir|interrogatoire`, `1 tension|auscultation`},
	"57833-6":    {`4 \bordonnance\b|prescription de (?:medicaments|produits de sante)`, `1 comprimes?|gelules?|sachets?|\bcp\b`, `1 par jour|matin|midi|soir|pendant \d+ jours|\bqsp\b`, `1 a renouveler|renouvelable|non substituable`, `1 posologie`},
	"PRESC-BIO":  {`5 (?:ordonnance|prescription) (?:d'(?:examens?|actes?|analyses?) (?:de )?biolog\w+|de biologie)`, `2 faire pratiquer|bilan sanguin|a jeun`},
	"55115-0":    {`5 demande (?:d'actes? )?d'imagerie|demande d'examen (?:radiologique|d'imagerie)|prescription d'imagerie`, `2 merci de (?:realiser|faire|pratiquer) (?:un|une) (?:irm|scanner|radio\w*|echo\w*)`},
	"PRESC-KINE": {`5 (?:prescription|ordonnance) (?:d'actes )?de (?:masso-?)?kinesitherapie`, `3 (?:seances?|reeducation) (?:de |par )?(?:masso-?)?kine\w*`},
	"PRESC-INF":  {`5 (?:prescription|ordonnance) (?:d'actes |de soins )?infirmiers?`, `3 soins infirmiers a domicile|par (?:une? )?infirmiere? (?:diplomee? )?(?:d'etat|a domicile)`},
	"PRESC-AAT":  {`5 avis d'arret de travail|prescription (?:d'un )?arret de travail`, `2 arret de travail`},
	"60593-1":    {`5 dispensation medicamenteuse|fiche de dispensation|historique de dispensation`, `2 delivre|dispense`, `1 pharmacie|pharmacien`, `1 numero de lot|quantite (?:delivree|dispensee)`},
	"56445-0":    {`6 bilan (?:partage de medication|medicamenteux|de medication)|\bbpm\b`, `1 pharmacien|officine|observance|interactions?`},
	"11369-6":    {`6 (?:historique|carnet|releve) (?:des? )?vaccinations?`, `1 rappel|\bdtp\b|\bror\b|hepatite b`},
	"87273-9":    {`6 note de vaccination|attestation de vaccination`, `2 (?:a ete |vaccinee? )(?:contre|ce jour)`, `1 vaccin\b|numero de lot|site d'injection|voie intramusculaire`},
	"89601-9":    {`5 certificat medical|certificat (?:de non contre-indication|d'aptitude|de bonne sante)`, `3 je (?:,? ?)?soussignee?`, `2 certifie (?:avoir|que)`, `1 remis en mains? propres?|pour (?:faire )?valoir ce que de droit`},
	"96349-6":    {`5 lettre d'adressage|courrier d'adressage`, `3 je (?:vous|t')\s?adresse`, `1 merci de (?:recevoir|voir|prendre en charge)|pour avis`, `1 pour avis|avis (?:specialise|cardiologique|chirurgical)`},
	"60591-5":    {`6 (?:volet de )?synthese medicale|\bvsm\b`, `1 antecedents`, `1 allergies`, `1 traitements? au long cours|pathologies en cours`},
	"60568-3":    {`5 anatomie (?:et cytologie )?pathologiques?|anatomo-?pathologi\w+|cytopathologi\w+`, `2 examen (?:macroscopique|microscopique|histologique)|\bbiopsie`, `1 conclusion`},
	"77436-4":    {`6 compte[- ]rendu d'anesthesie`, `1 intubation|curare|induction`},
	"34749-2":    {`6 consultation (?:de )?pre-?anesthesi\w+`, `1 mallampati|\basa\b`},
	"34794-8":    {`6 reunion de concertation pluridisciplinaire|\brcp\b`, `1 proposition therapeutique|oncolog\w+`},
	"18776-5":    {`6 plan personnalise de (?:soins|sante)|\bpps\b`},
	"EXPPAT_3":   {`5 directives anticipees`},
	"86531-1":    {`5 bulletin de situation|attestation de presence`},
	"70004-7":    {`3 rythme sinusal|\bqrs\b|\bvems\b`},
	"PROT_ALD":   {`6 protocole de soins|\bald\b`},
	"96173-0":    {`6 test rapide d'orientation diagnostique|\btrod\b`},
})

// compileClues reads "weight pattern" lines.
func compileClues(lines map[string][]string) (out []clue, forms *pattern.Family) {
	var exprs []string
	for code, all := range lines {
		for _, f := range all {
			weight, expr, _ := strings.Cut(f, " ")
			out = append(out, clue{code: code, weight: float64(weight[0] - '0')})
			exprs = append(exprs, expr)
		}
	}
	return out, pattern.NewFamily(exprs...)
}

// What speaks for a type beside single wordings: that the title names it, that
// another line does in the same way, that there is a table of results.
const (
	titleWeight  = 15.0
	otherTitle   = 6.0
	resultWeight = 5.0
	results      = 3 // lines of a table
)

// headLines is how many lines of a document may hold its title.
const headLines = 12

// GuessType gives the value set's type that a text seems to be, with a
// confidence from 0 (nothing speaks for it) to 1; "" below 0.3. On wordings that
// no rule was made with (testdata/README.md), of the types proposed with at least
// this confidence so many were right: 0.9, all of 569; 0.8, 98.4 % of 764; 0.6,
// 97.8 % of 829; 0.3, 96.1 % of 872. Above 0.8 a person need not look twice;
// between 0.3 and 0.6 every third is wrong.
func GuessType(text string) (code string, confidence float64) { return NewText(text).Type() }

func guessType(p string) (code string, confidence float64) {
	onTop, anywhere := clueForms.Which(headOf(p)), clueForms.Which(p)
	score := map[string]float64{}
	first, others := titleOf(p)
	if first == "57833-6" {
		first = refined(p)
	}
	if first != "" {
		score[first] += titleWeight
	}
	for i, c := range clues {
		switch {
		case onTop[i] && (first == "" || first == c.code): // beside a title, the rest is mentioned
			score[c.code] += 2 * c.weight
		case anywhere[i]:
			score[c.code] += c.weight
		}
	}
	for _, code := range others {
		score[code] += otherTitle
	}
	if len(resultLine.All(p)) >= results {
		score["11502-2"] += resultWeight
	}
	var best, next float64
	for k, v := range score {
		switch {
		case v > best || v == best && k < code:
			code, best, next = k, v, best
		case v > next:
			next = v
		}
	}
	if best == 0 {
		return "", 0
	}
	// Sure when there is much for it, and little for another.
	confidence = (1 - math.Exp(-best/5)) * best / (best + next/2)
	if confidence < 0.3 {
		return "", confidence
	}
	return code, confidence
}

// headOf gives the first lines that say something.
func headOf(text string) string {
	var b strings.Builder
	n := 0
	for line := range strings.Lines(text) {
		if strings.TrimSpace(line) == "" {
			continue
		}
		b.WriteString(line)
		if n++; n == headLines {
			break
		}
	}
	return b.String()
}
