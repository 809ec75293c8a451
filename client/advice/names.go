package advice

import (
	"regexp"
	"slices"
	"strings"
	"unicode"

	"carnet/client/terminology"
)

// How names are recognised. A written name gives a few keys, the exactest first;
// a table's name gives the keys by which it may be written. Two names are the
// same when a key of one is a key of the other. Keys undo only spelling: accents,
// case, hyphens, "X (acide)" for "acide X", the salt, the dose, the form and the maker. They
// never correct a letter: what is nearly a substance is not one.

// key makes two spellings comparable: folded, what is no letter or figure as one
// space.
func key(s string) string {
	s = micro.Replace(terminology.Fold(s))
	return strings.Join(strings.FieldsFunc(s, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }), " ")
}

var micro = strings.NewReplacer("µ", "u", "μ", "u")

// inParentheses finds "X (Y)" and what may follow.
var inParentheses = regexp.MustCompile(`^([^()]+)\(([^()]*)\)(.*)$`)

func bracketed(s string) []string {
	if !strings.Contains(s, "(") {
		return nil
	}
	return inParentheses.FindStringSubmatch(s)
}

// exactKeys are the keys of a name that keep all its words.
func exactKeys(s string) []string {
	all := []string{key(s)}
	if m := bracketed(s); m != nil && withoutDose(key(m[3])) == "" {
		all = append(all, key(m[2]+" "+m[1])) // sodium (bicarbonate de), valproïque (acide)
	}
	for _, k := range all {
		if before, ok := strings.CutSuffix(k, " acide"); ok {
			all = append(all, "acide "+before)
		}
		if strings.HasPrefix(k, "oestr") { // œstradiol
			all = append(all, k[1:])
		}
	}
	return distinct(all)
}

// looseKeys are the keys of a name without its salt, exactest first.
func looseKeys(s string) []string {
	var all []string
	if m := bracketed(s); m != nil && onlySalt(key(m[2])) {
		all = append(all, key(m[1]+" "+m[3]))
	}
	for _, k := range exactKeys(s) {
		all = append(all, withoutSalt(k))
	}
	return distinct(all)
}

// writtenKeys are all keys of a name that somebody wrote, exactest first: as it
// is, without dose and form, without the salt.
func writtenKeys(s string) []string {
	all := exactKeys(s)
	for _, k := range all {
		all = append(all, withoutDose(k))
	}
	all = append(all, looseKeys(s)...)
	for _, k := range looseKeys(s) {
		all = append(all, withoutSalt(withoutDose(k)))
	}
	return distinct(all)
}

func distinct(all []string) []string {
	var out []string
	for _, k := range all {
		if k != "" && !slices.Contains(out, k) {
			out = append(out, k)
		}
	}
	return out
}

func set(words string) map[string]bool {
	m := map[string]bool{}
	for _, w := range strings.Fields(words) {
		m[w] = true
	}
	return m
}

// The words that are told apart from a substance's own name.
var (
	saltWords = set(`chlorhydrate dichlorhydrate bichlorhydrate monochlorhydrate bromhydrate sulfate bisulfate hydrogenosulfate maleate fumarate hemifumarate tartrate
		hydrogenotartrate bitartrate citrate gluconate lactate mesilate mesylate besilate besylate tosilate tosylate acetate phosphate succinate hydrogenosuccinate
		carbonate chlorure bromure iodure nitrate oxalate pamoate embonate propionate dipropionate valerate furoate palmitate trometamol trometamine arginine
		erbumine tert butylamine cilexetil mofetil medoxomil etexilate axetil proxetil pivoxil sodique disodique monosodique calcique potassique dipotassique magnesique magnesien
		monohydrate monohydratee dihydrate dihydratee trihydrate trihydratee hemihydrate hemihydratee sesquihydrate anhydre hydrate hydratee base sel sels micronise micronisee
		pentahydrate hexahydrate potassium clavulanique`)
	saltEnds  = without(saltWords, "clavulanique", "potassium", "base", "sel", "sels")
	linkWords = set("de du d des l")
	doseWords = set(`mg g kg ug mcg ml l ui u meq mmol cm2 h heure heures jour jours j semaine semaines mois fois par x matin midi soir coucher si besoin pour cent
		comprime comprimes cp cpr cps gelule gelules caps capsule capsules sachet sachets dose doses ampoule ampoules sirop solution suspension injectable buvable
		orodispersible orodispersibles effervescent effervescents pellicule pellicules secable secables quadrisecable lp lm xr collyre creme pommade patch patchs
		dispositif transdermique suppositoire suppositoires spray nasal inhalation inhalateur aerosol goutte gouttes poudre flacon stylo seringue preremplie
		liberation prolongee gastro resistant gastroresistant gastroresistants voie orale po iv sc im per os adulte adultes enfant enfants en a la le et
		nourrisson nourrissons pell pellic disp dispersible dispersibles orodisp efferv susp sol inj pdr cr pom unidose unidoses boite boites plaquette plaquettes
		sans sucre ordonnance avec generique`)
	// who makes a generic stands on its box behind the substance
	makers = set(`accord actavis almus alter arrow aurobindo biogaran bgr bouchara cristers eg evolugen fresenius kabi hikma isomed krka lab labo laboratoire laboratoires
		medac merck milgen mylan panpharma pfizer pharma phr qualimed ranbaxy ratiopharm ratio recordati reddy reddys sandoz sun teva sante conseil viatris winthrop
		zentiva zydus france generiques`)
)

func without(m map[string]bool, words ...string) map[string]bool {
	out := map[string]bool{}
	for w := range m {
		out[w] = true
	}
	for _, w := range words {
		delete(out, w)
	}
	return out
}

func onlySalt(k string) bool {
	for _, w := range strings.Fields(k) {
		if !saltWords[w] && !linkWords[w] {
			return false
		}
	}
	return true
}

// withoutSalt takes out "chlorhydrate de" in front and "sodique" behind. What
// would leave nothing stays.
func withoutSalt(k string) string {
	words := strings.Fields(k)
	if len(words) > 2 && saltEnds[words[0]] && linkWords[words[1]] {
		words = words[2:]
	}
	for len(words) > 1 && saltEnds[words[len(words)-1]] {
		words = words[:len(words)-1]
	}
	return strings.Join(words, " ")
}

// measured is a number, with its unit or not: 500, 500mg, 2x.
var measured = regexp.MustCompile(`^\d+([a-z]{0,3}|cp|cpr)$`)

// onlyForm tells words that name no substance: a dose, a form, how it is taken.
func onlyForm(words []string) bool {
	return !slices.ContainsFunc(words, func(w string) bool { return !doseWords[w] && !linkWords[w] && !measured.MatchString(w) })
}

// withoutDose takes out numbers, units, forms, how it is taken and who makes it. A number is
// kept when it is all there is of a name's last word (vitamine b12, nonoxynol 9
// are found by their exact keys before).
func withoutDose(k string) string {
	words := strings.Fields(k)
	if len(words) == 0 {
		return ""
	}
	out := words[:0:0]
	for i, w := range words {
		if measured.MatchString(w) || i > 0 && (doseWords[w] || makers[w]) || i == 0 && onlyForm(words) {
			continue
		}
		out = append(out, w)
	}
	for len(out) > 0 && linkWords[out[len(out)-1]] {
		out = out[:len(out)-1]
	}
	return strings.Join(out, " ")
}

// and joins two names as a plus does.
var and = regexp.MustCompile(`(?i)\s+(et|and)\s+`)

// parts splits what is written as a combination: "amoxicilline/acide
// clavulanique", "périndopril + indapamide 5 mg/1,25 mg", "aspirine et AINS". Parts
// that are a dose and nothing else are left out.
func parts(s string) []string {
	runes := []rune(and.ReplaceAllString(s, " + "))
	var out []string
	start, depth := 0, 0
	cut := func(end int) {
		if p := strings.TrimSpace(string(runes[start:end])); withoutDose(key(p)) != "" {
			out = append(out, p)
		}
	}
	for i, r := range runes {
		switch r {
		case '(':
			depth++
		case ')':
			depth--
		case '+', '/', ';', ',', '&':
			decimal := r == ',' && i > 0 && i+1 < len(runes) && unicode.IsDigit(runes[i-1]) && unicode.IsDigit(runes[i+1])
			if depth <= 0 && !decimal {
				cut(i)
				start = i + 1
			}
		}
	}
	cut(len(runes))
	return out
}
