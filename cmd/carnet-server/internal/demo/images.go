package demo

import (
	"bytes"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
)

// lesionPNG is the photograph of a spot, without loss.
func lesionPNG() ([]byte, error) {
	var b bytes.Buffer
	err := png.Encode(&b, lesion(1))
	return b.Bytes(), err
}

// lesionJPEG is the photograph of somebody's spot, as a telephone makes it.
func lesionJPEG(whose int) func() ([]byte, error) {
	return func() ([]byte, error) {
		var b bytes.Buffer
		err := jpeg.Encode(&b, lesion(whose), &jpeg.Options{Quality: 80})
		return b.Bytes(), err
	}
}

// lesion draws skin: a spot on a warm ground, with a ruler.
func lesion(whose int) image.Image {
	const w, h = 640, 480
	img := image.NewRGBA(image.Rect(0, 0, w, h))
	rnd := source(whose, 77)
	turn, wide, high := rnd.Float64()*6, 60+rnd.Float64()*50, 50+rnd.Float64()*40
	for y := range h {
		for x := range w {
			noise := rnd.Float64()*8 - 4
			light := 1 - 0.18*math.Hypot(float64(x-w/2)/w, float64(y-h/2)/h)
			r, g, b := 222*light+noise, 178*light+noise, 152*light+noise
			dx, dy := float64(x-300)/wide, float64(y-230)/high
			angle := math.Atan2(dy, dx)
			edge := math.Hypot(dx, dy) / (1 + 0.05*math.Sin(2*angle+turn) + 0.04*math.Sin(3*angle+2) + 0.02*math.Sin(7*angle))
			if edge < 1.08 { // fades over a thin border
				k := min(1, max(0, (1.08-edge)/0.16)) * (0.75 + 0.25*math.Cos(3*edge))
				r, g, b = r*(1-0.42*k), g*(1-0.56*k), b*(1-0.60*k)
			}
			img.Set(x, y, color.RGBA{channel(r), channel(g), channel(b), 255})
		}
	}
	for x := 40; x < 600; x++ { // one mark a millimetre, longer every centimetre
		for y := 420; y < 460; y++ {
			mark := x%10 == 0 && y < 432 || x%100 == 40 && y < 446
			if mark {
				img.Set(x, y, color.RGBA{30, 30, 30, 255})
			} else {
				img.Set(x, y, color.RGBA{245, 245, 240, 255})
			}
		}
	}
	return img
}

// bone is a segment of the drawn hand, with its half thickness.
type bone struct{ x1, y1, x2, y2, r float64 }

// handJPEG draws a radiograph of a hand: bright bones on a dark ground.
func handJPEG() ([]byte, error) {
	const w, h, scale = 432, 540, 720.0 / 432
	bones := hand()
	img := image.NewGray(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			v := 18.0
			for _, b := range bones {
				d := distance(float64(x)*scale, float64(y)*scale, b)
				v = max(v, 70*math.Exp(-d*d/(9*b.r*b.r)), 225-60*math.Pow(d/b.r, 2))
			}
			img.SetGray(x, y, color.Gray{channel(v)})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 85})
	return b.Bytes(), err
}

// hand lays out five rays of bones and two of the forearm.
func hand() []bone {
	var bones []bone
	for ray := range 5 {
		angle := -math.Pi/2 + (float64(ray)-2.2)*0.24
		x, y := 360+float64(ray-2)*34, 590.0
		for _, length := range []float64{130, 78, 52, 36} {
			x2, y2 := x+length*math.Cos(angle), y+length*math.Sin(angle)
			bones = append(bones, bone{x, y, x2, y2, 11})
			x, y = x2+10*math.Cos(angle), y2+10*math.Sin(angle)
		}
	}
	return append(bones, bone{335, 660, 328, 890, 24}, bone{395, 660, 404, 890, 18}, bone{330, 625, 395, 628, 26})
}

// distance is that of a point to a segment.
func distance(x, y float64, b bone) float64 {
	dx, dy := b.x2-b.x1, b.y2-b.y1
	t := max(0, min(1, ((x-b.x1)*dx+(y-b.y1)*dy)/(dx*dx+dy*dy)))
	return math.Hypot(x-b.x1-t*dx, y-b.y1-t*dy)
}

func channel(v float64) uint8 { return uint8(max(0, min(255, v))) }
