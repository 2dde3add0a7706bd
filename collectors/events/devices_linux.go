package events

import (
	"bytes"
	"errors"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"

	"dashcam/collectors"
)

const deviceSource = "NETLINK_KOBJECT_UEVENT (devices)"

// devices tells of devices that are added and removed, and of processors that are switched
// on and off, by the messages that the kernel also sends to udev.
type devices struct {
	listener
	in messages
}

func newDevices(cfg Config) *devices { return &devices{listener: newListener(cfg)} }

func (d *devices) name() string { return deviceSource }

func (d *devices) poll(tell func(collectors.Event)) error {
	if !own(d.cfg) {
		return errOtherNamespace
	}
	if d.fd < 0 {
		const kernelGroup = 1
		fd, err := listenNetlink(unix.NETLINK_KOBJECT_UEVENT, kernelGroup)
		if err != nil {
			return err
		}
		d.fd = fd
	}
	return takeMessages(&d.fd, &d.in, func(b []byte) {
		if e, ok := parseDevice(b); ok {
			tell(e)
		}
	}, func() {
		tell(collectors.Event{Kind: KindLost, Level: collectors.LevelWarning, Source: deviceSource, Text: "devices changed faster than it could be told: some changes are lost"})
	})
}

// listenNetlink opens a socket that gets the messages of some groups.
func listenNetlink(protocol int, groups uint32) (int, error) {
	fd, err := unix.Socket(unix.AF_NETLINK, unix.SOCK_RAW|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, protocol)
	if err != nil {
		return -1, fmt.Errorf("open: %w", err)
	}
	if err := unix.Bind(fd, &unix.SockaddrNetlink{Family: unix.AF_NETLINK, Groups: groups}); err != nil {
		return -1, errors.Join(fmt.Errorf("listen: %w", err), unix.Close(fd))
	}
	return fd, nil
}

// messages holds what a socket sends, so that asking it takes no memory anew.
type messages [32 << 10]byte

// takeMessages hands over what the kernel has sent, and does not wait. A socket that fails is
// closed and -1 then. Messages of others than the kernel are left out.
func takeMessages(fd *int, b *messages, message func([]byte), lost func()) error {
	for {
		n, from, err := unix.Recvfrom(*fd, b[:], unix.MSG_DONTWAIT)
		switch {
		case errors.Is(err, unix.EAGAIN):
			return nil
		case errors.Is(err, unix.EINTR):
			continue
		case errors.Is(err, unix.ENOBUFS):
			lost()
			continue
		case err != nil:
			_ = unix.Close(*fd) // it was only read
			*fd = -1
			return err
		}
		if sender, ok := from.(*unix.SockaddrNetlink); ok && sender.Pid == 0 {
			message(b[:n])
		}
	}
}

// parseDevice reads a message: "add@/devices/…", then KEY=value, each ended by a zero.
func parseDevice(b []byte) (collectors.Event, bool) {
	head, rest, found := bytes.Cut(b, []byte{0})
	if !found || !bytes.Contains(head, []byte("@/")) {
		return collectors.Event{}, false
	}
	keys := make(map[string]string)
	for field := range bytes.SplitSeq(rest, []byte{0}) {
		if key, value, ok := strings.Cut(string(field), "="); ok {
			keys[key] = value
		}
	}
	what := deviceChanges[keys["ACTION"]]
	kind, name := deviceName(keys)
	if what == "" || name == "" {
		return collectors.Event{}, false
	}
	return collectors.Event{
		Kind: KindDevice, Text: kind + " " + name + " " + what, About: collectors.About{Kind: "device", Name: name}, Source: deviceSource,
	}, true
}

var deviceChanges = map[string]string{"add": "was added", "remove": "was removed", "online": "was switched on", "offline": "was switched off"}

// deviceName is what people call a device, "" for one that is a part of another one or made
// of others.
func deviceName(keys map[string]string) (kind, name string) {
	last := keys["DEVPATH"][strings.LastIndexByte(keys["DEVPATH"], '/')+1:]
	switch {
	case keys["SUBSYSTEM"] == "block" && keys["DEVTYPE"] == "disk" && !strings.Contains(keys["DEVPATH"], "/virtual/"):
		return "disk", keys["DEVNAME"]
	case keys["SUBSYSTEM"] == "usb" && keys["DEVTYPE"] == "usb_device":
		return "USB device", strings.TrimSpace(last + " " + keys["PRODUCT"])
	case keys["SUBSYSTEM"] == "pci":
		return "PCI device", keys["PCI_SLOT_NAME"]
	case keys["SUBSYSTEM"] == "cpu":
		return "processor", last
	}
	return "", ""
}
