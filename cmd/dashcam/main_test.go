package main

import (
	"bufio"
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"dashcam/collectors/collectortest/need"
)

// built is the program as it is shipped.
var built = sync.OnceValues(func() (string, error) {
	dir, err := os.MkdirTemp("", "dashcam")
	if err != nil {
		return "", err
	}
	path := filepath.Join(dir, "dashcam")
	out, err := exec.Command("go", "build", "-o", path, ".").CombinedOutput()
	if err != nil {
		return path, fmt.Errorf("go build: %w\n%s", err, out)
	}
	return path, nil
})

// isBuilt says whether there is one to remove.
var isBuilt atomic.Bool

func TestMain(m *testing.M) {
	// Those that are parallel wait most of their time, each for a program of its own.
	flag.Parse()
	if err := flag.Set("test.parallel", "8"); err != nil {
		panic(err)
	}
	status := m.Run()
	if isBuilt.Load() {
		path, _ := built()
		_ = os.RemoveAll(filepath.Dir(path)) // what is left is in the system's temporary directory
	}
	os.Exit(status)
}

// binary returns where the program is, which is built once.
func binary(t testing.TB) string {
	t.Helper()
	isBuilt.Store(true)
	path, err := built()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// refused runs the program, which must end by itself, and returns its status and what
// it said on both outputs.
func refused(t *testing.T, bin string, environ []string, args ...string) (status int, stdout, stderr string) {
	t.Helper()
	cmd := exec.Command(bin, args...)
	cmd.Env = append(os.Environ(), environ...)
	var out, errs bytes.Buffer
	cmd.Stdout, cmd.Stderr = &out, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	timer := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	err := cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return cmd.ProcessState.ExitCode(), out.String(), errs.String()
}

func TestProgram_MistakesGiveOneLineAndAStatus(t *testing.T) {
	bin := binary(t)
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	openFile := filepath.Join(t.TempDir(), "token")
	if err := os.WriteFile(openFile, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		args, environ []string
		status        int
		says          string
	}{
		"taken port":                  {[]string{"--listen", taken.Addr().String()}, nil, 1, taken.Addr().String() + " is taken"},
		"open address":                {[]string{"--listen", ":0"}, nil, 1, "--insecure-http"},
		"open without sign-in":        {[]string{"--listen", ":0", "--auth", "none", "--insecure-http"}, nil, 1, "--auth token"},
		"half a certificate":          {[]string{"--tls-cert", "x"}, nil, 2, "belong together"},
		"two certificates":            {[]string{"--tls-cert", "x", "--tls-key", "y", "--tls-self-signed"}, nil, 2, "both given"},
		"no certificate":              {[]string{"--listen", "127.0.0.1:0", "--tls-cert", "/does/not/exist", "--tls-key", "y"}, nil, 1, "/does/not/exist"},
		"open behind what proxy":      {[]string{"--listen", ":0", "--behind-proxy"}, nil, 2, "--public-url or --trusted-proxy"},
		"TLS without sign-in":         {[]string{"--listen", ":0", "--tls-self-signed", "--auth", "none"}, nil, 1, "--auth token"},
		"no network":                  {[]string{"--listen", "127.0.0.1:0", "--trusted-proxy", "proxy.example"}, nil, 1, `"proxy.example"`},
		"no URL":                      {[]string{"--listen", "127.0.0.1:0", "--public-url", "example.com"}, nil, 1, `"example.com"`},
		"unknown sign-in":             {[]string{"--auth", "magic"}, nil, 2, "auto, none, token or password"},
		"no password":                 {[]string{"--auth", "password"}, nil, 2, "--auth-password-hash"},
		"two passwords":               {[]string{"--auth-password-hash", "x", "--auth-password-hash-file", "y"}, nil, 2, "both given"},
		"a password nobody asks for":  {[]string{"--auth", "none", "--auth-password-hash", "x"}, nil, 2, "--auth is none"},
		"password instead of a hash":  {[]string{"--listen", "127.0.0.1:0", "--auth-password-hash", "x"}, nil, 1, "dashcam hash-password"},
		"no file with a hash":         {[]string{"--listen", "127.0.0.1:0", "--auth-password-hash-file", "/does/not/exist"}, nil, 1, "/does/not/exist"},
		"token file that others read": {[]string{"--listen", "127.0.0.1:0", "--auth-token-file", openFile}, nil, 1, "chmod 600"},
		"no directory for the token":  {[]string{"--listen", "127.0.0.1:0", "--auth-token-file", "/does/not/exist"}, nil, 1, "/does/not/exist"},
		"no address":                  {[]string{"--listen", "nonsense"}, nil, 1, `"nonsense"`},
		"unreadable root":             {[]string{"--listen", "127.0.0.1:0", "--host-root", "/does/not/exist"}, nil, 1, "/does/not/exist"},
		"unknown flag":                {[]string{"--frobnicate"}, nil, 2, "--frobnicate"},
		"bad duration":                {[]string{"--interval", "soon"}, nil, 2, `--interval is "soon": expected a duration such as`},
		"unusual interval":            {[]string{"--interval", "3s"}, nil, 2, "expected one of 100ms"},
		"bad size":                    {[]string{"--history-memory", "lots"}, nil, 2, "expected a number of bytes"},
		"no number":                   {[]string{"--max-series", "many"}, nil, 2, `--max-series is "many": expected a number`},
		"unknown variable":            {nil, []string{"DASHCAM_INTERVALL=1s"}, 2, "DASHCAM_INTERVALL is no setting: did you mean DASHCAM_INTERVAL?"},
		"too little memory":           {[]string{"--history-memory", "1KiB"}, nil, 2, "at least 1MiB"},
		"no viewers":                  {[]string{"--max-viewers", "0"}, nil, 2, "at least 1"},
		"sites without sign-in":       {[]string{"--auth", "none", "--allow-origin", "https://a.example"}, nil, 2, "--allow-origin"},
		"no origin":                   {[]string{"--allow-origin", "*"}, nil, 2, `"*"`},
		"no origin to embed":          {[]string{"--allow-embed", "a.example"}, nil, 2, `"a.example"`},
		"command lines for everybody": {[]string{"--auth", "none", "--cmdline", "full"}, nil, 2, "--cmdline full"},
		"unknown command lines":       {[]string{"--cmdline", "some"}, nil, 2, "off, redacted or full"},
		"no budget":                   {[]string{"--budget", "0"}, nil, 2, "less than 0 for no limit"},
		"unknown level":               {[]string{"--log-level", "loud"}, nil, 2, "debug, info, warn or error"},
		"unknown format":              {[]string{"--log-format", "xml"}, nil, 2, "text or json"},
		"unknown names of metrics":    {[]string{"--metrics", "all"}, nil, 2, "node, native or off"},
		"no collector":                {[]string{"--collectors", "cpu,dsk"}, nil, 2, `--collectors has "dsk", which is no collector: did you mean "disk"?`},
		"no interval":                 {[]string{"--collector-interval", "disk"}, nil, 2, "expected name=time"},
		"all collectors off":          {[]string{"--collectors", "cpu", "--without-collectors", "cpu"}, nil, 2, "leaves no collector"},
		"unknown command":             {[]string{"frobnicate"}, nil, 2, `"frobnicate"`},
		"bad environment":             {nil, []string{"DASHCAM_INTERVAL=soon"}, 2, "DASHCAM_INTERVAL"},
		"bad size in the environment": {nil, []string{"DASHCAM_HISTORY_MEMORY=48Q"}, 2, "DASHCAM_HISTORY_MEMORY"},
	} {
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := refused(t, bin, c.environ, c.args...)
			lines := strings.Split(strings.TrimSuffix(stderr, "\n"), "\n")
			if status != c.status || len(lines) != 1 || !strings.HasPrefix(stderr, "dashcam: ") || !strings.Contains(stderr, c.says) || stdout != "" {
				t.Errorf("status %d, want %d; stdout %q; stderr %q, want one line with %q", status, c.status, stdout, stderr, c.says)
			}
		})
	}
}

func TestProgram_ServesUntilSIGTERMAndExitsCleanly(t *testing.T) {
	bin := binary(t)
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		cmd := exec.Command(bin, "--listen", "127.0.0.1:0", "--log-level", "error", "--interval", "200ms", "--auth", "none")
		// A flag wins over the environment, the environment over the default.
		cmd.Env = append(os.Environ(), "DASHCAM_INTERVAL=10s", "DASHCAM_HISTORY=2h", "DASHCAM_HISTORY_MEMORY=8MiB")
		out, err := cmd.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		var errs bytes.Buffer
		cmd.Stderr = &errs
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		timer := time.AfterFunc(3*time.Minute, func() { _ = cmd.Process.Kill() })
		defer timer.Stop()
		lines := bufio.NewReader(out)
		said := readUntil(t, lines, "holds")
		for _, want := range []string{
			`open +http://127\.0\.0\.1:\d+\n`, `ssh -N -L \d+:127\.0\.0\.1:\d+ `, `every 200ms for at most 1 % of a core, remembers up to 2 h in at most 8MiB\n`, `observes +\d+ series`, `holds +(about )?\d+`,
		} {
			if !regexp.MustCompile(want).MatchString(said) {
				t.Errorf("printed\n%s\nwithout %s", said, want)
			}
		}
		url := regexp.MustCompile(`http://\S+`).FindString(said)
		res, err := http.Get(url + "/readyz")
		if err != nil {
			t.Fatal(err)
		}
		res.Body.Close()
		if res.StatusCode != 200 {
			t.Errorf("%s/readyz: %d", url, res.StatusCode)
		}
		began := time.Now()
		if err := cmd.Process.Signal(sig); err != nil {
			t.Fatal(err)
		}
		if _, err := io.Copy(io.Discard, lines); err != nil {
			t.Fatal(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("%v: %v", sig, err)
		}
		if took := time.Since(began); took > 30*time.Second {
			t.Errorf("%v: ended after %v", sig, took)
		}
		if errs.Len() > 0 {
			t.Errorf("%v: stderr %q", sig, errs.String())
		}
	}
}

// readUntil returns the lines up to the one that contains text.
func readUntil(t testing.TB, r *bufio.Reader, text string) string {
	t.Helper()
	var all strings.Builder
	for !strings.Contains(all.String(), text) {
		line, err := r.ReadString('\n')
		all.WriteString(line)
		if err != nil {
			t.Fatalf("%v after %q, waiting for %q", err, all.String(), text)
		}
	}
	return all.String()
}

func TestProgram_Version(t *testing.T) {
	said := ran(t, nil, "version")
	if flag := ran(t, nil, "--version"); !strings.HasPrefix(said, "dashcam "+release) || flag != said {
		t.Errorf("version says %q, --version %q", said, flag)
	}
}

// TestProgram_EndsQuietlyWhereNobodyReadsItsOutput: dashcam man | head said "broken pipe".
// The dashboard goes on, as it has more to do than to print.
func TestProgram_EndsQuietlyWhereNobodyReadsItsOutput(t *testing.T) {
	t.Parallel()
	bin := binary(t)
	for _, args := range [][]string{{"man"}, {"licenses"}, {"print-config"}, {"completion", "bash"}, {"--help"}} {
		cmd := exec.Command(bin, args...)
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		r.Close()
		var errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = w, &errs
		err = cmd.Run()
		w.Close()
		status, ok := cmd.ProcessState.Sys().(syscall.WaitStatus)
		if !ok || status.Signal() != syscall.SIGPIPE || errs.Len() > 0 {
			t.Errorf("%q: %v, %q", args, err, errs.String())
		}
	}
	free := "127.0.0.1:" + need.Port(t, "127.0.0.1")
	cmd := exec.Command(bin, "--demo", "--history", "1m", "--auth", "none", "--listen", free)
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	r.Close()
	defer w.Close()
	var errs heard
	cmd.Stdout, cmd.Stderr = w, &errs
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- cmd.Wait() }()
	waitUntil(t, "the dashboard to be ready", func() bool {
		res, err := http.Get("http://" + free + "/readyz")
		if err != nil {
			return len(ended) > 0
		}
		res.Body.Close()
		return res.StatusCode == http.StatusOK
	})
	_ = cmd.Process.Signal(syscall.SIGTERM) // unless it has ended, which is told below
	if err := <-ended; err != nil {
		t.Errorf("the dashboard whose output nobody reads: %v, %s", err, errs.String())
	}
}

// TestProgram_SaysWhatALargeDemoWaitsFor: it printed nothing for 14 s.
func TestProgram_SaysWhatALargeDemoWaitsFor(t *testing.T) {
	cmd := exec.Command(binary(t), "--demo", "--demo-size", "large", "--listen", "127.0.0.1:0")
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		_, _ = io.Copy(io.Discard, out)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}()
	line, err := bufio.NewReader(out).ReadString('\n')
	if err != nil || !strings.Contains(line, "makes up the past of a large simulated host") {
		t.Errorf("the first line is %q (%v)", line, err)
	}
}

func TestByteSize(t *testing.T) {
	for text, want := range map[string]int64{
		"0": 0, "50331648": 50331648, "48MiB": 48 << 20, "48M": 48 << 20, "48mb": 48 << 20, "1 GiB": 1 << 30, "2KiB": 2048, "1TiB": 1 << 40, "7B": 7,
		"": -1, "MiB": -1, "1.5GiB": -1, "-1": -1, "48Q": -1, "48KM": -1, "9999999999TiB": -1, "M48": -1,
	} {
		var b byteSize
		err := b.Set(text)
		if want < 0 {
			if err == nil {
				t.Errorf("%q is %d, want an error", text, b)
			}
			continue
		}
		if err != nil || int64(b) != want {
			t.Errorf("%q is %d (%v), want %d", text, b, err, want)
		}
		var again byteSize
		if err := again.Set(b.String()); err != nil || again != b {
			t.Errorf("%q is written as %q, which is %d (%v)", text, b.String(), again, err)
		}
	}
}
