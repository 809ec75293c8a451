package advice

import (
	"io/fs"
	"path"
	"regexp"
	"slices"

	"carnet/client/fhir"
)

// Tables are the tables in force: those that an administrator gave, and the embedded
// ones in the place of what they did not give.
type Tables struct {
	Thesaurus *Thesaurus
	Calendar  *Calendar
}

// InForce fills in the embedded tables.
func (t Tables) InForce() Tables {
	if t.Thesaurus == nil {
		t.Thesaurus = CurrentThesaurus()
	}
	if t.Calendar == nil {
		t.Calendar = CurrentCalendar()
	}
	return t
}

// How an administrator names the files.
var (
	pairsName    = regexp.MustCompile(`^interactions_(20\d\d-(?:0[1-9]|1[0-2]))\.csv$`)
	calendarName = regexp.MustCompile(`^calendar_(20\d\d)\.csv$`)
)

// LoadTables reads what an administrator put into a folder: interactions_YYYY-MM.csv
// with classes_YYYY-MM.csv, and calendar_YYYY.csv; of several the newest. Either
// may be left out. Errors: those of Load and LoadCalendar; NotFound when the folder
// holds neither, or pairs without their classes; Unavailable when it cannot be read. Nothing
// is taken of a folder with a fault.
func LoadTables(dir fs.FS) (Tables, error) {
	names, err := fs.Glob(dir, "*.csv")
	if err != nil {
		return Tables{}, fhir.Wrap(fhir.Unavailable, err)
	}
	slices.Sort(names)
	var t Tables
	for _, name := range slices.Backward(names) {
		if m := pairsName.FindStringSubmatch(path.Base(name)); m != nil && t.Thesaurus == nil {
			if t.Thesaurus, err = loadThesaurus(dir, m[1]); err != nil {
				return Tables{}, err
			}
		}
		if m := calendarName.FindStringSubmatch(path.Base(name)); m != nil && t.Calendar == nil {
			if t.Calendar, err = loadCalendarFile(dir, m[1]); err != nil {
				return Tables{}, err
			}
		}
	}
	if t.Thesaurus == nil && t.Calendar == nil {
		return Tables{}, fhir.E(fhir.NotFound, "Ce dossier ne contient ni interactions_AAAA-MM.csv ni calendar_AAAA.csv. Mettez-les-y, puis recommencez.")
	}
	return t, nil
}

func loadThesaurus(dir fs.FS, month string) (*Thesaurus, error) {
	pairs, err := dir.Open("interactions_" + month + ".csv")
	if err != nil {
		return nil, fhir.Wrap(fhir.Unavailable, err)
	}
	defer func() { _ = pairs.Close() }() // it was only read
	classes, err := dir.Open("classes_" + month + ".csv")
	if err != nil {
		return nil, fhir.E(fhir.NotFound, "Il manque classes_%s.csv à côté des interactions. Mettez-le dans le même dossier.", month)
	}
	defer func() { _ = classes.Close() }()
	return Load(month, pairs, classes)
}

func loadCalendarFile(dir fs.FS, year string) (*Calendar, error) {
	f, err := dir.Open("calendar_" + year + ".csv")
	if err != nil {
		return nil, fhir.Wrap(fhir.Unavailable, err)
	}
	defer func() { _ = f.Close() }() // it was only read
	return LoadCalendar(year, f)
}
