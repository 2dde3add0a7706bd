//go:build !linux

package host

import (
	"context"
	"os"

	gopsutil "github.com/shirou/gopsutil/v3/process"
)

type selfProcess struct{}

func newSelfProcess(Options) selfProcess { return selfProcess{} }

func (p *selfProcess) residentBytes(ctx context.Context) (uint64, error) {
	info, err := (&gopsutil.Process{Pid: int32(os.Getpid())}).MemoryInfoWithContext(ctx)
	if err != nil {
		return 0, err
	}
	return info.RSS, nil
}
