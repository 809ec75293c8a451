package record

import (
	"slices"
	"strings"
	"testing"
	"time"

	"carnet/client/fhir"
	"carnet/cmd/carnet-server/internal/record/internal/consent"
	"carnet/cmd/carnet-server/internal/record/internal/store"
)

// weighed is a kept measure of a moment.
func weighed(n int64, start, note string) store.Item {
	v := fhir.Item{
		Resource: "Observation", Code: fhir.Coding{System: fhir.SystemLOINC, Code: fhir.MeasureWeight}, Status: "final", Start: start, Note: note,
		Value: "70", Unit: "kg", Substances: []fhir.Coding{{Display: `"effectiveDateTime":"1900"`}},
	}
	return store.Item{N: n, Facts: consent.ItemFacts{Resource: v.Resource}, Body: v.JSON("pat-1")}
}

// TestAMomentIsFoundAsItIsRead: what is found without reading is what reading
// finds, whatever the texts around it say.
func TestAMomentIsFoundAsItIsRead(t *testing.T) {
	for _, start := range []string{"2026", "2026-11", "2026-11-02", "2026-11-02T08:30:00+01:00", "2026-11-02T08:30:00.123Z"} {
		i := weighed(1, start, `un piège "effectiveDateTime":"1900" \"effectiveDateTime\":\"1901\"`)
		v, err := fhir.ParseItem(i.Body)
		if err != nil {
			t.Fatal(err)
		}
		got, ok := momentOf(i.Body)
		if want := fhir.ParseTime(v.Start).UnixMilli(); !ok || got != want || v.Start != start {
			t.Errorf("%s: found %d, %v, read %d", start, got, ok, want)
		}
	}
	for _, body := range []string{``, `{"resourceType":"Observation"}`, `{"effectiveDateTime":"2026`} {
		if _, ok := momentOf([]byte(body)); ok {
			t.Errorf("found in %q", body)
		}
	}
}

// TestItemsStandInOneOrder: what is no measure first, then measures by moment,
// and a place cuts the list where it stands.
func TestItemsStandInOneOrder(t *testing.T) {
	disease := store.Item{N: 2, Facts: consent.ItemFacts{Resource: "Condition"}, Body: fhir.Item{Resource: "Condition", Text: "x"}.JSON("pat-1")}
	later := disease
	later.N = 9
	var places []itemPlace
	for _, i := range []store.Item{weighed(5, "2020", ""), disease, weighed(3, "2025-01-01", ""), later, weighed(7, "2020", "")} {
		one, fits, err := ItemQuery{}.fits(i)
		if err != nil || !fits {
			t.Fatal(err, fits)
		}
		places = append(places, one.place)
	}
	slices.SortFunc(places, itemPlace.compare)
	var order []int64
	for _, p := range places {
		order = append(order, p.N)
	}
	if want := []int64{9, 2, 3, 7, 5}; !slices.Equal(order, want) {
		t.Errorf("order %v, want %v", order, want)
	}
}

// TestItemsAreAskedFor is the table of what narrows a list.
func TestItemsAreAskedFor(t *testing.T) {
	day := func(s string) time.Time { return fhir.ParseTime(s) }
	weight := weighed(1, "2026-03-10", "")
	loinc := func(code string) []fhir.Coding { return []fhir.Coding{{System: fhir.SystemLOINC, Code: code}} }
	for name, tt := range map[string]struct {
		q    ItemQuery
		want bool
	}{
		"all":                     {ItemQuery{}, true},
		"its type":                {ItemQuery{Resources: []string{"Condition", "Observation"}}, true},
		"another type":            {ItemQuery{Resources: []string{"Condition"}}, false},
		"its code":                {ItemQuery{Codes: loinc(fhir.MeasureWeight)}, true},
		"its code without system": {ItemQuery{Codes: []fhir.Coding{{Code: fhir.MeasureWeight}}}, true},
		"its code of another":     {ItemQuery{Codes: []fhir.Coding{{System: "urn:x", Code: fhir.MeasureWeight}}}, false},
		"another code":            {ItemQuery{Codes: loinc(fhir.MeasureHeight)}, false},
		"its status":              {ItemQuery{Statuses: []string{"final"}}, true},
		"another status":          {ItemQuery{Statuses: []string{"active"}}, false},
		"since that day":          {ItemQuery{Date: []DateRange{{From: day("2026-03-10")}}}, true},
		"since the day after":     {ItemQuery{Date: []DateRange{{From: day("2026-03-11")}}}, false},
		"before that day":         {ItemQuery{Date: []DateRange{{To: day("2026-03-10")}}}, false},
		"before the day after":    {ItemQuery{Date: []DateRange{{To: day("2026-03-11")}}}, true},
		"two ranges, one not":     {ItemQuery{Date: []DateRange{{From: day("2026-01-01")}, {To: day("2026-02-01")}}}, false},
	} {
		if _, got, err := tt.q.fits(weight); err != nil || got != tt.want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	undated := store.Item{Facts: consent.ItemFacts{Resource: "Condition"}, Body: fhir.Item{Resource: "Condition", Text: "x"}.JSON("pat-1")}
	if _, got, err := (ItemQuery{Date: []DateRange{{From: day("2000")}}}).fits(undated); err != nil || got {
		t.Errorf("of no date: %v, %v", got, err)
	}
}

// TestWhatRefersToNothingGoes: a hidden reference leaves nothing behind, not even
// an empty place, and what stands beside it stays.
func TestWhatRefersToNothingGoes(t *testing.T) {
	for name, tt := range map[string]struct{ in, want string }{
		"nothing hidden":     {`{"a":[{"reference":"open"}],"b":{}}`, `{"a":[{"reference":"open"}],"b":{}}`},
		"the only one":       {`{"derivedFrom":[{"reference":"hidden"}],"b":1}`, `{"b":1}`},
		"one of two":         {`{"derivedFrom":[{"reference":"hidden"},{"reference":"open"}]}`, `{"derivedFrom":[{"reference":"open"}]}`},
		"with what it says":  {`{"x":{"reference":"hidden","display":"titre"}}`, `{}`},
		"an extension":       {`{"extension":[{"url":"u","valueReference":{"reference":"hidden"}},{"url":"v","valueCode":"c"}]}`, `{"extension":[{"url":"v","valueCode":"c"}]}`},
		"deep":               {`{"evidence":[{"detail":[{"reference":"hidden"}]}],"b":1}`, `{"b":1}`},
		"deep, beside more":  {`{"evidence":[{"code":"c","detail":[{"reference":"hidden"}]}]}`, `{"evidence":[{"code":"c"}]}`},
		"a nested extension": {`{"extension":[{"url":"u","extension":[{"url":"w","valueReference":{"reference":"hidden"}}]}]}`, `{}`},
	} {
		n, err := fhir.Parse([]byte(tt.in))
		if err != nil {
			t.Fatal(err)
		}
		pruneItem(n, func(ref string) bool { return ref == "hidden" })
		if got := string(n.AppendJSON(nil)); got != tt.want {
			t.Errorf("%s: %s, want %s", name, got, tt.want)
		}
	}
}

// TestASourceIsOneOfThisRecordThatTheWriterReads: whatever way a resource refers
// to something.
func TestASourceIsOneOfThisRecordThatTheWriterReads(t *testing.T) {
	w := heldWorld(t, func(w *world, s *Seeder) {
		for i, patient := range []string{"pat-1", "pat-3"} {
			if err := s.AddDocument(w.documentSeed(patient, string(rune('1'+i)))); err != nil {
				t.Fatal(err)
			}
		}
	})
	body := func(more string) []byte {
		return []byte(`{"resourceType":"Condition","code":{"text":"x"},"subject":{"reference":"Patient/pat-1"}` + more + `}`)
	}
	for name, tt := range map[string]struct {
		more string
		want fhir.Code
	}{
		"one of this record":      {`,"evidence":[{"detail":[{"reference":"DocumentReference/` + docID("1") + `"}]}]`, ""},
		"one of another record":   {`,"evidence":[{"detail":[{"reference":"DocumentReference/` + docID("2") + `"}]}]`, fhir.Invalid},
		"an unknown one":          {`,"evidence":[{"detail":[{"reference":"DocumentReference/none"}]}]`, fhir.Invalid},
		"an absolute one":         {`,"evidence":[{"detail":[{"reference":"https://x/fhir/DocumentReference/` + docID("1") + `"}]}]`, fhir.Invalid},
		"by its other identifier": {`,"evidence":[{"detail":[{"type":"DocumentReference","identifier":{"value":"urn:oid:1.2.3.1"}}]}]`, fhir.Invalid},
		"another item":            {`,"evidence":[{"detail":[{"reference":"Observation/none"}]}]`, fhir.Invalid},
		"another patient":         {`,"asserter":{"reference":"Patient/pat-3"}`, fhir.Invalid},
		"a document inside":       {`,"contained":[{"resourceType":"DocumentReference","id":"d","status":"current","content":[{"attachment":{"title":"x"}}]}],"evidence":[{"detail":[{"reference":"#d"}]}]`, fhir.Invalid},
	} {
		_, err := w.KeepItem(bg, zoe(), "pat-1", ProfileItem{Resource: "Condition", JSON: body(tt.more)})
		w.wants(name, err, tt.want)
		if err != nil && strings.Contains(err.Error(), docID("2")) {
			t.Errorf("%s: %v", name, err)
		}
	}
}
