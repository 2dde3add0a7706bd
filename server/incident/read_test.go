package incident

import (
	"bytes"
	"compress/gzip"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
)

var update = flag.Bool("update", false, "write the files of testdata anew")

// TestRead_ReadsFormat1 reads a file that was made when format 1 was new. It is never made
// anew: that would prove nothing to those who have such files.
func TestRead_ReadsFormat1(t *testing.T) {
	path := filepath.Join("testdata", "format1.html")
	if *update {
		if _, err := os.Stat(path); err == nil {
			t.Fatalf("%s is there: a later format gets a file of its own", path)
		}
		ring := named(t)
		o := stretchOf(ring)
		if err := os.WriteFile(path, file(t, ring, o), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := Read(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if r.Head.Host != "db-01.example.net" || r.Head.Rows != 20 || r.Interval != 1000 || r.Info().CPUs != 16 {
		t.Errorf("head %+v, host %+v", r.Head, r.Info())
	}
	values := valuesOf(t, r, collectors.Window{})
	want := value{begins.UnixMilli() + 15_000, "state.memory{}", 1}
	if len(values) != 80 || !sorted(values)[want] {
		t.Errorf("%d values, and %v among them: %t", len(values), want, sorted(values)[want])
	}
	processes, err := collectors.All(r.Tables(t.Context(), "processes", collectors.Window{}))
	if err != nil || len(processes) != 20 || processes[19].Rows[0].Cells[processes[19].Table.Column("name")].Text != "zq-payroll" {
		t.Errorf("%d observations (%v)", len(processes), err)
	}
	events, err := collectors.All(r.Events(t.Context(), collectors.Window{}))
	if err != nil || len(events) != 4 || events[2].Kind != collectors.EventMark {
		t.Errorf("events %+v (%v)", events, err)
	}
	if v, ok := r.Verdict(begins.UnixMilli() + 15_000); !ok || v.Resource != "memory" {
		t.Errorf("verdict %+v", v)
	}
}

// packedFile is a file with these lines, whose checksum is right.
func packedFile(t testing.TB, head Head, lines []byte) []byte {
	t.Helper()
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(lines); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(packed.Bytes())
	head.SHA256 = hex.EncodeToString(sum[:])
	text, err := json.Marshal(head)
	if err != nil {
		t.Fatal(err)
	}
	return []byte(headBegins + string(text) + scriptEnds + linesBegins + base64.StdEncoding.EncodeToString(packed.Bytes()) + scriptEnds)
}

const helloLine = `{"type":"hello","protocol":1,"version":"","build":"","instance":"x","host":{"id":"","hostname":"h"},"intervalMs":1000,"nowMs":1,"oldest":1,"oldestT":1,"newest":1}` + "\n"
const schemaLine = `{"type":"schema","rev":1,"series":[{"id":0,"name":"a","kind":"gauge","quantum":1,"help":"A."}],"panels":[],"resources":[],` +
	`"tables":[{"name":"processes","title":"","help":"","columns":[{"name":"cpu","title":"","kind":"number","quantum":1}],"rank":["cpu"],"top":3}]}` + "\n"
const rowsLine = `{"type":"history","rev":1,"seq":[1,2],"t":[1000,2000],"columns":[[0,[1,2]]]}` + "\n"

// TestRead_RefusesBombs has files that are small and unpack to more than is read of any.
func TestRead_RefusesBombs(t *testing.T) {
	need.Undetected(t)
	most := unpacking{whole: need.Times(t, bounded.whole, 4<<20), line: need.Times(t, bounded.line, 2<<20)}
	for name, c := range map[string]struct {
		lines []byte
		says  string
	}{
		"of lines":  {[]byte(helloLine + schemaLine + strings.Repeat(`{"type":"x"}`+strings.Repeat(" ", 1<<20)+"\n", most.whole>>20)), fmt.Sprint(most.whole>>20, " MiB")},
		"in a line": {bytes.Repeat([]byte(" "), most.line+2), "unpacked"},
	} {
		if _, err := most.read(bytes.NewReader(packedFile(t, Head{Format: 1, Rows: 2}, c.lines))); !errors.Is(err, ErrDamaged) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v with %q", name, err, ErrDamaged, c.says)
		}
	}
}

// TestRead_RefusesInALine has everything else that can be wrong with a file.
func TestRead_RefusesInALine(t *testing.T) {
	ring := simulated(t, 1)
	whole := file(t, ring, stretchOf(ring))
	lines := func(text string) []byte { return packedFile(t, Head{Format: 1, Rows: 2}, []byte(text)) }
	if _, err := Read(bytes.NewReader(lines(helloLine + schemaLine + rowsLine))); err != nil {
		t.Fatalf("the smallest file is refused: %v", err)
	}
	if _, err := Read(bytes.NewReader(lines(helloLine + schemaLine + rowsLine + `{"type":"weather"}`))); err != nil {
		t.Errorf("a line of a later version is refused: %v", err)
	}
	for name, c := range map[string]struct {
		file []byte
		want error
		says string
	}{
		"nothing":              {nil, ErrNoIncident, ""},
		"another page":         {[]byte("<!doctype html><title>x</title>"), ErrNoIncident, ""},
		"cut in the head":      {whole[:bytes.Index(whole, []byte(headBegins))+70], ErrNoIncident, ""},
		"cut in the lines":     {whole[:len(whole)/2], ErrDamaged, "end is missing"},
		"a letter changed":     {bytes.Replace(whole, []byte(linesBegins+"H4s"), []byte(linesBegins+"H4t"), 1), ErrDamaged, "checksum"},
		"no base64":            {bytes.Replace(whole, []byte(linesBegins+"H4s"), []byte(linesBegins+"<b>"), 1), ErrDamaged, "cannot be read"},
		"a later format":       {bytes.Replace(whole, []byte(`{"format":1`), []byte(`{"format":9`), 1), ErrLater, "9"},
		"no format":            {bytes.Replace(whole, []byte(`{"format":1`), []byte(`{"format":0`), 1), ErrDamaged, ""},
		"no head":              {bytes.Replace(whole, []byte(`{"format":1`), []byte(`"format":1`), 1), ErrDamaged, "head"},
		"no rows":              {lines(helloLine + schemaLine), ErrDamaged, "no rows"},
		"fewer rows":           {packedFile(t, Head{Format: 1, Rows: 3}, []byte(helloLine+schemaLine+rowsLine)), ErrDamaged, "its head says 3"},
		"no hello":             {lines(schemaLine), ErrDamaged, "line 1"},
		"two hellos":           {lines(helloLine + helloLine), ErrDamaged, "line 2"},
		"rows and no schema":   {lines(helloLine + rowsLine), ErrDamaged, "before the schema"},
		"a strange series":     {lines(helloLine + schemaLine + strings.Replace(rowsLine, "[[0", "[[7", 1)), ErrDamaged, "series 7"},
		"rows backwards":       {lines(helloLine + schemaLine + strings.Replace(rowsLine, "[1,2],\"t\"", "[2,1],\"t\"", 1)), ErrDamaged, "not behind"},
		"times backwards":      {lines(helloLine + schemaLine + strings.Replace(rowsLine, "1000,2000", "2000,1000", 1)), ErrDamaged, "not behind"},
		"too few values":       {lines(helloLine + schemaLine + strings.Replace(rowsLine, "[1,2]]", "[1]]", 1)), ErrDamaged, "1 values for 2"},
		"a value beyond":       {lines(helloLine + schemaLine + strings.Replace(rowsLine, "[0,[1,2]]", "[0,9007199254740992,[9]]", 1)), ErrDamaged, "2^53"},
		"half a value":         {lines(helloLine + schemaLine + strings.Replace(rowsLine, "[1,2]]", "[1,2.5]]", 1)), ErrDamaged, "whole number"},
		"an odd quantum":       {lines(helloLine + strings.Replace(schemaLine, `"quantum":1,"help"`, `"quantum":0.3,"help"`, 1) + rowsLine), ErrDamaged, "power of two"},
		"a strange table":      {lines(helloLine + schemaLine + rowsLine + `{"type":"table","table":"x","seq":1,"t":1000,"rows":[]}`), ErrDamaged, `"x"`},
		"a table of no row":    {lines(helloLine + schemaLine + rowsLine + `{"type":"table","table":"processes","seq":9,"t":1000,"rows":[]}`), ErrDamaged, "row 9"},
		"a table out of time":  {lines(helloLine + schemaLine + rowsLine + `{"type":"table","table":"processes","seq":1,"t":1001,"rows":[]}`), ErrDamaged, "another time"},
		"a difference to none": {lines(helloLine + schemaLine + rowsLine + `{"type":"table","table":"processes","seq":2,"t":2000,"base":1,"rows":[]}`), ErrDamaged, "differs"},
		"a rank that is none":  {lines(helloLine + strings.Replace(schemaLine, `"rank":["cpu"]`, `"rank":["x"]`, 1)), ErrDamaged, "ranked"},
		"an interval of 0":     {lines(strings.Replace(helloLine, `"intervalMs":1000`, `"intervalMs":0`, 1)), ErrDamaged, "interval"},
	} {
		_, err := Read(bytes.NewReader(c.file))
		if !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, want %v with %q", name, err, c.want, c.says)
		}
		if err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%s is refused in several lines: %q", name, err)
		}
	}
}

// FuzzRead puts lines into a file whose checksum is right, and asks what is read of it
// everything.
func FuzzRead(f *testing.F) {
	f.Add([]byte(helloLine + schemaLine + rowsLine))
	b, err := os.ReadFile(filepath.Join("testdata", "format1.html"))
	if err != nil {
		f.Fatal(err)
	}
	_, lines, _ := strings.Cut(unpacked(f, b), "\n")
	f.Add([]byte(lines))
	f.Fuzz(func(t *testing.T, lines []byte) {
		rows := 0
		for line := range bytes.Lines(lines) {
			var m struct{ Seq []uint64 }
			if json.Unmarshal(line, &m) == nil {
				rows += len(m.Seq)
			}
		}
		r, err := Read(bytes.NewReader(packedFile(t, Head{Format: 1, Rows: rows}, lines)))
		if err != nil {
			if strings.Contains(err.Error(), "\n") {
				t.Errorf("refused in several lines: %q", err)
			}
			return
		}
		w := collectors.Window{}
		schema, err := r.Schema(t.Context(), w)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := collectors.All(r.Columns(t.Context(), collectors.Query{Window: w})); err != nil {
			t.Fatal(err)
		}
		for _, table := range schema.Tables {
			if _, err := collectors.All(r.Tables(t.Context(), table.Name, w)); err != nil {
				t.Fatal(err)
			}
		}
		if _, err := collectors.All(r.Events(t.Context(), w)); err != nil {
			t.Fatal(err)
		}
		r.Verdict(r.Bounds().NewestT)
		// What was read can be made a file again.
		b := r.Bounds()
		if _, err := Make(t.Context(), r, Options{From: max(1, b.OldestT), To: b.NewestT + 1}); err != nil && !errors.Is(err, ErrTooLong) && b.OldestT > 0 && b.NewestT < 1<<50 {
			t.Errorf("what was read cannot be made a file: %v", err)
		}
	})
}
