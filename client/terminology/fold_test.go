package terminology

import "testing"

func TestFold(t *testing.T) {
	for _, c := range []struct{ in, want string }{
		{"Hélène MARTIN-DUBOIS", "helene martin dubois"},
		{"L’Œuvre\u00a0d'Ève", "l oeuvre d eve"},
		{"  Zoë  ", "zoe"},
		{"Łukasz Ñuñez", "lukasz nunez"},
		{"日本", "日本"},
	} {
		if got := Fold(c.in); got != c.want {
			t.Errorf("Fold(%q) = %q, want %q", c.in, got, c.want)
		}
	}
}
