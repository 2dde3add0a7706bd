package promql

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"math"
	"net/http"
	"net/url"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/prometheus/model/labels"
	"github.com/prometheus/prometheus/model/timestamp"
	"github.com/prometheus/prometheus/promql"
	"github.com/prometheus/prometheus/promql/parser"
)

// Answer answers a question of Prometheus' HTTP API. Path is what stands behind api/v1/,
// such as "query_range"; form are the parameters of the address and of a posted form. The
// body is JSON.
func (h *Handler) Answer(ctx context.Context, path string, form url.Values) (status int, body []byte) {
	var data []byte
	var err error
	if h.cfg.Fleet != nil {
		if status, body, ok := h.forward(ctx, path, form); ok {
			return status, body
		}
	}
	lacks := new(warnings)
	ctx = context.WithValue(ctx, warningsKey{}, lacks)
	if name, ok := cutAround(path, "label/", "/values"); ok {
		data, err = h.labelValues(ctx, name, form)
	} else if answer, known := h.answers()[path]; known {
		data, err = answer(ctx, form)
	} else {
		err = &apiError{http.StatusNotFound, "not_found", "there is no " + path + ": expected " + strings.Join(Paths(), ", ")}
	}
	if err != nil {
		return writeError(err)
	}
	end := []byte("}\n")
	if texts := lacks.texts(); len(texts) > 0 {
		end = slices.Concat([]byte(`,"warnings":`), quoted(texts), end)
	}
	return http.StatusOK, slices.Concat([]byte(`{"status":"success","data":`), data, end)
}

func cutAround(s, prefix, suffix string) (string, bool) {
	s, begins := strings.CutPrefix(s, prefix)
	s, ends := strings.CutSuffix(s, suffix)
	return s, begins && ends
}

// Paths are those that Answer answers, with {name} for the name of a label.
func Paths() []string {
	return append(slices.Sorted(maps.Keys((*Handler)(nil).answers())), "label/{name}/values")
}

func (h *Handler) answers() map[string]func(context.Context, url.Values) ([]byte, error) {
	fixed := func(data string) func(context.Context, url.Values) ([]byte, error) {
		return func(context.Context, url.Values) ([]byte, error) { return []byte(data), nil }
	}
	return map[string]func(context.Context, url.Values) ([]byte, error){
		"query":            h.query,
		"query_range":      h.queryRange,
		"series":           h.series,
		"labels":           h.labels,
		"metadata":         h.metadata,
		"format_query":     h.formatQuery,
		"status/buildinfo": func(context.Context, url.Values) ([]byte, error) { return buildInfo() },
		"rules":            h.rules,
		"alerts":           h.alerts,
		// There are no exemplars here.
		"query_exemplars": fixed(`[]`),
	}
}

func (h *Handler) query(ctx context.Context, form url.Values) ([]byte, error) {
	p := params{form: form}
	expr := p.required("query")
	at := p.time("time", time.Now())
	limit := p.limit()
	ctx, cancel := p.timeout(ctx)
	defer cancel()
	if p.err != nil {
		return nil, p.err
	}
	var out []byte
	err := h.run(ctx, expr, at, at, 0, func(r *promql.Result) { out = appendResult(nil, r.Value, limit) })
	return out, err
}

func (h *Handler) queryRange(ctx context.Context, form url.Values) ([]byte, error) {
	p := params{form: form}
	expr := p.required("query")
	start, end := p.requiredTime("start"), p.requiredTime("end")
	step := p.duration("step")
	limit := p.limit()
	ctx, cancel := p.timeout(ctx)
	defer cancel()
	switch {
	case p.err != nil:
		return nil, p.err
	case end.Before(start):
		return nil, badParameter("end", form.Get("end"), "a time that is not before start")
	case step <= 0:
		return nil, badParameter("step", form.Get("step"), "a duration above 0, such as 15 or 15s")
	case end.Sub(start)/step > maxPoints:
		return nil, badParameter("step", form.Get("step"), "a step with which there are at most 11000 points per series")
	}
	var out []byte
	err := h.run(ctx, expr, start, end, step, func(r *promql.Result) { out = appendResult(nil, r.Value, limit) })
	return out, err
}

// maxTime bounds times that are not given; the engine adds to them.
var (
	minTime = timestamp.Time(0)
	maxTime = timestamp.Time(math.MaxInt64 >> 8)
)

// window reads the parameters that all questions about series have.
func (h *Handler) window(form url.Values, needMatch bool) (q *querier, sets [][]*labels.Matcher, limit int, err error) {
	p := params{form: form}
	start, end := p.time("start", minTime), p.time("end", maxTime)
	limit = p.limit()
	if needMatch && len(form["match[]"]) == 0 {
		p.fail(badParameter("match[]", "", "at least one series selector"))
	}
	if p.err != nil {
		return nil, nil, 0, p.err
	}
	for _, text := range form["match[]"] {
		matchers, err := parser.ParseMetricSelector(text)
		if err != nil {
			return nil, nil, 0, badData("match[]", err)
		}
		sets = append(sets, matchers)
	}
	if len(sets) == 0 {
		sets = append(sets, nil) // everything
	}
	data := &queryable{cfg: &h.cfg}
	return &querier{queryable: data, mint: timestamp.FromTime(start), maxt: timestamp.FromTime(end)}, sets, limit, nil
}

func (h *Handler) formatQuery(_ context.Context, form url.Values) ([]byte, error) {
	p := params{form: form}
	text := p.required("query")
	if p.err != nil {
		return nil, p.err
	}
	expr, err := parser.ParseExpr(text)
	if err != nil {
		return nil, badData("query", err)
	}
	return asJSON(expr.Pretty(0))
}

// buildInfo names the version of Prometheus whose engine answers: Grafana asks what it may
// use.
func buildInfo() ([]byte, error) {
	version := ""
	if info, ok := debug.ReadBuildInfo(); ok {
		for _, dep := range info.Deps {
			if dep.Path == "github.com/prometheus/prometheus" {
				version = versionOf(cmp.Or(dep.Version, version))
			}
		}
	}
	return asJSON(map[string]string{
		"version": version, "revision": "", "branch": "", "buildUser": "", "buildDate": "", "goVersion": runtime.Version(), "application": "dashcam",
	})
}

// versionOf turns the version of the module, v0.315.1, into that of the program, 3.15.1.
func versionOf(module string) string {
	parts := strings.Split(strings.TrimPrefix(module, "v"), ".")
	if len(parts) != 3 || parts[0] != "0" || len(parts[1]) != 3 {
		return strings.TrimPrefix(module, "v")
	}
	return parts[1][:1] + "." + strings.TrimPrefix(parts[1][1:], "0") + "." + parts[2]
}

func firstOf[T any](all []T, limit int) []T {
	if limit > 0 && len(all) > limit {
		return all[:limit]
	}
	if all == nil {
		return []T{}
	}
	return all
}

func asJSON(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}
