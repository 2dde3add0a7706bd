package store

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"

	"dashcam/collectors"
	"dashcam/collectors/history/segment"
)

// The examples of FORMAT.md are what is written, byte for byte.
func TestFormat_ExamplesAreWhatIsWritten(t *testing.T) {
	text, err := os.ReadFile("FORMAT.md")
	if err != nil {
		t.Fatal(err)
	}
	f := &collectors.Family{Name: "disk.bytes", Labels: []string{"device", "dir"}, Quantum: 16}
	_, series, _ := strings.Cut(string(describe([]*collectors.Series{{ID: 3, Family: f, Labels: collectors.LabelsOf("sda", "read")}})), "\n")
	want := map[string]string{
		"header b 7":       words(segment.AppendHeader(nil, segment.Header{Kind: fileBlocks, Number: 7})),
		"record E 7 32 {}": words(segment.AppendRecord(nil, 7, 32, recordEnd, []byte("{}"))),
		"trailer 7 64":     words(segment.AppendTrailer(nil, 7, 64)),
		"series 3 of family 0, labels sda and read": strings.TrimSpace(series),
	}
	for line := range strings.Lines(string(text)) {
		name, example, found := strings.Cut(strings.TrimSpace(line), " = ")
		name = strings.TrimSpace(name)
		if !found || want[name] == "" {
			continue
		}
		if example != want[name] {
			t.Errorf("%s is %s, FORMAT.md says %s", name, want[name], example)
		}
		delete(want, name)
	}
	for name := range want {
		t.Errorf("FORMAT.md has no example of %s", name)
	}
}

// words writes bytes four at a time.
func words(b []byte) string {
	var out []string
	for len(b) > 0 {
		n := min(4, len(b))
		out = append(out, hex.EncodeToString(b[:n]))
		b = b[n:]
	}
	return strings.Join(out, " ")
}
