// Command incidents makes this host suffer, one incident after the other, and records what
// dashcam sees of it, with what was really done beside it, for package recorded:
//
//	go run ./incidents -list
//	go run ./incidents -only '^disk-' -o ../../collectors/recorded/testdata/incidents
//
// It wants root, systemd and the tools of .ci/incidents/packages, and a host that nobody
// else needs: it fills memory, disks and tables of the kernel. `make incidents` gives it a
// machine of its own. The names of all that runs on the host are recorded.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"dashcam/bench/measure"
	"dashcam/collectors/recorded"
)

// incident is something that is done to a host.
type incident struct {
	name, what string
	// resources, culprits and causes are as in [recorded.Truth].
	resources, culprits, causes []string
	// setup, trouble and undo are scripts of bash. The trouble runs as a session of a user
	// until it is over; undo puts the host in order again.
	setup, trouble, undo string
	// last is how long the trouble lasts, a while by default.
	last time.Duration
}

// The stretches of a recording. What was before is known from the calm; how the signs
// clear is seen in what comes after.
const (
	warmUp = 12 * time.Second
	calm   = 20 * time.Second
	while  = 22 * time.Second
	after  = 4 * time.Second
)

func main() {
	list := flag.Bool("list", false, "print the names of the incidents")
	only := flag.String("only", "", "those whose name matches this regular expression")
	truth := flag.Bool("truth", false, "only write what is true of the recordings in -o anew")
	out := flag.String("o", "", "directory for the recordings")
	dir := flag.String("dir", "/var/tmp/dashcam-incidents", "directory to write to, on the disk that suffers")
	flag.Parse()
	measure.Main("incidents", func(ctx context.Context) error { return run(ctx, *only, *out, *dir, *list, *truth) })
}

func run(ctx context.Context, only, out, dir string, list, truth bool) error {
	wanted, err := regexp.Compile(only)
	if err != nil {
		return fmt.Errorf("-only %q: %w", only, err)
	}
	if !list && out == "" {
		return errors.New("want -o DIRECTORY")
	}
	var errs []error
	for i, each := range incidents() {
		if !wanted.MatchString(each.name) {
			continue
		}
		if list {
			fmt.Println(each.name)
			continue
		}
		name := filepath.Join(out, each.name+".json.gz")
		var r *recorded.Recording
		if truth {
			r, err = retell(each, name)
		} else {
			r, err = record(ctx, each, i+1, filepath.Join(dir, each.name))
		}
		if errors.Is(err, fs.ErrNotExist) && truth {
			continue // it was not recorded yet
		}
		if err == nil {
			err = write(r, name)
		}
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", each.name, err))
			fmt.Fprintln(os.Stderr, errs[len(errs)-1])
		}
		if ctx.Err() != nil {
			break
		}
	}
	return errors.Join(errs...)
}

func write(r *recorded.Recording, name string) error {
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil { //nolint:gosec // recordings are no secret
		return err
	}
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := errors.Join(r.Write(f), f.Close()); err != nil {
		return err
	}
	fmt.Printf("%s: %d rows of %d series (%d change), %d observations, %d events\n", name, len(r.T), len(r.Series), len(r.Changing()), len(r.Tables), len(r.Events))
	return nil
}

// record makes one incident.
func record(ctx context.Context, in incident, number int, dir string) (r *recorded.Recording, err error) {
	t := newTrouble(in, number, dir)
	defer func() { err = errors.Join(err, t.end()) }()
	if err := t.prepare(ctx); err != nil {
		return nil, err
	}
	w, err := startWatch(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, w.stop()) }()
	if err := pause(ctx, warmUp); err != nil {
		return nil, err
	}
	first := w.newest() + 1
	if err := pause(ctx, calm); err != nil {
		return nil, err
	}
	from := w.newest()
	if err := t.begin(); err != nil {
		return nil, err
	}
	lasts := in.last
	if lasts == 0 {
		lasts = while
	}
	if err := pause(ctx, lasts); err != nil {
		return nil, err
	}
	to := w.newest()
	if err := t.end(); err != nil {
		return nil, err
	}
	if err := pause(ctx, after); err != nil {
		return nil, err
	}
	if r, err = w.recording(ctx, first); err != nil {
		return nil, err
	}
	in.tell(r, int(from-first+1), min(int(to-first+1), len(r.T)))
	return r, nil
}

// tell writes what was done into a recording.
func (in *incident) tell(r *recorded.Recording, from, to int) {
	r.During = in.what
	r.Truth = &recorded.Truth{What: in.what, From: from, To: to, Resources: in.resources, Culprits: in.culprits, Causes: in.causes}
}

// retell reads a recording that there is, of the same trouble, and tells of it anew.
func retell(in incident, name string) (*recorded.Recording, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close() //nolint:errcheck // only read from
	r, err := recorded.Read(f)
	if err != nil {
		return nil, err
	}
	if r.Truth == nil {
		return nil, errors.New("it does not say when something was done")
	}
	in.tell(r, r.Truth.From, r.Truth.To)
	return r, nil
}

func pause(ctx context.Context, d time.Duration) error {
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-ctx.Done():
		return ctx.Err()
	case <-t.C:
		return nil
	}
}
