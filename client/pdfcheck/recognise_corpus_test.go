package pdfcheck

import (
	"embed"
	"fmt"
	"math/rand/v2"
	"strings"

	"golang.org/x/text/unicode/norm"
)

// The wordings of generated documents. Those of development were before the
// eyes of whoever wrote the rules. The held-out ones were written beforehand
// and apart, and the rules were not changed to suit them: see README.md there.
//
//go:embed testdata/*.txt
var wordings embed.FS

// phrasing is one way to write a kind of document.
type phrasing struct {
	code  string // "" for heads
	lines []string
}

// readWordings reads blocks that begin with "= code".
func readWordings(name string) []phrasing {
	data, err := wordings.ReadFile("testdata/" + name)
	if err != nil {
		panic(err)
	}
	var out []phrasing
	for line := range strings.Lines(string(data)) {
		line = strings.TrimRight(line, "\n")
		if code, ok := strings.CutPrefix(line, "="); ok {
			out = append(out, phrasing{code: strings.TrimSpace(code)})
			continue
		}
		w := &out[len(out)-1]
		w.lines = append(w.lines, line)
	}
	return out
}

// author writes documents.
type author struct {
	r     *rand.Rand
	heads []phrasing
	texts []phrasing
}

func newAuthor(heads, texts string, seed uint64) *author {
	return &author{rand.New(rand.NewPCG(seed, 77)), readWordings("heads-" + heads + ".txt"), readWordings("wordings-" + texts + ".txt")}
}

// document is a text of a person, and what it truly is.
type document struct {
	text  string
	code  string
	about citizen
	act   string // the day that it says, or ""
}

var monthNames = strings.Fields("janvier février mars avril mai juin juillet août septembre octobre novembre décembre")

// date writes a day in one of the ways in use.
func (a *author) date(day string) string {
	y, m, d := day[:4], day[5:7], day[8:]
	first := strings.TrimPrefix(d, "0")
	if first == "1" {
		first = "1er"
	}
	month := monthNames[atoi(m)-1]
	return []string{
		d + "/" + m + "/" + y, d + "/" + m + "/" + y, d + "/" + m + "/" + y, d + "." + m + "." + y, d + "-" + m + "-" + y,
		first + " " + month + " " + y, d + " " + strings.ToUpper(month) + " " + y, day,
	}[a.r.IntN(8)]
}

// number writes an INS grouped, bare, or as a bad scan reads it.
func (a *author) number(ins string) string {
	g := ins[:1] + " " + ins[1:3] + " " + ins[3:5] + " " + ins[5:7] + " " + ins[7:10] + " " + ins[10:13] + " " + ins[13:]
	switch a.r.IntN(12) {
	case 0:
		return strings.Replace(g, "0", "O", 1)
	case 1:
		return g[:len(g)-1] // a digit is lost
	case 2:
		return strings.ReplaceAll(g, " ", ".")
	case 3:
		return strings.ReplaceAll(g, " ", "\u00a0")
	case 4:
		return ins[:13] + " clé " + ins[13:]
	case 5, 6, 7:
		return ins
	}
	return g
}

// write makes a document about somebody; doctor is who signs or prescribes.
func (a *author) write(c citizen, doctor string) document {
	text := a.texts[a.r.IntN(len(a.texts))]
	head := a.heads[a.r.IntN(len(a.heads))]
	for strings.Contains(strings.Join(head.lines, " "), "née {BN}") || strings.Contains(strings.Join(head.lines, " "), "ép. {UN}") {
		if c.UsedName != "" && c.Sex == "female" {
			break
		}
		head = a.heads[a.r.IntN(len(a.heads))]
	}
	act := fmt.Sprintf("2026-%02d-%02d", 9+a.r.IntN(2), 1+a.r.IntN(28))
	all := strings.Join(head.lines, "\n") + "\n" + a.beside(c) + strings.Join(text.lines, "\n") + "\n" + a.foot(c)
	doc := document{code: text.code, about: c}
	if strings.Contains(all, "{D}") {
		doc.act = act
	}
	doc.text = a.disturb(a.fill(all, c, doctor, act))
	return doc
}

// fill puts a person into a phrasing.
func (a *author) fill(text string, c citizen, doctor, act string) string {
	used := c.UsedName
	if used == "" {
		used = c.BirthName
	}
	given := c.Given[0]
	if a.r.IntN(8) == 0 {
		given = strings.ReplaceAll(given, "-", " ")
	}
	if a.r.IntN(5) == 0 {
		given = strings.ToUpper(given)
	}
	birth := a.date(c.BirthDate)
	female := c.Sex == "female"
	one := func(f, m string) string {
		if female {
			return f
		}
		return m
	}
	return strings.NewReplacer(
		"{BN}", c.BirthName, "{UN}", used, "{G}", given, "{GS}", strings.Join(c.Given, []string{" ", ", "}[a.r.IntN(2)]), "{B}", birth,
		"{INS}", a.number(c.INS), "{S}", one("F", "M"), "{CIV}", one("Mme", "M."), "{CIVL}", one("Madame", "Monsieur"), "{E}", one("e", ""),
		"{DR}", doctor, "{D}", a.date(act), "{P}", a.date("2026-08-03"), "{F}", a.date("2026-12-20"), "{A}", fmt.Sprint(2026-atoi(c.BirthDate[:4])),
	).Replace(text)
}

// beside says something of relatives, between the identity and the title.
func (a *author) beside(c citizen) string {
	switch a.r.IntN(14) {
	case 0:
		return "Mère : " + pick(a.r, womenNames) + " " + c.BirthName + ", née le " + a.date("1961-05-04") + "\n"
	case 1:
		return "Personne de confiance : M. " + pick(a.r, menNames) + " " + c.BirthName + "\n"
	case 2:
		return "Assuré : " + numbered(a.r, Identity{Sex: "male", BirthDate: "1961-05-04"}).INS + "\n"
	}
	return ""
}

// foot ends a page.
func (a *author) foot(c citizen) string {
	switch a.r.IntN(6) {
	case 0:
		return "Page 1/2\n" + c.BirthName + " " + c.Given[0] + " - page 2/2\n"
	case 1:
		return "Édité le " + a.date("2026-11-20") + " - Page 1/1\n"
	case 2:
		return "Copies : Dr " + pick(a.r, womenNames) + " " + pick(a.r, familyNames) + ", " + pick(a.r, menNames) + " " + pick(a.r, familyNames) + "\n"
	}
	return ""
}

// disturb writes a text as printers, programs and scanners do.
func (a *author) disturb(text string) string {
	switch a.r.IntN(12) {
	case 0, 1:
		text = strings.ToUpper(plain(text))
	case 2:
		text = plainAccents(text)
	case 3:
		text = norm.NFD.String(text)
	case 4:
		text = strings.ReplaceAll(text, "-", "\u2011")
	case 5:
		text = strings.ReplaceAll(strings.ReplaceAll(text, "'", "’"), " : ", "\u00a0: ")
	case 6:
		text = strings.ReplaceAll(text, "\n", "\r\n")
	case 7:
		text = strings.ReplaceAll(text, " : ", " :\n")
	case 8:
		text = strings.ReplaceAll(text, " : ", "  ")
	}
	return text
}

// plainAccents drops accents and keeps case.
func plainAccents(s string) string {
	var b strings.Builder
	for _, c := range norm.NFD.String(s) {
		if c < 0x300 || c > 0x36f {
			b.WriteRune(c)
		}
	}
	return b.String()
}

// both puts two people's results into one file.
func (a *author) both(c, other citizen) document {
	d := a.write(c, "Dr Anne MOREL")
	d.text += "\n" + a.write(other, "Dr Anne MOREL").text
	return d
}
