package fleet

import (
	"context"
	"maps"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
)

// TableName is the topic of the table of hosts.
const TableName = "hosts"

// hostsTable is the wall as a table like any other. Levels are 0, 1 and 2, missing where
// they are not known.
var hostsTable = &collectors.Table{
	Name: TableName, Title: "Hosts", Help: "Every host that reports to this hub.",
	Columns: hostColumns(), Rank: []string{"level"}, Top: 10,
}

// The columns before and behind those of the resources, of which each has columnsEach.
const (
	columnName = iota
	columnOnline
	columnSeen
	columnLevel
	columnAlerts
	columnProcess
	columnService
	columnVersion
	columnLabels
	columnOffset
	columnBoot
	columnClone
	columnVerdict
	columnsBefore
	columnsEach = 4
)

func hostColumns() []collectors.Column {
	number := func(name, title string, unit collectors.Unit, quantum float64) collectors.Column {
		return collectors.Column{Name: name, Title: title, Kind: collectors.ColumnNumber, Unit: unit, Quantum: quantum}
	}
	text := func(name, title string) collectors.Column {
		return collectors.Column{Name: name, Title: title, Kind: collectors.ColumnText}
	}
	columns := []collectors.Column{
		text("name", "name"), number("online", "online", "", 1), number("seen", "last seen", collectors.Timestamp, 1),
		number("level", "worst level", "", 1), number("alerts", "alerts", collectors.Count, 1), text("process", "top process"), text("service", "top service"),
		text("version", "version"), text("labels", "labels"), number("offset", "clock offset", collectors.Seconds, 1.0/1024), number("boot", "up since", collectors.Timestamp, 1),
		text("clone", "clone of"), text("verdict", "verdict"),
	}
	for _, r := range Resources {
		columns = append(columns,
			number(r+"Level", r, "", 1), number(r+"Since", r+" since", collectors.Timestamp, 1),
			number(r+"Use", r+" use", collectors.Percent, 1.0/4), number(r+"Sat", r+" saturation", collectors.Percent, 1.0/4))
	}
	return columns
}

// Collector makes the wall a table of the host that the hub runs on.
func (w *Wall) Collector() collectors.Collector { return wallCollector{w} }

type wallCollector struct{ wall *Wall }

func (wallCollector) Describe() collectors.Description {
	return collectors.Description{Name: TableName, Title: "Hosts", Cadence: time.Second, Families: hubFamilies, Tables: []*collectors.Table{hostsTable}}
}

func (c wallCollector) Sample(_ context.Context, b *collectors.Batch) error {
	rows := b.Rows(hostsTable)
	hosts := c.wall.Hosts()
	c.wall.stats.sample(b, hosts)
	for _, h := range hosts {
		row := rows.Add(h.ID)
		row.Text(columnName, h.Name)
		online := 0.0
		if h.Online {
			online = 1
		}
		row.Number(columnOnline, online)
		if h.LastSeenMs > 0 && !h.Online { // of one that is online it is now
			row.Number(columnSeen, float64(h.LastSeenMs/1000))
		}
		row.Number(columnAlerts, float64(h.Alerts))
		row.Text(columnProcess, h.Top.Process)
		row.Text(columnService, h.Top.Service)
		row.Text(columnVersion, h.Version)
		row.Text(columnLabels, labelText(h.Labels))
		row.Text(columnClone, h.CloneOf)
		row.Text(columnVerdict, h.Verdict)
		if h.ClockOffsetMs != 0 {
			row.Number(columnOffset, float64(h.ClockOffsetMs)/1000)
		}
		if h.BootMs > 0 {
			row.Number(columnBoot, float64(h.BootMs/1000))
		}
		worst := Unknown
		for i, name := range Resources {
			st := h.States[name]
			level := levelOf(st.Level)
			if worst = max(worst, level); level == Unknown {
				continue
			}
			first := columnsBefore + columnsEach*i
			row.Number(first, float64(level))
			row.Number(first+1, float64(st.SinceMs/1000))
			for j, v := range []*float64{st.Use, st.Saturation} {
				if v != nil {
					row.Number(first+2+j, *v)
				}
			}
		}
		if worst > Unknown {
			row.Number(columnLevel, float64(worst))
		}
	}
	return nil
}

func levelOf(word string) Level {
	for l := Unknown; l <= Critical; l++ {
		if l.String() == word {
			return l
		}
	}
	return Unknown
}

// labelText is labels as one text, ordered by name.
func labelText(labels map[string]string) string {
	parts := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, " ")
}
