package curve

import (
	"math"
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anySeries draws a series: irregular moments, several at once, holes.
func anySeries(t *rapid.T) Series {
	n := rapid.IntRange(0, 400).Draw(t, "n")
	s := Series{At: make([]int64, n), Values: make([]float64, n)}
	at := int64(1_700_000_000)
	for i := range n {
		at += rapid.Int64Range(0, 90000).Draw(t, "step")
		s.At[i], s.Values[i] = at, rapid.Float64Range(-1000, 1000).Draw(t, "value")
		if rapid.IntRange(0, 9).Draw(t, "hole") == 0 {
			s.Values[i] = math.NaN()
		}
	}
	return s
}

// TestColumnsKeepWhatIsSeen: in each column the lowest and the highest of all
// the points are there, nothing is invented, and there are never more than four
// a column.
func TestColumnsKeepWhatIsSeen(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := anySeries(t)
		from := int64(1_700_000_000) + rapid.Int64Range(-100_000, 10_000_000).Draw(t, "from")
		w := Window{from, from + rapid.Int64Range(1, 20_000_000).Draw(t, "length")}
		columns := rapid.IntRange(1, 300).Draw(t, "columns")
		kept := Columns(s, w, columns)
		if len(kept) > 4*columns+2 {
			t.Fatalf("%d points for %d columns", len(kept), columns)
		}
		type extremes struct{ low, high, first, last float64 }
		extremesOf := func(places []int) map[int]extremes {
			out := map[int]extremes{}
			for _, i := range places {
				if s.At[i] < w.From || s.At[i] > w.To || math.IsNaN(s.Values[i]) {
					continue
				}
				c := int(float64(s.At[i]-w.From) * (float64(columns) / float64(w.Length()+1)))
				e, ok := out[c]
				if !ok {
					e = extremes{s.Values[i], s.Values[i], s.Values[i], 0}
				}
				out[c] = extremes{min(e.low, s.Values[i]), max(e.high, s.Values[i]), e.first, s.Values[i]}
			}
			return out
		}
		all := make([]int, len(s.At))
		for i := range all {
			all[i] = i
		}
		want, got := extremesOf(all), extremesOf(kept)
		if len(want) != len(got) {
			t.Fatalf("%d columns have points, %d were kept", len(want), len(got))
		}
		for c, e := range want {
			if got[c] != e {
				t.Fatalf("column %d: %+v became %+v", c, e, got[c])
			}
		}
		for n, i := range kept {
			if n > 0 && i <= kept[n-1] {
				t.Fatalf("they do not ascend: %v", kept)
			}
			if math.IsNaN(s.Values[i]) {
				t.Fatal("a point without a value")
			}
		}
	})
}

func TestColumnsLeadBeyondTheStretch(t *testing.T) {
	s := Series{At: []int64{0, 100, 200, 300, 400}, Values: []float64{1, math.NaN(), 3, math.NaN(), 5}}
	if got := Columns(s, Window{150, 250}, 10); !slices.Equal(got, []int{0, 2, 4}) {
		t.Errorf("%v", got)
	}
	if got := Columns(s, Window{500, 600}, 10); !slices.Equal(got, []int{4}) {
		t.Errorf("after all: %v", got)
	}
	if got := Columns(Series{}, Window{0, 10}, 10); len(got) != 0 {
		t.Errorf("of nothing: %v", got)
	}
}

// TestWindowsStayWithin: whatever is zoomed and shifted, the stretch lies in the
// whole, has its ends in order, and the moment zoomed at stays in it.
func TestWindowsStayWithin(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		whole := Window{0, rapid.Int64Range(Shortest, 3_000_000_000).Draw(t, "whole")}
		w := whole
		for range rapid.IntRange(1, 30).Draw(t, "moves") {
			switch rapid.IntRange(0, 2).Draw(t, "move") {
			case 0:
				at := rapid.Int64Range(w.From, w.To).Draw(t, "at")
				w = w.Zoom(rapid.Float64Range(0.1, 10).Draw(t, "factor"), at, whole)
				if at < w.From-1 || at > w.To+1 {
					t.Fatalf("%d went out of %+v", at, w)
				}
			case 1:
				w = w.Shift(rapid.Int64Range(-4_000_000_000, 4_000_000_000).Draw(t, "by"), whole)
			default:
				at := rapid.Int64Range(whole.From, whole.To).Draw(t, "show")
				if w = w.Show(at, whole); at < w.From || at > w.To {
					t.Fatalf("%d is not shown in %+v", at, w)
				}
			}
			if w.From < whole.From || w.To > whole.To || w.Length() < Shortest {
				t.Fatalf("%+v of %+v", w, whole)
			}
		}
	})
}

func TestTicks(t *testing.T) {
	for _, c := range []struct {
		low, high float64
		most      int
		want      []float64
		decimals  int
	}{
		{60, 180, 7, []float64{60, 80, 100, 120, 140, 160, 180}, 0},
		{71.2, 74.9, 5, []float64{72, 73, 74}, 0},
		{0.7, 1.3, 6, []float64{0.8, 1.0, 1.2}, 1},
		{5, 5, 4, nil, 0},
		{math.NaN(), 5, 4, nil, 0},
	} {
		got, decimals := Ticks(c.low, c.high, c.most)
		if !slices.EqualFunc(got, c.want, func(a, b float64) bool { return math.Abs(a-b) < 1e-9 }) || decimals != c.decimals {
			t.Errorf("%g–%g: %v, %d decimals", c.low, c.high, got, decimals)
		}
	}
}

// TestAxesAreNeverCrowded: whatever the stretch, there are not many more marks
// than asked for, in order, and all within.
func TestAxesAreNeverCrowded(t *testing.T) {
	paris, err := time.LoadLocation("Europe/Paris")
	if err != nil {
		t.Fatal(err)
	}
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Int64Range(-2_000_000_000, 2_000_000_000).Draw(t, "from")
		w := Window{from, from + rapid.Int64Range(Shortest, 4_000_000_000).Draw(t, "length")}
		most := rapid.IntRange(2, 12).Draw(t, "most")
		marks, _ := Dates(w, paris, most)
		if len(marks) > most+2 {
			t.Fatalf("%d marks where %d were asked for: %v", len(marks), most, marks)
		}
		for i, m := range marks {
			if m.Unix() < w.From || m.Unix() > w.To || i > 0 && !m.After(marks[i-1]) {
				t.Fatalf("%v in %+v", marks, w)
			}
		}
		low := rapid.Float64Range(-1000, 1000).Draw(t, "low")
		high := low + rapid.Float64Range(0.001, 1000).Draw(t, "span")
		values, _ := Ticks(low, high, most)
		if len(values) > most {
			t.Fatalf("%d values where %d were asked for", len(values), most)
		}
	})
}

func TestDatesBeginWhereThingsBegin(t *testing.T) {
	at := func(s string) int64 {
		m, err := time.Parse(time.DateOnly, s)
		if err != nil {
			t.Fatal(err)
		}
		return m.Unix()
	}
	for _, c := range []struct {
		from, to string
		most     int
		step     Step
		want     []string
	}{
		{"2024-02-10", "2026-11-22", 6, Months, []string{"2024-07-01", "2025-01-01", "2025-07-01", "2026-01-01", "2026-07-01"}},
		{"2026-08-22", "2026-11-22", 6, Months, []string{"2026-09-01", "2026-10-01", "2026-11-01"}},
		{"2026-10-20", "2026-11-22", 6, Days, []string{"2026-10-22", "2026-11-01", "2026-11-08", "2026-11-15", "2026-11-22"}},
		{"1990-01-02", "2026-11-22", 6, Years, []string{"2000-01-01", "2010-01-01", "2020-01-01"}},
	} {
		marks, step := Dates(Window{at(c.from), at(c.to)}, time.UTC, c.most)
		var got []string
		for _, m := range marks {
			got = append(got, m.Format(time.DateOnly))
		}
		if step != c.step || !slices.Equal(got, c.want) {
			t.Errorf("%s–%s: %v, step %d", c.from, c.to, got, step)
		}
	}
}

func TestGapSpanNearest(t *testing.T) {
	const day = 86400
	if got := Gap([]int64{0, 30 * day, 60 * day, 90 * day}); got != 180*day {
		t.Errorf("monthly: %d days", got/day)
	}
	if got := Gap([]int64{0, day}); got != math.MaxInt64 {
		t.Errorf("two points are broken after %d", got)
	}
	s := []Series{{At: []int64{0, 10, 20}, Values: []float64{120, math.NaN(), 140}}}
	low, high, ok := Span(s, Window{0, 20}, 145, 500)
	if !ok || low > 120 || high < 145 || high > 160 {
		t.Errorf("%g–%g: a bound nearby is shown, one far away is not", low, high)
	}
	if low, high, ok = Span(s, Window{0, 5}); !ok || low >= 120 || high <= 120 {
		t.Errorf("one value: %g–%g", low, high)
	}
	if _, _, ok = Span(s, Window{10, 10}); ok {
		t.Error("no value has no span")
	}
	for at, want := range map[int64]int{-5: 0, 4: 0, 6: 1, 15: 1, 16: 2, 99: 2} {
		if got := Nearest(s[0].At, at); got != want {
			t.Errorf("nearest to %d: %d", at, got)
		}
	}
	if Nearest(nil, 1) != -1 {
		t.Error("nothing is near nothing")
	}
}

// BenchmarkColumns: what a zoom costs before a pen moves.
func BenchmarkColumns(b *testing.B) {
	s := Series{}
	for i := range int64(10_000) {
		s.At, s.Values = append(s.At, i*26_000), append(s.Values, 120+20*math.Sin(float64(i)))
	}
	whole := Whole(s.At)
	for b.Loop() {
		Columns(s, whole, 900)
	}
}
