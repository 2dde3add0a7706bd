package host

import "dashcam/collectors"

func (c *limits) Describe() collectors.Description {
	return collectors.Description{Name: "limits", Title: "Kernel limits", Families: []*collectors.Family{
		collectors.KernelFiles, collectors.KernelConntrack, collectors.KernelPIDs, collectors.CgroupMemory,
	}}
}
