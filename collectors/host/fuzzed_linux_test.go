package host

import (
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"strings"
	"testing"
)

// TestParsers_AreAllFuzzed reads the package's own source: whatever takes text apart, by its
// name, has to be reached from a fuzz target, directly or through another function.
func TestParsers_AreAllFuzzed(t *testing.T) {
	names, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	calls := map[string]map[string]bool{} // by function, methods by their bare name
	var parsers, targets []string
	files := token.NewFileSet()
	for _, name := range names {
		f, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range f.Decls {
			fn, ok := d.(*ast.FuncDecl)
			if !ok {
				continue
			}
			called := calls[fn.Name.Name]
			if called == nil {
				called = map[string]bool{}
				calls[fn.Name.Name] = called
			}
			ast.Inspect(fn, func(n ast.Node) bool {
				switch n := n.(type) {
				case *ast.Ident:
					called[n.Name] = true
				case *ast.SelectorExpr:
					called[n.Sel.Name] = true
				}
				return true
			})
			switch test := strings.HasSuffix(name, "_test.go"); {
			case test && strings.HasPrefix(fn.Name.Name, "Fuzz"):
				targets = append(targets, fn.Name.Name)
			case !test && strings.HasPrefix(fn.Name.Name, "parse"):
				parsers = append(parsers, fn.Name.Name)
			}
		}
	}
	reached := map[string]bool{}
	for len(targets) > 0 {
		name := targets[0]
		targets = targets[1:]
		if reached[name] {
			continue
		}
		reached[name] = true
		for called := range calls[name] {
			targets = append(targets, called)
		}
	}
	if len(parsers) < 20 {
		t.Errorf("found %d parsers: %q", len(parsers), parsers)
	}
	for _, name := range parsers {
		if !reached[name] {
			t.Errorf("%s is not reached by any fuzz target", name)
		}
	}
}
