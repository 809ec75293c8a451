package pagetext

import (
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/encoding/charmap"
)

// base fills the codes by one of the encodings that have a name (ISO 32000-1,
// annex D); false when it is none of them.
func (f *face) base(name string) bool {
	switch name {
	case "WinAnsiEncoding":
		for c := range 256 {
			f.simple[c] = string(charmap.Windows1252.DecodeByte(byte(c)))
		}
		for _, c := range []int{0x7F, 0x81, 0x8D, 0x8F, 0x90, 0x9D} {
			f.simple[c] = "•"
		}
		f.simple[0xA0], f.simple[0xAD] = " ", "-"
	case "MacRomanEncoding":
		for c := range 256 {
			f.simple[c] = string(charmap.Macintosh.DecodeByte(byte(c)))
		}
		f.simple[0xCA] = " "
	case "StandardEncoding":
		for c := ' '; c < 0x7F; c++ {
			f.simple[c] = string(c)
		}
		f.simple['\''], f.simple['`'] = "’", "‘"
	default:
		return false
	}
	for c := range ' ' {
		f.simple[c] = ""
	}
	return true
}

// glyphNames are Adobe's names of the characters from space to ÿ in Windows'
// order, and a few more.
const glyphNames = `space exclam quotedbl numbersign dollar percent ampersand quotesingle parenleft parenright asterisk plus comma hyphen period slash
zero one two three four five six seven eight nine colon semicolon less equal greater question at
A B C D E F G H I J K L M N O P Q R S T U V W X Y Z bracketleft backslash bracketright asciicircum underscore grave
a b c d e f g h i j k l m n o p q r s t u v w x y z braceleft bar braceright asciitilde .
Euro . quotesinglbase florin quotedblbase ellipsis dagger daggerdbl circumflex perthousand Scaron guilsinglleft OE . Zcaron . . quoteleft quoteright
quotedblleft quotedblright bullet endash emdash tilde trademark scaron guilsinglright oe . zcaron Ydieresis
nbspace exclamdown cent sterling currency yen brokenbar section dieresis copyright ordfeminine guillemotleft logicalnot sfthyphen registered macron
degree plusminus twosuperior threesuperior acute mu paragraph periodcentered cedilla onesuperior ordmasculine guillemotright onequarter onehalf threequarters questiondown
Agrave Aacute Acircumflex Atilde Adieresis Aring AE Ccedilla Egrave Eacute Ecircumflex Edieresis Igrave Iacute Icircumflex Idieresis
Eth Ntilde Ograve Oacute Ocircumflex Otilde Odieresis multiply Oslash Ugrave Uacute Ucircumflex Udieresis Yacute Thorn germandbls
agrave aacute acircumflex atilde adieresis aring ae ccedilla egrave eacute ecircumflex edieresis igrave iacute icircumflex idieresis
eth ntilde ograve oacute ocircumflex otilde odieresis divide oslash ugrave uacute ucircumflex udieresis yacute thorn ydieresis`

var glyphTable = sync.OnceValue(func() map[string]string {
	table := map[string]string{
		"fi": "fi", "fl": "fl", "ff": "ff", "ffi": "ffi", "ffl": "ffl", "minus": "−", "fraction": "⁄", "dotlessi": "ı", "Lslash": "Ł", "lslash": "ł",
		"lessequal": "≤", "greaterequal": "≥", "notequal": "≠", "alpha": "α", "beta": "β", "gamma": "γ", "delta": "δ", "Omega": "Ω", "infinity": "∞",
		"ring": "˚", "caron": "ˇ", "breve": "˘", "dotaccent": "˙", "hungarumlaut": "˝", "ogonek": "˛", "uni00A0": " ", "approxequal": "≈", "arrowright": "→",
	}
	for i, name := range strings.Fields(glyphNames) {
		if name != "." {
			table[name] = string(charmap.Windows1252.DecodeByte(byte(' ' + i)))
		}
	}
	table["nbspace"], table["sfthyphen"] = " ", "-"
	return table
})

// glyph gives the character that a glyph's name stands for, "" when it is not
// known.
func glyph(name string) string {
	if t, ok := glyphTable()[name]; ok {
		return t
	}
	if hex, ok := strings.CutPrefix(name, "uni"); ok && len(hex) == 4 {
		if n, err := strconv.ParseUint(hex, 16, 16); err == nil && n >= ' ' {
			return string(rune(n))
		}
	}
	return ""
}
