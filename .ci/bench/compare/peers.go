package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"time"

	"dashcam/bench/measure"
)

func startDashcam(dir string) (*running, error) {
	bin, err := measure.Build(context.Background(), dir)
	if err != nil {
		return nil, err
	}
	p, addr, err := measure.Dashcam(bin, "--log-level", "error")
	if err != nil {
		return nil, err
	}
	r := &running{Program: p}
	r.watch = func() error {
		page, err := measure.Watch(addr, "processes")
		if err != nil {
			return err
		}
		r.stop = page.Close
		r.values, err = dashcamValues(addr)
		return err
	}
	return r, nil
}

// dashcamValues counts the values of a row and of the process table, both made once a second.
func dashcamValues(addr string) (float64, error) {
	var series struct {
		Series []json.RawMessage `json:"series"`
	}
	if err := getJSON(context.Background(), "http://"+addr+"/api/v1/series", &series); err != nil {
		return 0, err
	}
	var table any
	if err := getJSON(context.Background(), "http://"+addr+"/api/v1/processes", &table); err != nil {
		return 0, err
	}
	return float64(len(series.Series)) + numbers(table), nil
}

func startNetdata(dir string) (*running, error) {
	ports, err := freePorts(2)
	if err != nil {
		return nil, err
	}
	me, err := user.Current()
	if err != nil {
		return nil, err
	}
	for _, sub := range []string{"config", "cache", "lib/cloud.d", "log"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return nil, err
		}
	}
	// Its defaults, but for where it keeps things and to whom it speaks.
	conf := fmt.Sprintf(`[global]
	run as user = %s
	pidfile = %s/netdata.pid
[directories]
	config = %[2]s/config
	cache = %[2]s/cache
	lib = %[2]s/lib
	log = %[2]s/log
[logs]
	access = none
[web]
	bind to = 127.0.0.1:%d
	default port = %[3]d
[statsd]
	default port = %d
	bind to = udp:127.0.0.1 tcp:127.0.0.1
`, me.Username, dir, ports[0], ports[1])
	err = writeAll(dir, map[string]string{
		"config/netdata.conf": conf, "lib/cloud.d/cloud.conf": "[global]\n\tenabled = no\n", "config/.opt-out-from-anonymous-statistics": "",
	})
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("netdata", "-D", "-c", filepath.Join(dir, "config/netdata.conf")) //nolint:gosec // a program of the machine
	cmd.Env = append(os.Environ(), "DISABLE_TELEMETRY=1", "DO_NOT_TRACK=1")
	p, err := measure.Start(cmd, nil)
	if err != nil {
		return nil, err
	}
	r := asked(p, fmt.Sprintf("http://127.0.0.1:%d/api/v1/allmetrics?format=json", ports[0]), nil)
	r.ask = func(ctx context.Context) (float64, error) {
		if _, err := get(ctx, fmt.Sprintf("http://127.0.0.1:%d/api/v1/allmetrics?format=json", ports[0])); err != nil {
			return 0, err
		}
		if r.values > 0 {
			return r.values, nil // to count them is no part of what a page asks for
		}
		var charts struct {
			Charts map[string]struct {
				Every      float64                    `json:"update_every"`
				Dimensions map[string]json.RawMessage `json:"dimensions"`
			} `json:"charts"`
		}
		if err := getJSON(ctx, fmt.Sprintf("http://127.0.0.1:%d/api/v1/charts", ports[0]), &charts); err != nil {
			return 0, err
		}
		values := 0.0
		for _, c := range charts.Charts {
			values += float64(len(c.Dimensions)) / max(1, c.Every)
		}
		return values, nil
	}
	// Its charts appear one after the other: they are counted anew when somebody looks.
	r.watch = func() error { r.values = 0; return nil }
	return r, ready(r)
}

func startNodeExporter(string) (*running, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	p, err := measure.Start(exec.Command("prometheus-node-exporter", "--log.level=error", fmt.Sprintf("--web.listen-address=127.0.0.1:%d", ports[0])), nil) //nolint:gosec // a program of the machine
	if err != nil {
		return nil, err
	}
	r := asked(p, fmt.Sprintf("http://127.0.0.1:%d/metrics", ports[0]), func(body []byte) (float64, error) {
		values := 0.0
		for line := range bytes.Lines(body) {
			if line[0] != '#' {
				values++
			}
		}
		return values, nil
	})
	return r, ready(r)
}

func startGlances(dir string) (*running, error) {
	ports, err := freePorts(1)
	if err != nil {
		return nil, err
	}
	cmd := exec.Command("glances", "-w", "-B", "127.0.0.1", "-p", strconv.Itoa(ports[0]), "--disable-check-update", "-t", "1") //nolint:gosec // a program of the machine
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "XDG_CACHE_HOME="+dir, "TMPDIR="+dir)
	var said bytes.Buffer
	cmd.Stderr = &said
	p, err := measure.Start(cmd, nil)
	if err != nil {
		return nil, err
	}
	r := asked(p, fmt.Sprintf("http://127.0.0.1:%d/api/3/all", ports[0]), func(body []byte) (float64, error) {
		var all any
		err := json.Unmarshal(body, &all)
		return numbers(all), err
	})
	if err := ready(r); err != nil {
		return nil, fmt.Errorf("%w %s", err, bytes.TrimSpace(said.Bytes()))
	}
	return r, nil
}

// startBtop lets btop draw on a terminal of our own, once a second.
func startBtop(dir string) (*running, error) {
	if err := os.MkdirAll(filepath.Join(dir, "btop"), 0o700); err != nil {
		return nil, err
	}
	if err := writeAll(dir, map[string]string{"btop/btop.conf": "update_ms = 1000\n"}); err != nil {
		return nil, err
	}
	cmd := exec.Command("btop", "--utf-force")
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_CONFIG_HOME="+dir, "TERM=xterm-256color", "LANG=C.UTF-8")
	p, stop, err := onTerminal(cmd)
	if err != nil {
		return nil, err
	}
	return &running{Program: p, stop: stop}, nil
}

// asked is a program that is asked over HTTP.
func asked(p *measure.Program, url string, count func([]byte) (float64, error)) *running {
	return &running{Program: p, watch: func() error { return nil }, ask: func(ctx context.Context) (float64, error) {
		body, err := get(ctx, url)
		if err != nil {
			return 0, err
		}
		return count(body)
	}}
}

// ready waits until the program answers, and counts its values once. It ends a program that
// does not.
func ready(r *running) error {
	const timeout, pause = 30 * time.Second, 250 * time.Millisecond
	ctx, stop := context.WithTimeout(context.Background(), timeout)
	defer stop()
	for {
		values, err := r.ask(ctx)
		if err == nil && values > 0 {
			r.values = values
			return nil
		}
		if _, gone := r.Look(); gone != nil {
			r.Stop()
			return gone
		}
		if measure.Wait(ctx, pause) != nil {
			r.Stop()
			return fmt.Errorf("it does not answer: %w", err)
		}
	}
}

func get(ctx context.Context, url string) ([]byte, error) {
	ctx, stop := context.WithTimeout(ctx, 10*time.Second)
	defer stop()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, url, nil)
	if err != nil {
		return nil, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return nil, err
	}
	defer resp.Body.Close() //nolint:errcheck // only read from
	if resp.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("%s answers %s", url, resp.Status)
	}
	return io.ReadAll(resp.Body)
}

func getJSON(ctx context.Context, url string, into any) error {
	body, err := get(ctx, url)
	if err != nil {
		return err
	}
	return json.Unmarshal(body, into)
}

// numbers counts the numbers in what was read from JSON.
func numbers(v any) float64 {
	n := 0.0
	switch v := v.(type) {
	case float64:
		n = 1
	case []any:
		for _, x := range v {
			n += numbers(x)
		}
	case map[string]any:
		for _, x := range v {
			n += numbers(x)
		}
	}
	return n
}

// freePorts returns ports of the loopback address where nobody listened just now.
func freePorts(n int) ([]int, error) {
	var ports []int
	for range n {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return nil, err
		}
		defer ln.Close() //nolint:errcheck // it was only asked for its number
		ports = append(ports, ln.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

func writeAll(dir string, files map[string]string) error {
	for name, text := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			return err
		}
	}
	return nil
}
