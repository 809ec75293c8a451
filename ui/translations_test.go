package ui

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"sort"
	"strconv"
	"strings"
	"testing"

	"carnet/assets"
)

// uses finds every text that the screens say: the literals given to lang.L, and
// the keys given to lang.X.
func uses(t *testing.T) map[string]string {
	t.Helper()
	found := map[string]string{}
	fset := token.NewFileSet()
	for _, root := range []string{".", "../cmd/carnet"} {
		err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			file, err := parser.ParseFile(fset, path, nil, 0)
			if err != nil {
				return err
			}
			ast.Inspect(file, func(n ast.Node) bool {
				if text, ok := spoken(t, fset, n); ok {
					found[text] = fset.Position(n.Pos()).String()
				}
				return true
			})
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(found) < 100 {
		t.Fatalf("only %d texts found: this test looks in the wrong place", len(found))
	}
	return found
}

// spoken gives the text of a call of lang.L, and whether n is one.
func spoken(t *testing.T, fset *token.FileSet, n ast.Node) (string, bool) {
	call, ok := n.(*ast.CallExpr)
	if !ok {
		return "", false
	}
	name, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || len(call.Args) == 0 {
		return "", false
	}
	if pkg, ok := name.X.(*ast.Ident); !ok || pkg.Name != "lang" {
		return "", false
	}
	if name.Sel.Name != "L" && name.Sel.Name != "X" {
		return "", false
	}
	literal, ok := call.Args[0].(*ast.BasicLit)
	if !ok {
		t.Errorf("%s: a text that is no literal cannot be found by who translates", fset.Position(n.Pos()))
		return "", false
	}
	text, err := strconv.Unquote(literal.Value)
	if err != nil {
		t.Fatal(err)
	}
	return text, true
}

// dictionary reads a file of translations, plain texts only.
func dictionary(t *testing.T, language string) map[string]string {
	t.Helper()
	data, ok := assets.Translations(language)
	if !ok {
		t.Fatalf("no translations for %s", language)
	}
	words := map[string]string{}
	if err := json.Unmarshal(data, &words); err != nil {
		t.Fatal(err)
	}
	return words
}

// fields are the places where values go.
var fields = regexp.MustCompile(`\{\{[^}]*\}\}|%[a-z]`)

func placesOf(text string) string {
	all := fields.FindAllString(text, -1)
	sort.Strings(all)
	return strings.Join(all, " ")
}

func TestEnglishIsComplete(t *testing.T) {
	english := dictionary(t, "en")
	for text, where := range uses(t) {
		translation, ok := english[text]
		switch {
		case !ok || translation == "":
			t.Errorf("%s: no English for %q", where, text)
		case placesOf(text) != placesOf(translation):
			t.Errorf("%s: %q and %q do not take the same values", where, text, translation)
		}
	}
}

// toolkits are the words of the toolkit's own controls, which both files give.
var toolkits = map[string]bool{
	"Quit": true, "Create Folder": true, "Cut": true, "Folder": true, "Advanced": true, "Cancel": true, "Confirm": true,
	"Copy": true, "Enter filename": true, "Error": true, "Favourites": true, "File": true, "New Folder": true, "No": true,
	"OK": true, "Open": true, "Paste": true, "Redo": true, "Save": true, "Select all": true, "Show Hidden Files": true,
	"Undo": true, "Yes": true, "file.name": true, "file.parent": true,
}

func TestNoTranslationIsLeftOver(t *testing.T) {
	said := uses(t)
	for text := range dictionary(t, "en") {
		if _, used := said[text]; !used && !toolkits[text] {
			t.Errorf("nobody says %q any more", text)
		}
	}
	for text := range dictionary(t, "fr") {
		if _, used := said[text]; !used && !toolkits[text] {
			t.Errorf("fr.json: nobody says %q", text)
		}
	}
	for text := range toolkits {
		if dictionary(t, "fr")[text] == "" || dictionary(t, "en")[text] == "" {
			t.Errorf("the toolkit's %q is not translated", text)
		}
	}
}

// breaking are the places of a French text where a line must not break, written
// with an ordinary space in the sources and set right in fr.json.
var breaking = regexp.MustCompile(` ([:;?!»])|« |'`)

func TestFrenchTypography(t *testing.T) {
	french := dictionary(t, "fr")
	set := strings.NewReplacer(" :", "\u00a0:", " ;", "\u00a0;", " ?", "\u00a0?", " !", "\u00a0!", " »", "\u00a0»", "« ", "«\u00a0", "'", "’")
	for text, where := range uses(t) {
		if breaking.MatchString(text) && french[text] != set.Replace(text) {
			t.Errorf("%s: fr.json is to set %q as %q", where, text, set.Replace(text))
		}
	}
}
