package promql

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/prom"
)

func TestAnswer_RefusesWithAReason(t *testing.T) {
	w := watched(t, 10*time.Second, nil)
	for _, c := range []struct {
		path, form string
		status     int
		says       string
	}{
		{"query", "", 400, `invalid parameter \"query\": got \"\", expected an expression`},
		{"query", "query=foo(", 400, "unclosed left parenthesis"},
		{"query", "query=up&time=yesterday", 400, `invalid parameter \"time\": got \"yesterday\", expected Unix seconds`},
		{"query", "query=up&limit=-1", 400, "a number that is not below 0"},
		{"query", "query=up&timeout=-1s", 400, "expected"},
		{"query", "query=rate(up)", 400, "expected type range vector"},
		{"query_range", "query=up&start=0&end=1", 400, `invalid parameter \"step\"`},
		{"query_range", "query=up&start=5&end=1&step=1", 400, "not before start"},
		{"query_range", "query=up&start=0&end=11001&step=1", 400, "at most 11000 points"},
		{"query_range", "query=up&start=0&end=100&step=-1", 400, "a duration above 0"},
		{"query_range", "query=up&end=100&step=1", 400, `invalid parameter \"start\"`},
		{"series", "", 400, "at least one series selector"},
		{"series", "match[]=foo(", 400, "match[]"},
		{"label//values", "", 400, "the name of a label"},
		{"format_query", "query=1%2B%2B", 400, "unexpected end of input"},
		{"admin/tsdb/delete_series", "match[]=up", 404, "there is no admin/tsdb/delete_series"},
		{"", "", 404, "query, query_exemplars, query_range"},
	} {
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := w.ask(t.Context(), c.path, form); status != c.status || !strings.Contains(body, c.says) || !strings.HasPrefix(body, `{"status":"error"`) {
			t.Errorf("%s?%s: %d %s, expected %d and %q", c.path, c.form, status, body, c.status, c.says)
		}
	}
}

func TestAnswer_TellsWhatThereIs(t *testing.T) {
	w := watched(t, 10*time.Second, nil)
	for _, c := range []struct{ path, form, says string }{
		{"labels", "match[]=node_load1", `["__name__","instance","job"]`},
		{"labels", "match[]=node_load1&limit=1", `["__name__"]`},
		{"label/instance/values", "", `["db-01"]`},
		{"label/__name__/values", "match[]={__name__=~\"node_load.*\"}", `["node_load1","node_load15","node_load5"]`},
		{"label/no_such/values", "", `[]`},
		{"series", "match[]=node_load1&match[]=node_load1", `[{"__name__":"node_load1","instance":"db-01","job":"dashcam"}]`},
		{"series", "match[]=node_load1&start=0&end=1000", `[]`},
		{"metadata", "metric=node_forks_total", `{"node_forks_total":[{"type":"counter","help":"`},
		{"format_query", "query=sum(rate(up[1m]))by(job)", `"sum by (job) (rate(up[1m]))"`},
		{"rules", "", `{"groups":[]}`},
		{"alerts", "", `{"alerts":[]}`},
		{"query", "query=1%2B1&time=12.5", `{"resultType":"scalar","result":[12.500,"2"]}`},
		{"query", "query=\"a\"&time=12", `{"resultType":"string","result":[12,"a"]}`},
		{"query", "query=vector(1)/0&time=12", `{"resultType":"vector","result":[{"metric":{},"value":[12,"+Inf"]}]}`},
		{"query", "query=node_load1&time=12", `{"resultType":"vector","result":[]}`},
	} {
		form, err := url.ParseQuery(c.form)
		if err != nil {
			t.Fatal(err)
		}
		if status, body := w.ask(t.Context(), c.path, form); status != http.StatusOK || !strings.HasPrefix(body, `{"status":"success","data":`+c.says) {
			t.Errorf("%s?%s: %d %.300s, expected %s", c.path, c.form, status, body, c.says)
		}
	}
	if got := versionOf("v0.310.0"); got != "3.10.0" {
		t.Errorf("the version is %s, expected 3.10.0", got)
	}
}

func TestAnswer_RefusesTooManySamples(t *testing.T) {
	w := watched(t, 5*time.Minute, nil)
	w.handler.cfg.MaxSamples = 1000
	status, body := w.ask(t.Context(), "query", url.Values{"query": {`sum(avg_over_time({__name__=~"node_.*"}[5m]))`}, "time": {stamp(w.end)}})
	if status != http.StatusUnprocessableEntity || !strings.Contains(body, "too many samples") || !strings.Contains(body, "ask for fewer series") {
		t.Errorf("%d %s: expected 422 and what to do", status, body)
	}
}

// TestRead_ThinningChangesNothing asks random histories, with rows and values that are
// missing, with the rows that decide the result and with all.
func TestRead_ThinningChangesNothing(t *testing.T) {
	gauge := &collectors.Family{Name: "test.gauge", Help: "A gauge.", Unit: collectors.Count, Kind: collectors.KindGauge, Quantum: 1}
	rates := &collectors.Family{Name: "test.rate", Help: "A counter.", Unit: collectors.PerSecond, Kind: collectors.KindCounter, Quantum: 1}
	exact := 0
	for seed := range uint64(40) {
		random := rand.New(rand.NewPCG(seed, 1))
		w := &world{ring: history.New(history.Config{})}
		ids := make([]collectors.SeriesID, 2)
		for i, f := range []*collectors.Family{gauge, rates} {
			id, err := w.ring.Intern(collectors.Series{Family: f})
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = id
		}
		at := begin.UnixMilli()
		for range 900 {
			at += 1000
			if random.IntN(200) == 0 {
				at += int64(random.IntN(90)) * 1000
			}
			row := collectors.Row{T: at, IDs: ids, Q: []int64{int64(random.IntN(100)), int64(random.IntN(100))}}
			if at/1000%int64(60+seed) < int64(seed) {
				row.Q[random.IntN(2)] = collectors.Missing
			}
			w.ring.Append(history.Commit{Row: row})
		}
		var err error
		if w.exporter, err = prom.New(prom.Config{Ring: w.ring}); err != nil {
			t.Fatal(err)
		}
		if w.handler, err = New(Config{Source: w.ring, Metrics: w.exporter.Remembered}); err != nil {
			t.Fatal(err)
		}
		step := 1 + random.IntN(40)
		start := begin.Add(time.Duration(200+random.IntN(100)) * time.Second)
		for _, c := range []struct{ query, rows string }{
			{"dashcam_test_gauge", ""}, {"dashcam_test_gauge offset 7s", ""},
			{"rate(dashcam_test_rate_total[2m])", "dashcam_test_rate_total[2m]"},
			{"increase(dashcam_test_rate_total[3m])", "dashcam_test_rate_total[3m]"},
			{"delta(dashcam_test_gauge[1m])", "dashcam_test_gauge[1m]"},
		} {
			ask := func(query string) map[string]float64 {
				form := url.Values{"query": {query}, "start": {stamp(start)}, "end": {stamp(start.Add(8 * time.Minute))}, "step": {fmt.Sprint(step)}}
				_, body := w.ask(t.Context(), "query_range", form)
				return values(t, []byte(body))
			}
			thin := ask(c.query)
			// A subquery, of which nothing comes, makes every row count.
			whole := ask("(" + c.query + ") unless on() max_over_time(dashcam_no_such[1m:1m])")
			var rows map[string]float64
			if c.rows != "" {
				rows = ask("count_over_time(" + c.rows + ")")
			}
			for key, v := range whole {
				// How far a rate is extrapolated where rows are missing depends on how dense
				// the samples are.
				e := expression{within: 1e-9}
				if strings.Contains(c.rows, "[") && int(rows[key]) < 60*int(c.rows[strings.Index(c.rows, "[")+1]-'0') {
					e.within = 1
				} else {
					exact++
				}
				if have, ok := thin[key]; !ok || !same(have, v, e) {
					t.Errorf("seed %d, %s, step %d: %s is %v (%v) with the rows that decide, %v with all %v", seed, c.query, step, key, have, ok, v, rows[key])
				}
			}
			if len(thin) != len(whole) {
				t.Errorf("seed %d, %s: %d values with the rows that decide, %d with all", seed, c.query, len(thin), len(whole))
			}
		}
		if t.Failed() {
			return
		}
	}
	if exact < 1000 {
		t.Errorf("%d values have to be the same: it proves nothing", exact)
	}
}
