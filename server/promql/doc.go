// Package promql answers Prometheus' HTTP API from what a host remembers, by Prometheus'
// own engine: Grafana takes dashcam as a Prometheus data source, at the resolution of the
// rows, without a Prometheus.
//
// # What is asked
//
// The names are those of /metrics (package prom), with two labels more: instance, the
// host's name, and job, which is "dashcam". What is read for a scrape alone is not
// remembered, so it is not found. [Handler.Answer] knows query, query_range, series,
// labels, label/NAME/values, metadata, format_query, query_exemplars, rules, alerts and
// status/buildinfo, as Prometheus documents them.
//
// # Rules
//
// [LoadRules] reads rules in Prometheus' format, and a [Ruler] evaluates those that raise
// alerts; promtool decides in the tests that it does as Prometheus. Time without rows
// counts neither for an alert nor against it, also over a restart. What a recording rule
// gives is not stored: it is computed for the moments of its group when it is asked for.
//
// # Values
//
// A gauge is the row's value, rounded to its quantum. A counter is remembered as its
// rate per second, so it is the integral of that: the error of increase and rate is below
// half a quantum per second. The integral is moved so that it ends at the newest raw
// reading where the window ends within an hour of it; else it begins with 0, which
// changes no rate, increase or delta. What a counter rose by while no row was made is
// not known, and not counted. A series without a value in a row is stale there, and
// all are where rows are missing.
//
// # Many hosts
//
// With [Config.Fleet] a question means all hosts of a hub, by the label instance. What is all
// about one host is passed on to it; else each selector asks the hosts that it means, at
// most 200, 16 at a time, 10 s each. Those that do not answer are named in the warnings.
// What the hub holds is answered here, and rules ask nobody. [Handler.Federate] is a scrape.
//
// # Cost
//
// Rows are decoded once per selector. Of them the engine is given those that decide the
// result: for an instant vector the last one before each step, for rate, increase and
// delta those at both ends of each range and some between. Functions that look at every
// value get every row. A question is bounded by [Config.MaxSamples] and [Config.Timeout];
// whoever serves it bounds how many there are at once. Nothing here holds a lock that the
// sampler takes.
//
// # Linking
//
// The engine adds 2.5 MB, so only a program that wants it imports this package.
//
// # Concurrency
//
// A [Handler] starts nothing and may be used by many goroutines, and so may a [Ruler] but
// for [Ruler.Run].
//
// # Example
//
//	h, err := promql.New(promql.Config{Source: ring, Metrics: exporter.Remembered, Instance: "db-01"})
//	status, body := h.Answer(ctx, "query", url.Values{"query": {"node_load1"}})
package promql
