package main

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors/history/store"
	"dashcam/server/wire"
)

// told is what the API said about a row: its values, and the processes on top.
type told struct {
	Row struct {
		T       []int64
		Columns json.RawMessage
		Missed  []wire.Missed
	}
	Processes struct {
		Observations json.RawMessage
	}
}

// tell asks for a row.
func (p *program) tell(seq uint64) (out told, err error) {
	for path, into := range map[string]any{
		fmt.Sprintf("/api/v1/row?seq=%d", seq):                   &out.Row,
		fmt.Sprintf("/api/v1/processes?from=%d&to=%d", seq, seq): &out.Processes,
	} {
		if err := p.object(path, into); err != nil {
			return out, err
		}
	}
	return out, nil
}

func (p *program) object(path string, into any) error {
	body, err := p.ask(path, time.Minute)
	if err != nil {
		return err
	}
	return json.Unmarshal([]byte(body), into)
}

// missedBefore is what is said to be missing before a row.
func (p *program) missedBefore(t *testing.T, seq uint64) []wire.Missed {
	t.Helper()
	row, err := p.tell(seq)
	if err != nil {
		t.Fatal(err)
	}
	return row.Row.Missed
}

// restartGap is what has to be missing behind the last row before a kill: as many rows as
// there was time for.
func (p *program) restartGap(t *testing.T, last uint64, interval time.Duration) []wire.Missed {
	t.Helper()
	var at [2]int64
	for i := range at {
		row, err := p.tell(last + uint64(i))
		if err != nil {
			t.Fatal(err)
		}
		at[i] = row.Row.T[0]
	}
	n := int((at[1]-at[0])/interval.Milliseconds()) - 1
	if n <= 0 {
		return nil // it was there again before the next row was due
	}
	return []wire.Missed{{Seq: last + 1, Count: n, Why: store.WhyKilled}}
}

// keeping is the part of the health answer that is looked at here.
type keeping struct {
	Remembered struct{ Newest uint64 }
	Store      keptOnDisk `json:"tape"`
}

type keptOnDisk struct {
	Instances []life
	Damaged   int
	Lost      int
	Problem   string
}

type life struct {
	First uint64
	Ended string
}

// mostLives is how many lives health names at most.
const mostLives = 100

// last returns the last life, or one before it.
func (k *keptOnDisk) last(back int) life { return k.Instances[len(k.Instances)-1-back] }

// killedAt kills the program a while after it told about a row, and returns what it told
// about its rows until then.
func (p *program) killedAt(t *testing.T, after time.Duration) map[uint64]told {
	t.Helper()
	rows := make(map[uint64]told)
	var kill *time.Timer
	for {
		var h keeping
		err := p.object("/api/v1/health", &h)
		seq := h.Remembered.Newest
		if _, known := rows[seq]; err == nil && !known {
			var row told
			if row, err = p.tell(seq); err == nil {
				rows[seq] = row
			}
		}
		if err == nil {
			if kill == nil {
				kill = time.AfterFunc(after, func() { _ = p.cmd.Process.Kill() })
				defer kill.Stop()
			}
			continue
		}
		if kill == nil || kill.Stop() {
			t.Fatalf("before it was killed: %v", err)
		}
		<-p.ended
		if status, ok := p.cmd.ProcessState.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGKILL {
			t.Fatalf("it ended with %v, want killed", p.err)
		}
		return rows
	}
}

// TestProgram_KilledKeepsWhatItTold kills the program with SIGKILL at random moments and
// starts it again: what it told about a row before, it tells again, and where it broke off
// it says why. DASHCAM_KILLS is how often, 10 times by default; make kills does it 200
// times.
func TestProgram_KilledKeepsWhatItTold(t *testing.T) {
	kills := 10
	if s := os.Getenv("DASHCAM_KILLS"); s != "" {
		n, err := strconv.Atoi(s)
		if err != nil || n < 1 {
			t.Fatalf("DASHCAM_KILLS is %q: expected a number of at least 1", s)
		}
		kills = n
		t.Setenv("DASHCAM_KILLS", "") // it is no setting of the program
		if err := os.Unsetenv("DASHCAM_KILLS"); err != nil {
			t.Fatal(err)
		}
	} else {
		t.Parallel()
	}
	const interval = 100 * time.Millisecond
	dir := filepath.Join(t.TempDir(), "state")
	args := []string{"--state-dir", dir, "--interval", interval.String()}
	bin, rnd := binary(t), rand.New(rand.NewPCG(8, 0))
	rows := make(map[uint64]told)
	var slowest time.Duration
	handed, most, missing, compared := uint64(0), uint64(0), uint64(0), uint64(0)
	for kill := range kills + 1 {
		began := time.Now()
		p := start(t, bin, args...)
		slowest = max(slowest, time.Since(began))
		var h keeping
		t.Cleanup(func() {
			if t.Failed() {
				t.Logf("kill %d: its health told %+v", kill, h)
			}
		})
		waitUntil(t, "its first row on the disk", func() bool {
			if err := p.object("/api/v1/health", &h); err != nil {
				t.Fatal(err)
			}
			if n := len(h.Store.Instances); n == 0 || n != min(kill+1, mostLives) || h.Store.Instances[n-1].Ended != "" {
				return false
			}
			a, err := store.OpenArchive(dir)
			return err == nil && a.Stats().Newest >= h.Store.last(0).First
		})
		if h.Store.Damaged > 0 || h.Store.Lost > 0 || h.Store.Problem != "" {
			t.Fatalf("kill %d: %+v", kill, h.Store)
		}
		if kill > 0 {
			newest := h.Store.last(0).First - 1
			if newest != handed {
				t.Errorf("kill %d: it goes on behind row %d, the kernel had %d", kill, newest, handed)
			}
			if got := h.Store.last(1).Ended; got != store.WhyKilled {
				t.Errorf("kill %d: the one before ended with %q", kill, got)
			}
			if diff := cmp.Diff(p.restartGap(t, newest, interval), p.missedBefore(t, newest+1)); diff != "" {
				t.Errorf("kill %d: missing before row %d (-want +got)\n%s", kill, newest+1, diff)
			}
			gone := uint64(0)
			for seq, want := range rows {
				if seq > newest {
					gone = max(gone, seq-newest)
					continue
				}
				got, err := p.tell(seq)
				if err != nil {
					t.Fatalf("kill %d: row %d of at most %d: %v", kill, seq, newest, err)
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Fatalf("kill %d: row %d (-before +after)\n%s", kill, seq, diff)
				}
				compared++
			}
			most, missing = max(most, gone), missing+gone
		}
		if kill == kills {
			t.Logf("%d kills, %d rows: %d comparisons with what was told before, %d rows told and not yet handed over are missing (at most %d of one kill); started and first row after at most %s",
				kills, h.Remembered.Newest, compared, missing, most, slowest.Round(time.Millisecond))
			// The API tells a row in the moment in which another goroutine hands it over: that
			// one may be missing after each kill, and few others.
			if compared < uint64(kills) || missing > uint64(kills)+compared/4 {
				t.Errorf("%d rows were told again, %d were not", compared, missing)
			}
			return
		}
		rows = p.killedAt(t, time.Duration(rnd.IntN(1200))*time.Millisecond)
		archive, err := store.OpenArchive(dir)
		if err != nil {
			t.Fatal(err)
		}
		handed = archive.Stats().Newest
	}
}
