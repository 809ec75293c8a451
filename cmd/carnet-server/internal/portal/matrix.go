package portal

import (
	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/record"
)

func matrixRoutes() []route {
	return []route{{pattern: "GET " + root + "habilitations", who: patients, serve: (*call).matrix}}
}

// readable is a type in somebody's column.
type readable struct {
	Label     string
	Published bool
	Mine      int // documents of the shown record, not masked
}

type group struct {
	Label string
	Types []readable
}

type matrixView struct {
	Professions []option
	Types       []option
	Profession  string
	Yes, No     []group
	YesCount    int
	Mine        []docView // what this profession sees of the record
	MineCount   int
	Total       int
	Newest      bool // of the newest alone
	Type        string
	Readers     []readable // professions
	Others      []readable
	Version     string
}

// mineAtMost bounds the documents that are looked at for "your optician sees
// these": of a record beyond it, the newest.
const (
	mineAtMost = 1000
	mineAPage  = 200
)

// mine gives the documents of the shown record that are not archived, the
// newest first; all tells that none was left out.
func (c *call) mine() (docs []fhir.DocumentReference, all bool, err error) {
	q := record.HeldQuery{Limit: mineAPage}
	for len(docs) < mineAtMost {
		page, err := c.Records.HeldDocuments(c.r.Context(), c.citizen(), c.rec, q)
		if err != nil {
			return nil, false, err
		}
		docs = append(docs, page.Items...)
		if page.Next == "" {
			return docs, true, nil
		}
		q.Cursor = page.Next
	}
	return docs, false, nil
}

// matrix shows which profession reads which type, by profession or by type.
func (c *call) matrix() error {
	m := terminology.CurrentMatrix()
	code, typ := c.r.URL.Query().Get("metier"), c.r.URL.Query().Get("type")
	v := matrixView{Version: m.Version, Professions: []option{{Label: c.T("Choisissez…")}}, Types: []option{{Label: c.T("Choisissez…")}}}
	for _, p := range terminology.Professions() {
		if m.HasProfession(p.Code) {
			v.Professions = append(v.Professions, option{Value: p.Code, Label: c.words().Profession(p.Code), Chosen: p.Code == code})
		}
	}
	for _, t := range terminology.Types() {
		if m.HasType(t.Code) {
			v.Types = append(v.Types, option{Value: t.Code, Label: c.words().TypeLabel(t.Code), Chosen: t.Code == typ})
		}
	}
	switch {
	case m.HasProfession(code):
		if err := c.fillProfession(&v, m, code); err != nil {
			return err
		}
	case m.HasType(typ):
		c.fillType(&v, m, typ)
	}
	return c.show("matrix", view{Title: c.T("Qui lit quoi"), Nav: "habilitations", V: v})
}

// fillProfession sorts the types by class into what a profession reads and
// what it does not, and counts the record's own documents.
func (c *call) fillProfession(v *matrixView, m *terminology.Matrix, code string) error {
	v.Profession = c.words().Profession(code)
	mine, all, err := c.mine()
	if err != nil {
		return err
	}
	v.Newest = !all
	counts := map[string]int{}
	for _, d := range mine {
		v.Total++
		allowed, _ := m.Allowed(d.Type.Code, code)
		if d.Masked || !allowed {
			continue
		}
		v.MineCount++
		counts[d.Type.Code]++
		if len(v.Mine) < 10 {
			v.Mine = append(v.Mine, c.docView(d))
		}
	}
	for _, k := range terminology.Classes() {
		yes, no := group{Label: c.T(k.Label)}, group{Label: c.T(k.Label)}
		for _, t := range terminology.Types() {
			if t.Class != k.Code || !m.HasType(t.Code) {
				continue
			}
			one := readable{Label: c.words().TypeLabel(t.Code), Published: m.Published(t.Code, code), Mine: counts[t.Code]}
			if ok, _ := m.Allowed(t.Code, code); ok {
				yes.Types = append(yes.Types, one)
				v.YesCount++
			} else {
				no.Types = append(no.Types, one)
			}
		}
		v.Yes, v.No = appendGroup(v.Yes, yes), appendGroup(v.No, no)
	}
	return nil
}

func appendGroup(all []group, g group) []group {
	if len(g.Types) == 0 {
		return all
	}
	return append(all, g)
}

// fillType sorts the professions into who reads a type and who does not.
func (c *call) fillType(v *matrixView, m *terminology.Matrix, typ string) {
	v.Type = c.words().TypeLabel(typ)
	for _, p := range terminology.Professions() {
		one := readable{Label: c.words().Profession(p.Code), Published: m.Published(typ, p.Code)}
		if ok, known := m.Allowed(typ, p.Code); ok {
			v.Readers = append(v.Readers, one)
		} else if known {
			v.Others = append(v.Others, one)
		}
	}
}
