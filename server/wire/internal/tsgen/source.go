package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"path/filepath"
	"strings"
)

// source is what reflection cannot see: comments and constants.
type source struct {
	types  map[string]string            // "wire.Hello" → its comment
	fields map[string]map[string]string // "wire.Hello" → field → its comment
	consts map[string][]constant        // "collectors.Kind" → its constants, in order
	values map[string]constant          // "wire.MaxReach" → an untyped constant
}

type constant struct {
	name, literal, doc string
}

// readSource parses the packages at the given directories (package name → directory).
func readSource(dirs map[string]string) (*source, error) {
	s := &source{
		types:  make(map[string]string),
		fields: make(map[string]map[string]string),
		consts: make(map[string][]constant),
		values: make(map[string]constant),
	}
	for pkg, dir := range dirs {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			if !strings.HasSuffix(e.Name(), ".go") || strings.HasSuffix(e.Name(), "_test.go") {
				continue
			}
			f, err := parser.ParseFile(token.NewFileSet(), filepath.Join(dir, e.Name()), nil, parser.ParseComments)
			if err != nil {
				return nil, fmt.Errorf("parse %s: %w", e.Name(), err)
			}
			s.add(pkg, f)
		}
	}
	return s, nil
}

func (s *source) add(pkg string, f *ast.File) {
	for _, d := range f.Decls {
		g, ok := d.(*ast.GenDecl)
		if !ok {
			continue
		}
		for _, spec := range g.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				s.addType(pkg+"."+spec.Name.Name, g, spec)
			case *ast.ValueSpec:
				if g.Tok == token.CONST {
					s.addConst(pkg, spec)
				}
			}
		}
	}
}

func (s *source) addType(name string, g *ast.GenDecl, spec *ast.TypeSpec) {
	s.types[name] = text(spec.Doc, g.Doc)
	st, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	fields := make(map[string]string)
	for _, f := range st.Fields.List {
		for _, n := range f.Names {
			fields[n.Name] = text(f.Doc, f.Comment)
		}
	}
	s.fields[name] = fields
}

func (s *source) addConst(pkg string, spec *ast.ValueSpec) {
	for i, n := range spec.Names {
		if i >= len(spec.Values) {
			continue
		}
		lit, ok := constLiteral(spec.Values[i])
		if !ok {
			continue
		}
		c := constant{n.Name, lit, text(spec.Doc, spec.Comment)}
		if t, ok := spec.Type.(*ast.Ident); ok {
			s.consts[pkg+"."+t.Name] = append(s.consts[pkg+"."+t.Name], c)
			continue
		}
		s.values[pkg+"."+n.Name] = c
	}
}

// constLiteral returns the TypeScript form of a constant's expression: a literal or a
// shift of two literals, which is all the contract uses.
func constLiteral(e ast.Expr) (string, bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			return "'" + strings.Trim(e.Value, "\"`") + "'", true
		}
		return e.Value, true
	case *ast.BinaryExpr:
		x, okX := constLiteral(e.X)
		y, okY := constLiteral(e.Y)
		return x + " " + e.Op.String() + " " + y, okX && okY
	}
	return "", false
}

// text returns the first comment group that has words.
func text(groups ...*ast.CommentGroup) string {
	for _, g := range groups {
		if t := strings.TrimSpace(g.Text()); t != "" {
			return t
		}
	}
	return ""
}
