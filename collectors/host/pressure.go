package host

import "dashcam/collectors"

var pressureResources = [...]string{"cpu", "memory", "io"}

func (c *pressure) Describe() collectors.Description {
	return collectors.Description{Name: "pressure", Title: "Pressure", Families: []*collectors.Family{collectors.PressureTime}}
}
