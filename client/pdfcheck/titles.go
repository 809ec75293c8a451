package pdfcheck

import (
	"slices"
	"strings"
	"unicode/utf8"

	"carnet/client/pdfcheck/internal/pattern"
)

// titles are how documents call themselves, more special ones first: the first
// that fits a line counts. They speak for a type only as a title, on a line of
// their own near the top; in a sentence the same words speak of another
// document. Each is a type and the beginning of a line.
var titles = [][2]string{
	{"78513-9", `(?:compte[- ]rendu de |fiche de )?(?:consultation|examen|bilan) (?:d'ophtalmologie|ophtalmologique)`},
	{"101881-1", `carte (?:d'implant|de porteur|de suivi d'implant)`},
	{"59284-0", `(?:formulaire de |attestation de |recueil du )?consentement (?:eclaire|aux soins|libre|du patient)`},
	{"51969-4", `(?:compte[- ]rendu (?:d'(?:analyse|examen|etude) de |de ))?genetique (?:moleculaire|medicale|constitutionnelle)`},
	{"83901-9", `(?:compte[- ]rendu (?:de |du ))?(?:bilan|examen) (?:neuro-?)?psychologique`},
	{"80771-9", `projet d'accueil individualise`},
	{"ATTEST-DROITS-AM", `attestation (?:de |des )droits`},
	{"PRESC-ORTHOPHO", `(?:prescription|ordonnance) (?:d'actes |de seances )?(?:d'|de )?(?:bilan )?orthophoni\w+`},
	{"PRESC-ORTHOPTIE", `(?:prescription|ordonnance) (?:d'actes |de seances )?(?:d'|de )?(?:bilan )?orthopti\w+`},
	{"PRESC-PEDI", `(?:prescription|ordonnance) (?:d'actes |de seances |de soins )?de (?:pedicurie|podologie|pedicure)`},
	{"34749-2", `(?:compte[- ]rendu de )?consultation (?:de )?pre-?anesthesi\w+|consultation d'anesthesie`},
	{"34875-5", `(?:evaluation|consultation|visite|suivi) post-?operatoire|note de suivi post-?operatoire`},
	{"85208-7", `(?:compte[- ]rendu (?:de|d'une) )?(?:teleconsultation|tele-?expertise|acte de telemedecine)`},
	{"11488-4", `(?:compte[- ]rendu|fiche) de (?:consultation|visite)|(?:consultation|visite)(?: de (?:suivi|controle)| a domicile)?(?: :.*| du \d.*)?$`},
	{"34794-8", `(?:compte[- ]rendu de |fiche de )?reunion de concertation pluridisciplinaire`},
	{"77436-4", `(?:compte[- ]rendu|feuille|fiche|dossier|protocole) d'anesthesie`},
	{"34874-8", `(?:compte[- ]rendu|cr|protocole) operatoire|cro\b`},
	{"60568-3", `(?:compte[- ]rendu (?:d'|de l'|de )?(?:examen )?)?(?:anatomie (?:et cytologie )?pathologiques?|anatomo-? ?(?:cyto-?)?pathologi\w+|cyto-?pathologi\w+|histo-?pathologi\w+|frottis)|compte[- ]rendu d'(?:histologie|anapath\w*|cytologie)`},
	{"34112-3", `crh\b|(?:compte[- ]rendu|cr) (?:d'hospitalisation|hospitalier|de fin d'hospitalisation|de sejour)`},
	{"15507-7", `(?:(?:compte[- ]rendu|cr|fiche|resume) (?:de |du )?)?passage (?:aux|au service (?:d'accueil )?des|dans le service des) urgences|(?:service (?:d'accueil )?des )?urgences(?: (?:adultes?|pediatriques?|generales))?(?: -.*| du \d.*)?$`},
	{"15508-5", `(?:compte[- ]rendu d'|maternite - )?accouchement`},
	{"11490-0", `(?:lettre|courrier) de (?:liaison|sortie)`},
	{"47420-5", `(?:compte[- ]rendu de )?bilan (?:fonctionnel|orthophonique|orthoptique|psychomoteur)`},
	{"70004-7", `(?:compte[- ]rendu (?:d'|de la? ?|de ))?(?:(?:video-?)?(?:coloscopie|gastroscopie|fibroscopie|endoscopie|bronchoscopie|rectoscopie|cystoscopie|hysteroscopie|colposcopie)|holter|mapa\b|\beeg\b|electroencephalogramme|\bemg\b|\befr\b|electrocardiogramme|\becg\b|spirometrie|explorations? fonctionnelles? respiratoires?|epreuve d'effort|polysomnographie|electromyogramme|audiogramme)`},
	{"83836-7", `schema dentaire|bilan bucco-?dentaire|(?:odontogramme)`},
	{"56446-8", `(?:convocation|confirmation de rendez-vous|avis de rendez-vous|rappel de rendez-vous)`},
	{"59283-2", `examen (?:medical )?(?:obligatoire )?de l'enfant|certificat de sante (?:du|de l'enfant)`},
	{"11506-3", `bilan-?(?: ?diagnostic )?(?:masso-?)?kinesitherap\w+|(?:fiche|compte[- ]rendu) de suivi (?:de )?(?:soins|kine\w*|infirmier\w*)`},
	{"34133-9", `synthese d'episode de soins`},
	{"68599-0", `synthese psychiatrique`},
	{"60591-5", `(?:volet de )?synthese medicale|volet medical de synthese|vsm\b`},
	{"18776-5", `plan personnalise de (?:soins|sante|coordination)`},
	{"PROT_ALD", `protocole de soins`},
	{"96173-0", `(?:compte[- ]rendu de )?test rapide d'orientation diagnostique|trod\b`},
	{"11369-6", `(?:historique|carnet|releve|recapitulatif|bilan|liste|synthese|etat) (?:des? |de )?(?:vaccin\w+)`},
	{"87273-9", `(?:note|attestation|certificat|compte[- ]rendu|fiche|preuve) de (?:la )?vaccination|vaccination (?:realisee|effectuee|du|anti|contre)|acte de vaccination`},
	{"86531-1", `bulletin (?:de situation|d'hospitalisation|de sortie)|attestation de (?:sortie|sejour|presence)`},
	{"89601-9", `certificat (?:medical|de non contre-indication|d'aptitude|de bonne sante)`},
	{"96349-6", `(?:lettre|courrier) d'adressage`},
	{"56445-0", `bilan (?:partage de medication|de medication)`},
	{"60593-1", `(?:fiche de |compte[- ]rendu de )?(?:dispensation|delivrance) (?:de (?:medicaments?|produits de sante)|medicamenteuse|pharmaceutique|$)|(?:historique|releve|compte[- ]rendu|fiche) (?:de |des )?(?:dispensations?|delivrances?)`},
	{"PRESC-AAT", `(?:avis|prescription|certificat) d'arret de travail|arret de travail`},
	{"PRESC-BIO", `(?:prescription|ordonnance|demande) (?:d'(?:examens?|actes?|analyses?)(?: de| medicales? de)? biolog\w+|de biologie|d'analyses|de bilan (?:sanguin|biologique))`},
	{"PRESC-INF", `(?:prescription|ordonnance) (?:d'actes |de soins )?infirmiers?`},
	{"PRESC-KINE", `(?:prescription|ordonnance) (?:d'actes |de seances )?de (?:masso-?)?kinesitherapie`},
	{"55115-0", `(?:demande|prescription|ordonnance|bon) (?:d'actes? d'|d'examens? d'|d')imagerie|(?:demande|bon) (?:d'examen radiologique|de (?:radio\w*|scanner)|d'(?:irm|echographie))`},
	{"57828-6", `prescription (?:d'un|d'|de) ?(?:equipement|dispositif|appareillage|optique|lunettes|verres)`},
	{"57833-6", `ordonnance(?: (?:medicale|de medicaments|bizone|securisee))?(?: [-:].*| du \d.*| le \d.*)?$|prescription (?:de medicaments|medicamenteuse|de produits de sante)`},
	{"18748-4", `compte[- ]rendu (?:d'imagerie|d'examen radiologique|de (?:scanner|radio\w*|mammo\w*|scintigraphie)|d'(?:irm|echo\w*|osteodensitometrie))`},
	{"18748-4", `(?:irm|scanner|arthro-?scanner|angio-?scanner|cone beam|tep|tdm|imagerie par|tomodensitometrie|echographie|radiographies?|mammographie|osteodensitometrie|echo-?doppler|doppler|scintigraphie)\b`},
	{"EXPPAT_3", `directives anticipees`},
	{"11502-2", `(?:compte[- ]rendu|resultats?) d'(?:analyses?|examens?)(?: (?:de )?(?:biolog\w+|laboratoire|medicales?).*)?$|bilan (?:sanguin|biologique|lipidique|thyroidien|hepatique|martial|renal|glycemique|hormonal|d'hemostase)|resultats? (?:biologiques?|de biologie|de laboratoire)|compte[- ]rendu de biologie|(?:biochimie|hematologie|hemostase|bacteriologie|serologies?|hemocultures?|coproculture|immunologie|hormonologie|marqueurs)(?: [a-z, ]*)?$|examen cyto-?bacteriologique|ecbu\b|ionogramme|hemogramme|numeration|inr\b`},
}

// lineForms are the titles, and body behind them.
var lineForms = compileLines(titles, body)

func compileLines(titles [][2]string, body string) *pattern.Family {
	var exprs []string
	for _, t := range titles {
		exprs = append(exprs, `^(?:`+t[1]+`)`)
	}
	return pattern.NewFamily(append(exprs, body)...)
}

// Where a title may stand, and how long it may be: under a letterhead and an
// identity, and not a sentence.
const (
	titleLines   = 22
	titleLetters = 80
)

// body begins what a document says, after which no line is a title: there,
// "Scanner thoracique" is something that was done or is to be done.
const body = `^(?:(?:mon )?cher|chere|(?:madame|monsieur|docteur) ?,|(?:antecedents|motif|conclusion|conduite a tenir|traitements?|histoire|anamnese|examen clinique|a realiser|a faire|faire pratiquer|indication)\b)`

// titleOf gives the type that a text's title names, and the types that later
// lines name in the same way; a prescription names what it prescribes, which
// does not count. "" when no line is a title.
func titleOf(text string) (first string, others []string) {
	n := 0
	for line := range strings.Lines(text) {
		line = strings.Trim(line, " \n*•-–_=#")
		if line == "" {
			continue
		}
		if n++; n > titleLines {
			break
		}
		fits := lineForms.Which(line)
		if fits[len(titles)] { // body
			break
		}
		if utf8.RuneCountInString(line) > titleLetters || strings.HasSuffix(line, ".") || strings.HasSuffix(line, ",") {
			continue
		}
		switch i := slices.Index(fits, true); {
		case i < 0:
		case first == "":
			first = titles[i][0]
		case titles[i][0] != first:
			others = append(others, titles[i][0])
		}
	}
	if prescribes(first) {
		others = nil
	}
	return first, others
}

func prescribes(code string) bool { return strings.HasPrefix(code, "PRESC-") || code == "55115-0" }

// resultLine is a line of a laboratory's table: a number, a unit of biology,
// and an interval of reference.
var resultLine = pattern.NewForm(`(?m)^.*\d\s*(?:[gt]/l|giga/l|tera/l|g/dl|m?mol/l|[µμu]mol/l|nmol/l|pmol/l|[mµμun]?g/l|ng/ml|m?u?i/l|mui/l|ui/l|fl|pg|mm3|/mm3|ml/min[^ ]*)\b?.*\d.*$`)
