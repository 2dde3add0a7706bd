package main

import (
	"io"
	"os"
	"os/exec"
	"strconv"
	"syscall"

	"golang.org/x/sys/unix"

	"dashcam/bench/measure"
)

// onTerminal starts a program on a terminal of 200 columns that nobody sees: what it draws is
// read and dropped.
func onTerminal(cmd *exec.Cmd) (*measure.Program, func(), error) {
	master, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		return nil, nil, err
	}
	closeMaster := func() { _ = master.Close() }
	fd := int(master.Fd())
	number, err := unix.IoctlGetInt(fd, unix.TIOCGPTN)
	if err == nil {
		err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0)
	}
	if err == nil {
		err = unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, &unix.Winsize{Row: 50, Col: 200})
	}
	if err != nil {
		closeMaster()
		return nil, nil, err
	}
	slave, err := os.OpenFile("/dev/pts/"+strconv.Itoa(number), os.O_RDWR|unix.O_NOCTTY, 0)
	if err != nil {
		closeMaster()
		return nil, nil, err
	}
	cmd.Stdin, cmd.Stderr = slave, slave
	cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true, Setctty: true}
	p, err := measure.Start(cmd, slave)
	_ = slave.Close()
	if err != nil {
		closeMaster()
		return nil, nil, err
	}
	go func() { _, _ = io.Copy(io.Discard, master) }()
	return p, closeMaster, nil
}
