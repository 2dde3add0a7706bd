package events

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"github.com/godbus/dbus/v5"
	"golang.org/x/time/rate"
)

// connect takes up a connection that knows no more than it needs: no file descriptors are
// passed over it and nobody can call anything on it.
func (b *bus) connect(ctx context.Context) (*dbus.Conn, error) {
	if _, err := os.Stat(b.path); err != nil {
		return nil, fmt.Errorf("%w: %s %w", errNoBus, b.path, reason(err))
	}
	dialer := net.Dialer{Timeout: busTimeout}
	socket, err := dialer.DialContext(ctx, "unix", b.path)
	if err != nil {
		return nil, fmt.Errorf("connect to %s: %w", b.path, err)
	}
	within := func(err error) (*dbus.Conn, error) {
		_ = socket.Close() // it may be closed already
		if errors.Is(err, io.EOF) {
			return nil, fmt.Errorf("%s refuses user %d, perhaps because it has no name: the package gives the unit one (/usr/lib/sysusers.d/dashcam.conf)", b.path, os.Geteuid())
		}
		return nil, fmt.Errorf("sign in to %s: %w", b.path, err)
	}
	if err := socket.SetDeadline(time.Now().Add(busTimeout)); err != nil {
		return within(err)
	}
	limited := &limitedConn{Conn: socket, limit: rate.NewLimiter(busBytes, busBurst)}
	limited.in = bufio.NewReaderSize(readerFunc(limited.take), 4<<10)
	conn, err := dbus.NewConn(limited, dbus.WithContext(ctx), dbus.WithHandler(nothing{}), dbus.WithSignalHandler(b))
	if err != nil {
		return within(err)
	}
	if err := conn.Auth([]dbus.Auth{dbus.AuthExternal(strconv.Itoa(os.Geteuid()))}); err != nil {
		return within(err)
	}
	if err := conn.Hello(); err != nil {
		return within(err)
	}
	if err := socket.SetDeadline(time.Time{}); err != nil {
		return within(err)
	}
	return conn, nil
}

// limitedConn reads no more than a limit, since whoever sends more would have us use memory
// and processor for it. It reads ahead, because messages are decoded byte for byte.
type limitedConn struct {
	net.Conn
	limit *rate.Limiter
	in    *bufio.Reader
}

func (c *limitedConn) Read(b []byte) (int, error) { return c.in.Read(b) }

func (c *limitedConn) take(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if n > 0 && !c.limit.AllowN(time.Now(), n) {
		return 0, errTooMuch
	}
	return n, err
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(b []byte) (int, error) { return f(b) }

// nothing is what others can call: nothing.
type nothing struct{}

func (nothing) LookupObject(dbus.ObjectPath) (dbus.ServerObject, bool) { return nil, false }
