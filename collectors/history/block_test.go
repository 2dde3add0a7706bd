package history

import "testing"

// TestSeal_TakesFewBytesPerSample is the figure that the ring's size rests on.
func TestSeal_TakesFewBytesPerSample(t *testing.T) {
	for name, c := range map[string]struct {
		busy bool
		most float64
	}{"idle": {false, 1}, "busy": {true, 1.6}} {
		s, rows := benchBlock(c.busy)
		if got := float64(sizeOf(s.seal(rows))) / blockRows / benchSeries; got > c.most {
			t.Errorf("%s: %.2f bytes per sample, want at most %.2f", name, got, c.most)
		}
	}
}
