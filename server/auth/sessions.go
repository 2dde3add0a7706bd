package auth

import (
	"crypto/sha256"
	"sync"
	"time"
)

// SessionID names a session inside of the process: the hash of the value that the
// browser holds, so that nothing here could be sent as a cookie.
type SessionID [sha256.Size]byte

const (
	defaultIdle    = 12 * time.Hour
	defaultLongest = 7 * 24 * time.Hour
	// maxSessions bounds the memory that whoever knows the secret can take.
	maxSessions = 1000
)

// sessions are those that go on. They live in memory and end with the process.
type sessions struct {
	idle, longest time.Duration

	mu  sync.Mutex
	all map[SessionID]*session
}

type session struct {
	began, used time.Time
	// key is the sum of the second secret.
	key [sha256.Size]byte
}

func newSessions(idle, longest time.Duration) *sessions {
	if idle <= 0 {
		idle = defaultIdle
	}
	if longest <= 0 {
		longest = defaultLongest
	}
	return &sessions{idle: idle, longest: longest, all: make(map[SessionID]*session)}
}

// begin returns the cookie of a new session, which belongs to a key.
func (s *sessions) begin(key string, now time.Time) string {
	value := NewToken()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.all) >= maxSessions {
		s.sweep(now)
	}
	s.all[sha256.Sum256([]byte(value))] = &session{began: now, used: now, key: sha256.Sum256([]byte(key))}
	return value
}

// sweep forgets the sessions that have ended, and if there are none, the one that was
// not used for the longest.
func (s *sessions) sweep(now time.Time) {
	var oldest SessionID
	var at time.Time
	for id, each := range s.all {
		if s.over(each, now) {
			delete(s.all, id)
		} else if at.IsZero() || each.used.Before(at) {
			oldest, at = id, each.used
		}
	}
	if len(s.all) >= maxSessions {
		delete(s.all, oldest)
	}
}

// has reports whether a session belongs to a key.
func (s *sessions) has(id SessionID, key string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	each, known := s.all[id]
	return known && same(each.key, key)
}

// use reports whether a session goes on, and counts it as used.
func (s *sessions) use(id SessionID, now time.Time) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	each, known := s.all[id]
	if !known {
		return false
	}
	if s.over(each, now) {
		delete(s.all, id)
		return false
	}
	each.used = now
	return true
}

func (s *sessions) over(each *session, now time.Time) bool {
	return now.Sub(each.used) >= s.idle || now.Sub(each.began) >= s.longest
}

func (s *sessions) end(id SessionID) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.all, id)
}
