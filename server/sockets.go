package server

import (
	"sync"
	"time"

	"dashcam/server/auth"
	"dashcam/server/wire"
)

// sockets are those that are open, so that the end of the server can join them: Fiber's
// own shutdown neither closes nor waits for them.
type sockets struct {
	mu      sync.Mutex
	open    map[*socket]struct{}
	stopped bool
	empty   chan struct{} // closed when the last one left after the stop
}

func newSockets() *sockets {
	return &sockets{open: make(map[*socket]struct{}), empty: make(chan struct{})}
}

// add returns false when the server stops.
func (s *sockets) add(k *socket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.stopped {
		return false
	}
	s.open[k] = struct{}{}
	return true
}

func (s *sockets) remove(k *socket) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.open, k)
	if s.stopped && len(s.open) == 0 {
		close(s.empty)
	}
}

// endSession says goodbye to the sockets of a session that has ended.
func (s *sockets) endSession(id auth.SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for k := range s.open {
		if k.session != nil && *k.session == id {
			k.finish(signedOut())
		}
	}
}

func signedOut() *closing { return &closing{code: wire.CloseSignedOut, bye: wire.ByeSignedOut} }

func (s *sockets) stopping() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.stopped
}

// stop closes every socket with 1001 and waits until their handlers have returned, at
// most for the given time. It returns how many are left. It is called once.
func (s *sockets) stop(wait time.Duration) int {
	s.mu.Lock()
	s.stopped = true
	if len(s.open) == 0 {
		close(s.empty)
	}
	for k := range s.open {
		k.finish(&closing{code: wire.CloseStopping, bye: wire.ByeStopping})
	}
	s.mu.Unlock()
	timer := time.NewTimer(wait)
	defer timer.Stop()
	select {
	case <-s.empty:
		return 0
	case <-timer.C:
	}
	// Whoever has not answered is cut off; the handlers return at once then.
	s.mu.Lock()
	for k := range s.open {
		cutOff(k.ws.NetConn())
	}
	s.mu.Unlock()
	timer.Reset(stopRest)
	select {
	case <-s.empty:
		return 0
	case <-timer.C:
		s.mu.Lock()
		defer s.mu.Unlock()
		return len(s.open)
	}
}
