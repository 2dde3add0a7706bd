package fleet

import (
	"encoding/json"
	"errors"
	"math"
	"reflect"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"dashcam/collectors"
)

func exampleSummary() Summary {
	s := Summary{Instance: "01JABC", Seq: 812, T: 1795186288000, Process: "pg_dump", Service: "backup.service", Alerts: 2, Version: "0.1.0", States: unknownStates()}
	s.States[0] = State{Level: OK, SinceMs: 1795186280000, Use: 12.5, Saturation: 0.1}
	s.States[2] = State{Level: Critical, SinceMs: 1795186257000, Use: 99, Saturation: math.NaN()}
	return s
}

func TestSummary_ComesAsItWasSent(t *testing.T) {
	want := exampleSummary()
	got, err := ParseSummary(want.encode())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got, cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// The names are those that take the most room: quotes and control characters are escaped.
func TestSummary_NeverExceedsItsBound(t *testing.T) {
	for name, text := range map[string]string{"long": strings.Repeat("x", 1000), "escapes": strings.Repeat("\x01\"<", 300), "wide": strings.Repeat("日本", 300), "broken": strings.Repeat("\xff", 300)} {
		s := Summary{Instance: strings.Repeat("Z", 26), Seq: math.MaxUint32, T: 1 << 44, Process: text, Service: text, Alerts: 999999, Version: text}
		for i := range s.States {
			s.States[i] = State{Level: Critical, SinceMs: 0, Use: -maxPercent - 1, Saturation: maxPercent + 1}
		}
		encoded := s.encode()
		if len(encoded) > MaxSummary {
			t.Errorf("%s: %d bytes", name, len(encoded))
		}
		if _, err := ParseSummary(encoded); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestMessages_RefuseWhatIsNotAsPromised(t *testing.T) {
	summary := func(text string) error { _, err := ParseSummary([]byte(text)); return err }
	about := func(text string) error { _, err := ParseAbout([]byte(text)); return err }
	events := func(text string) error { _, err := ParseEvents([]byte(text)); return err }
	control := func(text string) error { _, err := ParseControl([]byte(text)); return err }
	question := func(text string) error { _, err := ParseQuestion([]byte(text)); return err }
	live := func(text string) error { _, _, err := parseLive([]byte(text)); return err }
	aPart := func(text string) error { _, err := parsePart([]byte(text)); return err }
	head := func(text string) error { _, err := parseHead([]byte(text)); return err }
	for name, c := range map[string]struct {
		parse func(string) error
		text  string
	}{
		"summary too long":           {summary, `{"i":"` + strings.Repeat("x", 500) + `"}`},
		"summary no object":          {summary, `[]`},
		"summary no states":          {summary, `{"i":"A","q":1,"t":1,"s":[]}`},
		"summary level 3":            {summary, `{"i":"A","q":1,"t":1,"s":[[3,0],null,null,null,null]}`},
		"summary level 0.5":          {summary, `{"i":"A","q":1,"t":1,"s":[[0.5,0],null,null,null,null]}`},
		"summary from the future":    {summary, `{"i":"A","q":1,"t":1,"s":[[1,-5],null,null,null,null]}`},
		"summary of no time":         {summary, `{"i":"A","q":1,"s":[null,null,null,null,null]}`},
		"summary wild instance":      {summary, `{"i":"A.>","q":1,"t":1,"s":[null,null,null,null,null]}`},
		"about with 17 labels":       {about, `{"instance":"A","nowMs":1,"intervalMs":1000,"labels":{` + strings.TrimSuffix(manyLabels(17), ",") + `}}`},
		"about with a wild label":    {about, `{"instance":"A","nowMs":1,"intervalMs":1000,"labels":{"a b":"c"}}`},
		"about with control in one":  {about, `{"instance":"A","nowMs":1,"intervalMs":1000,"labels":{"a":"\u202e"}}`},
		"about without an interval":  {about, `{"instance":"A","nowMs":1}`},
		"events that go back":        {events, `{"instance":"A","events":[{"seq":2,"t":1},{"seq":1,"t":1}]}`},
		"events of no row":           {events, `{"instance":"A","events":[{"t":1}]}`},
		"now of no rev":              {events, `{"instance":"A","events":[],"now":{}}`},
		"now with 201 alerts":        {events, `{"instance":"A","events":[],"now":{"rev":1,"alerts":[` + strings.TrimSuffix(strings.Repeat(`{"id":"a","rule":"r","state":"firing"},`, maxAlerts+1), ",") + `]}}`},
		"alert of no rule":           {events, `{"instance":"A","events":[],"now":{"rev":1,"alerts":[{"id":"a","state":"firing"}]}}`},
		"alert in no state":          {events, `{"instance":"A","events":[],"now":{"rev":1,"alerts":[{"id":"a","rule":"r","state":"on"}]}}`},
		"alert of no level":          {events, `{"instance":"A","events":[],"now":{"rev":1,"alerts":[{"id":"a","rule":"r","state":"firing","level":"bad"}]}}`},
		"alert before all time":      {events, `{"instance":"A","events":[],"now":{"rev":1,"alerts":[{"id":"a","rule":"r","state":"firing","sinceMs":-1}]}}`},
		"pace of no time":            {control, `{"type":"pace"}`},
		"pace of an hour":            {control, `{"type":"pace","paceMs":3600000}`},
		"lease without a name":       {control, `{"type":"lease"}`},
		"lease on every subject":     {control, `{"type":"lease","lease":">"}`},
		"lease of all rows":          {control, `{"type":"lease","lease":"A","window":1000000}`},
		"lease since nowhere":        {control, `{"type":"lease","lease":"A","since":{"seq":1}}`},
		"question that posts":        {question, `{"type":"request","id":"A","method":"POST","path":"/api/v1/events"}`},
		"question of elsewhere":      {question, `{"type":"request","id":"A","method":"GET","path":"http://169.254.169.254/"}`},
		"question of another's path": {question, `{"type":"request","id":"A","method":"GET","path":"//evil.example/api/v1/host"}`},
		"question of no path":        {question, `{"type":"request","id":"A","method":"GET","path":"api"}`},
		"question with two lines":    {question, `{"type":"request","id":"A","method":"GET","path":"/api\r\nX: y"}`},
		"question with a subject":    {question, `{"type":"request","id":"a.b","method":"GET","path":"/api"}`},
		"live without a number":      {live, "\n{}"},
		"live number 0":              {live, "0\n{}"},
		"live number too long":       {live, "99999999999999999999\n{}"},
		"live of nothing":            {live, "1\n"},
		"live with an empty line":    {live, "1\n{}\n\n{}"},
		"live that is no deflate":    {live, "1zxxxx"},
		"part too short":             {aPart, "H123"},
		"part of no kind":            {aPart, "Q1234"},
		"part too long":              {aPart, "B0000" + strings.Repeat("x", batchBytes+1)},
		"head without a status":      {head, `{}`},
		"head that goes on":          {head, `{"status":101}`},
	} {
		if err := c.parse(c.text); !errors.Is(err, ErrMessage) {
			t.Errorf("%s: %v, expected that it is refused", name, err)
		}
	}
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		b.WriteString(`"l` + strings.Repeat("x", i) + `":"v",`)
	}
	return b.String()
}

func TestMessages_HostileNamesAreCleaned(t *testing.T) {
	s := exampleSummary()
	s.Process = "a\u202eb\nc"
	got, err := ParseSummary(s.encode())
	if err != nil || strings.ContainsAny(got.Process, "\u202e\n") {
		t.Errorf("%q, %v", got.Process, err)
	}
	a, err := ParseAbout([]byte(`{"instance":"A","nowMs":1,"intervalMs":1000,"name":"x\u001b[2Jy"}`))
	if err != nil || strings.Contains(a.Name, "\x1b") {
		t.Errorf("%q, %v", a.Name, err)
	}
}

// TestProtocol_HasNoCommand lists every message that a hub can send, and what each may
// cause. Another field or type has to be added here, with what it may cause.
func TestProtocol_HasNoCommand(t *testing.T) {
	causes := map[string]string{
		"Control.Type":      "which of the following it is",
		"Control.PaceMs":    "summaries come more or less often, within bounds",
		"Control.Lease":     "the host sends what its page gets on live.{lease}",
		"Control.Since":     "from which row on",
		"Control.Window":    "how many rows of the past",
		"Control.Received":  "the host may send more",
		"Control.End":       "the host stops to send",
		"Control.Instance":  "who is meant, or refused, which its log says",
		"Control.Seq":       "events up to there are not sent again",
		"Control.Rev":       "what is wrong is not sent again while nothing of it changes",
		"Question.Type":     "which of the following it is",
		"Question.ID":       "where the answer goes, below the host's own id",
		"Question.Method":   "GET or HEAD, nothing else",
		"Question.Path":     "what of the API is answered",
		"Question.Header":   "the form of the answer: four headers",
		"Question.Instance": "who is meant: another one with the key is silent",
		"Question.Received": "the host may send more",
	}
	for _, message := range []any{Control{}, Question{}} {
		for field := range reflect.TypeOf(message).Fields() {
			name := reflect.TypeOf(message).Name() + "." + field.Name
			if causes[name] == "" {
				t.Errorf("%s: say what it may cause", name)
			}
			delete(causes, name)
		}
	}
	for name := range causes {
		t.Errorf("%s is gone", name)
	}
	if got, want := maySubscribe("A"), []string{"dashcam.v1.A.lease", "dashcam.v1.A.http"}; !cmp.Equal(got, want) {
		t.Errorf("a host reads %q, expected %q", got, want)
	}
	for _, method := range []string{"POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "get", ""} {
		text, err := json.Marshal(Question{Type: typeRequest, ID: "A", Method: method, Path: "/api/v1/events"})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := ParseQuestion(text); !errors.Is(err, ErrMessage) {
			t.Errorf("%q: %v", method, err)
		}
	}
	for path, want := range map[string]bool{
		"/api/v1/host": true, "/metrics": true, "/prometheus/api/v1/query": true, "/healthz": true,
		"/": false, "/index.html": false, "/ws": false, "/h/x/api/v1/host": false, "/api/v1/session": false, "/metricsx": false, "/fleet": false,
	} {
		if got := Served(path); got != want {
			t.Errorf("%s is served: %v, expected %v", path, got, want)
		}
	}
}

func TestSubjects(t *testing.T) {
	for subject, want := range map[string]string{
		"dashcam.v1.A.summary": "A", "dashcam.v1.a-b_9.live.L": "a-b_9",
		"dashcam.v1.A": "", "dashcam.v2.A.summary": "", "dashcam.v1..summary": "", "dashcam.v1.>.x": "", "x": "",
	} {
		got, ok := hostOf(subject)
		if got != want || ok != (want != "") {
			t.Errorf("%s: %q, %v", subject, got, ok)
		}
	}
}

func TestLive_ComesAsItWasSent(t *testing.T) {
	for _, lines := range [][]string{{`{"type":"frame"}`}, {`{"a":1}`, `{"b":"` + strings.Repeat("xyz", packFrom) + `"}`}} {
		batch := []byte("\n" + strings.Join(lines, "\n"))
		number, messages, err := parseLive(appendLive(nil, 17, batch))
		if err != nil || number != 17 || len(messages) != len(lines) {
			t.Fatalf("%d, %d messages, %v", number, len(messages), err)
		}
		for i := range lines {
			if string(messages[i]) != lines[i] {
				t.Errorf("message %d differs", i)
			}
		}
	}
}

func TestEvents_AreCleanedAndKeepTheirRows(t *testing.T) {
	text, err := json.Marshal(Events{Instance: "A", Events: []collectors.Event{{Seq: 3, T: 9, Kind: "mark", Text: "de\nploy"}}})
	if err != nil {
		t.Fatal(err)
	}
	got, err := ParseEvents(text)
	if err != nil || got.Events[0].Text != "de ploy" || got.Events[0].Seq != 3 {
		t.Errorf("%+v, %v", got, err)
	}
}
