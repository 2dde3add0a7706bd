package embedded

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"strings"
)

// OpenListenError says that an address can be reached by others.
type OpenListenError struct{ Listen string }

func (e *OpenListenError) Error() string {
	return fmt.Sprintf("listen on %q: others could reach this address, and nobody would have to sign in", e.Listen)
}

// onlyLoopback refuses addresses that others can reach.
func onlyLoopback(listen string) error {
	addr, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil {
		return fmt.Errorf("listen on %q: %w", listen, err)
	}
	if addr.IP == nil || !addr.IP.IsLoopback() {
		return &OpenListenError{listen}
	}
	return nil
}

// ownNames returns the names of this machine that can be known without asking anybody:
// its hostname and what /etc/hosts calls it in full. A machine that is named otherwise
// in DNS needs AllowHosts.
func ownNames() []string {
	name, err := os.Hostname()
	if err != nil || name == "" {
		return nil
	}
	names := []string{name}
	if short, _, qualified := strings.Cut(name, "."); qualified {
		return append(names, short)
	}
	f, err := os.Open("/etc/hosts")
	if err != nil {
		return names
	}
	defer func() { _ = f.Close() }() // it was only read
	return append(names, fullNames(bufio.NewScanner(f), name)...)
}

// fullNames returns the names of a hosts(5) file that begin with "name.".
func fullNames(lines *bufio.Scanner, name string) []string {
	var out []string
	for lines.Scan() {
		line, _, _ := strings.Cut(lines.Text(), "#")
		fields := strings.Fields(line)
		for _, f := range fields[min(1, len(fields)):] {
			if len(f) > len(name)+1 && strings.EqualFold(f[:len(name)+1], name+".") {
				out = append(out, f)
			}
		}
	}
	return out
}
