package pdfview

import "math"

// Fit says how the zoom follows the window.
type Fit int

// The fits.
const (
	FitWidth Fit = iota
	FitPage
	FitNone // the zoom stays what it is
)

const (
	minZoom  = 0.1
	maxZoom  = 8.0
	zoomStep = 1.25
	margin   = 12        // around a page, in screen units
	unit     = 96.0 / 72 // screen units a point at 100 %
)

// size and place are in points on a page, and in screen units on the screen.
type size struct{ w, h float64 }

type place struct{ x, y float64 }

// box is a rectangle, in points or in screen units.
type box struct{ left, top, right, bottom float64 }

// geometry is what is where: which page, how large, turned how, seen through
// which part of the window. It is a value; its methods give the next one.
type geometry struct {
	sizes    []size // of the pages, in points
	page     int
	fit      Fit
	zoom     float64 // 1 is 100 %: 96 dots an inch
	rotation int     // quarter turns clockwise
	window   size    // the surface, in screen units
	offset   place   // the page's upper left part that is scrolled away
}

// turned gives the page's size in points as it is turned.
func (g geometry) turned() size {
	if g.page < 0 || g.page >= len(g.sizes) {
		return size{595, 842}
	}
	s := g.sizes[g.page]
	if g.rotation%2 == 1 {
		s.w, s.h = s.h, s.w
	}
	return s
}

// scale gives screen units a point.
func (g geometry) scale() float64 { return g.zoom * unit }

// shown gives the page's size on the screen.
func (g geometry) shown() size {
	s := g.turned()
	return size{s.w * g.scale(), s.h * g.scale()}
}

// settle recomputes the zoom from the fit and keeps the offset inside the page.
func (g geometry) settle() geometry {
	s := g.turned()
	width := math.Max((g.window.w-2*margin)/(s.w*unit), 0)
	height := math.Max((g.window.h-2*margin)/(s.h*unit), 0)
	switch g.fit {
	case FitWidth:
		g.zoom = width
	case FitPage:
		g.zoom = math.Min(width, height)
	}
	g.zoom = math.Min(math.Max(g.zoom, minZoom), maxZoom)
	g.offset.x = math.Min(math.Max(g.offset.x, 0), g.most().x)
	g.offset.y = math.Min(math.Max(g.offset.y, 0), g.most().y)
	return g
}

// most is how far one can scroll.
func (g geometry) most() place {
	s := g.shown()
	return place{math.Max(s.w+2*margin-g.window.w, 0), math.Max(s.h+2*margin-g.window.h, 0)}
}

// origin gives where the page's upper left corner is on the surface: in the
// middle when the page is smaller.
func (g geometry) origin() place {
	s, m := g.shown(), g.most()
	p := place{margin - g.offset.x, margin - g.offset.y}
	if m.x == 0 {
		p.x = (g.window.w - s.w) / 2
	}
	if m.y == 0 {
		p.y = math.Max((g.window.h-s.h)/2, margin)
		if g.fit == FitWidth {
			p.y = margin // a short page in a high window stands at the top, as paper does
		}
	}
	return p
}

// resize takes the surface's new size; the same part of the page stays at the
// top.
func (g geometry) resize(w, h float64) geometry {
	before := g.shown().h
	g.window = size{w, h}
	share := 0.0
	if before > 0 {
		share = g.offset.y / before
	}
	g = g.settle()
	g.offset.y = share * g.shown().h
	return g.settle()
}

// zoomTo changes the zoom and keeps the middle of what is seen in the middle.
func (g geometry) zoomTo(zoom float64) geometry {
	s := g.shown()
	cx := (g.offset.x + g.window.w/2) / math.Max(s.w, 1)
	cy := (g.offset.y + g.window.h/2) / math.Max(s.h, 1)
	g.fit, g.zoom = FitNone, zoom
	g = g.settle()
	s = g.shown()
	g.offset = place{cx*s.w - g.window.w/2, cy*s.h - g.window.h/2}
	return g.settle()
}

// fitTo changes the fit.
func (g geometry) fitTo(f Fit) geometry {
	g.fit = f
	g.offset.x = 0
	return g.settle()
}

// turn turns the page a quarter clockwise and shows its top.
func (g geometry) turn() geometry {
	g.rotation = (g.rotation + 1) % 4
	g.offset = place{}
	return g.settle()
}

// goTo shows the top of a page, or its end.
func (g geometry) goTo(page int, end bool) geometry {
	g.page = min(max(page, 0), max(len(g.sizes)-1, 0))
	g.offset.y = 0
	g = g.settle()
	if end {
		g.offset.y = g.most().y
	}
	return g
}

// scroll moves by dx, dy. Past the end of a page it goes on with the next one,
// past its top with the one before.
func (g geometry) scroll(dx, dy float64) geometry {
	switch {
	case dy > 0 && g.offset.y >= g.most().y-0.5 && g.page < len(g.sizes)-1:
		return g.goTo(g.page+1, false)
	case dy < 0 && g.offset.y <= 0.5 && g.page > 0:
		return g.goTo(g.page-1, true)
	}
	g.offset.x += dx
	g.offset.y += dy
	return g.settle()
}

// onScreen gives where a rectangle of the page stands on the surface.
func (g geometry) onScreen(b box) box {
	s := g.sizes[g.page]
	turn := func(x, y float64) place {
		switch g.rotation {
		case 1:
			return place{s.h - y, x}
		case 2:
			return place{s.w - x, s.h - y}
		case 3:
			return place{y, s.w - x}
		}
		return place{x, y}
	}
	a, c := turn(b.left, b.top), turn(b.right, b.bottom)
	o, k := g.origin(), g.scale()
	return ordered(box{o.x + a.x*k, o.y + a.y*k, o.x + c.x*k, o.y + c.y*k})
}

// onPage gives which rectangle of the page stands at a rectangle of the
// surface.
func (g geometry) onPage(b box) box {
	s := g.sizes[g.page]
	o, k := g.origin(), g.scale()
	turnBack := func(x, y float64) place {
		x, y = (x-o.x)/k, (y-o.y)/k
		switch g.rotation {
		case 1:
			return place{y, s.h - x}
		case 2:
			return place{s.w - x, s.h - y}
		case 3:
			return place{s.w - y, x}
		}
		return place{x, y}
	}
	a, c := turnBack(b.left, b.top), turnBack(b.right, b.bottom)
	return ordered(box{a.x, a.y, c.x, c.y})
}

// reveal scrolls so that a rectangle of the page is seen, a third from the top
// when it was not.
func (g geometry) reveal(b box) geometry {
	on := g.onScreen(b)
	if on.top >= 0 && on.bottom <= g.window.h && on.left >= 0 && on.right <= g.window.w {
		return g
	}
	g.offset.y += on.top - g.window.h/3
	g.offset.x += (on.left+on.right)/2 - g.window.w/2
	return g.settle()
}

func ordered(b box) box {
	return box{math.Min(b.left, b.right), math.Min(b.top, b.bottom), math.Max(b.left, b.right), math.Max(b.top, b.bottom)}
}
