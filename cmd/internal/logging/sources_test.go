package logging

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"
)

// verbs are the logging methods that take a message first.
var verbs = map[string]bool{"Debug": true, "Info": true, "Warn": true, "Error": true, "Fatal": true, "Panic": true, "Trace": true}

// TestMessagesAreConstants reads every source file of the repository: a log
// message built at run time could carry a name past the list of fields.
func TestMessagesAreConstants(t *testing.T) {
	root := filepath.Join("..", "..", "..")
	seen := 0
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() && (strings.HasPrefix(d.Name(), ".") && path != root || d.Name() == "testdata") {
			return filepath.SkipDir
		}
		if d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return nil //nolint:nilerr // a file being written does not compile: the compiler says so
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if call, ok := n.(*ast.CallExpr); ok {
				seen += checkCall(t, path, call)
			}
			return true
		})
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if seen == 0 {
		t.Error("no log call found: this test looks in the wrong place")
	}
}

// checkCall refuses a log call whose message is not a constant; it gives 1 for
// a log call, 0 for another.
func checkCall(t *testing.T, path string, call *ast.CallExpr) int {
	sel, ok := call.Fun.(*ast.SelectorExpr)
	if !ok || !onLogger(sel.X) {
		return 0
	}
	name := strings.TrimSuffix(strings.TrimSuffix(sel.Sel.Name, "ln"), "f")
	if !verbs[name] {
		return 0
	}
	if name != sel.Sel.Name {
		t.Errorf("%s: %s formats its message; write a constant and fields", path, sel.Sel.Name)
		return 1
	}
	if len(call.Args) == 0 {
		return 1
	}
	switch arg := call.Args[0].(type) {
	case *ast.BasicLit:
	case *ast.Ident:
	case *ast.SelectorExpr: // a named constant or a field given once, at construction
	default:
		t.Errorf("%s: message of %s is computed (%T)", path, sel.Sel.Name, arg)
	}
	return 1
}

// onLogger tells a logger by its name or by the chain that made it.
func onLogger(x ast.Expr) bool {
	switch v := x.(type) {
	case *ast.Ident:
		return strings.EqualFold(v.Name, "log") || strings.EqualFold(v.Name, "logger")
	case *ast.SelectorExpr:
		return strings.EqualFold(v.Sel.Name, "log") || strings.EqualFold(v.Sel.Name, "logger")
	case *ast.CallExpr:
		if sel, ok := v.Fun.(*ast.SelectorExpr); ok {
			return strings.HasPrefix(sel.Sel.Name, "With") && onLogger(sel.X)
		}
	}
	return false
}
