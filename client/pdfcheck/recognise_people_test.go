package pdfcheck

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
)

// citizen is somebody whom generated documents speak of, with the wrong people
// who could be taken for them.
type citizen struct {
	Identity
	kin []kin
}

// kin is somebody else, and how they resemble.
type kin struct {
	relation string
	Identity
}

var (
	familyNames = strings.Fields("MARTIN BERNARD DUBOIS THOMAS ROBERT PETIT DURAND MOREAU LAURENT GARCIA FOURNIER LEBŒUF NOËL ÉTIENNE LEFÈVRE D'ARC N'DIAYE HAŸ MARTIN-DUBOIS SAINT-JEAN BEN~SAÏD LE~GOFF DE~LA~TOUR DU~BELLAY VAN~DEN~BERG LE~BIHAN-MORVAN NGUYỄN YILMAZ GONÇALVES SÁNCHEZ MÜLLER LI Ó~BRIEN MARTINET PETITJEAN PAUL SIMON CHARLES")
	menNames    = strings.Fields("Jean Pierre Jean-Pierre Paul Théo Léo Noé François Loïc Karim Mohamed Mohammed Jean-Marie Camille Dominique Étienne André Maël Zaccharie Ousmane")
	womenNames  = strings.Fields("Léa Léna Marie Marie-Claire Anne Anne-Marie Hélène Zoé Chloé Inès Œnone Camille Dominique Aïcha Fatou Thi-Lan Jeanne Jeannine Maëlys Yvonne")
)

func pick(r *rand.Rand, list []string) string {
	return strings.ReplaceAll(list[r.IntN(len(list))], "~", " ")
}

// otherThan picks something else.
func otherThan(r *rand.Rand, list []string, not string) string {
	for {
		if x := pick(r, list); bare(x) != bare(not) {
			return x
		}
	}
}

func givenOf(sex string) []string {
	if sex == "male" {
		return menNames
	}
	return womenNames
}

// numbered gives an INS to a person.
func numbered(r *rand.Rand, p Identity) Identity {
	dept := fmt.Sprintf("%02d", 1+r.IntN(95))
	if dept == "20" {
		dept = []string{"2A", "2B"}[r.IntN(2)]
	}
	p.INS = keyOf(map[string]string{"male": "1", "female": "2"}[p.Sex] + p.BirthDate[2:4] + p.BirthDate[5:7] + dept + fmt.Sprintf("%03d%03d", 1+r.IntN(900), 1+r.IntN(900)))
	return p
}

// oneDigitOff changes one digit of the order number, and the key with it.
func oneDigitOff(r *rand.Rand, ins string) string {
	b := []byte(ins[:13])
	i := 7 + r.IntN(6)
	b[i] = '0' + (b[i]-'0'+byte(1+r.IntN(8)))%10
	return keyOf(string(b))
}

// newCitizen makes somebody and their kin.
func newCitizen(r *rand.Rand) citizen {
	p := Identity{Sex: []string{"male", "female"}[r.IntN(2)], BirthName: pick(r, familyNames)}
	p.BirthDate = fmt.Sprintf("%04d-%02d-%02d", 1927+r.IntN(98), 1+r.IntN(12), 1+r.IntN(28))
	p.Given = []string{pick(r, givenOf(p.Sex))}
	for range r.IntN(3) {
		p.Given = append(p.Given, otherThan(r, givenOf(p.Sex), p.Given[0]))
	}
	if p.Sex == "female" && r.IntN(2) == 0 || r.IntN(12) == 0 {
		p.UsedName = otherThan(r, familyNames, p.BirthName)
	}
	p = numbered(r, p)
	c := citizen{Identity: p}
	add := func(relation string, change func(*Identity)) {
		k := p
		k.Given = append([]string{}, p.Given...)
		change(&k)
		c.kin = append(c.kin, kin{relation, k})
	}
	first := otherThan(r, givenOf(p.Sex), p.Given[0])
	for slices.Contains(p.Given, first) { // nobody could tell "Jean, Paul" without its comma from "Jean-Paul"
		first = pick(r, givenOf(p.Sex))
	}
	add("twin", func(k *Identity) { k.Given, k.INS = []string{first}, oneDigitOff(r, p.INS) })
	add("twin with a compound name", func(k *Identity) {
		k.Given, k.INS = []string{p.Given[0] + "-" + first}, oneDigitOff(r, p.INS)
		if parts := strings.Split(p.Given[0], "-"); len(parts) > 1 {
			k.Given = parts[:1]
		}
	})
	add("twin whose first name is the second", func(k *Identity) {
		k.Given, k.INS = []string{first, p.Given[0]}, oneDigitOff(r, p.INS)
	})
	add("parent of the same name", func(k *Identity) {
		k.BirthDate = fmt.Sprintf("%d%s", atoi(p.BirthDate[:4])-20-r.IntN(20), p.BirthDate[4:])
		*k = numbered(r, *k)
	})
	add("namesake", func(k *Identity) {
		k.BirthDate = fmt.Sprintf("%s-%02d-%02d", p.BirthDate[:4], 1+(atoi(p.BirthDate[5:7])+r.IntN(10))%12, 1+r.IntN(28))
		if k.BirthDate == p.BirthDate {
			k.BirthDate = "1901-01-01"
		}
		*k = numbered(r, *k)
	})
	add("namesake of the same day", func(k *Identity) {
		k.INS, k.Given, k.UsedName = oneDigitOff(r, p.INS), k.Given[:1], ""
		k.Namesake = true
	})
	add("other sex, same names and day", func(k *Identity) {
		k.Sex = map[string]string{"male": "female", "female": "male"}[p.Sex]
		k.Namesake = true
		*k = numbered(r, *k)
	})
	add("double name", func(k *Identity) {
		k.BirthName, k.UsedName = p.BirthName+[]string{"-", " "}[r.IntN(2)]+otherThan(r, familyNames, p.BirthName), ""
		*k = numbered(r, *k)
	})
	add("spouse born the same day", func(k *Identity) {
		k.BirthName = otherThan(r, familyNames, p.BirthName)
		k.UsedName, k.Given = p.BirthName, []string{first}
		*k = numbered(r, *k)
	})
	add("stranger born the same day", func(k *Identity) {
		k.BirthName, k.UsedName, k.Given = otherThan(r, familyNames, p.BirthName), "", []string{first}
		*k = numbered(r, *k)
	})
	return c
}

func atoi(s string) int {
	n := 0
	for _, c := range s {
		n = n*10 + int(c-'0')
	}
	return n
}
