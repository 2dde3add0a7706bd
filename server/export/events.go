package export

import (
	"strconv"

	"dashcam/collectors"
)

// EventsHead begins a table of events.
func (c *CSV) EventsHead() {
	c.beginHead("seq", "level", "kind", "text", "about", "name", "pid", "service", "count", "source", "id")
	c.write()
}

// Event writes one event.
func (c *CSV) Event(e *collectors.Event) {
	level, pid := e.Level, ""
	if level == "" {
		level = collectors.LevelInfo
	}
	if e.About.PID != 0 {
		pid = strconv.Itoa(e.About.PID)
	}
	c.begin(e.T)
	c.record = append(c.record, strconv.FormatUint(e.Seq, 10), string(level))
	for _, text := range []string{e.Kind, e.Text, e.About.Kind, e.About.Name, pid, e.About.Service, strconv.Itoa(max(1, e.Count)), e.Source, e.ID} {
		c.record = append(c.record, harmless(Clean(text)))
	}
	c.write()
}
