package prom

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
)

// withServices has two services of one name, and one of another.
func withServices(r *rig) {
	rows := collectors.NewRows(collectors.Services)
	at := collectors.Services.Column
	for _, each := range []struct {
		kind string
		cpu  float64
	}{{"docker", 150}, {"podman", 25}} {
		w := rows.Add(each.kind)
		w.Text(at("name"), "api")
		w.Text(at("kind"), each.kind)
		w.Number(at("cpu"), each.cpu)
		w.Number(at("memory"), 8192)
	}
	w := rows.Add("c") // a second of the same
	w.Text(at("name"), "api")
	w.Text(at("kind"), "docker")
	w.Number(at("cpu"), 1)
	r.tables = append(r.tables, rows.Data())
}

func TestExporter_NamesServicesWhereItIsAsked(t *testing.T) {
	for _, asked := range []bool{false, true} {
		r := newRig(t)
		r.gauge(collectors.ServiceMemory, 4096, "api", "used")
		withServices(r)
		got := map[string]float64{}
		for name, v := range values(t, r.exporter(func(c *Config) { c.Services = asked })) {
			if strings.HasPrefix(name, "dashcam_service_") {
				got[name] = v
			}
		}
		want := map[string]float64{`dashcam_service_memory_bytes{kind="used",service="api"}`: 4096} // shipped, of those with a limit
		if asked {
			want[`dashcam_service_cpu_ratio{kind="docker",service="api"}`] = 1.5
			want[`dashcam_service_cpu_ratio{kind="podman",service="api"}`] = 0.25
			want[`dashcam_service_working_set_bytes{kind="docker",service="api"}`] = 8192
			want[`dashcam_service_working_set_bytes{kind="podman",service="api"}`] = 8192
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("asked %v (-want +got)\n%s", asked, diff)
		}
	}
}

// TestServiceMetrics_AreOfColumns would fail if a column was named anew, and if a family had
// the name of one.
func TestServiceMetrics_AreOfColumns(t *testing.T) {
	taken := map[string]bool{}
	for _, f := range collectors.Families() {
		stem := prefix + identifier(f.Name)
		level, _ := levelUnit(f.Unit)
		total, _ := totalUnit(f)
		taken[levelName(join(stem, level))], taken[join(stem, total)+"_total"] = true, true
	}
	for _, m := range serviceMetrics {
		if collectors.Services.Column(m.column) < 0 {
			t.Errorf("%s is of a column %q, which there is not", m.name, m.column)
		}
		if taken[prefix+"service_"+m.name] {
			t.Errorf("%s is the name of a family, too", m.name)
		}
	}
}
