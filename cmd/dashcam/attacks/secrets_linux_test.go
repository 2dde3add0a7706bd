package attacks

import (
	"strings"
	"testing"
	"time"
)

// secrets are command lines that hold one: the arguments, and the part that nobody may see.
// "tool" stands for any program.
var secrets = []struct {
	args   []string
	secret string
}{
	{[]string{"mysql", "-u", "root", "-phunter2Xa"}, "hunter2Xa"},
	{[]string{"mysql", "--password=hunter2Xb"}, "hunter2Xb"},
	{[]string{"mysqladmin", "password", "hunterword"}, "hunterword"},
	{[]string{"psql", "postgres://app:hunter2Xc@db/app"}, "hunter2Xc"},
	{[]string{"psql", "host=db password=hunter2Xd user=app"}, "hunter2Xd"},
	{[]string{"redis-cli", "-a", "hunter2Xe"}, "hunter2Xe"},
	{[]string{"redis-cli", "-a", "hunterplain"}, "hunterplain"},
	{[]string{"curl", "-u", "alice:hunter2Xf", "https://example.com"}, "hunter2Xf"},
	{[]string{"curl", "-H", "Authorization: Bearer eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl"}, "eyJhbGciOiJIUzI1NiJ9"},
	{[]string{"curl", "-HX-Api-Key:hunter2Xg"}, "hunter2Xg"},
	{[]string{"curl", "https://example.com/?api_key=hunter2Xh"}, "hunter2Xh"},
	{[]string{"curl", "--data", "{\"password\":\"hunter2Xi\"}"}, "hunter2Xi"},
	{[]string{"git", "clone", "https://ghp_hunter2XjABCDEFGHIJKLMNOPQRSTUV@github.com/x/y"}, "ghp_hunter2Xj"},
	{[]string{"aws", "configure", "set", "aws_secret_access_key", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYHUNTERKEY"}, "wJalrXUtnFEMI"},
	{[]string{"env", "AWS_ACCESS_KEY_ID=AKIAHUNTERIOSFODNN7", "tool"}, "AKIAHUNTER"},
	{[]string{"env", "PASSWORD=hunter2Xk", "tool"}, "hunter2Xk"},
	{[]string{"docker", "run", "-e", "DB_PASS=hunter2Xl", "image"}, "hunter2Xl"},
	{[]string{"docker", "login", "-p", "hunter2Xm"}, "hunter2Xm"},
	{[]string{"java", "-Dspring.datasource.password=hunter2Xn", "-jar", "app.jar"}, "hunter2Xn"},
	{[]string{"node", "app.js", "--token", "hunter2Xo"}, "hunter2Xo"},
	{[]string{"tool", "--api-key", "0123456789abcdef0123456789abcdef"}, "0123456789abcdef"},
	{[]string{"tool", "--secret=/9j/4AAQSkZJRgABAQEASABIAAD"}, "4AAQSkZJRg"},
	{[]string{"tool", "/aGVsbG8gd29ybGQxMjM0NTY3ODkw"}, "aGVsbG8"},
	{[]string{"openssl", "enc", "-k", "hunter2Xp", "-aes-256-cbc"}, "hunter2Xp"},
	{[]string{"openssl", "rsa", "-passin", "pass:hunter2Xq"}, "hunter2Xq"},
	{[]string{"sshpass", "-phunter2Xr", "ssh", "host"}, "hunter2Xr"},
	{[]string{"gpg", "--passphrase", "correct-hunter-battery-staple"}, "correct-hunter-battery"},
	{[]string{"htpasswd", "-b", "file", "alice", "hunter2Xs"}, "hunter2Xs"},
	{[]string{"tool", "-----BEGIN PRIVATE KEY-----\nMIIEhunter2XtQIBADANBgkqhkiG9w0\n-----END PRIVATE KEY-----"}, "MIIEhunter2Xt"},
	// Long enough not to stand in some number by chance.
	{[]string{"tool", "--pin", "7482130965"}, "7482130965"},
	{[]string{"tool", "--hunter2Xu"}, "hunter2Xu"},
	{[]string{"tool: connecting with hunter2Xv to db"}, "hunter2Xv"},
	{[]string{"tool", "xoxb-1234567890-hunter2Xw"}, "hunter2Xw"},
	{[]string{"vault", "login", "hvs.CAESIhunter2Xx"}, "hunter2Xx"},
	{[]string{"tool", "--", "hunter2Xy"}, "hunter2Xy"},
	{[]string{"hunter2Xz/bin/tool"}, "hunter2Xz"},
}

// TestSecrets looks for them in everything that leaves the program.
func TestSecrets(t *testing.T) {
	t.Parallel()
	if len(secrets) < 30 {
		t.Fatalf("%d shapes of secrets, want at least 30", len(secrets))
	}
	var pids []int
	for _, s := range secrets {
		pids = append(pids, stand(t, "-", s.args, "HUNTER_SECRET=env-"+s.secret))
	}
	const harmless = "/opt/app/tool --port 8080 --config=/etc/app/app.toml -v"
	pids = append(pids, stand(t, "-", strings.Split(harmless, " ")))
	for _, mode := range []string{"off", "redacted", "full"} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()
			kind := "secrets in command lines (--cmdline " + mode + ")"
			p := start(t, "--auth", "token", "--cmdline", mode, "--log-level", "debug", "--interval", "200ms")
			_, cookie := p.signIn(p.link())
			get := func(path string) string { _, answer := p.raw(p.request("GET", path, cookie)); return answer }
			_, tables := p.processNames(pids, cookie)
			// The full table travels by the API and by the socket alike.
			var everything strings.Builder
			for _, path := range []string{"/api/v1/processes?from=1&to=1000", "/api/v1/health", "/api/v1/series", "/api/v1/host", "/metrics", "/api/v1/history?points=10", "/"} {
				everything.WriteString(get(path))
			}
			everything.WriteString(tables + p.watchTable(cookie))
			everything.WriteString(p.said)
			everything.WriteString(p.log.String())
			all := everything.String()
			if n := strings.Count(all, `"attacks.test"`); n == 0 {
				t.Fatalf("the bystanders are not in what was looked at (%d bytes): the test would find nothing", len(all))
			}
			if shown := strings.Contains(all, harmless); shown != (mode != "off") {
				t.Errorf("what is no secret is shown: %t", shown)
			}
			for _, s := range secrets {
				n := strings.Count(all, s.secret)
				if mode == "full" {
					right(t, kind, n > 0, "%q is not shown", s.args)
				} else {
					attack(t, kind, n == 0, "%q is shown %d times", s.secret, n)
				}
				if n := strings.Count(all, "env-"+s.secret); n > 0 {
					t.Errorf("the environment is shown: %q", s.secret)
				}
			}
		})
	}
}

// watchTable subscribes to the processes and returns what comes until there was a table.
func (p *program) watchTable(cookie string) string {
	p.t.Helper()
	c, status := p.handshake(map[string]string{"Origin": "http://" + p.addr, "Cookie": strings.TrimPrefix(cookie, "Cookie: ")})
	if status != 101 {
		p.t.Fatalf("handshake: %d", status)
	}
	defer c.Close()
	if _, err := c.Write(frame(fin|text, []byte(`{"type":"subscribe","topics":["metrics","processes"],"window":600}`))); err != nil {
		p.t.Fatal(err)
	}
	var all strings.Builder
	for end := time.Now().Add(time.Minute); !strings.Contains(all.String(), `"type":"table"`); {
		_, payload, err := readFrame(c)
		if err != nil || time.Now().After(end) {
			p.t.Fatalf("no table within a minute: %v", err)
		}
		all.Write(payload)
	}
	return all.String()
}
