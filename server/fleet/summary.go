package fleet

import (
	"encoding/json"
	"math"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/alert"
)

// summarizer makes the summaries of a host.
type summarizer struct {
	ring    collectors.Live
	alerts  func() []Alert
	version string

	schema *collectors.Schema
	ids    [len(Resources)]resourceIDs
	// levels are those of the last summary, at the time of its row.
	levels [len(Resources)]Level
	at     int64
}

// resourceIDs are the series that a state is told by, −1 for none. Of several for use and
// saturation the first counts that has a value.
type resourceIDs struct {
	state, since collectors.SeriesID
	use, sat     []collectors.SeriesID
}

// uses and saturations are those of each resource in percent, the most telling first.
var (
	uses = [len(Resources)][]string{
		{"use.cpu"}, {"use.memory"}, {"use.disk"}, {"use.network"}, {"limit.used"},
	}
	saturations = [len(Resources)][]string{
		{"sat.cpu", "sat.cpu.delay"}, {"sat.memory"}, {"sat.disk"}, {"sat.network"}, nil,
	}
)

// next returns the summary of the newest row; ok is false while there is none.
func (s *summarizer) next() (text []byte, ok bool) {
	latest := s.ring.Latest()
	if latest.Row.Seq == 0 {
		return nil, false
	}
	if latest.Schema != s.schema {
		s.find(latest.Schema)
	}
	m := Summary{
		Instance: s.ring.Instance(), Seq: latest.Row.Seq, T: latest.Row.T, Version: s.version,
		Process: top(latest.Tables["processes"]), Service: top(latest.Tables["services"]),
	}
	if s.alerts != nil {
		for _, a := range s.alerts() {
			if a.Phase == alert.Firing {
				m.Alerts++
			}
		}
	}
	for i := range m.States {
		m.States[i] = s.state(&latest.Row, &s.ids[i])
		s.levels[i] = m.States[i].Level
	}
	s.at = latest.Row.T
	return m.encode(), true
}

func (s *summarizer) find(schema *collectors.Schema) {
	s.schema = schema
	byName := make(map[string][]collectors.SeriesID)
	for i := range schema.Series {
		name := schema.Series[i].Family.Name
		byName[name] = append(byName[name], schema.Series[i].ID)
	}
	first := func(name string) collectors.SeriesID {
		if ids := byName[name]; len(ids) > 0 {
			return ids[0]
		}
		return -1
	}
	for i, resource := range Resources {
		ids := resourceIDs{state: first("state." + resource), since: first("since." + resource)}
		for _, name := range uses[i] {
			ids.use = append(ids.use, byName[name]...)
		}
		for _, name := range saturations[i] {
			ids.sat = append(ids.sat, byName[name]...)
		}
		s.ids[i] = ids
	}
}

func (s *summarizer) state(row *collectors.Row, ids *resourceIDs) State {
	st := State{Level: Unknown, Use: math.NaN(), Saturation: math.NaN()}
	if q := row.Value(ids.state); q >= int64(OK) && q <= int64(Critical) {
		st.Level, st.SinceMs = Level(q), row.T
	}
	if v := s.value(row, ids.since); !math.IsNaN(v) {
		st.SinceMs = int64(v * 1000)
	}
	for _, id := range ids.use { // of limits the one that is the most used up
		if v := s.value(row, id); !(v <= st.Use) && !math.IsNaN(v) {
			st.Use = v
		}
	}
	for _, id := range ids.sat {
		if v := s.value(row, id); !math.IsNaN(v) {
			st.Saturation = v
			break
		}
	}
	return st
}

func (s *summarizer) value(row *collectors.Row, id collectors.SeriesID) float64 {
	series := s.schema.Find(id)
	if series == nil {
		return math.NaN()
	}
	return series.Family.Value(row.Value(id))
}

// top is the name of the row of a table that takes the most processor time, "" where none
// takes any.
func top(d *collectors.TableData) string {
	if d == nil {
		return ""
	}
	name, cpu := d.Table.Column("name"), d.Table.Column("cpu")
	if name < 0 || cpu < 0 {
		return ""
	}
	best, most := "", int64(0)
	for i := range d.Rows {
		if c := d.Rows[i].Cells; c[cpu].Q > most {
			best, most = c[name].Text, c[cpu].Q
		}
	}
	return best
}

// outbox knows which events a hub has. The ring keeps them until then.
type outbox struct {
	ring collectors.Live
	// known says that a hub has said what it has. Acked and sent are rows, at when sent was
	// sent.
	known       bool
	acked, sent uint64
	at          time.Time
}

// resend is when events that were not acknowledged are sent again.
const resend = 10 * time.Second

func (o *outbox) again() { o.known = false }

func (o *outbox) ack(c Control) {
	if c.Instance != o.ring.Instance() {
		c.Seq = 0
	}
	if !o.known {
		o.known, o.acked, o.sent = true, c.Seq, c.Seq
		return
	}
	o.acked = max(o.acked, c.Seq)
}

// next returns messages with the events that the hub has not.
func (o *outbox) next(now time.Time) (messages [][]byte) {
	if !o.known {
		return nil
	}
	if o.sent > o.acked && now.Sub(o.at) >= resend {
		o.sent = o.acked
	}
	events := o.ring.HeadEvents(o.sent)
	for len(events) > 0 {
		n := min(len(events), eventsAtOnce)
		for n < len(events) && n < maxEvents && events[n].Seq == events[n-1].Seq { // a row is not divided
			n++
		}
		text, err := json.Marshal(Events{Instance: o.ring.Instance(), Events: events[:n]})
		if err != nil { // it is texts and numbers
			panic(err)
		}
		messages = append(messages, text)
		o.sent, o.at = events[n-1].Seq, now
		events = events[n:]
	}
	return messages
}
