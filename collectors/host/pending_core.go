package host

import (
	"context"

	"dashcam/collectors"
)

func newLimits(Options) collectors.Collector { return pending{"limits", "Kernel limits"} }
func newHost(Options) collectors.Collector   { return pending{"host", "Host"} }
func newSelf(Options) collectors.Collector   { return pending{"self", "dashcam"} }

func facts(context.Context, Options) (collectors.Host, error) { return collectors.Host{}, nil }
