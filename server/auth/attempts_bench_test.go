package auth

import (
	"fmt"
	"net/netip"
	"testing"
	"time"
)

// What an attempt costs that has to wait: of one address, and of 40,000 in turn. Going
// through all that is remembered would show as a ratio of thousands.
func BenchmarkSignIn_ToldToWait(b *testing.B) {
	for _, addresses := range []int{1, 40_000} {
		b.Run(fmt.Sprintf("addresses=%d", addresses), func(b *testing.B) {
			t := newAttempts()
			from := make([]netip.Prefix, addresses)
			addr := netip.MustParseAddr("10.0.0.0")
			for i := range from {
				addr = addr.Next()
				from[i] = network(addr)
			}
			i := 0
			for b.Loop() {
				i++
				now := start.Add(time.Duration(i) * time.Millisecond)
				where := from[i%addresses]
				t.admit(t.id(where, fmt.Sprint(i)), where, nil, now)
			}
		})
	}
}
