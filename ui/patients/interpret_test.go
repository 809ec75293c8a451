package patients

import (
	"strings"
	"testing"
	"time"

	"carnet/client"
	"carnet/client/fhir"
)

const (
	insGood = "279035121518989" // published test identity, right key
	insBad  = "279035121518988"
)

// code builds what a scanner types from an INS attestation.
func code(gs, ins, oid string) string {
	header := "IS01" + strings.Repeat("0", 22)
	return header + "S1" + ins + "S2" + oid + gs + "S3DOMINIQUE MARIE-LOUISE" + gs + "S4PAT-TROIS" + gs + "S5FS628-03-1979S751215"
}

const (
	oidTest       = "1.2.250.1.213.1.4.10"
	oidProduction = "1.2.250.1.213.1.4.8"
)

func TestInterpret(t *testing.T) {
	whole := code("\x1d", insGood, oidTest)
	for name, c := range map[string]struct {
		input string
		test  bool
		want  Ask
	}{
		"nothing":                         {"", true, Ask{Intent: Recent}},
		"blank":                           {" \u00a0 ", true, Ask{Intent: Recent}},
		"part of a name":                  {"mart", true, Ask{Intent: Search, Text: "mart"}},
		"name and birth year":             {" mart 1979 ", true, Ask{Intent: Search, Text: "mart 1979"}},
		"first digits of an INS":          {"2 79 03", true, Ask{Intent: Search, Text: "2 79 03"}},
		"INS in groups":                   {"2 79 03 51 215 189 89", true, Ask{Intent: TypedINS, Text: insGood, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: insGood}}},
		"INS pasted with thin spaces":     {"2\u202f79\u202f03\u202f51\u202f215\u202f189\u00a089", false, Ask{Intent: TypedINS, Text: insGood, INS: fhir.Identifier{System: fhir.SystemINSNIR, Value: insGood}}},
		"bad key on a test identity":      {insBad, true, Ask{Intent: TypedINS, Text: insBad, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: insBad}, Doubt: FaultKey}},
		"bad key in production":           {insBad, false, Ask{Intent: Refused, Fault: FaultKey}},
		"sixteen digits":                  {insGood + "0", true, Ask{Intent: Refused, Fault: FaultLength}},
		"Corsica, lower case":             {"1 84 09 2a 004 023 " + corsicaKey, true, Ask{Intent: TypedINS, Text: "184092A004023" + corsicaKey, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "184092A004023" + corsicaKey}}},
		"first characters of a scan":      {"IS01", true, Ask{Intent: Unfinished}},
		"scan cut in its INS":             {whole[:35], true, Ask{Intent: Unfinished}},
		"scan cut before the birth date":  {whole[:len(whole)-12], true, Ask{Intent: Unfinished}},
		"scan of another thing":           {"IS01" + strings.Repeat("x", 22) + "Q9hello", true, Ask{Intent: Refused, Fault: FaultCode}},
		"scan, production, with bad key":  {code("\x1d", insBad, oidProduction), true, Ask{Intent: Refused, Fault: FaultKey}},
		"scan, whole":                     {whole, true, scanned(insGood, NoFault)},
		"scan, whole, GS typed as text":   {code("<GS>", insGood, oidTest), true, scanned(insGood, NoFault)},
		"scan, whole, GS lost":            {code("", insGood, oidTest), true, scanned(insGood, NoFault)},
		"scan, test, with bad key":        {code("\x1d", insBad, oidTest), false, scanned(insBad, FaultKey)},
		"scan ended by the scanner's tab": {whole + "\t", true, scanned(insGood, NoFault)},
	} {
		t.Run(name, func(t *testing.T) {
			got := Interpret(c.input, c.test)
			if got.Intent != c.want.Intent || got.Text != c.want.Text || got.INS != c.want.INS || got.Fault != c.want.Fault || got.Doubt != c.want.Doubt {
				t.Errorf("got %+v\nwant %+v", got, c.want)
			}
			if got.FromCode && (got.Family != "PAT-TROIS" || got.Given[0] != "DOMINIQUE" || got.Sex != "F" || got.Birth != "1979-03-28") {
				t.Errorf("traits of the code: %+v", got)
			}
		})
	}
}

const corsicaKey = "75"

func scanned(ins string, doubt Fault) Ask {
	return Ask{Intent: Scanned, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: ins}, Doubt: doubt, FromCode: true}
}

func FuzzInterpret(f *testing.F) {
	f.Add(code("\x1d", insGood, oidTest), true)
	f.Add(code("<GS>", insBad, oidProduction)[:50], false)
	f.Add("2 79 03 51 215 189 89", false)
	f.Add("2A\xff\u202f", true)
	f.Fuzz(func(t *testing.T, input string, test bool) {
		ask := Interpret(input, test)
		if (ask.Intent == TypedINS || ask.Intent == Scanned) && len(ask.INS.Value) != insLength {
			t.Errorf("an INS of %d characters was let through", len(ask.INS.Value))
		}
		if ask.Intent == Refused && ask.Fault == NoFault {
			t.Error("refused without a reason")
		}
	})
}

func TestStrictTraits(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	whole := Sheet{BirthName: " Lefèvre ", FirstGiven: "Zoé", Sex: "F", Birth: "2/3/1979", BirthPlace: "2a004"}
	for name, c := range map[string]struct {
		change func(*Sheet)
		want   Field
	}{
		"whole":                        {func(*Sheet) {}, FieldNone},
		"no birthplace":                {func(s *Sheet) { s.BirthPlace = "" }, FieldNone},
		"date in one piece":            {func(s *Sheet) { s.Birth = "02031979" }, FieldNone},
		"date with dots":               {func(s *Sheet) { s.Birth = "02.03.1979" }, FieldNone},
		"no birth name":                {func(s *Sheet) { s.BirthName = " - " }, FieldBirthName},
		"no given name":                {func(s *Sheet) { s.FirstGiven = "" }, FieldFirstGiven},
		"no sex":                       {func(s *Sheet) { s.Sex = "" }, FieldSex},
		"two-figure year":              {func(s *Sheet) { s.Birth = "2/3/79" }, FieldBirth},
		"no such day":                  {func(s *Sheet) { s.Birth = "31/02/1979" }, FieldBirth},
		"born tomorrow":                {func(s *Sheet) { s.Birth = "22/11/2026" }, FieldBirth},
		"born before anyone alive":     {func(s *Sheet) { s.Birth = "1/1/1890" }, FieldBirth},
		"birthplace by name, not code": {func(s *Sheet) { s.BirthPlace = "Reims" }, FieldBirthPlace},
	} {
		t.Run(name, func(t *testing.T) {
			sheet := whole
			c.change(&sheet)
			traits, field := sheet.Check(now)
			if field != c.want {
				t.Fatalf("field to correct: %v, want %v", field, c.want)
			}
			if field == FieldNone && (traits.BirthDate != "1979-03-02" || traits.BirthName != "Lefèvre") {
				t.Errorf("traits: %+v", traits)
			}
		})
	}
}

func TestCodeAgainstRecord(t *testing.T) {
	ask := Interpret(code("\x1d", insGood, oidTest), true)
	same := client.Patient{BirthName: "Pat Trois", FirstGiven: "Dominique", Gender: "female", BirthDate: "1979-03-28"}
	for name, c := range map[string]struct {
		change func(*client.Patient)
		want   Trait
	}{
		"the same, spelled otherwise": {func(*client.Patient) {}, 0},
		"another given name":          {func(p *client.Patient) { p.FirstGiven = "Ruth" }, TraitGiven},
		"another sex and date":        {func(p *client.Patient) { p.Gender, p.BirthDate = "male", "1979-03-29" }, TraitSex | TraitBirthDate},
		"sex unknown to the record":   {func(p *client.Patient) { p.Gender = "unknown" }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			p := same
			c.change(&p)
			if got := ask.mismatch(p); got != c.want {
				t.Errorf("mismatch %b, want %b", got, c.want)
			}
		})
	}
}
