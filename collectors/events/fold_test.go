package events

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
)

// virtual is a clock and what was posted by it.
type virtual struct {
	at     time.Time
	posted []collectors.Event
}

func (v *virtual) now() time.Time          { return v.at }
func (v *virtual) post(e collectors.Event) { v.posted = append(v.posted, e) }
func (v *virtual) take() (texts []string) {
	for _, e := range v.posted {
		texts = append(texts, e.Text)
	}
	v.posted = nil
	return texts
}

func TestFolder_TurnsAStormIntoFewEvents(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	f := newFolder(v.post, v.now)
	down := collectors.Event{Kind: KindLink, Text: "eth3 is down", About: collectors.About{Kind: "interface", Name: "eth3", PID: 1}}
	total := 0
	var told []string
	for range 3 * 3600 { // every second for three hours
		f.add(down)
		v.at = v.at.Add(time.Second)
		f.flush()
		for _, e := range v.posted {
			total += max(1, e.Count)
		}
		told = append(told, v.take()...)
	}
	if len(told) > 9 || told[0] != "eth3 is down" || told[1] != "eth3 is down ×59 in 60 s" {
		t.Errorf("told %d: %q", len(told), told)
	}
	v.at = v.at.Add(longestFold)
	f.flush()
	for _, e := range v.posted {
		total += max(1, e.Count)
	}
	if total != 3*3600 {
		t.Errorf("%d of %d are told", total, 3*3600)
	}
	v.take()
	v.at = v.at.Add(longestFold)
	f.flush()
	f.add(down)
	if got := v.take(); len(got) != 1 || got[0] != "eth3 is down" {
		t.Errorf("after it was over: %q", got)
	}
}

func TestFolder_TellsDifferentOnesApart(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	f := newFolder(v.post, v.now)
	for i := range 3 {
		f.add(collectors.Event{Kind: KindLink, Text: fmt.Sprint("eth", i, " is down"), About: collectors.About{Name: fmt.Sprint("eth", i)}})
		f.addAs(collectors.Event{Kind: KindExit, Text: fmt.Sprint("java ended with 1 (pid ", i, ")"), About: collectors.About{Name: "java", PID: i}}, "1")
	}
	if got := v.take(); len(got) != 4 {
		t.Errorf("told %q", got)
	}
	v.at = v.at.Add(firstFold)
	f.flush()
	if got := v.take(); len(got) != 1 || got[0] != "java ended with 1 (pid 2) ×2 in 60 s" {
		t.Errorf("then %q", got)
	}
}

// A program that makes up names must not fill the memory.
func TestFolder_IsBounded(t *testing.T) {
	v := &virtual{at: time.Unix(1000, 0)}
	f := newFolder(v.post, v.now)
	for i := range 10_000 {
		f.add(collectors.Event{Kind: KindExec, Text: fmt.Sprint(i, " started"), About: collectors.About{Name: fmt.Sprint(i)}})
	}
	if n := len(f.folds); n > maxFolds+1 {
		t.Errorf("%d are counted", n)
	}
	if got := len(v.take()); got > maxFolds+1 {
		t.Errorf("%d were told", got)
	}
	v.at = v.at.Add(firstFold)
	f.flush()
	if got := v.take(); len(got) != 1 || !strings.HasPrefix(got[0], "exec of many others ×9") {
		t.Errorf("then %q", got)
	}
}
