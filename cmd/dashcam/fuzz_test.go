package main

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors/collectortest/need"
)

// TestFuzz_RunsEveryTarget holds what make fuzz runs against every function of the tree that
// takes a testing.F. Each keeps inputs that go test tries.
func TestFuzz_RunsEveryTarget(t *testing.T) {
	const root = "../.."
	var want []string
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		switch {
		case errors.Is(err, fs.ErrNotExist) && path != root:
			return nil // of a build or of the browser tests beside, which make and remove files
		case err != nil:
			return err
		case d.IsDir() && d.Name() == "node_modules":
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(path, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		dir, err := filepath.Rel(root, filepath.Dir(path))
		for _, declared := range file.Decls {
			if f, ok := declared.(*ast.FuncDecl); ok && takesF(f) {
				want = append(want, "./"+filepath.ToSlash(dir)+" "+f.Name.Name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	need.Program(t, "bash")
	out, err := exec.Command(root+"/.ci/fuzz", "--list").Output()
	if err != nil {
		t.Fatalf(".ci/fuzz --list: %v", err)
	}
	got := strings.Split(strings.TrimSpace(string(out)), "\n")
	slices.Sort(want)
	slices.Sort(got)
	if diff := cmp.Diff(want, got); diff != "" || len(want) == 0 {
		t.Errorf("targets (-in the tree +run by make fuzz):\n%s", diff)
	}
	for _, target := range want {
		dir, name, _ := strings.Cut(target, " ")
		kept, err := os.ReadDir(filepath.Join(root, dir, "testdata", "fuzz", name))
		if err != nil || len(kept) == 0 {
			t.Errorf("%s keeps no input in testdata/fuzz/%s (%v)", target, name, err)
		}
	}
}

// takesF reports whether the one parameter of f is a *testing.F.
func takesF(f *ast.FuncDecl) bool {
	if f.Recv != nil || len(f.Type.Params.List) != 1 {
		return false
	}
	pointer, ok := f.Type.Params.List[0].Type.(*ast.StarExpr)
	if !ok {
		return false
	}
	selector, ok := pointer.X.(*ast.SelectorExpr)
	return ok && selector.Sel.Name == "F" && strings.HasPrefix(f.Name.Name, "Fuzz")
}
