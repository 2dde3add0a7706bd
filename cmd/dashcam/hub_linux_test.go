package main

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	fastws "github.com/fasthttp/websocket"

	"dashcam/collectors/collectortest/need"
	"dashcam/server/fleet"
	"dashcam/server/wire"
)

// part is a hub or a host: the program, and where it is asked.
type part struct {
	cmd   *exec.Cmd
	url   string
	token string // to sign in by, "" where nobody has to
	join  string // the token that a hub printed
	ended chan struct{}
	out   *lockedBuffer
}

type lockedBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// startPart runs a command until it has said something that matches. Its standard error is
// shown when the test fails.
func startPart(t *testing.T, until string, command ...string) *part {
	t.Helper()
	p := &part{cmd: exec.Command(command[0], command[1:]...), ended: make(chan struct{}), out: new(lockedBuffer)}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	p.cmd.Stdout, p.cmd.Stderr = w, w
	if err := p.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	_ = w.Close() // the program has it
	matched := make(chan struct{})
	go func() {
		defer close(p.ended)
		var once sync.Once
		wanted := regexp.MustCompile(until)
		for lines := bufio.NewScanner(r); lines.Scan(); {
			_, _ = fmt.Fprintln(p.out, lines.Text())
			if wanted.MatchString(lines.Text()) {
				once.Do(func() { close(matched) })
			}
		}
		_ = r.Close()
		_ = p.cmd.Wait()
	}()
	t.Cleanup(func() {
		p.kill()
		if t.Failed() {
			t.Logf("%s\n%s", strings.Join(command, " "), p.out)
		}
	})
	select {
	case <-matched:
	case <-p.ended:
		t.Fatalf("%q ended:\n%s", command, p.out)
	case <-time.After(3 * time.Minute):
		t.Fatalf("%q does not say %s:\n%s", command, until, p.out)
	}
	if m := regexp.MustCompile(`open +(https?://[^\s/]+)`).FindStringSubmatch(p.out.String()); m != nil {
		p.url = m[1]
	}
	p.join = regexp.MustCompile(`dcjoin_[\w-]+`).FindString(p.out.String())
	return p
}

func (p *part) kill() {
	_ = p.cmd.Process.Kill() // one that has ended cannot be killed
	<-p.ended
}

var anyCertificate = &http.Client{Transport: &http.Transport{TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}, Timeout: 30 * time.Second}

// get asks and returns the answer, without what is of the moment or of the way.
func (p *part) get(t *testing.T, method, path string) (status int, header http.Header, body []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), method, p.url+path, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	if p.token != "" {
		req.Header.Set("Authorization", "Bearer "+p.token)
	}
	res, err := anyCertificate.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	if body, err = io.ReadAll(res.Body); err != nil {
		t.Fatal(err)
	}
	header = make(http.Header)
	for _, name := range []string{"Content-Type", "Content-Disposition", "Cache-Control", "Content-Security-Policy", "Allow"} {
		header[name] = res.Header.Values(name)
	}
	return res.StatusCode, header, body
}

// hosts returns the hosts of a hub by name.
func (p *part) hosts(t *testing.T) map[string]fleet.HostInfo {
	t.Helper()
	var answer struct{ Hosts []fleet.HostInfo }
	if _, _, body := p.get(t, http.MethodGet, "/api/v1/hosts"); json.Unmarshal(body, &answer) != nil {
		t.Fatalf("%s", body)
	}
	byID := make(map[string]fleet.HostInfo)
	for _, h := range answer.Hosts {
		byID[h.ID] = h
	}
	return byID
}

func (p *part) await(t *testing.T, id string, online bool) {
	t.Helper()
	deadline := time.Now().Add(60 * time.Second)
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for p.hosts(t)[id].Online != online {
		if time.Now().After(deadline) {
			t.Fatalf("host %s: %+v, expected online %v", id, p.hosts(t)[id], online)
		}
		<-tick.C
	}
}

// watchRows opens a socket and hands over every frame with its row, and at the end row 0
// with why it ended.
func (p *part) watchRows(t *testing.T, prefix string, row func(seq uint64, frame string)) {
	t.Helper()
	d := fastws.Dialer{Subprotocols: []string{wire.Subprotocol}, HandshakeTimeout: time.Minute, TLSClientConfig: &tls.Config{InsecureSkipVerify: true}}
	header := http.Header{}
	if p.token != "" {
		header.Set("Authorization", "Bearer "+p.token)
	}
	ws, res, err := d.Dial("ws"+strings.TrimPrefix(p.url, "http")+prefix+"/ws", header)
	if err != nil {
		t.Fatal(err)
	}
	_ = res.Body.Close()
	ended := make(chan struct{})
	t.Cleanup(func() {
		_ = ws.Close()
		<-ended
	})
	if err := subscribe(ws, 1); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(ended)
		for {
			_, text, err := ws.ReadMessage()
			if err != nil {
				row(0, err.Error())
				return
			}
			var m struct {
				Type string          `json:"type"`
				Seq  json.RawMessage `json:"seq"`
			}
			if json.Unmarshal(text, &m) != nil {
				continue
			}
			var seq uint64
			if m.Type == wire.TypeFrame && json.Unmarshal(m.Seq, &seq) == nil {
				row(seq, string(text))
			}
		}
	}()
}

// rows are those that came as frames.
type rows struct {
	mu     sync.Mutex
	frames map[uint64]string
	err    string // with which the socket ended
}

func newRows() *rows { return &rows{frames: make(map[uint64]string)} }

func (r *rows) add(seq uint64, frame string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if seq == 0 {
		r.err = frame
		return
	}
	r.frames[seq] = frame
}

func (r *rows) ended() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.err
}

func dashcam(t *testing.T, environ []string, args ...string) string {
	t.Helper()
	status, out, errs := refused(t, binary(t), environ, args...)
	if status != exitOK {
		t.Fatalf("dashcam %s: %d %s", strings.Join(args, " "), status, errs)
	}
	return out
}

// TestHub_ShowsThePageOfAHost holds that a host is the same by its hub: every answer byte
// for byte, and every frame.
func TestHub_ShowsThePageOfAHost(t *testing.T) {
	t.Parallel()
	bin, hubDir, hostDir := binary(t), t.TempDir(), t.TempDir()
	hub := startPart(t, "dcjoin_", bin, "hub", "--log-level", "debug", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hubDir)
	host := startPart(t, "observes", bin, "--demo", "--listen", "127.0.0.1:0", "--auth", "token", "--auth-token-file", filepath.Join(hostDir, "token"), "--state-dir", hostDir, "--label", "role=db")
	token, err := os.ReadFile(filepath.Join(hostDir, "token"))
	if err != nil {
		t.Fatal(err)
	}
	host.token = strings.TrimSpace(string(token))
	// The host runs already: it is found by the file that join writes.
	dashcam(t, nil, "join", hub.url, hub.join, "--state-dir", hostDir, "--host-id", "hosta")
	if status, _, errs := refused(t, bin, nil, "join", hub.url, hub.join, "--state-dir", t.TempDir(), "--host-id", "hostb"); status == exitOK || !strings.Contains(errs, "not valid") {
		t.Errorf("a token that was used: %d %s", status, errs)
	}
	hub.await(t, "hosta", true)
	if got := hub.hosts(t)["hosta"]; got.Name != "db-01" || got.Labels["role"] != "db" || got.States["cpu"].Level == "unknown" {
		t.Errorf("%+v", got)
	}
	var bounds struct{ NowMs int64 }
	if _, _, body := host.get(t, http.MethodGet, "/api/v1/host"); json.Unmarshal(body, &bounds) != nil {
		t.Fatalf("%s", body)
	}
	from, to := bounds.NowMs-600_000, bounds.NowMs-10_000
	window := fmt.Sprintf("from=%d&to=%d", from, to)
	for _, path := range []string{
		"/api/v1/history?points=50&" + window, "/api/v1/history?points=500&match=cpu.*&" + window, "/api/v1/events?" + window,
		"/api/v1/processes?" + window, "/api/v1/verdict?" + fmt.Sprintf("at=%d", to), "/api/v1/changes?" + window, "/api/v1/openapi.json", "/api/v1/rules",
		"/api/v1/nothing", "/api/v1/history?points=x", "/api/v1/explain?id=99999", "/prometheus/api/v1/query?query=up&time=" + fmt.Sprint(to/1000), "/prometheus/api/v1/labels",
	} {
		for _, method := range []string{http.MethodGet, http.MethodHead} {
			status, header, body := host.get(t, method, path)
			gotStatus, gotHeader, got := hub.get(t, method, "/h/hosta"+path)
			// The host itself may answer otherwise a moment later: a service has come or gone.
			for {
				_, _, after := host.get(t, method, path)
				if bytes.Equal(after, body) {
					break
				}
				body = after
				gotStatus, gotHeader, got = hub.get(t, method, "/h/hosta"+path)
			}
			if status != gotStatus || fmt.Sprint(header) != fmt.Sprint(gotHeader) || !bytes.Equal(body, got) {
				t.Errorf("%s %s: %d %v %.200s\nexpected %d %v %.200s", method, path, gotStatus, gotHeader, got, status, header, body)
			}
		}
	}
	for _, path := range []string{"/", "/metrics", "/api/v1/series", "/api/v1/health", "/readyz"} {
		if status, _, body := hub.get(t, http.MethodGet, "/h/hosta"+path); status != http.StatusOK || len(body) == 0 {
			t.Errorf("%s: %d", path, status)
		}
	}
	// Nobody can change anything on a host by its hub.
	for _, method := range []string{http.MethodPost, http.MethodDelete, http.MethodPatch, http.MethodPut} {
		if status, _, _ := hub.get(t, method, "/h/hosta/api/v1/events"); status < 400 {
			t.Errorf("%s of a host: %d", method, status)
		}
	}
	own, mirrored := newRows(), newRows()
	host.watchRows(t, "", own.add)
	hub.watchRows(t, "/h/hosta", mirrored.add)
	// A page that comes late gets the rows until then in one message, and frames from there on.
	compared := 0
	same := func() bool {
		mirrored.mu.Lock()
		defer mirrored.mu.Unlock()
		own.mu.Lock()
		defer own.mu.Unlock()
		compared = 0
		for seq, frame := range mirrored.frames {
			if want, had := own.frames[seq]; had {
				compared++
				if frame != want {
					t.Fatalf("frame %d is\n%s\nexpected\n%s", seq, frame, want)
				}
			}
		}
		return compared >= 5
	}
	eventually(t, 2*time.Minute, same, func() string {
		return fmt.Sprintf("only %d frames were compared; the sockets: %q, %q", compared, own.ended(), mirrored.ended())
	})
	for _, p := range []*part{hub, host} {
		if strings.Contains(p.out.String(), "Unsolicited response") {
			t.Errorf("HTTP within the program is confused:\n%s", p.out)
		}
	}
}

// TestHub_AnswersPromQLOverItsHosts asks a real host by its hub, in every form that Grafana
// and Prometheus have.
func TestHub_AnswersPromQLOverItsHosts(t *testing.T) {
	bin, hostDir := binary(t), t.TempDir()
	hub := startPart(t, "dcjoin_", bin, "hub", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", t.TempDir())
	dashcam(t, nil, "join", hub.url, hub.join, "--state-dir", hostDir, "--host-id", "hosta")
	startPart(t, "observes", bin, "--demo", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hostDir, "--label", "role=db")
	// The hub's own host, too, is online only once it was sampled.
	online := func() (n int) {
		for _, h := range hub.hosts(t) {
			if h.Online {
				n++
			}
		}
		return n
	}
	eventually(t, 60*time.Second, func() bool { return online() == 2 }, func() string { return fmt.Sprint(online(), " hosts are online, expected 2") })
	asks := func(what, method, path string, body io.Reader, want ...string) {
		t.Helper()
		req, err := http.NewRequestWithContext(t.Context(), method, hub.url+path, body)
		if err != nil {
			t.Fatal(err)
		}
		req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
		res, err := anyCertificate.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer res.Body.Close()
		text, err := io.ReadAll(res.Body)
		if err != nil || res.StatusCode != http.StatusOK {
			t.Errorf("%s: %d %.300s (%v)", what, res.StatusCode, text, err)
		}
		for _, w := range want {
			if !strings.Contains(string(text), w) {
				t.Errorf("%s: %.600s, expected %s", what, text, w)
			}
		}
	}
	const asked = "/prometheus/api/v1/"
	own, _ := os.Hostname()
	asks("one host", http.MethodPost, asked+"query", strings.NewReader("query=node_load1%7Binstance%3D%22db-01%22%7D"), `"instance":"db-01"`)
	asks("all hosts", http.MethodGet, asked+"query?query=node_load1", nil, `"instance":"db-01"`, `"instance":"`+own+`"`)
	asks("a range", http.MethodGet, asked+fmt.Sprintf("query_range?query=sum(node_load1)&start=%d&end=%d&step=1", time.Now().Unix()-5, time.Now().Unix()), nil, `"values":`)
	asks("what the hub holds", http.MethodGet, asked+"query?query=dashcam_fleet_host_info", nil, `"label_role":"db"`)
	asks("names", http.MethodGet, asked+"label/instance/values", nil, `"db-01"`, `"`+own+`"`)
	asks("by the host's path", http.MethodPost, "/h/hosta"+asked+"query", strings.NewReader("query=node_load1"), `"instance":"db-01"`)
	asks("the hub itself", http.MethodGet, "/metrics", nil, `dashcam_hub_hosts{state="online"} 2`, `dashcam_hub_messages_total{subject="summary"} `, "dashcam_hub_leases 0", "dashcam_hub_duplicates_total 0", `dashcam_hub_cuts_total{of="host"} 0`)
	asks("all on one endpoint", http.MethodGet, "/federate?match[]=up&match[]=node_load1", nil,
		"# TYPE node_load1 untyped\nnode_load1{instance=", `up{instance="db-01",job="dashcam"} 1 `, `node_load1{instance="db-01",job="dashcam"} `)
}

// network is a namespace of its own, with a link to this one.
type network struct {
	t         *testing.T
	ip, space string
	// here and there are the addresses of the two ends of the link.
	here, there string
}

// newNetwork ends with the test. Neither its names nor its addresses are anybody else's: a
// run beside this one makes networks here, too, and one that was killed has left its own.
func newNetwork(t *testing.T) *network {
	t.Helper()
	n := &network{t: t, ip: need.Program(t, "ip"), space: "dc" + rand.Text()[:10]} // a link's name has 15 bytes
	n.here, n.there = unusedPair(t)
	n.run("netns", "add", n.space)
	t.Cleanup(func() { _ = exec.Command(n.ip, "netns", "del", n.space).Run() }) // the link goes with it
	n.run("link", "add", n.space+"a", "type", "veth", "peer", "name", n.space+"b", "netns", n.space)
	n.run("addr", "add", n.here+"/30", "dev", n.space+"a")
	n.run("link", "set", n.space+"a", "up")
	n.run("-n", n.space, "addr", "add", n.there+"/30", "dev", n.space+"b")
	n.run("-n", n.space, "link", "set", n.space+"b", "up")
	n.run("-n", n.space, "link", "set", "lo", "up")
	return n
}

// unusedPair are the two addresses of a network of four, by chance, in which this machine has
// none.
func unusedPair(t *testing.T) (here, there string) {
	t.Helper()
	used, err := net.InterfaceAddrs()
	if err != nil {
		t.Fatal(err)
	}
	for {
		var b [2]byte
		_, _ = rand.Read(b[:]) // it does not fail
		first := netip.AddrFrom4([4]byte{10, 231, b[0], b[1] &^ 3})
		in := netip.PrefixFrom(first, 30)
		if !slices.ContainsFunc(used, func(a net.Addr) bool {
			has, err := netip.ParsePrefix(a.String())
			return err == nil && in.Contains(has.Addr())
		}) {
			return first.Next().String(), first.Next().Next().String()
		}
	}
}

// run runs ip.
func (n *network) run(args ...string) {
	n.t.Helper()
	if out, err := exec.CommandContext(context.WithoutCancel(n.t.Context()), n.ip, args...).CombinedOutput(); err != nil {
		n.t.Fatalf("ip %s: %v\n%s", strings.Join(args, " "), err, out)
	}
}

// inside is a command as it is run there.
func (n *network) inside(command ...string) []string {
	return append([]string{n.ip, "netns", "exec", n.space}, command...)
}

// TestHub_LosesNothingWhenTheWayIsCut has a host in a network of its own, by TLS through the
// hub's one port, and takes the link down.
func TestHub_LosesNothingWhenTheWayIsCut(t *testing.T) {
	t.Parallel()
	need.Root(t, "make a network namespace")
	bin, hubDir, hostDir := binary(t), t.TempDir(), t.TempDir()
	there := newNetwork(t)
	run, space := there.run, there.space

	tokenFile := filepath.Join(hubDir, "token")
	listen := there.here + ":" + need.Port(t, there.here)
	startHub := func() *part {
		hub := startPart(t, "dcjoin_", bin, "hub", "--listen", listen, "--auth", "token", "--auth-token-file", tokenFile, "--tls-self-signed", "--state-dir", hubDir)
		token, err := os.ReadFile(tokenFile)
		if err != nil {
			t.Fatal(err)
		}
		hub.token, hub.url = strings.TrimSpace(string(token)), "https://"+listen
		return hub
	}
	hub := startHub()
	join := there.inside(bin, "join", hub.url, hub.join, "--state-dir", hostDir, "--host-id", "hosta")
	out, err := exec.Command(join[0], join[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("join: %v\n%s", err, out)
	}
	host := startPart(t, "observes", there.inside(bin, "--demo", "--interval", "200ms", "--listen", "127.0.0.1:0", "--auth", "none", "--state-dir", hostDir)...)
	_ = host
	hub.await(t, "hosta", true)
	viewer := watchResuming(t, hub, "/h/hosta")
	viewer.live(t, time.Now().Add(2*time.Second), time.Minute)
	table := &cutTable{t: t, least: 2}
	table.run("link of the host down until it is silent", viewer, func() time.Time {
		run("link", "set", space+"a", "down")
		hub.await(t, "hosta", false)
		run("link", "set", space+"a", "up")
		return time.Now()
	})
	hub.await(t, "hosta", true)
	table.print()
	// A hub that is another one is not spoken to: its certificate has another fingerprint.
	hub.kill()
	for _, name := range []string{"tls-cert.pem", "tls-key.pem"} {
		if err := os.Rename(filepath.Join(hubDir, name), filepath.Join(hubDir, name+".old")); err != nil {
			t.Fatal(err)
		}
	}
	other := startHub()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for deadline := time.Now().Add(time.Minute); !strings.Contains(host.out.String(), "fingerprint"); <-tick.C {
		if time.Now().After(deadline) {
			t.Fatal("the host says nothing of another certificate")
		}
	}
	if other.hosts(t)["hosta"].Online {
		t.Error("the host speaks to a hub with another certificate")
	}
	other.kill()
	for _, name := range []string{"tls-cert.pem", "tls-key.pem"} {
		if err := os.Rename(filepath.Join(hubDir, name+".old"), filepath.Join(hubDir, name)); err != nil {
			t.Fatal(err)
		}
	}
	startHub().await(t, "hosta", true)
}
