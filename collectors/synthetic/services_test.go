package synthetic

import (
	"testing"
	"time"

	"dashcam/collectors"
)

// servicesAt is the table of services, by name and column.
func servicesAt(t *testing.T, h *Host, at time.Time) map[string]map[string]float64 {
	t.Helper()
	out := map[string]map[string]float64{}
	for _, c := range h.Collectors() {
		b := collectors.NewBatch()
		b.Begin(at)
		if err := c.Sample(t.Context(), b); err != nil {
			t.Fatal(err)
		}
		for _, r := range b.TakeTables() {
			d := r.Data()
			if d.Table != collectors.Services {
				continue
			}
			for _, row := range d.Rows {
				cells := map[string]float64{}
				for i := range d.Table.Columns {
					if c := &d.Table.Columns[i]; c.Kind == collectors.ColumnNumber && row.Cells[i].Q != collectors.Missing {
						cells[c.Name] = c.Value(row.Cells[i].Q)
					}
				}
				out[row.Cells[d.Table.Column("name")].Text] = cells
			}
		}
	}
	return out
}

func TestServices_DoTheirPartInTheIncidents(t *testing.T) {
	h := New(Config{Seed: 5, Start: start})
	calm := servicesAt(t, h, start.Add(20*time.Second))
	burning := servicesAt(t, h, start.Add(70*time.Second))
	dumping := servicesAt(t, h, start.Add(130*time.Second))
	killed := servicesAt(t, h, start.Add(330*time.Second))

	if v := calm["api.service"]["throttled"]; v != 0 {
		t.Errorf("in calm the API is throttled in %v %% of periods", v)
	}
	if v := burning["api.service"]["throttled"]; v < 25 {
		t.Errorf("while a processor burns the API is throttled in %v %% of periods", v)
	}
	if _, there := calm["backup.service"]; there {
		t.Error("the backup runs in calm")
	}
	if v := dumping["backup.service"]["write"]; v < 100<<20 {
		t.Errorf("the backup writes %v bytes a second", v)
	}
	if before, after := calm["report.service"]["oom"], killed["report.service"]["oom"]; before != 0 || after != 1 {
		t.Errorf("OOM kills of the report are %v, and %v after its end", before, after)
	}
	sum := 0.0
	for _, row := range calm {
		sum += row["memory"]
	}
	if sum > memoryTotal {
		t.Errorf("services hold %v bytes of %v", sum, float64(memoryTotal))
	}
}
