package pdfview

import "image/color"

// The colours of what lies on the paper. They do not follow the theme: paper is
// white by day and by night.
var (
	paperWhite = color.NRGBA{R: 0xFF, G: 0xFF, B: 0xFF, A: 0xFF}
	markFill   = color.NRGBA{R: 0xFF, G: 0xD5, B: 0x3D, A: 0x66} // a hit
	markNow    = color.NRGBA{R: 0xFF, G: 0x9B, B: 0x2E, A: 0x80} // the hit that one stands on
	markLine   = color.NRGBA{R: 0x9A, G: 0x5B, B: 0x00, A: 0xFF}
	selectFill = color.NRGBA{R: 0x0A, G: 0x6A, B: 0x82, A: 0x2E}
)
