package embedded

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
)

// The reasons of an [OpenListenError].
var (
	// ErrNoSignIn means that nobody would have to sign in.
	ErrNoSignIn = errors.New("nobody would have to sign in")
	// ErrNoTLS means that what is sent, secrets included, could be read on the way.
	ErrNoTLS = errors.New("what is sent, secrets included, could be read on the way")
)

// OpenListenError says that an address can be reached by others, and what is missing
// for that.
type OpenListenError struct {
	Listen string
	// Reason is ErrNoSignIn or ErrNoTLS.
	Reason error
}

func (e *OpenListenError) Error() string {
	return fmt.Sprintf("listen on %q: others could reach this address, and %v", e.Listen, e.Reason)
}

func (e *OpenListenError) Unwrap() error { return e.Reason }

// Loopback reports whether only this machine can reach an address to listen on.
func Loopback(listen string) (bool, error) {
	addr, err := net.ResolveTCPAddr("tcp", listen)
	if err != nil {
		return false, fmt.Errorf("listen on %q: %w", listen, err)
	}
	return addr.IP != nil && addr.IP.IsLoopback(), nil
}

// mayListen refuses to listen where others come without sign-in or in the clear.
func (cfg *Config) mayListen() error {
	if cfg.Listen == "" {
		return nil
	}
	loopback, err := Loopback(cfg.Listen)
	switch {
	case err != nil:
		return err
	case loopback:
		return nil
	case cfg.SignIn.Mode == "" || cfg.SignIn.Mode == SignInNone:
		return &OpenListenError{cfg.Listen, ErrNoSignIn}
	case !cfg.InsecureHTTP && !cfg.BehindProxy && cfg.TLS == (TLS{}):
		return &OpenListenError{cfg.Listen, ErrNoTLS}
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
