package demo

import (
	"embed"
	"fmt"
	"io/fs"
	"strconv"
	"strings"
	"time"
)

//go:embed texts
var texts embed.FS

// letter is one model of a document, read from texts/*.txt. A model begins with
//
//	= type ; authors ; for whom ; weight ; title
//
// and goes on with lines that each draw something: "# heading", "- bullet",
// "| a | b" a table row (the first is its header), "~ name | low-high | unit |
// reference" a measured value, "* drug | dose | duration" a prescribed item,
// anything else a paragraph. {…} is filled in: see filler.
type letter struct {
	typ     string
	authors []string // keys of cast
	whom    string
	weight  int
	title   string
	lines   []string
}

func readLetters() ([]letter, error) {
	files, err := fs.Glob(texts, "texts/*.txt")
	if err != nil {
		return nil, err
	}
	var all []letter
	for _, name := range files { // in order of name
		data, err := texts.ReadFile(name)
		if err != nil {
			return nil, err
		}
		for line := range strings.SplitSeq(string(data), "\n") {
			switch {
			case strings.HasPrefix(line, "= "):
				l, err := readLetter(line[2:])
				if err != nil {
					return nil, fmt.Errorf("demo: %s: %w", name, err)
				}
				all = append(all, l)
			case strings.TrimSpace(line) != "" && len(all) > 0:
				last := &all[len(all)-1]
				last.lines = append(last.lines, line)
			}
		}
	}
	return all, nil
}

func readLetter(head string) (letter, error) {
	f := strings.Split(head, " ; ")
	if len(f) != 5 {
		return letter{}, fmt.Errorf("a model has %d fields: %s", len(f), head)
	}
	weight, err := strconv.Atoi(f[3])
	if err != nil {
		return letter{}, fmt.Errorf("a model has no weight: %s", head)
	}
	for author := range strings.SplitSeq(f[1], ",") {
		if _, ok := cast[author]; !ok {
			return letter{}, fmt.Errorf("nobody is called %s", author)
		}
	}
	return letter{typ: f[0], authors: strings.Split(f[1], ","), whom: f[2], weight: weight, title: f[4]}, nil
}

// suits tells whether somebody may have such a document on a day.
func (l letter) suits(p person, day time.Time) bool {
	age := p.years(day)
	switch l.whom {
	case "any":
		return true
	case "child":
		return age < 16
	case "adult":
		return age >= 18
	case "senior":
		return age >= 60
	case "woman":
		return p.female() && age >= 50
	case "mother", "diabetic":
		return p.profile == l.whom && age >= 20
	default:
		return false
	}
}

// draw lays a filled model out on a sheet.
func (l letter) draw(s *sheet, fill *filler) {
	for i := 0; i < len(l.lines); {
		n := l.run(i)
		block := make([]string, 0, n)
		for _, line := range l.lines[i : i+n] {
			block = append(block, fill.text(line))
		}
		drawBlock(s, block, fill)
		i += n
	}
}

// run is how many lines from i on are drawn together.
func (l letter) run(i int) int {
	kind, n := l.lines[i][0], 1
	if kind != '|' && kind != '~' {
		return 1
	}
	for i+n < len(l.lines) && l.lines[i+n][0] == kind {
		n++
	}
	return n
}

func drawBlock(s *sheet, block []string, fill *filler) {
	body := strings.TrimSpace(block[0][1:])
	switch block[0][0] {
	case '#':
		s.heading(body)
	case '-':
		s.bullet(body)
	case '*':
		s.item(cells(body))
	case '|':
		var rows [][]string
		for _, line := range block {
			rows = append(rows, cells(line[1:]))
		}
		s.grid(rows)
	case '~':
		var rows [][]string
		for _, line := range block {
			rows = append(rows, fill.measure(cells(line[1:])))
		}
		s.results(rows)
	default:
		s.para(block[0])
	}
}

func cells(line string) []string {
	f := strings.Split(line, "|")
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	return f
}
