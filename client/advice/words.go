package advice

import (
	"cmp"
	"fmt"
	"strings"
)

// words are one sentence in both languages.
type words struct{ fr, en string }

func (w words) in(lang string) string {
	if lang == "en" {
		return w.en
	}
	return w.fr
}

// Label is a level's name on screen, as the thesaurus has it; lang is "fr" or "en".
func (l Level) Label(lang string) string {
	return map[Level]words{
		Contraindicate: {"Contre-indication", "Contraindicated"},
		NotAdvised:     {"Association déconseillée", "Not advised together"},
		Caution:        {"Précaution d’emploi", "Use with caution"},
		Consider:       {"À prendre en compte", "To be considered"},
	}[l].in(lang)
}

// Label is the word that stands beside a warning's icon: the worst level of an
// interaction, the kind of the others.
func (w Warning) Label(lang string) string {
	if w.Kind == Interaction {
		return w.Worst().Label(lang)
	}
	return map[Kind]words{
		Allergic:        {"Allergie", "Allergy"},
		CrossReaction:   {"Allergie croisée possible", "Possible cross-reaction"},
		SameSubstance:   {"Doublon", "Duplicate"},
		SameClass:       {"Même classe", "Same class"},
		SameExamination: {"Examen déjà fait", "Examination already done"},
		LookAlike:       {"Examen peut-être déjà fait", "Examination perhaps already done"},
	}[w.Kind].in(lang)
}

// Title says in one line what the warning is about.
func (w Warning) Title(lang string) string {
	switch w.Kind {
	case SameSubstance:
		return words{"Deux traitements contiennent\u00a0: ", "Two treatments hold: "}.in(lang) + w.A.substance()
	case SameExamination, LookAlike:
		return w.A.Name
	case Allergic, CrossReaction:
		return w.B.said() + words{" et l’allergie\u00a0: ", " and the allergy: "}.in(lang) + cmp.Or(w.A.Label, w.A.Written)
	}
	return w.A.said() + " + " + w.B.said()
}

// said is a substance as people write it, and a brand with what it is known to hold.
func (s Side) said() string {
	if s.Brand {
		return s.Written + " (" + s.Name + ")"
	}
	return s.substance()
}

// substance is its name with its accents, where what is written is but another
// spelling of the table's name.
func (s Side) substance() string {
	if key(s.Written) == key(s.Name) {
		return s.Written
	}
	return s.Name
}

// Detail says by what the rule applies: classes, several levels, a day, a brand.
func (w Warning) Detail(lang string) string {
	s := w.detail(lang)
	if !w.A.Brand && !w.B.Brand {
		return s
	}
	if s != "" {
		s += "\u00a0; "
	}
	return s + words{"d’après le nom de marque\u00a0: vérifiez la composition", "by the brand name: check what it holds"}.in(lang)
}

func (w Warning) detail(lang string) string {
	switch w.Kind {
	case Interaction:
		return w.interaction(lang)
	case SameClass:
		return words{"Les deux sont de la classe\u00a0: ", "Both are of the class: "}.in(lang) + w.A.Group
	case Allergic, CrossReaction:
		if w.B.Group != "" {
			return w.B.substance() + words{" fait partie de\u00a0: ", " belongs to: "}.in(lang) + w.B.Group
		}
	case SameExamination, LookAlike:
		return fmt.Sprintf(words{"Fait il y a moins de %d mois.", "Done less than %d months ago."}.in(lang), w.Months)
	}
	return ""
}

func (w Warning) interaction(lang string) string {
	var all []string
	for _, s := range []Side{w.A, w.B} {
		if s.Group != "" {
			all = append(all, s.substance()+words{" par la classe ", " by the class "}.in(lang)+s.Group)
		}
	}
	if len(w.Levels) > 1 {
		var names []string
		for _, l := range w.Levels {
			names = append(names, l.Label(lang))
		}
		all = append(all, words{"selon la dose, la situation ou la règle\u00a0: ", "by dose, situation or rule: "}.in(lang)+strings.Join(names, ", "))
	}
	return strings.Join(all, "\u00a0; ")
}

// Text is the citation in one line: source, edition, note.
func (c Citation) Text(lang string) string {
	s := c.Source + words{", édition ", ", edition "}.in(lang) + c.Edition
	if c.Note != "" {
		s += " (" + c.Note + ")"
	}
	return s
}

// Message says why something was not verified, and what to do.
func (u Unverified) Message(lang string) string {
	w := map[Reason]words{
		UnknownName:  {"Non vérifié\u00a0: la table ne connaît pas ce nom. Écrivez la substance (DCI).", "Not verified: the table does not know this name. Write the substance (INN)."},
		BrandName:    {"Non vérifié\u00a0: nom de marque. Écrivez la substance (DCI).", "Not verified: a brand name. Write the substance (INN)."},
		EmptyName:    {"Non vérifié\u00a0: rien n’est écrit. Écrivez la substance (DCI).", "Not verified: nothing is written. Write the substance (INN)."},
		NoRules:      {"Non vérifié en entier\u00a0: cette édition n’a pas de règle pour une de ses classes.", "Not wholly verified: this edition has no rule for one of its classes."},
		FreeText:     {"Non vérifié\u00a0: la table ne connaît pas cet allergène. Comparez vous-même.", "Not verified: the table does not know this allergen. Compare yourself."},
		NothingKnown: {"Non vérifié\u00a0: rien n’est enregistré. Demandez le carnet de vaccination.", "Not verified: nothing is recorded. Ask for the vaccination record."},
		NoBirthDate:  {"Non vérifié\u00a0: la date de naissance n’est pas connue au jour près.", "Not verified: the birth date is not known to the day."},
		NoDate:       {"Non vérifié\u00a0: la date manque ou ne se lit pas. Corrigez-la.", "Not verified: the date is missing or cannot be read. Correct it."},
	}[u.Reason]
	s := w.in(lang)
	if u.Hint != "" {
		s += words{" Connu pour contenir\u00a0: ", " Known to hold: "}.in(lang) + u.Hint
		if u.Compared {
			s += words{", comparé comme tel", ", compared as such"}.in(lang)
		}
		s += "."
	}
	return s
}

// Limits is what stands under every list of warnings, empty or not: it is an aid,
// and silence is no safety. edition is that of the thesaurus.
func Limits(edition, lang string) string {
	return fmt.Sprintf(words{
		"Aide à la décision\u00a0: thésaurus de l’ANSM, édition %s. Ce qui n’y est pas n’est pas vérifié\u00a0; aucune alerte ne veut pas dire sans risque.",
		"A decision aid: thesaurus of the ANSM, edition %s. What is not in it is not verified; no warning does not mean no risk.",
	}.in(lang), edition)
}

// basisWords are what a vaccination rests on.
var basisWords = map[string]words{
	"obligatoire": {"obligatoire", "compulsory"},
	"recommandée": {"recommandée", "recommended"},
}

// Label is the vaccine's name on screen.
func (v Vaccination) Label(lang string) string { return words{v.fr, v.en}.in(lang) }

// Label is a state's name on screen.
func (s DueState) Label(lang string) string {
	return map[DueState]words{
		DueLate:    {"En retard", "Late"},
		DueNow:     {"À faire", "Due"},
		DueUnknown: {"Non vérifié", "Not verified"},
		DueSoon:    {"Bientôt", "Soon"},
		DueDone:    {"Enregistrée", "Recorded"},
	}[s].in(lang)
}

// Detail says which dose and on what it rests. It names no day: how a day is
// written is the screen's business (Due, Last).
func (v Vaccination) Detail(lang string) string {
	s := basisWords[v.Basis].in(lang)
	if v.Doses > 1 {
		s = fmt.Sprintf(words{"dose %d sur %d", "dose %d of %d"}.in(lang), v.Dose, v.Doses) + ", " + s
	}
	switch v.State {
	case DueUnknown:
		s += words{"\u00a0; rien n’est enregistré", "; nothing is recorded"}.in(lang)
	case DueDone:
		s += words{"\u00a0; ce qui est attendu à ce jour est enregistré", "; what is expected until now is recorded"}.in(lang)
	}
	if v.Undated {
		s += words{"\u00a0; une injection sans date n’est pas comptée", "; an injection without a day is not counted"}.in(lang)
	}
	return s
}

// CalendarLimits is what stands under the vaccinations.
func CalendarLimits(year, lang string) string {
	return fmt.Sprintf(words{
		"Aide à la décision\u00a0: règles simples, par l’âge, du calendrier des vaccinations, édition %s. Ce qui tient à une maladie, une grossesse, un métier, un voyage ou un risque (BCG, hépatites…) et les rattrapages ne sont pas vérifiés.",
		"A decision aid: simple rules, by age, of the vaccination calendar, edition %s. What depends on a disease, a pregnancy, work, travel or a risk (BCG, hepatitis…) and catch-up schemes are not verified.",
	}.in(lang), year)
}
