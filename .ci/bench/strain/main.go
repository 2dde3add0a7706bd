// Command strain says how dashcam holds up on a host under load: with 3000 processes more, and
// then with stress-ng on all processors beside them, each for half a minute after half a minute
// without. It reports how late the ticks were, how long a scan of the processes took, what all
// that cost, whether the table said that it is not whole, and that an open page was sent row
// after row.
//
//	go run ./strain                              needs stress-ng
//	go run ./strain -processes 500 -for 10s
//
// Everything is started here and ended by its pid.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"os/exec"
	"strconv"
	"time"

	"dashcam/bench/measure"
)

func main() {
	span := flag.Duration("for", 30*time.Second, "how long each stretch is")
	processes := flag.Int("processes", 3000, "how many processes to add")
	bin := flag.String("bin", "", "binary of dashcam, instead of building it")
	flag.Parse()
	measure.Main("strain", func(ctx context.Context) error { return run(ctx, *bin, *processes, *span, flag.Args()) })
}

type strain struct {
	ctx  context.Context
	span time.Duration
	cam  *measure.Program
	addr string
	page *measure.Viewer
}

func run(ctx context.Context, bin string, processes int, span time.Duration, args []string) error {
	if _, err := exec.LookPath("stress-ng"); err != nil {
		return errors.New("stress-ng is not installed; on Debian: apt-get install stress-ng")
	}
	if bin == "" {
		dir, err := os.MkdirTemp("", "dashcam-strain")
		if err != nil {
			return err
		}
		defer func() { _ = os.RemoveAll(dir) }()
		if bin, err = measure.Build(ctx, dir); err != nil {
			return err
		}
	}
	s := &strain{ctx: ctx, span: span}
	var err error
	if s.cam, s.addr, err = measure.Dashcam(bin, append([]string{"--log-level", "error"}, args...)...); err != nil {
		return err
	}
	defer s.cam.Stop()
	if s.page, err = measure.Watch(s.addr, "processes"); err != nil {
		return err
	}
	defer s.page.Close()

	fmt.Println("| with | processes | rows sent | ticks skipped | late, mean and most | scan, mean and most | CPU | PSS | partial |")
	fmt.Println("|---|---|---|---|---|---|---|---|---|")
	if err := s.stretch("nothing else"); err != nil {
		return err
	}
	stopSleepers, err := sleepers(processes, 3*span+time.Minute)
	defer stopSleepers()
	if err != nil {
		return err
	}
	if err := s.stretch(fmt.Sprint(processes, " processes more")); err != nil {
		return err
	}
	stress := exec.Command("stress-ng", "--quiet", "--cpu", "0", "--timeout", strconv.Itoa(int(span.Seconds())+30)) //nolint:gosec // a number
	load, err := measure.Start(stress, nil)
	if err != nil {
		return err
	}
	defer load.Stop()
	if err := s.stretch("these, and stress-ng on all processors"); err != nil {
		return err
	}
	fmt.Println("\non", measure.Machine())
	return nil
}

// settle is how long the host gets after a change: a scan has to find new processes first.
const settle = 5 * time.Second

// stretch measures for a span and reports.
func (s *strain) stretch(with string) error {
	if err := measure.Wait(s.ctx, settle); err != nil {
		return err
	}
	from := time.Now()
	rows := s.page.Frames.Load()
	var cost measure.Span
	var err error
	if cost.Before, err = s.cam.Look(); err != nil {
		return err
	}
	if err := measure.Wait(s.ctx, s.span); err != nil {
		return err
	}
	if cost.After, err = s.cam.Look(); err != nil {
		return err
	}
	if err := s.page.Err(); err != nil {
		return fmt.Errorf("the page was cut off: %w", err)
	}
	rows = s.page.Frames.Load() - rows
	if rows == 0 {
		return fmt.Errorf("with %s the page was sent nothing for %s", with, s.span)
	}
	late, err := s.history(from, "sampler.delay")
	if err != nil {
		return err
	}
	scan, err := s.history(from, "collector.duration{collector=processes}")
	if err != nil {
		return err
	}
	observed, partial, err := s.processes()
	if err != nil {
		return err
	}
	fmt.Printf("| %s | %d | %d | %d | %.1f ms, %.0f ms | %.1f ms, %.0f ms | %.2f %% | %.1f MiB | %s |\n", with, observed, rows, late.missed,
		late.mean*1000, late.most*1000, scan.mean*1000, scan.most*1000, cost.Percent(), measure.MiB(cost.After.PSS), partial)
	return nil
}

// figures are those of a series over a stretch, in its unit.
type figures struct {
	mean, most float64
	missed     int64 // ticks
}

// history asks the program what it has seen itself.
func (s *strain) history(from time.Time, match string) (figures, error) {
	var schema struct {
		Series []struct {
			ID      int     `json:"id"`
			Quantum float64 `json:"quantum"`
		} `json:"series"`
	}
	if err := s.get("/api/v1/series", &schema); err != nil {
		return figures{}, err
	}
	var answer struct {
		StepMs int64 `json:"stepMs"`
		Series map[string]struct {
			Max  []*float64 `json:"max"`
			Mean []*float64 `json:"mean"`
			N    []float64  `json:"n"`
		} `json:"series"`
		Gaps []struct{ From, To int64 } `json:"gaps"`
	}
	query := url.Values{"match": {match}, "from": {strconv.FormatInt(from.UnixMilli(), 10)}, "points": {"60"}}
	if err := s.get("/api/v1/history?"+query.Encode(), &answer); err != nil {
		return figures{}, err
	}
	if len(answer.Series) != 1 {
		return figures{}, fmt.Errorf("%s gives %d series, want 1", match, len(answer.Series))
	}
	var f figures
	for _, g := range answer.Gaps {
		f.missed += (g.To - g.From + 500) / 1000
	}
	for id, series := range answer.Series {
		quantum := 1.0
		for _, known := range schema.Series {
			if strconv.Itoa(known.ID) == id {
				quantum = known.Quantum
			}
		}
		var sum, n float64
		for i, v := range series.Max {
			if v == nil {
				continue
			}
			f.most = max(f.most, *v*quantum)
			sum += *series.Mean[i] * quantum * series.N[i]
			n += series.N[i]
		}
		if n > 0 {
			f.mean = sum / n
		}
	}
	return f, nil
}

// processes returns how many are in the table, and why some are not.
func (s *strain) processes() (int, string, error) {
	var table struct {
		Partial string            `json:"partial"`
		Rows    []json.RawMessage `json:"rows"`
	}
	if err := s.get("/api/v1/processes", &table); err != nil {
		return 0, "", err
	}
	if table.Partial == "" {
		table.Partial = "no"
	}
	return len(table.Rows), table.Partial, nil
}

func (s *strain) get(path string, into any) error {
	req, err := http.NewRequestWithContext(s.ctx, http.MethodGet, "http://"+s.addr+path, nil)
	if err != nil {
		return err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	if resp.StatusCode != http.StatusOK {
		return fmt.Errorf("%s answers %s: %s", path, resp.Status, body)
	}
	return json.Unmarshal(body, into)
}

// sleepers starts n processes that do nothing. They end by themselves when nobody ends them.
func sleepers(n int, d time.Duration) (stop func(), err error) {
	var all []*exec.Cmd
	stop = func() {
		for _, c := range all {
			_ = c.Process.Kill()
		}
		for _, c := range all {
			_ = c.Wait()
		}
	}
	for range n {
		c := exec.Command("sleep", strconv.Itoa(int(d.Seconds()))) //nolint:gosec // a number
		if err := c.Start(); err != nil {
			return stop, fmt.Errorf("start %d processes: %w", n, err)
		}
		all = append(all, c)
	}
	return stop, nil
}
