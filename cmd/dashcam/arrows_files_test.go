package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// layered are the packages whose files are layers, too: what a file names of another one
// does not lead back to it.
var layered = []string{"collectors/history", "collectors/history/block", "collectors/history/eventlog", "collectors/history/segment", "collectors/history/store"}

func TestArrows_BetweenTheFilesOfTheHistoryPointOneWay(t *testing.T) {
	for _, dir := range layered {
		names, err := filepath.Glob(filepath.Join("../..", dir, "*.go"))
		if err != nil {
			t.Fatal(err)
		}
		files := make(map[string]*ast.File)
		set := token.NewFileSet()
		for _, name := range names {
			if strings.HasSuffix(name, "_test.go") {
				continue
			}
			if files[filepath.Base(name)], err = parser.ParseFile(set, name, nil, 0); err != nil {
				t.Fatal(err)
			}
		}
		if len(files) < 2 {
			t.Fatalf("%s has %d files", dir, len(files))
		}
		for _, circle := range circles(files) {
			t.Errorf("%s: %s", dir, circle)
		}
	}
}

// The check has to see a circle, and no arrow where a method or a field has the name.
func TestArrows_SeesACircleOfFiles(t *testing.T) {
	parse := func(sources map[string]string) []string {
		files := make(map[string]*ast.File)
		for name, text := range sources {
			f, err := parser.ParseFile(token.NewFileSet(), name, "package p\n"+text, 0)
			if err != nil {
				t.Fatal(err)
			}
			files[name] = f
		}
		return circles(files)
	}
	got := parse(map[string]string{"a.go": "func one() { two() }", "b.go": "var two = func() { three() }", "c.go": "func three() { _ = kind{} }; func four() { one() }", "d.go": "type kind struct{}"})
	if len(got) != 1 || !strings.Contains(got[0], "a.go names two of b.go names three of c.go names one of a.go") {
		t.Errorf("circles %q, want the one of a, b and c", got)
	}
	if got := parse(map[string]string{"a.go": "type one struct{ two int }; func x() { _ = one{two: 1} }", "b.go": "func (o *one) three() {}; func two() { var o one; o.three() }"}); got != nil {
		t.Errorf("circles %q, want none", got)
	}
}

// circles returns what files name of each other in a circle. A method belongs to its type,
// and may stand in any file.
func circles(files map[string]*ast.File) (found []string) {
	home := make(map[string]string)
	for name, f := range files {
		for _, d := range f.Decls {
			for _, declared := range declares(d) {
				home[declared] = name
			}
		}
	}
	type arrow struct{ to, name string }
	arrows := make(map[string][]arrow)
	for name, f := range files {
		skipped := leftOut(f)
		for _, id := range f.Unresolved {
			if to := home[id.Name]; to != "" && to != name && !skipped[id.Pos()] && !slices.ContainsFunc(arrows[name], func(a arrow) bool { return a.to == to }) {
				arrows[name] = append(arrows[name], arrow{to, id.Name})
			}
		}
		slices.SortFunc(arrows[name], func(a, b arrow) int { return strings.Compare(a.to, b.to) })
	}
	done := make(map[string]bool)
	var path []string
	var words []string
	var visit func(name string)
	visit = func(name string) {
		if i := slices.Index(path, name); i >= 0 {
			found = append(found, strings.Join(words[i:], "")+name)
			return
		}
		if done[name] {
			return
		}
		path = append(path, name)
		for _, a := range arrows[name] {
			words = append(words, fmt.Sprintf("%s names %s of ", name, a.name))
			visit(a.to)
			words = words[:len(words)-1]
		}
		path = path[:len(path)-1]
		done[name] = true
	}
	names := make([]string, 0, len(files))
	for name := range files {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		visit(name)
	}
	return found
}

// declares returns the names that a declaration gives to the package.
func declares(d ast.Decl) (names []string) {
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil {
			names = append(names, d.Name.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				names = append(names, spec.Name.Name)
			case *ast.ValueSpec:
				for _, name := range spec.Names {
					names = append(names, name.Name)
				}
			}
		}
	}
	return slices.DeleteFunc(names, func(name string) bool { return name == "_" })
}

// leftOut are the places of identifiers that are no arrows: types of receivers, and fields
// that are named in literals.
func leftOut(f *ast.File) map[token.Pos]bool {
	out := make(map[token.Pos]bool)
	ast.Inspect(f, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncDecl:
			if n.Recv != nil {
				ast.Inspect(n.Recv, func(r ast.Node) bool {
					if r != nil {
						out[r.Pos()] = true
					}
					return true
				})
			}
		case *ast.KeyValueExpr:
			if key, ok := n.Key.(*ast.Ident); ok {
				out[key.Pos()] = true
			}
		}
		return true
	})
	return out
}
