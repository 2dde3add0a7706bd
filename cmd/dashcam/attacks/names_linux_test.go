package attacks

import (
	"encoding/json"
	"fmt"
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"

	"dashcam/collectors"
)

// hostile are names that somebody on the host might choose for what dashcam shows.
var hostile = []string{
	"<b>bold</b>", "<img src=x>", "</script>", "<script>x()", "<svg/onload=x>", "\"><i>", "'><i>", "&lt;b&gt;", "<!--", "]]>",
	"javascript:x()", "{{7*7}}", "${7*7}", "`id`", "$(id)", "; reboot", "| sh", "&& id", "\\\" \\\\", "%s%n%x",
	"\u2028line", "\u2029para", "a\u202egnp.exe", "\u2066rtl\u2069", "\ufeffbom", "\u0000nul"[1:], "a\u0301\u0301\u0301", "日本語の名前", "🙈🙉🙊", "\xff\xfe\xfd",
	"a\xc3", "\xed\xa0\x80", "new\nline", "car\rriage", "tab\tbed", "\x1b[31mred", "\x1b]0;t\x07", "\x7f\x08\x08", "__proto__", "constructor",
	"=1+1", "../../etc", "null", "NaN",
}

// TestHostileNames gives them to processes, links and mounts, and looks at what comes out.
// Whether a browser shows them as text is in frontend/e2e.
func TestHostileNames(t *testing.T) {
	t.Parallel()
	if len(hostile) < 40 {
		t.Fatalf("%d names, want at least 40", len(hostile))
	}
	s := newStage(t)
	links, mounts := []string{}, []string{}
	pids := make(map[int]string)
	for i, name := range hostile {
		pids[stand(t, name, []string{"tool", name, strings.Repeat(name, 64<<10/len(name)/8)})] = comm(name)
		// The kernel takes no blanks and slashes in names of links, and no more than 15 bytes.
		if !strings.ContainsAny(name, " /:\n\t\r\v\f%") && len(name) <= 15 && utf8.ValidString(name) && !slices.Contains(links, name) {
			s.run("ip", "link", "add", "name", name, "type", "veth", "peer", "name", fmt.Sprintf("peer%d", i))
			links = append(links, name)
		}
		dir := fmt.Sprintf("/mnt/%d", i)
		if !strings.Contains(name, "/") {
			dir = "/mnt/" + name
		}
		s.mount(dir)
		mounts = append(mounts, dir)
	}
	s.mount("/mnt/" + strings.Repeat(strings.Repeat("<b>", 80)+"/", 15)) // 3,600 bytes
	p := s.start("--log-level", "debug", "--interface-include", "*", "--mount-include", "*", "--interval", "200ms")

	const kind = "hostile names"
	rows, _ := p.processNames(slices.Collect(maps.Keys(pids)))
	for pid, want := range pids {
		got, there := rows[pid]
		attack(t, kind, there && got == want, "the process is called %q, want %q", got, want)
	}
	var shown map[string]bool
	// Each file system is asked by itself, so that they come one by one; on a busy machine
	// the collector of links may miss its first rows.
	for end := time.Now().Add(time.Minute); ; {
		shown = make(map[string]bool)
		for _, each := range object[struct{ Series []series }](p, "/api/v1/series").Series {
			for _, v := range each.Labels {
				shown[v] = true
			}
		}
		missing := slices.ContainsFunc(slices.Concat(mounts, links), func(name string) bool { return !shown[collectors.CleanLabel(name)] })
		if !missing || time.Now().After(end) {
			break
		}
	}
	for _, name := range links {
		attack(t, kind, shown[collectors.CleanLabel(name)], "the link %q is not shown as it is", name)
	}
	for _, dir := range mounts {
		attack(t, kind, shown[collectors.CleanLabel(dir)], "the mount %q is not shown as it is", dir)
	}
	for name := range shown {
		if len(name) > 128+len("\ufffd") || !utf8.ValidString(name) {
			t.Errorf("a label of %d bytes, valid %t", len(name), utf8.ValidString(name))
		}
	}
	for _, path := range []string{"/api/v1/processes", "/api/v1/processes?from=1&to=1000", "/api/v1/health", "/api/v1/series", "/api/v1/host", "/api/v1/history?points=5"} {
		body := p.get(path)
		if !json.Valid([]byte(body)) || !utf8.ValidString(body) || strings.ContainsAny(body, "\u2028\u2029\x1b\x07\r") {
			t.Errorf("%s is not plain JSON in UTF-8", path)
		}
	}
	parser := expfmt.NewTextParser(model.UTF8Validation)
	if _, err := parser.TextToMetricFamilies(strings.NewReader(p.get("/metrics"))); err != nil {
		t.Errorf("/metrics cannot be read: %v", err)
	}
	// What changes names things in the log.
	s.run("ip", "link", "del", links[0])
	s.do(func() { _ = exec.Command("umount", mounts[1]).Run() })
	p.stop()
	for line := range strings.Lines(p.log.String()) {
		if !strings.HasPrefix(line, "time=") || strings.ContainsAny(strings.TrimSuffix(line, "\n"), "\x1b\x07\x7f\r\u2028") {
			t.Errorf("a name broke out of its line in the log: %q", line)
		}
	}
}

// comm is what the kernel keeps of a name.
func comm(name string) string {
	if len(name) > 15 {
		name = name[:15]
	}
	return strings.ToValidUTF8(name, "\ufffd")
}

// processNames asks for the live table of processes until all of these were in it, and
// returns the names by pid and everything that was answered. On a busy machine a scan ends
// before it has read everything, and the next one goes on there.
func (p *program) processNames(pids []int, headers ...string) (names map[int]string, answers string) {
	p.t.Helper()
	names = make(map[int]string)
	var all strings.Builder
	waitUntil(p.t, "all processes to be in the table", func() bool {
		_, answer := p.raw(p.request("GET", "/api/v1/processes", headers...))
		all.WriteString(answer)
		_, body, _ := strings.Cut(answer, "\r\n\r\n")
		var table struct{ Rows [][]json.RawMessage }
		if err := json.Unmarshal([]byte(body), &table); err != nil {
			p.t.Fatalf("table: %v in %.200s", err, body)
		}
		for _, row := range table.Rows {
			var cells struct {
				PID  int
				Name string
			}
			if err := json.Unmarshal(row[1], &cells); err != nil {
				p.t.Fatalf("row %s: %v", row, err)
			}
			names[cells.PID] = cells.Name
		}
		return len(names) > 0 && !slices.ContainsFunc(pids, func(pid int) bool { return names[pid] == "" })
	})
	return names, all.String()
}
