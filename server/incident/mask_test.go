package incident

import (
	"bytes"
	"compress/gzip"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/history"
)

// names that stand in the scene of the tests, by kind.
var secret = map[string][]string{
	"processes": {"zq-payroll", "tmux: zq-server"},
	"users":     {"alice.zq"},
	"hosts":     {"db-01.example.net", "nas-zq"},
	"addresses": {"203.0.113.77", "2001:db8::77", "02:42:ac:11:00:02"},
	"services":  {"zq-billing", "registry.example.net/zq-billing:7", "4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d"},
	"marks":     {"alice.zq deploys zq-secret-project"},
}

// named is a ring whose host has names in every place where there can be one.
func named(t testing.TB) *history.Ring {
	t.Helper()
	processes := collectors.ProcessesWithCommands
	ring := history.New(history.Config{
		Instance: "01TEST", Panels: collectors.Panels(), Resources: collectors.Resources(),
		Tables: []*collectors.Table{processes, collectors.Services}, Info: func() collectors.Host { return host },
	})
	const group = "/docker/4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d4f2a9c1d"
	var ids []collectors.SeriesID
	for _, s := range []collectors.Series{
		{Family: collectors.UseCPU},
		{Family: collectors.StateMemory},
		{Family: collectors.ServiceMemory, Labels: collectors.LabelsOf("zq-billing", "used")},
		{Family: collectors.FilesystemBytes, Labels: collectors.LabelsOf("/home/alice.zq", "nas-zq:/export"), Info: map[string]string{"device": "nas-zq:/export", "by": "203.0.113.77"}},
	} {
		id, err := ring.Intern(s)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	text := func(w collectors.RowWriter, table *collectors.Table, cells map[string]string) {
		for column, value := range cells {
			w.Text(table.Column(column), value)
		}
	}
	for i := range 20 {
		p := collectors.NewRows(processes)
		w := p.Add("77.1")
		text(w, processes, map[string]string{"name": "zq-payroll", "user": "alice.zq", "cgroup": group, "command": "zq-payroll --for alice.zq --at 203.0.113.77"})
		w.Number(processes.Column("pid"), 77)
		w.Number(processes.Column("cpu"), 90)
		w = p.Add("78.1")
		text(w, processes, map[string]string{"name": "tmux: zq-server", "user": "root", "cgroup": "/user.slice/user-alice.zq.slice/zq-billing.service"})
		w.Number(processes.Column("cpu"), 5)
		s := collectors.NewRows(collectors.Services)
		w = s.Add("1")
		text(w, collectors.Services, map[string]string{"name": "zq-billing", "kind": "docker", "image": "registry.example.net/zq-billing:7", "cgroup": group, "state": "running", "parent": "/docker"})
		w.Number(collectors.Services.Column("cpu"), 90)
		w = s.Add("host")
		text(w, collectors.Services, map[string]string{"name": "kernel and unaccounted"})
		w.Number(collectors.Services.Column("cpu"), 5)
		c := history.Commit{
			Row:    collectors.Row{T: begins.UnixMilli() + int64(i)*1000, IDs: ids, Q: []int64{800, int64(i / 10), 4096, 9}},
			Tables: []*collectors.TableData{p.Data(), s.Data()},
		}
		if i == 5 {
			c.Events = []collectors.Event{
				{Kind: "exit", Text: "zq-payroll crashed by signal SEGV (pid 77)", About: collectors.About{Kind: "process", Name: "zq-payroll", PID: 77, Service: "zq-billing"}},
				{Kind: "route", Text: "eth0 has the address 203.0.113.77, 2001:db8::77 and 02:42:ac:11:00:02", About: collectors.About{Kind: "interface", Name: "eth0"}},
				{Kind: collectors.EventMark, Text: "alice.zq deploys zq-secret-project", About: collectors.About{Kind: "service", Name: "zq-billing"}},
				{Kind: "session", Text: "alice.zq logged in on db-01 from nas-zq"},
			}
		}
		ring.Append(c)
	}
	return ring
}

// unpacked are the lines of a file and its head.
func unpacked(t testing.TB, b []byte) string {
	t.Helper()
	_, packed, err := cut(b)
	if err != nil {
		t.Fatal(err)
	}
	z, err := gzip.NewReader(bytes.NewReader(packed))
	if err != nil {
		t.Fatal(err)
	}
	lines, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	head, _, _ := element(b, headBegins)
	return string(head) + "\n" + string(lines)
}

// TestMask_LeavesNothing looks for every name in every place, and holds that what is not
// masked stays.
func TestMask_LeavesNothing(t *testing.T) {
	ring := named(t)
	o := stretchOf(ring)
	plain := unpacked(t, file(t, ring, o))
	for kind, names := range secret {
		for _, name := range names {
			if !strings.Contains(plain, name) {
				t.Errorf("%s %q is not in a file without masks: this proves nothing", kind, name)
			}
		}
	}
	for kind, names := range secret {
		var err error
		if o.Mask, err = ParseMask(kind); err != nil {
			t.Fatal(err)
		}
		got := unpacked(t, file(t, ring, o))
		for _, name := range names {
			if strings.Contains(got, name) {
				i := strings.Index(got, name)
				t.Errorf("%s are masked, and %q is there: …%s…", kind, name, got[max(0, i-80):min(len(got), i+80)])
			}
		}
	}
	o.Mask = MaskAll
	got := unpacked(t, file(t, ring, o))
	for _, kept := range []string{"kernel and unaccounted", "docker", "eth0", "crashed by signal SEGV", `"process-1`, `"user-1`, `"host-1`, `"service-1`} {
		if !strings.Contains(got, kept) {
			t.Errorf("%q is gone", kept)
		}
	}
	if strings.Contains(got, "zq") || strings.Contains(got, "example") || strings.Contains(got, host.ID) {
		t.Error("something of a name is left")
	}
}

// TestMask_IsConsistent holds that what belonged together still does.
func TestMask_IsConsistent(t *testing.T) {
	ring := named(t)
	o := stretchOf(ring)
	o.Mask = MaskAll
	r, err := Read(bytes.NewReader(file(t, ring, o)))
	if err != nil {
		t.Fatal(err)
	}
	processes, err := collectors.All(r.Tables(t.Context(), "processes", collectors.Window{}))
	if err != nil {
		t.Fatal(err)
	}
	services, err := collectors.All(r.Tables(t.Context(), "services", collectors.Window{}))
	if err != nil {
		t.Fatal(err)
	}
	events, err := collectors.All(r.Events(t.Context(), collectors.Window{}))
	if err != nil {
		t.Fatal(err)
	}
	cell := func(d *collectors.TableData, row int, column string) string {
		return d.Rows[row].Cells[d.Table.Column(column)].Text
	}
	service := cell(services[3], 0, "name")
	if got := cell(processes[3], 0, "cgroup"); got != "/docker/"+service {
		t.Errorf("the process runs in %q, its service is %q", got, service)
	}
	name, user := cell(processes[3], 0, "name"), cell(processes[3], 0, "user")
	want := []string{name + " crashed by signal SEGV (pid 77)", "", "mark-1", user + " logged in on host-1 from host-2"}
	for i := range want {
		if want[i] != "" && events[i].Text != want[i] {
			t.Errorf("event %d is %q, want %q", i, events[i].Text, want[i])
		}
	}
	if events[0].About.Name != name || events[0].About.Service != service {
		t.Errorf("the event is about %+v", events[0].About)
	}
}

func TestPreview_ListsWhatLeaves(t *testing.T) {
	ring := named(t)
	got, err := Preview(t.Context(), ring, stretchOf(ring))
	if err != nil {
		t.Fatal(err)
	}
	if got.Rows != 20 || got.Series != 4 || got.Events != 4 || got.Observations != 40 {
		t.Errorf("%+v", got)
	}
	for kind, names := range secret {
		for _, name := range names {
			if kind == "services" && strings.HasPrefix(name, "4f2a") {
				continue // an id is no name
			}
			found := false
			for _, listed := range got.Names[kind] {
				found = found || listed == name
			}
			if !found {
				t.Errorf("%s %q is not among %q", kind, name, got.Names[kind])
			}
		}
	}
	if diff := cmp.Diff([]string{"db-01.example.net", "nas-zq"}, got.Names["hosts"]); diff != "" {
		t.Errorf("hosts (-want +got):\n%s", diff)
	}
}

func TestParseMask(t *testing.T) {
	for text, want := range map[string]Mask{"": 0, "hosts": MaskHosts, "users, hosts": MaskUsers | MaskHosts, "all": MaskAll} {
		if got, err := ParseMask(text); err != nil || got != want {
			t.Errorf("%q: %v, %v", text, got, err)
		}
	}
	if _, err := ParseMask("hosts,moods"); err == nil || !strings.Contains(err.Error(), `"moods"`) {
		t.Errorf("got %v, want the word that is none", err)
	}
}
