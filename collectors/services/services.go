package services

import (
	"strings"
	"time"

	"dashcam/collectors"
)

// Name is the collector's.
const Name = "services"

// Options say where the host is.
type Options struct {
	// Root is the directory where the host's file system is seen; "" is "/".
	Root string
	// EngineSocket is the socket of a Docker or Podman that is asked for the names, images
	// and states of its containers; "" asks nobody. Whoever may open it may do anything to
	// the engine: dashcam sends GET /containers/json and nothing else.
	EngineSocket string
	// Post gets the events: services that begin, end, are held at their limits. Whoever
	// gets them folds them. nil tells nobody.
	Post func(collectors.Event)
}

// New returns the collector of the table [collectors.Services].
func New(o Options) collectors.Collector {
	o.Root = strings.TrimSuffix(o.Root, "/")
	return newServices(o)
}

// Describe implements [collectors.Collector].
func (s *services) Describe() collectors.Description {
	return collectors.Description{
		Name: Name, Title: "Services and containers", Cadence: time.Second, Detached: true, Optional: true,
		Families: []*collectors.Family{collectors.ServiceCount, collectors.ServiceMemory, collectors.ServiceStalled, collectors.ServiceThrottled, collectors.ServiceOOMKills},
		Tables:   []*collectors.Table{collectors.Services},
	}
}
