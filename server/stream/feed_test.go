package stream

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/server/wire"

	"github.com/google/go-cmp/cmp"
)

func observation(key string, cpu int64) *collectors.TableData {
	return &collectors.TableData{Table: testTable, Rows: []collectors.TableRow{
		{Key: "0", Cells: []collectors.Cell{{Text: "init"}, {Q: 1}}},
		{Key: key, Cells: []collectors.Cell{{Text: "p" + key}, {Q: cpu}}},
	}}
}

func TestFeed_JoinsWithWindowAndGoesOnWithFrames(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(50)
		v := r.viewer()
		v.feed.Subscribe(metricsOf(10))
		if diff := cmp.Diff([]string{"hello", "schema", "history"}, v.drain()); diff != "" {
			t.Errorf("on joining (-want +got)\n%s", diff)
		}
		r.ticks(2)
		if diff := cmp.Diff([]string{"frame", "frame"}, v.drain()); diff != "" {
			t.Errorf("live (-want +got)\n%s", diff)
		}
		v.hasRows(41)
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_BeginsWhere(t *testing.T) {
	const rows = 4000
	cases := map[string]struct {
		subscribe wire.Subscribe
		first     uint64
		batches   int
	}{
		"no window":               {metricsOf(0), rows, 1},
		"a window":                {metricsOf(600), rows - 599, 1},
		"a window of two batches": {metricsOf(601), rows - 600, 2},
		"the widest window":       {metricsOf(3600), rows - 3599, 6},
		"a wider window is cut":   {metricsOf(9999), rows - 3599, 6},
		"since":                   {since("one", 3900, 0), 3901, 1},
		"since the newest":        {since("one", rows, 0), rows + 1, 0},
		"since before the reach":  {since("one", 5, 0), rows - 3599, 6},
		"since a row to come":     {since("one", rows+5, 3), rows - 2, 1},
		"since another instance":  {since("two", 3990, 0), rows - 3599, 6},
		"since another, window":   {since("two", 3990, 5), rows - 4, 1},
		"since beats the window":  {since("one", 3900, 600), 3901, 1},
		"since row zero":          {since("one", 0, 0), rows - 3599, 6},
	}
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		for range rows {
			r.append()
		}
		synctest.Wait()
		for name, c := range cases {
			v := r.viewer()
			v.feed.Subscribe(c.subscribe)
			batches := 0
			for _, typ := range v.drain() {
				if typ == wire.TypeHistory || typ == wire.TypeFrame {
					batches++
				}
			}
			if batches != c.batches {
				t.Errorf("%s: %d batches, want %d", name, batches, c.batches)
			}
			t.Log(name)
			v.hasRows(c.first)
			v.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func since(instance string, seq uint64, window int) wire.Subscribe {
	return wire.Subscribe{Topics: []string{wire.TopicMetrics}, Window: window, Since: &wire.Since{Instance: instance, Seq: seq}}
}

// tornRing forgets everything but its newest row.

func TestFeed_FirstFrameNeedsNoHistory(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		v := r.viewer()
		v.feed.Subscribe(metricsOf(600))
		v.drain()
		r.ticks(2)
		v.drain()
		v.hasRows(1)
		if got := r.encodes(wire.TypeHistory); got != 0 {
			t.Errorf("%d batches of history of an empty ring", got)
		}
		v.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// Whatever a viewer goes through, it has every row exactly once and number for number,

// or the row stands in a gap because the ring itself evicted it.

func TestFeed_SchemaDifferenceComesBeforeTheFrameThatNeedsIt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(3)
		v, lagging := r.viewer(), r.viewer()
		for _, x := range []*viewer{v, lagging} {
			x.feed.Subscribe(metricsOf(2))
			x.drain()
		}
		r.names = append(r.names, "d")
		r.tick()
		if diff := cmp.Diff([]string{"schema", "frame"}, v.drain()); diff != "" {
			t.Errorf("(-want +got)\n%s", diff)
		}
		r.names = append(r.names, "e")
		r.tick()
		v.drain()
		if diff := cmp.Diff([]string{"schema", "frame", "frame"}, lagging.drain()); diff != "" {
			t.Errorf("lagging (-want +got)\n%s", diff)
		}
		for _, x := range []*viewer{v, lagging} {
			if got := len(x.state.Series); got != 5 {
				t.Errorf("%d series known, want 5", got)
			}
			x.hasRows(2)
			x.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

func TestFeed_TableDifferenceOnlyOnTheObservationItHas(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		scan := func(key string, cpu int64) {
			r.tick(func(c *history.Commit) { c.Tables = append(c.Tables, observation(key, cpu)) })
		}
		scan("1", 5)
		steady, other := r.viewer(), r.viewer()
		for _, v := range []*viewer{steady, other} {
			v.feed.Subscribe(wire.Subscribe{Topics: []string{"processes", "no such table"}})
			v.drain()
		}
		if got := r.encodes("processes"); got != 1 {
			t.Errorf("%d encodes for two joining viewers, want 1", got)
		}
		scan("1", 6)
		steady.drain()
		if got, want := steady.texts[len(steady.texts)-1], `{"type":"table","table":"processes","seq":2,"t":1795186289000,"base":1,"cols":["name","cpu"],"rows":[["1",{"cpu":6}]]}`; got != want {
			t.Errorf("difference\n got %s\nwant %s", got, want)
		}
		scan("2", 7)
		steady.drain()
		other.drain() // missed observation 2: gets the whole one
		joined := r.viewer()
		joined.feed.Subscribe(wire.Subscribe{Topics: []string{"processes"}})
		joined.drain()
		for _, v := range []*viewer{other, joined} {
			if got, want := v.texts[len(v.texts)-1], `{"type":"table","table":"processes","seq":3,"t":1795186290000,"base":0,"cols":["name","cpu"],"rows":[["0",{"name":"init","cpu":1}],["2",{"name":"p2","cpu":7}]]}`; got != want {
				t.Errorf("whole\n got %s\nwant %s", got, want)
			}
		}
		if got := r.encodes("processes"); got != 4 {
			t.Errorf("%d encodes, want 4: one whole, two differences, one whole for two", got)
		}
		r.tick() // no observation: nothing to say
		if got := steady.drain(); len(got) != 0 {
			t.Errorf("got %q without an observation", got)
		}
		scan("2", 8)
		r.tick()
		steady.drain() // two rows behind, one observation behind
		if got, want := steady.texts[len(steady.texts)-1], `{"type":"table","table":"processes","seq":5,"t":1795186292000,"base":3,"cols":["name","cpu"],"rows":[["2",{"cpu":8}]]}`; got != want {
			t.Errorf("difference after a pause\n got %s\nwant %s", got, want)
		}
		if got := len(steady.feed.tables); got != 1 {
			t.Errorf("the feed remembers %d tables, want the one that exists", got)
		}
		steady.feed.Unsubscribe(wire.Unsubscribe{Topics: []string{"processes"}})
		scan("2", 9)
		if got := steady.drain(); len(got) != 0 {
			t.Errorf("got %q after unsubscribing", got)
		}
		want := map[string]map[string]any{"0": {"name": "init", "cpu": 1.0}, "2": {"name": "p2", "cpu": 9.0}}
		other.drain()
		joined.drain()
		for _, v := range []*viewer{other, joined} {
			if diff := cmp.Diff(want, v.state.Tables["processes"].Rows); diff != "" {
				t.Errorf("table (-want +got)\n%s", diff)
			}
			v.feed.Leave()
		}
		steady.feed.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// The reader of a socket and its writer use a feed at the same time: whatever a page
// asks for meanwhile, every message applies to what came before it.
func TestFeed_HandlesMessagesWhileItSends(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := newRig(t, 0, Config{})
		r.ticks(30)
		f, err := r.fan.Join()
		if err != nil {
			t.Fatal(err)
		}
		asks := []any{
			metricsOf(5), metricsOf(0), wire.Unsubscribe{Topics: []string{wire.TopicMetrics, "processes"}}, nil,
			wire.Ping{ID: 1}, wire.Subscribe{Topics: []string{"processes", wire.TopicMetrics}, Window: 20},
		}
		pages := make(chan struct{})
		go func() {
			defer close(pages)
			for i := range 600 {
				f.Handle(asks[(i*i+i/7)%len(asks)])
			}
			f.End(wire.CloseProtocol, wire.ByeProtocol, "")
		}()
		ticks := make(chan struct{})
		go func() {
			defer close(ticks)
			for range 100 {
				r.append(func(c *history.Commit) { c.Tables = append(c.Tables, observation("1", 5)) })
			}
		}()
		state := wire.NewState()
		for {
			m, err := f.Next(t.Context())
			if err != nil {
				break
			}
			if err := state.Apply(m.Bytes()); err != nil {
				t.Errorf("apply %.200s: %v", m.Bytes(), err)
			}
		}
		<-pages
		<-ticks
		if state.Bye == nil || state.Bye.Reason != wire.ByeProtocol {
			t.Errorf("bye %+v, want protocol", state.Bye)
		}
		f.Leave()
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}

// A host whose series come and go: what that costs is one difference each time, whatever
// the number of viewers and of series.
func TestFeed_ChangesOfTheSchemaAreEncodedOnceForAllViewers(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		const viewers, changes = 20, 30
		r := newRig(t, 0, Config{})
		for i := range 200 {
			r.names = append(r.names, fmt.Sprint("stays ", i))
		}
		r.ticks(3)
		var all []*viewer
		for range viewers {
			v := r.viewer()
			v.feed.Subscribe(metricsOf(2))
			v.drain()
			all = append(all, v)
		}
		stay := slices.Clone(r.names)
		whole := r.encodes("schema")
		longest := 0
		for i := range changes {
			r.names = append(slices.Clone(stay), fmt.Sprint("comes ", i))
			r.tick()
			for _, v := range all {
				before := len(v.texts)
				if diff := cmp.Diff([]string{"schema", "frame"}, v.drain()); diff != "" {
					t.Fatalf("(-want +got)\n%s", diff)
				}
				longest = max(longest, len(v.texts[before]))
			}
		}
		if got := r.encodes("schema") - whole; whole != 1 || got != changes {
			t.Errorf("%d whole schemas and %d differences were encoded for %d viewers, want 1 and %d", whole, got, viewers, changes)
		}
		if longest > 300 {
			t.Errorf("a difference of one series has %d bytes", longest)
		}
		for _, v := range all {
			v.hasRows(2)
			v.feed.Leave()
		}
		if err := r.stop(); err != nil {
			t.Error(err)
		}
	})
}
