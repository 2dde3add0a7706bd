// Command remember says how much memory the program takes when it remembers hours: the rows of a
// real host, made into 300 series that change, and its process table go into a ring as fast as
// they can, and then the parts of the program run on that ring as they do in dashcam.
//
//	go run ./remember                          6 and 24 hours with the garbage collector as set
//	go run ./remember -gogc 100,50,25,10       compare settings of it
//
// Each line is a process of its own, which looks at itself.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log/slog"
	"net"
	"os"
	"os/exec"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"dashcam/bench/measure"
	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/host"
	"dashcam/collectors/recorded"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
	"dashcam/frontend"
	"dashcam/server"
	"dashcam/server/stream"
	"dashcam/server/wire"
)

func main() {
	hours := flag.String("hours", "6,24", "how much to remember")
	gogc := flag.String("gogc", "25", "GOGC, as cmd/dashcam sets it")
	name := flag.String("recording", "busy", "what to fill the ring with")
	child := flag.Int("child", 0, "be the program, for so many hours")
	flag.Parse()
	err := error(nil)
	if *child > 0 {
		err = run(*name, *child)
	} else {
		err = compare(*name, strings.Split(*hours, ","), strings.Split(*gogc, ","))
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "remember:", err)
		os.Exit(1)
	}
}

func compare(name string, hours, gogc []string) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	fmt.Println("| remembers | GOGC | rows | held | PSS right after | PSS a minute later | garbage collected |")
	fmt.Println("|---|---|---|---|---|---|---|")
	for _, h := range hours {
		for _, g := range gogc {
			cmd := exec.Command(self, "-child", h, "-recording", name) //nolint:gosec // ourselves
			cmd.Env = append(os.Environ(), "GOGC="+g)
			cmd.Stdout, cmd.Stderr = os.Stdout, os.Stderr
			if err := cmd.Run(); err != nil {
				return fmt.Errorf("%s h with GOGC=%s: %w", h, g, err)
			}
		}
	}
	fmt.Println("\non", measure.Machine())
	return nil
}

// run fills a ring, lets the program's parts run on it, and reports.
func run(name string, hours int) error {
	all := host.Collectors(host.Options{})
	ring := history.New(history.Config{Panels: sampler.Panels(collectors.Panels(), all), Resources: collectors.Resources(), Tables: sampler.Tables(all)})
	p, err := build(ring, all)
	if err != nil {
		return err
	}
	debug.FreeOSMemory() // as cmd/dashcam does once the page is compressed
	if err := fill(ring, name, hours*3600); err != nil {
		return err
	}
	var filling runtime.MemStats
	runtime.ReadMemStats(&filling)
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	ended, err := p.start(ctx)
	if err != nil {
		return err
	}
	after, err := settled()
	if err != nil {
		return err
	}
	if err := measure.Wait(ctx, time.Minute); err != nil {
		return err
	}
	later, err := settled()
	if err != nil {
		return err
	}
	b := ring.Bounds()
	fmt.Printf("| %.1f h | %s | %d | %.1f MiB | %.1f MiB | %.1f MiB | %d times, %.1f %% of the filling |\n",
		float64(b.NewestT-b.OldestT)/3600e3, os.Getenv("GOGC"), b.Newest-b.Oldest+1,
		measure.MiB(uint64(b.Bytes)), measure.MiB(after), measure.MiB(later), filling.NumGC, 100*filling.GCCPUFraction)
	stop()
	return <-ended
}

// settled returns the memory once the runtime had some seconds to give back what it does not
// need.
func settled() (uint64, error) {
	if err := measure.Wait(context.Background(), 5*time.Second); err != nil {
		return 0, err
	}
	m, err := measure.Look(os.Getpid())
	return m.PSS, err
}

// series is how many change.
const series = 300

// fill plays a recording up to now: its series that change, again under other names until
// there are enough, and those that do not.
func fill(ring *history.Ring, name string, rows int) error {
	r, err := recorded.Open(name)
	if err != nil {
		return err
	}
	changing := r.Changing()
	from := make([]int, 0, series+len(r.Series))
	for i := range series {
		from = append(from, changing[i%len(changing)])
	}
	for i := range r.Series {
		from = append(from, i)
	}
	isChanging := map[int]bool{}
	for _, i := range changing {
		isChanging[i] = true
	}
	var ids []collectors.SeriesID
	var columns []int
	for i, k := range from {
		s := r.Series[k]
		switch {
		case i >= series && isChanging[k]:
			continue // it is there
		case i >= len(changing) && i < series:
			f := *s.Family
			f.Name += "." + strconv.Itoa(i/len(changing))
			s.Family = &f
		}
		id, err := ring.Intern(s)
		if err != nil {
			return err
		}
		ids, columns = append(ids, id), append(columns, k)
	}
	begin := time.Now().Add(-time.Duration(rows) * r.Interval).UnixMilli()
	for played := range r.Play(begin, rows) {
		q := make([]int64, len(columns))
		for i, k := range columns {
			q[i] = r.Q[k][played.Row]
		}
		ring.Append(history.Commit{Row: collectors.Row{T: played.T, IDs: ids, Q: q}, Tables: played.Tables})
	}
	return nil
}

// parts are those of dashcam.
type parts struct {
	sampler *sampler.Sampler
	stream  *stream.Fanout
	server  *server.Server
}

func build(ring *history.Ring, all []collectors.Collector) (*parts, error) {
	log := slog.New(slog.DiscardHandler)
	var p parts
	var err error
	if p.sampler, err = sampler.New(sampler.Config{Collectors: all, Ring: ring, Derivers: []collectors.Deriver{signs.New(signs.Config{})}, Log: log}); err != nil {
		return nil, err
	}
	p.stream = stream.New(stream.Config{Ring: ring, Log: log, Hello: func() wire.Hello { return wire.Hello{Build: p.server.Build(), IntervalMs: 1000} }})
	p.server, err = server.New(server.Config{Assets: frontend.FS(), Ring: ring, Stream: p.stream, Host: func() collectors.Host { return collectors.Host{} }, Log: log})
	return &p, err
}

func (p *parts) start(ctx context.Context) (<-chan error, error) {
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	results, ended := make(chan error, 3), make(chan error, 1)
	go func() { results <- p.sampler.Run(ctx) }()
	go func() { results <- p.stream.Run(ctx) }()
	go func() { results <- p.server.Run(ctx, ln) }()
	go func() { ended <- errors.Join(<-results, <-results, <-results) }()
	return ended, nil
}
