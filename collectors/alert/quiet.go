package alert

import (
	"fmt"
	"strings"
	"time"
)

// QuietHours are the times of a week in which only what is critical is told, on the clock
// of a place. The zero value has none.
type QuietHours struct {
	spans []quietSpan
	zone  *time.Location
}

// quietSpan is quiet on the days that it names, from one minute of the day to another; one
// that ends before it begins goes on into the next day.
type quietSpan struct {
	days       [7]bool // by time.Weekday
	begin, end int
	text       string
}

var weekdays = [7]string{"Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"}

const quietExpected = `expected days and hours, such as "22:00-07:00", "Mon-Fri 22:00-07:00" or "Sat,Sun 00:00-24:00"`

// ParseQuietHours reads texts such as "Mon-Fri 22:00-07:00", on the clock of a zone. Days
// are those on which the hours begin; without days they begin every day.
func ParseQuietHours(texts []string, zone *time.Location) (QuietHours, error) {
	q := QuietHours{zone: zone}
	for _, text := range texts {
		s, err := parseQuietSpan(text)
		if err != nil {
			return QuietHours{}, err
		}
		q.spans = append(q.spans, s)
	}
	return q, nil
}

func parseQuietSpan(text string) (quietSpan, error) {
	s := quietSpan{text: text}
	bad := fmt.Errorf("quiet hours %q: %s", text, quietExpected)
	days, hours := "Sun-Sat", strings.TrimSpace(text)
	if before, after, ok := strings.Cut(hours, " "); ok {
		days, hours = before, strings.TrimSpace(after)
	}
	for part := range strings.SplitSeq(days, ",") {
		first, last, isRange := strings.Cut(part, "-")
		if !isRange {
			last = first
		}
		from, to := weekday(first), weekday(last)
		if from < 0 || to < 0 {
			return quietSpan{}, bad
		}
		for d := from; ; d = (d + 1) % 7 {
			s.days[d] = true
			if d == to {
				break
			}
		}
	}
	begin, end, ok := strings.Cut(hours, "-")
	if !ok {
		return quietSpan{}, bad
	}
	if s.begin, ok = minuteOfDay(begin); !ok || s.begin == 24*60 {
		return quietSpan{}, bad
	}
	if s.end, ok = minuteOfDay(end); !ok || s.end == s.begin {
		return quietSpan{}, bad
	}
	return s, nil
}

func weekday(text string) int {
	for i, name := range weekdays {
		if strings.EqualFold(name, text) {
			return i
		}
	}
	return -1
}

// minuteOfDay reads "07:30"; "24:00" is the end of the day.
func minuteOfDay(text string) (int, bool) {
	if text == "24:00" {
		return 24 * 60, true
	}
	t, err := time.Parse("15:04", text)
	return t.Hour()*60 + t.Minute(), err == nil
}

// At reports whether a moment, in Unix milliseconds, is quiet. It goes by what the clock on
// the wall shows: an hour that the clock skips is not missed, one that it repeats is as
// quiet the second time.
func (q *QuietHours) At(ms int64) bool {
	if len(q.spans) == 0 {
		return false
	}
	t := time.UnixMilli(ms).In(q.zone)
	minute, day := t.Hour()*60+t.Minute(), t.Weekday()
	before := (day + 6) % 7
	for i := range q.spans {
		s := &q.spans[i]
		if s.begin < s.end {
			if s.days[day] && minute >= s.begin && minute < s.end {
				return true
			}
			continue
		}
		if s.days[day] && minute >= s.begin || s.days[before] && minute < s.end {
			return true
		}
	}
	return false
}
