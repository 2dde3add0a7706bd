package input

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// TimeForms says how a time may be written.
const TimeForms = `Unix milliseconds, RFC 3339 or a duration back such as 2h; also "now-15m", "18:02" or "yesterday 03:00" by the clock of the host`

// TimeError says why a text is no time.
type TimeError struct {
	// Text is what was written.
	Text string
	// Why says what is wrong with it.
	Why string
}

func (e *TimeError) Error() string {
	return fmt.Sprintf("%q %s: expected %s", e.Text, e.Why, TimeForms)
}

// maxText bounds how long a time may be written.
const maxText = 64

const (
	noTime    = "is no time"
	twoOrders = "has two orders of day and month: write 2026-11-26"
)

// Time reads a time as people write it. What is counted from now is counted from the
// given moment; what names no zone means that of the host.
func Time(text string, now time.Time, zone *time.Location) (time.Time, error) {
	t, why := parseTime(strings.TrimSpace(text), now.In(zone))
	if why == "" && (t.Year() < 1970 || t.Year() > 9999) {
		why = "is not between the years 1970 and 9999"
	}
	if why != "" {
		return time.Time{}, &TimeError{Text: text, Why: why}
	}
	return t, nil
}

var (
	numberForm = regexp.MustCompile(`^\d+(\.\d+)?$`)
	nowForm    = regexp.MustCompile(`^now(?:\s*([-+])\s*(.*))?$`)
	dateForm   = regexp.MustCompile(`^\d{4}-\d\d-\d\d`)
	orderForm  = regexp.MustCompile(`^\d{1,2}[./-]\d{1,2}[./-]\d{2,4}`)
	clockForm  = regexp.MustCompile(`^(?:(yesterday|today)(?:,?\s+at|,)?(?:\s+|$))?(?:(\d{1,2})(?::(\d\d))?(?::(\d\d))?\s*(am|pm)?)?$`)
	unitsForm  = regexp.MustCompile(`^\d+ ?[A-Z]$`)
)

func parseTime(text string, now time.Time) (t time.Time, why string) {
	lower := strings.ToLower(text)
	switch {
	case text == "" || len(text) > maxText:
		return t, noTime
	case numberForm.MatchString(text):
		return fromNumber(text)
	case dateForm.MatchString(text):
		return fromDate(text, now.Location())
	case orderForm.MatchString(text):
		return t, twoOrders
	case unitsForm.MatchString(text):
		return t, fromCapitals(text)
	}
	if parts := nowForm.FindStringSubmatch(lower); parts != nil {
		if parts[1] == "+" {
			return t, "has not been yet"
		}
		if parts[1] == "" {
			return now, ""
		}
		return back(parts[2], now)
	}
	if parts := clockForm.FindStringSubmatch(lower); parts != nil {
		return fromClock(parts, now)
	}
	return back(strings.TrimPrefix(strings.TrimSuffix(text, " ago"), "-"), now)
}

// fromNumber tells Unix milliseconds from seconds by their length: both have had the
// same number of digits since 2001 and have it until 2286.
func fromNumber(text string) (t time.Time, why string) {
	whole, fraction, _ := strings.Cut(text, ".")
	n, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return t, "is too large for Unix milliseconds"
	}
	nano := int64(0)
	if fraction = (fraction + "000000000")[:9]; fraction != "" {
		if nano, err = strconv.ParseInt(fraction, 10, 64); err != nil { // these are digits
			return t, noTime
		}
	}
	switch len(whole) {
	case 10:
		return time.Unix(n, nano), ""
	case 13:
		return time.UnixMilli(n).Add(time.Duration(nano / 1e6)), ""
	case 16:
		return t, "is in microseconds"
	case 19:
		return t, "is in nanoseconds"
	}
	if len(whole) < 13 {
		return t, "is too small for Unix milliseconds or seconds"
	}
	return t, "is too large for Unix milliseconds"
}

var dateLayouts = []string{"2006-01-02T15:04:05.999999999", "2006-01-02T15:04", "2006-01-02"}

// fromDate reads RFC 3339 and what is like it without an offset.
func fromDate(text string, zone *time.Location) (t time.Time, why string) {
	text = strings.ToUpper(text)
	if len(text) > len("2006-01-02") && text[10] == ' ' {
		text = text[:10] + "T" + text[11:]
	}
	// In a URL a plus that nobody escaped is a blank.
	if at := strings.LastIndexByte(text, ' '); at == len(text)-len(" 01:00") {
		text = text[:at] + "+" + text[at+1:]
	}
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02T15:04Z07:00"} {
		if t, err := time.Parse(layout, text); err == nil {
			return t, ""
		}
	}
	for _, layout := range dateLayouts {
		if t, err := time.Parse(layout, text); err == nil {
			y, m, d := t.Date()
			return onClock(y, m, d, t.Hour(), t.Minute(), t.Second(), t.Nanosecond(), zone)
		}
	}
	return t, noTime
}

// fromClock reads the parts of clockForm: the day, hour, minute, second, and am or pm.
func fromClock(parts []string, now time.Time) (t time.Time, why string) {
	day := parts[1]
	if parts[2] == "" {
		return t, "does not say which time of that day"
	}
	var clock [3]int
	for i, text := range parts[2:5] {
		if text != "" {
			clock[i], _ = strconv.Atoi(text) // at most two digits
		}
	}
	half := parts[5]
	if half == "" && parts[3] == "" {
		return t, noTime // a bare number
	}
	least, most := 0, 23
	if half != "" {
		least, most = 1, 12
	}
	if clock[0] < least || clock[0] > most || clock[1] > 59 || clock[2] > 59 {
		return t, noTime
	}
	if half != "" {
		clock[0] %= 12
	}
	if half == "pm" {
		clock[0] += 12
	}
	on := func(daysAgo int) (time.Time, string) {
		y, m, d := now.AddDate(0, 0, -daysAgo).Date()
		return onClock(y, m, d, clock[0], clock[1], clock[2], 0, now.Location())
	}
	if day == "yesterday" {
		return on(1)
	}
	t, why = on(0)
	if why == "" && day == "" && t.After(now) {
		return on(1) // the last time that the clock showed it
	}
	return t, why
}

// onClock returns when the wall clock of a zone shows a time, if it does so once.
func onClock(y int, m time.Month, d, hour, minute, second, nano int, zone *time.Location) (t time.Time, why string) {
	t = time.Date(y, m, d, hour, minute, second, nano, zone)
	if t.Hour() != hour || t.Minute() != minute {
		return t, "does not come that day: the clock is set forward"
	}
	for _, shift := range []time.Duration{-2 * time.Hour, -time.Hour, -30 * time.Minute, 30 * time.Minute, time.Hour, 2 * time.Hour} {
		other := t.Add(shift)
		if other.Hour() != t.Hour() || other.Minute() != t.Minute() || other.Day() != t.Day() {
			continue
		}
		first, second := t, other
		if shift < 0 {
			first, second = other, t
		}
		return t, fmt.Sprintf("comes twice that day: say which by an offset, %s or %s", first.Format(time.RFC3339), second.Format(time.RFC3339))
	}
	return t, ""
}

func back(text string, now time.Time) (t time.Time, why string) {
	d, err := Duration(strings.TrimSpace(strings.ToLower(text)))
	if err != nil {
		return t, noTime
	}
	return now.Add(-d), ""
}

// fromCapitals says what a duration with a capital letter could have meant.
func fromCapitals(text string) (why string) {
	if text[len(text)-1] == 'M' {
		return "may be a month or minutes: write 30d or 30m"
	}
	if lower := strings.ToLower(text); isDuration(lower) {
		return fmt.Sprintf("is no time (did you mean %q?)", lower)
	}
	return noTime
}

func isDuration(text string) bool {
	_, err := Duration(text)
	return err == nil
}
