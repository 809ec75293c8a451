package terminology

import "math/big"

// Amount is a value in a unit, and whether it is the one that was entered.
type Amount struct {
	Value     string // decimal
	Unit      MeasureUnit
	Converted bool // it was entered in another unit
	Rounded   bool // the exact conversion has more decimals
}

// Say writes an amount as people do: "72,5 kg" with a space that never breaks;
// anything but "en" is French.
func (a Amount) Say(language string) string {
	return SayDecimal(a.Value, language) + "\u00a0" + a.Unit.Name(language)
}

// Convert gives a value in another unit, exactly, then rounded half away from
// zero to the decimals that one writes in that unit. In its own unit a value
// stays as it was entered. Errors: ErrMeasureForm, ErrMeasureUnit.
func (m Measure) Convert(value, from, to string) (Amount, error) {
	f, okFrom := m.Unit(from)
	t, okTo := m.Unit(to)
	if !okFrom || !okTo {
		return Amount{}, ErrMeasureUnit
	}
	r, ok := decimal(value)
	switch {
	case !ok:
		return Amount{}, ErrMeasureForm
	case from == to:
		return Amount{Value: value, Unit: t}, nil
	}
	exact := t.fromFirst(f.toFirst(r))
	said := exact.FloatString(t.Decimals)
	back, _ := new(big.Rat).SetString(said)
	return Amount{Value: said, Unit: t, Converted: true, Rounded: back.Cmp(exact) != 0}, nil
}

// Number gives a value in another unit for drawing, where the last bit counts
// for nothing; 0 and false when Convert would fail.
func (m Measure) Number(value, from, to string) (float64, bool) {
	f, okFrom := m.Unit(from)
	t, okTo := m.Unit(to)
	r, ok := decimal(value)
	if !okFrom || !okTo || !ok {
		return 0, false
	}
	n, _ := t.fromFirst(f.toFirst(r)).Float64()
	return n, true
}

// toFirst brings a value into the first unit of its measure.
func (u MeasureUnit) toFirst(v *big.Rat) *big.Rat {
	out := new(big.Rat).Set(v)
	if u.scale != nil {
		out.Mul(out, u.scale)
	}
	if u.offset != nil {
		out.Add(out, u.offset)
	}
	return out
}

// fromFirst brings a value of the first unit into this one.
func (u MeasureUnit) fromFirst(v *big.Rat) *big.Rat {
	out := new(big.Rat).Set(v)
	if u.offset != nil {
		out.Sub(out, u.offset)
	}
	if u.scale != nil {
		out.Quo(out, u.scale)
	}
	return out
}

// BMI computes the body mass index, weight over height squared, of two values
// of the same period, rounded to one decimal. It is computed, and to be called
// so; nothing keeps it. Errors: ErrMeasureForm, ErrMeasureUnit,
// ErrMeasureImpossible.
func BMI(weight, weightUnit, height, heightUnit string) (Amount, error) {
	w, _, _ := MeasureByCode(LOINCWeight)
	h, _, _ := MeasureByCode(LOINCHeight)
	b, _, _ := MeasureByCode(LOINCBMI)
	for _, c := range []struct {
		m           Measure
		value, unit string
	}{{w, weight, weightUnit}, {h, height, heightUnit}} {
		verdict, err := c.m.Judge(MeasureValue{Value: c.value, Unit: c.unit})
		switch {
		case err != nil:
			return Amount{}, err
		case verdict == Impossible:
			return Amount{}, ErrMeasureImpossible
		}
	}
	wu, _ := w.Unit(weightUnit)
	hu, _ := h.Unit(heightUnit)
	kg, _ := decimal(weight)
	cm, _ := decimal(height)
	metres := hu.toFirst(cm)
	metres.Quo(metres, big.NewRat(100, 1))
	exact := new(big.Rat).Quo(wu.toFirst(kg), metres.Mul(metres, metres))
	said := exact.FloatString(b.Units[0].Decimals)
	if verdict, _ := b.Judge(MeasureValue{Value: said, Unit: b.Units[0].Code}); verdict == Impossible {
		return Amount{}, ErrMeasureImpossible
	}
	back, _ := new(big.Rat).SetString(said)
	return Amount{Value: said, Unit: b.Units[0], Converted: true, Rounded: back.Cmp(exact) != 0}, nil
}
