package events

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

// kernelLines bounds what is read at once: the rest waits, and what the kernel overwrites
// meanwhile is said to be lost.
const kernelLines = 1000

// kernelLog tells what the kernel logs that matters, from now on. Most systems let only
// those read it who have CAP_SYSLOG (kernel.dmesg_restrict).
type kernelLog struct {
	markedFile
	buf []byte
}

func newKernelLog(cfg Config) *kernelLog {
	return &kernelLog{markedFile: markedFile{path: path(cfg, "/dev/kmsg")}}
}

func (k *kernelLog) poll(tell func(collectors.Event)) error {
	if k.open == nil {
		f, err := openMarked(k.path, unix.O_RDONLY)
		if err != nil {
			return fmt.Errorf("%w: it takes CAP_SYSLOG, which "+kernelLogDropIn+" gives", err)
		}
		if _, err := unix.Seek(f.fd, 0, unix.SEEK_END); err != nil {
			f.close()
			return fmt.Errorf("seek its end: %w", err)
		}
		k.open = f
		if k.buf == nil {
			k.buf = make([]byte, 8<<10) // the kernel gives a record whole, or none
		}
	}
	for range kernelLines {
		n, err := unix.Read(k.open.fd, k.buf)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR), errors.Is(err, unix.EINVAL): // longer than any that we know
			continue
		case errors.Is(err, unix.EPIPE):
			tell(collectors.Event{Kind: KindLost, Level: collectors.LevelWarning, Source: k.path, Text: "the kernel logged more than could be read: some lines are lost"})
			continue
		case err != nil:
			k.close()
			return fmt.Errorf("read: %w", err)
		case n == 0:
			return nil
		}
		if text, level, matters := parseKernelLine(k.buf[:n]); matters {
			tell(collectors.Event{Kind: KindKernel, Level: level, Text: text, About: collectors.About{Kind: "host"}, Source: k.path})
		}
	}
	return nil
}
