package host

import (
	"time"

	"dashcam/collectors"
)

// uptime says how long the host is up, whether its clock is kept and how many people are
// signed in.
func (c *uptime) Describe() collectors.Description {
	return collectors.Description{
		Name: "host", Title: "Host", Cadence: 10 * time.Second, Optional: true,
		Families: []*collectors.Family{collectors.HostUptime, collectors.HostClock, collectors.HostUsers},
	}
}
