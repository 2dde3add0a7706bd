package incident

import (
	"bytes"
	"strconv"
	"sync"
	"testing"
	"testing/fstest"
	"time"

	"compress/gzip"

	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/recorded"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
	"dashcam/collectors/synthetic"
)

// begins is when the rows of the tests begin: a fixed time, so that files are the same
// every time.
var begins = time.Date(2026, 11, 26, 3, 0, 0, 0, time.UTC)

// host is what the source of the tests says of itself.
var host = collectors.Host{
	ID: "9f86d081884c7d659a2feaa0c55ad015", Hostname: "db-01.example.net", OS: "Debian 12", Kernel: "6.12.3", Arch: "amd64", CPUs: 16, TZ: "UTC",
}

var (
	simulations   = map[int]*history.Ring{}
	simulationsMu sync.Mutex
)

// simulated is a ring with so many minutes of the simulated host. It is the same for all:
// nothing is appended to it.
func simulated(t testing.TB, minutes int) *history.Ring {
	t.Helper()
	simulationsMu.Lock()
	defer simulationsMu.Unlock()
	if simulations[minutes] == nil {
		simulations[minutes] = simulate(t, minutes)
	}
	return simulations[minutes]
}

func simulate(t testing.TB, minutes int) *history.Ring {
	t.Helper()
	h := synthetic.New(synthetic.Config{Seed: 7, Start: begins.Add(-time.Minute)})
	ring := history.New(history.Config{
		Instance: "01TEST", Panels: sampler.Panels(collectors.Panels(), h.Collectors()), Resources: collectors.Resources(),
		Tables: sampler.Tables(h.Collectors()), Info: func() collectors.Host { return host },
	})
	derived := signs.New(signs.Config{CPUs: 16})
	s, err := sampler.New(sampler.Config{
		Collectors: h.Collectors(), Ring: ring, Derivers: []collectors.Deriver{derived}, Thresholds: derived.Thresholds().For, Interval: time.Second,
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backfill(t.Context(), begins, begins.Add(time.Duration(minutes)*time.Minute), h.At); err != nil {
		t.Fatal(err)
	}
	return ring
}

// real is a ring with so many minutes of a real host, of which 300 series are told.
func real(t testing.TB, minutes int) *history.Ring {
	t.Helper()
	r, err := recorded.Open("busy")
	if err != nil {
		t.Fatal(err)
	}
	const wanted = 300
	ring := history.New(history.Config{
		Instance: "01TEST", Panels: collectors.Panels(), Resources: collectors.Resources(),
		Tables: []*collectors.Table{collectors.Processes, collectors.Services}, Info: func() collectors.Host { return host },
	})
	var ids []collectors.SeriesID
	for i := range wanted {
		s := r.Series[i%len(r.Series)]
		if i >= len(r.Series) { // there are not so many: the same once more under another name
			f := *s.Family
			f.Name += "." + strconv.Itoa(i/len(r.Series))
			s.Family = &f
		}
		id, err := ring.Intern(s)
		if err != nil {
			t.Fatal(err)
		}
		ids = append(ids, id)
	}
	n := 0
	for p := range r.Play(begins.UnixMilli(), minutes*60) {
		row := r.Row(p.Row)
		q := make([]int64, wanted)
		for i := range q {
			q[i] = row[i%len(row)]
		}
		c := history.Commit{Row: collectors.Row{T: p.T, IDs: ids, Q: q}, Tables: p.Tables}
		if n++; n%2 == 0 {
			c.Events = []collectors.Event{{Kind: "exit", Text: "cc1 (pid " + strconv.Itoa(n) + ") ended with 1", About: collectors.About{Kind: "process", Name: "cc1", PID: n}}}
		}
		ring.Append(c)
	}
	return ring
}

// stretchOf is the time of all rows of a ring.
func stretchOf(ring *history.Ring) Options {
	b := ring.Bounds()
	return Options{From: b.OldestT, To: b.NewestT + 1, Version: "0.1.0", Now: begins.Add(time.Hour)}
}

// page is a small one.
func page(t testing.TB) *Page {
	t.Helper()
	packed := func(text string) *fstest.MapFile {
		var b bytes.Buffer
		z := gzip.NewWriter(&b)
		if _, err := z.Write([]byte(text)); err != nil {
			t.Fatal(err)
		}
		if err := z.Close(); err != nil {
			t.Fatal(err)
		}
		return &fstest.MapFile{Data: b.Bytes()}
	}
	p, err := LoadPage(fstest.MapFS{"incident/page.js.gz": packed("console.log(1)"), "incident/page.css.gz": packed("body{}")})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// file makes a file of a source.
func file(t testing.TB, from collectors.Source, o Options) []byte {
	t.Helper()
	made, err := Make(t.Context(), from, o)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := made.Write(&b, page(t)); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
