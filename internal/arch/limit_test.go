package arch

import (
	"bytes"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"testing"
)

const maxLines = 500

// bannedNames are packages that hold whatever nobody found a place for.
var bannedNames = []string{"base", "common", "core", "helpers", "models", "types", "util"}

// clocks are the trees that may ask for the time: where a program begins, and
// tests. Everybody else is given it.
var clocks = []string{"cmd", "internal/server", "internal/testkit", "test"}

func TestHouseLimits(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir():
			if name != "." && strings.HasPrefix(entry.Name(), ".") || entry.Name() == "node_modules" {
				return fs.SkipDir
			}
			return nil
		case path.Ext(name) != ".go", strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		checkFile(t, name, text)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}

func checkFile(t *testing.T, name string, text []byte) {
	t.Helper()
	files := token.NewFileSet()
	file, err := parser.ParseFile(files, name, text, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		t.Error(err)
		return
	}
	if ast.IsGenerated(file) {
		return
	}
	if lines := bytes.Count(text, []byte("\n")); lines > maxLines {
		t.Errorf("%s has %d lines; %d are the limit", name, lines, maxLines)
	}
	if slices.Contains(bannedNames, file.Name.Name) {
		t.Errorf("%s: package %s says nothing about what it holds", name, file.Name.Name)
	}
	mayAskTime := isTestPackage("admit/"+path.Dir(name)) ||
		slices.ContainsFunc(clocks, func(tree string) bool { return strings.HasPrefix(name, tree+"/") })
	ast.Inspect(file, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv == nil && n.Name.Name == "init" {
				t.Errorf("%s: no init: what runs is called", files.Position(n.Pos()))
			}
		case *ast.SelectorExpr:
			switch selector(n) {
			case "http.DefaultClient":
				t.Errorf("%s: take an *http.Client instead of http.DefaultClient", files.Position(n.Pos()))
			case "time.Now", "time.Since", "time.Until":
				if !mayAskTime {
					t.Errorf("%s: time is passed in: take a now func() time.Time", files.Position(n.Pos()))
				}
			}
		}
		return true
	})
}

// selector writes package.Name of an expression, "" if it is none.
func selector(e *ast.SelectorExpr) string {
	pkg, ok := e.X.(*ast.Ident)
	if !ok {
		return ""
	}
	return pkg.Name + "." + e.Sel.Name
}
