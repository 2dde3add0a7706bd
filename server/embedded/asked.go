package embedded

import (
	"context"
	"crypto/tls"
	"errors"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/diagnosis"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

// AllowHosts replaces Config.AllowHosts, also while Run runs.
func (d *Dashcam) AllowHosts(names ...string) { d.server.AllowHosts(append(ownNames(), names...)...) }

// Post leaves an event: it enters with the next row, cleaned and cut. The program that
// dashcam is part of tells of its own deploys and errors this way.
func (d *Dashcam) Post(e collectors.Event) { d.ring.Post(e) }

// Host is what is shown of the host.
func (d *Dashcam) Host() *Host { return d.server.Host() }

// HostAs returns the dashboard's host under another id and name, as a simulated fleet shows
// it. Nobody is sent anything until its Stream runs.
func (d *Dashcam) HostAs(id, name string) *Host {
	host, judging := *d.server.Host(), new(diagnosis.Judging)
	info := host.Info
	host.ID = id
	host.Info = func() collectors.Host {
		i := info()
		i.Hostname = name
		return i
	}
	hello := func() wire.Hello {
		h := d.hello()
		h.Host = host.Info()
		return h
	}
	host.Stream = stream.New(stream.Config{Ring: d.ring, Hello: hello, MaxViewers: d.cfg.MaxViewers, Log: d.log, Verdict: func(ctx context.Context, at int64) (collectors.Verdict, error) {
		return judging.Judge(ctx, d.ring, at)
	}})
	return &host
}

// Ring is what is remembered of the host, and its present.
func (d *Dashcam) Ring() collectors.Live { return d.ring }

// Join adds a viewer within the program, which takes its messages with Next from one
// goroutine and calls Leave when it is done.
func (d *Dashcam) Join() (*stream.Feed, error) { return d.stream.Join() }

// Hello is what the dashboard's own page is told first.
func (d *Dashcam) Hello() Hello { return d.hello() }

// Fingerprint is that of a certificate that was made here, "" for none.
func (d *Dashcam) Fingerprint() string { return d.fingerprint }

// Certificate returns the one that Listen is encrypted by now, for another listener that
// is known by the same. Its signature is that of [tls.Config.GetCertificate].
func (d *Dashcam) Certificate(hello *tls.ClientHelloInfo) (*tls.Certificate, error) {
	switch {
	case d.tls == nil:
		return nil, errors.New("there is no TLS here")
	case d.tls.GetCertificate != nil:
		return d.tls.GetCertificate(hello)
	}
	return &d.tls.Certificates[0], nil
}

// Alerts are those of the host: firing and pending ones, newest first, then the last
// resolved ones. SilencedBy returns the id of the silence that keeps one from being told, or
// "".
func (d *Dashcam) Alerts() []alert.Alert { return d.everyAlert().Alerts() }

// SilencedBy belongs to Alerts.
func (d *Dashcam) SilencedBy(a *alert.Alert) string {
	return d.planner.SilencedBy(a, time.Now().UnixMilli())
}

// Raise takes a change of an alert of Config.Raised. Changes before Run are told with what
// is firing at its start.
func (d *Dashcam) Raise(c alert.Change) { d.alertChanged(c) }

// Verdict says what is wrong with the host at a moment, in Unix milliseconds.
func (d *Dashcam) Verdict(ctx context.Context, at int64) (collectors.Verdict, error) {
	return d.judging.Judge(ctx, d.ring, at)
}

// Newest returns the sequence number of the newest row, 0 while there is none. As long as
// dashcam samples it rises.
func (d *Dashcam) Newest() uint64 { return d.ring.Bounds().Newest }
