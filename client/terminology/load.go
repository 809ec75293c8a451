package terminology

import (
	"cmp"
	"embed"
	"encoding/csv"
	"io"
	"slices"
	"strings"
	"sync"
)

//go:embed data/*.csv
var data embed.FS

// tables reads the embedded files once, at the first question.
var tables = sync.OnceValue(load)

// table is one value set.
type table struct {
	rows  []Code
	index map[string]int
}

func (t *table) add(c Code) {
	if t.index == nil {
		t.index = map[string]int{}
	}
	t.index[c.Code] = len(t.rows)
	t.rows = append(t.rows, c)
}

func (t *table) find(code string) (Code, bool) {
	i, ok := t.index[code]
	if !ok {
		return Code{}, false
	}
	return t.rows[i], true
}

func (t *table) label(code string) string {
	if c, ok := t.find(code); ok {
		return c.Label
	}
	return code
}

type tableSet struct {
	types        []Type
	typeIndex    map[string]int
	classes      table
	specialties  table // by full code, G15_10/SM54
	facilities   table
	practices    table
	professions  table
	professionEN map[string]string
	matrix       *Matrix
}

// systems names the code systems by OID. What is not listed keeps its OID as
// an address, which is valid FHIR.
var systems = map[string]string{
	"2.16.840.1.113883.6.1":  systemLOINC,
	"2.16.840.1.113883.6.73": "http://www.whocc.no/atc",
	"1.2.250.1.213.1.1.4.5":  SystemSpecialty,
	"1.2.250.1.213.1.1.4.6":  "https://mos.esante.gouv.fr/NOS/TRE_A00-ProducteurDocNonPS/FHIR/TRE-A00-ProducteurDocNonPS",
	"1.2.250.1.213.1.1.4.9":  "https://mos.esante.gouv.fr/NOS/TRE_A01-CadreExercice/FHIR/TRE-A01-CadreExercice",
	"1.2.250.1.213.1.1.4.12": systemTypeLocal,
	"1.2.250.1.71.4.2.4":     "https://mos.esante.gouv.fr/NOS/TRE_R02-SecteurActivite/FHIR/TRE-R02-SecteurActivite",
	"1.2.250.1.71.1.2.7":     "https://mos.esante.gouv.fr/NOS/TRE_G15-ProfessionSante/FHIR/TRE-G15-ProfessionSante",
	"ASTM":                   "urn:oid:1.2.840.10065.1.12",
	"LOINC":                  systemLOINC,
	"TRE_A05":                systemTypeLocal,
}

func systemOf(oid string) string {
	if s, ok := systems[oid]; ok {
		return s
	}
	return "urn:oid:" + oid
}

func load() *tableSet {
	t := &tableSet{typeIndex: map[string]int{}, professionEN: map[string]string{}}
	for _, r := range rows("class_codes_TRE_A03.csv") {
		t.classes.add(Code{Code: r[0], System: SystemClass, Label: r[1]})
	}
	for file, dst := range map[string]*table{
		"JDV_J01_XdsAuthorSpecialty_CISIS.csv":            &t.specialties,
		"JDV_J02_XdsHealthcareFacilityTypeCode_CISIS.csv": &t.facilities,
		"JDV_J04_XdsPracticeSettingCode_CISIS.csv":        &t.practices,
	} {
		for _, r := range rows(file) {
			dst.add(Code{Code: r[0], System: systemOf(r[1]), Label: r[2]})
		}
	}
	for _, r := range rows("professions.csv") {
		t.professions.add(Code{Code: r[0], System: systemOf("1.2.250.1.71.1.2.7"), Label: r[1]})
		t.professionEN[r[0]] = r[2]
	}
	t.loadTypes()
	m, err := ReadMatrix(MatrixVersion, open("habilitation_matrix.csv"))
	if err != nil {
		panic("terminology: embedded matrix: " + err.Error())
	}
	t.matrix = m
	return t
}

// loadTypes joins the value set of types, their classes and our labels.
func (t *tableSet) loadTypes() {
	class := map[string]string{}
	byCode := map[string]Type{}
	for _, r := range rows("JDV_J07_XdsTypeCode_CISIS.csv") {
		byCode[r[0]] = Type{Code: r[0], System: systemOf(r[1]), Label: r[2]}
	}
	for _, r := range rows("type_to_class_ASS_X16.csv") {
		class[r[0]] = r[3]
		if _, ok := byCode[r[0]]; !ok {
			byCode[r[0]] = Type{Code: r[0], System: systemOf(r[1]), Label: r[2]}
		}
	}
	ours := map[string][]string{}
	for _, r := range rows("types.csv") {
		ours[r[0]] = r
	}
	for code, v := range byCode {
		v.Class, v.Short, v.LabelEN = class[code], v.Label, v.Label
		if r := ours[code]; r != nil {
			v.Short, v.LabelEN = r[1], r[2]
		}
		t.types = append(t.types, v)
	}
	slices.SortFunc(t.types, func(a, b Type) int {
		return cmp.Or(cmp.Compare(a.Class, b.Class), cmp.Compare(a.Label, b.Label), cmp.Compare(a.Code, b.Code))
	})
	for i, v := range t.types {
		t.typeIndex[v.Code] = i
	}
}

func (t *tableSet) professionLabel(code string) string {
	short := strings.TrimPrefix(code, "G15_")
	if c, ok := t.professions.find(short); ok {
		return c.Label
	}
	if c, ok := t.specialties.find("G15_" + short); ok {
		return c.Label
	}
	if base, _, ok := strings.Cut(short, "/"); ok {
		return t.professionLabel(base)
	}
	return code
}

// open gives an embedded file; a missing one is a fault of the build.
func open(name string) io.Reader {
	f, err := data.Open("data/" + name)
	if err != nil {
		panic("terminology: " + err.Error())
	}
	return f
}

// rows reads an embedded CSV file without its heading.
func rows(name string) [][]string {
	all, err := csv.NewReader(open(name)).ReadAll()
	if err != nil || len(all) == 0 {
		panic("terminology: embedded file " + name + " cannot be read")
	}
	return all[1:]
}
