package main

import (
	"bufio"
	"fmt"
	"io"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// unmapProgram lets go of the pages of the program itself that are mapped: a third of those
// that the start needs are needed later. Those come back from the page cache when they are
// used again, which costs less than a millisecond in all; the others are the kernel's to
// keep or to drop.
func unmapProgram() error {
	maps, err := os.Open("/proc/self/maps")
	if err != nil {
		return err
	}
	defer func() { _ = maps.Close() }() // nothing was written to it
	self, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return err
	}
	for _, m := range constantMappings(maps, self) {
		// No byte of it is written to, so that nothing is lost by this.
		if _, _, errno := unix.Syscall(unix.SYS_MADVISE, m.from, m.to-m.from, unix.MADV_DONTNEED); errno != 0 {
			return fmt.Errorf("madvise: %w", errno)
		}
	}
	return nil
}

// mapping is a stretch of addresses.
type mapping struct{ from, to uintptr }

// constantMappings are those of a file that cannot be written to, by the lines of
// /proc/self/maps (proc(5)).
func constantMappings(maps io.Reader, file string) (all []mapping) {
	lines := bufio.NewScanner(maps)
	for lines.Scan() {
		addresses, rest, _ := strings.Cut(lines.Text(), " ")
		mode, rest, _ := strings.Cut(rest, " ")
		var m mapping
		if n, err := fmt.Sscanf(addresses, "%x-%x", &m.from, &m.to); n != 2 || err != nil {
			continue
		}
		if (mode == "r-xp" || mode == "r--p") && strings.HasSuffix(rest, " "+file) {
			all = append(all, m)
		}
	}
	return all
}
