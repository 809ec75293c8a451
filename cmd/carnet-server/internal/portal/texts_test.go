package portal

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"carnet/client/terminology"
)

var inTemplate = regexp.MustCompile(`\bt "((?:[^"\\]|\\.)*)"`)

// keys gathers every text that a page can show: of templates, of calls in the
// code, and of the tables.
func keys(t *testing.T) map[string]bool {
	t.Helper()
	out := map[string]bool{}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		data, err := files.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range inTemplate.FindAllStringSubmatch(string(data), -1) {
			out[m[1]] = true
		}
	}
	sources, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range sources {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(f, func(n ast.Node) bool { inCode(n, out); return true })
	}
	for _, k := range []map[string]string{sentences, whyNot, stateWords, relations, acts, depositWords, details, lives, looked, roles, kin, letterStates} {
		for _, text := range k {
			out[text] = true
		}
	}
	for _, tr := range theirs {
		for _, text := range []string{tr.Title, tr.What, tr.Next, tr.Go} {
			out[text] = true
		}
	}
	for _, o := range ours {
		for _, text := range []string{o.Title, o.What, o.Next, o.Go} {
			out[text] = true
		}
	}
	for _, n := range news {
		out[n.who], out[n.none] = true, true
	}
	for _, l := range leads {
		out[l.text] = true
	}
	for _, m := range menus {
		for _, e := range m {
			out[e.Label] = true
		}
	}
	for _, s := range sections {
		for _, text := range []string{s.Title, s.Add, s.What, s.Example, s.When} {
			out[text] = true
		}
		for _, w := range s.Statuses {
			out[w.label] = true
		}
	}
	for _, s := range spans {
		out[s.label] = true
	}
	for _, k := range terminology.Classes() {
		out[k.Label] = true
	}
	delete(out, "")
	return out
}

// inCode takes the texts of c.T("…"), c.done(to, "…"), flash = "…" and of what
// becomes one of them.
func inCode(n ast.Node, out map[string]bool) {
	switch n := n.(type) {
	case *ast.CallExpr:
		name := ""
		if sel, ok := n.Fun.(*ast.SelectorExpr); ok {
			name = sel.Sel.Name
		}
		if len(n.Args) > 0 && (name == "T" || name == "done" || name == "servedDone" || name == "gone") {
			at := 0
			if name == "done" {
				at = 1
			}
			literal(n.Args[at], out)
		}
	case *ast.AssignStmt:
		for i, left := range n.Lhs {
			id, isID := left.(*ast.Ident)
			sel, isSel := left.(*ast.SelectorExpr)
			if (isID && (id.Name == "sentence" || id.Name == "key")) || (isSel && sel.Sel.Name == "flash") {
				literal(n.Rhs[min(i, len(n.Rhs)-1)], out)
			}
		}
	}
}

func literal(e ast.Expr, out map[string]bool) {
	if lit, ok := e.(*ast.BasicLit); ok && lit.Kind == token.STRING {
		if s, err := strconv.Unquote(lit.Value); err == nil {
			out[s] = true
		}
	}
}

func TestEnglishIsComplete(t *testing.T) {
	table := map[string]string{}
	data, err := files.ReadFile("texts/en.json")
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(data, &table); err != nil {
		t.Fatal(err)
	}
	all := keys(t)
	if len(all) < 500 {
		t.Fatalf("only %d texts found: this test looks in the wrong place", len(all))
	}
	verbs := regexp.MustCompile(`%[sd]`)
	for k := range all {
		en, ok := table[k]
		if !ok || en == "" {
			t.Errorf("no English for %q", k)
			continue
		}
		if got, want := strings.Join(verbs.FindAllString(en, -1), ""), strings.Join(verbs.FindAllString(k, -1), ""); got != want {
			t.Errorf("%q puts in %s, its English %s", k, want, got)
		}
	}
	counted := map[string]bool{"1 document lu": true, "%d documents lus": true, "1 document ajouté": true, "%d documents ajoutés": true, "a agi sur le dossier": true}
	for k := range table {
		if !all[k] && !counted[k] {
			t.Errorf("%q is translated and never shown", k)
		}
	}
}

func TestFrenchIsSetAsPrintDoes(t *testing.T) {
	for k := range keys(t) {
		if strings.Contains(k, "'") {
			t.Errorf("%q has a straight apostrophe", k)
		}
		for _, sign := range []string{" :", " ;", " ?", " !", " »", "« "} {
			if strings.Contains(words{"fr", paris()}.T(k), sign) {
				t.Errorf("%q may break before %q", k, sign)
			}
		}
		if regexp.MustCompile(`\pL[:;?!]( |$)`).MatchString(k) {
			t.Errorf("%q lacks a space before its sign", k)
		}
	}
	fr, en := words{"fr", paris()}, words{"en", paris()}
	if got := fr.Date(now) + ", " + fr.Clock(now); got != "21\u00a0nov.\u00a02026, 11\u00a0h\u00a040" {
		t.Errorf("French writes %q", got)
	}
	if got := en.Date(now) + ", " + en.Clock(now); got != "21\u00a0Nov\u00a02026, 11:40" {
		t.Errorf("English writes %q", got)
	}
	for in, want := range map[string]string{"2019": "2019", "2019-11": "nov.\u00a02019", "2019-11-21": "21\u00a0nov.\u00a02019", "2019-11-21T23:30:00Z": "22\u00a0nov.\u00a02019", "odd": "odd"} {
		if got := fr.DayText(in); got != want {
			t.Errorf("%s is written %q, want %q", in, got, want)
		}
	}
}

func TestEveryIconIsThere(t *testing.T) {
	p, err := newPages(paris())
	if err != nil {
		t.Fatal(err)
	}
	names, err := fs.Glob(files, "templates/*.html")
	if err != nil {
		t.Fatal(err)
	}
	used := map[string]bool{}
	for _, name := range names {
		data, _ := files.ReadFile(name)
		for _, m := range regexp.MustCompile(`icon "([a-z-]+)"`).FindAllStringSubmatch(string(data), -1) {
			used[m[1]] = true
		}
	}
	for _, m := range menus {
		for _, e := range m {
			used[e.Icon] = true
		}
	}
	for _, n := range news {
		used[n.icon] = true
	}
	for _, s := range sections {
		used[s.Icon] = true
	}
	for _, typ := range terminology.Types() {
		used[classIcon(typ.Code)] = true
	}
	for name := range used {
		if p.icons[name] == "" {
			t.Errorf("no icon %s", name)
		}
	}
}
