package main

import (
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"carnet/client/fhir"
	"carnet/client/terminology"
	"carnet/cmd/carnet-server/internal/lifecycle"
	"carnet/cmd/carnet-server/internal/record"
)

// insuredHeader is the first line of a list of insured persons: CSV in UTF-8
// with commas (RFC 4180). domain is that of the INS: nir, nia or test; given
// are the given names with spaces between; gender is female, male or unknown;
// birth_date YYYY-MM-DD; card the serial number of the card on which the person
// is; with an email the code goes there and not by letter; parent_ins is that of
// the parent to whom a child's code goes, who stands before them in the list.
const insuredHeader = "domain,ins,birth_name,used_name,given,gender,birth_date,birth_place,city,card,email,parent_ins"

// insuredImport announces the records of insured persons: each gets a letter
// with a provisional code once the server runs. Who has a record keeps it.
func (m *Main) insuredImport(ctx context.Context, args []string) error {
	return m.importList(ctx, "insured import", args, func(service *record.Service, list io.Reader) error {
		engine := lifecycle.New(lifecycle.Config{Records: service, Now: m.Now})
		made, known, err := announceAll(list, func(p record.Insured) (bool, error) { return engine.Announce(ctx, p) })
		_, e := fmt.Fprintf(m.Stdout, "Records announced: %d; persons who had one: %d\n", made, known)
		return errors.Join(err, e)
	})
}

// announceAll announces the persons of a list. An error says at which line it
// stopped; those before it are announced, and may stand in the next list again.
func announceAll(list io.Reader, announce func(record.Insured) (created bool, err error)) (made, known int, err error) {
	lines := csv.NewReader(list)
	lines.FieldsPerRecord = strings.Count(insuredHeader, ",") + 1
	for n := 1; ; n++ {
		line, err := lines.Read()
		switch {
		case errors.Is(err, io.EOF) && n > 1:
			return made, known, nil
		case err != nil:
			return made, known, fmt.Errorf("line %d does not read as CSV with %d columns", n, lines.FieldsPerRecord)
		case n == 1:
			line[0] = strings.TrimPrefix(line[0], "\ufeff")
			if strings.Join(line, ",") != insuredHeader {
				return made, known, fmt.Errorf("the first line must be %s", insuredHeader)
			}
			continue
		}
		p, err := insured(line)
		created := false
		if err == nil {
			created, err = announce(p)
		}
		if err != nil {
			return made, known, fmt.Errorf("line %d: %w", n, err)
		}
		if created {
			made++
		} else {
			known++
		}
	}
}

// insured reads one person. Its errors name nobody.
func insured(f []string) (record.Insured, error) {
	for i := range f {
		f[i] = strings.TrimSpace(f[i])
	}
	system, ok := map[string]string{"nir": fhir.SystemINSNIR, "nia": fhir.SystemINSNIA, "test": fhir.SystemINSTest}[f[0]]
	if !ok {
		return record.Insured{}, errors.New("domain must be nir, nia or test")
	}
	for _, ins := range []string{f[1], f[11]} {
		if ins == "" && f[1] != "" {
			continue
		}
		if _, err := terminology.CheckINS(system, ins); err != nil {
			return record.Insured{}, errors.New("an INS is wrong: check its 15 characters and their key")
		}
	}
	if !slices.Contains([]string{"female", "male", "unknown"}, f[5]) {
		return record.Insured{}, errors.New("gender must be female, male or unknown")
	}
	given := strings.Fields(f[4])
	if f[2] == "" || len(given) == 0 || len(f[6]) != len("2006-01-02") || fhir.ParseTime(f[6]).IsZero() {
		return record.Insured{}, errors.New("the birth name, a given name and the birth date (YYYY-MM-DD) are needed")
	}
	return record.Insured{
		PatientSeed: record.PatientSeed{
			INS: fhir.Identifier{System: system, Value: f[1]}, BirthName: f[2], UsedName: f[3], Given: given,
			Gender: f[5], BirthDate: f[6], BirthPlace: f[7], City: f[8],
		},
		Card: f[9], Email: f[10], ParentINS: f[11],
	}, nil
}
