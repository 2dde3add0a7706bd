package host

import (
	"strings"
	"testing"
)

func TestCommandLines_Redacted(t *testing.T) {
	for line, want := range map[string]string{
		"/usr/bin/python3|manage.py|runserver|0.0.0.0:8000":      "/usr/bin/python3 …",
		"java|-Xmx512m|-jar|/opt/app/app.jar|--server.port=8080": "java -X… -jar /opt/app/app.jar --server.port=8080",
		"nginx: worker process":                                  "nginx: …",
		"postgres: alice orders 10.0.0.7(5521) idle":             "postgres: …",
		"/usr/sbin/sshd|-D":                                      "/usr/sbin/sshd -D",
		"mysqldump|-u|root|-pHunter2|--port=3306|orders":         "mysqldump -u … -p… --port=3306 …",
		"curl|--max-time|10|https://u:p@example.com/":            "curl --max-time 10 …",
		"tool|--password|/etc/passwd":                            "tool --password …",
		"tool|--password-file=/run/secrets/db":                   "tool --password-file=…",
		"tool|--Hunter2|--hunter2token99|---x":                   "tool …",
		"tool|--|x":                                              "tool -- …",
		"/app/tool|/var/lib/app/data.db|4096|50%|30s":            "/app/tool /var/lib/app/data.db 4096 50% 30s",
		"/app/tool|/9j4AAQSkZJRgABAQ|/AbC1dEf/x":                 "/app/tool …",
		"HUNTER2 x":                                              "…",
		"-bash":                                                  "…",
		"tool|123456|00000000":                                   "tool …",
	} {
		args := []byte(strings.ReplaceAll(line, "|", "\x00") + "\x00")
		if got := CommandLinesRedacted.text(args); got != want {
			t.Errorf("%s\n  shown as %q, want %q", line, got, want)
		}
		if got, want := CommandLinesFull.text(args), strings.ReplaceAll(line, "|", " "); got != want {
			t.Errorf("full: %q, want %q", got, want)
		}
	}
	for _, c := range []CommandLines{CommandLinesRedacted, CommandLinesFull} {
		if got := c.text(nil); got != "" {
			t.Errorf("a kernel thread is %q", got)
		}
	}
}

func FuzzRedact(f *testing.F) {
	for _, s := range []string{"", "a", "a\x00-pX", "a\x00--b=c\x00d", "\x00\x00", "-\x00-\x00--", "a b\x00=\x00/"} {
		f.Add([]byte(s))
	}
	f.Fuzz(func(t *testing.T, args []byte) {
		const secret = "Xk9Q2mZ7vTb4" // as any password that mixes letters and digits
		for _, form := range []string{secret, "-p" + secret, "--password=" + secret, "A=" + secret, "--" + secret, "/" + secret, secret + " x", "u:" + secret + "@h"} {
			if got := CommandLinesRedacted.text(append(append([]byte(nil), args...), "\x00"+form...)); strings.Contains(got, secret) {
				t.Errorf("%q after %q is shown as %q", form, args, got)
			}
		}
	})
}
