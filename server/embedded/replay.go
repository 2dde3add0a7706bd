package embedded

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"net"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/frontend"
	"dashcam/server"
	"dashcam/server/incident"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// Incident is an incident's file that was read.
type Incident = incident.Recording

// ReplayConfig says what is served of an incident.
type ReplayConfig struct {
	Incident *Incident
	// Listen is a loopback address: whoever can come there sees all of it.
	Listen string
	// Assets is the page, that of this package by default.
	Assets  fs.FS
	Version string
	Log     *slog.Logger
	// Started is called when it is served.
	Started func(addr net.Addr)
}

// Replay serves an incident as a host, until ctx ends: the page, the API and the socket,
// with no rows to come.
func Replay(ctx context.Context, cfg ReplayConfig) error {
	if cfg.Log == nil {
		cfg.Log = slog.Default()
	}
	if cfg.Assets == nil {
		cfg.Assets = frontend.FS()
	}
	switch loopback, err := Loopback(cfg.Listen); {
	case err != nil:
		return err
	case !loopback:
		return fmt.Errorf("listen on %s: an incident is served on a loopback address alone, such as 127.0.0.1:7273", cfg.Listen)
	}
	interval := time.Duration(cfg.Incident.Interval) * time.Millisecond
	var srv *server.Server
	fan := stream.New(stream.Config{Ring: cfg.Incident, Log: cfg.Log, Hello: func() wire.Hello {
		return wire.Hello{
			Version: cfg.Version, Build: srv.Build(), Host: cfg.Incident.Info(), IntervalMs: cfg.Incident.Interval,
			First: cfg.Incident.Bounds().Oldest, Recorded: true,
		}
	}, Verdict: func(_ context.Context, at int64) (collectors.Verdict, error) {
		v, _ := cfg.Incident.Verdict(at)
		return v, nil
	}})
	srv, err := server.New(server.Config{
		Assets: cfg.Assets, Ring: cfg.Incident, Stream: fan, Host: cfg.Incident.Info, Interval: interval, Version: cfg.Version,
		AllowHosts: ownNames(), Log: cfg.Log,
	})
	if err != nil {
		return err
	}
	ln, err := new(net.ListenConfig).Listen(ctx, "tcp", cfg.Listen)
	if err != nil {
		return fmt.Errorf("listen on %s: %w", cfg.Listen, err)
	}
	pump, stopPump := context.WithCancel(context.WithoutCancel(ctx))
	defer stopPump()
	var pumping sync.WaitGroup
	var pumpErr error
	pumping.Go(func() { pumpErr = fan.Run(pump) })
	if cfg.Started != nil {
		cfg.Started(ln.Addr())
	}
	err = srv.Run(ctx, ln)
	stopPump()
	pumping.Wait()
	return errors.Join(err, pumpErr)
}

// Archive is the history of a host on disk, to which nothing is added: of a dashcam that
// runs, as it is at the moment, or a copy.
type Archive = history.Ring

// OpenArchive reads the directory that a dashcam has as its Config.StateDir, or a copy.
// Which host it was does not stand there: hostname says it.
func OpenArchive(dir, hostname string) (*Archive, error) {
	return history.OpenArchive(dir, collectors.Host{Hostname: hostname, TZ: "UTC"})
}
