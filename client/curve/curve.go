// Package curve is the geometry of a curve of measures over time, without a
// pen: what of many points is seen at a width, where the axes have their marks,
// where a line is broken because nothing was measured, and how a stretch of
// time is zoomed. The desktop draws with it in a window, the server in SVG, so
// that both show the same.
//
// Times are Unix seconds, values are numbers for drawing: what is said in words
// comes from the decimals that were entered (package terminology).
package curve

import (
	"cmp"
	"math"
	"slices"
)

// Series is the values of one line by their moments, which ascend; NaN where a
// moment has no value.
type Series struct {
	At     []int64
	Values []float64
}

// Window is a stretch of time, both ends within.
type Window struct{ From, To int64 }

// Length is that of the stretch in seconds.
func (w Window) Length() int64 { return w.To - w.From }

// Whole gives the stretch of moments, which ascend, with a little room at both
// ends; a single moment stands in the middle of a day.
func Whole(at []int64) Window {
	if len(at) == 0 {
		return Window{}
	}
	from, to := at[0], at[len(at)-1]
	room := max((to-from)/40, Shortest/2)
	return Window{from - room, to + room}
}

// Shortest is the least stretch that is zoomed to: a day.
const Shortest = 86400

// Zoom gives the stretch of factor times the length (less than 1 is nearer), in
// which the moment at keeps its place, within whole.
func (w Window) Zoom(factor float64, at int64, whole Window) Window {
	length := int64(math.Round(float64(w.Length()) * factor))
	length = min(max(length, Shortest), max(whole.Length(), Shortest))
	share := 0.5
	if w.Length() > 0 {
		share = min(max(float64(at-w.From)/float64(w.Length()), 0), 1)
	}
	from := at - int64(share*float64(length))
	return Window{from, from + length}.within(whole)
}

// Shift moves the stretch by so many seconds, within whole.
func (w Window) Shift(by int64, whole Window) Window {
	return Window{w.From + by, w.To + by}.within(whole)
}

// Show moves the stretch as little as needed to hold a moment.
func (w Window) Show(at int64, whole Window) Window {
	edge := w.Length() / 20
	switch {
	case at < w.From+edge:
		return w.Shift(at-edge-w.From, whole)
	case at > w.To-edge:
		return w.Shift(at+edge-w.To, whole)
	}
	return w
}

// within moves the stretch into whole, and makes it whole when it is longer.
func (w Window) within(whole Window) Window {
	switch {
	case w.Length() >= whole.Length():
		return whole
	case w.From < whole.From:
		return Window{whole.From, whole.From + w.Length()}
	case w.To > whole.To:
		return Window{whole.To - w.Length(), whole.To}
	}
	return w
}

// Seen gives the places of moments within a stretch, from first to before end.
func Seen(at []int64, w Window) (first, end int) {
	first, _ = slices.BinarySearch(at, w.From)
	end, _ = slices.BinarySearch(at, w.To+1)
	return first, end
}

// Nearest gives the place of the moment nearest to at, -1 when there is none.
func Nearest(moments []int64, at int64) int {
	i, _ := slices.BinarySearch(moments, at)
	switch {
	case len(moments) == 0:
		return -1
	case i == len(moments):
		return i - 1
	case i > 0 && at-moments[i-1] <= moments[i]-at:
		return i - 1
	}
	return i
}

// Columns gives the places of the points that a line needs so that it looks,
// at a width of so many columns of pixels, as it would with all of them: of
// each column the first, the lowest, the highest and the last, and one point
// beyond each end of the stretch, to which the line leads. They ascend.
func Columns(s Series, w Window, columns int) []int {
	first, end := Seen(s.At, w)
	if columns < 1 || w.Length() <= 0 {
		return nil
	}
	out := make([]int, 0, min(end-first, 4*columns)+2)
	if i := beyond(s, first-1, -1); i >= 0 {
		out = append(out, i)
	}
	scale := float64(columns) / float64(w.Length()+1)
	for i := first; i < end; {
		column := int(float64(s.At[i]-w.From) * scale)
		j := i
		for j < end && int(float64(s.At[j]-w.From)*scale) == column {
			j++
		}
		out = appendColumn(out, s.Values, i, j)
		i = j
	}
	if i := beyond(s, end, 1); i >= 0 {
		out = append(out, i)
	}
	return out
}

// beyond finds the next point with a value, -1 when there is none.
func beyond(s Series, i, step int) int {
	for ; i >= 0 && i < len(s.Values); i += step {
		if !math.IsNaN(s.Values[i]) {
			return i
		}
	}
	return -1
}

// appendColumn adds what is seen of the points from i to before j.
func appendColumn(out []int, values []float64, i, j int) []int {
	first, low, high, last := -1, -1, -1, -1
	for k := i; k < j; k++ {
		v := values[k]
		if math.IsNaN(v) {
			continue
		}
		if first < 0 {
			first, low, high = k, k, k
		}
		if v < values[low] {
			low = k
		}
		if v > values[high] {
			high = k
		}
		last = k
	}
	if first < 0 {
		return out
	}
	kept := [4]int{first, min(low, high), max(low, high), last}
	for n, k := range kept {
		if n == 0 || k != kept[n-1] {
			out = append(out, k)
		}
	}
	return out
}

// Gap gives the number of seconds between two measures from which on a line is
// broken: nothing was measured there, and a line would say what nobody knows.
// It is six times the usual distance, and three months at least.
func Gap(at []int64) int64 {
	if len(at) < 3 {
		return math.MaxInt64
	}
	between := make([]int64, 0, len(at)-1)
	for i := 1; i < len(at); i++ {
		between = append(between, at[i]-at[i-1])
	}
	slices.SortFunc(between, cmp.Compare)
	return max(6*between[len(between)/2], 92*86400)
}

// Span gives the lowest and the highest value in a stretch, with room above and
// below; ok is false when there is no value. A span of nothing gets a tenth.
func Span(series []Series, w Window, bounds ...float64) (low, high float64, ok bool) {
	low, high = math.Inf(1), math.Inf(-1)
	for _, s := range series {
		first, end := Seen(s.At, w)
		for _, v := range s.Values[first:end] {
			if !math.IsNaN(v) {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if low > high {
		return 0, 1, false
	}
	// A bound that is near is shown, one far away would flatten the line.
	reach := max(high-low, math.Abs(high)*0.1)
	for _, b := range bounds {
		if b < low && low-b <= reach {
			low = b
		}
		if b > high && b-high <= reach {
			high = b
		}
	}
	room := (high - low) * 0.08
	if room == 0 {
		room = max(math.Abs(high)*0.05, 0.5)
	}
	return low - room, high + room, true
}
