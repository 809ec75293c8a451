package pdfcheck

import (
	"bytes"
	"fmt"
	"image"
	"image/color"
	"image/jpeg"
	"os"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"codeberg.org/go-pdf/fpdf"
	"golang.org/x/image/font/gofont/gobold"
	"golang.org/x/image/font/gofont/goregular"

	"carnet/client/pdfium"
)

// laboratory is a result as a laboratory's software prints it: embedded
// fonts, a letterhead, tables with rules, pages, and a curve as a picture that
// brings the file to about n bytes.
func laboratory(tb testing.TB, pages, n int) []byte {
	tb.Helper()
	pdf := fpdf.New("P", "mm", "A4", "")
	pdf.SetCatalogSort(true)
	pdf.SetModificationDate(time.Unix(0, 0))
	pdf.SetCreationDate(time.Unix(0, 0))
	pdf.AddUTF8FontFromBytes("go", "", goregular.TTF)
	pdf.AddUTF8FontFromBytes("go", "B", gobold.TTF)
	for p := range pages {
		pdf.AddPage()
		pdf.SetFont("go", "B", 15)
		pdf.Cell(0, 10, "Laboratoire de biologie médicale des Tilleuls")
		pdf.Ln(10)
		pdf.SetFont("go", "", 10)
		pdf.Cell(0, 6, "Patient : DESMAUX Marie-Hélène, née le 12/07/1974 — compte rendu d’examens")
		pdf.Ln(9)
		if p == 0 {
			picture := curve(tb, n-40_000)
			pdf.RegisterImageOptionsReader("curve", fpdf.ImageOptions{ImageType: "JPG"}, bytes.NewReader(picture))
			pdf.Image("curve", 150, 8, 45, 0, false, "", 0, "")
		}
		for i := range 34 {
			pdf.CellFormat(70, 6, fmt.Sprintf("Hémoglobine glyquée %d-%d", p, i), "1", 0, "L", i%2 == 0, 0, "")
			pdf.CellFormat(35, 6, fmt.Sprintf("%d,%02d g/L", i%17, i*7%100), "1", 0, "R", false, 0, "")
			pdf.CellFormat(45, 6, fmt.Sprintf("%d,0 – %d,5", i%5, i%5+3), "1", 0, "C", false, 0, "")
			pdf.CellFormat(40, 6, "12/03/2026", "1", 1, "L", false, 0, "")
		}
	}
	var b bytes.Buffer
	if err := pdf.Output(&b); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// curve is a picture of about n bytes.
func curve(tb testing.TB, n int) []byte {
	tb.Helper()
	side := 16
	for side*side*2/3 < n {
		side += 16
	}
	img := image.NewGray(image.Rect(0, 0, side, side))
	seed := uint32(7)
	for i := range img.Pix {
		seed = seed*1664525 + 1013904223
		img.SetGray(i%side, i/side, color.Gray{Y: byte(seed >> 25)})
	}
	var b bytes.Buffer
	if err := jpeg.Encode(&b, img, &jpeg.Options{Quality: 75}); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

var classes = []struct {
	name  string
	pages int
	bytes int
}{
	{"50KiB", 2, 50 << 10},
	{"150KiB", 3, 150 << 10},
	{"400KiB", 6, 400 << 10},
	{"2MiB", 10, 2 << 20},
}

// BenchmarkReports measures what one result costs: through a worker, without
// and with its text, and each step alone.
func BenchmarkReports(b *testing.B) {
	for _, class := range classes {
		file := laboratory(b, class.pages, class.bytes)
		b.Logf("%s: %d bytes", class.name, len(file))
		for _, text := range []bool{false, true} {
			name := map[bool]string{false: "plain", true: "text"}[text]
			b.Run(class.name+"/"+name, func(b *testing.B) { throughWorkers(b, file, text) })
		}
		b.Run(class.name+"/scan", func(b *testing.B) {
			for b.Loop() {
				var r Report
				scanFile(file, Limits{}.or(), &r)
			}
		})
		b.Run(class.name+"/pdfcpu", func(b *testing.B) {
			for b.Loop() {
				if _, err := pdfcpuOpinion(file, order{Limits: Limits{}.or(), Text: true}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// workerTime is the processor time that the worker has taken, in steps of 10 ms.
func workerTime(tb testing.TB, c *Checker) time.Duration {
	w := <-c.slots
	defer func() { c.slots <- w }()
	if w == nil {
		return 0
	}
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", w.cmd.Process.Pid))
	if err != nil {
		return 0 // elsewhere than on Linux
	}
	fields := strings.Fields(string(b[bytes.LastIndexByte(b, ')'):]))
	var ticks [2]int64
	for i := range ticks {
		if ticks[i], err = strconv.ParseInt(fields[12+i], 10, 64); err != nil {
			tb.Fatal(err)
		}
	}
	return time.Duration(ticks[0]+ticks[1]) * 10 * time.Millisecond
}

// throughWorkers reports the median and the 99th percentile too.
func throughWorkers(b *testing.B, file []byte, text bool) {
	c := newChecker(b, Options{Workers: 1, Text: text, CacheDir: pdfium.DefaultCacheDir()})
	if r, err := c.Check(b.Context(), file); err != nil || r.Verdict == Refused || text && r.TextSample == "" {
		b.Fatal(r, err)
	}
	b.SetBytes(int64(len(file)))
	var took []time.Duration
	before := workerTime(b, c)
	for b.Loop() {
		begin := time.Now()
		if _, err := c.Check(b.Context(), file); err != nil {
			b.Fatal(err)
		}
		took = append(took, time.Since(begin))
	}
	b.ReportMetric(float64((workerTime(b, c)-before).Microseconds())/1000/float64(len(took)), "cpu-ms")
	slices.Sort(took)
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	w := <-c.slots
	if w != nil {
		b.ReportMetric(float64(peakBytes(w.cmd.Process.Pid)>>20), "peak-MiB")
	}
	c.slots <- w
}
