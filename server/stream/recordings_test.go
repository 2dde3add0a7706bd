package stream

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest"
	"dashcam/collectors/history"
	"dashcam/server/wire"

	"github.com/google/go-cmp/cmp"
)

const recordingsDir = "../wire/testdata/recordings"

// A recording is what a server sent to one page over a life of ticks, cuts, lags,
// series that come and go, forgotten rows and restarts, with what the page must hold in
// the end. The messages are the fan-out's; what they must lead to is computed from the rows
// that were committed. The page's own tests read the same files.
type recording struct {
	About   string          `json:"about"`
	Steps   []recordedStep  `json:"steps"`
	Columns recordedColumns `json:"columns"`
}

// recordedStep is a message, or the beginning of a socket with what the page asks for
// on it: since is where it stands by then, absent while it has no row of the instance.
type recordedStep struct {
	Open    *recordedOpen   `json:"open,omitempty"`
	Message json.RawMessage `json:"message,omitempty"`
}

type recordedOpen struct {
	Since *wire.Since `json:"since,omitempty"`
}

// recordedColumns is what the page holds: its rows in order, those of earlier instances
// first, and the value of each series in each of them, in quanta.
type recordedColumns struct {
	Instance string `json:"instance"`
	// Seq is 0 for rows of earlier instances.
	Seq    []uint64            `json:"seq"`
	T      []int64             `json:"t"`
	Missed map[string]int      `json:"missed"` // by place in the lists above
	Series map[string][]*int64 `json:"series"` // by the label
	Lost   int                 `json:"lost"`
	Events []collectors.Event  `json:"events"`
	// Table is the newest observation: cells by row key and column.
	Table map[string]map[string]any `json:"table"`
}

// life is a page and the servers it meets. It knows what the page must hold without
// reading a row from a message.
type life struct {
	t    *testing.T
	rand *rand.Rand
	rec  recording

	// The server of the moment.
	instances int
	ring      *history.Ring
	fan       *Fanout
	stop      func()
	now       int64
	names     []string
	truth     map[uint64]wire.StateRow
	keys      map[collectors.SeriesID]string
	events    []collectors.Event
	newTable  *collectors.TableData

	// The page.
	feed  *Feed
	state *wire.State // Go's own reading of the messages
	page  model
}

// model is what a page must hold.
type model struct {
	instance string
	last     uint64 // the newest row of the instance
	rows     []modelRow
	known    map[string]bool // the series of its schema
	// joined and expected bound the rows of the instance that count; got are those of
	// them that came. lost sums up earlier instances.
	joined, expected uint64
	got, lost        int
	gaps             []wire.Gap
	// partial are the rows whose remaining columns are still to come.
	partial map[uint64]bool
}

type modelRow struct {
	instance string
	seq      uint64
	t        int64
	missed   int
	values   map[string]int64
}

type lifeOptions struct {
	about string
	seed  uint64
	steps int
	// remembers is how long the ring does, at least; all of it where it is 0.
	remembers time.Duration
	// weights of what happens at a step.
	tick, lag, cut, series, overrun, restart int
	// contains is what a recording is worth nothing without.
	contains []string
}

func lives() map[string]lifeOptions {
	return map[string]lifeOptions{
		"cuts-and-lags": {
			about: "The connection is cut at any message, the page lags behind a few rows or many, and nothing is forgotten.",
			seed:  21, steps: 90, tick: 6, lag: 2, cut: 3,
			contains: []string{`"type":"frame"`, `"type":"history"`, `"type":"event"`, `"base":0`, `"gone":`, `"part":"first"`, `"part":"rest"`, `"missed":`},
		},
		"series-come-and-go": {
			about: "Devices appear, vanish and return; a series that no remembered row has a value of is dropped, and its name may return with another id.",
			seed:  2, steps: 90, remembers: 3 * time.Minute, tick: 6, lag: 2, cut: 2, series: 3,
			contains: []string{`"add":`, `"drop":`},
		},
		"overruns": {
			about: "The page is away, or lags, for longer than the ring remembers: gaps are named, what is left is exact.",
			seed:  22, steps: 20, remembers: 3 * time.Minute, tick: 4, lag: 1, cut: 2, overrun: 3,
			contains: []string{`"gap":`},
		},
		"restarts": {
			about: "The server is started anew, with its clock ahead or behind: nothing of one instance is taken for the other's.",
			seed:  4, steps: 70, tick: 6, lag: 1, cut: 2, restart: 2,
			contains: []string{`"instance":"instance-5"`},
		},
		"everything": {
			about: "All of it.",
			seed:  10, steps: 80, remembers: 2 * time.Minute, tick: 6, lag: 2, cut: 3, series: 2, overrun: 1, restart: 1,
			contains: []string{`"gap":`, `"add":`, `"drop":`, `"instance":"instance-3"`},
		},
	}
}

func TestRecordings_AreFreshAndLeadToWhatWasCommitted(t *testing.T) {
	written := make(map[string]bool)
	for name, o := range lives() {
		written[name+".json"] = true
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				path := filepath.Join(recordingsDir, name+".json")
				r := live(t, o)
				text := r.text(t)
				for _, part := range o.contains {
					if !bytes.Contains(text, []byte(part)) {
						t.Errorf("nothing with %s happened; choose another seed", part)
					}
				}
				if collectortest.Updating() {
					if err := os.WriteFile(path, text, 0o644); err != nil {
						t.Fatal(err)
					}
				}
				file, err := os.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(text, file) {
					t.Errorf("%s is not what the fan-out sends now; go test -update and review (-want +got)\n%.4000s", path, cmp.Diff(string(text), string(file)))
				}
			})
		})
	}
	files, err := filepath.Glob(filepath.Join(recordingsDir, "*.json"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no recordings: %v", err)
	}
	for _, f := range files {
		if !written[filepath.Base(f)] {
			t.Errorf("%s belongs to no life", f)
		}
	}
}

// TestLives_LeadToWhatWasCommitted goes through many more lives than are recorded.
func TestLives_LeadToWhatWasCommitted(t *testing.T) {
	for name, o := range lives() {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(10) {
				o.seed = 100 + seed
				synctest.Test(t, func(t *testing.T) { live(t, o) })
			}
		})
	}
}

// live goes through one life and compares, at its end and whenever the page is up to
// date, what the messages led to with what was committed.
func live(t *testing.T, o lifeOptions) recording {
	t.Helper()
	l := &life{
		t: t, rand: rand.New(rand.NewPCG(o.seed, 17)), names: []string{"a", "b", "c"}, state: wire.NewState(),
		now: 1_795_186_288_000,
	}
	l.rec.About = o.about
	l.start(o.remembers)
	for range l.rand.IntN(20) {
		l.tick()
	}
	l.open()
	total := o.tick + o.lag + o.cut + o.series + o.overrun + o.restart
	for range o.steps {
		n := l.rand.IntN(total)
		switch {
		case n < o.tick:
			l.tick()
			l.read(l.rand.IntN(4))
		case n < o.tick+o.lag:
			for range l.rand.IntN(40) {
				l.tick()
			}
			l.read(l.rand.IntN(4))
		case n < o.tick+o.lag+o.cut:
			l.feed.Leave()
			for range l.rand.IntN(15) {
				l.tick()
			}
			l.open()
			l.read(l.rand.IntN(6))
		case n < o.tick+o.lag+o.cut+o.series:
			l.changeSeries()
			l.tick()
			l.read(l.rand.IntN(8))
		case n < o.tick+o.lag+o.cut+o.series+o.overrun:
			away := l.rand.IntN(2) == 0
			if away {
				l.feed.Leave()
			}
			for range 150 + l.rand.IntN(200) {
				l.tick()
			}
			if away {
				l.open()
			}
			l.read(l.rand.IntN(6))
		default:
			l.restart(o.remembers)
		}
	}
	l.tick()
	l.read(1 << 20)
	l.tick() // a frame, so that every interruption is settled
	l.read(1 << 20)
	l.check()
	l.rec.Columns = l.columns()
	l.feed.Leave()
	l.stop()
	return l.rec
}

func (l *life) start(remembers time.Duration) {
	l.instances++
	l.ring = history.New(history.Config{Instance: fmt.Sprint("instance-", l.instances), Age: remembers, Tables: []*collectors.Table{testTable}, Panels: []collectors.Panel{testPanel}})
	l.fan = New(Config{Ring: l.ring, Hello: func() wire.Hello { return wire.Hello{Version: "1", Build: "b", IntervalMs: 1000} }})
	l.truth, l.keys = make(map[uint64]wire.StateRow), make(map[collectors.SeriesID]string)
	l.events, l.newTable = nil, nil
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- l.fan.Run(ctx) }()
	synctest.Wait()
	l.stop = func() {
		cancel()
		if err := <-done; err != nil {
			l.t.Error(err)
		}
	}
}

// restart ends the server without a word, as a crash does.
func (l *life) restart(remembers time.Duration) {
	l.feed.Leave()
	l.stop()
	if l.rand.IntN(4) == 0 {
		l.now -= 3_600_000
	} else {
		l.now += int64(l.rand.IntN(60)) * 1000
	}
	l.start(remembers)
	for range l.rand.IntN(30) {
		l.tick()
	}
	l.open()
	l.read(l.rand.IntN(8))
}

func (l *life) changeSeries() {
	l.names = []string{"a"}
	for i := range 6 {
		if l.rand.IntN(2) == 0 {
			l.names = append(l.names, fmt.Sprint("x", i))
		}
	}
	l.names = append(l.names, fmt.Sprint("y", l.rand.IntN(40)))
}

// tick commits a row and lets the pump see it.
func (l *life) tick() {
	l.t.Helper()
	values := make(map[collectors.SeriesID]int64)
	for _, name := range l.names {
		id, err := l.ring.Intern(collectors.Series{Family: testGauge, Labels: collectors.LabelsOf(name)})
		if err != nil {
			l.t.Fatal(err)
		}
		l.keys[id] = name
		switch l.rand.IntN(40) {
		case 0, 1, 2, 3, 4:
			values[id] = collectors.Missing
		case 5:
			values[id] = l.rand.Int64N(1<<53) - 1<<52
		default:
			values[id] = l.rand.Int64N(3)
		}
	}
	c := history.Commit{Row: collectors.Row{T: l.now}}
	for _, id := range slices.Sorted(maps.Keys(values)) {
		c.Row.IDs, c.Row.Q = append(c.Row.IDs, id), append(c.Row.Q, values[id])
	}
	if l.rand.IntN(20) == 0 { // the host stood still
		c.Row.Missed, c.Row.Why = 1+l.rand.IntN(3), "the sampler was late"
		l.now += int64(c.Row.Missed) * 1000
		c.Row.T = l.now
	}
	if l.rand.IntN(30) == 0 {
		c.Events = append(c.Events, collectors.Event{Kind: collectors.EventClock, Text: fmt.Sprint("step ", l.rand.IntN(100))})
	}
	if l.rand.IntN(3) == 0 {
		rows := collectors.NewRows(testTable)
		for i := range 1 + l.rand.IntN(3) {
			w := rows.Add(fmt.Sprint(i, ".1"))
			w.Text(0, []string{"sh", "cat", ""}[l.rand.IntN(3)])
			if l.rand.IntN(4) > 0 {
				w.Number(1, float64(l.rand.IntN(5)))
			}
		}
		l.newTable = rows.Data()
		c.Tables = append(c.Tables, l.newTable)
	}
	row, _ := l.ring.Append(c)
	l.now += 1000
	state := wire.StateRow{T: row.T, Missed: row.Missed, Why: row.Why, Values: make(map[collectors.SeriesID]int64)}
	for i, id := range row.IDs {
		if row.Q[i] != collectors.Missing {
			state.Values[id] = row.Q[i]
		}
	}
	l.truth[row.Seq] = state
	for i, e := range c.Events {
		e.Seq, e.T, e.ID = row.Seq, row.T, fmt.Sprintf("%d.%d", row.Seq, i)
		l.events = append(l.events, e)
	}
	synctest.Wait()
}

// open begins a socket, as the page does: with the row it stands at, and the window in
// case that this means nothing to the server.
func (l *life) open() {
	l.t.Helper()
	f, err := l.fan.Join()
	if err != nil {
		l.t.Fatal(err)
	}
	l.feed = f
	m := wire.Subscribe{Topics: []string{wire.TopicMetrics, testTable.Name}, Window: wire.MaxReach}
	m.Parts = true
	if l.page.last > 0 {
		m.Since = &wire.Since{Instance: l.page.instance, Seq: l.page.last, Rest: l.page.rest()}
	}
	l.rec.Steps = append(l.rec.Steps, recordedStep{Open: &recordedOpen{Since: m.Since}})
	f.Subscribe(m)
}

// read takes at most n messages.
func (l *life) read(n int) {
	l.t.Helper()
	for range n {
		idle, cancel := context.WithTimeout(context.Background(), time.Nanosecond)
		m, err := l.feed.Next(idle)
		cancel()
		if err != nil {
			return
		}
		l.rec.Steps = append(l.rec.Steps, recordedStep{Message: m.Bytes()})
		if err := l.state.Apply(m.Bytes()); err != nil {
			l.t.Fatalf("apply %.200s: %v", m.Bytes(), err)
		}
		l.page.take(l, m.Bytes())
	}
}

// take tells the model what came, by the heads of the messages alone.
func (p *model) take(l *life, text []byte) {
	l.t.Helper()
	var head struct {
		Type     string
		Instance string
		Oldest   uint64
		OldestT  int64
		Newest   uint64
		Seq      json.RawMessage
		Gap      *wire.Gap
		Series   []wire.Series
		Add      []wire.Series
		Drop     []collectors.SeriesID
		Part     wire.HistoryPart
	}
	if err := json.Unmarshal(text, &head); err != nil {
		l.t.Fatal(err)
	}
	var seqs []uint64
	switch head.Type {
	case wire.TypeHello:
		p.hello(head.Instance, head.Oldest, head.OldestT, head.Newest)
	case wire.TypeSchema:
		p.schema(l, head.Series, head.Add, head.Drop)
	case wire.TypeFrame:
		seqs = make([]uint64, 1)
		if err := json.Unmarshal(head.Seq, &seqs[0]); err != nil {
			l.t.Fatal(err)
		}
	case wire.TypeHistory:
		if err := json.Unmarshal(head.Seq, &seqs); err != nil {
			l.t.Fatal(err)
		}
		if head.Gap != nil {
			p.forget(*head.Gap)
		}
	}
	for _, seq := range seqs {
		switch {
		case head.Part == wire.PartRemaining && !p.partial[seq]:
			l.t.Fatalf("the remaining columns of row %d came, which is not partial", seq)
		case head.Part == wire.PartRemaining:
			delete(p.partial, seq)
		default:
			p.row(l, seq)
			if head.Part == wire.PartPriority {
				p.partial[seq] = true
			}
		}
	}
}

// rest is what the page still needs of partial rows.
func (p *model) rest() *wire.PartialRows {
	if len(p.partial) == 0 {
		return nil
	}
	partial := slices.Sorted(maps.Keys(p.partial))
	return &wire.PartialRows{From: partial[0], To: partial[len(partial)-1]}
}

// forget makes no rows of those that are partial and not to be had any more.
func (p *model) forget(g wire.Gap) {
	p.gaps = append(p.gaps, g)
	gone := func(r modelRow) bool {
		return r.instance == p.instance && g.From <= r.seq && r.seq <= g.To && p.partial[r.seq]
	}
	for _, r := range p.rows {
		if gone(r) && r.seq > p.joined {
			p.got--
		}
	}
	p.rows = slices.DeleteFunc(p.rows, gone)
	maps.DeleteFunc(p.partial, func(seq uint64, _ bool) bool { return g.From <= seq && seq <= g.To })
}

func (p *model) hello(instance string, oldest uint64, oldestT int64, newest uint64) {
	switch {
	case p.instance == "":
		p.joined, p.expected = newest, newest // what was there before is nobody's loss
	case p.instance != instance:
		p.lost += int(p.expected-p.joined) - p.got
		if len(p.rows) > 0 && oldestT > 0 && oldestT <= p.rows[len(p.rows)-1].t {
			p.rows = nil // two pasts that overlap cannot share an axis
		}
		if len(p.partial) > 0 {
			p.rows = nil // and rows that were never whole are none
		}
		p.partial = nil
		p.last, p.got, p.gaps = 0, 0, nil
		p.joined = oldest - min(oldest, 1)
		p.expected = p.joined
	}
	p.instance = instance
	p.expected = max(p.expected, newest)
	if p.partial == nil {
		p.partial = make(map[uint64]bool)
	}
}

// schema forgets the values of series that are not described any more: there is nothing
// left to call them by.
func (p *model) schema(l *life, series, add []wire.Series, drop []collectors.SeriesID) {
	next := make(map[string]bool)
	if series == nil {
		maps.Copy(next, p.known)
	}
	for _, id := range drop {
		delete(next, l.keys[id])
	}
	for _, s := range append(series, add...) {
		next[s.Labels["n"]] = true
	}
	for _, r := range p.rows {
		for key := range r.values {
			if !next[key] || !p.known[key] {
				delete(r.values, key)
			}
		}
	}
	p.known = next
}

func (p *model) row(l *life, seq uint64) {
	l.t.Helper()
	if seq <= p.last {
		l.t.Fatalf("row %d came after row %d", seq, p.last)
	}
	truth := l.truth[seq]
	if n := len(p.rows); n > 0 && p.rows[n-1].instance != p.instance && truth.T <= p.rows[n-1].t {
		p.rows = nil // the clock was set back between the instances
	}
	r := modelRow{instance: p.instance, seq: seq, t: truth.T, missed: truth.Missed, values: make(map[string]int64)}
	for id, q := range truth.Values {
		r.values[l.keys[id]] = q
	}
	p.rows = append(p.rows, r)
	p.last, p.expected = seq, max(p.expected, seq)
	if seq > p.joined {
		p.got++
	}
}

// check compares Go's reading of the messages with what was committed.
func (l *life) check() {
	l.t.Helper()
	want := make(map[uint64]wire.StateRow)
	for _, r := range l.page.rows {
		if r.instance == l.page.instance {
			want[r.seq] = l.truth[r.seq]
		}
	}
	if len(l.page.partial) > 0 {
		l.t.Errorf("the remaining columns of %d rows did not come", len(l.page.partial))
	}
	if l.page.last != uint64(len(l.truth)) {
		l.t.Errorf("the newest row is %d, want %d", l.page.last, len(l.truth))
	}
	for seq := range l.truth {
		if _, got := want[seq]; got || seq <= l.firstRow() {
			continue
		}
		if !slices.ContainsFunc(l.page.gaps, func(g wire.Gap) bool { return g.From <= seq && seq <= g.To }) {
			l.t.Errorf("row %d neither came nor stands in a gap of %v", seq, l.page.gaps)
		}
	}
	if diff := collectortest.Diff(want, l.state.Rows); diff != "" {
		l.t.Errorf("rows (-want +got)\n%s", diff)
	}
	for _, e := range l.events {
		if e.Seq > l.firstRow() && !slices.Contains(l.state.Events, e) {
			l.t.Errorf("event %+v was not told", e)
		}
	}
	if diff := cmp.Diff(l.table(), l.state.Tables[testTable.Name]); l.newTable != nil && diff != "" {
		l.t.Errorf("table (-want +got)\n%s", diff)
	}
}

// firstRow is the row before the first one that the page has of this instance.
func (l *life) firstRow() uint64 {
	for _, r := range l.page.rows {
		if r.instance == l.page.instance {
			return r.seq - 1
		}
	}
	return 0
}

func (l *life) table() *wire.StateTable {
	if l.newTable == nil {
		return nil
	}
	d := l.newTable
	out := &wire.StateTable{Seq: d.Seq, T: d.T, Rows: make(map[string]map[string]any)}
	for _, r := range d.Rows {
		cells := make(map[string]any)
		if r.Cells[0].Text != "" {
			cells["name"] = r.Cells[0].Text
		}
		if r.Cells[1].Q != collectors.Missing {
			cells["cpu"] = float64(r.Cells[1].Q)
		}
		out.Rows[r.Key] = cells
	}
	return out
}

func (l *life) columns() recordedColumns {
	p := &l.page
	out := recordedColumns{
		Instance: p.instance, Missed: make(map[string]int), Series: make(map[string][]*int64),
		Lost: p.lost + int(p.expected-p.joined) - p.got, Events: l.state.Events, Table: map[string]map[string]any{},
	}
	for i, r := range p.rows {
		seq := r.seq
		if r.instance != p.instance {
			seq = 0
		}
		out.Seq, out.T = append(out.Seq, seq), append(out.T, r.t)
		if r.missed > 0 {
			out.Missed[fmt.Sprint(i)] = r.missed
		}
	}
	for key := range p.known {
		column := make([]*int64, len(p.rows))
		for i, r := range p.rows {
			if q, ok := r.values[key]; ok {
				column[i] = &q
			}
		}
		out.Series[key] = column
	}
	if t := l.table(); t != nil {
		out.Table = t.Rows
	}
	if out.Events == nil {
		out.Events = []collectors.Event{}
	}
	return out
}

// text is the file: a step a line.
func (r *recording) text(t *testing.T) []byte {
	t.Helper()
	line := func(v any) []byte {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	var b bytes.Buffer
	fmt.Fprintf(&b, "{\n\"about\": %q,\n\"steps\": [\n", r.About)
	for i, s := range r.Steps {
		if i > 0 {
			b.WriteString(",\n")
		}
		b.Write(line(s))
	}
	b.WriteString("\n],\n\"columns\": ")
	b.Write(line(r.Columns))
	b.WriteString("\n}\n")
	return b.Bytes()
}
