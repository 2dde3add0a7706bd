package stream

import (
	"context"
	"runtime/debug"
	"sync"
	"time"

	"dashcam/collectors"
	"dashcam/server/wire"
)

const (
	// leaveVerdict is how long Run waits, when it ends, for a verdict that is being made.
	leaveVerdict = 500 * time.Millisecond
	// restAfterVerdict is for how many times as long as a verdict took none is made, at most
	// longestRest: all of them together take at most 2 % of a core, or where one takes more
	// than 100 ms one is made every 5 s.
	restAfterVerdict = 49
	longestRest      = 5 * time.Second
)

// verdicts makes what is wrong with the host, for all who look: at most one at a time, and
// one for a row, by a goroutine of its own, because it may have to read from a disk. One
// that takes longer than a row leaves rows out, and while one hangs there is none.
type verdicts struct {
	fan   *Fanout
	judge func(ctx context.Context, at int64) (collectors.Verdict, error)

	mu sync.Mutex
	// seq is the newest row that was judged, message what came of it: nil where that
	// failed.
	seq     uint64
	message *Message
	making  chan struct{} // closed when that of a row is made, or may be; nil while none is
	rested  time.Time     // before which none is made
	failed  bool          // and the log says so
}

// verdictCursor is where a viewer stands that looks at verdicts.
type verdictCursor struct {
	on   bool
	seq  uint64          // the last row whose verdict it has, 0 for none
	made <-chan struct{} // closed when there may be the next one; nil where none is awaited
}

// verdict sends the newest one, and has it made where there is none for the newest row.
func (f *Feed) verdict(v *view) *Message {
	c := &f.verdicts
	for c.on && v.t > 0 && c.seq < v.newest {
		seq, message, made := f.fan.verdicts.after(c.seq, v)
		if made != nil {
			c.made = made
			return nil
		}
		if c.seq = seq; message != nil {
			return message
		}
	}
	return nil
}

// after returns the newest verdict of a row after seq; where there is none yet, what is
// closed when there is.
func (j *verdicts) after(seq uint64, v *view) (of uint64, m *Message, made <-chan struct{}) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.seq > seq {
		return j.seq, j.message, nil
	}
	if j.making == nil {
		j.making = make(chan struct{})
		if rest := time.Until(j.rested); rest > 0 {
			j.rest(rest, j.making)
		} else {
			j.begin(v.newest, v.t, j.making)
		}
	}
	return 0, nil, j.making
}

// begin makes the verdict of a row. Run waits for it, but for one that hangs.
func (j *verdicts) begin(seq uint64, t int64, made chan struct{}) {
	go func() {
		began := time.Now()
		m := j.make(seq, t)
		j.mu.Lock()
		j.seq, j.message, j.making = seq, m, nil
		j.rested = time.Now().Add(min(restAfterVerdict*time.Since(began), longestRest))
		j.mu.Unlock()
		close(made)
	}()
	j.fan.making.Go(func() {
		select {
		case <-made:
			return
		case <-j.fan.work.Done():
		}
		timer := time.NewTimer(leaveVerdict)
		defer timer.Stop()
		select {
		case <-made:
		case <-timer.C:
		}
	})
}

// rest wakes those who wait when the next one may be made.
func (j *verdicts) rest(rest time.Duration, made chan struct{}) {
	j.fan.making.Go(func() {
		timer := time.NewTimer(rest)
		defer timer.Stop()
		select {
		case <-timer.C:
		case <-j.fan.work.Done():
		}
		j.mu.Lock()
		j.making = nil
		j.mu.Unlock()
		close(made)
	})
}

// make returns the message; nil where the row cannot be judged.
func (j *verdicts) make(seq uint64, t int64) (m *Message) {
	defer func() {
		if r := recover(); r != nil {
			j.fan.log.Error("verdict panicked", "panic", r, "stack", string(debug.Stack()))
			m = nil
		}
	}()
	verdict, err := j.judge(j.fan.work, t)
	if j.tell(err); err != nil {
		return nil
	}
	j.fan.counts.encoded(wire.TopicVerdict)
	return j.fan.encode(wire.Verdict{Seq: seq, Verdict: verdict}, true)
}

// tell logs that there are no verdicts any more, or again.
func (j *verdicts) tell(err error) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if failed := err != nil; failed != j.failed && j.fan.work.Err() == nil {
		j.failed = failed
		if failed {
			j.fan.log.Warn("verdicts failing", "err", err)
		} else {
			j.fan.log.Info("verdicts recovered")
		}
	}
}
