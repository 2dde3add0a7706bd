package promql

import (
	"bufio"
	"bytes"
	"context"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/prometheus/common/model"
	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/model/value"
	"github.com/prometheus/prometheus/promql/parser"
	"github.com/prometheus/prometheus/storage"
)

// federated is the type of what Federate answers with.
const federated = "text/plain; version=0.0.4; charset=utf-8"

// Federate answers a scrape of all hosts as Prometheus' /federate does: the newest value of
// every series that a match[] selects, in the text format, with the time that it is of. What
// hosts do not answer stands in comments at the end.
func (h *Handler) Federate(ctx context.Context, form url.Values) (status int, contentType string, body []byte) {
	lacks := new(warnings)
	ctx, cancel := context.WithTimeout(context.WithValue(ctx, warningsKey{}, lacks), h.cfg.Timeout)
	defer cancel()
	all, err := h.newest(ctx, form["match[]"], time.Now())
	if err != nil {
		status, body = writeError(err)
		return status, "application/json", body
	}
	var b bytes.Buffer
	w := bufio.NewWriter(&b) // into memory, it has no errors
	name := ""
	for _, s := range all {
		if n := s.labels.Get(model.MetricNameLabel); n != name {
			name = n
			_, _ = w.WriteString("# TYPE " + name + " untyped\n")
		}
		_, _ = w.WriteString(name)
		before := "{"
		s.labels.Range(func(l labels.Label) {
			if l.Name != model.MetricNameLabel {
				_, _ = w.WriteString(before + l.Name + `="` + escaper.Replace(l.Value) + `"`)
				before = ","
			}
		})
		last := len(s.t) - 1
		_, _ = w.WriteString("} " + strconv.FormatFloat(s.v[last], 'g', -1, 64) + " " + strconv.FormatInt(s.t[last], 10) + "\n")
	}
	for _, text := range lacks.texts() {
		_, _ = w.WriteString("# " + strings.ReplaceAll(text, "\n", " ") + "\n")
	}
	_ = w.Flush()
	return http.StatusOK, federated, b.Bytes()
}

// escaper is that of label values in the text format.
var escaper = strings.NewReplacer(`\`, `\\`, "\n", `\n`, `"`, `\"`)

// newest returns the series that have a value at a time, which is their last sample.
func (h *Handler) newest(ctx context.Context, selectors []string, at time.Time) (out []series, err error) {
	if len(selectors) == 0 {
		return nil, badParameter("match[]", "", "at least one series selector")
	}
	to := timestamp.FromTime(at)
	hints := &storage.SelectHints{Start: to - lookback.Milliseconds() + 1, End: to}
	for _, text := range selectors {
		matchers, err := parser.ParseMetricSelector(text)
		if err != nil {
			return nil, badData("match[]", err)
		}
		q := &querier{queryable: &queryable{cfg: &h.cfg, engine: h.engine}, mint: hints.Start, maxt: to}
		set := q.Select(ctx, false, hints, matchers...)
		for set.Next() {
			s, ok := set.At().(*series)
			if !ok || len(s.t) == 0 || value.IsStaleNaN(s.v[len(s.v)-1]) || !plainNames(s.labels) {
				continue
			}
			out = append(out, *s)
		}
		if err := set.Err(); err != nil {
			return nil, failed(err)
		}
	}
	out = unique(out)
	slices.SortStableFunc(out, func(a, b series) int {
		return strings.Compare(a.labels.Get(model.MetricNameLabel), b.labels.Get(model.MetricNameLabel))
	})
	return out, nil
}

// plainNames reports whether all names can be written in the text format as they are.
func plainNames(set labels.Labels) bool {
	ok := model.LegacyValidation.IsValidMetricName(set.Get(model.MetricNameLabel))
	set.Range(func(l labels.Label) { ok = ok && model.LegacyValidation.IsValidLabelName(l.Name) })
	return ok
}
