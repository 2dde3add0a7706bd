package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"os"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"dashcam/collectors/host"
	"dashcam/server/embedded"
	"dashcam/server/fleet"
)

// joinedEvery is how often it is looked whether somebody has joined or left.
const joinedEvery = 3 * time.Second

// followHub reports to a hub, where this host has joined one, until the context ends; the
// function that it returns waits for that. Who joins or leaves while dashcam runs need not
// start it again: a file in the state directory tells. Without such a directory there is no
// hub, and nothing runs.
func (c *cli) followHub(ctx context.Context, s *settings, cam *embedded.Dashcam, log *slog.Logger) (wait func()) {
	if s.stateDir == "" {
		return func() {}
	}
	ctx, stop := context.WithCancel(ctx)
	var running sync.WaitGroup
	running.Go(func() {
		a := &reporting{s: s, cam: cam, log: log}
		defer a.stop()
		tick := time.NewTicker(joinedEvery)
		defer tick.Stop()
		for {
			a.look(ctx)
			select {
			case <-ctx.Done():
				return
			case <-tick.C:
			}
		}
	})
	return func() {
		stop()
		running.Wait()
	}
}

// reporting is the agent that runs, if any. It belongs to one goroutine.
type reporting struct {
	s   *settings
	cam *embedded.Dashcam
	log *slog.Logger

	to   fleet.Identity // the zero one while none runs
	file os.FileInfo    // that says so
	end  func()
	// refused is when joining may be tried again, said what the log was told.
	refused time.Time
	said    string
}

// joinAgain is how long a host that was refused waits.
const joinAgain = 20 * time.Second

// look starts, ends or exchanges the agent as the state directory says.
func (a *reporting) look(ctx context.Context) {
	file, _ := os.Stat(fleet.IdentityPath(a.s.stateDir)) // nil where it is not there
	if file != nil && a.file != nil && a.to != (fleet.Identity{}) && os.SameFile(file, a.file) && file.Size() == a.file.Size() && file.ModTime().Equal(a.file.ModTime()) {
		return
	}
	a.file = file
	id, err := fleet.LoadIdentity(a.s.stateDir)
	if errors.Is(err, fleet.ErrNotJoined) && a.s.fleet.hub != "" && time.Now().After(a.refused) {
		id, err = a.join(ctx)
	}
	if errors.Is(err, fleet.ErrNotJoined) {
		a.stop()
		return
	}
	if err != nil {
		a.complain("hub not joined", err)
		return
	}
	if id != a.to {
		a.stop()
		a.start(id)
	}
}

func (a *reporting) complain(what string, err error) {
	if err.Error() != a.said {
		a.said = err.Error()
		a.log.Error(what, "err", err)
	}
}

// join joins by the settings.
func (a *reporting) join(ctx context.Context) (fleet.Identity, error) {
	a.refused = time.Now().Add(joinAgain)
	token, err := a.s.fleet.token()
	if err != nil {
		return fleet.Identity{}, err
	}
	if token == "" {
		return fleet.Identity{}, errors.New("--hub is given, and no --join-token: expected one, or dashcam join")
	}
	labels, err := a.s.fleet.labelMap()
	if err != nil {
		return fleet.Identity{}, err
	}
	info := a.cam.Ring().Info()
	id, err := fleet.Join(ctx, a.s.fleet.hub, token, fleet.JoinAs{ID: info.ID, Name: info.Hostname, Labels: labels})
	if err != nil {
		return fleet.Identity{}, err
	}
	return id, id.Save(a.s.stateDir)
}

// fleetAlerts are the alerts of a host, with what silences them.
func fleetAlerts(cam *embedded.Dashcam) func() []fleet.Alert {
	return func() []fleet.Alert {
		all := cam.Alerts()
		out := make([]fleet.Alert, len(all))
		for i := range all {
			out[i] = fleet.Alert{Alert: all[i], SilencedBy: cam.SilencedBy(&all[i])}
		}
		return out
	}
}

func (a *reporting) start(id fleet.Identity) {
	labels, err := a.s.fleet.labelMap()
	if err != nil { // it was validated
		labels = nil
	}
	agent, err := fleet.NewAgent(fleet.AgentConfig{
		Identity: id, Ring: a.cam.Ring(), Join: a.cam.Join, Handler: a.api(), Alerts: fleetAlerts(a.cam), Verdict: a.cam.Verdict, Version: version(),
		Labels: labels, Interval: a.s.interval, Share: fleet.Share(a.s.fleet.share), Log: a.log,
	})
	if err != nil {
		a.complain("hub not reported to", err)
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := agent.Run(ctx); err != nil {
			a.log.Error("hub not reported to", "err", err)
		}
	})
	a.to = id
	a.end = func() {
		cancel()
		running.Wait()
	}
}

// api is what a hub may ask.
func (a *reporting) api() http.Handler { return a.cam.Inside() }

func (a *reporting) stop() {
	if a.end != nil {
		a.end()
	}
	a.to, a.end = fleet.Identity{}, nil
}

// joinCommand makes this host one of a hub's.
func (c *cli) joinCommand() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "join URL token",
		Short:   "Report to a hub from now on, also when dashcam runs already",
		Example: "  dashcam join https://hub:7272 dcjoin_… --state-dir /var/lib/dashcam",
		Args:    cobra.ExactArgs(2),
	}
	nats := cmd.Flags().String("hub-nats", "", "`URL` of NATS of the hub instead of its own port, such as tls://hub:4222")
	return c.withSettings(cmd, func(ctx context.Context, s *settings, args []string) error {
		if s.stateDir == "" {
			return usagef("no --state-dir: expected the one of the dashcam that runs here")
		}
		if id, err := fleet.LoadIdentity(s.stateDir); err == nil {
			return usagef("this host has joined %s as %s: dashcam leave first", id.URL, id.Host)
		} else if !errors.Is(err, fleet.ErrNotJoined) {
			return err
		}
		labels, err := s.fleet.labelMap()
		if err != nil {
			return err
		}
		facts, err := host.Facts(ctx, host.Options{Root: s.hostRoot, HostID: s.hostID})
		if err != nil {
			return err
		}
		id, err := fleet.Join(ctx, args[0], args[1], fleet.JoinAs{ID: facts.ID, Name: facts.Hostname, Labels: labels, NATS: *nats})
		if err != nil {
			return err
		}
		if err := id.Save(s.stateDir); err != nil {
			return err
		}
		c.printf("joined %s as %s; the key is in %s\n", id.URL, id.Host, s.stateDir)
		if id.Host != facts.ID {
			c.printf("a host with the id %s is there already: this one is shown as its clone\n", facts.ID)
		}
		return nil
	}, "state-dir", "host-root", "host-id", "label")
}

// leaveCommand undoes what join did.
func (c *cli) leaveCommand() *cobra.Command {
	cmd := &cobra.Command{Use: "leave", Short: "Report to no hub any more, and make this host's key worthless", Args: cobra.NoArgs}
	return c.withSettings(cmd, func(ctx context.Context, s *settings, _ []string) error {
		if s.stateDir == "" {
			return usagef("no --state-dir: expected the one of the dashcam that runs here")
		}
		id, err := fleet.Leave(ctx, s.stateDir)
		if errors.Is(err, fleet.ErrNotJoined) {
			return err
		}
		if err != nil {
			c.printf("left %s, which was not told: dashcam hub remove %s there\n", id.URL, id.Host)
			return err
		}
		c.printf("left %s\n", id.URL)
		return nil
	}, "state-dir")
}
