package incident

import "testing"

func BenchmarkMake(b *testing.B) {
	ring := simulated(b, 15)
	o := stretchOf(ring)
	b.ResetTimer()
	for range b.N {
		if _, err := Make(b.Context(), ring, o); err != nil {
			b.Fatal(err)
		}
	}
}
