package auth

import (
	"fmt"
	"testing"
)

// Whoever has many addresses must not make a table grow, nor make it forget who keeps
// coming.
func TestTable_KeepsTheNewestInABoundedPlace(t *testing.T) {
	const most = 100
	tab := newTable[string, int](most)
	tab.put("busy", -1)
	for i := range 40_000 {
		tab.put(fmt.Sprint(i), i)
		if _, ok := tab.get("busy"); !ok {
			t.Fatalf("after %d others the one that is used was forgotten", i+1)
		}
		if n := len(tab.young) + len(tab.old); n > 2*most {
			t.Fatalf("after %d entries it holds %d, want at most %d", i+1, n, 2*most)
		}
	}
	for i := 40_000 - most + 1; i < 40_000; i++ {
		if got, ok := tab.get(fmt.Sprint(i)); !ok || got != i {
			t.Fatalf("one of the newest %d, %d, is %d, %v", most, i, got, ok)
		}
	}
	if _, ok := tab.get("0"); ok {
		t.Error("the oldest is still there")
	}
}
