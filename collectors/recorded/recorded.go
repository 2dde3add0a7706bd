package recorded

import (
	"embed"
	"fmt"
	"iter"
	"path"
	"slices"
	"strings"
	"time"

	"dashcam/collectors"
)

//go:embed testdata
var kept embed.FS

// Below testdata are ordinary minutes, below incidentsDir those in which something was
// done to the host on purpose.
const incidentsDir = "testdata/incidents"

// Recording is some minutes of a real host. It must not be changed.
type Recording struct {
	// Host is the machine, During what it did, for people.
	Host, During string
	Interval     time.Duration
	Series       []collectors.Series
	// T is the time of each row in Unix milliseconds.
	T []int64
	// Q are the values of each series by row, in quanta.
	Q [][]int64
	// Tables are the top rows of tables, by row; their Seq counts from 0.
	Tables []*collectors.TableData
	// Events are what happened, by row; their Seq counts from 0.
	Events []collectors.Event
	// Info describes the machine as dashcam saw it, and Truth says what really went on.
	// Both are only in recordings of incidents.
	Info  collectors.Host
	Truth *Truth
}

const suffix = ".json.gz"

// Names returns what [Open] knows.
func Names() []string { return namesIn("testdata") }

// Incidents returns what [OpenIncident] knows.
func Incidents() []string { return namesIn(incidentsDir) }

func namesIn(dir string) []string {
	entries, err := kept.ReadDir(dir)
	if err != nil {
		return nil
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), suffix); ok {
			names = append(names, name)
		}
	}
	return names
}

// Open returns a recording that is kept here.
func Open(name string) (*Recording, error) { return openIn("testdata", name) }

// OpenIncident returns a recording of an incident. It has a Truth.
func OpenIncident(name string) (*Recording, error) {
	r, err := openIn(incidentsDir, name)
	if err == nil && r.Truth == nil {
		return nil, fmt.Errorf("recording %s does not say what really went on", name)
	}
	return r, err
}

func openIn(dir, name string) (*Recording, error) {
	f, err := kept.Open(path.Join(dir, name+suffix))
	if err != nil {
		return nil, fmt.Errorf("no recording %q: want one of %q", name, namesIn(dir))
	}
	defer f.Close() //nolint:errcheck // only read from
	r, err := Read(f)
	if err != nil {
		return nil, fmt.Errorf("recording %s: %w", name, err)
	}
	return r, nil
}

// Row returns the values of one row, in the order of Series, in a slice of its own.
func (r *Recording) Row(row int) []int64 {
	q := make([]int64, len(r.Q))
	for i := range r.Q {
		q[i] = r.Q[i][row]
	}
	return q
}

// Changing returns the series whose value is not the same in every row.
func (r *Recording) Changing() []int {
	var changing []int
	for i, q := range r.Q {
		if slices.ContainsFunc(q, func(v int64) bool { return v != q[0] }) {
			changing = append(changing, i)
		}
	}
	return changing
}

// Played is a row to be made of a recording.
type Played struct {
	// T is its time in Unix milliseconds.
	T int64
	// Row is the row of the recording whose values it has.
	Row int
	// Tables are the observations of that row. They may be changed by whoever gets
	// them.
	Tables []*collectors.TableData
}

// Play yields n rows from the given time on (Unix milliseconds), an interval apart: the
// recording's from its first row, again and again.
func (r *Recording) Play(begin int64, n int) iter.Seq[Played] {
	return func(yield func(Played) bool) {
		observation := 0
		for i := range n {
			row := i % len(r.T)
			if row == 0 {
				observation = 0
			}
			p := Played{T: begin + int64(i)*r.Interval.Milliseconds(), Row: row}
			for ; observation < len(r.Tables) && r.Tables[observation].Seq == uint64(row); observation++ {
				d := *r.Tables[observation]
				p.Tables = append(p.Tables, &d)
			}
			if !yield(p) {
				return
			}
		}
	}
}
