package pdfcheck

import (
	"strings"
	"unicode"
)

// person reads "Mme DUBOIS Léa née MARTIN" and the like.
func (r *reading) person(at span) statement {
	s := statement{at: at}
	var main, maiden, married []string
	written := false // the title is written out
	into := &main
	comma := -1
loop:
	for _, t := range r.tokens(at) {
		switch {
		case t.plain == "." || t.plain == ":" || t.plain == "(" || t.plain == "*":
			continue
		case t.plain == "," || t.plain == "/":
			if into != &main || len(main) == 0 || comma >= 0 {
				break loop
			}
			comma = len(main)
		case t.plain == ")":
			into = &main
		case sexOfTitle[t.plain] != "" || t.plain == "enfant" || t.plain == "l'enfant" || t.plain == "bebe" || t.plain == "m":
			if len(main) > 0 {
				break loop
			}
			s.sex = sexOfTitle[t.plain]
			written = len(t.plain) > 5
		case t.plain == "nee" || t.plain == "ne":
			into = &maiden
			if t.plain == "nee" && s.sex == "" {
				s.sex = "female"
			}
		case t.plain == "epouse" || t.plain == "ep" || t.plain == "epse" || t.plain == "veuve" || t.plain == "vve" || t.plain == "divorcee":
			into, s.sex = &married, "female"
		case t.plain == "epoux":
			into, s.sex = &married, "male"
		case t.plain == "prenom" || t.plain == "prenoms" || t.plain == "nom":
			continue
		case t.name():
			if into == &maiden && (t.plain == "le" && len(maiden) == 0) {
				break loop
			}
			*into = append(*into, t.text)
		default:
			break loop
		}
	}
	s.settle(withoutEnd(main), withoutEnd(maiden), withoutEnd(married), comma, written)
	return s
}

// withoutEnd leaves out particles that nothing follows.
func withoutEnd(ws []string) []string {
	for len(ws) > 0 && particles[plain(ws[len(ws)-1])] {
		ws = ws[:len(ws)-1]
	}
	return ws
}

// settle tells names from given names.
func (s *statement) settle(main, maiden, married []string, comma int, written bool) {
	order := ""
	if written {
		order = "given first"
	}
	// "DUBOIS née MARTIN Léa", "MARTIN ép. DUBOIS Léa": the given names come last.
	if p := split(maiden, ""); len(p.given) > 0 && len(maiden) > 0 && onlyName(main) {
		maiden = strings.Fields(p.birthName)
		s.given = p.given
	}
	if p := split(married, ""); len(p.given) > 0 && len(married) > 0 && onlyName(main) {
		married = strings.Fields(p.birthName)
		s.given = p.given
	}
	var p statement
	switch {
	case comma > 0 && comma < len(main):
		p = statement{birthName: strings.Join(main[:comma], " "), given: main[comma:]}
	case len(s.given) > 0:
		p = statement{birthName: strings.Join(main, " "), given: s.given}
	default:
		p = split(main, order)
	}
	s.birthName, s.given = p.birthName, p.given
	switch {
	case len(maiden) > 0:
		s.usedName, s.birthName = s.birthName, strings.Join(maiden, " ")
	case len(married) > 0:
		s.usedName = strings.Join(married, " ")
	}
}

// onlyName tells whether words hold no given name: one name, all in capitals.
func onlyName(words []string) bool {
	p := split(words, "")
	return len(p.given) == 0
}

// split tells the family's name from the given names: by capitals where they
// differ, else by what is known as a given name, else by the usual order.
func split(ws []string, order string) statement {
	if len(ws) == 0 {
		return statement{}
	}
	upper := make([]bool, len(ws))
	ups, given := 0, 0
	for i, w := range ws {
		upper[i] = isUpper(w) && len([]rune(w)) > 1
		if upper[i] || particles[plain(w)] {
			ups++
		}
		if isGiven(w) {
			given++
		}
	}
	if ups > 0 && ups < len(ws) {
		var name, first []string
		for i, w := range ws {
			if upper[i] || particles[plain(w)] && !isGiven(w) {
				name = append(name, w)
			} else {
				first = append(first, w)
			}
		}
		return statement{birthName: strings.Join(name, " "), given: first}
	}
	n := len(ws)
	if n == 1 || n == 2 && particles[plain(ws[0])] {
		return statement{birthName: strings.Join(ws, " ")}
	}
	if isGiven(ws[0]) && !isGiven(ws[n-1]) || order == "given first" && (!isGiven(ws[n-1]) || isGiven(ws[0])) {
		k := 1
		for k < n-1 && isGiven(ws[k]) {
			k++
		}
		return statement{birthName: strings.Join(ws[k:], " "), given: ws[:k]}
	}
	k := 1
	for k < n-1 && particles[plain(ws[k-1])] {
		k++
	}
	for k < n-1 && !isGiven(ws[k]) && given > 0 {
		k++
	}
	return statement{birthName: strings.Join(ws[:k], " "), given: ws[k:]}
}

func isUpper(w string) bool {
	for _, c := range w {
		if unicode.IsLower(c) {
			return false
		}
	}
	return true
}

// isGiven tells whether a word is a usual given name; the first part of a
// compound tells.
func isGiven(w string) bool {
	first, _, _ := strings.Cut(plain(w), "-")
	return givenNames[first]
}

// sexOfTitle gives what a form of address says.
var sexOfTitle = map[string]string{
	"mme": "female", "mlle": "female", "melle": "female", "madame": "female", "mademoiselle": "female",
	"monsieur": "male", "mr": "male", "m": "male",
}

// notNames are capitalised words that stand beside names and are none.
var notNames = setOf(`nom noms prenom prenoms sexe age ddn date naissance dossier ins nir ipp nip tel dr docteur pr professeur chambre service
	adresse prelevement prescripteur medecin examen resultat resultats laboratoire page patient patiente monsieur madame mme mlle f h
	masculin feminin homme femme ans numero matricule compte rendu demande ordonnance hopital clinique chu ch centre cabinet reims paris lyon
	objet cher chere bonjour dossier rue avenue boulevard place bp cedex code lieu pays france oid test qualifiee identite ou et en au aux
	vous je il elle nous ce cette son sa ses votre pour par sur dans avec sans est a`)

// alsoSurnames are words of notNames that are people's names too.
var alsoSurnames = setOf(`ou sa bp ce au en ch son place reims paris lyon homme cher je`)

// givenNames are usual given names of France, without accents.
var givenNames = setOf(`adam adele adrien agathe agnes aicha alain albert alexandra alexandre alexis alice aline alix amandine ambre amelie amina anais andre andree
	ange angele angelique anna anne annick annie antoine antonin arlette armand arnaud arthur astrid aude audrey augustin aurelie aurelien axel aya
	baptiste bastien beatrice benedicte benjamin benoit bernadette bernard bertrand blandine blanche boris brahim brice brigitte bruno
	camille capucine carine carla carole caroline catherine cecile cedric celia celine chantal charles charlotte chloe christelle christian christiane christine
	christophe claire clara claude claudine clement clemence clementine clotilde coline colette constance corentin corinne cyril cyrille
	damien daniel daniele danielle david deborah delphine denis denise diane didier dimitri dominique dorian edith edouard elea eleonore eliane eliott elise
	elodie eloise elsa emilie emile emma emmanuel emmanuelle enzo eric erika estelle esteban esther etienne eugene eugenie eva evelyne ewen
	fabien fabienne fabrice fanny fatima fatoumata felix fernand fernande flavie flora florence florent florian france franck francois francoise frederic frederique
	gabin gabriel gabrielle gael gaelle gaspard gaston genevieve georges gerald gerard germaine gilbert gilberte gilles ginette gisele gregory guillaume gustave guy gwenaelle
	hamza hector helene henri henriette herve hortense hubert hugo huguette ibrahim ida ines ingrid irene iris isabelle isaac
	jacqueline jacques jade jean jeanne jeannine jeremy jerome jessica joel joelle johan jonathan jordan joseph josephine josette josiane jules julia julie julien juliette justine
	karim karine kevin khadija killian laetitia lana lara laura laure laurence laurent lea leila lena leo leon leonie lily lina lionel lisa lise loic lola lou louane louis louise louka luc lucas lucie lucien lucienne ludovic lydie
	madeleine mael maelle maeva maia malik malo manon manuel marc marcel marcelle margaux margot marguerite maria mariam marianne marie marine mario marion marius marthe martial martine maryse mateo mathias mathieu mathilde mathis matthieu maurice maxence maxime maya mehdi melanie melissa mia michel michele micheline mila mireille mohamed mohammed monique morgane moussa muriel myriam
	nadia nadine nathalie nathan nicolas nicole nina nino noa noah noe noel noelle noemie nolan nora odette odile oceane olivia olivier omar oscar pascal pascale patrice patricia patrick paul paule paulette pauline perrine philippe pierre pierrette prune
	quentin rachel rachid raoul raphael raymond raymonde regine regis remi remy rene renee robert robin rodolphe roger roland romain romane romy rose roxane ruth
	sabine sabrina sacha salome samir samuel sandra sandrine sara sarah sasha sebastien serge severine simon simone solange solene sonia sophie stephane stephanie steven suzanne suzon sylvain sylvie
	tanguy tatiana tessa theo theodore theophile therese thibault thibaut thierry thomas tiago timeo timothee titouan tom tristan ugo ulysse
	valentin valentine valerie vanessa vera veronique vincent violette virginie viviane wendy william xavier yacine yann yannick yasmine yohan yolande youssef yves yvette yvonne zelie zoe zohra oenone`)

// setOf makes a set of the words of a text.
func setOf(text string) map[string]bool {
	out := map[string]bool{}
	for _, w := range strings.Fields(text) {
		out[w] = true
	}
	return out
}
