package widget

import (
	"image/color"
	"math"
	"testing"
)

// luminance is WCAG 2.1's relative luminance.
func luminance(c color.NRGBA) float64 {
	part := func(v uint8) float64 {
		s := float64(v) / 255
		if s <= 0.03928 {
			return s / 12.92
		}
		return math.Pow((s+0.055)/1.055, 2.4)
	}
	return 0.2126*part(c.R) + 0.7152*part(c.G) + 0.0722*part(c.B)
}

func contrast(a, b color.NRGBA) float64 {
	la, lb := luminance(a), luminance(b)
	if la < lb {
		la, lb = lb, la
	}
	return (la + 0.05) / (lb + 0.05)
}

func TestContrast(t *testing.T) {
	texts := []Tone{Ink, Secondary, Primary, Good, Attention, Danger}
	grounds := []Tone{Window, Surface, Hover, PrimarySoft}
	for name, p := range map[string]palette{"light": lightPalette, "dark": darkPalette} {
		check := func(text, ground Tone, least float64) {
			if got := contrast(p[text], p[ground]); got < least {
				t.Errorf("%s: %s on %s is %.2f, want %.1f", name, text, ground, got, least)
			}
		}
		for _, ground := range grounds {
			for _, text := range texts {
				check(text, ground, 4.5)
			}
			check(Border, ground, 3)
		}
		for _, tone := range texts {
			check(tone, tone.Soft(), 4.5)
		}
		check(OnPrimary, Primary, 4.5)
		check(OnPrimary, Danger, 4.5)
	}
}

func TestPalettesAreComplete(t *testing.T) {
	for tone := range lightPalette {
		if _, ok := darkPalette[tone]; !ok {
			t.Errorf("dark lacks %s", tone)
		}
	}
	if len(lightPalette) != len(darkPalette) {
		t.Errorf("light has %d tones, dark %d", len(lightPalette), len(darkPalette))
	}
	for name, tone := range toolkitTones {
		if _, ok := lightPalette[tone]; !ok {
			t.Errorf("%s stands for %s, which is no tone", name, tone)
		}
	}
}
