package widget

import (
	"go/ast"
	"go/parser"
	"go/token"
	"image/color"
	"strconv"
	"testing"

	"carnet/assets"
)

func TestEveryIconHasANameAndEveryNameAnIcon(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "icon.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	named := map[string]bool{"": true, "app": true}
	ast.Inspect(file, func(n ast.Node) bool {
		if spec, ok := n.(*ast.ValueSpec); ok && len(spec.Values) == 1 {
			if text, ok := spec.Values[0].(*ast.BasicLit); ok && text.Kind == token.STRING {
				name, _ := strconv.Unquote(text.Value)
				named[name] = true
				if name != "" && IconResource(IconName(name), color.Black, 20) == nil {
					t.Errorf("there is no icon %q", name)
				}
			}
		}
		return true
	})
	for _, name := range assets.Icons() {
		if !named[name] {
			t.Errorf("icon %q has no name in Go", name)
		}
	}
}

func TestIconsOfDifferentLooksAreDifferentResources(t *testing.T) {
	red, blue := color.NRGBA{R: 255, A: 255}, color.NRGBA{B: 255, A: 255}
	a, b, c := IconResource(IconLab, red, 20), IconResource(IconLab, blue, 20), iconResource(IconLab, red, 20, 2)
	if a.Name() == b.Name() || a.Name() == c.Name() {
		t.Errorf("the toolkit would confuse %s, %s, %s", a.Name(), b.Name(), c.Name())
	}
}
