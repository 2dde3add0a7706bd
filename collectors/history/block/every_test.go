package block

import (
	"math/rand/v2"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dashcam/collectors"
)

// TestTable_GivesTheLastOfEvery compares the observations of every 15 s with all of them.
func TestTable_GivesTheLastOfEvery(t *testing.T) {
	random := rand.New(rand.NewPCG(3, 4))
	w := NewTableWriter(collectors.Services)
	at, name := int64(1_000_000), collectors.Services.Column("name")
	for seq := range uint64(MaxObservations) {
		at += 1000 * (1 + random.Int64N(6))
		rows := collectors.NewRows(collectors.Services)
		for range random.IntN(5) {
			key := string(rune('a' + random.IntN(26)))
			if row := rows.Add(key); random.IntN(2) == 0 {
				row.Text(name, key)
			}
		}
		d := rows.Data()
		d.Seq, d.T = seq+1, at
		w.Add(d)
	}
	all := w.Read(collectors.Services, collectors.Window{})
	var want []*collectors.TableData
	for i, d := range all {
		if i+1 == len(all) || (d.T+14_999)/15_000 != (all[i+1].T+14_999)/15_000 {
			want = append(want, d)
		}
	}
	got := w.Read(collectors.Services, collectors.Window{Every: 15_000})
	if diff := cmp.Diff(want, got, cmpopts.IgnoreFields(collectors.TableData{}, "Table")); diff != "" || len(got) == len(all) {
		t.Errorf("%d of %d observations (-want +got)\n%s", len(got), len(all), diff)
	}
}
