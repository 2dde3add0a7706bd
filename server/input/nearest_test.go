package input

import "testing"

func TestNearest(t *testing.T) {
	known := []string{"listen", "interval", "history", "history-memory", "seed"}
	for word, want := range map[string]string{
		"listn": "listen", "intervall": "interval", "INTERVAL": "interval", "histroy": "history", "history-memroy": "history-memory",
		"sed": "seed", "": "", "x": "", "dees": "", "metrics": "",
	} {
		if got := Nearest(word, known); got != want {
			t.Errorf("nearest to %q is %q, want %q", word, got, want)
		}
	}
}
