package portal

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestColoursCanBeRead holds WCAG 2.2: texts 4.5 to 1 (1.4.3), what is no text
// 3 to 1 (1.4.11), light and dark.
func TestColoursCanBeRead(t *testing.T) {
	css, err := files.ReadFile("static/portal.css")
	if err != nil {
		t.Fatal(err)
	}
	roots := regexp.MustCompile(`:root \{([^}]*)\}`).FindAllStringSubmatch(string(css), 3)
	if len(roots) < 2 {
		t.Fatal("no light and dark colours found")
	}
	for i, name := range []string{"light", "dark"} {
		colours := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z]+): #([0-9a-f]+)`).FindAllStringSubmatch(roots[i][1], -1) {
			colours[m[1]] = luminance(t, m[2])
		}
		for least, pairs := range map[float64]string{
			4.5: "ink/paper ink/card ink/pale ink/goodbg ink/warnbg ink/badbg soft/paper soft/card soft/goodbg main/paper main/card main/pale on/main on/bad good/goodbg warn/warnbg bad/badbg bad/card main/warnbg",
			3:   "edge/paper edge/card edge/pale edge/warnbg",
		} {
			for pair := range strings.FieldsSeq(pairs) {
				a, b, _ := strings.Cut(pair, "/")
				if got := contrast(colours[a], colours[b]); got < least {
					t.Errorf("%s: %s has %.2f to 1, needs %v", name, pair, got, least)
				}
			}
		}
	}
}

func contrast(a, b float64) float64 { return (math.Max(a, b) + 0.05) / (math.Min(a, b) + 0.05) }

// luminance is the relative luminance of a colour in hexadecimal.
func luminance(t *testing.T, hex string) float64 {
	t.Helper()
	if len(hex) == 3 {
		hex = string([]byte{hex[0], hex[0], hex[1], hex[1], hex[2], hex[2]})
	}
	var sum float64
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[2*i:2*i+2], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		v := float64(n) / 255
		if v <= 0.04045 {
			v /= 12.92
		} else {
			v = math.Pow((v+0.055)/1.055, 2.4)
		}
		sum += weight * v
	}
	return sum
}
