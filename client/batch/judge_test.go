package batch

import (
	"slices"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
	"carnet/client/pdfcheck"
)

// The whole rule, one row a case: each changes one thing of a file that is ready.
func TestJudge(t *testing.T) {
	today := time.Date(2026, 11, 21, 23, 59, 59, 0, time.UTC)
	patient := func(change func(*client.Patient)) *client.Patient {
		p := client.Patient{ID: "p", INS: fhir.Identifier{System: "s", Value: "v"}, Reliability: "QUAL", Active: true, BirthDate: "1979-03-28"}
		if change != nil {
			change(&p)
		}
		return &p
	}
	match, unsure, mismatch := pdfcheck.Comparison{Outcome: pdfcheck.Match}, pdfcheck.Comparison{Outcome: pdfcheck.Unsure, NoText: true}, pdfcheck.Comparison{Outcome: pdfcheck.Mismatch}
	against := pdfcheck.Comparison{Outcome: pdfcheck.Unsure, INS: pdfcheck.Different}
	rows := map[string]struct {
		change   func(*facts)
		state    State
		problems []Problem
	}{
		"ready":                                  {func(*facts) {}, Ready, nil},
		"no file":                                {func(f *facts) { f.file = Missing }, Fix, []Problem{Missing}},
		"a file that changed, and no patient":    {func(f *facts) { f.file, f.who, f.patient = Changed, notAsked, nil }, Fix, []Problem{Changed}},
		"refused by the check":                   {func(f *facts) { f.verdict = pdfcheck.Refused }, Refused, nil},
		"refused by the check, whatever is said": {func(f *facts) { f.verdict, f.confirmed = pdfcheck.Refused, true }, Refused, nil},
		"remarks do not keep it back":            {func(f *facts) { f.verdict = pdfcheck.Remarks }, Ready, nil},
		"the manifest contradicts itself":        {func(f *facts) { f.ambiguous = true }, Fix, []Problem{Ambiguous}},
		"and a person said who it is":            {func(f *facts) { f.ambiguous, f.confirmed = true, true }, Ready, nil},
		"the server knows no record":             {func(f *facts) { f.who, f.patient = noRecord, nil }, NoRecord, nil},
		"nothing tells":                          {func(f *facts) { f.who, f.patient = notAsked, nil }, Fix, []Problem{NoIdentity}},
		"nobody of that name":                    {func(f *facts) { f.who, f.patient = unknown, nil }, Fix, []Problem{UnknownPatient}},
		"no answer":                              {func(f *facts) { f.who, f.patient = unanswered, nil }, Fix, []Problem{Offline}},
		"no INS":                                 {func(f *facts) { f.who, f.patient = badINS, nil }, Fix, []Problem{BadINS}},
		"several people":                         {func(f *facts) { f.who, f.patient = crowd, nil }, Fix, []Problem{Several}},
		"the manifest's name is another's":       {func(f *facts) { f.who = disagreed }, Fix, []Problem{Mismatch}},
		"unqualified":                            {func(f *facts) { f.patient = patient(func(p *client.Patient) { p.INS = fhir.Identifier{} }) }, Fix, []Problem{Unqualified}},
		"validated only":                         {func(f *facts) { f.patient = patient(func(p *client.Patient) { p.Reliability = "VALI" }) }, Fix, []Problem{Unqualified}},
		"unqualified and confirmed": {func(f *facts) {
			f.confirmed = true
			f.patient = patient(func(p *client.Patient) { p.Reliability = "PROV" })
		}, Fix, []Problem{Unqualified}},
		"a closed record":               {func(f *facts) { f.patient = patient(func(p *client.Patient) { p.Active = false }) }, NoRecord, nil},
		"a closed record needs no type": {func(f *facts) { f.patient, f.typeCode = patient(func(p *client.Patient) { p.Active = false }), "" }, NoRecord, nil},
		"a closed record of who it may not be": {func(f *facts) {
			f.patient, f.comparison = patient(func(p *client.Patient) { p.Active = false }), mismatch
		}, Fix, []Problem{Mismatch}},
		"somebody else":                             {func(f *facts) { f.comparison = mismatch }, Fix, []Problem{Mismatch}},
		"somebody else, a person says no":           {func(f *facts) { f.comparison, f.confirmed = mismatch, true }, Ready, nil},
		"somebody else, the manifest is trusted":    {func(f *facts) { f.comparison, f.named, f.trust = mismatch, true, true }, Fix, []Problem{Mismatch}},
		"cannot be told":                            {func(f *facts) { f.comparison = unsure }, Fix, []Problem{Unsure}},
		"cannot be told, a manifest named them":     {func(f *facts) { f.comparison, f.named = unsure, true }, Fix, []Problem{Unsure}},
		"cannot be told, the manifest is trusted":   {func(f *facts) { f.comparison, f.named, f.trust = unsure, true, true }, Ready, nil},
		"cannot be told, trusted, not named":        {func(f *facts) { f.comparison, f.trust = unsure, true }, Fix, []Problem{Unsure}},
		"something speaks against, trusted":         {func(f *facts) { f.comparison, f.named, f.trust = against, true, true }, Fix, []Problem{Unsure}},
		"cannot be told, confirmed":                 {func(f *facts) { f.comparison, f.confirmed = unsure, true }, Ready, nil},
		"it matches, and speaks of others too":      {func(f *facts) { f.several = true }, Fix, []Problem{Several}},
		"it speaks of others, the manifest trusted": {func(f *facts) { f.several, f.named, f.trust = true, true, true }, Fix, []Problem{Several}},
		"a namesake":                          {func(f *facts) { f.homonym = true }, Fix, []Problem{Homonym}},
		"a namesake, and nothing tells":       {func(f *facts) { f.homonym, f.comparison = true, unsure }, Fix, []Problem{Homonym}},
		"a namesake, and it is somebody else": {func(f *facts) { f.homonym, f.comparison = true, mismatch }, Fix, []Problem{Mismatch}},
		"a namesake, confirmed":               {func(f *facts) { f.homonym, f.confirmed = true, true }, Ready, nil},
		"a namesake, the manifest is trusted": {func(f *facts) { f.homonym, f.named, f.trust, f.comparison = true, true, true, unsure }, Ready, nil},
		"a namesake, trusted, not named":      {func(f *facts) { f.homonym, f.trust = true, true }, Fix, []Problem{Homonym}},
		"there already":                       {func(f *facts) { f.twin = "x" }, Fix, []Problem{Twice}},
		"there already, and of nobody":        {func(f *facts) { f.twin, f.who, f.patient = "x", unknown, nil }, Fix, []Problem{UnknownPatient}},
		"no type":                             {func(f *facts) { f.typeCode = "" }, Fix, []Problem{NoType}},
		"a type that is none":                 {func(f *facts) { f.typeCode, f.typeFrom = "xyz", ByManifest }, Fix, []Problem{BadType}},
		"a guess that is sure":                {func(f *facts) { f.typeFrom, f.typeSure = ByText, typeSure }, Ready, nil},
		"a guess that is not":                 {func(f *facts) { f.typeFrom, f.typeSure = ByText, typeSure-0.01 }, Fix, []Problem{NoType}},
		"a type by hand":                      {func(f *facts) { f.typeFrom, f.typeSure = ByPerson, 0 }, Ready, nil},
		"no date":                             {func(f *facts) { f.date = time.Time{} }, Fix, []Problem{NoDate}},
		"a date that is none":                 {func(f *facts) { f.badDate = true }, Fix, []Problem{BadDate}},
		"this evening":                        {func(f *facts) { f.date = today }, Ready, nil},
		"tomorrow":                            {func(f *facts) { f.date = today.Add(time.Second) }, Fix, []Problem{BadDate}},
		"before the birth":                    {func(f *facts) { f.date = time.Date(1979, 3, 27, 0, 0, 0, 0, time.UTC) }, Fix, []Problem{BadDate}},
		"the day of birth":                    {func(f *facts) { f.date = time.Date(1979, 3, 28, 0, 0, 0, 0, time.UTC) }, Ready, nil},
		"everything is missing": {func(f *facts) {
			f.who, f.patient, f.typeCode, f.date = notAsked, nil, "", time.Time{}
		}, Fix, []Problem{NoIdentity, NoType, NoDate}},
	}
	for name, r := range rows {
		f := facts{
			verdict: pdfcheck.Good, who: known, patient: patient(nil), comparison: match,
			typeCode: "11502-2", typeFrom: ByManifest, date: today.AddDate(0, 0, -1), today: today,
		}
		r.change(&f)
		if state, problems := judge(f); state != r.state || !slices.Equal(problems, r.problems) {
			t.Errorf("%s: %s %v, want %s %v", name, state, problems, r.state, r.problems)
		}
	}
}

// Whatever the facts, Ready means that all of it holds.
func TestReadyMeansCertain(t *testing.T) {
	outcomes := []pdfcheck.Outcome{pdfcheck.Match, pdfcheck.Unsure, pdfcheck.Mismatch}
	lookups := []lookup{notAsked, known, unknown, noRecord, unanswered, badINS, crowd, disagreed}
	today, n := time.Date(2026, 11, 21, 23, 59, 59, 0, time.UTC), 0
	for bits := range 1 << 8 {
		on := func(i int) bool { return bits&(1<<i) != 0 }
		for _, o := range outcomes {
			for _, who := range lookups {
				f := facts{
					verdict: pdfcheck.Good, who: who, patient: &client.Patient{Active: on(0), Reliability: "QUAL", INS: fhir.Identifier{Value: "v"}},
					comparison: pdfcheck.Comparison{Outcome: o}, several: on(1), named: on(2), trust: on(3), confirmed: on(4), ambiguous: on(5),
					typeCode: "11502-2", typeFrom: ByText, typeSure: 0.9, date: today, today: today,
				}
				if on(6) {
					f.twin = "x"
				}
				if on(7) {
					f.verdict = pdfcheck.Refused
				}
				if state, _ := judge(f); state != Ready {
					continue
				}
				n++
				sure := f.confirmed || o == pdfcheck.Match && !f.several || o == pdfcheck.Unsure && f.named && f.trust && !f.several
				if who != known || !on(0) || !sure || on(6) || on(7) || on(5) && !f.confirmed {
					t.Errorf("ready with %+v", f)
				}
			}
		}
	}
	if n == 0 {
		t.Error("nothing is ever ready")
	}
}
