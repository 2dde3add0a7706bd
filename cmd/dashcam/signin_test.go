package main

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"dashcam/server/embedded"
)

func TestSignIn_AutoAsksWhereItProtects(t *testing.T) {
	user, root, hidepid := surroundings{}, surroundings{root: true}, surroundings{hidepid: true}
	for name, c := range map[string]struct {
		signIn signIn
		listen string
		demo   bool
		expose expose
		at     surroundings
		want   embedded.SignInMode
		why    string
	}{
		"a user on loopback":          {signIn{}, defaultListen, false, expose{}, user, embedded.SignInNone, ""},
		"root on loopback":            {signIn{}, defaultListen, false, expose{}, root, embedded.SignInToken, "root"},
		"hidden processes":            {signIn{}, "[::1]:7272", false, expose{}, hidepid, embedded.SignInToken, "hidepid"},
		"who looks into processes":    {signIn{}, defaultListen, false, expose{}, surroundings{ptrace: true}, embedded.SignInToken, "CAP_SYS_PTRACE"},
		"who reads the kernel's log":  {signIn{}, defaultListen, false, expose{}, surroundings{syslog: true}, embedded.SignInToken, "CAP_SYSLOG"},
		"root with a simulated host":  {signIn{}, defaultListen, true, expose{}, root, embedded.SignInNone, ""},
		"where others connect":        {signIn{}, ":7272", false, expose{}, user, embedded.SignInToken, "others"},
		"others and a simulated host": {signIn{}, "192.0.2.1:7272", true, expose{}, user, embedded.SignInToken, "others"},
		"no address":                  {signIn{}, "nonsense", false, expose{}, user, embedded.SignInNone, ""},
		"root says none":              {signIn{auth: "none"}, defaultListen, false, expose{}, root, embedded.SignInNone, ""},
		"a user says token":           {signIn{auth: "token"}, defaultListen, false, expose{}, user, embedded.SignInToken, ""},
		"a user gives a file":         {signIn{tokenFile: "f"}, defaultListen, false, expose{}, user, embedded.SignInToken, ""},
		"a user gives a hash":         {signIn{passwordHash: "h"}, defaultListen, false, expose{}, user, embedded.SignInPassword, ""},
		"root gives a file of hash":   {signIn{passwordHashFile: "f"}, defaultListen, false, expose{}, root, embedded.SignInPassword, ""},
		"a user shows other sites":    {signIn{}, defaultListen, true, expose{allowOrigins: []string{"https://a.example"}}, user, embedded.SignInToken, "--allow-origin"},
		"a user shows all arguments":  {signIn{}, defaultListen, false, expose{commandLines: "full"}, user, embedded.SignInToken, "--cmdline full"},
		"a user shows some arguments": {signIn{}, defaultListen, false, expose{commandLines: "redacted"}, user, embedded.SignInNone, ""},
		"others and none (refused)":   {signIn{auth: "none"}, ":7272", false, expose{}, user, embedded.SignInNone, ""},
		"a hash where others connect": {signIn{passwordHash: "h"}, ":7272", false, expose{}, user, embedded.SignInPassword, ""},
	} {
		if c.signIn.auth == "" {
			c.signIn.auth = authAuto
		}
		got, why := c.signIn.choose(&options{listen: c.listen, demo: c.demo, expose: c.expose}, c.at)
		if got.Mode != c.want || !strings.Contains(why, c.why) || (why == "") != (c.why == "") {
			t.Errorf("%s: %s because %q, want %s because of %q", name, got.Mode, why, c.want, c.why)
		}
	}
}

func TestHidesProcesses(t *testing.T) {
	for mounts, want := range map[string]bool{
		"": false,
		"proc /proc proc rw,nosuid,nodev,noexec,relatime 0 0\n":                                                        false,
		"proc /proc proc rw,relatime,hidepid=2 0 0\n":                                                                  true,
		"proc /proc proc rw,relatime,hidepid=invisible,gid=4 0 0\n":                                                    true,
		"proc /proc proc rw,hidepid=0 0 0\n":                                                                           false,
		"proc /proc proc rw,hidepid=off 0 0\n":                                                                         false,
		"proc /mnt/proc proc rw,hidepid=2 0 0\n":                                                                       false,
		"tmpfs /proc tmpfs rw,hidepid=2 0 0\n":                                                                         false,
		"proc /proc proc rw,hidepid=2 0 0\nproc /proc proc rw 0 0\n":                                                   false,
		"proc /proc proc rw 0 0\nsystemd-1 /proc/sys/fs/binfmt_misc autofs rw 0 0\nproc /proc proc rw,hidepid=1 0 0\n": true,
		"proc /proc\n": false,
	} {
		if got := hidesProcesses(mounts); got != want {
			t.Errorf("%q: %v, want %v", mounts, got, want)
		}
	}
}

func TestHashPassword_ReadsStandardInput(t *testing.T) {
	bin := binary(t)
	for input, says := range map[string]string{"correct horse\n": "", "correct horse\r\nrest": "", "": "empty", "\n": "empty", strings.Repeat("x", 73): "72"} {
		cmd := exec.Command(bin, "hash-password")
		cmd.Stdin = strings.NewReader(input)
		var out, errs bytes.Buffer
		cmd.Stdout, cmd.Stderr = &out, &errs
		err := cmd.Run()
		if says != "" {
			if err == nil || out.Len() > 0 || !strings.Contains(errs.String(), says) {
				t.Errorf("%q: %v, %q, %q", input, err, out.String(), errs.String())
			}
			continue
		}
		if err != nil || !regexp.MustCompile(`^\$2a\$10\$[./A-Za-z0-9]{53}\n$`).MatchString(out.String()) {
			t.Errorf("%q: %v, %q, %q", input, err, out.String(), errs.String())
		}
	}
}

// signInProgram is a program that was started for a test of sign-in.
type signInProgram struct {
	t         *testing.T
	url, said string
	client    *http.Client
	key       string // of the last session that began
}

// startSignIn runs the program until the test ends.
func startSignIn(t *testing.T, bin string, args ...string) *signInProgram {
	t.Helper()
	cmd := exec.Command(bin, append([]string{"--listen", "127.0.0.1:0", "--log-level", "error"}, args...)...)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(out)
	p := &signInProgram{t: t, said: readUntil(t, lines, "observes"), client: &http.Client{Timeout: time.Minute}}
	p.url = regexp.MustCompile(`open +(https?://[^/\s]+)`).FindStringSubmatch(p.said)[1]
	t.Cleanup(func() {
		if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
			t.Error(err)
		}
		if _, err := io.Copy(io.Discard, lines); err != nil {
			t.Error(err)
		}
		if err := cmd.Wait(); err != nil {
			t.Errorf("it ended with %v", err)
		}
	})
	return p
}

// ask returns the status and the cookies of an answer.
func (p *signInProgram) ask(method, path, body string, headers map[string]string) (int, []*http.Cookie) {
	p.t.Helper()
	req, err := http.NewRequest(method, p.url+path, strings.NewReader(body))
	if err != nil {
		p.t.Fatal(err)
	}
	req.Header.Set("Origin", p.url)
	req.Header.Set("Content-Type", "application/json")
	for k, v := range headers {
		if k == "Host" {
			req.Host = v
			continue
		}
		req.Header.Set(k, v)
	}
	res, err := p.client.Do(req)
	if err != nil {
		p.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		p.t.Fatal(err)
	}
	var answer struct{ Key string }
	if len(res.Cookies()) > 0 && len(text) > 0 {
		if err := json.Unmarshal(text, &answer); err != nil {
			p.t.Fatal(err)
		}
		p.key = answer.Key
	}
	return res.StatusCode, res.Cookies()
}

func (p *signInProgram) signIn(secret string) (int, []*http.Cookie) {
	p.t.Helper()
	body, err := json.Marshal(map[string]string{"secret": secret})
	if err != nil {
		p.t.Fatal(err)
	}
	return p.ask("POST", "/api/v1/session", string(body), nil)
}

// link is the token of the printed link.
func (p *signInProgram) link() string {
	p.t.Helper()
	found := regexp.MustCompile(`open +\S+/#token=(\S+)\n`).FindStringSubmatch(p.said)
	if found == nil {
		p.t.Fatalf("no link in\n%s", p.said)
	}
	return found[1]
}

func TestProgram_AsksForATokenAsRootByItself(t *testing.T) {
	p := startSignIn(t, binary(t))
	status, _ := p.ask("GET", "/api/v1/host", "", nil)
	if at := look(); !at.root && !at.hidepid {
		if status != 200 || strings.Contains(p.said, "token") || strings.Contains(p.said, "sign in") {
			t.Errorf("as a user: %d\n%s", status, p.said)
		}
		return
	}
	if status != 401 || !strings.Contains(p.said, "by this link, until dashcam ends: ") || !strings.Contains(p.said, "--auth none") {
		t.Errorf("as root: %d\n%s", status, p.said)
	}
	for range 2 { // a second browser
		status, cookies := p.signIn(p.link())
		if status != 200 || len(cookies) != 1 {
			t.Fatalf("sign-in by the link: %d %v", status, cookies)
		}
		if status, _ := p.ask("GET", "/api/v1/host", "", map[string]string{"Cookie": cookies[0].Name + "=" + cookies[0].Value, "Dashcam-Key": p.key}); status != 200 {
			t.Errorf("signed in: %d", status)
		}
	}
}

func TestProgram_TokenFile(t *testing.T) {
	bin, file := binary(t), filepath.Join(t.TempDir(), "token")
	p := startSignIn(t, bin, "--auth-token-file", file)
	b, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	token := strings.TrimSpace(string(b))
	if info, err := os.Stat(file); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if strings.Contains(p.said, token) || !strings.Contains(p.said, "once; then with the token in "+file) {
		t.Errorf("printed\n%s", p.said)
	}
	if status, _ := p.ask("GET", "/metrics", "", map[string]string{"Authorization": "Bearer " + token}); status != 200 {
		t.Errorf("Bearer: %d", status)
	}
	for i, want := range []int{200, 401} {
		if status, _ := p.signIn(p.link()); status != want {
			t.Errorf("use %d of the link: %d, want %d", i+1, status, want)
		}
	}
	if status, _ := p.signIn(token); status != 200 {
		t.Errorf("the token: %d", status)
	}
}
