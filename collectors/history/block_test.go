package history

import (
	"testing"

	"dashcam/collectors/recorded"
)

// TestSeal_TakesFewBytesPerSample is the figure that the ring's size rests on.
func TestSeal_TakesFewBytesPerSample(t *testing.T) {
	const most = 1.2
	for _, name := range recorded.Names() {
		blocks, series := recordedBlocks(t, name)
		s := newSealer(1000, DefaultMemory)
		size := int64(0)
		for _, rows := range blocks {
			size += sizeOf(s.seal(rows))
		}
		if got := float64(size) / float64(len(blocks)*blockRows*series); got > most {
			t.Errorf("%s: %.2f bytes per sample, want at most %.2f", name, got, most)
		}
	}
}
