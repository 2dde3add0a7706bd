package fleet

import (
	"sync"

	"golang.org/x/time/rate"
)

// A hub reads at most messagesPerSecond on each subject of a host, and messageBurst at once,
// which is many times what an honest host sends. What comes beyond is dropped unread, so
// that a host that floods is not heard, and all others are.
const (
	messagesPerSecond = 50
	messageBurst      = 200
	maxLimited        = 100_000
)

// hostLimits bound how often each host is listened to. The zero value is ready.
type hostLimits struct {
	mu sync.Mutex
	of map[hostSubject]*rate.Limiter
}

type hostSubject struct{ host, word string }

func (l *hostLimits) allow(host, word string) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	key := hostSubject{host, word}
	limiter := l.of[key]
	if limiter == nil {
		if l.of == nil || len(l.of) >= maxLimited {
			l.of = make(map[hostSubject]*rate.Limiter)
		}
		limiter = rate.NewLimiter(messagesPerSecond, messageBurst)
		l.of[key] = limiter
	}
	return limiter.Allow()
}
