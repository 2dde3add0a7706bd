package events

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"
	"golang.org/x/time/rate"

	"dashcam/collectors"
)

// receiveBuffer holds about a second of a thousand starts a second.
const receiveBuffer = 4 << 20

const (
	// promptly is how many starts a second are looked at as they happen, at most
	// promptlyAtOnce of them without a pause. A program lives for half a millisecond at
	// least, and then its name is known. Beyond it is a storm: every stormPause what has
	// come is read at once, with the names of stormNames programs that still run.
	promptly       = 50
	promptlyAtOnce = 200
	stormPause     = 30 * time.Millisecond
	stormNames     = 2
)

// run tells of processes until ctx ends.
func (p *processes) run(ctx context.Context) error {
	fd, err := listenProcesses()
	if err != nil {
		return err
	}
	defer func() { _ = unix.Close(fd) }() // what was not read is not wanted
	end, let, err := ends(ctx)
	if err != nil {
		return err
	}
	defer let()
	prompt := rate.NewLimiter(promptly, promptlyAtOnce)
	for ctx.Err() == nil {
		e, err := p.receive(fd, unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			// A thread that waits in the kernel is woken for less than a goroutine that
			// waits for the runtime's poller, and this one by nothing else.
			_, err = unix.Poll([]unix.PollFd{{Fd: int32(fd), Events: unix.POLLIN}, {Fd: int32(end), Events: unix.POLLIN}}, -1)
			if err != nil && !errors.Is(err, unix.EINTR) {
				return fmt.Errorf("wait: %w", err)
			}
			continue
		case err != nil:
			return err
		case e.what != procExec || prompt.Allow():
			p.saw(e, false)
			continue
		}
		if err := p.storm(fd, e); err != nil {
			return err
		}
	}
	return nil
}

// ends returns a descriptor that can be read when ctx has ended, and what lets go of it:
// a netlink socket cannot be shut down.
func ends(ctx context.Context) (fd int, let func(), err error) {
	fd, err = unix.Eventfd(0, unix.EFD_CLOEXEC)
	if err != nil {
		return -1, nil, fmt.Errorf("eventfd: %w", err)
	}
	told := make(chan struct{})
	stop := context.AfterFunc(ctx, func() {
		defer close(told)
		_, _ = unix.Write(fd, []byte{0, 0, 0, 0, 0, 0, 0, 1}) // any number but 0 will do
	})
	return fd, func() {
		if !stop() {
			<-told
		}
		_ = unix.Close(fd)
	}, nil
}

// storm reads what comes within a pause.
func (p *processes) storm(fd int, e processEvent) error {
	pause := unix.NsecToTimespec(stormPause.Nanoseconds())
	_ = unix.Nanosleep(&pause, nil) // a signal only ends it early
	for {
		p.saw(e, true)
		var err error
		if e, err = p.receive(fd, unix.MSG_DONTWAIT); errors.Is(err, unix.EAGAIN) {
			p.readNames(stormNames)
			return nil
		} else if err != nil {
			return err
		}
	}
}

// receive returns the next message, or EAGAIN when there is none.
func (p *processes) receive(fd, flags int) (e processEvent, err error) {
	for {
		n, err := receive(fd, p.proc.buf[:], flags)
		switch {
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOBUFS):
			p.fold.add(collectors.Event{
				Kind: KindLost, Level: collectors.LevelWarning, Source: processSource,
				Text: "processes started and ended faster than they could be told: some are lost",
			})
			continue
		case errors.Is(err, unix.EAGAIN):
			return e, err
		case err != nil:
			return e, fmt.Errorf("read: %w", err)
		}
		if e, err = parseProcessEvent(p.proc.buf[:n]); err != nil {
			continue // of a kind that was not asked for
		}
		if e.what == procNone && e.status != 0 {
			return e, refusal("listen", unix.Errno(e.status))
		}
		return e, nil
	}
}

// receive is recv(2) of the kernel's messages, which have no sender worth allocating for.
func receive(fd int, b []byte, flags int) (int, error) {
	n, _, errno := unix.Syscall6(unix.SYS_RECVFROM, uintptr(fd), uintptr(unsafe.Pointer(&b[0])), uintptr(len(b)), uintptr(flags), 0, 0)
	if errno != 0 {
		return 0, errno
	}
	return int(n), nil
}

// listenProcesses opens the connector and asks it to tell.
func listenProcesses() (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, unix.NETLINK_CONNECTOR)
	if err != nil {
		return -1, refusal("open", err)
	}
	fail := func(what string, err error) (int, error) {
		return -1, errors.Join(refusal(what, err), unix.Close(fd))
	}
	const connectorProc = 1
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: connectorProc}); err != nil {
		return fail("bind", err)
	}
	// As much as an ordinary user gets.
	if unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUFFORCE, receiveBuffer) != nil {
		_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_RCVBUF, receiveBuffer)
	}
	if err := unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, onlyProcesses()); err != nil {
		return fail("filter", err)
	}
	for _, request := range listenRequests() {
		if err := unix.Sendto(fd, request, 0, &unix.SockaddrNetlink{Family: unix.AF_NETLINK}); err != nil {
			return fail("ask", err)
		}
	}
	return fd, nil
}

// onlyProcesses lets the kernel drop what nobody asked for, which it tells all the same
// before Linux 6.6, and the ends of threads, of which a busy program has thousands a
// second: those whose own id is not that of their process.
func onlyProcesses() *unix.SockFprog {
	const (
		load    = unix.BPF_LD | unix.BPF_W | unix.BPF_ABS
		toX     = unix.BPF_MISC | unix.BPF_TAX
		equalX  = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_X
		equal   = unix.BPF_JMP | unix.BPF_JEQ | unix.BPF_K
		give    = unix.BPF_RET | unix.BPF_K
		all     = 0xffffffff
		nothing = 0
	)
	filter := []unix.SockFilter{
		{Code: load, K: procEvent},
		{Code: equal, K: loaded(procNone), Jt: 6}, // the answer to what was asked
		{Code: equal, K: loaded(procExec), Jt: 5},
		{Code: equal, K: loaded(procExit), Jf: 5},
		{Code: load, K: procUnion},
		{Code: toX},
		{Code: load, K: procUnion + 4},
		{Code: equalX, Jf: 1},
		{Code: give, K: all},
		{Code: give, K: nothing},
	}
	return &unix.SockFprog{Len: uint16(len(filter)), Filter: &filter[0]}
}

// loaded is a number as a filter loads it, which takes that of the kernel for one in the
// order of the network.
func loaded(n uint32) uint32 {
	return binary.BigEndian.Uint32(binary.NativeEndian.AppendUint32(nil, n))
}

// refusal says why the kernel does not tell, for a person.
func refusal(what string, err error) error {
	switch {
	case errors.Is(err, unix.EPERM), errors.Is(err, unix.EACCES):
		return fmt.Errorf("%s: %w: before Linux 6.6 it takes CAP_NET_ADMIN, which "+olderKernelsDropIn+" gives", what, err)
	case errors.Is(err, unix.ECONNREFUSED), errors.Is(err, unix.EPROTONOSUPPORT), errors.Is(err, unix.ESRCH):
		return fmt.Errorf("%s: %w: it is told in the host's own network and process namespace alone", what, err)
	}
	return fmt.Errorf("%s: %w", what, err)
}

// readOnce reads a file whose path ends with a zero into b, and allocates nothing: it is
// asked for at every start of a program. It returns nil where there is none.
func readOnce(path, b []byte) []byte {
	at := unix.AT_FDCWD
	fd, _, errno := unix.Syscall6(unix.SYS_OPENAT, uintptr(at), uintptr(unsafe.Pointer(&path[0])), unix.O_RDONLY|unix.O_CLOEXEC, 0, 0, 0)
	if errno != 0 {
		return nil
	}
	n, err := unix.Read(int(fd), b)
	_ = unix.Close(int(fd)) // it was only read
	if err != nil {
		return nil
	}
	return b[:n]
}
