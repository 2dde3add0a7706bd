package notify

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"

	"dashcam/collectors"
	"dashcam/collectors/alert"
	"dashcam/collectors/collectortest"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/diagnosis"
	"dashcam/collectors/history"
	"dashcam/collectors/sampler"
	"dashcam/collectors/signs"
	"dashcam/collectors/synthetic"
)

var begin = time.Date(2026, 11, 29, 12, 0, 0, 0, time.UTC)

// lived is the ring of the simulated host after a while.
func lived(t testing.TB, span time.Duration) *history.Ring {
	t.Helper()
	host := synthetic.New(synthetic.Config{Seed: 7, Start: begin})
	ring := history.New(history.Config{Memory: 256 << 20, Info: host.Facts})
	s, err := sampler.New(sampler.Config{
		Collectors: host.Collectors(), Ring: ring, Budget: -1, Derivers: []collectors.Deriver{signs.New(signs.Config{CPUs: host.Facts().CPUs})},
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Backfill(t.Context(), begin, begin.Add(span), host.At); err != nil {
		t.Fatal(err)
	}
	return ring
}

// TestMessages_Golden writes the messages of what happens on the simulated host: those of
// its alerts, and of every kind of notice.
func TestMessages_Golden(t *testing.T) {
	need.Undetected(t)
	ring := lived(t, 2*time.Hour)
	found, err := alert.Backtest(t.Context(), nil, ring, collectors.Window{})
	if err != nil {
		t.Fatal(err)
	}
	if len(found) < 5 {
		t.Fatalf("%d alerts", len(found))
	}
	signer, err := newSigner(make([]byte, keySize))
	if err != nil {
		t.Fatal(err)
	}
	w := writer{source: ring, link: "https://db-01.example:7272/", silence: func(a *alert.Alert, length string, at time.Time) string {
		return "https://db-01.example:7272/silence?t=" + signer.Token(a, length, at)[:12] + "…"
	}}
	var out strings.Builder
	tell := func(title string, n *alert.Notice) {
		m, err := w.write(t.Context(), n)
		if err != nil {
			t.Fatal(err)
		}
		if n := utf8.RuneCountInString(m.Subject); n > maxSubject {
			t.Errorf("%s: the subject has %d characters: %s", title, n, m.Subject)
		}
		// Its words are package diagnosis' own affair.
		verdict, err := diagnosis.Judge(t.Context(), ring, n.AtMs)
		if err != nil {
			t.Fatal(err)
		}
		text := m.Text()
		if verdict.At != 0 {
			if m.Verdict != clean(verdict.Text, maxLine) {
				t.Errorf("%s: verdict %q, want %q", title, m.Verdict, verdict.Text)
			}
			text = strings.ReplaceAll(text, m.Verdict, "VERDICT")
		}
		fmt.Fprintf(&out, "== %s (%s)\n%s\n\n", title, m.Status(), text)
	}
	seen := make(map[string]bool)
	for i := range found {
		a := found[i]
		if seen[a.Rule] {
			continue
		}
		seen[a.Rule] = true
		if a.Level == "" {
			a.Level = alert.Warning // that of one that is over is gone
		}
		n := &alert.Notice{ID: "n", AtMs: a.FiredMs, Kind: alert.NoticeFiring, Level: a.Level, Alerts: []alert.Alert{a}}
		n.Alerts[0].Phase, n.Alerts[0].EndMs = alert.Firing, 0
		for k := range found {
			if o := found[k]; o.ID != a.ID && o.FiredMs <= a.FiredMs && (o.EndMs == 0 || o.EndMs > a.FiredMs) {
				n.Others = append(n.Others, o)
			}
		}
		tell(a.Rule, n)
		if a.EndMs > 0 {
			tell(a.Rule+" is over", &alert.Notice{ID: "n", AtMs: a.EndMs, Kind: alert.NoticeResolved, Level: a.Level, Alerts: []alert.Alert{a}})
		}
	}
	last := found[len(found)-1]
	at := begin.Add(110 * time.Minute).UnixMilli()
	tell("flapping", &alert.Notice{ID: "n", AtMs: at, Kind: alert.NoticeFlapping, Level: alert.Warning, Alerts: []alert.Alert{last}})
	tell("reminder", &alert.Notice{ID: "n", AtMs: at, Kind: alert.NoticeReminder, Level: alert.Critical, Alerts: []alert.Alert{last}})
	tell("digest", &alert.Notice{ID: "n", AtMs: at, Kind: alert.NoticeDigest, Level: alert.Warning, Alerts: found[:min(len(found), mostAlerts+2)]})
	tell("nothing is known", &alert.Notice{ID: "n", AtMs: begin.Add(-time.Hour).UnixMilli(), Kind: alert.NoticeFiring, Level: alert.Warning, Alerts: []alert.Alert{last}})

	golden := filepath.Join("testdata", "messages.golden")
	if collectortest.Updating() {
		if err := os.MkdirAll("testdata", 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(golden, []byte(out.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), out.String()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestMessage_NamesOfTheHostAreHarmless has a name that tries to be more than one.
func TestMessage_NamesOfTheHostAreHarmless(t *testing.T) {
	evil := "/mnt\r\nBcc: you@evil.example\r\n\r\nhello\u202egnol \x1b[31m\u2028" + strings.Repeat("x", 64<<10) + "\xff"
	n := firing("1")
	n.Alerts[0].Text, n.Alerts[0].Labels = evil+" is full", map[string]string{"mount": evil}
	n.Others = n.Alerts
	ring := lived(t, time.Minute)
	w := writer{source: ring, link: "http://h"}
	m, err := w.write(t.Context(), &n)
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range append(m.Lines, m.Subject) {
		if strings.ContainsAny(line, "\r\n\x1b\u202e\u2028") || utf8.RuneCountInString(line) > maxLine || !utf8.ValidString(line) {
			t.Errorf("%d characters: %.200q", utf8.RuneCountInString(line), line)
		}
	}
	if n := utf8.RuneCountInString(m.Subject); n > maxSubject {
		t.Errorf("the subject has %d characters", n)
	}
	mail := &mailer{}
	mail.from.Address = "dashcam@example.com"
	head, _, _ := strings.Cut(string(mail.mail(m)), "\r\n\r\n")
	if strings.Contains(head, "Bcc:") && !strings.Contains(head, "Subject: ") || strings.Count(head, "\r\n") != 8 {
		t.Errorf("headers %q", head)
	}
}

func TestSigner_KnowsItsOwn(t *testing.T) {
	signer, err := newSigner(make([]byte, keySize))
	if err != nil {
		t.Fatal(err)
	}
	a := &alert.Alert{Rule: "filesystem-space", Labels: map[string]string{"mount": "/var"}}
	token := signer.Token(a, "8h", begin)
	got, err := signer.Open(token, begin.Add(23*time.Hour))
	if err != nil || got.Rule != a.Rule || got.Labels["mount"] != "/var" || got.Lasts() != 8*time.Hour || got.Text() != "filesystem-space, mount /var, for 8 h" {
		t.Errorf("%+v, %v", got, err)
	}
	other, err := newSigner([]byte(strings.Repeat("k", keySize)))
	if err != nil {
		t.Fatal(err)
	}
	for name, try := range map[string]struct {
		signer *Signer
		token  string
		at     time.Time
	}{
		"too old":           {signer, token, begin.Add(25 * time.Hour)},
		"another's":         {other, token, begin},
		"longer":            {signer, token + "A", begin},
		"nothing":           {signer, "", begin},
		"no sum":            {signer, strings.Split(token, ".")[0], begin},
		"another payload":   {signer, "e30." + strings.Split(token, ".")[1], begin},
		"a byte is changed": {signer, "f" + token[1:], begin},
		"very long":         {signer, strings.Repeat("A", 1<<20) + ".AAAA", begin},
	} {
		if got, err := try.signer.Open(try.token, try.at); err == nil {
			t.Errorf("%s: %+v", name, got)
		}
	}
}

// FuzzSignerOpen: nobody makes a token that a signer did not.
func FuzzSignerOpen(f *testing.F) {
	signer, err := newSigner(make([]byte, keySize))
	if err != nil {
		f.Fatal(err)
	}
	own := signer.Token(&alert.Alert{Rule: "r"}, "1h", begin)
	f.Add(own)
	f.Add("e30.AAAA")
	f.Fuzz(func(t *testing.T, token string) {
		if got, err := signer.Open(token, begin); err == nil && token != own {
			t.Fatalf("%q is taken for %+v", token, got)
		}
	})
}

// TestMessages_OfAnotherHostTellNothingOfTheOneThatTells has two hosts that a hub hears no
// more: who takes most of the hub has nothing to do with it.
func TestMessages_OfAnotherHostTellNothingOfTheOneThatTells(t *testing.T) {
	need.Undetected(t)
	at := begin.Add(20 * time.Minute)
	gone := func(name string) alert.Alert {
		return alert.Alert{
			ID: name, Rule: alert.HostUnreachable, Phase: alert.Firing, Level: alert.Critical, Labels: map[string]string{"host": name},
			SinceMs: at.Add(-time.Minute).UnixMilli(), Text: "host " + name + " is unreachable",
		}
	}
	w := writer{source: lived(t, 20*time.Minute), link: "https://hub.example:7272/"}
	m, err := w.write(t.Context(), &alert.Notice{ID: "n", Kind: alert.NoticeFiring, Level: alert.Critical, AtMs: at.UnixMilli(), Alerts: []alert.Alert{gone("db-01"), gone("db-02")}})
	if err != nil {
		t.Fatal(err)
	}
	since := clock(at.Add(-time.Minute).UnixMilli(), at.UnixMilli(), time.UTC)
	if zone, err := time.LoadLocation(w.source.Info().TZ); err == nil {
		since = clock(at.Add(-time.Minute).UnixMilli(), at.UnixMilli(), zone)
	}
	want := []string{
		"critical: host db-01 is unreachable since " + since + " (1 min)",
		"critical: host db-02 is unreachable since " + since + " (1 min)",
		"https://hub.example:7272/",
	}
	if diff := cmp.Diff(want, m.Lines); diff != "" {
		t.Error(diff)
	}
	if want := "CRITICAL " + m.Host + ": host db-01 is unreachable since " + since + " (1 min) +1"; m.Subject != want {
		t.Errorf("%s, expected %s", m.Subject, want)
	}
}
