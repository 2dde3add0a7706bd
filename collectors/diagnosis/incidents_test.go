package diagnosis

import (
	"flag"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
	"dashcam/collectors/collectortest/need"
	"dashcam/collectors/history"
	"dashcam/collectors/recorded"
)

var update = flag.Bool("update", false, "write INCIDENTS.md anew")

// play puts a recording into a ring, row by row.
func play(t *testing.T, r *recorded.Recording) *history.Ring {
	t.Helper()
	ring := history.New(history.Config{
		Memory: 64 << 20, Tables: []*collectors.Table{collectors.Processes, collectors.Services}, Info: func() collectors.Host { return r.Info },
	})
	ids := make([]collectors.SeriesID, len(r.Series))
	events := r.Events
	for p := range r.Play(r.T[0], len(r.T)) {
		row := collectors.Row{T: r.T[p.Row]}
		values := make(map[collectors.SeriesID]int64)
		for i, q := range r.Row(p.Row) {
			if ids[i] == 0 && q == collectors.Missing {
				continue // it does not exist yet
			}
			id, err := ring.Intern(r.Series[i])
			if err != nil {
				t.Fatal(err)
			}
			ids[i] = id
			values[id] = q
			row.IDs = append(row.IDs, id)
		}
		slices.Sort(row.IDs)
		for _, id := range row.IDs {
			row.Q = append(row.Q, values[id])
		}
		n := 0
		for n < len(events) && events[n].Seq == uint64(p.Row) {
			n++
		}
		ring.Append(history.Commit{Row: row, Tables: p.Tables, Events: slices.Clone(events[:n])})
		events = events[n:]
	}
	return ring
}

// judged is what was said of a recording.
type judged struct {
	name  string
	truth *recorded.Truth
	// at is the verdict at the end of the trouble, took in how many seconds the first
	// right one was there, -1 for never.
	at      Verdict
	took    int
	changes []Change
	// calm is how many seconds there are before the trouble, wrong how many times
	// something was called wrong in them.
	calm, wrong int
	wrongTexts  []string
	// calmChanges are what is told to have changed in the second half of the calm.
	calmChanges []Change
	// work says that nothing was wrong, or no more than what somebody wanted to be done.
	work bool
}

func (j *judged) resource() bool { return slices.Contains(j.truth.Resources, j.at.Resource) }

// culprit reports whether the one who did it is named first, or nobody where nobody did.
func (j *judged) culprit() bool { return rightCulprit(j.truth, &j.at) }

func rightCulprit(truth *recorded.Truth, v *Verdict) bool {
	if len(v.Culprits) == 0 {
		return len(truth.Culprits) == 0 || v.Resource == "none" && slices.Contains(truth.Resources, "none")
	}
	return truth.Did(v.Culprits[0].Name)
}

// firstChanges are those among which the cause has to be.
const firstChanges = 5

func (j *judged) cause() bool {
	return slices.ContainsFunc(j.changes[:min(firstChanges, len(j.changes))], func(c Change) bool { return j.truth.Caused(c.Kind, familyOf(c.Name)) })
}

func familyOf(name string) string {
	family, _, _ := strings.Cut(name, "{")
	return family
}

func judgeRecording(t *testing.T, name string) judged {
	t.Helper()
	r, err := recorded.OpenIncident(name)
	if err != nil {
		t.Fatal(err)
	}
	ring := play(t, r)
	j := judged{name: name, truth: r.Truth, took: -1, work: slices.Contains(r.Truth.Resources, "none")}
	at := func(row int) Verdict {
		v, err := Judge(t.Context(), ring, r.T[row])
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	calmTo := r.Truth.From
	if len(r.Truth.Culprits) == 0 && j.work {
		calmTo = r.Truth.To // nothing was done
	}
	before := "none"
	for row := range calmTo {
		v := at(row)
		if v.Resource != "none" && before == "none" {
			j.wrong++
			j.wrongTexts = append(j.wrongTexts, v.Text)
		}
		before = v.Resource
	}
	j.calm = calmTo
	if j.calmChanges, err = Changes(t.Context(), ring, r.T[calmTo/2], r.T[calmTo-1]+1, r.T[0]); err != nil {
		t.Fatal(err)
	}
	for row := r.Truth.From; row < r.Truth.To && j.took < 0; row++ {
		if v := at(row); slices.Contains(r.Truth.Resources, v.Resource) && rightCulprit(r.Truth, &v) {
			j.took = row - r.Truth.From
		}
	}
	j.at = at(r.Truth.To - 1)
	if j.changes, err = Changes(t.Context(), ring, r.T[r.Truth.From], r.T[r.Truth.To-1]+1, 0); err != nil {
		t.Fatal(err)
	}
	return j
}

// What is said of recordings of real trouble is right: which resource it is, who does it,
// and the cause is among the first changes. Every miss stands in the table.
func TestJudge_IsRightAboutRecordedIncidents(t *testing.T) {
	need.Undetected(t)
	var all []judged
	for _, name := range recorded.Incidents() {
		all = append(all, judgeRecording(t, name))
	}
	if len(all) == 0 {
		t.Fatal("no incident is recorded")
	}
	text := page(all)
	t.Log("\n" + text)
	if *update {
		if err := os.WriteFile("INCIDENTS.md", []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if kept, err := os.ReadFile("INCIDENTS.md"); err != nil || string(kept) != text {
		t.Errorf("INCIDENTS.md is not what this test prints (go test ./collectors/diagnosis -run RecordedIncidents -update): %v", err)
	}
	s := scoreOf(all)
	for _, each := range []struct {
		what        string
		share, want float64
	}{
		{"no change in a calm stretch", s.calmShare(), 0.95},
		{"right resource", s.share(s.resource), 0.95}, {"right culprit", s.share(s.culprit), 0.9}, {"cause among the first changes", s.share(s.cause), 0.9},
	} {
		if each.share < each.want {
			t.Errorf("%s in %.0f %%, want %.0f %%", each.what, 100*each.share, 100*each.want)
		}
	}
	if perDay := float64(s.wrong) * 24 * 3600 / float64(s.calm); perDay > 1 {
		t.Errorf("%d false verdicts in %d s of calm: %.0f a day, want at most 1", s.wrong, s.calm, perDay)
	}
}

// score counts what was right.
type score struct{ n, resource, culprit, cause, calm, wrong, work, workRight, stretches, changed int }

func (s *score) share(n int) float64 { return float64(n) / float64(max(1, s.n)) }

// calmShare is in how many calm stretches nothing is told to have changed.
func (s *score) calmShare() float64 {
	return float64(s.stretches-s.changed) / float64(max(1, s.stretches))
}

func scoreOf(all []judged) score {
	var s score
	for i := range all {
		j := &all[i]
		s.calm += j.calm
		s.wrong += j.wrong
		s.stretches++
		s.changed += count01(len(j.calmChanges) > 0)
		if j.work {
			s.work++
			s.workRight += count01(j.resource() && j.culprit())
			continue
		}
		s.n++
		s.resource += count01(j.resource())
		s.culprit += count01(j.culprit())
		s.cause += count01(j.cause())
	}
	return s
}

func count01(b bool) int {
	if b {
		return 1
	}
	return 0
}

// page is INCIDENTS.md.
func page(all []judged) string {
	s := scoreOf(all)
	var b strings.Builder
	fmt.Fprintf(&b, `# What dashcam says of recorded incidents

Each line is something that was done on purpose to a real host with real tools, as
[.ci/bench/incidents](../../.ci/bench/incidents) does it, and what the verdict says at the end of it. The
recordings stand in [collectors/recorded/testdata/incidents](../recorded/testdata/incidents); `+"`make incidents`"+`
makes them anew. This page is written by `+"`go test ./collectors/diagnosis -run RecordedIncidents -update`"+`
and checked by the same test. Whatever is wrong is marked ✗.

| | right | of |
|---|---|---|
| resource | %d (%.0f %%) | %d |
| culprit, or nobody where nobody on the host did it | %d (%.0f %%) | %d |
| cause among the first %d changes | %d (%.0f %%) | %d |
| ordinary work: nothing is called wrong, or what works is named | %d | %d |
| calm stretches in which nothing is told to have changed | %d (%.0f %%) | %d |
| false verdicts in %s of calm | %d | |

`, s.resource, 100*s.share(s.resource), s.n, s.culprit, 100*s.share(s.culprit), s.n, firstChanges, s.cause, 100*s.share(s.cause), s.n,
		s.workRight, s.work, s.stretches-s.changed, 100*s.calmShare(), s.stretches, time.Duration(s.calm)*time.Second, s.wrong)
	b.WriteString("| incident | what was done | verdict | resource | culprit | after | cause | first changes |\n|---|---|---|---|---|---|---|---|\n")
	for i := range all {
		j := &all[i]
		cause := mark(j.cause())
		if j.work {
			cause = ""
		}
		var first []string
		for _, c := range j.changes[:min(firstChanges, len(j.changes))] {
			first = append(first, cell(c.Text))
		}
		took := "never"
		if j.took >= 0 {
			took = fmt.Sprintf("%d s", j.took)
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s | %s | %s | %s |\n", j.name, cell(j.truth.What), cell(j.at.Text), mark(j.resource()), mark(j.culprit()), took, cause, strings.Join(first, "<br>"))
	}
	if s.changed > 0 {
		b.WriteString("\nTold to have changed in the calm:\n\n")
		for i := range all {
			for _, c := range all[i].calmChanges {
				fmt.Fprintf(&b, "- %s: %s\n", all[i].name, cell(c.Text))
			}
		}
	}
	if s.wrong > 0 {
		b.WriteString("\nCalled wrong in the calm:\n\n")
		for i := range all {
			for _, text := range all[i].wrongTexts {
				fmt.Fprintf(&b, "- %s: %s\n", all[i].name, cell(text))
			}
		}
	}
	return b.String()
}

func mark(right bool) string {
	if right {
		return "✓"
	}
	return "✗"
}

// cell is text that breaks no table.
func cell(text string) string { return strings.NewReplacer("|", "\\|", "\n", " ").Replace(text) }
