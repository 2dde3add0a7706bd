package host

import (
	"time"

	"dashcam/collectors"
)

func (c *hardware) Describe() collectors.Description {
	return collectors.Description{
		Name: "hardware", Title: "Processor and memory hardware", Cadence: 5 * time.Second, Optional: true,
		Families: []*collectors.Family{
			collectors.CPUFrequency, collectors.CPUThrottles, collectors.CPUMachineChecks, collectors.MemoryECC,
		},
	}
}
