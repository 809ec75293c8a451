package choose

import (
	"strings"
	"testing"
	"time"

	"carnet/client/clienttest"
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

// TestInterpret: what is typed or scanned asks for.
func TestInterpret(t *testing.T) {
	whole := code("\x1d", insGood, oidTest)
	for name, c := range map[string]struct {
		input string
		test  bool
		want  Ask
	}{
		"nothing":                         {"", true, Ask{Intent: Nobody}},
		"blank":                           {" \u00a0 ", true, Ask{Intent: Nobody}},
		"part of a name":                  {"mart", true, Ask{Intent: Search, Text: "mart"}},
		"name and birth year":             {" mart 1979 ", true, Ask{Intent: Search, Text: "mart 1979"}},
		"first digits of an INS":          {"2 79 03", true, Ask{Intent: Search, Text: "2 79 03"}},
		"INS in groups":                   {"2 79 03 51 215 189 89", true, Ask{Intent: ByINS, Text: insGood, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: insGood}}},
		"INS pasted with thin spaces":     {"2\u202f79\u202f03\u202f51\u202f215\u202f189\u00a089", false, Ask{Intent: ByINS, Text: insGood, INS: fhir.Identifier{System: fhir.SystemINSNIR, Value: insGood}}},
		"bad key on a test identity":      {insBad, true, Ask{Intent: ByINS, Text: insBad, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: insBad}, Doubt: FaultKey}},
		"bad key in production":           {insBad, false, Ask{Intent: Refused, Fault: FaultKey}},
		"a birth date":                    {"28/03/1979", false, Ask{Intent: Search, Text: "28/03/1979"}},
		"a code that is only its header":  {"is01\x1d", false, Ask{Intent: Refused, Fault: FaultCode}},
		"sixteen digits":                  {insGood + "0", true, Ask{Intent: Refused, Fault: FaultLength}},
		"Corsica, lower case":             {"1 84 09 2a 004 023 " + corsicaKey, true, Ask{Intent: ByINS, Text: "184092A004023" + corsicaKey, INS: fhir.Identifier{System: fhir.SystemINSTest, Value: "184092A004023" + corsicaKey}}},
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
		if (ask.Intent == ByINS || ask.Intent == Scanned) && len(ask.INS.Value) != insLength {
			t.Errorf("an INS of %d characters was let through", len(ask.INS.Value))
		}
		if ask.Intent == Refused && ask.Fault == NoFault {
			t.Error("refused without a reason")
		}
	})
}

func TestStrictTraits(t *testing.T) {
	now := time.Date(2026, 11, 21, 9, 0, 0, 0, time.UTC)
	whole := Strict{BirthName: " Lefèvre ", FirstGiven: "Zoé", Sex: "F", Birth: "2/3/1979", BirthPlace: "2a004"}
	for name, c := range map[string]struct {
		change func(*Strict)
		want   StrictField
	}{
		"whole":                        {func(*Strict) {}, StrictNone},
		"no birthplace":                {func(s *Strict) { s.BirthPlace = "" }, StrictNone},
		"date in one piece":            {func(s *Strict) { s.Birth = "02031979" }, StrictNone},
		"date with dots":               {func(s *Strict) { s.Birth = "02.03.1979" }, StrictNone},
		"no birth name":                {func(s *Strict) { s.BirthName = " - " }, StrictName},
		"no given name":                {func(s *Strict) { s.FirstGiven = "" }, StrictGiven},
		"no sex":                       {func(s *Strict) { s.Sex = "" }, StrictSex},
		"two-figure year":              {func(s *Strict) { s.Birth = "2/3/79" }, StrictBirth},
		"no such day":                  {func(s *Strict) { s.Birth = "31/02/1979" }, StrictBirth},
		"born today":                   {func(s *Strict) { s.Birth = "21112026" }, StrictNone},
		"born tomorrow":                {func(s *Strict) { s.Birth = "22/11/2026" }, StrictBirth},
		"born before anyone alive":     {func(s *Strict) { s.Birth = "1/1/1890" }, StrictBirth},
		"birthplace by name, not code": {func(s *Strict) { s.BirthPlace = "Reims" }, StrictPlace},
	} {
		t.Run(name, func(t *testing.T) {
			sheet := whole
			c.change(&sheet)
			traits, field := sheet.Check(now)
			if field != c.want {
				t.Fatalf("field to correct: %v, want %v", field, c.want)
			}
			if field == StrictNone && (traits.BirthDate != "1979-03-02" && name != "born today" || traits.BirthName != "Lefèvre") {
				t.Errorf("traits: %+v", traits)
			}
		})
	}
}

// TestATypedINSIsThatOfTheTestDomain on a demonstration server.
func TestATypedINSIsThatOfTheTestDomain(t *testing.T) {
	p := clienttest.New(clienttest.Options{}).Patient(clienttest.PatientLea)
	spaced := strings.Join(strings.Split(p.INS.Value, ""), " ")
	if got := Interpret(spaced, true); got.Intent != ByINS || got.INS != p.INS {
		t.Errorf("a typed INS asks %+v", got)
	}
}
