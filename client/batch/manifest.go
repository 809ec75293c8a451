package batch

import (
	"io"
	"slices"
	"strings"
	"time"

	"carnet/client/fhir"
	"carnet/client/terminology"
)

// A manifest is a CSV file beside the files, one line for each, that says what a
// laboratory's software knows of them:
//
//	fichier;ins;nom_naissance;prenoms;sexe;date_naissance;type;date_acte;titre;remplace
//	20261121-0007.pdf;279035145430131;MARTIN;Léa;F;28/03/1979;11502-2;21/11/2026;;
//
// Columns are found by their heading, in French or English, in any order; only
// "fichier" must be there. Separator: semicolon, comma or tabulation, found by the
// heading. Encoding: UTF-8, with a byte order mark or without, or Windows-1252;
// UTF-16 is refused in words. Cells may be quoted ("), and hold line ends then.
//
//   - fichier, file: a path relative to the manifest, in its folder or below.
//   - ins: 15 characters, key included; blanks are passed over.
//   - nom_naissance, prenoms, sexe (M, F), date_naissance: beside an INS they must
//     be those of its bearer; without, all four are asked for (strict traits).
//   - type: a code of the value set, or its label.
//   - date_acte: 21/11/2026, 21.11.2026, 21-11-2026 or 2026-11-21.
//   - titre: empty means the type's label.
//   - remplace: what this document corrects: another file of the manifest, a unique
//     id (urn:uuid:…, urn:oid:…) or the record's id of the document.
//
// Other columns are told and mean nothing. An empty cell says nothing: the
// document's text then does.
type line struct {
	Line      int
	File      string   `json:"-"`
	INS       string   `json:",omitempty"` // without blanks; may be no INS
	BirthName string   `json:",omitempty"`
	Given     []string `json:",omitempty"`
	Sex       string   `json:",omitempty"` // M, F or empty
	Born      string   `json:",omitempty"` // YYYY-MM-DD
	Type      string   `json:",omitempty"` // a code, or words that are none
	Act       string   `json:",omitempty"` // YYYY-MM-DD
	BadDate   bool     `json:",omitempty"`
	Title     string   `json:",omitempty"`
	Replaces  string   `json:",omitempty"`
}

// same tells whether two lines say the same.
func (l line) same(o line) bool {
	given := slices.Equal(l.Given, o.Given)
	return given && l.INS == o.INS && l.BirthName == o.BirthName && l.Sex == o.Sex && l.Born == o.Born && l.Type == o.Type &&
		l.Act == o.Act && l.BadDate == o.BadDate && l.Title == o.Title && l.Replaces == o.Replaces
}

// column is what a column means.
type column int

const (
	otherColumn column = iota
	fileColumn
	insColumn
	birthNameColumn
	givenColumn
	sexColumn
	bornColumn
	typeColumn
	actColumn
	titleColumn
	replacesColumn
)

// headings are the words of each column, folded.
func headings() map[string]column {
	return map[string]column{
		"fichier": fileColumn, "file": fileColumn, "filename": fileColumn, "nom de fichier": fileColumn, "nom du fichier": fileColumn, "file name": fileColumn, "path": fileColumn, "chemin": fileColumn,
		"ins": insColumn, "matricule ins": insColumn, "nir": insColumn,
		"nom naissance": birthNameColumn, "nom de naissance": birthNameColumn, "birth name": birthNameColumn,
		"prenoms": givenColumn, "prenom": givenColumn, "given": givenColumn, "given names": givenColumn, "given name": givenColumn, "first name": givenColumn,
		"sexe": sexColumn, "sex": sexColumn, "gender": sexColumn,
		"date naissance": bornColumn, "date de naissance": bornColumn, "ddn": bornColumn, "birth date": bornColumn, "birthdate": bornColumn, "date of birth": bornColumn,
		"type": typeColumn, "type de document": typeColumn, "document type": typeColumn,
		"date acte": actColumn, "date de l acte": actColumn, "act date": actColumn,
		"titre": titleColumn, "title": titleColumn,
		"remplace": replacesColumn, "replaces": replacesColumn,
	}
}

// manifest reads lines one after the other.
type manifest struct {
	csv     *csvReader
	columns []column
	extra   []string // headings that mean nothing
}

// newManifest reads the heading.
func newManifest(r io.Reader) (*manifest, error) {
	csv, err := newCSVReader(r)
	if err != nil {
		return nil, err
	}
	cells, at, err := csv.next()
	if err == io.EOF {
		return nil, fhir.E(fhir.Malformed, "Le manifeste est vide. Sa première ligne nomme les colonnes\u00a0: fichier;ins;type;date_acte…")
	}
	if err != nil {
		return nil, err
	}
	m := &manifest{csv: csv}
	known, seen := headings(), map[column]bool{}
	for _, cell := range cells {
		c := known[fold(cell)]
		switch {
		case c != otherColumn && seen[c]:
			return nil, fhir.E(fhir.Malformed, "Manifeste, ligne %d\u00a0: une colonne y est deux fois. Gardez-en une.", at)
		case c == otherColumn && strings.TrimSpace(cell) != "":
			m.extra = append(m.extra, cell)
		}
		seen[c] = true
		m.columns = append(m.columns, c)
	}
	if !seen[fileColumn] {
		return nil, fhir.E(fhir.Required, "Manifeste, ligne %d\u00a0: la colonne «\u00a0fichier\u00a0» manque. Nommez les colonnes sur la première ligne.", at)
	}
	return m, nil
}

// next gives the next line that is not empty; io.EOF after the last. Errors:
// Malformed and Required, with the line.
func (m *manifest) next() (line, error) {
	for {
		cells, at, err := m.csv.next()
		if err != nil {
			return line{}, err
		}
		if !slices.ContainsFunc(cells, func(c string) bool { return strings.TrimSpace(c) != "" }) {
			continue
		}
		if len(cells) > len(m.columns) && slices.ContainsFunc(cells[len(m.columns):], func(c string) bool { return strings.TrimSpace(c) != "" }) {
			return line{}, fhir.E(fhir.Malformed, "Manifeste, ligne %d\u00a0: il y a plus de cellules que de colonnes. Mettez entre guillemets ce qui contient le séparateur.", at)
		}
		l := line{Line: at}
		for i, c := range m.columns[:min(len(cells), len(m.columns))] {
			l.set(c, cells[i])
		}
		if l.File == "" {
			return line{}, fhir.E(fhir.Required, "Manifeste, ligne %d\u00a0: le nom du fichier manque. Complétez la ligne.", at)
		}
		return l, nil
	}
}

// set takes one cell.
func (l *line) set(c column, cell string) {
	if c == fileColumn {
		l.File = cell
		return
	}
	cell = strings.Join(strings.Fields(cell), " ")
	if cell == "" {
		return
	}
	switch c {
	case insColumn:
		l.INS = strings.ToUpper(strings.NewReplacer(" ", "", ".", "", "\u00a0", "", "\u202f", "").Replace(cell))
	case birthNameColumn:
		l.BirthName = cell
	case givenColumn:
		l.Given = strings.FieldsFunc(cell, func(r rune) bool { return r == ' ' || r == ',' || r == '/' })
	case sexColumn:
		l.Sex = sexOf(cell)
	case bornColumn:
		l.Born = dayOf(cell)
		l.BadDate = l.BadDate || l.Born == ""
	case typeColumn:
		l.Type = typeOf(cell)
	case actColumn:
		l.Act = dayOf(cell)
		l.BadDate = l.BadDate || l.Act == ""
	case titleColumn:
		l.Title = cell
	case replacesColumn:
		l.Replaces = cell
	}
}

// sexOf reads a sex as laboratories write it; empty for none.
func sexOf(cell string) string {
	switch fold(cell) {
	case "m", "h", "1", "masculin", "homme", "male":
		return "M"
	case "f", "2", "feminin", "femme", "female":
		return "F"
	}
	return ""
}

// dayOf reads a French or an ISO date, a time of day behind it passed over;
// empty for none.
func dayOf(cell string) string {
	cell, _, _ = strings.Cut(cell, " ")
	cell, _, _ = strings.Cut(cell, "T")
	for _, form := range []string{time.DateOnly, "2/1/2006", "2.1.2006", "2-1-2006", "20060102", "2006/01/02"} {
		if at, err := time.Parse(form, cell); err == nil && at.Year() >= 1850 {
			return at.Format(time.DateOnly)
		}
	}
	return ""
}

// typeOf reads a type by code or label; what is none stays as it is.
func typeOf(cell string) string {
	if _, ok := terminology.TypeByCode(cell); ok {
		return cell
	}
	name := terminology.Fold(cell)
	for _, t := range terminology.Types() {
		if t.Class != "" && (name == terminology.Fold(t.Label) || name == terminology.Fold(t.Short) || name == terminology.Fold(t.LabelEN) || strings.EqualFold(cell, t.Code)) {
			return t.Code
		}
	}
	return cell
}
