// Command record writes what dashcam sees of this host to a file, for package recorded:
//
//	go run ./record -for 10m -during "compiles and tests" -o ../../collectors/recorded/testdata/busy.json.gz
//
// Names of processes, services and control groups are replaced by others of the same length.
package main

import (
	"cmp"
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"dashcam/bench/measure"
	"dashcam/collectors"
	"dashcam/collectors/history"
	"dashcam/collectors/host"
	"dashcam/collectors/recorded"
	"dashcam/collectors/sampler"
	"dashcam/collectors/services"
	"dashcam/collectors/signs"
)

func main() {
	span := flag.Duration("for", 10*time.Minute, "how long to record")
	during := flag.String("during", "", "what the host does meanwhile, in a few words")
	name := flag.String("o", "", "file to write")
	flag.Parse()
	measure.Main("record", func(ctx context.Context) error { return run(ctx, *name, *during, *span) })
}

func run(ctx context.Context, name, during string, span time.Duration) error {
	if name == "" || during == "" || span < time.Second {
		return errors.New("want -o FILE, -during WHAT and -for at least 1s")
	}
	all := append(host.Collectors(host.Options{}), services.New(services.Options{}))
	ring := history.New(history.Config{Memory: 256 << 20, Panels: collectors.Panels(), Tables: sampler.Tables(all)})
	s, err := sampler.New(sampler.Config{Collectors: all, Ring: ring, Derivers: []collectors.Deriver{signs.New(signs.Config{})}, Budget: -1})
	if err != nil {
		return err
	}
	// The first seconds have no rates yet; they are not recorded.
	const warmUp = 15 * time.Second
	sampling, stop := context.WithTimeout(ctx, warmUp+span)
	defer stop()
	if err := s.Run(sampling); err != nil {
		return err
	}
	r, err := recording(ring, int(span/time.Second))
	if err != nil {
		return err
	}
	r.Host, r.During = machine(), during
	f, err := os.Create(name) //nolint:gosec // where to is for the caller to say
	if err != nil {
		return err
	}
	if err := r.Write(f); err != nil {
		return errors.Join(err, f.Close())
	}
	fmt.Printf("%s: %d rows of %d series (%d change), %d observations\n", name, len(r.T), len(r.Series), len(r.Changing()), len(r.Tables))
	return f.Close()
}

// recording returns the newest rows of the ring.
func recording(ring *history.Ring, rows int) (*recorded.Recording, error) {
	newest := ring.Bounds().Newest
	if newest < uint64(rows) {
		rows = int(newest)
	}
	if rows == 0 {
		return nil, errors.New("there was no time for a row")
	}
	since := newest - uint64(rows)
	span := ring.ReadHead(since, rows)
	r := &recorded.Recording{Interval: time.Second, T: span.T}
	schema := ring.Latest().Schema
	masks := map[string]string{}
	for _, c := range span.Columns {
		s := schema.Find(c.ID)
		labels := s.Labels.List(len(s.Family.Labels))
		for i, name := range s.Family.Labels {
			if name == "service" {
				labels[i] = mask(masks, labels[i])
			}
		}
		r.Series = append(r.Series, collectors.Series{Family: s.Family, Labels: collectors.LabelsOf(labels...)})
		r.Q = append(r.Q, c.Q)
	}
	for _, table := range []*collectors.Table{collectors.Processes, collectors.Services} {
		for d, err := range ring.Tables(context.Background(), table.Name, collectors.Window{First: since + 1, Last: newest}) {
			if err != nil {
				return nil, err
			}
			masked := *d
			masked.Seq -= since + 1
			for _, row := range masked.Rows {
				for _, column := range masked.Table.Columns {
					if slices.Contains(maskedColumns, column.Name) {
						c := &row.Cells[d.Table.Column(column.Name)]
						c.Text = mask(masks, c.Text)
					}
				}
			}
			r.Tables = append(r.Tables, &masked)
		}
	}
	slices.SortStableFunc(r.Tables, func(a, b *collectors.TableData) int { return cmp.Compare(a.Seq, b.Seq) })
	return r, nil
}

// maskedColumns say what something on the host is called.
var maskedColumns = []string{"name", "cgroup", "parent", "image"}

// mask replaces a name by a number of the same length, always by the same.
func mask(known map[string]string, name string) string {
	if name == "" {
		return ""
	}
	if known[name] == "" {
		n := fmt.Sprint("n", len(known))
		known[name] = n + strings.Repeat("-", max(0, len(name)-len(n)))
	}
	return known[name]
}

func machine() string {
	var u unix.Utsname
	release := "of unknown version"
	if unix.Uname(&u) == nil {
		release, _, _ = strings.Cut(unix.ByteSliceToString(u.Release[:]), "-")
	}
	processors := 0
	var set unix.CPUSet
	if unix.SchedGetaffinity(0, &set) == nil {
		processors = set.Count()
	}
	return fmt.Sprintf("virtual machine with %d processors, Linux %s", processors, release)
}
