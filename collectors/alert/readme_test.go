package alert

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"dashcam/collectors"
)

var update = flag.Bool("update", false, "write the table of rules to ALERTS.md")

// TestRules_AreThoseOfTheTable holds the table of ALERTS.md, with every number, against the
// rules. go test . -run OfTheTable -update writes it.
func TestRules_AreThoseOfTheTable(t *testing.T) {
	var table strings.Builder
	table.WriteString("| rule | what it says | warning | critical | who is told |\n|---|---|---|---|---|\n")
	rules := Rules()
	for i := range rules {
		r := &rules[i]
		told := "the page alone"
		if r.Notify {
			told = "receivers"
		} else if r.NotifyCritical {
			told = "receivers, of what is critical"
		}
		if r.Latched {
			told += ", until somebody has seen it"
		}
		fmt.Fprintf(&table, "| %s | %s | %s | %s | %s |\n", r.Name, r.Title, raiseText(r, r.Warn), raiseText(r, r.Crit), told)
	}
	text, err := os.ReadFile("ALERTS.md")
	if err != nil {
		t.Fatal(err)
	}
	before, rest, _ := strings.Cut(string(text), "<!-- rules -->\n")
	got, after, ok := strings.Cut(rest, "<!-- end -->\n")
	if !ok {
		t.Fatal("ALERTS.md has no place for the table")
	}
	if *update {
		if err := os.WriteFile("ALERTS.md", []byte(before+"<!-- rules -->\n"+table.String()+"<!-- end -->\n"+after), 0o600); err != nil {
			t.Fatal(err)
		}
	} else if got != table.String() {
		t.Errorf("ALERTS.md has\n%s\nthe rules are\n%s", got, table.String())
	}
}

// raiseText is a level of a rule in a few words.
func raiseText(r *Rule, l Raise) string {
	if l == (Raise{}) {
		return ""
	}
	value := func(unit collectors.Unit, v float64) string {
		switch unit {
		case collectors.Bytes:
			return fmt.Sprintf("%g GiB", v/gib)
		case collectors.Seconds:
			return span(time.Duration(v * float64(time.Second)))
		case collectors.Percent:
			return fmt.Sprintf("%g %%", v)
		case collectors.Celsius:
			return fmt.Sprintf("%g °C", v)
		}
		return strings.TrimSpace(fmt.Sprintf("%g %s", v, strings.TrimPrefix(string(unit), "count")))
	}
	than := map[bool]string{false: "≥ ", true: "< "}
	text := than[r.Below] + value(r.Unit, l.At)
	if r.happens != nil {
		text = "it happens"
	}
	if r.Also != (Also{}) {
		text += ", " + r.Also.Title + " " + than[r.Also.Below] + value(r.Also.Unit, l.And)
	}
	if l.For > 0 {
		text += " for " + span(l.For)
	}
	return text
}

func span(d time.Duration) string {
	switch {
	case d%time.Hour == 0:
		return fmt.Sprintf("%d h", d/time.Hour)
	case d%time.Minute == 0:
		return fmt.Sprintf("%d min", d/time.Minute)
	}
	return fmt.Sprintf("%g s", d.Seconds())
}
