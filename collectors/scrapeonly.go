package collectors

// ScrapeOnly is a metric that is read when /metrics is asked and not remembered: what
// dashboards of node_exporter show and nothing here is judged by.
type ScrapeOnly struct {
	// Metric is its name in /metrics.
	Metric string
	Help   string
	// Counter says that it only rises.
	Counter bool
	// Labels are names and values.
	Labels [][2]string
	Value  float64
}
