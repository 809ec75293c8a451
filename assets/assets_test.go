package assets

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

func TestIconsAreOneSet(t *testing.T) {
	names := Icons()
	if len(names) < 50 {
		t.Fatalf("only %d icons", len(names))
	}
	for _, name := range names {
		svg, ok := Icon(name, "#0a6a82", 2.5)
		if !ok {
			t.Errorf("%s is listed and not there", name)
			continue
		}
		decoder := xml.NewDecoder(bytes.NewReader(svg))
		for {
			_, err := decoder.Token()
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				t.Errorf("%s is no SVG: %v", name, err)
				break
			}
		}
		if name == "app" { // the application's own picture has its colours
			continue
		}
		text := string(svg)
		if strings.Contains(text, "currentColor") || strings.Contains(text, `stroke-width="1.75"`) || !strings.Contains(text, "#0a6a82") {
			t.Errorf("%s does not take colour and stroke", name)
		}
		if !strings.Contains(text, `viewBox="0 0 24 24"`) {
			t.Errorf("%s is not 24 points wide", name)
		}
	}
	if _, ok := Icon("no such icon", "#000000", 1); ok {
		t.Error("an icon that does not exist")
	}
}

func TestFontsAreThere(t *testing.T) {
	for _, f := range []Font{Regular, Bold, Italic, Mono, MonoBold} {
		if b := f.Bytes(); len(b) < 10_000 || !bytes.Equal(b[:4], []byte{0, 1, 0, 0}) {
			t.Errorf("%s is no TrueType file", f)
		}
	}
	if Font("none.ttf").Bytes() != nil {
		t.Error("a font that does not exist")
	}
}

func TestTranslationsAreJSON(t *testing.T) {
	for _, language := range []string{"fr", "en"} {
		b, ok := Translations(language)
		var words map[string]string
		if !ok || json.Unmarshal(b, &words) != nil || len(words) == 0 {
			t.Errorf("%s cannot be read", language)
		}
	}
	if _, ok := Translations("../fonts/OFL"); ok {
		t.Error("a path led out of the folder")
	}
}
