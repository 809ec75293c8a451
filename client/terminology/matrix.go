package terminology

import (
	"encoding/csv"
	"fmt"
	"io"
	"slices"
)

// MatrixVersion names the embedded matrix. It is written into audit entries
// and shown beside the matrix, so that a past decision can be understood.
const MatrixVersion = "arrete-2023-10-26.1"

// Matrix says which profession may read which type of document. It is data,
// not code: a new arrêté is a new file.
type Matrix struct {
	Version string

	cells   map[cell]verdict
	columns map[string][]string // profession → types it may read, sorted
	types   map[string]bool
}

type cell struct{ typeCode, profession string }

type verdict struct{ allowed, published bool }

// CurrentMatrix gives the embedded matrix. It is shared and never changes.
func CurrentMatrix() *Matrix { return tables().matrix }

// ReadMatrix reads a matrix from CSV: a heading, then type, profession,
// yes|no, published|proposal. A cell given twice is an error: nobody should
// have to guess which one counts.
func ReadMatrix(version string, r io.Reader) (*Matrix, error) {
	in := csv.NewReader(r)
	in.FieldsPerRecord = 4
	if _, err := in.Read(); err != nil {
		return nil, fmt.Errorf("heading: %w", err)
	}
	m := &Matrix{Version: version, cells: map[cell]verdict{}, columns: map[string][]string{}, types: map[string]bool{}}
	for {
		row, err := in.Read()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, err
		}
		if err := m.add(row); err != nil {
			return nil, err
		}
	}
	for _, c := range m.columns {
		slices.Sort(c)
	}
	return m, nil
}

func (m *Matrix) add(row []string) error {
	key := cell{row[0], row[1]}
	if _, twice := m.cells[key]; twice {
		return fmt.Errorf("type %s, profession %s: given twice", row[0], row[1])
	}
	v := verdict{allowed: row[2] == "yes", published: row[3] == "published"}
	if !v.allowed && row[2] != "no" {
		return fmt.Errorf("type %s, profession %s: %q is neither yes nor no", row[0], row[1], row[2])
	}
	m.cells[key] = v
	m.types[row[0]] = true
	column := m.columns[row[1]]
	if v.allowed {
		column = append(column, row[0])
	}
	m.columns[row[1]] = column
	return nil
}

// Allowed says whether a profession may read a type. known is false when the
// matrix has no such cell: then nobody reads.
func (m *Matrix) Allowed(typeCode, profession string) (allowed, known bool) {
	v, known := m.cells[cell{typeCode, profession}]
	return v.allowed, known
}

// Published says whether the cell follows from a published list (true) or is
// our proposal.
func (m *Matrix) Published(typeCode, profession string) bool {
	return m.cells[cell{typeCode, profession}].published
}

// Column gives the types that a profession may read, sorted; empty for an
// unknown profession. It is one slice for all who ask: it must not be written
// to.
func (m *Matrix) Column(profession string) []string { return slices.Clip(m.columns[profession]) }

// HasProfession says whether the matrix knows the profession at all.
func (m *Matrix) HasProfession(profession string) bool {
	_, ok := m.columns[profession]
	return ok
}

// HasType says whether the matrix has a row for the type; a document of any
// other type cannot be filed.
func (m *Matrix) HasType(typeCode string) bool { return m.types[typeCode] }
