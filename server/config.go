package server

import (
	"context"
	"io/fs"
	"log/slog"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/server/auth"
	"dashcam/server/prom"
	"dashcam/server/stream"
)

// Config is what a server needs. Ring, Stream, Host and Assets are required.
type Config struct {
	// Assets is the page, with index.html at its root.
	Assets fs.FS
	// Ring answers the API.
	Ring collectors.Live
	// Store says what the history on disk holds, nil where none is kept.
	Store func() collectors.StoreStats
	// Stream feeds the sockets.
	Stream *stream.Fanout
	// Host returns what is known about the host at the moment. It must be cheap.
	Host func() collectors.Host
	// Hosts are those that are shown below h/{id}/: by default the one of Ring, Stream
	// and Host, which all other routes mean, by the id that Host tells.
	Hosts Hosts
	// Others are shown below h/{id}/ beside them; nil for none.
	Others Hosts
	// Interval is the time between rows, 1 s by default; it is only reported.
	Interval time.Duration
	// Version is that of the program; Build that of the page, made from its files
	// where it is empty.
	Version, Build string
	// Demo says that the host is synthetic.
	Demo bool
	// AllowHosts are names by which this machine may be addressed, beside IP
	// addresses and localhost.
	AllowHosts []string
	// AllowOrigins are the origins of other sites whose pages may use the socket, the
	// API and /metrics. They need sign-in: otherwise whoever visits such a page shows it
	// what only he may see.
	AllowOrigins []string
	// AllowEmbed are the origins of other sites that may show the page in a frame.
	AllowEmbed []string
	// Limits bound what one address may open.
	Limits auth.Limits
	// Authenticator knows who has signed in; nil means that nobody has to.
	Authenticator *auth.Authenticator
	// Proxy knows what stands before the server; nil believes nobody.
	Proxy *auth.Proxy
	// Metrics answers /metrics; nil means that there is no such route.
	Metrics *prom.Exporter
	// Post takes the marks that people and programs leave; nil takes none.
	Post func(collectors.Event)
	// Questions answers Prometheus' HTTP API below prometheus/api/v1/; nil means that there
	// is no such route.
	Questions Questions
	// Alerts are those of the host; nil knows none. Planner decides what is told of them,
	// and holds the silences; nil tells nothing and takes no silences.
	Alerts  Alerts
	Planner *alert.Planner
	// Backtest returns the alerts that the user's rules raise; nil for no such rules.
	Backtest func(ctx context.Context, w collectors.Window) ([]alert.Alert, error)
	// Deliveries knows how far notices have come; nil where nobody sends any.
	Deliveries Deliveries
	// Fleet makes this the hub of many hosts; nil means that there are no such routes.
	Fleet Fleet
	// Log gets what an operator should know. It is slog.Default() where nil.
	Log *slog.Logger

	// times are those of the sockets; only tests have others than the default.
	times times
	// load bounds long answers; only tests have other bounds than the default.
	load loadLimits
}
