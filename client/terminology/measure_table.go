package terminology

import (
	"math/big"
	"sync"
)

// measures is the table, made at the first question. Codes are those of the
// national guide of health measures (ansforge/IG-fhir-mesures-de-sante), which
// also writes amounts of substance (mmol/L) under codes of LOINC that say mass:
// here the unit decides. Bounds are ours: hard ones lie outside of what was
// ever survived, soft ones where a slip of the finger or of the unit is likelier
// than the value.
var measures = sync.OnceValue(func() []Measure {
	var out []Measure
	for _, group := range [][]Measure{bodyMeasures(), sugarMeasures(), lipidMeasures(), rateMeasures()} {
		out = append(out, group...)
	}
	return out
})

// unit writes a unit that needs no conversion.
func unit(code, french, english string, decimals int) MeasureUnit {
	return MeasureUnit{Code: code, Label: french, LabelEN: english, Decimals: decimals}
}

// times gives the unit a factor to the first one, num/den.
func (u MeasureUnit) times(num, den int64) MeasureUnit {
	u.scale = big.NewRat(num, den)
	return u
}

// plus gives the unit an offset to the first one, num/den.
func (u MeasureUnit) plus(num, den int64) MeasureUnit {
	u.offset = big.NewRat(num, den)
	return u
}

// guessed says whether the unit may be offered for a value that is odd in
// another.
func (u MeasureUnit) guessed(on bool) MeasureUnit {
	u.rare = !on
	return u
}

// only is the part of a measure with one value.
func only(hardLow, hardHigh, softLow, softHigh string, band *MeasureBand) []MeasurePart {
	return []MeasurePart{{Hard: MeasureRange{hardLow, hardHigh}, Soft: MeasureRange{softLow, softHigh}, Band: band}}
}

func band(low, high, french, english string) *MeasureBand {
	return &MeasureBand{MeasureRange{low, high}, french, english}
}

func bodyMeasures() []Measure {
	const hypertension, hypertensionEN = "HAS et SFHTA 2016 : hypertension dès 140/90 mmHg au cabinet, adulte", "HAS and SFHTA 2016: hypertension from 140/90 mmHg at the practice, adults"
	return []Measure{
		{
			Code: LOINCBloodPressure, Also: []string{"55284-4"}, Label: "Tension artérielle", LabelEN: "Blood pressure",
			Parts: []MeasurePart{
				{Code: "8480-6", Label: "Systolique", LabelEN: "Systolic", Hard: MeasureRange{"30", "350"}, Soft: MeasureRange{"70", "220"}, Band: band("", "140", hypertension, hypertensionEN)},
				{Code: "8462-4", Label: "Diastolique", LabelEN: "Diastolic", Hard: MeasureRange{"10", "250"}, Soft: MeasureRange{"40", "130"}, Band: band("", "90", hypertension, hypertensionEN)},
			},
			Units: []MeasureUnit{unit("mm[Hg]", "mmHg", "mmHg", 0)},
		},
		{
			Code: LOINCWeight, Label: "Poids", LabelEN: "Weight", Parts: only("0.2", "650", "2", "250", nil),
			// The pound is 0.45359237 kg by definition (agreement of 1959).
			Units: []MeasureUnit{unit("kg", "kg", "kg", 1), unit("g", "g", "g", 0).times(1, 1000), unit("[lb_av]", "lb", "lb", 1).times(45359237, 100000000).guessed(false)},
		},
		{
			Code: LOINCHeight, Label: "Taille", LabelEN: "Height", Parts: only("15", "280", "40", "220", nil),
			Units: []MeasureUnit{unit("cm", "cm", "cm", 0), unit("m", "m", "m", 2).times(100, 1)},
		},
		{
			Code: LOINCBMI, Label: "Indice de masse corporelle", LabelEN: "Body mass index", Computed: true,
			Parts: only("5", "200", "12", "60", band("18.5", "25", "OMS 1995 : corpulence usuelle de 18,5 à 25, adulte", "WHO 1995: normal range from 18.5 to 25, adults")),
			Units: []MeasureUnit{unit("kg/m2", "kg/m²", "kg/m²", 1)},
		},
	}
}

// litre gives the two units of a substance in blood, of a molar mass in
// milligrams per mole: 1 mmol/L is molar/10⁶ g/L. mg/dL is what meters of other
// countries show.
func litre(molar int64, decimals int) []MeasureUnit {
	return []MeasureUnit{
		unit("g/L", "g/L", "g/L", 2),
		unit("mmol/L", "mmol/L", "mmol/L", decimals).times(molar, 1_000_000),
		unit("mg/dL", "mg/dL", "mg/dL", 0).times(1, 100),
	}
}

// Molar masses in mg/mol. Glucose C6H12O6 180.156 g/mol; cholesterol C27H46O
// 386.65 g/mol. Triglycerides are a mixture: 875 g/mol is the mean that French
// laboratories convert with (1 g/L = 1.143 mmol/L).
const (
	molarGlucose       = 180_156
	molarCholesterol   = 386_650
	molarTriglycerides = 875_000
)

func sugarMeasures() []Measure {
	return []Measure{
		{
			Code: "1558-6", Also: []string{"14771-0", "76629-5"}, Label: "Glycémie à jeun", LabelEN: "Glucose, fasting",
			Parts: only("0.05", "20", "0.4", "4", band("0.7", "1.1",
				"OMS 2006 : hyperglycémie à jeun dès 1,10 g/L ; hypoglycémie sous 0,70 g/L (consensus international 2017)",
				"WHO 2006: impaired fasting glucose from 1.10 g/L; hypoglycaemia below 0.70 g/L (international consensus 2017)")),
			Units: litre(molarGlucose, 1),
		},
		{
			Code: "2339-0", Also: []string{"2345-7", "15074-8", "14749-6"}, Label: "Glycémie", LabelEN: "Glucose",
			Parts: only("0.05", "20", "0.4", "4", nil), Units: litre(molarGlucose, 1),
		},
		{
			Code: "4548-4", Also: []string{"59261-8"}, Label: "HbA1c (hémoglobine glyquée)", LabelEN: "HbA1c (glycated haemoglobin)",
			Parts: only("2.2", "25", "4", "15", band("", "6.5", "OMS 2011 : diabète dès 6,5 %", "WHO 2011: diabetes from 6.5 %")),
			Units: []MeasureUnit{
				unit("%", "%", "%", 1),
				// The master equation, not a factor: NGSP (%) = 0.09148 × IFCC (mmol/mol) +
				// 2.152 (ngsp.org/ifcc.asp). Its own inverse goes back, so that nothing moves.
				unit("mmol/mol", "mmol/mol", "mmol/mol", 0).times(9148, 100_000).plus(2152, 1000),
			},
		},
	}
}

func lipidMeasures() []Measure {
	return []Measure{
		{
			Code: "2093-3", Also: []string{"14647-2"}, Label: "Cholestérol total", LabelEN: "Cholesterol, total",
			Parts: only("0.1", "20", "0.8", "4.5", nil), Units: litre(molarCholesterol, 2),
		},
		{
			// No band: what to aim at depends on the person's risk (ESC/EAS 2019).
			Code: "2089-1", Also: []string{"13457-7", "18262-6", "22748-8", "39469-2"}, Label: "Cholestérol LDL", LabelEN: "LDL cholesterol",
			Parts: only("0.01", "15", "0.2", "3.5", nil), Units: litre(molarCholesterol, 2),
		},
		{
			// No band: it differs for women and men.
			Code: "2085-9", Also: []string{"14646-4"}, Label: "Cholestérol HDL", LabelEN: "HDL cholesterol",
			Parts: only("0.01", "5", "0.15", "1.5", nil), Units: litre(molarCholesterol, 2),
		},
		{
			Code: "2571-8", Also: []string{"14927-8"}, Label: "Triglycérides", LabelEN: "Triglycerides",
			Parts: only("0.05", "120", "0.2", "10", band("", "1.5", "ESC/EAS 2019 : moins de 1,50 g/L à jeun, adulte", "ESC/EAS 2019: below 1.50 g/L, fasting, adults")),
			Units: litre(molarTriglycerides, 2),
		},
	}
}

func rateMeasures() []Measure {
	return []Measure{
		{
			Code: "8867-4", Label: "Fréquence cardiaque", LabelEN: "Heart rate",
			Parts: only("10", "350", "35", "200", band("60", "100", "AHA : de 60 à 100 par minute au repos, adulte", "AHA: 60 to 100 a minute at rest, adults")),
			Units: []MeasureUnit{unit("/min", "par minute", "a minute", 0)},
		},
		{
			Code: "8310-5", Label: "Température", LabelEN: "Temperature",
			Parts: only("13", "47", "34", "41.5", band("35", "38", "Usage : fièvre dès 38 °C, hypothermie sous 35 °C", "Common use: fever from 38 °C, hypothermia below 35 °C")),
			Units: []MeasureUnit{unit("Cel", "°C", "°C", 1), unit("[degF]", "°F", "°F", 1).times(5, 9).plus(-160, 9)},
		},
		{
			Code: "59408-5", Also: []string{"2708-6"}, Label: "Saturation en oxygène (SpO₂)", LabelEN: "Oxygen saturation (SpO₂)",
			Parts: only("20", "100", "80", "100", band("95", "100", "OMS 2011 : de 95 à 100 % au repos", "WHO 2011: 95 to 100 % at rest")),
			Units: []MeasureUnit{unit("%", "%", "%", 0)},
		},
		{
			Code: "41950-7", Label: "Nombre de pas en un jour", LabelEN: "Steps in a day",
			Parts: only("0", "200000", "0", "60000", nil),
			Units: []MeasureUnit{unit("1/(24.h)", "pas par jour", "steps a day", 0), unit("/d", "pas par jour", "steps a day", 0)},
		},
	}
}
