// Package assets embeds what the desktop shows and does not compute: the
// typeface, the icons and the translations. It imports the standard library
// only, so that every layer may read from it.
//
// Icons are 24-point SVGs of one set: a stroke of 1.75 in "currentColor", round
// caps and joins, no fill. Icon gives one with its colour put in, because the
// toolkit's own colouring changes fills alone. Names are those of the files.
//
// The typeface is Atkinson Hyperlegible (SIL Open Font Licence, fonts/OFL.txt):
// 0 and O, 1, l and I, 5 and S cannot be confused in it. It lacks U+202F and
// most signs, so texts use U+00A0 and drawn icons.
//
// Translations: the French text is the key, written where it is used; en.json
// gives the English, fr.json the toolkit's own words in French.
package assets

import (
	"bytes"
	"embed"
	"io/fs"
	"path"
	"strconv"
	"strings"
)

//go:embed fonts icons translations
var files embed.FS

// Font names a file of the typeface.
type Font string

// The faces in use.
const (
	Regular  Font = "AtkinsonHyperlegible_400Regular.ttf"
	Bold     Font = "AtkinsonHyperlegible_700Bold.ttf"
	Italic   Font = "AtkinsonHyperlegible_400Regular_Italic.ttf"
	Mono     Font = "AtkinsonHyperlegibleMono_400Regular.ttf"
	MonoBold Font = "AtkinsonHyperlegibleMono_700Bold.ttf"
)

// Bytes gives the TrueType file; nil for a name that is not one of the faces.
func (f Font) Bytes() []byte {
	b, err := files.ReadFile(path.Join("fonts", string(f)))
	if err != nil {
		return nil
	}
	return b
}

// Icon gives the SVG called name drawn in colour ("#rrggbb") with strokes of a
// width in pixels, and whether there is such an icon. The toolkit scales shapes
// and leaves widths as they are, so whoever draws it larger says how wide.
func Icon(name, colour string, stroke float64) ([]byte, bool) {
	b, err := files.ReadFile(path.Join("icons", name+".svg"))
	if err != nil {
		return nil, false
	}
	b = bytes.ReplaceAll(b, []byte("currentColor"), []byte(colour))
	width := strconv.FormatFloat(stroke, 'f', 2, 64)
	return bytes.ReplaceAll(b, []byte(`stroke-width="1.75"`), []byte(`stroke-width="`+width+`"`)), true
}

// Icons lists the names of all icons, in alphabetical order.
func Icons() []string {
	entries, err := fs.ReadDir(files, "icons")
	if err != nil {
		return nil
	}
	names := make([]string, 0, len(entries))
	for _, e := range entries {
		names = append(names, strings.TrimSuffix(e.Name(), ".svg"))
	}
	return names
}

// Translations gives the JSON of a language ("fr", "en") as the toolkit's lang
// package reads it, and whether there is one.
func Translations(language string) ([]byte, bool) {
	b, err := files.ReadFile(path.Join("translations", language+".json"))
	return b, err == nil
}
