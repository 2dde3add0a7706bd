package server

import (
	"bytes"
	"errors"
	"log/slog"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"
)

// scripted is a listener whose Accept gives errors first and then waits.
type scripted struct {
	net.Listener
	errs   []error
	closed chan struct{}
}

func (s *scripted) Accept() (net.Conn, error) {
	if len(s.errs) > 0 {
		err := s.errs[0]
		s.errs = s.errs[1:]
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: os.NewSyscallError("accept4", err)}
	}
	select {
	case <-s.closed:
		return nil, net.ErrClosed
	default:
		c, _ := net.Pipe()
		return c, nil
	}
}

func (s *scripted) Close() error {
	close(s.closed)
	return nil
}

func TestListener_OutlivesAMachineWithoutFiles(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		l := newListener(&scripted{closed: make(chan struct{}), errs: []error{
			syscall.ECONNABORTED, syscall.ENFILE, syscall.ENOBUFS, syscall.ENOMEM, syscall.EMFILE, syscall.EMFILE,
		}}, slog.New(slog.NewTextHandler(&log, nil)))
		began := time.Now()
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		// 5, 10, 20, 40, 80 and 160 ms: it neither spins nor gives up.
		if got := time.Since(began); got != 315*time.Millisecond {
			t.Errorf("accepted after %v, want 315ms", got)
		}
		if strings.Count(log.String(), "\n") != 1 || !strings.Contains(log.String(), syscall.ENFILE.Error()) {
			t.Errorf("it logged %q, want the first reason once", log.String())
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
		if left := l.drain(time.Now()); left != 0 {
			t.Errorf("%d connections counted after they were closed", left)
		}
	})
}

func TestListener_EndsWithAnErrorThatDoesNotPass(t *testing.T) {
	l := newListener(&scripted{closed: make(chan struct{}), errs: []error{syscall.EINVAL}}, slog.Default())
	if _, err := l.Accept(); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("%v, want EINVAL", err)
	}
}

func TestListener_CloseEndsTheWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		errs := make([]error, 1000)
		for i := range errs {
			errs[i] = syscall.EMFILE
		}
		l := newListener(&scripted{closed: make(chan struct{}), errs: errs}, slog.New(slog.DiscardHandler))
		ended := make(chan error)
		go func() {
			_, err := l.Accept()
			ended <- err
		}()
		synctest.Wait()
		if err := l.Close(); err != nil {
			t.Error(err)
		}
		if err := l.Close(); err != nil {
			t.Errorf("closed again: %v", err)
		}
		if err := <-ended; !errors.Is(err, net.ErrClosed) {
			t.Errorf("%v, want net.ErrClosed", err)
		}
	})
}
