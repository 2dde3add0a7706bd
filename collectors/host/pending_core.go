package host

import (
	"context"

	"dashcam/collectors"
)

func newLoad(Options) collectors.Collector     { return pending{"load", "Load"} }
func newMemory(Options) collectors.Collector   { return pending{"memory", "Memory"} }
func newPressure(Options) collectors.Collector { return pending{"pressure", "Pressure"} }
func newSensors(Options) collectors.Collector  { return pending{"sensors", "Sensors"} }
func newLimits(Options) collectors.Collector   { return pending{"limits", "Kernel limits"} }
func newHost(Options) collectors.Collector     { return pending{"host", "Host"} }
func newSelf(Options) collectors.Collector     { return pending{"self", "dashcam"} }

func facts(context.Context, Options) (collectors.Host, error) { return collectors.Host{}, nil }
