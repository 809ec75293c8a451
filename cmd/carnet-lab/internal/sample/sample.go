// Package sample makes results of a fictional laboratory that look like real
// ones: letterhead, patient, tables of values with their ranges, curves, scans. It
// is for the tests of carnet-lab and for its load tool; the program itself has no
// use for it.
//
// The same Patient, number and shape give the same bytes.
package sample

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"image/png"
	"math"
	"math/rand/v2"
	"strings"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/text/encoding/charmap"

	"carnet/assets"
)

// Patient is whom a result is about.
type Patient struct {
	INS       string // 15 characters; empty: the result does not say it
	BirthName string
	Given     []string
	Born      string // YYYY-MM-DD
	Female    bool
}

// Shape is what a result holds beside its first table.
type Shape struct {
	Number int       // the result's own: another number, another content
	Day    time.Time // of the sampling
	Embed  bool      // the typeface is embedded
	Pages  int       // of tables; at least one
	Photo  int       // side of a picture like a photograph, in pixels; 0: none
	Logo   int       // side of the letterhead's logo, in pixels; 0: none
}

// Varied gives the n-th of many shapes: results of 50 to 400 KiB, of one page and
// of five, with and without typeface, curves, pictures.
func Varied(n int, day time.Time) Shape {
	r := rand.New(rand.NewPCG(uint64(n), 4))
	s := Shape{Number: n, Day: day.AddDate(0, 0, -r.IntN(3)), Embed: n%3 != 0, Pages: 1 + r.IntN(4), Logo: 90 + r.IntN(60)}
	switch n % 4 {
	case 0:
		s.Photo = 620 + r.IntN(380)
	case 1:
		s.Photo = 260 + r.IntN(560)
	case 2:
		s.Photo, s.Pages, s.Embed = 330+r.IntN(120), 3+r.IntN(3), true
	case 3:
		s.Photo, s.Pages = 450+r.IntN(250), 1
	}
	return s
}

// analysis is one line of a table.
type analysis struct {
	name, unit string
	low, high  float64
}

var analyses = []analysis{
	{"Hémoglobine", "g/dL", 12, 16},
	{"Hématies", "T/L", 4, 5.4},
	{"Leucocytes", "G/L", 4, 10},
	{"Plaquettes", "G/L", 150, 400},
	{"Glycémie à jeun", "g/L", 0.7, 1.1},
	{"Créatinine", "µmol/L", 45, 90},
	{"Sodium", "mmol/L", 135, 145},
	{"Potassium", "mmol/L", 3.5, 5},
	{"Cholestérol total", "g/L", 1.5, 2},
	{"Triglycérides", "g/L", 0.5, 1.5},
	{"ASAT", "UI/L", 10, 35},
	{"ALAT", "UI/L", 10, 40},
	{"TSH", "mUI/L", 0.4, 4},
	{"Ferritine", "µg/L", 15, 150},
	{"CRP", "mg/L", 0, 5},
	{"HbA1c", "%", 4, 6},
}

// page is a result while it is drawn.
type page struct {
	pdf    *fpdf.Fpdf
	family string
	text   func(string) string
	rnd    *rand.Rand
}

// Result draws a result.
func Result(p Patient, s Shape) ([]byte, error) {
	f := fpdf.New("P", "mm", "A4", "")
	f.SetCatalogSort(true)
	f.SetCreationDate(s.Day)
	f.SetModificationDate(s.Day)
	f.SetTitle("Résultats", true)
	f.SetAutoPageBreak(true, 20)
	d := page{pdf: f, family: "Helvetica", text: windows, rnd: rand.New(rand.NewPCG(uint64(s.Number), 7))}
	if s.Embed {
		f.AddUTF8FontFromBytes("ah", "", assets.Regular.Bytes())
		f.AddUTF8FontFromBytes("ah", "B", assets.Bold.Bytes())
		d.family, d.text = "ah", func(t string) string { return t }
	}
	f.AddPage()
	if err := d.head(p, s); err != nil {
		return nil, err
	}
	for n := range max(1, s.Pages) {
		if n > 0 {
			f.AddPage()
		}
		d.table(n)
		d.curve()
	}
	if s.Photo > 0 {
		data, err := photo(d.rnd, s.Photo)
		if err != nil {
			return nil, err
		}
		f.AddPage()
		d.image("photo", "JPEG", data, 170)
	}
	var out bytes.Buffer
	err := f.Output(&out)
	return out.Bytes(), err
}

// windows is text in the encoding of a reader's own typefaces.
func windows(text string) string {
	out, err := charmap.Windows1252.NewEncoder().String(text)
	if err != nil {
		return strings.Map(func(r rune) rune {
			if r > 0x7e {
				return '?'
			}
			return r
		}, text)
	}
	return out
}

func (d page) line(style string, size float64, text string) {
	d.pdf.SetFont(d.family, style, size)
	d.pdf.MultiCell(0, size*0.5, d.text(text), "", "L", false)
}

// head is the letterhead and whom the result is about.
func (d page) head(p Patient, s Shape) error {
	if s.Logo > 0 {
		data, err := logo(d.rnd, s.Logo)
		if err != nil {
			return err
		}
		d.image("logo", "PNG", data, 24)
	}
	d.line("B", 15, "Laboratoire de biologie médicale du Port")
	d.line("", 9, "12 quai des Antilles, 44200 Nantes - Tél. 02 40 00 00 00")
	d.pdf.Ln(4)
	d.line("B", 13, "COMPTE RENDU D'EXAMENS DE BIOLOGIE MÉDICALE")
	d.line("", 10, fmt.Sprintf("Dossier n° %06d", s.Number))
	day := s.Day.Format("02/01/2006")
	d.line("", 10, "Prélevé le : "+day+"   Édité le : "+day)
	d.pdf.Ln(2)
	d.line("B", 11, "Nom de naissance : "+p.BirthName)
	d.line("", 11, "Prénoms : "+strings.Join(p.Given, " "))
	born, sex := p.Born, "Masculin"
	if t, err := time.Parse(time.DateOnly, p.Born); err == nil {
		born = t.Format("02/01/2006")
	}
	if p.Female {
		sex = "Féminin"
	}
	d.line("", 11, "Date de naissance : "+born+"   Sexe : "+sex)
	if p.INS != "" {
		d.line("", 11, "Matricule INS : "+p.INS)
	}
	d.pdf.Ln(4)
	return nil
}

// table is a page of values.
func (d page) table(n int) {
	d.line("B", 11, []string{"Hématologie", "Biochimie", "Immunologie", "Hémostase"}[n%4])
	widths := []float64{70, 30, 30, 50}
	d.pdf.SetFont(d.family, "", 9)
	for range 14 + d.rnd.IntN(12) {
		a := analyses[d.rnd.IntN(len(analyses))]
		value := a.low + (a.high-a.low)*(d.rnd.Float64()*1.4-0.2)
		for i, cell := range []string{a.name, fmt.Sprintf("%.2f", value), a.unit, fmt.Sprintf("%.2f - %.2f", a.low, a.high)} {
			d.pdf.CellFormat(widths[i], 5.2, d.text(cell), "B", 0, "L", false, 0, "")
		}
		d.pdf.Ln(5.2)
	}
	d.pdf.Ln(3)
}

// curve is an electrophoresis, as a path of many points.
func (d page) curve() {
	x, y := 25.0, d.pdf.GetY()+32
	height := 3 + d.rnd.Float64()*6
	d.pdf.SetDrawColor(30, 70, 120)
	d.pdf.MoveTo(x, y)
	for i := range 700 {
		at := float64(i) / 700
		level := height * (6*math.Exp(-math.Pow((at-0.15)*18, 2)) + math.Exp(-math.Pow((at-0.5)*9, 2)) + 2*math.Exp(-math.Pow((at-0.8)*7, 2)))
		d.pdf.LineTo(x+at*160, y-level*0.8-d.rnd.Float64()*0.2)
	}
	d.pdf.DrawPath("D")
	d.pdf.SetY(y + 3)
}

func (d page) image(name, kind string, data []byte, wide float64) {
	o := fpdf.ImageOptions{ImageType: kind}
	d.pdf.RegisterImageOptionsReader(name, o, bytes.NewReader(data))
	d.pdf.ImageOptions(name, 20, d.pdf.GetY(), wide, 0, true, o, 0, "")
}

// logo is a drawing with few colours.
func logo(r *rand.Rand, side int) ([]byte, error) {
	img := image.NewNRGBA(image.Rect(0, 0, side, side))
	base := color.NRGBA{uint8(r.IntN(120)), uint8(60 + r.IntN(120)), uint8(120 + r.IntN(120)), 255}
	for y := range side {
		for x := range side {
			away := math.Hypot(float64(x-side/2), float64(y-side/2)) / float64(side)
			if away < 0.45 && (away < 0.2 || away > 0.3) {
				base.A = uint8(255 - int(away*300))
				img.SetNRGBA(x, y, base)
			}
		}
	}
	var b bytes.Buffer
	err := png.Encode(&b, img)
	return b.Bytes(), err
}

// photo is a picture as a microscope or a scanner gives it: grain everywhere.
func photo(r *rand.Rand, side int) ([]byte, error) {
	img := image.NewRGBA(image.Rect(0, 0, side, side))
	turn := r.Float64() * 6
	for y := range side {
		for x := range side {
			spot := math.Sin(float64(x)/17+turn) * math.Cos(float64(y)/23-turn)
			grain := r.Float64() * 46
			level := 170 + 30*spot + grain
			img.SetRGBA(x, y, color.RGBA{uint8(level), uint8(level - 25), uint8(level - 10), 255})
		}
	}
	var b bytes.Buffer
	err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 88})
	return b.Bytes(), err
}
