package wire

import (
	"slices"

	"dashcam/collectors"
)

func scenarios() map[string]func(*scenario) {
	return map[string]func(*scenario){
		"join":              joinScenario,
		"first-row":         firstRowScenario,
		"frames":            framesScenario,
		"schema-change":     schemaChangeScenario,
		"resume-gap":        resumeGapScenario,
		"missed":            missedScenario,
		"tables":            tablesScenario,
		"unknown":           unknownScenario,
		"refused":           refusedScenario,
		"restart":           restartScenario,
		"hostile-names":     hostileScenario,
		"health-and-end":    healthScenario,
		"verdict":           verdictScenario,
		"verdict-restart":   verdictRestartScenario,
		"differences":       differencesScenario,
		"parts":             partsScenario,
		"partial-forgotten": partialForgottenScenario,
	}
}

var testHost = collectors.Host{
	ID: "9f86d081884c7d659a2feaa0c55ad015", Hostname: "db-01", OS: "Debian 12", Kernel: "6.12.3", Arch: "amd64",
	CPUs: 16, Memory: 67108864000, BootMs: 1794000000000, TZ: "Europe/Berlin", UTCOffsetMin: 60,
}

func testHello() Hello {
	return Hello{
		Version: "0.1.0", Build: "5d41402a", Instance: "01J9ZKQ3", Host: testHost, IntervalMs: 1000,
		NowMs: 1795186300000, Oldest: 1, OldestT: 1795186289000, Newest: 12,
	}
}

// Families of their own, so that a word changed in the catalog changes no vector.
var (
	testUsage = &collectors.Family{Name: "cpu.usage", Help: "Share of all processors' time by what they did.", Unit: collectors.Percent,
		Kind: collectors.KindCounter, Labels: []string{"mode"}, Quantum: 1.0 / 16, Scale: 100, Max: 100, Source: "/proc/stat"}
	testDisk = &collectors.Family{Name: "disk.bytes", Help: "Data read and written.", Unit: collectors.BytesPerSecond,
		Kind: collectors.KindCounter, Labels: []string{"device", "dir"}, Quantum: 16, Source: "/proc/diskstats"}
	testState       = &collectors.Family{Name: "state.disk", Help: "How the disks are doing.", Kind: collectors.KindState, Quantum: 1, States: []string{"ok", "warn", "critical"}}
	testTemperature = &collectors.Family{Name: "sensor.temperature", Help: "Temperature of a sensor.", Unit: collectors.Celsius,
		Kind: collectors.KindGauge, Labels: []string{"chip", "sensor"}, Quantum: 1.0 / 16}
)

// testSchema describes the given ids: 0 and 1 are processor modes, 4 a disk, 7 a
// state, others temperatures.
func testSchema(rev uint64, ids ...collectors.SeriesID) *collectors.Schema {
	s := &collectors.Schema{
		Rev:       rev,
		Panels:    []collectors.Panel{{ID: "cpu", Title: "CPU", Section: "cpu", Families: []string{"cpu.usage"}, Stack: true, Scale: collectors.ScalePercent}},
		Resources: []collectors.Resource{{ID: "disk", Title: "Disk", Section: "disk", State: "state.disk", Cause: "cause.disk", Since: "since.disk"}},
		Tables:    []*collectors.Table{testTable},
	}
	for _, id := range ids {
		x := collectors.Series{ID: id, Family: testTemperature, Labels: collectors.LabelsOf("chip", "core"), Max: 100}
		switch id {
		case 0:
			x = collectors.Series{ID: id, Family: testUsage, Labels: collectors.LabelsOf("user"), Max: 100, Warn: 90}
		case 1:
			x = collectors.Series{ID: id, Family: testUsage, Labels: collectors.LabelsOf("system"), Max: 100, Warn: 90}
		case 4:
			x = collectors.Series{ID: id, Family: testDisk, Labels: collectors.LabelsOf("sda", "read"), Info: map[string]string{"class": "physical"}}
		case 7:
			x = collectors.Series{ID: id, Family: testState}
		}
		s.Series = append(s.Series, x)
	}
	return s
}

var testTable = &collectors.Table{
	Name: "processes", Title: "Processes", Help: "Running programs.",
	Columns: []collectors.Column{
		{Name: "pid", Title: "PID", Kind: collectors.ColumnNumber, Quantum: 1},
		{Name: "name", Title: "Name", Kind: collectors.ColumnText},
		{Name: "cpu", Title: "CPU", Kind: collectors.ColumnNumber, Unit: collectors.Percent, Quantum: 1.0 / 64, Sum: true},
	},
	Rank: []string{"cpu"}, Top: 10,
}

func process(key string, pid int64, name string, cpu int64) collectors.TableRow {
	return collectors.TableRow{Key: key, Cells: []collectors.Cell{{Q: pid}, {Q: missing, Text: name}, {Q: cpu}}}
}

func observation(seq uint64, rows ...collectors.TableRow) *collectors.TableData {
	return &collectors.TableData{Table: testTable, Seq: seq, T: 1795186288000 + int64(seq)*1000, Rows: rows}
}

func joinScenario(s *scenario) {
	s.about = "A page joins: hello, the whole schema, one batch of history whose columns are constant, changing, partly missing, and a first frame that follows it."
	a := rowOf(10, 3, 0, 112, 1, 7, 4, missing)
	b := rowOf(11, 3, 0, 118, 1, 7, 4, 0)
	c := rowOf(12, 3, 0, missing, 1, 7, 4, 65536)
	d := rowOf(13, 3, 0, 118, 1, 7, 4, missing)
	s.hello(testHello())
	s.schema(testSchema(3, 0, 1, 4))
	s.history(spanOf(a, b, c), a, b, c)
	s.frame(c, d)
}

func firstRowScenario(s *scenario) {
	s.about = "A page joins before the first row: the frame of row 1 applies to a state where everything is missing."
	a := rowOf(1, 1, 0, 0, 1, -3, 4, missing)
	s.hello(testHello())
	s.schema(testSchema(1, 0, 1, 4))
	s.frame(nil, a)
	s.frame(a, rowOf(2, 1, 0, 0, 1, 4, 4, 2))
}

func framesScenario(s *scenario) {
	s.about = "Frames: neighbours and distant ids, a value that goes missing and returns, a row in which nothing changed, the largest and smallest numbers."
	const big = 1 << 53
	s.hello(testHello())
	s.schema(testSchema(3, 0, 1, 4, 7, 4999))
	rows := []*collectors.Row{
		rowOf(20, 3, 0, 1, 1, 2, 4, 3, 7, 0, 4999, 5),
		rowOf(21, 3, 0, 118, 1, 2, 4, 0, 7, missing, 4999, 6),
		rowOf(22, 3, 0, 118, 1, 2, 4, 0, 7, missing, 4999, 6),
		rowOf(23, 3, 0, missing, 1, missing, 4, missing, 7, missing, 4999, missing),
		rowOf(24, 3, 0, big, 1, -big, 4, 0, 7, 2, 4999, 1),
	}
	s.history(spanOf(rows[0]), rows[0])
	for i := 1; i < len(rows); i++ {
		s.frame(rows[i-1], rows[i])
	}
}

func schemaChangeScenario(s *scenario) {
	s.about = "A series appears and another is dropped: the difference of the schema comes before the frame that needs it, and an added series with a known id replaces it."
	before, after := testSchema(3, 0, 1, 4), testSchema(4, 0, 4, 7, 9)
	after.Series[1].Info = map[string]string{"class": "virtual"}
	a, b, c := rowOf(30, 3, 0, 1, 1, 2, 4, 3), rowOf(31, 4, 0, 1, 4, 3, 7, 1, 9, missing), rowOf(32, 4, 0, 1, 4, 3, 7, 1, 9, 640)
	s.hello(testHello())
	s.schema(before)
	s.history(spanOf(a), a)
	s.schemaChange(before, after)
	s.frame(a, b)
	s.frame(b, c)
}

func resumeGapScenario(s *scenario) {
	s.about = "A page returns after more rows than are remembered: the gap names what is gone; two batches arrive, the newer one first, and a frame follows the newer one."
	gone, a, b, c, d := rowOf(40, 3, 0, 1), rowOf(52, 3, 0, 2, 4, 7), rowOf(53, 3, 0, 2, 4, 8), rowOf(54, 3, 0, 2, 4, 9), rowOf(55, 3, 0, 2, 4, 9)
	s.hello(testHello())
	s.schema(testSchema(3, 0, 1, 4))
	s.history(spanOf(gone), gone)
	s.history(spanOf(c, d), c, d)
	older := spanOf(a, b)
	older.Gap, older.More = &Gap{From: 41, To: 51}, true
	s.history(older, a, b)
	s.frame(d, rowOf(56, 3, 0, 3, 4, 9))
}

func missedScenario(s *scenario) {
	s.about = "The sampler skipped ticks: the row after them says how many and why, in history and in a frame."
	a, b := rowOf(60, 3, 0, 1), rowOf(61, 3, 0, 2)
	b.Missed, b.Why = 3, "the sampler was late"
	c := rowOf(62, 3, 0, 2)
	c.Missed, c.Why = 41, "suspended \"41 s\""
	s.hello(testHello())
	s.schema(testSchema(3, 0))
	s.history(spanOf(a, b), a, b)
	s.frame(b, c)
}

func tablesScenario(s *scenario) {
	s.about = "A table: whole, then a difference (a changed cell, a cell that goes missing, a text that becomes empty, a new row, a row that is gone), a difference on an observation that was not seen, and the whole one again."
	a := observation(70, process("1.5", 1, "init", 0), process("9.7", 9, "postgres", 118), process("12.8", 12, "sh", missing))
	b := observation(71, process("1.5", 1, "init", 0), process("9.7", 9, "", missing), process("13.9", 13, "cat", 64))
	b.Partial = "2 processes were not readable"
	c, d := observation(72, b.Rows...), observation(73, process("13.9", 13, "cat", 65))
	s.hello(testHello())
	s.schema(testSchema(3, 0))
	s.table(a, nil)
	s.table(b, a)
	s.refused(AppendTable(nil, d, c))
	s.table(d, nil)
}

func unknownScenario(s *scenario) {
	s.about = "A newer server: unknown types and unknown fields are ignored."
	a := rowOf(80, 3, 0, 1)
	s.hello(testHello())
	s.raw(`{"type":"forecast","seq":80,"text":"all is well"}`)
	s.raw(`{"type":"schema","rev":3,"series":[{"id":0,"name":"cpu.usage","kind":"gauge","quantum":0.0625,"help":"x","mood":"blue"}],"panels":[],"resources":[],"tables":[],"themes":["dark"]}`)
	s.state.Rev, s.state.Series = 3, []collectors.SeriesID{0}
	s.history(spanOf(a), a)
	b := rowOf(81, 3, 0, 2)
	s.raw(`{"type":"frame","rev":3,"seq":81,"t":1795186369000,"d":[1,2],"signed":"abc"}`)
	s.row(b)
}

func refusedScenario(s *scenario) {
	s.about = "A frame whose row before is not there, and messages whose schema has not come, are refused and change nothing."
	a, b, c := rowOf(90, 3, 0, 1), rowOf(91, 3, 0, 2), rowOf(92, 3, 0, 3)
	future := rowOf(91, 4, 0, 2, 9, 1)
	s.hello(testHello())
	s.refused(AppendFrame(nil, a, b))
	s.schema(testSchema(3, 0, 1))
	s.refused(AppendFrame(nil, a, b))
	s.history(spanOf(a), a)
	s.refused(AppendFrame(nil, b, c))
	s.refused(AppendFrame(nil, a, future))
	text, _ := AppendHistory(nil, spanOf(future))
	s.refused(text)
	s.frame(a, b)
	s.frame(b, c)
}

func restartScenario(s *scenario) {
	s.about = "dashcam was restarted: a hello with another instance ends what was known, and rows count from 1 again."
	a := rowOf(100, 3, 0, 1)
	s.hello(testHello())
	s.schema(testSchema(3, 0, 1))
	s.history(spanOf(a), a)
	h := testHello()
	h.Instance, h.Oldest, h.OldestT, h.Newest = "01JB0000", 0, 0, 0
	s.hello(h)
	b := rowOf(1, 1, 0, 5)
	s.schema(testSchema(1, 0))
	s.frame(nil, b)
}

func hostileScenario(s *scenario) {
	s.about = "Names that somebody chose to do harm arrive as they are: markup, quotes, control characters, line separators, right-to-left marks; invalid UTF-8 as U+FFFD."
	x := testSchema(3, 0, 4)
	x.Series[1].Labels = collectors.LabelsOf("<img src=x onerror=alert(1)>\u202e\u2028", "read")
	s.hello(testHello())
	s.schema(x)
	invalid := observation(110, process("4.4", 5, "bad\xff\xfe", 5))
	s.raw(string(AppendTable(nil, invalid, nil)))
	invalid.Rows[0].Cells[1].Text = "bad\ufffd\ufffd"
	s.table(observation(111, append(invalid.Rows,
		process("1.1", 1, "</script><script>alert(1)</script>", 1),
		process("2.\x1b[31m", 2, "\"\\\n\t\x00\x7f\u2028\u2029\u202egpj.exe", 2),
		process("__proto__", 3, "__proto__", 3),
		process("3.3", 4, "\U0001F980 ü", 4))...), invalid)
}

func healthScenario(s *scenario) {
	s.about = "Health of collectors, the newest counts; events; a pong; and the bye before the socket closes."
	h := collectors.Health{Collector: "disk", Title: "Disks", State: collectors.HealthOK, SinceMs: 1795186280000, CadenceMs: 1000}
	s.hello(testHello())
	s.encode(Health{Health: h})
	h.State, h.Reason = collectors.HealthStuck, "no answer since 12:00:01"
	h.Unavailable = []collectors.Unavailable{{Source: "/proc/diskstats", Reason: "permission denied"}}
	s.encode(Health{Health: h})
	s.state.Health["disk"] = collectors.HealthStuck
	e := collectors.Event{Seq: 120, T: 1795186408000, Kind: collectors.EventSuspend, Text: "suspended 41 s"}
	s.encode(Event{Event: e})
	s.state.Events = append(s.state.Events, e)
	s.encode(Pong{ID: 7, T: 1234.5, NowMs: 1795186408001})
	s.encode(Bye{Reason: ByeStopping, RetryMs: 5000})
	s.state.Bye = ByeStopping
}

func verdictScenario(s *scenario) {
	s.about = "Verdicts: each one stands for itself, the newest counts, and names in it are of whoever runs on the host."
	s.hello(testHello())
	s.encode(testVerdict())
	calm := Verdict{Seq: 813, Verdict: collectors.Verdict{
		At: 1795187101000, Resource: "none", Level: collectors.VerdictOK, Text: "nothing is saturated; nearest: / full in 13 h",
		Clauses:  []collectors.Clause{{Text: "nothing is saturated; nearest: / full in 13 h", Series: []string{`limit.full_in{kind="filesystem",name="/"}`}, At: 1795187101000}},
		Culprits: []collectors.Culprit{},
	}}
	s.encode(calm)
	worse := testVerdict()
	worse.Seq, worse.Culprits[0].Name = 814, "<b>__proto__"
	s.encode(worse)
	worse.Type = TypeVerdict
	s.state.Verdict = &worse
}

func verdictRestartScenario(s *scenario) {
	s.about = "Another instance knows nothing of an earlier one's verdict."
	s.hello(testHello())
	s.encode(testVerdict())
	again := testHello()
	again.Instance = "01J9ZNEW"
	s.clear(again.Instance)
	s.hello(again)
}

// testVerdict is one with a culprit and what others have of it.
func testVerdict() Verdict {
	return Verdict{Seq: 812, Verdict: collectors.Verdict{
		At: 1795187100000, Resource: "disk", Level: collectors.VerdictCritical, SinceMs: 1795186964000,
		Text: "disk saturated since 18:02:44: pg_dump (pid 4711) writes 154 of 175 MiB/s",
		Clauses: []collectors.Clause{
			{Text: "disk saturated since 18:02:44", Series: []string{"sat.disk", "state.disk"}, At: 1795187100000},
			{Text: "pg_dump (pid 4711) writes 154 of 175 MiB/s", Series: []string{`disk.bytes{device="sda",dir="write"}`}, At: 1795187100000},
		},
		Culprits: []collectors.Culprit{{Kind: "process", Name: "pg_dump", PID: 4711, Share: 0.88}},
	}}
}

func differencesScenario(s *scenario) {
	s.about = "Columns of history as differences: large numbers close together, missing rows between them and at the beginning, and numbers whose difference is too large for a page, which stand as they are."
	const big = 1 << 53
	rows := []*collectors.Row{
		rowOf(130, 3, 0, 1000000, 1, missing, 4, -big, 7, 0),
		rowOf(131, 3, 0, 1000002, 1, missing, 4, big, 7, 2),
		rowOf(132, 3, 0, missing, 1, 8388608, 4, big, 7, 1),
		rowOf(133, 3, 0, 999999, 1, 8388609, 4, -big, 7, 0),
		rowOf(134, 3, 0, 999999, 1, 8388607, 4, big-1, 7, missing),
		rowOf(135, 3, 0, 1000000, 1, 8388608, 4, 0, 7, 2),
	}
	s.hello(testHello())
	s.schema(testSchema(3, 0, 1, 4, 7))
	s.history(spanOf(rows...), rows...)
	s.frame(rows[5], rowOf(136, 3, 0, 1000001, 1, 8388608, 4, 0, 7, 2))
}

// part returns the columns of a span that a part has.
func part(span *Span, p HistoryPart, ids ...collectors.SeriesID) *Span {
	partial := *span
	partial.Part, partial.Columns = p, nil
	for _, c := range span.Columns {
		if slices.Contains(ids, c.ID) == (p == PartPriority) {
			partial.Columns = append(partial.Columns, c)
		}
	}
	return &partial
}

func (s *scenario) partial(span *Span) {
	text, n := AppendHistory(nil, span)
	if n != len(span.T) {
		s.t.Fatalf("batch took %d rows, want %d", n, len(span.T))
	}
	s.raw(string(text))
}

func partsScenario(s *scenario) {
	s.about = "History in parts: the first screen's columns, the newest row whole, a frame, and then the rest of the older rows in two batches, with rows that have nothing but what came first."
	a := rowOf(140, 3, 0, 112, 1, 7, 4, missing)
	b := rowOf(141, 3, 0, 118, 1, 7, 4, 3)
	b.Missed, b.Why = 2, "the sampler was late"
	c := rowOf(142, 3, 0, missing, 1, missing, 4, missing)
	d, e := rowOf(143, 3, 0, 5, 1, 8, 4, 9), rowOf(144, 3, 0, 6, 1, 8, 4, 9)
	s.hello(testHello())
	s.schema(testSchema(3, 0, 1, 4))
	first := part(spanOf(a, b, c), PartPriority, 0)
	first.More = true
	s.partial(first)
	s.history(spanOf(d), d)
	s.frame(d, e)
	rest := part(spanOf(a, b), PartRemaining, 0)
	rest.Missed, rest.Why, rest.More = nil, nil, true // said with the first part
	s.partial(rest)
	s.partial(part(spanOf(c), PartRemaining, 0))
	s.row(a)
	s.row(b)
	s.row(c)
}

func partialForgottenScenario(s *scenario) {
	s.about = "Rows are forgotten between their first part and the rest: what is partial known is no row, and the gap names it."
	a, b := rowOf(150, 3, 0, 112, 1, 7), rowOf(151, 3, 0, 118, 1, 7)
	c, d := rowOf(152, 3, 0, 119, 1, 8), rowOf(153, 3, 0, 120, 1, 9)
	s.hello(testHello())
	s.schema(testSchema(3, 0, 1))
	first := part(spanOf(a, b, c), PartPriority, 0)
	first.More = true
	s.partial(first)
	s.history(spanOf(d), d)
	rest := part(spanOf(c), PartRemaining, 0)
	rest.Gap = &Gap{From: 150, To: 151}
	s.partial(rest)
	s.row(c)
	s.state.Gaps = append(s.state.Gaps, *rest.Gap)
}
