package advice

import (
	"bytes"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"carnet/client/fhir"
)

// Limits of a table that an administrator gives: the whole thesaurus is some
// 150 KB and 3,500 lines.
const (
	maxTableBytes = 8 << 20
	maxTableRows  = 50_000
	maxCellRunes  = 300
	maxFaults     = 20
)

// fault is what is wrong with one line of a table, in French: it is shown to the
// administrator who gave the file.
type fault struct {
	line int
	text string
}

// faults gathers what is wrong with a table.
type faults struct {
	name string
	all  []fault
}

func (f *faults) add(line int, format string, args ...any) {
	if len(f.all) < maxFaults {
		f.all = append(f.all, fault{line, fmt.Sprintf(format, args...)})
	}
}

// err is nil when nothing is wrong. Its message names the first line; Issues
// holds each, with the line in Expression.
func (f *faults) err() error {
	if len(f.all) == 0 {
		return nil
	}
	e := fhir.E(fhir.Malformed, "%s, ligne %d\u00a0: %s Corrigez le fichier, puis chargez-le de nouveau.", f.name, f.all[0].line, f.all[0].text)
	for _, x := range f.all {
		e.Issues = append(e.Issues, fhir.Issue{Code: fhir.Malformed, Expression: fmt.Sprintf("%s:%d", f.name, x.line), Message: x.text})
	}
	return e
}

// row is one line of a table, its cells trimmed.
type row struct {
	line  int
	cells []string
}

// readTable reads a CSV table strictly: UTF-8 (a byte order mark is allowed), the
// heading as it is expected, comma or semicolon, the same number of cells on each
// line, no cell too long or with control characters. It gives all its rows, or
// every fault it found.
func readTable(name string, in io.Reader, heading ...string) ([]row, error) {
	data, err := io.ReadAll(io.LimitReader(in, maxTableBytes+1))
	if err != nil {
		return nil, &fhir.Error{Code: fhir.Unavailable, Message: "La table ne se lit pas. Vérifiez qu’elle est accessible, puis recommencez.", Err: err}
	}
	if len(data) > maxTableBytes {
		return nil, fhir.E(fhir.TooLarge, "%s dépasse 8 Mo\u00a0: ce n’est pas une table d’interactions. Vérifiez le fichier.", name)
	}
	data = bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))
	if !utf8.Valid(data) {
		return nil, fhir.E(fhir.Malformed, "%s n’est pas en UTF-8. Enregistrez le fichier en «\u00a0CSV UTF-8\u00a0», puis chargez-le de nouveau.", name)
	}
	wrong := &faults{name: name}
	r := csv.NewReader(bytes.NewReader(data))
	r.FieldsPerRecord = -1
	first, _, _ := bytes.Cut(data, []byte("\n"))
	if bytes.Count(first, []byte(";")) > bytes.Count(first, []byte(",")) {
		r.Comma = ';'
	}
	var rows []row
	for n := 0; ; n++ {
		cells, err := r.Read()
		if errors.Is(err, io.EOF) {
			if n == 0 {
				wrong.add(1, "le fichier est vide.")
			}
			break
		}
		var broken *csv.ParseError
		if errors.As(err, &broken) { // what follows a broken quote means nothing
			wrong.add(broken.Line, "la ligne ne se lit pas (guillemets).")
			break
		}
		if err != nil {
			return nil, fhir.Wrap(fhir.Malformed, err)
		}
		line, _ := r.FieldPos(0)
		if n > maxTableRows {
			wrong.add(line, "plus de %d lignes.", maxTableRows)
			break
		}
		if n == 0 {
			if !sameHeading(cells, heading) {
				wrong.add(line, "l’en-tête attendu est «\u00a0%s\u00a0».", strings.Join(heading, ","))
				break
			}
			continue
		}
		if cells = checkCells(wrong, line, cells, len(heading)); cells != nil {
			rows = append(rows, row{line, cells})
		}
	}
	return rows, wrong.err()
}

func sameHeading(cells, heading []string) bool {
	return slices.EqualFunc(cells, heading, func(a, b string) bool { return strings.EqualFold(strings.TrimSpace(a), b) })
}

// checkCells gives the cells of a line, trimmed, or nil after telling why not.
func checkCells(wrong *faults, line int, cells []string, want int) []string {
	if len(cells) != want {
		wrong.add(line, "%d cellules au lieu de %d.", len(cells), want)
		return nil
	}
	for i, c := range cells {
		cells[i] = strings.TrimSpace(c)
		if utf8.RuneCountInString(c) > maxCellRunes {
			wrong.add(line, "la cellule %d est trop longue.", i+1)
			return nil
		}
		if strings.ContainsFunc(c, unicode.IsControl) {
			wrong.add(line, "la cellule %d contient un caractère de contrôle ou un saut de ligne.", i+1)
			return nil
		}
	}
	return cells
}
