package habilitations

import (
	"strings"
	"testing"

	"carnet/client"
	"carnet/client/terminology"
	"carnet/ui/widget"
	"carnet/ui/widget/widgettest"

	"fyne.io/fyne/v2"
	"fyne.io/fyne/v2/test"
)

const small = `type,profession,allowed,source
11488-4,10,yes,published
11488-4,28,no,published
15508-5,10,yes,proposal
15508-5,28,no,published
11502-2,10,yes,proposal
11502-2,28,yes,proposal
11488-4,10/SM25,no,published
15508-5,10/SM25,no,published
11502-2,10/SM25,no,published
`

func matrix(t *testing.T) *terminology.Matrix {
	t.Helper()
	m, err := terminology.ReadMatrix("essai.7", strings.NewReader(small))
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func TestTheColumnIsThatOfTheSpecialtyWhereTheLawTreatsItApart(t *testing.T) {
	for _, c := range []struct {
		profession, specialty, column string
		known                         bool
	}{
		{"10", "SM54", "10", true},
		{"10", "G15_10/SM25", "10/SM25", true},
		{"10", "SM25", "10/SM25", true},
		{"28", "", "28", true},
		{"99", "", "99", false},
	} {
		if column, known := Column(matrix(t), c.profession, c.specialty); column != c.column || known != c.known {
			t.Errorf("%s %s: %s %v", c.profession, c.specialty, column, known)
		}
	}
}

// TestRowsAreTheMatrix compares the list of every profession with the matrix in
// force, cell by cell.
func TestRowsAreTheMatrix(t *testing.T) {
	m := terminology.CurrentMatrix()
	for _, profession := range terminology.Professions() {
		seen := 0
		for _, r := range Rows(m, profession.Code, "", Everything) {
			if r.Heading() {
				continue
			}
			seen++
			allowed, _ := m.Allowed(r.Type.Code, profession.Code)
			if r.Allowed != allowed || r.Published != m.Published(r.Type.Code, profession.Code) {
				t.Fatalf("%s %s: %+v", profession.Code, r.Type.Code, r)
			}
		}
		types, may := Sum(Rows(m, profession.Code, "", Everything))
		_, readable := Sum(Rows(m, profession.Code, "", Readable))
		unreadable, none := Sum(Rows(m, profession.Code, "", Unreadable))
		if types != seen || readable != may || none != 0 || readable+unreadable != types || may > len(m.Column(profession.Code)) {
			t.Errorf("%s: %d types, %d readable, %d not", profession.Code, types, readable, unreadable)
		}
	}
}

func TestRowsAreNarrowedByWords(t *testing.T) {
	m := matrix(t)
	for filter, want := range map[string]int{"": 3, "accouch": 1, "ACCOUCHÉMENT": 1, "11502-2": 1, "compte rendu": 3, "zzz": 0} {
		if types, _ := Sum(Rows(m, "10", filter, Everything)); types != want {
			t.Errorf("%q: %d types, want %d", filter, types, want)
		}
	}
}

type desk struct {
	*Page
	*widgettest.Desk
}

func sit(t *testing.T, p client.Person) *desk {
	t.Helper()
	d := &desk{Desk: widgettest.New(t)}
	d.Page = New(Config{Shell: d, Person: p, Matrix: matrix(t)})
	d.Window().SetContent(d.Content())
	d.Window().Resize(fyne.NewSize(1100, 700))
	d.Shown()
	d.Focus(d.InitialFocus())
	return d
}

func TestAnOpticianSeesWhatTheyMayNotRead(t *testing.T) {
	d := sit(t, client.Person{Profession: "28"})
	d.Sees("Que puis-je lire", "Opticien", "Matrice essai.7", "Lisibles : 1 types sur 3", "Lisible", "Non lisible", "15508-5", "publié", "proposition")
	test.Type(d.filter, "accouch")
	d.Sees("Lisibles : 0 types sur 1", "15508-5")
	d.SeesNot("11502-2")
	d.Press(fyne.KeyReturn)
	if d.Window().Canvas().Focused() != d.list {
		t.Error("the hands are not in the list")
	}
	d.key(widget.Ctrl(fyne.KeyF))
	d.Press(fyne.KeyEscape)
	d.key(widget.Ctrl(fyne.KeyT))
	d.Sees("Lisibles : 1 types sur 1", "11502-2")
	d.SeesNot("15508-5")
	test.Type(d.filter, "zzz")
	d.Sees("Aucun type ne correspond")
}

func TestAProfessionOutsideTheMatrixIsToldSo(t *testing.T) {
	d := sit(t, client.Person{Profession: "99"})
	d.Sees("n’est pas dans la matrice", "Déposer reste possible")
}

func (d *desk) key(k widget.Keys) {
	d.Helper()
	for _, s := range d.Shortcuts() {
		if s.Matches(k) {
			s.Do()
			return
		}
	}
	d.Fatalf("no shortcut on %s", k)
}
