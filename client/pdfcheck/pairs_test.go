package pdfcheck

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"carnet/client/terminology"
)

// people makes families: namesakes, twins, double names, accents.
func people(r *rand.Rand, n int) []Identity {
	names := []string{"MARTIN", "MARTIN-DUBOIS", "LE GOFF", "D'ARC", "NOËL", "ÉTIENNE", "DUPONT", "MARTINET", "DE LA TOUR", "BEN SAÏD"}
	given := []string{"Léa", "Marie", "Marie-Claire", "Jean", "Jean-Pierre", "Hélène", "Zoé", "François", "Anne", "Anne-Marie"}
	var out []Identity
	for len(out) < n {
		day := fmt.Sprintf("%04d-%02d-%02d", 1930+r.IntN(90), 1+r.IntN(12), 1+r.IntN(28))
		p := Identity{BirthName: names[r.IntN(len(names))], Given: []string{given[r.IntN(len(given))]}, BirthDate: day}
		if r.IntN(3) == 0 {
			p.UsedName = names[r.IntN(len(names))]
		}
		p.INS = insOf(r, day)
		twin := p // same name, same day, another given name and number
		twin.Given = []string{given[(r.IntN(len(given)-1)+1+index(given, p.Given[0]))%len(given)]}
		twin.INS = insOf(r, day)
		out = append(out, p, twin)
	}
	return out
}

func index(list []string, s string) int {
	for i, x := range list {
		if x == s {
			return i
		}
	}
	return 0
}

// keyed adds the right key to 13 digits.
func keyed(base string) string {
	for key := 1; key <= 97; key++ {
		if n := fmt.Sprintf("%s%02d", base, key); terminology.CheckNIR(n) == nil {
			return n
		}
	}
	return ""
}

// insOf makes a number for somebody born on a day.
func insOf(r *rand.Rand, day string) string {
	return keyed(fmt.Sprintf("%d%s%s%02d%03d%03d", 1+r.IntN(2), day[2:4], day[5:7], 1+r.IntN(95), 1+r.IntN(900), 1+r.IntN(900)))
}

// layout writes the head of a document about a person.
func layout(r *rand.Rand, p Identity) string {
	d, m, y := p.BirthDate[8:], p.BirthDate[5:7], p.BirthDate[:4]
	month := []string{"janvier", "février", "mars", "avril", "mai", "juin", "juillet", "août", "septembre", "octobre", "novembre", "décembre"}[int(m[0]-'0')*10+int(m[1]-'0')-1]
	date := []string{d + "/" + m + "/" + y, d + "." + m + "." + y, d + "-" + m + "-" + y, strings.TrimPrefix(d, "0") + " " + month + " " + y, d + "/" + m + "/" + y[2:], p.BirthDate}[r.IntN(6)]
	name := p.BirthName
	if p.UsedName != "" && r.IntN(2) == 0 {
		name = p.UsedName
	}
	ins := ""
	if r.IntN(3) == 0 {
		n := p.INS
		ins = []string{"\nINS : " + n, "\nMatricule INS " + n[:1] + " " + n[1:3] + " " + n[3:5] + " " + n[5:7] + " " + n[7:10] + " " + n[10:13] + " " + n[13:]}[r.IntN(2)]
	}
	head := []string{
		"Patient : " + name + " " + p.Given[0] + ", né(e) le " + date,
		"Nom : " + name + "\nPrénom : " + p.Given[0] + "\nDate de naissance : " + date,
		map[byte]string{'1': "M. ", '2': "Mme "}[p.INS[0]] + p.Given[0] + " " + name + map[byte]string{'1': "  né le ", '2': "  née le "}[p.INS[0]] + date,
		"NOM DE NAISSANCE : " + name + "\nPRÉNOM(S) : " + strings.ToUpper(p.Given[0]) + "\nNÉ(E) LE\n" + date,
		"Concerne : " + name + " " + strings.ToUpper(p.Given[0]) + " (" + date + ")",
	}[r.IntN(5)]
	if r.IntN(4) == 0 {
		head = strings.ToUpper(plain(head)) // an old printer: capitals, no accents
	}
	return "Laboratoire de biologie Cernay\nDr Paul BERNARD, 12/10/2026\n" + head + ins + "\nHémoglobine 13,2 g/dL\nPrélèvement du 21/11/2026 à 08:12"
}

func TestNoFalseMatchAmongNamesakesAndTwins(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 5))
	all := people(r, 400/share)
	right, warned, matched := 0, 0, 0
	for i, p := range all {
		text := layout(r, p)
		switch CompareIdentity(text, p).Outcome {
		case Mismatch:
			warned++
			if warned < 5 {
				t.Logf("a false warning about %+v:\n%s", p, text)
			}
		case Match:
			matched++
		}
		right++
		for range 6 {
			other := all[r.IntN(len(all))]
			if r.IntN(2) == 0 {
				other = all[i^1] // the twin
			}
			same := other.Given[0] == p.Given[0] && other.BirthDate == p.BirthDate && (other.BirthName == p.BirthName)
			if other.INS != p.INS && !same && CompareIdentity(text, other).Outcome == Match {
				t.Errorf("a false match with %+v:\n%s", other, text)
			}
		}
	}
	if warned*100 > right*2 || matched*100 < right*95 {
		t.Errorf("of %d right pairs %d were warned about and %d matched", right, warned, matched)
	}
}
