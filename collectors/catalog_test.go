package collectors

import (
	"go/ast"
	"go/parser"
	"go/token"
	"math"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// Families must list every family declared in the catalog: /metrics, the synthetic
// host and the page's own panels go by it.
func TestFamilies_ListsEveryDeclaredFamily(t *testing.T) {
	var declared []string
	for _, name := range []string{"catalog.go", "services_catalog.go", "signs_catalog.go"} {
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, 0)
		if err != nil {
			t.Fatal(err)
		}
		for _, d := range file.Decls {
			g, ok := d.(*ast.GenDecl)
			if !ok || g.Tok != token.VAR {
				continue
			}
			for _, s := range g.Specs {
				v := s.(*ast.ValueSpec)
				if v.Names[0].IsExported() && !isTable(v) {
					declared = append(declared, v.Names[0].Name)
				}
			}
		}
	}
	if len(declared) < 100 {
		t.Fatalf("found only %d declared families: the parser of this test is wrong", len(declared))
	}
	if got, want := len(Families()), len(declared); got != want {
		t.Errorf("Families lists %d families, %d are declared", got, want)
	}
}

func isTable(v *ast.ValueSpec) bool {
	u, ok := v.Values[0].(*ast.UnaryExpr)
	if !ok {
		return false
	}
	c, ok := u.X.(*ast.CompositeLit)
	return ok && c.Type.(*ast.Ident).Name == "Table"
}

func TestFamilies_AreValidAndUnique(t *testing.T) {
	seen := map[string]bool{}
	for _, f := range Families() {
		if err := f.Validate(); err != nil {
			t.Error(err)
		}
		if seen[f.Name] {
			t.Errorf("two families are called %s", f.Name)
		}
		seen[f.Name] = true
	}
}

func TestPanelsAndResources_NameExistingFamilies(t *testing.T) {
	byName := map[string]*Family{}
	for _, f := range Families() {
		byName[f.Name] = f
	}
	need := func(where, family string) {
		if byName[family] == nil {
			t.Errorf("%s names the unknown family %q", where, family)
		}
	}
	ids := map[string]bool{}
	var first []int
	for _, p := range Panels() {
		if ids[p.ID] {
			t.Errorf("two panels are called %s", p.ID)
		}
		ids[p.ID] = true
		if p.First > 0 {
			first = append(first, p.First)
		}
		for _, f := range p.Families {
			need("panel "+p.ID, f)
		}
		for _, l := range p.Layers {
			need("panel "+p.ID, l.Family)
			if !slices.Contains(p.Families, l.Family) {
				t.Errorf("panel %s draws %s, which its families leave out", p.ID, l.Family)
			}
		}
		if p.Strip != "" {
			need("panel "+p.ID, p.Strip)
		}
	}
	if diff := cmp.Diff([]int{1, 2, 3, 4, 5, 6}, first); diff != "" {
		t.Errorf("places on the first screen (-want +got):\n%s", diff)
	}
	for _, r := range Resources() {
		for _, s := range slices.Concat(r.Use, r.Sat, r.Err) {
			need("resource "+r.ID, s.Family)
		}
		need("resource "+r.ID, r.State)
		need("resource "+r.ID, r.Cause)
		need("resource "+r.ID, r.Since)
		for _, c := range r.Caption {
			if c.Family != "" {
				need("caption of "+r.ID, c.Family)
			}
		}
		if r.Rank != "" && Processes.Column(r.Rank) < 0 {
			t.Errorf("resource %s ranks by the unknown column %q", r.ID, r.Rank)
		}
	}
}

// TestPanels_ShowEveryReading: a family without a panel is charted under a title made
// from its name, which is for the collectors of others.
func TestPanels_ShowEveryReading(t *testing.T) {
	shown := map[string]bool{}
	for _, p := range Panels() {
		shown[p.Strip] = true
		for _, f := range p.Families {
			shown[f] = true
		}
	}
	for _, f := range Families() {
		sign := f.Source == "dashcam" && !strings.HasPrefix(f.Name, "self.") && !strings.HasPrefix(f.Name, "collector.") && !strings.HasPrefix(f.Name, "sampler.")
		if !sign && f.Kind != KindState && !shown[f.Name] {
			t.Errorf("no panel shows %s", f.Name)
		}
	}
}

func TestQuantize(t *testing.T) {
	f := &Family{Quantum: 1.0 / 16}
	cases := map[string]struct {
		in   float64
		want int64
	}{
		"zero is zero":                     {0, 0},
		"rounds to the nearest":            {1.04, 17},
		"a trace never becomes zero":       {1e-9, 1},
		"nor does a negative one":          {-1e-9, -1},
		"not a number is missing":          {math.NaN(), Missing},
		"infinity is missing":              {math.Inf(1), Missing},
		"beyond 2^53 quanta is missing":    {1 << 50, Missing},
		"2^53 quanta are the largest kept": {1 << 49, 1 << 53},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			if got := f.Quantize(c.in); got != c.want {
				t.Errorf("Quantize(%v) = %d, want %d", c.in, got, c.want)
			}
		})
	}
	if got := f.Value(17); got != 17.0/16 {
		t.Errorf("Value(17) = %v", got)
	}
	if !math.IsNaN(f.Value(Missing)) {
		t.Error("Value(Missing) is a number")
	}
}

func TestCleanLabel_BoundsAndRepairsNames(t *testing.T) {
	long := make([]byte, 1<<16)
	for i := range long {
		long[i] = 'a'
	}
	if got := len(CleanLabel(string(long))); got != 128 {
		t.Errorf("a name of 64 KiB keeps %d bytes, want 128", got)
	}
	if got := CleanLabel("a\xffb"); got != "a\uFFFDb" {
		t.Errorf("invalid UTF-8 became %q", got)
	}
	cut := CleanLabel(string(long[:127]) + "é")
	if len(cut) > 128 || cut[len(cut)-1] == 0xC3 {
		t.Errorf("a name was cut inside a character: %q", cut[120:])
	}
}

// Ticks of 10 ms tell a share to a tenth within 100 ms.
func TestCatalog_SharesOfJiffiesAreComputedOverASecond(t *testing.T) {
	for _, f := range Families() {
		counted := f.Source == "/proc/stat" && f.Unit == Percent
		if want := map[bool]time.Duration{true: time.Second}[counted]; f.Window != want {
			t.Errorf("%s: window %s, want %s", f.Name, f.Window, want)
		}
	}
}
