package wire

import (
	"bytes"
	"encoding/json"
	"io"
	"os"
	"strconv"
	"strings"
	"testing"

	"dashcam/collectors"

	"github.com/google/go-cmp/cmp"
)

// examples are the messages of the specification, in its order, as real code writes
// them.
func examples(t *testing.T) []string {
	t.Helper()
	var out []string
	encode := func(m any) {
		text, err := Encode(m)
		if err != nil {
			t.Fatal(err)
		}
		out = append(out, string(text))
	}
	hello := testHello()
	hello.Newest, hello.NowMs = 812, 1795187100010
	encode(hello)
	before := &collectors.Schema{Rev: 3, Series: testSchema(3, 0, 7).Series, Panels: []collectors.Panel{
		{ID: "cpu", Title: "CPU", Section: "cpu", Families: []string{"cpu.usage"}, Scale: collectors.ScalePercent},
	}}
	after := &collectors.Schema{Rev: 4, Series: testSchema(4, 0, 4).Series}
	encode(ViewerSchema(before))
	encode(SchemaDifference(before, after))
	encode(Health{Health: collectors.Health{Collector: "disk", Title: "Disks", State: collectors.HealthStuck, SinceMs: 1795187100004, Reason: "no answer since 12:25:00", CadenceMs: 1000}})

	late := rowOf(791, 4, 0, 96, 1, 7)
	late.Missed, late.Why = 2, "the sampler was late"
	span := spanOf(rowOf(790, 4, 0, 112, 1, 7), late, rowOf(792, 4, 1, 7))
	span.Gap, span.More = &Gap{From: 600, To: 789}, true
	text, _ := AppendHistory(nil, span)
	out = append(out, string(text))
	text, _ = AppendHistory(nil, spanOf(rowOf(793, 4, 0, 1000112, 1, 7), rowOf(794, 4, 0, 1000116, 1, 7), rowOf(795, 4, 1, 7)))
	out = append(out, string(text))
	unread := spanOf(rowOf(790, 4, 0, 112, 1, 7))
	unread.Older = &Older{From: 600, To: 789, Why: "the disk does not answer"}
	text, _ = AppendHistory(nil, unread)
	out = append(out, string(text))
	window := spanOf(rowOf(790, 4, 0, 112, 1, 7), rowOf(791, 4, 0, 96, 1, 7))
	first, rest := part(window, PartPriority, 0), part(window, PartRemaining, 0)
	first.More = true
	for _, partial := range []*Span{first, rest} {
		text, _ := AppendHistory(nil, partial)
		out = append(out, string(text))
	}
	out = append(out, string(AppendFrame(nil, rowOf(811, 4, 0, 112, 1, 7, 3, 5, 4, 9), rowOf(812, 4, 0, 118, 1, 7, 3, 0))))
	encode(Event{Event: collectors.Event{Seq: 812, T: 1795187100000, Kind: collectors.EventSuspend, Text: "suspended 41 s"}})
	encode(Event{Event: collectors.Event{
		Seq: 813, T: 1795187101000, Kind: "oom", Text: "java was killed: out of memory", ID: "813.0", Level: collectors.LevelCritical,
		About: collectors.About{Kind: "process", Name: "java", PID: 4711, Service: "tomcat"}, Source: "/proc/vmstat",
	}})

	base := observation(811, process("812.99120", 812, "postgres", 64), process("4410.772", 4410, "cc1", 6400))
	data := observation(812, process("812.99120", 812, "postgres", 118), process("4431.5", 4431, "ld", missing))
	out = append(out, string(AppendTable(nil, base, nil)), string(AppendTable(nil, data, base)))
	encode(testVerdict())
	encode(Pong{ID: 7, T: 81234.5, NowMs: 1795187100120})
	encode(Bye{Reason: ByeStopping, RetryMs: 5000})
	_, err := ParseClient([]byte(`{"type":"subscribe"}`))
	encode(Bye{Reason: ByeProtocol, RetryMs: 5000, Message: err.Error()})
	return out
}

// specification is the file with the examples.
const specification = "PROTOCOL.md"

// fromSpecification returns the JSON objects in its code blocks.
func fromSpecification(t *testing.T) []string {
	t.Helper()
	source, err := os.ReadFile(specification)
	if err != nil {
		t.Fatal(err)
	}
	var blocks strings.Builder
	inside := false
	for line := range strings.Lines(string(source)) {
		switch fence := strings.HasPrefix(line, "```"); {
		case fence:
			inside = line == "```json\n"
		case inside:
			blocks.WriteString(line)
		}
	}
	var out []string
	d := json.NewDecoder(strings.NewReader(blocks.String()))
	for {
		var raw json.RawMessage
		if err := d.Decode(&raw); err == io.EOF {
			return out
		} else if err != nil {
			t.Fatalf("%s, after %q: %v", specification, out, err)
		}
		var b bytes.Buffer
		if err := json.Compact(&b, raw); err != nil {
			t.Fatal(err)
		}
		out = append(out, b.String())
	}
}

func TestDoc_ExamplesComeFromRealCode(t *testing.T) {
	var server []string
	page := 0
	for _, text := range fromSpecification(t) {
		if m, err := ParseClient([]byte(text)); err != nil {
			t.Errorf("%s: %v", text, err)
		} else if m != nil {
			page++
			continue
		}
		server = append(server, text)
	}
	if diff := cmp.Diff(examples(t), server); diff != "" {
		t.Errorf("examples of %s (-want +got)\n%s", specification, diff)
	}
	if page != 8 {
		t.Errorf("%s shows %d messages of the page, want 8", specification, page)
	}
}

func TestDoc_NamesEveryCloseCode(t *testing.T) {
	source, err := os.ReadFile(specification)
	if err != nil {
		t.Fatal(err)
	}
	for _, code := range []int{CloseStopping, CloseSignedOut, CloseTooBig, CloseTryLater, CloseProtocol, CloseVersion, CloseTooMany, CloseIdle} {
		if !bytes.Contains(source, []byte("| "+strconv.Itoa(code)+" |")) {
			t.Errorf("close code %d is not in the table of %s", code, specification)
		}
	}
}
