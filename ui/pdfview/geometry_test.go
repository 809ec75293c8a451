package pdfview

import (
	"math"
	"testing"

	"pgregory.net/rapid"
)

func a4(pages int) geometry {
	g := geometry{fit: FitWidth, window: size{619, 500}}
	for range pages {
		g.sizes = append(g.sizes, size{595, 842})
	}
	return g.settle()
}

func TestFitFollowsTheWindow(t *testing.T) {
	g := a4(1)
	if got := g.shown().w; math.Abs(got-595) > 0.01 {
		t.Errorf("fit to width: the page is %.1f wide", got)
	}
	if o := g.origin(); o.x != margin || o.y != margin {
		t.Errorf("it stands at %v", o)
	}
	g = g.fitTo(FitPage)
	if got := g.shown().h; math.Abs(got-(500-2*margin)) > 0.01 {
		t.Errorf("fit to page: the page is %.1f high", got)
	}
	wide := g.resize(2000, 500)
	if wide.shown() != g.shown() || wide.origin().x < 700 {
		t.Errorf("a wider window puts the page in its middle: %v at %v", wide.shown(), wide.origin())
	}
}

func TestScrollingGoesFromPageToPage(t *testing.T) {
	g := a4(3)
	g = g.scroll(0, 100)
	if g.page != 0 || g.offset.y != 100 {
		t.Fatalf("page %d at %v", g.page, g.offset)
	}
	g = g.scroll(0, 10_000)
	if g.page != 0 || g.offset.y != g.most().y {
		t.Fatalf("the end of the page comes first: page %d at %v", g.page, g.offset)
	}
	g = g.scroll(0, 1)
	if g.page != 1 || g.offset.y != 0 {
		t.Fatalf("then the next page: page %d at %v", g.page, g.offset)
	}
	g = g.scroll(0, -1)
	if g.page != 0 || g.offset.y != g.most().y {
		t.Fatalf("and back to the end of the one before: page %d at %v", g.page, g.offset)
	}
	if g = a4(1).scroll(0, 1e6).scroll(0, 1); g.page != 0 {
		t.Fatal("after the last page comes none")
	}
}

func TestZoomKeepsTheMiddle(t *testing.T) {
	g := a4(1)
	g.offset.y = 200
	middle := func(g geometry) box {
		return g.onPage(box{g.window.w / 2, g.window.h / 2, g.window.w / 2, g.window.h / 2})
	}
	before := middle(g)
	after := middle(g.zoomTo(g.zoom * 2))
	if math.Abs(before.top-after.top) > 15 || math.Abs(before.left-after.left) > 15 {
		t.Errorf("the middle went from %v to %v", before, after)
	}
	if z := g.zoomTo(1000).zoom; z != maxZoom {
		t.Errorf("zoom %v", z)
	}
	if z := g.zoomTo(0).zoom; z != minZoom {
		t.Errorf("zoom %v", z)
	}
}

func TestRevealShowsWhatIsOff(t *testing.T) {
	g := a4(1)
	b := box{72, 800, 120, 812}
	g = g.reveal(b)
	on := g.onScreen(b)
	if on.top < 0 || on.bottom > g.window.h {
		t.Errorf("it stands at %v of a window %v high", on, g.window.h)
	}
	if again := g.reveal(b); again.offset != g.offset {
		t.Error("what is seen must not move")
	}
}

// Turning the page, zooming and scrolling must not change which part of it one
// points at.
func TestPlacesGoThereAndBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		g := geometry{
			sizes:    []size{{rapid.Float64Range(10, 3000).Draw(t, "w"), rapid.Float64Range(10, 3000).Draw(t, "h")}},
			rotation: rapid.IntRange(0, 3).Draw(t, "rotation"),
			window:   size{rapid.Float64Range(50, 3000).Draw(t, "ww"), rapid.Float64Range(50, 3000).Draw(t, "wh")},
			fit:      Fit(rapid.IntRange(0, 2).Draw(t, "fit")),
			zoom:     rapid.Float64Range(0.1, 8).Draw(t, "zoom"),
			offset:   place{rapid.Float64Range(0, 5000).Draw(t, "x"), rapid.Float64Range(0, 5000).Draw(t, "y")},
		}.settle()
		x, y := rapid.Float64Range(0, g.sizes[0].w).Draw(t, "px"), rapid.Float64Range(0, g.sizes[0].h).Draw(t, "py")
		b := box{x, y, x + 1, y + 2}
		got := g.onPage(g.onScreen(b))
		for _, d := range []float64{got.left - b.left, got.top - b.top, got.right - b.right, got.bottom - b.bottom} {
			if math.Abs(d) > 1e-6 {
				t.Fatalf("%v came back as %v", b, got)
			}
		}
		if m := g.most(); g.offset.x < 0 || g.offset.y < 0 || g.offset.x > m.x || g.offset.y > m.y {
			t.Fatalf("offset %v beyond %v", g.offset, m)
		}
	})
}
